/**
 * Which workspace an instruction names, and which people go with it: members and owner who are in no other one. Somebody goes
 * only where no record of another workspace names them or counts them as a member, left or not, so that nothing of another
 * workspace is ever touched for them; everybody else keeps their account. Exact matching by the workspace's key. Teaches what
 * the workspace's own records and the people's accounts are known by elsewhere. There are no candidates.
 */
import { HabeasError } from '../../src/errors.ts';
import type { CallContext, Identifier, LocateInput, LocateResult, SubjectKey } from '../contract.ts';
import { workspaceKind } from '../workspace-kind.ts';
import { type Catalogue, columnIn, isUnique, loadCatalogue, requireReadable } from './catalogue.ts';
import type { PostgresClient } from './client.ts';
import type { DataMap, Hop } from './data-map.ts';
import { isTombstone, namings } from './erase-traits.ts';
import type { Hands } from './hands.ts';
import { learn } from './learn.ts';
import { canonical, identifierColumns, isDirect, isTeachable, type LookupInput } from './lookup.ts';
import { collectionOf, column, equal, from, keyIn, type Source, sourceOf, text, walk, walkToSubject } from './sql.ts';

/** People of one workspace who go with it; more is not looked at one by one by anybody, and none is left out silently. */
const mostPeople = 10_000;
const mostTaught = 1_000;

/** See the contract. */
export async function locateWorkspace(
  client: PostgresClient,
  map: DataMap,
  context: CallContext,
  { identifiers }: Pick<LocateInput, 'identifiers'>,
): Promise<LocateResult> {
  return client.transaction(context, async (tx) => {
    const catalogue = await loadCatalogue(tx, map);
    requireReadable(catalogue, map);
    const lookup: LookupInput = { tx, map, catalogue };
    const workspaces = await named(lookup, identifiers);
    await refuseOthers(lookup, workspaces, identifiers);
    if (workspaces.length === 0) return { keys: [], learnt: [], candidates: [] };
    const people = await peopleOf(lookup, workspaces);
    const learnt = [
      ...(await taughtBy(lookup, workspaces, context.systemId)),
      ...(await learn(lookup, people, context.systemId)),
    ];
    // Also what is known already: what is not told any more is forgotten.
    return { keys: [...workspaces, ...people], learnt, candidates: [] };
  });
}

/** The keys without those of people who have come to be in another workspace since. */
export async function stillAlone(
  client: PostgresClient,
  map: DataMap,
  context: CallContext,
  keys: readonly SubjectKey[],
): Promise<readonly SubjectKey[]> {
  const people = keys.filter(({ collection }) => collection === map.subject);
  const workspaces = keys.filter(({ collection }) => collection === map.customerKind?.collection);
  if (people.length === 0) return keys;
  return client.transaction(context, async (tx) => {
    const lookup: LookupInput = { tx, map, catalogue: await loadCatalogue(tx, map) };
    const { key } = collectionOf(map, map.subject);
    const person = sourceOf(lookup.catalogue, map, map.subject, 'u');
    const elsewhere = elsewhereOf(lookup, person, workspaces);
    const cells = key.map((one) => text(person, one)).join(', ');
    const where = `${keyIn(person, key, people.map(valuesOf))} AND (${elsewhere.join(' OR ')})`;
    const rows = await tx.query(`SELECT ${cells} FROM ${from(person)} WHERE ${where}`, [], person.table.name);
    const gone = new Set(rows.map((row) => JSON.stringify(row)));
    return keys.filter((one) => one.collection !== map.subject || !gone.has(JSON.stringify(valuesOf(one))));
  });
}

/** That the account in row `r` is in a workspace that is not among the keys, for the statement that would delete it (hands.ts). */
export function isElsewhere(map: DataMap, catalogue: Catalogue, keys: readonly SubjectKey[]): Hands {
  const workspaces = keys.filter(({ collection }) => collection === map.customerKind?.collection);
  const person = sourceOf(catalogue, map, map.subject, 'r');
  return () => `((${elsewhereOf({ map, catalogue }, person, workspaces).join(' OR ')}) IS TRUE)`;
}

const valuesOf = ({ key }: SubjectKey): readonly string[] => key.map(([, value]) => value);

