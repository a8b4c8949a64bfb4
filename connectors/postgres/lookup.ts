/**
 * The look-ups behind `locate`: one identifier column, one path, bound parameters only, every row matched again by our own
 * code before anything is concluded from it. A row that does not answer to what was asked ends the look-up
 * (`record-mismatch`). Decides nothing: it only says which account answers to which identifier, and how exactly.
 */
import { HabeasError } from '../../src/errors.ts';
import type { Identifier, RecordRef } from '../contract.ts';
import { composed, folded, isUsable, requireUsable } from '../identifiers.ts';
import type { Catalogue } from './catalogue.ts';
import { columnIn } from './catalogue.ts';
import type { Transaction } from './client.ts';
import type { Collection, DataMap, Hop, IdentifierColumn } from './data-map.ts';
import { collectionOf, column, from, literal, type Source, sourceOf, text, walkToSubject } from './sql.ts';

/** Rows one look-up may answer with; more is not one person. */
const most = 1_000;

export interface Hit {
  readonly identifier: Identifier;
  /** Key of the account that answers, in the subject's collection. */
  readonly account: RecordRef;
  /** The very bytes, or only the same but for letter case or Unicode composition. */
  readonly exact: boolean;
  readonly match: IdentifierColumn['match'];
  /** The column says that it was the account's only until a date that has passed. */
  readonly ended: boolean;
  readonly sharedMailbox: boolean;
}

export interface LookupInput {
  readonly tx: Transaction;
  readonly map: DataMap;
  readonly catalogue: Catalogue;
}

/** Every identifier column of the data map, with its collection. */
export function identifierColumns(
  map: DataMap,
): readonly { name: string; collection: Collection; identifier: IdentifierColumn }[] {
  return Object.entries(map.collections).flatMap(([name, collection]) =>
    (collection.identifiers ?? []).map((identifier) => ({ name, collection, identifier })),
  );
}

/** Ways from a collection to the subject; the subject's own collection needs none. */
export function waysOf(map: DataMap, name: string, collection: Collection): readonly (readonly Hop[])[] {
  return name === map.subject ? [[]] : (collection.reach ?? []).map(({ via }) => via);
}

/** Types whose values are exact and generated: short ones mean something, and only the canonical form is sent. */
const integerLimits: Readonly<Record<string, bigint>> = { int2: 2n ** 15n, int4: 2n ** 31n, int8: 2n ** 63n };
const texts = new Set(['text', 'varchar', 'bpchar', 'citext']);

/** The value as the column's type would write it; `undefined` where no row of that type can have it. */
function canonical(base: string, value: string): string | undefined {
  const limit = integerLimits[base];
  if (limit !== undefined) return /^[1-9]\d{0,18}$/.test(value) && BigInt(value) < limit ? value : undefined;
  if (base === 'uuid')
    return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value) ? value.toLowerCase() : undefined;
  return value;
}

/** Who answers to these identifiers, by one column of one collection along one path. */
export async function lookUp(
  { tx, map, catalogue }: LookupInput,
  name: string,
  hops: readonly Hop[],
  by: IdentifierColumn,
  identifiers: readonly Identifier[],
): Promise<readonly Hit[]> {
  const record = sourceOf(catalogue, map, name, 'r');
  const { base } = columnIn(record.table, by.column);
  const isText = texts.has(base);
  if (!isText && base !== 'uuid' && integerLimits[base] === undefined)
    throw new HabeasError('system-schema-drift', { where: `${record.table.name}.${by.column}` });
  for (const identifier of identifiers) requireUsable(identifier, !isText);
  const asked = identifiers.filter(({ value }) => canonical(base, value) !== undefined);
  if (asked.length === 0) return [];

  const value = column(record, by.column);
  const cast = columnIn(record.table, by.column).cast;
  const forms = asked.flatMap(({ value: v }) =>
    isText ? [v, v.normalize('NFC'), v.normalize('NFD')] : [canonical(base, v) ?? v],
  );
  const unique = [...new Set(forms)];
  const conditions = [`${value} = ANY($1::text[]::${cast}[])`];
  // lower() as the column's index has it; the list is folded by the database too, so that both sides fold alike.
  if (isText && by.caseInsensitive === true)
    conditions.push(
      `pg_catalog.lower(${value}) IN (SELECT pg_catalog.lower(v) FROM pg_catalog.unnest($1::text[]) AS v)`,
    );
  const hits: Hit[] = [];
  const seen = new Set<string>();
  for (const condition of conditions) {
    const rows = await tx.query(selectHits(map, catalogue, record, hops, by, condition), [unique], record.table.name);
    if (rows.length > most)
      throw new HabeasError('too-many-candidates', { where: `${record.table.name}.${by.column}` });
    for (const row of rows) {
      const again = JSON.stringify(row);
      if (seen.has(again)) continue;
      seen.add(again);
      hits.push(...matchAgain(map, record, by, asked, row));
    }
  }
  return hits;
}

