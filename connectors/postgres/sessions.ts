/**
 * What sessions tell of the places a person came from (IP addresses, devices): when each was theirs, and whether anybody
 * else had a session there in the same window. Log systems may believe a line of such a place only in a window that was
 * the subject's alone. An address proves nobody by itself and is never looked up by. In doubt the answer is `unknown`: of
 * a session without an end, or of a place that no collection declares. A row that leads to nobody known is somebody else.
 */
import { HabeasError } from '../../src/errors.ts';
import type { CallContext, Exclusivity, ExclusivityInput, Identifier, SubjectKey } from '../contract.ts';
import { isUsable } from '../identifiers.ts';
import { columnIn, loadCatalogue, requireReadable } from './catalogue.ts';
import type { PostgresClient } from './client.ts';
import type { Collection, DataMap } from './data-map.ts';
import { type LookupInput, waysOf } from './lookup.ts';
import { collectionOf, column, from, instantOf, keyIn, type Source, sourceOf, text, walkToSubject } from './sql.ts';

type Session = NonNullable<Collection['session']>;
type Place = Session['places'][number];

/** Windows of one place column that one person may have; more is not one person, and none is left out silently. */
const mostWindows = 20_000;

interface Declared {
  readonly name: string;
  readonly session: Session;
  readonly place: Place;
}

function placesOf(map: DataMap): readonly Declared[] {
  return Object.entries(map.collections).flatMap(([name, { session }]) =>
    session === undefined ? [] : session.places.map((place) => ({ name, session, place })),
  );
}

/** Identifier kinds of which this data map can tell windows and who else was there. */
export function placeKinds(map: DataMap): readonly string[] {
  return [...new Set(placesOf(map).map(({ place }) => place.kind))];
}

/** The windows of the proved accounts' own sessions. */
export async function learnWindows(
  input: LookupInput,
  proved: readonly SubjectKey[],
  source: string,
): Promise<readonly Identifier[]> {
  const keys = proved.filter((key) => key.collection === input.map.subject);
  const learnt: Identifier[] = [];
  if (keys.length === 0) return learnt;
  const values = keys.map(({ key }) => key.map(([, value]) => value));
  for (const { name, session, place } of placesOf(input.map)) {
    const record = sourceOf(input.catalogue, input.map, name, 'r');
    const where = record.table.name;
    requireInstants(record, session);
    for (const hops of waysOf(input.map, name, collectionOf(input.map, name))) {
      const path = walkToSubject(input.catalogue, input.map, record, hops, 'h');
      const subject = collectionOf(input.map, input.map.subject);
      const joins = path.sources.map((one, i) => `JOIN ${from(one)} ON ${path.conditions[i]}`).join(' ');
      const rows = await input.tx.query(
        `SELECT DISTINCT ${placeText(record, place)}, ${instantOf(record, session.from)}, ${instantOf(record, session.to)} ` +
          `FROM ${from(record)} ${joins} WHERE ${keyIn(path.subject, subject.key, values)} ` +
          `AND ${column(record, place.column)} IS NOT NULL AND ${column(record, session.from)} IS NOT NULL ` +
          `ORDER BY 2, 1, 3 LIMIT ${mostWindows + 1}`,
        [],
        where,
      );
      if (rows.length > mostWindows)
        throw new HabeasError('too-many-candidates', { where: `${where}.${place.column}` });
      for (const [value, since, until] of rows) {
        if (value == null || since == null || !isUsable(place.kind, value)) continue;
        learnt.push({ kind: place.kind, value, source, from: since, ...(until == null ? {} : { to: until }) });
      }
    }
  }
  return learnt;
}

/** See the contract. */
export async function exclusivity(
  client: PostgresClient,
  map: DataMap,
  context: CallContext,
  { keys, windows }: ExclusivityInput,
): Promise<readonly Exclusivity[]> {
  const answers: Exclusivity[] = windows.map(() => 'unknown');
  const subjects = keys.filter((key) => key.collection === map.subject);
  if (subjects.length === 0 || windows.length === 0) return answers;
  return client.transaction(context, async (tx) => {
    const catalogue = await loadCatalogue(tx, map);
    requireReadable(catalogue, map);
    const input: LookupInput = { tx, map, catalogue };
    for (const declared of placesOf(map)) {
      const asked = windows.flatMap(({ kind, value, from: since, to }, no) =>
        kind === declared.place.kind && since !== undefined && to !== undefined ? [{ no, value, since, to }] : [],
      );
      if (asked.length === 0) continue;
      const shared = await sharedOf(input, declared, subjects, asked);
      // Asked of every collection that knows the kind: one that saw somebody else is enough.
      for (const { no } of asked)
        if (shared.has(no) || answers[no] !== 'shared') answers[no] = shared.has(no) ? 'shared' : 'sole';
      context.progress();
    }
    return answers;
  });
}

/** Numbers of the windows in which a session of somebody else touched the same place. */
async function sharedOf(
  { tx, map, catalogue }: LookupInput,
  { name, session, place }: Declared,
  subjects: readonly SubjectKey[],
  asked: readonly { readonly no: number; readonly value: string; readonly since: string; readonly to: string }[],
): Promise<ReadonlySet<number>> {
  const record = sourceOf(catalogue, map, name, 'r');
  const subject = collectionOf(map, map.subject);
  requireInstants(record, session);
  const values = subjects.map(({ key }) => key.map(([, value]) => value));
  const mine = waysOf(map, name, collectionOf(map, name)).map((hops, i) => {
    const path = walkToSubject(catalogue, map, record, hops, `m${i}_`);
    const own = keyIn(path.subject, subject.key, values);
    if (path.sources.length === 0) return own;
    const conditions = [...path.conditions, own].join(' AND ');
    return `EXISTS (SELECT 1 FROM ${path.sources.map(from).join(', ')} WHERE ${conditions})`;
  });
  const { cast } = columnIn(record.table, place.column);
  // Both ends count: a session that ended in the very moment another began leaves the moment in doubt.
  const rows = await tx.query(
    `SELECT DISTINCT w.no::text FROM unnest($1::int[], $2::text[], $3::timestamptz[], $4::timestamptz[]) AS w(no, v, f, t) ` +
      `JOIN ${from(record)} ON ${column(record, place.column)} = w.v::${cast} ` +
      `AND (${column(record, session.from)} IS NULL OR ${column(record, session.from)} <= w.t) ` +
      `AND (${column(record, session.to)} IS NULL OR ${column(record, session.to)} >= w.f) ` +
      `WHERE NOT (${mine.join(' OR ')})`,
    [
      asked.map(({ no }) => String(no)),
      asked.map(({ value }) => value),
      asked.map(({ since }) => since),
      asked.map(({ to }) => to),
    ],
    record.table.name,
  );
  return new Set(rows.map(([no]) => Number(no)));
}

/** A day, or a time without a zone, is no window in which a log line could be the person's. */
function requireInstants(record: Source, session: Session): void {
  for (const name of [session.from, session.to])
    if (columnIn(record.table, name).base !== 'timestamptz')
      throw new HabeasError('system-schema-drift', { where: `${record.table.name}.${name}` });
}

/** An address as logs write it: an inet column's text carries its netmask. */
function placeText(record: Source, { column: name }: Place): string {
  const { base } = columnIn(record.table, name);
  return base === 'inet' ? `pg_catalog.host(${column(record, name)})` : text(record, name);
}
