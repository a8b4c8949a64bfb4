/**
 * The look-ups behind `locate`: one identifier column, one path, bound parameters only, every row matched again by our own
 * code before anything is concluded from it. A row that does not answer to what was asked ends the look-up
 * (`record-mismatch`). Decides nothing: it only says which account, or which record without an account, answers to which
 * identifier, and how exactly.
 */
import { HabeasError } from '../../src/errors.ts';
import type { Identifier, RecordRef } from '../contract.ts';
import { composed, folded, isUsable, requireUsable } from '../identifiers.ts';
import type { Catalogue } from './catalogue.ts';
import { columnIn } from './catalogue.ts';
import type { Transaction } from './client.ts';
import type { Collection, DataMap, Hop, IdentifierColumn } from './data-map.ts';
import {
  collectionOf,
  column,
  from,
  leadsNowhere,
  literal,
  type Source,
  sourceOf,
  text,
  walkToSubject,
} from './sql.ts';

/** Rows one look-up may answer with; more is not one person. */
const most = 1_000;

export interface Hit {
  readonly identifier: Identifier;
  /** What answers: an account in the subject's collection, or a record that leads to none. */
  readonly ref: RecordRef;
  /** A record that leads to no account. */
  readonly isDirect: boolean;
  /** The very bytes, or only the same but for letter case or Unicode composition. */
  readonly exact: boolean;
  readonly match: IdentifierColumn['match'];
  /** It was the account's only until a date that has passed; or the record names an account that is gone. */
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

/** Whether the column names a person who may have no account. */
export function isDirect({ direct }: Collection, { column }: IdentifierColumn): boolean {
  return direct?.by.includes(column) === true;
}

/** The ways that lead to the account of the person whom `direct` names; the others lead to other people. */
export function accountWaysOf({ reach, direct }: Collection): readonly (readonly Hop[])[] {
  const ways = (reach ?? []).map(({ via }) => via);
  return ways.filter(([first]) => first?.columns.some((name) => direct?.unless.includes(name) === true) === true);
}

/** One text per record reference, for telling them apart: the same key in two collections names two things. */
export const nameOf = ({ collection, key }: RecordRef): string => JSON.stringify([collection, key]);

/** Types whose values are exact and generated: short ones mean something, and only the canonical form is sent. */
const integerLimits: Readonly<Record<string, bigint>> = { int2: 2n ** 15n, int4: 2n ** 31n, int8: 2n ** 63n };
const texts = new Set(['text', 'varchar', 'bpchar', 'citext']);

/** The value as the column's type would write it; `undefined` where no row of that type can have it. */
export function canonical(base: string, value: string): string | undefined {
  const limit = integerLimits[base];
  if (limit !== undefined) return /^[1-9]\d{0,18}$/.test(value) && BigInt(value) < limit ? value : undefined;
  if (base === 'uuid')
    return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value) ? value.toLowerCase() : undefined;
  return value;
}

/** Who answers to these identifiers, by one column of one collection: accounts along one path, or records without one. */
export async function lookUp(
  { tx, map, catalogue }: LookupInput,
  name: string,
  hops: readonly Hop[] | 'direct',
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
  const select = hops === 'direct' ? selectDirect : selectAccounts(hops);
  const target = hops === 'direct' ? name : map.subject;
  const hits: Hit[] = [];
  const seen = new Set<string>();
  for (const condition of conditions) {
    const sql = select({ map, catalogue, name, record, by, condition });
    const rows = await tx.query(sql, [unique], record.table.name);
    if (rows.length > most)
      throw new HabeasError('too-many-candidates', { where: `${record.table.name}.${by.column}` });
    for (const row of rows) {
      const again = JSON.stringify(row);
      if (seen.has(again)) continue;
      seen.add(again);
      hits.push(...matchAgain(map, record, by, asked, row, target, hops === 'direct'));
    }
  }
  return hits;
}

interface Question {
  readonly map: DataMap;
  readonly catalogue: Catalogue;
  readonly name: string;
  readonly record: Source;
  readonly by: IdentifierColumn;
  readonly condition: string;
}

/** value, ended, shared mailbox, the account's key, the chain's pairs. */
function selectAccounts(hops: readonly Hop[]): (question: Question) => string {
  return ({ map, catalogue, record, by, condition }) => {
    const path = walkToSubject(catalogue, map, record, hops, 'h');
    const subject = collectionOf(map, map.subject);
    const shared = subject.sharedMailbox;
    const isShared =
      shared === undefined
        ? 'false'
        : `COALESCE(${text(path.subject, shared.column)} IN (${shared.values.map(literal).join(', ')}), false)`;
    const cells = [
      text(record, by.column),
      `(${hasEnded(record, by)})::text`,
      `(${isShared})::text`,
      ...subject.key.map((key) => text(path.subject, key)),
      ...(hops.length === 0 ? [] : path.chain),
    ];
    const joins = path.sources.map((source, i) => `JOIN ${from(source)} ON ${path.conditions[i]}`).join(' ');
    return `SELECT DISTINCT ${cells.join(', ')} FROM ${from(record)} ${joins} WHERE ${condition} LIMIT ${most + 1}`;
  };
}

/** value, ended, false, the record's key; only of records that lead to no account. */
function selectDirect({ map, catalogue, name, record, by, condition }: Question): string {
  const collection = collectionOf(map, name);
  const nowhere = accountWaysOf(collection).map((hops, i) => leadsNowhere(catalogue, map, record, hops, `a${i}_`));
  // The record names an account that is not there: it was somebody's, and the address may be another's since.
  const gone = (collection.direct?.unless ?? [])
    .filter((name) => collection.direct?.by.includes(name) !== true)
    .map((name) => `${column(record, name)} IS NOT NULL`);
  const cells = [
    text(record, by.column),
    `(${[hasEnded(record, by), ...gone].join(' OR ')})::text`,
    `'false'`,
    ...collection.key.map((key) => text(record, key)),
  ];
  const where = [condition, ...nowhere].join(' AND ');
  return `SELECT ${cells.join(', ')} FROM ${from(record)} WHERE ${where} LIMIT ${most + 1}`;
}

function hasEnded(record: Source, { to }: IdentifierColumn): string {
  return to === undefined ? 'false' : `COALESCE(${column(record, to)} <= pg_catalog.now(), false)`;
}

/** What the row says, believed only as far as our own comparison goes. */
function matchAgain(
  map: DataMap,
  record: Source,
  by: IdentifierColumn,
  asked: readonly Identifier[],
  row: readonly (string | null)[],
  target: string,
  direct: boolean,
): readonly Hit[] {
  const targetKey = collectionOf(map, target).key;
  const [value, ended, shared, ...rest] = row;
  const keys = rest.slice(0, targetKey.length);
  const chain = rest.slice(targetKey.length);
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
  const ref: RecordRef = {
    collection: target,
    key: targetKey.map((name, i) => {
      const cell = keys[i];
      if (cell === null || cell === undefined) throw new HabeasError('record-mismatch', { where });
      return [name, cell] as const;
    }),
  };
  return answered.map(({ identifier, exact }) => ({
    identifier,
    ref,
    isDirect: direct,
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