/** The workspaces whose very keys were given. */
async function named(lookup: LookupInput, identifiers: readonly Identifier[]): Promise<readonly SubjectKey[]> {
  const { tx, map, catalogue } = lookup;
  const name = map.customerKind?.collection ?? '';
  const { key } = collectionOf(map, name);
  const record = sourceOf(catalogue, map, name, 'r');
  const bases = key.map((one) => columnIn(record.table, one).base);
  const asked = identifiers
    .filter(({ kind }) => kind === workspaceKind)
    .map(({ value }) => (key.length === 1 ? [value] : value.split(',')))
    .filter((values) => values.length === key.length && values.every((value) => value !== ''))
    // No row of the column's type can have another form of it.
    .filter((values) => values.every((value, i) => canonical(bases[i] ?? '', value) === value));
  if (asked.length === 0) return [];
  const cells = key.map((one) => text(record, one)).join(', ');
  const rows = await tx.query(
    `SELECT ${cells} FROM ${from(record)} WHERE ${keyIn(record, key, asked)}`,
    [],
    record.table.name,
  );
  const given = new Set(asked.map((values) => JSON.stringify(values)));
  return rows.map((row) => {
    // Matched again by our own comparison: another form of a value is another value.
    if (!given.has(JSON.stringify(row))) throw new HabeasError('record-mismatch', { where: record.table.name });
    return { collection: name, key: pairsOf(key, row, record), provedBy: workspaceKind };
  });
}

function pairsOf(key: readonly string[], row: readonly (string | null)[], { table }: Source): SubjectKey['key'] {
  return key.map((name, i) => {
    const value = row[i];
    if (value === null || value === undefined) throw new HabeasError('record-mismatch', { where: table.name });
    return [name, value] as const;
  });
}

/** Members and owners who are in no other workspace. */
async function peopleOf(lookup: LookupInput, workspaces: readonly SubjectKey[]): Promise<readonly SubjectKey[]> {
  const { tx, map, catalogue } = lookup;
  const { key } = collectionOf(map, map.subject);
  const person = sourceOf(catalogue, map, map.subject, 'u');
  const belongs = waysToPeople(map).map((way, i) => namedBy(lookup, person, way, workspaces, 'in', `i${i}_`));
  if (belongs.length === 0) return [];
  const where = [`(${belongs.join(' OR ')})`, ...elsewhereOf(lookup, person, workspaces).map((one) => `NOT ${one}`)];
  const cells = key.map((one) => text(person, one)).join(', ');
  const order = key.map((one) => column(person, one)).join(', ');
  const rows = await tx.query(
    `SELECT ${cells} FROM ${from(person)} WHERE ${where.join(' AND ')} ORDER BY ${order} LIMIT ${mostPeople + 1}`,
    [],
    person.table.name,
  );
  if (rows.length > mostPeople) throw new HabeasError('workspace-too-large', { where: person.table.name });
  return rows
    .map((row) => ({ collection: map.subject, key: pairsOf(key, row, person), provedBy: workspaceKind }))
    .filter((one) => !isTombstone(map, one));
}

type Maps = Pick<LookupInput, 'map' | 'catalogue'>;

/** A way from a row to the person it names, and from the same row to its workspace. */
interface Way {
  readonly collection: string;
  readonly columns: readonly string[];
  readonly toColumns: readonly string[];
  readonly workspace: readonly Hop[];
}

/** By what somebody belongs to a workspace: a membership, owning it, or an account that is a workspace's as a whole. */
function waysToPeople(map: DataMap): readonly Way[] {
  const config = map.customerKind;
  const subject = collectionOf(map, map.subject);
  if (config === undefined) return [];
  const { successors } = config;
  const memberships = successors === undefined ? [] : [membershipOf(map, successors)];
  const accounts =
    subject.workspace === undefined
      ? []
      : [{ collection: map.subject, columns: subject.key, toColumns: subject.key, workspace: subject.workspace }];
  const owners = { collection: config.collection, ...config.owner, workspace: [] };
  return [owners, ...memberships, ...accounts];
}

function membershipOf(map: DataMap, successors: NonNullable<NonNullable<DataMap['customerKind']>['successors']>): Way {
  const { collection, person, workspace: columns } = successors;
  const root = map.customerKind?.collection ?? '';
  const toWorkspace = [{ columns, to: root, toColumns: collectionOf(map, root).key }];
  return { collection, columns: person, toColumns: collectionOf(map, map.subject).key, workspace: toWorkspace };
}

