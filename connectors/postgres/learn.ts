/**
 * What proved accounts teach: identifiers that other systems may know them by, and what a person sees of a candidate.
 * Teaches only values that no other row can have (a unique column), or values with the window in which they were the
 * subject's: ended ones prove nothing any more, and a current one that is taught as unique anyway gets its beginning, so
 * that log systems know from when to when an address was the subject's and from when it was somebody else's. A company's workspace teaches
 * nothing: its customer number is the company's. A shared mailbox's address teaches nothing either, nor does a record
 * that names people who may have no account.
 */
import { HabeasError } from '../../src/errors.ts';
import type { Identifier, RecordRef, SubjectKey } from '../contract.ts';
import { exportable } from '../declared.ts';
import { columnIn, isUnique } from './catalogue.ts';
import type { IdentifierColumn } from './data-map.ts';
import { identifierColumns, isDirect, isTeachable, type LookupInput, nameOf, waysOf } from './lookup.ts';
import {
  collectionOf,
  column,
  from,
  instantOf,
  keyIn,
  literal,
  type Source,
  sourceOf,
  text,
  walk,
  walkToSubject,
} from './sql.ts';

/** Values and windows that one column may teach about one person; more is not one person, and none is left out silently. */
const most = 20_000;
/** Longest value shown of a candidate. */
const shownCharacters = 200;

/** The references that exist, in the key's order of columns. */
export async function existing(input: LookupInput, refs: readonly RecordRef[]): Promise<readonly RecordRef[]> {
  const rows = await rowsOf(input, refs, () => []);
  return rows.map(({ ref }) => ref);
}

/** Every identifier of the proved accounts that may be looked for elsewhere. */
export async function learn(
  input: LookupInput,
  proved: readonly SubjectKey[],
  source: string,
): Promise<readonly Identifier[]> {
  const keys = proved.filter((key) => key.collection === input.map.subject);
  if (keys.length === 0) return [];
  const learnt = new Map<string, Identifier>();
  /** Windows that last: taught only of values that a unique column teaches as well. */
  const lasting: Identifier[] = [];
  for (const { name, collection, identifier } of identifierColumns(input.map)) {
    if (isDirect(collection, identifier)) continue;
    const record = sourceOf(input.catalogue, input.map, name, 'r');
    const unique = identifier.match === 'proof' && isUnique(record.table, [identifier.column]);
    if (!unique && identifier.to === undefined) continue;
    const { base } = columnIn(record.table, identifier.column);
    for (const hops of waysOf(input.map, name, collection)) {
      const sql = selectLearnt(input, record, name, hops, identifier, keys);
      if (sql === undefined) continue;
      const rows = await input.tx.query(sql, [], record.table.name);
      if (rows.length > most)
        throw new HabeasError('too-many-candidates', { where: `${record.table.name}.${identifier.column}` });
      for (const [value, since, until] of rows) {
        if (value === null || value === undefined || !isTeachable(identifier.kind, base, value)) continue;
        const one: Identifier = {
          kind: identifier.kind,
          value,
          source,
          ...(typeof since === 'string' ? { from: since } : {}),
          ...(typeof until === 'string' ? { to: until } : {}),
        };
        if (unique || typeof until === 'string')
          learnt.set(JSON.stringify([identifier.kind, value, since, until]), one);
        else lasting.push(one);
      }
    }
  }
  const current = new Set([...learnt.values()].filter(({ to }) => to === undefined).map(pairOf));
  return [...learnt.values(), ...lasting.filter((one) => one.from !== undefined && current.has(pairOf(one)))];
}

const pairOf = ({ kind, value }: Identifier): string => JSON.stringify([kind, value]);

