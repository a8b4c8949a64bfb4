/**
 * Whether a row has become another person's since it was prepared, as a condition that the statement which erases carries
 * itself: the server looks at the row as it is when its turn comes, also where it had to wait for somebody who was changing
 * it. A row is another's only where its stream's way leads to a person who is neither the subject nor the row that stands
 * for everybody who was erased: a way that the erasing itself has cut leads to nobody. Not told, and left to what `prepare`
 * saw: of ways over rows that several people share (a membership), and of ways along which a successor is put in. Of a way of
 * several hops only the record itself is looked at behind its lock; rows in between are read as the statement began, so that one
 * that is handed over meanwhile is seen by the next statement only. Nor is it told without the subject's keys: the retention
 * sweep has none, years later, and does not ask.
 * Builds text and parameters; runs nothing.
 */
import type { SubjectKey } from '../contract.ts';
import { isOneOf, type Params } from './anonymise.ts';
import { type Catalogue, columnIn } from './catalogue.ts';
import type { DataMap, Hop } from './data-map.ts';
import { accountWaysOf } from './lookup.ts';
import { collectionOf, from, type Source, sourceOf, walk } from './sql.ts';
import type { Stream } from './streams.ts';

export type Hands = (params: Params, set: Readonly<Record<string, string>>) => string;

/** That a row `r` of the stream is another's; undefined where that is not told. */
export function handsOf(
  map: DataMap,
  catalogue: Catalogue,
  keys: readonly SubjectKey[],
  stream: Stream,
): Hands | undefined {
  const { collection, isReference } = stream.description;
  // Of a record that only names the subject, nothing changes but a column that still does (anonymise.ts).
  if (isReference === true) return undefined;
  // Years later nobody knows the subject's keys any more.
  if (keys.length === 0) return undefined;
  const record = sourceOf(catalogue, map, collection, 'r');
  const { provedIn } = stream.description;
  const root = stream.way === 'direct' ? map.subject : provedIn;
  const { key } = collectionOf(map, root);
  const own = keys.filter((one) => one.collection === root).map((one) => one.key.map(([, value]) => value));
  const tombstone = key.map((name) => (root === map.subject ? map.tombstone?.[name] : undefined));
  const nobody = tombstone.every((value) => value !== undefined) ? [tombstone] : [];
  const ways = stream.way === 'direct' ? accountWaysOf(stream.collection) : [stream.way];
  const told = ways.filter((hops) => hops.length > 0 && !isHandedOver(map, collection, hops));
  const ends = told.flatMap((hops, i) => {
    const end = endOf(map, catalogue, record, hops, `a${i}_`);
    return end === undefined ? [] : [end];
  });
  if (ends.length === 0) return undefined;
  return (params, set) => {
    const others = ends.map(({ sources, conditions, person, columns }) => {
      // What this effect itself puts in is no stranger: it may have been done by an attempt before.
      const put = person === record ? columns.map((name) => set[name]) : [];
      const ours = [...own, ...nobody, ...(put.length > 0 && put.every((value) => value !== undefined) ? [put] : [])];
      const live = columns.map((name) => columnIn(person.table, name));
      const isOther = `NOT (${isOneOf(person.alias, live, ours, params)})`;
      if (sources.length === 0) return `((${isOther}) IS TRUE)`;
      const tables = sources.map(from).join(', ');
      return `EXISTS (SELECT 1 FROM ${tables} WHERE ${[...conditions, isOther].join(' AND ')})`;
    });
    return others.length === 1 ? (others[0] ?? '') : `(${others.join(' OR ')})`;
  };
}

interface End {
  readonly sources: readonly Source[];
  readonly conditions: readonly string[];
  /** Whose columns say which person it is, in the order of the subject's key. */
  readonly person: Source;
  readonly columns: readonly string[];
}

/** Where a way ends, without looking at the person's own row where the row before names it by its key. */
function endOf(
  map: DataMap,
  catalogue: Catalogue,
  record: Source,
  hops: readonly Hop[],
  prefix: string,
): End | undefined {
  const { key } = collectionOf(map, hops.at(-1)?.to ?? map.subject);
  const whole = walk(catalogue, map, record, hops, prefix);
  const subject = whole.sources.at(-1);
  const last = hops.at(-1);
  if (!whole.single || subject === undefined || last === undefined) return undefined;
  const { sources, conditions } = walk(catalogue, map, record, hops.slice(0, -1), prefix);
  const before = sources.at(-1) ?? record;
  const columns = key.map((name) => last.columns[last.toColumns.indexOf(name)] ?? '');
  const isByKey =
    last.toColumns.length === key.length &&
    key.every((name, i) => {
      const at = columns[i] ?? '';
      return at !== '' && columnIn(before.table, at).base === columnIn(subject.table, name).base;
    });
  if (isByKey) return { sources, conditions, person: before, columns };
  return { sources: whole.sources, conditions: whole.conditions, person: subject, columns: key };
}

/** A row on the way gets a successor by this erasure: what hangs on it is not the successor's own for that. */
function isHandedOver(map: DataMap, collection: string, hops: readonly Hop[]): boolean {
  // What this effect puts into the row itself is known.
  if (hops.length === 1) return false;
  return hops.some((hop, i) => {
    const fields = collectionOf(map, hops[i - 1]?.to ?? collection).erase?.fields ?? {};
    return hop.columns.some((name) => fields[name] === 'successor');
  });
}
