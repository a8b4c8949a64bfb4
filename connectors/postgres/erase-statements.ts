/**
 * The statements that change rows: one deletes, one makes fields what the data map says, one lets references go before a
 * circle is deleted, one takes the subject's name out of rows that are another's. Every one names its rows by the key (`keys`: see `keyParams`), passes by those that are another's by now
 * (`hands`: see hands.ts) and answers with those it changed. Pure.
 */
import type { Changing } from './anonymise.ts';
import { namesSubject, newValue, Params } from './anonymise.ts';
import type { Hands } from './hands.ts';
import { type Keyed, keyMatch, keyReturned } from './key-batch.ts';
import { ident } from './sql.ts';

export interface Statement {
  readonly sql: string;
  readonly params: readonly string[];
}

export function deleteStatement(to: Keyed, keys: readonly string[], hands?: Hands): Statement {
  const params = new Params(keys);
  const { join, where } = rowsOf(to, params, hands, {});
  const using = join === '' ? '' : `USING ${join} `;
  return answering(to, `DELETE FROM ${to.quoted} AS r ${using}WHERE ${where}`, params.values);
}

/** Without a column to change it only looks which rows are there. */
export function changeStatement(
  to: Keyed,
  keys: readonly string[],
  changing: readonly Changing[],
  set: Readonly<Record<string, string>>,
  hands?: Hands,
): Statement & { readonly changes: boolean } {
  const params = new Params(keys);
  const assignments = changing.flatMap((one) => {
    const value = newValue(one, params, set[one.column.name]);
    return value === undefined ? [] : [`${ident(one.column.name)} = ${value}`];
  });
  const { join, where } = rowsOf(to, params, hands, set);
  if (assignments.length === 0) {
    const { returning, cell } = keyReturned(to);
    const rows = `${to.quoted} AS r${join === '' ? '' : `, ${join}`}`;
    const sql = `SELECT ${cell} FROM (SELECT ${returning} FROM ${rows} WHERE ${where}) AS done`;
    return { sql, params: params.values, changes: false };
  }
  const source = join === '' ? '' : `FROM ${join} `;
  const update = `UPDATE ${to.quoted} AS r SET ${assignments.join(', ')} ${source}WHERE ${where}`;
  return { ...answering(to, update, params.values), changes: true };
}

/** Rows that are to be deleted refer to nothing by these columns from now on. */
export function letGoStatement(
  to: Keyed,
  keys: readonly string[],
  columns: readonly string[],
  hands?: Hands,
): Statement {
  const params = new Params(keys);
  const { join, where } = rowsOf(to, params, hands, {});
  const assignments = columns.map((name) => `${ident(name)} = NULL`).join(', ');
  const source = join === '' ? '' : `FROM ${join} `;
  return answering(to, `UPDATE ${to.quoted} AS r SET ${assignments} ${source}WHERE ${where}`, params.values);
}

/** Rows that are another's by now lose what still names the subject, and nothing else; the others of them are not touched. */
export function takeOutStatement(to: Keyed, keys: readonly string[], references: readonly Changing[]): Statement {
  const params = new Params(keys);
  const assignments = references.flatMap((one) => {
    const value = newValue(one, params, undefined);
    return value === undefined ? [] : [`${ident(one.column.name)} = ${value}`];
  });
  const { join, where } = keyMatch(to);
  const names = namesSubject(
    references.flatMap(({ refersBy }) => refersBy),
    params,
  );
  const source = join === '' ? '' : `FROM ${join} `;
  const update = `UPDATE ${to.quoted} AS r SET ${assignments.join(', ')} ${source}WHERE ${where} AND ${names}`;
  return answering(to, update, params.values);
}

function rowsOf(to: Keyed, params: Params, hands: Hands | undefined, set: Readonly<Record<string, string>>) {
  const { join, where } = keyMatch(to);
  return { join, where: hands === undefined ? where : `${where} AND NOT ${hands(params, set)}` };
}

function answering(to: Keyed, statement: string, params: readonly string[]): Statement {
  const { returning, cell } = keyReturned(to);
  return { sql: `WITH done AS (${statement} RETURNING ${returning}) SELECT ${cell} FROM done`, params };
}