/** `undefined` where the collection's rows can only be a company's. */
function selectLearnt(
  { map, catalogue }: LookupInput,
  record: Source,
  name: string,
  hops: Parameters<typeof walk>[3],
  identifier: IdentifierColumn,
  keys: readonly SubjectKey[],
): string | undefined {
  const path = walkToSubject(catalogue, map, record, hops, 'h');
  const subject = collectionOf(map, map.subject);
  const values = keys.map(({ key }) => key.map(([, value]) => value));
  const joins = path.sources.map((source, i) => `JOIN ${from(source)} ON ${path.conditions[i]}`);
  const where = [keyIn(path.subject, subject.key, values), `${column(record, identifier.column)} IS NOT NULL`];
  if (subject.sharedMailbox !== undefined && identifier.kind === 'email') {
    const { column: flag, values: shared } = subject.sharedMailbox;
    where.push(`(${text(path.subject, flag)} IN (${shared.map(literal).join(', ')})) IS NOT TRUE`);
  }
  const collection = collectionOf(map, name);
  if (collection.role === 'processor') return undefined;
  if (collection.owner === 'workspace') {
    const config = map.customerKind;
    const own = Object.entries(config?.values ?? {}).filter(([, kind]) => kind !== 'company');
    if (config === undefined || own.length === 0) return undefined;
    const workspace = walk(catalogue, map, record, collection.workspace ?? [], 'w');
    const row = workspace.sources.at(-1) ?? record;
    joins.push(...workspace.sources.map((source, i) => `JOIN ${from(source)} ON ${workspace.conditions[i]}`));
    const owner = subject.key.map((key) => config.owner.columns[config.owner.toColumns.indexOf(key)] ?? '');
    where.push(`${text(row, config.column)} IN (${own.map(([value]) => literal(value)).join(', ')})`);
    where.push(keyIn(row, owner, values));
  }
  // An end that lies ahead has not come: the value is the subject's.
  const day = (name: string | undefined): string =>
    name === undefined
      ? 'NULL'
      : `CASE WHEN ${column(record, name)} <= pg_catalog.now() THEN ${instantOf(record, name)} END`;
  return (
    `SELECT DISTINCT ${text(record, identifier.column)}, ${day(identifier.from)}, ${day(identifier.to)} ` +
    `FROM ${from(record)} ${joins.join(' ')} WHERE ${where.join(' AND ')} LIMIT ${most + 1}`
  );
}

const telling = new Set(['identity', 'contact']);

/** What helps a person decide about candidates, by the reference's name: identity and contact fields, and since when. */
export async function displayOf(
  input: LookupInput,
  refs: readonly RecordRef[],
): Promise<ReadonlyMap<string, Readonly<Record<string, string>>>> {
  const shown = (collectionName: string): readonly string[] => {
    const collection = collectionOf(input.map, collectionName);
    const { table } = sourceOf(input.catalogue, input.map, collectionName, 'r');
    return exportable(collection)
      .filter((name) => telling.has(collection.fields[name]?.category ?? '') || name === collection.createdAt)
      .filter((name) => columnIn(table, name).base !== 'bytea');
  };
  const rows = await rowsOf(input, refs, shown);
  return new Map(
    rows.map(({ ref, cells }) => [
      nameOf(ref),
      Object.fromEntries(
        shown(ref.collection).flatMap((name, i) => {
          const value = cells[i];
          return value === null || value === undefined ? [] : [[name, value.slice(0, shownCharacters)]];
        }),
      ),
    ]),
  );
}

interface Row {
  readonly ref: RecordRef;
  readonly cells: readonly (string | null)[];
}

/** Rows by key, of those collections whose keys can be proved, with these columns as text. Keys are bound, not quoted. */
async function rowsOf(
  input: LookupInput,
  refs: readonly RecordRef[],
  columnsOf: (collection: string) => readonly string[],
): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const [name, { key, direct }] of Object.entries(input.map.collections)) {
    if (name !== input.map.subject && direct === undefined) continue;
    const fitting = refs.filter((ref) => ref.collection === name && ref.key.length === key.length);
    if (fitting.length > 0) rows.push(...(await rowsIn(input, name, fitting, columnsOf(name))));
  }
  return rows;
}

async function rowsIn(
  { tx, map, catalogue }: LookupInput,
  name: string,
  refs: readonly RecordRef[],
  columns: readonly string[],
): Promise<readonly Row[]> {
  const { key } = collectionOf(map, name);
  const record = sourceOf(catalogue, map, name, 'r');
  const arrays = key.map((part) => refs.map((ref) => ref.key.find(([column]) => column === part)?.[1] ?? null));
  const casts = key.map((part) => columnIn(record.table, part).cast);
  const cells = [...key, ...columns].map((one) => text(record, one)).join(', ');
  const wanted = `SELECT ${casts.map((cast, i) => `w.v${i}::${cast}`).join(', ')} FROM unnest(${casts
    .map((_, i) => `$${i + 1}::text[]`)
    .join(', ')}) AS w(${casts.map((_, i) => `v${i}`).join(', ')})`;
  const rows = await tx.query(
    `SELECT ${cells} FROM ${from(record)} WHERE (${key.map((part) => column(record, part)).join(', ')}) IN (${wanted})`,
    arrays,
    record.table.name,
  );
  return rows.map((row) => ({
    ref: { collection: name, key: key.map((part, i) => [part, row[i] ?? ''] as const) },
    cells: row.slice(key.length),
  }));
}
