/**
 * What policy needs to know of a record, as SQL: one JSON text per row beside its key, made of days, mapped words and the
 * workspace's key; never a field's content. A text put together piece by piece, because a missing answer must be missing
 * in it and an event that has not happened must be null. Columns of other types than a day or an instant, and joins that
 * could lead to several rows, end the read.
 */
import { HabeasError } from '../../src/errors.ts';
import { type Catalogue, columnIn } from './catalogue.ts';
import type { Collection, DataMap, Hop } from './data-map.ts';
import type { Told } from './erase-map.ts';
import { collectionOf, column, from, ident, instantOf, jsonText, literal, type Source, text, walk } from './sql.ts';

export interface FactsSql {
  /** What to join beside the row. */
  readonly join: string;
  /** The JSON text. */
  readonly json: string;
  /** Whether the supply has a mapped value, or none: a boolean; and the column that it is in. */
  readonly supply?: { readonly isMapped: string; readonly column: string };
}

/** Types that tell a day. */
export const dayTypes: ReadonlySet<string> = new Set(['date', 'timestamp', 'timestamptz']);

/** `workspace`: the row of the record's workspace, where its records have one. */
export function factsSql(
  map: DataMap,
  catalogue: Catalogue,
  collection: Collection,
  record: Source,
  workspace: Source | undefined,
): FactsSql {
  const joined = new Joined(map, catalogue, record);
  const parts: string[] = [];
  const { createdAt, retention } = collection;
  if (createdAt !== undefined) {
    requireDay(record, createdAt);
    parts.push(`COALESCE(',"createdAt":"' || ${instantOf(record, createdAt)} || '"', '')`);
  }
  const events = Object.entries(retention?.events ?? {}).map(([event, told], i) => {
    const source = joined.rowOf(told);
    const name = literal(`${i === 0 ? '' : ','}"${event}":`);
    return `${name} || COALESCE('"' || ${dayOf(map, source, told.column)} || '"', 'null')`;
  });
  if (events.length > 0) parts.push(`',"events":{' || ${events.join(' || ')} || '}'`);
  let supply: FactsSql['supply'];
  if (retention?.supply !== undefined) {
    const { column: name, values } = retention.supply;
    const source = joined.rowOf(retention.supply);
    const value = text(source, name);
    const known = Object.keys(values).map(literal).join(', ');
    const cases = Object.entries(values).map(
      ([is, word]) => `WHEN ${literal(is)} THEN ${literal(`,"supply":"${word}"`)}`,
    );
    parts.push(`CASE ${value} ${cases.join(' ')} ELSE '' END`);
    supply = { isMapped: `COALESCE(${value} IN (${known}), true)`, column: `${source.table.name}.${name}` };
  }
  if (retention?.money !== undefined) {
    const paid = column(joined.rowOf(retention.money), retention.money.column);
    parts.push(`CASE WHEN ${paid} IS NULL THEN ',"money":"open"' ELSE ',"money":"settled"' END`);
  }
  if (workspace !== undefined) parts.push(workspaceFacts(map, workspace));
  const json = parts.length === 0 ? `'{}'` : `'{' || pg_catalog.substr(${parts.join(' || ')}, 2) || '}'`;
  return { join: joined.joins.join(' '), json, ...(supply === undefined ? {} : { supply }) };
}

/** Which workspace, and whether it was closed; nothing where the record is in none. */
function workspaceFacts(map: DataMap, row: Source): string {
  const { key } = collectionOf(map, map.customerKind?.collection ?? '');
  const closedAt = map.customerKind?.closedAt;
  const name =
    key.length === 1
      ? jsonText(row, key[0] ?? '')
      : `pg_catalog.to_json(${key.map((one) => text(row, one)).join(` || ',' || `)})::text`;
  const closed =
    closedAt === undefined
      ? ''
      : ` || CASE WHEN ${column(row, closedAt)} IS NULL THEN ',"workspaceClosed":false' ELSE ',"workspaceClosed":true' END`;
  return `CASE WHEN ${row.alias}.${ident(key[0] ?? '')} IS NULL THEN '' ELSE ',"workspace":' || ${name}${closed} END`;
}

/** The rows that facts are in: each joined once, however many facts it has. */
class Joined {
  readonly joins: string[] = [];
  readonly #map: DataMap;
  readonly #catalogue: Catalogue;
  readonly #record: Source;
  readonly #rows = new Map<string, Source>();

  constructor(map: DataMap, catalogue: Catalogue, record: Source) {
    this.#map = map;
    this.#catalogue = catalogue;
    this.#record = record;
  }

  rowOf({ via }: Pick<Told, 'via'>): Source {
    if (via === undefined) return this.#record;
    const known = this.#rows.get(JSON.stringify(via));
    return known ?? this.#joined(via);
  }

  #joined(via: readonly Hop[]): Source {
    const path = walk(this.#catalogue, this.#map, this.#record, via, `f${this.#rows.size}_`);
    const end = path.sources.at(-1);
    if (end === undefined || !path.single)
      throw new HabeasError('system-key-unproved', { where: (end ?? this.#record).table.name });
    this.joins.push(...path.sources.map((source, i) => `LEFT JOIN ${from(source)} ON ${path.conditions[i]}`));
    this.#rows.set(JSON.stringify(via), end);
    return end;
  }
}

/** The day (YYYY-MM-DD) as text: of an instant, the one in the data map's time zone. */
function dayOf({ timeZone }: DataMap, source: Source, name: string): string {
  requireDay(source, name);
  const isInstant = columnIn(source.table, name).base === 'timestamptz';
  const value = isInstant
    ? `(${column(source, name)} AT TIME ZONE ${literal(timeZone ?? 'UTC')})`
    : column(source, name);
  return `pg_catalog.to_char(${value}, 'YYYY-MM-DD')`;
}

function requireDay(source: Source, name: string): void {
  if (!dayTypes.has(columnIn(source.table, name).base))
    throw new HabeasError('system-schema-drift', { where: `${source.table.name}.${name}` });
}