/** value, ended, shared mailbox, the chain's pairs, the account's key. */
function selectHits(
  map: DataMap,
  catalogue: Catalogue,
  record: Source,
  hops: readonly Hop[],
  by: IdentifierColumn,
  condition: string,
): string {
  const path = walkToSubject(catalogue, map, record, hops, 'h');
  const subject = collectionOf(map, map.subject);
  const ended = by.to === undefined ? 'false' : `COALESCE(${column(record, by.to)} <= pg_catalog.now(), false)`;
  const shared = subject.sharedMailbox;
  const isShared =
    shared === undefined
      ? 'false'
      : `COALESCE(${text(path.subject, shared.column)} IN (${shared.values.map(literal).join(', ')}), false)`;
  const cells = [
    text(record, by.column),
    `(${ended})::text`,
    `(${isShared})::text`,
    ...subject.key.map((key) => text(path.subject, key)),
    ...(hops.length === 0 ? [] : path.chain),
  ];
  const joins = path.sources.map((source, i) => `JOIN ${from(source)} ON ${path.conditions[i]}`).join(' ');
  return `SELECT DISTINCT ${cells.join(', ')} FROM ${from(record)} ${joins} WHERE ${condition} LIMIT ${most + 1}`;
}

/** What the row says, believed only as far as our own comparison goes. */
function matchAgain(
  map: DataMap,
  record: Source,
  by: IdentifierColumn,
  asked: readonly Identifier[],
  row: readonly (string | null)[],
): readonly Hit[] {
  const subjectKey = collectionOf(map, map.subject).key;
  const [value, ended, shared, ...rest] = row;
  const keys = rest.slice(0, subjectKey.length);
  const chain = rest.slice(subjectKey.length);
  const where = `${record.table.name}.${by.column}`;
  for (let i = 0; i < chain.length; i += 2)
    if (chain[i] === null || chain[i] !== chain[i + 1]) throw new HabeasError('record-mismatch', { where });
  if (value === null || value === undefined) throw new HabeasError('record-mismatch', { where });
  const { base } = columnIn(record.table, by.column);
  const isText = texts.has(base);
  const answered = asked.flatMap((identifier) => {
    const exact = isText ? identifier.value === value : canonical(base, identifier.value) === value;
    const alike =
      isText && (composed(identifier.value) === composed(value) || isOtherCase(by, base, identifier, value));
    return exact || alike ? [{ identifier, exact }] : [];
  });
  if (answered.length === 0) throw new HabeasError('record-mismatch', { where });
  const account: RecordRef = {
    collection: map.subject,
    key: subjectKey.map((name, i) => {
      const cell = keys[i];
      if (cell === null || cell === undefined) throw new HabeasError('record-mismatch', { where });
      return [name, cell] as const;
    }),
  };
  return answered.map(({ identifier, exact }) => ({
    identifier,
    account,
    exact,
    match: by.match,
    ended: ended === 'true',
    sharedMailbox: shared === 'true' && by.kind === 'email',
  }));
}

/** citext finds other letter case by itself. */
function isOtherCase(by: IdentifierColumn, base: string, identifier: Identifier, value: string): boolean {
  return (by.caseInsensitive === true || base === 'citext') && folded(identifier.value) === folded(value);
}

/** Whether a value found on a proved record is worth giving to other systems. */
export function isTeachable(kind: string, base: string, value: string): boolean {
  return isUsable(kind, value, !texts.has(base));
}
