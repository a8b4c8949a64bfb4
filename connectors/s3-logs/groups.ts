/**
 * Owns candidate groups and the numbers of streams. A group is what a person decides at once: the lines of one value in
 * one window for one reason. Where that would be more questions than anybody can answer, windows are taken together: by
 * month, by value, by kind. Everything follows from the keys alone, so every attempt of a reading has the same numbers.
 */
import { createHash } from 'node:crypto';
import { HabeasError } from '../../src/errors.ts';
import type { Candidate, CandidateReason, RecordRef } from '../contract.ts';
import type { Person, Window } from './person.ts';

/** In the order of their numbers; a new one comes last. */
const reasons: readonly CandidateReason[] = [
  ...([
    'other-case',
    'shared-mailbox',
    'outside-period',
    'shared-window',
    'unknown-window',
    'unknown-account',
  ] as const),
];

/** Questions of one kind of identifier that one person may be asked about one log. */
const most = 24;

export interface Group {
  readonly no: number;
  readonly windows: readonly Window[];
}

/** From coarse names for windows to fine ones: windows of one name are one group. */
const names: readonly ((window: Window) => string)[] = [
  ({ no }) => String(no),
  ({ value, exclusivity, from }) => JSON.stringify([value, exclusivity, from?.slice(0, 7)]),
  ({ value, exclusivity }) => JSON.stringify([value, exclusivity]),
  ({ exclusivity }) => exclusivity,
];

/** The group of every window, by the window's number. */
export function groupsOf({ windows }: Person): readonly Group[] {
  const groupOf = new Map<Window, string>();
  for (const kind of new Set(windows.map((window) => window.kind))) {
    const own = windows.filter((window) => window.kind === kind);
    const nameOf = names.find((name) => new Set(own.map(name)).size <= most) ?? names.at(-1);
    for (const window of own) groupOf.set(window, JSON.stringify([kind, nameOf?.(window)]));
  }
  const groups = new Map<string, { readonly no: number; readonly windows: Window[] }>();
  return windows.map((window) => {
    const name = groupOf.get(window) ?? '';
    const known = groups.get(name) ?? { no: groups.size, windows: [] };
    groups.set(name, known);
    known.windows.push(window);
    return known;
  });
}

/** Proved lines of a collection: one stream each, first. */
export const provedNo = (collection: number): number => collection;

/** Candidates: behind them, by collection, group and reason. */
export function candidateNo(at: {
  readonly collections: number;
  readonly collection: number;
  readonly groups: number;
  readonly group: number;
  readonly reason: CandidateReason;
}): number {
  const reason = reasons.indexOf(at.reason);
  if (reason === -1) throw new HabeasError('internal', { where: at.reason });
  return at.collections + (at.collection * at.groups + at.group) * reasons.length + reason;
}

/** What a number stands for; nothing where it is no candidates' stream of these keys. */
export function candidateOf(
  no: number,
  { collections, groups }: { readonly collections: number; readonly groups: number },
): { readonly collection: number; readonly group: number; readonly reason: CandidateReason } | undefined {
  const index = no - collections;
  const reason = reasons[index % reasons.length];
  const at = Math.floor(index / reasons.length);
  if (index < 0 || groups === 0 || at >= collections * groups || reason === undefined) return undefined;
  return { collection: Math.floor(at / groups), group: at % groups, reason };
}

/** What is known of a group's lines so far; kept in the cursor, so that a resumed attempt counts on. */
export interface Tally {
  count: number;
  first: string | undefined;
  last: string | undefined;
  readonly examples: string[];
}

const mostExamples = 2;

export function addLine(tally: Tally, at: number | undefined, example: string | undefined): void {
  tally.count += 1;
  if (at !== undefined) {
    const instant = new Date(at).toISOString();
    if (tally.first === undefined || instant < tally.first) tally.first = instant;
    if (tally.last === undefined || instant > tally.last) tally.last = instant;
  }
  if (example !== undefined && tally.examples.length < mostExamples && !tally.examples.includes(example))
    tally.examples.push(example);
}

/**
 * The question about a group. Its name is the same in every scan that finds as many lines of the same time by the same
 * windows: a log grows, and what is learnt meanwhile moves lines from one group to another.
 */
export function questionOf(collection: string, group: Group, reason: CandidateReason, tally: Tally): Candidate {
  const { windows } = group;
  const [{ kind } = { kind: '' }] = windows;
  const values = [...new Set(windows.map(({ value }) => value))];
  const from = edge(windows, ({ from: begin }) => begin, 'first');
  const to = edge(windows, ({ to: end }) => end, 'last');
  const ref: RecordRef = {
    collection,
    key: [
      ['kind', kind],
      ...(values.length === 1 && values[0] !== undefined ? [['value', values[0]] as const] : []),
      ...(from === undefined ? [] : [['from', from] as const]),
      ...(to === undefined ? [] : [['to', to] as const]),
      ['reason', reason],
      // Of several windows, exactly which, and how many lines: an answer never stands for what nobody was asked about.
      ...(windows.length === 1 ? [] : [['windows', digestOf(windows)] as const]),
      ['lines', String(tally.count)],
      ...(tally.first === undefined ? [] : [['first', tally.first] as const]),
      ...(tally.last === undefined ? [] : [['last', tally.last] as const]),
    ],
  };
  const display = {
    [kind]: values.length > 3 ? `${values.slice(0, 3).join(', ')} and ${values.length - 3} more` : values.join(', '),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(windows.length === 1 ? {} : { windows: String(windows.length) }),
    lines: String(tally.count),
    ...(tally.first === undefined ? {} : { first: tally.first }),
    ...(tally.last === undefined ? {} : { last: tally.last }),
    ...Object.fromEntries(tally.examples.map((example, i) => [`example_${i + 1}`, example])),
  };
  return { ref, reason, matchedBy: kind, display };
}

function digestOf(windows: readonly Window[]): string {
  const keys = windows.map(({ key }) => JSON.stringify(key)).sort();
  return createHash('sha256').update(keys.join('\n')).digest('hex');
}

/** The first beginning or last end; nothing where one of the windows is open there. */
function edge(
  windows: readonly Window[],
  of: (window: Window) => string | undefined,
  which: 'first' | 'last',
): string | undefined {
  const all = windows.map(of);
  const told = all.filter((text) => text !== undefined).sort();
  return told.length < all.length ? undefined : told.at(which === 'first' ? 0 : -1);
}
