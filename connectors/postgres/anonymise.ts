/**
 * What becomes of a field, as SQL: the strategies of the data map made into values of the column's type, what a column
 * cannot take, and how reading back tells that it was done. Random values come from the server's own generator and from
 * nothing else: nobody can get from the new value to the old one, or from one person's to another's. A column that
 * refers to a person changes only where it names the subject. Builds text and parameters; runs nothing.
 */
import type { Column } from './catalogue.ts';
import type { EraseColumn } from './erase-catalogue.ts';
import type { Strategy } from './erase-map.ts';
import { arrayOf, castOf } from './key-batch.ts';
import { ident, texts } from './sql.ts';

/** A column, what the data map says of it, and what it refers to. */
export interface Changing {
  readonly column: Column;
  readonly live: EraseColumn;
  readonly strategy: Strategy;
  /** An identifier of the kind `email`: a random value has that form. */
  readonly isEmail: boolean;
  /** Ways in which it names a person; it changes only where one of them names the subject. */
  readonly refersBy: readonly Reference[];
  /** Of a reference: the tombstone row's value. */
  readonly tombstone: string | undefined;
}

export interface Reference {
  readonly columns: readonly Column[];
  /** What the columns hold where they name the subject, one list a key of the subject. */
  readonly subject: readonly (readonly string[])[];
}

/** Collects bound parameters; the first ones are the keys'. */
export class Params {
  readonly values: string[];

  constructor(first: readonly string[]) {
    this.values = [...first];
  }

  add(value: string, cast: string): string {
    this.values.push(value);
    return `$${this.values.length}::${cast}`;
  }
}

const hex = `pg_catalog.replace(pg_catalog.gen_random_uuid()::text, '-', '')`;
/** RFC 2606: `.invalid` is nobody's, so that nothing is ever sent there. */
const emailEnd = '@anonymous.invalid';
const prefix = 'anon-';
const emailLength = prefix.length + 32 + emailEnd.length;
const wordLength = prefix.length + 32;

const fits = (length: number | undefined, needed: number): boolean => length === undefined || length >= needed;

/** A random value of the column's type; `undefined` where there is none. The last 15 digits of a UUID are all random. */
function randomOf({ column, live, isEmail }: Changing): string | undefined {
  if (texts.has(column.base)) {
    if (isEmail && fits(live.length, emailLength)) return `('${prefix}' || ${hex} || '${emailEnd}')`;
    if (fits(live.length, wordLength)) return `('${prefix}' || ${hex})`;
    return `pg_catalog.right(${hex}, ${live.length})`;
  }
  if (column.base === 'uuid') return 'pg_catalog.gen_random_uuid()';
  if (column.base === 'bytea') return `pg_catalog.decode(${hex}, 'hex')`;
  if (column.base === 'int8') return `('x' || pg_catalog.right(${hex}, 15))::bit(60)::bigint`;
  if (column.base === 'int4') return `('x0' || pg_catalog.right(${hex}, 7))::bit(32)::integer`;
  return undefined;
}

/** Random values of this column differ as good as certainly: 60 random bits and more. */
export function isDistinct({ column, live, strategy }: Changing): boolean {
  if (strategy !== 'random' || column.base === 'int4') return false;
  return !texts.has(column.base) || fits(live.length, 16);
}

const jsons = new Set(['json', 'jsonb']);

function emptyOf({ column }: Changing): string | undefined {
  const name = `r.${ident(column.name)}`;
  if (texts.has(column.base) || column.base === 'bytea' || column.base === 'hstore') return `''`;
  if (column.base.startsWith('_')) return `'{}'`;
  if (!jsons.has(column.base)) return undefined;
  return `CASE WHEN pg_catalog.${column.base}_typeof(${name}) = 'array' THEN '[]' ELSE '{}' END`;
}