/** Conditions of which each says that a record of another workspace names the person. */
function elsewhereOf(lookup: Maps, person: Source, workspaces: readonly SubjectKey[]): readonly string[] {
  const { map } = lookup;
  const naming = Object.entries(map.collections).flatMap(([collection, { workspace }]) =>
    workspace === undefined ? [] : namings(map, collection).map((one) => ({ collection, ...one, workspace })),
  );
  const ways = [...waysToPeople(map), ...naming];
  return ways.map((way, i) => namedBy(lookup, person, way, workspaces, 'not in', `e${i}_`));
}

/** A record of these workspaces (or of any but these) names the person. */
function namedBy(
  { map, catalogue }: Maps,
  person: Source,
  way: Way,
  workspaces: readonly SubjectKey[],
  which: 'in' | 'not in',
  prefix: string,
): string {
  const record = sourceOf(catalogue, map, way.collection, `${prefix}r`);
  const root = map.customerKind?.collection ?? '';
  const path = walk(catalogue, map, record, way.workspace, `${prefix}w`);
  const row = path.sources.at(-1) ?? record;
  const isOne = keyIn(row, collectionOf(map, root).key, workspaces.map(valuesOf));
  const names = way.columns.map((name, i) => equal(record, name, person, way.toColumns[i] ?? ''));
  const sources = [record, ...path.sources].map(from).join(', ');
  const conditions = [...names, ...path.conditions, which === 'in' ? isOne : `NOT (${isOne})`];
  return `EXISTS (SELECT 1 FROM ${sources} WHERE ${conditions.join(' AND ')})`;
}

/** Columns of a workspace's records whose values mean one workspace, with the way that leads there. */
function telling({ map, catalogue }: Maps) {
  const root = map.customerKind?.collection ?? '';
  return identifierColumns(map).flatMap(({ name, collection, identifier }) => {
    const { workspace: hops } = collection;
    if (collection.owner !== 'workspace' || hops === undefined || isDirect(collection, identifier)) return [];
    const record = sourceOf(catalogue, map, name, 'r');
    if (identifier.match !== 'proof' || !isUnique(record.table, [identifier.column])) return [];
    const path = walkToSubject(catalogue, map, record, hops, 'h', root);
    const joins = path.sources.map((one, i) => `JOIN ${from(one)} ON ${path.conditions[i]}`).join(' ');
    const isOneOf = (workspaces: readonly SubjectKey[]): string =>
      keyIn(path.subject, collectionOf(map, root).key, workspaces.map(valuesOf));
    const { base } = columnIn(record.table, identifier.column);
    return [{ kind: identifier.kind, record, base, value: text(record, identifier.column), joins, isOneOf }];
  });
}

/** What was given beside the workspace's key must not be another workspace's: its records would go along (`record-mismatch`). */
async function refuseOthers(
  lookup: LookupInput,
  workspaces: readonly SubjectKey[],
  identifiers: readonly Identifier[],
): Promise<void> {
  for (const { kind, record, value, joins, isOneOf } of telling(lookup)) {
    const given = identifiers.filter((one) => one.kind === kind && one.source === 'request');
    if (given.length === 0) continue;
    const sql =
      `SELECT 1 FROM ${from(record)} ${joins} ` +
      `WHERE ${value} = ANY ($1::text[]) AND NOT (${isOneOf(workspaces)}) LIMIT 1`;
    const rows = await lookup.tx.query(sql, [given.map((one) => one.value)], record.table.name);
    if (rows.length > 0) throw new HabeasError('record-mismatch', { where: record.table.name });
  }
}

/** What the workspace is known by elsewhere: unique values of records that are a workspace's, not of people in it. */
async function taughtBy(
  lookup: LookupInput,
  workspaces: readonly SubjectKey[],
  source: string,
): Promise<readonly Identifier[]> {
  const learnt: Identifier[] = [];
  for (const { kind, record, base, value, joins, isOneOf } of telling(lookup)) {
    const sql =
      `SELECT DISTINCT ${value} FROM ${from(record)} ${joins} ` +
      `WHERE ${isOneOf(workspaces)} AND ${value} IS NOT NULL LIMIT ${mostTaught + 1}`;
    const rows = await lookup.tx.query(sql, [], record.table.name);
    if (rows.length > mostTaught) throw new HabeasError('workspace-too-large', { where: record.table.name });
    for (const [one] of rows)
      if (one !== null && one !== undefined && isTeachable(kind, base, one)) learnt.push({ kind, value: one, source });
  }
  return learnt;
}
