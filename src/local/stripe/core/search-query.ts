/**
 * As much of Stripe's search language as a look-up needs (https://docs.stripe.com/search): `field:"value"` (the whole text,
 * in any case), `field~"part"`, numbers with > >= < <=, `-` before a clause, and clauses joined by AND or by OR, not both.
 */
import { badParameter } from './errors.ts';
import { isHash, type Json, type StripeObject } from './types.ts';

type Clause = (object: StripeObject) => boolean;

const clausePattern = /^(-)?([a-z_]+)(?:\["([^"]+)"\])?\s*(:|~|>=|<=|>|<)\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|(-?\d+))/;

/** Whether an object is found by the query. Throws what Stripe answers to a query that it cannot read. */
export function searchClause(query: string): Clause {
  const clauses: Clause[] = [];
  const joined = new Set<string>();
  for (let rest = query.trim(); ; ) {
    const found = clausePattern.exec(rest);
    if (found === null) throw unreadable(query);
    clauses.push(clauseOf(found));
    rest = rest.slice(found[0].length).trim();
    if (rest === '') break;
    const join = /^(AND|OR)\s+/i.exec(rest);
    if (join?.[1] === undefined) throw unreadable(query);
    joined.add(join[1].toUpperCase());
    rest = rest.slice(join[0].length);
  }
  if (joined.size > 1) throw badParameter(undefined, 'query', 'You cannot combine AND and OR in one query.');
  return joined.has('OR')
    ? (object) => clauses.some((clause) => clause(object))
    : (object) => clauses.every((clause) => clause(object));
}

function clauseOf([, not, field = '', key, operator = ':', quoted, single, number]: RegExpExecArray): Clause {
  const wanted = quoted?.replaceAll(/\\(.)/g, '$1') ?? single ?? number ?? '';
  const clause: Clause = (object) => {
    const value = key === undefined ? object[field] : isHash(object[field]) ? object[field][key] : undefined;
    return compares(value ?? null, operator, wanted);
  };
  return not === '-' ? (object) => !clause(object) : clause;
}

function compares(value: Json, operator: string, wanted: string): boolean {
  if (value === null) return wanted.toLowerCase() === 'null';
  const text = String(value).toLowerCase();
  switch (operator) {
    case ':':
      return text === wanted.toLowerCase();
    case '~':
      return text.includes(wanted.toLowerCase());
    case '>':
      return Number(value) > Number(wanted);
    case '>=':
      return Number(value) >= Number(wanted);
    case '<':
      return Number(value) < Number(wanted);
    default:
      return Number(value) <= Number(wanted);
  }
}

const unreadable = (query: string) =>
  badParameter(undefined, 'query', `We were unable to parse your search query: ${query}`);