/** Whether the column can take what the data map says, as far as its type and what is declared of it tell. */
export function canTake(changing: Changing): boolean {
  const { strategy, live, tombstone } = changing;
  if (strategy === 'keep') return true;
  if (live.fixed) return false;
  if (strategy === 'null') return !live.notNull;
  if (strategy === 'random') return randomOf(changing) !== undefined;
  if (strategy === 'empty') return emptyOf(changing) !== undefined;
  if (strategy === 'tombstone' || strategy === 'successor') return tombstone !== undefined;
  return true;
}

/** The columns that making the new value looks at; whoever only writes needs no right to read. */
export function readsOf({ column, strategy, refersBy }: Changing): readonly string[] {
  if (strategy === 'empty' && jsons.has(column.base)) return [column.name];
  return refersBy.length === 0
    ? []
    : [column.name, ...refersBy.flatMap(({ columns }) => columns.map(({ name }) => name))];
}

/** The column's new value; `undefined` where it stays. `given`: instead of the strategy's. */
export function newValue(changing: Changing, params: Params, given: string | undefined): string | undefined {
  const { column, strategy, tombstone, refersBy } = changing;
  const cast = castOf(column);
  const value = (): string | undefined => {
    if (given !== undefined) return params.add(given, cast);
    if (strategy === 'keep') return undefined;
    if (strategy === 'null') return 'NULL';
    if (strategy === 'random') return `${randomOf(changing)}::${cast}`;
    if (strategy === 'empty') return `(${emptyOf(changing)})::${cast}`;
    if (typeof strategy === 'object') return params.add(String(strategy.constant), cast);
    return tombstone === undefined ? undefined : params.add(tombstone, cast);
  };
  const next = value();
  if (next === undefined || refersBy.length === 0) return next;
  return `CASE WHEN ${namesSubject(refersBy, params)} THEN ${next} ELSE r.${ident(column.name)} END`;
}

/** Whether the row names the subject by one of these ways; never null. */
export function namesSubject(ways: readonly Reference[], params: Params): string {
  const one = ({ columns, subject }: Reference): string => isOneOf('r', columns, subject, params);
  return `((${ways.map(one).join(' OR ')}) IS TRUE)`;
}

/** Whether these columns of a row together hold one of the values; null where one of them is. */
export function isOneOf(
  alias: string,
  columns: readonly Column[],
  values: readonly (readonly (string | undefined)[])[],
  params: Params,
): string {
  const arrays = columns.map((column, i) =>
    params.add(
      arrayOf(
        values.map((one) => one[i] ?? ''),
        column,
      ),
      `${castOf(column)}[]`,
    ),
  );
  const [only] = columns;
  if (only !== undefined && columns.length === 1) return `${alias}.${ident(only.name)} = ANY(${arrays[0]})`;
  const row = columns.map(({ name }) => `${alias}.${ident(name)}`).join(', ');
  return `(${row}) IN (SELECT * FROM unnest(${arrays.join(', ')}))`;
}

/**
 * Whether the field holds what it should, as far as that can be told without the old value: a reference names somebody
 * else than the subject; `null`, `empty` and a constant are there; random text has the form that only we give it.
 * `undefined` where nothing can be told: random numbers, UUIDs, bytes and short random words look like any other.
 */
export function isDone(changing: Changing, params: Params): string | undefined {
  const { column, strategy, refersBy, live, isEmail } = changing;
  const name = `r.${ident(column.name)}`;
  if (strategy === 'keep') return undefined;
  if (refersBy.length > 0) return `NOT ${namesSubject(refersBy, params)}`;
  if (strategy === 'null') return `${name} IS NULL`;
  if (typeof strategy === 'object')
    return `${name}::text IS NOT DISTINCT FROM ${params.add(String(strategy.constant), castOf(column))}::text`;
  if (strategy === 'empty') return `(${name}::text IN ('', '{}', '[]', '\\x')) IS TRUE`;
  if (strategy !== 'random' || !texts.has(column.base) || !fits(live.length, wordLength)) return undefined;
  const end = isEmail && fits(live.length, emailLength) ? emailEnd.replace('.', '[.]') : '';
  return `(${name}::text ~ '^${prefix}[0-9a-f]{32}${end} *$') IS TRUE`;
}
