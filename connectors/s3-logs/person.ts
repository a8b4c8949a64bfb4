/**
 * Owns what a scan goes by: the person's identifiers as keys (`locate` makes them, `read` gets them back), and the same
 * keys in the form in which lines are judged. A value with any window counts in its windows only: the entry without dates
 * is then what somebody typed on the request. Deterministic: the same identifiers give the same keys in the same order.
 */
import { HabeasError } from '../../src/errors.ts';
import type { Exclusivity, Identifier, RecordRef, SubjectKey } from '../contract.ts';
import { folded, requireUsable } from '../identifiers.ts';
import { type DataMap, identifierFields } from './data-map.ts';
import { type Span, spanOf } from './instants.ts';

/** The collection of the keys, which is none of the data map's. */
export const keyCollection = 'identifiers';

/** One window of one value, or the value without dates. */
export interface Window {
  readonly kind: string;
  readonly value: string;
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly exclusivity: Exclusivity;
  readonly span: Span;
  /** Key, and the position of its key among the person's. */
  readonly key: RecordRef['key'];
  readonly no: number;
}

/** What the windows of one value are. */
export type Windows = readonly [Window, ...Window[]];

export interface Person {
  readonly windows: readonly Window[];
  /** Of a kind, windows by value; a kind of which nothing is known is missing. */
  readonly exact: ReadonlyMap<string, ReadonlyMap<string, Windows>>;
  /** The same by folded value. */
  readonly folded: ReadonlyMap<string, ReadonlyMap<string, Windows>>;
}

/** In doubt the worse: one system saw somebody else. */
const rank: readonly Exclusivity[] = ['shared', 'sole', 'unknown'];

/** The keys by which a scan will go. Throws `identifier-unusable` for a value that would match other people's lines. */
export function keysOf(map: DataMap, identifiers: readonly Identifier[]): readonly SubjectKey[] {
  const declared = identifierFields(map);
  const asked = identifiers.filter(({ kind }) => declared.some((one) => one.kind === kind));
  for (const identifier of asked) {
    const isWhole = declared.every(
      (one) => one.kind !== identifier.kind || (one.strength === 'strong' && one.in === 'value'),
    );
    // A whole field that says `7` means account 7; as part of anything else it means nothing.
    requireUsable(identifier, isWhole && /^\d+$/.test(identifier.value));
  }
  const isDated = ({ from, to }: Identifier) => from !== undefined || to !== undefined;
  const dated = new Set(asked.filter(isDated).map(valueName));
  const found = new Map<string, { readonly identifier: Identifier; readonly told: Set<Exclusivity> }>();
  for (const identifier of asked) {
    if (!isDated(identifier) && dated.has(valueName(identifier))) continue;
    const name = JSON.stringify([identifier.kind, identifier.value, identifier.from, identifier.to]);
    const known = found.get(name) ?? { identifier, told: new Set() };
    found.set(name, known);
    if (identifier.exclusivity !== undefined) known.told.add(identifier.exclusivity);
    if (identifier.exclusivity === 'sole' && asked.some((other) => sawOthers(other, identifier)))
      known.told.add('shared');
  }
  const weak = new Set(declared.filter(({ strength }) => strength === 'weak').map(({ kind }) => kind));
  return [...found.values()]
    .map(({ identifier: { kind, value, from, to }, told }) => ({
      collection: keyCollection,
      key: [
        ['kind', kind] as const,
        ['value', value] as const,
        ...(from === undefined ? [] : [['from', from] as const]),
        ...(to === undefined ? [] : [['to', to] as const]),
        ...(weak.has(kind) ? [['exclusivity', rank.find((one) => told.has(one)) ?? 'unknown'] as const] : []),
      ],
      provedBy: kind,
    }))
    .sort((a, b) => compare(JSON.stringify(a.key), JSON.stringify(b.key)));
}

/** Another system saw somebody else there meanwhile: a system knows of its own sessions only. */
function sawOthers(other: Identifier, { kind, value, source, from, to }: Identifier): boolean {
  if (other.exclusivity !== 'shared' || other.source === source || other.kind !== kind || other.value !== value)
    return false;
  const [here, there] = [spanOf(from, to), spanOf(other.from, other.to)];
  return here.maybeFrom <= there.maybeTo && there.maybeFrom <= here.maybeTo;
}

const valueName = ({ kind, value }: Identifier): string => JSON.stringify([kind, value]);
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** The person as lines are judged by. Throws `stream-changed` for a key that this data map cannot search by. */
export function personOf(map: DataMap, keys: readonly SubjectKey[]): Person {
  const kinds = new Set(identifierFields(map).map(({ kind }) => kind));
  const sorted = [...keys].sort((a, b) => compare(JSON.stringify(a.key), JSON.stringify(b.key)));
  const windows = sorted.map(({ collection, key }, no): Window => {
    const part = (name: string) => key.find(([column]) => column === name)?.[1];
    const [kind, value, from, to, told] = ['kind', 'value', 'from', 'to', 'exclusivity'].map(part);
    if (collection !== keyCollection || kind === undefined || value === undefined || !kinds.has(kind))
      throw new HabeasError('stream-changed', { where: collection });
    const exclusivity = rank.find((one) => one === told) ?? 'unknown';
    return { kind, value, from, to, exclusivity, span: spanOf(from, to), key, no };
  });
  return {
    windows,
    exact: byValue(windows, ({ value }) => value),
    folded: byValue(windows, ({ value }) => folded(value)),
  };
}

function byValue(windows: readonly Window[], nameOf: (window: Window) => string): Map<string, Map<string, Windows>> {
  const kinds = new Map<string, Map<string, Windows>>();
  for (const window of windows) {
    const values = kinds.get(window.kind) ?? new Map<string, Windows>();
    kinds.set(window.kind, values);
    const known = values.get(nameOf(window));
    values.set(nameOf(window), known === undefined ? [window] : [...known, window]);
  }
  return kinds;
}
