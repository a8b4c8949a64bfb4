/**
 * Decides of one line whether it is the person's, may be, or is not. Pure, and the only place where that is decided.
 *
 * 1. Strong fields `in: value` say who acted. Another's value of a kind of which we know the person's makes the line
 *    somebody else's, whatever else it says: never shown, never proposed. An exact value in its time proves the line.
 * 2. Strong fields `in: query` say whom somebody typed. They count where (1) says nothing for sure; an address of somebody else
 *    beside the person's leaves the line to nobody.
 * 3. Weak fields count only where no strong field names anybody, and prove only in a window that was the person's alone.
 */
import type { CandidateReason } from '../contract.ts';
import { folded, isUsable } from '../identifiers.ts';
import { type Collection, type IdentifierField, pathOf } from './data-map.ts';
import { distance, instantOf, position } from './instants.ts';
import type { Person, Window, Windows } from './person.ts';
import { parametersOf, valueAt, valuesAt } from './values-in.ts';

/** `said`: the value as the line has it. */
export interface Match {
  readonly window: Window;
  readonly said: string;
}
export type Verdict =
  | ({ readonly is: 'proved' } & Match)
  | ({ readonly is: 'candidate'; readonly reason: CandidateReason } & Match)
  | { readonly is: 'nothing' }
  /** A weak value that only the line's time could place, and the line has none. */
  | { readonly is: 'untimed' };

type Standing = Extract<Verdict, { readonly said: string }> | { readonly is: 'other' } | { readonly is: 'stranger' };

const nothing: Verdict = { is: 'nothing' };
const hourMs = 3_600_000;

/** What the record is to the person. */
export function judge(collection: Collection, person: Person, record: unknown): Verdict {
  const at = instantOf(valueAt(record, pathOf(collection.time)));
  const names = strong(collection, person, record, at, 'value');
  if (names.some(({ is }) => is === 'other')) return nothing;
  const named = names.find((one) => one.is === 'proved');
  if (named !== undefined) return named;
  const mentions = strong(collection, person, record, at, 'query');
  if (mentions.some(({ is }) => is === 'other')) return nothing;
  const mentioned = mentions.find((one) => one.is === 'proved');
  const isBesideStranger = names.some(({ is }) => is === 'stranger');
  if (mentioned !== undefined && !isBesideStranger) return mentioned;
  for (const one of [...names, ...mentions])
    if (one.is === 'proved' || one.is === 'candidate')
      return { ...one, is: 'candidate', reason: one.is === 'proved' ? 'unknown-account' : one.reason };
  return names.length + mentions.length > 0 ? nothing : weak(collection, person, record, at);
}

/** How the person stands to every value that a strong field of this sort has. */
function strong(
  collection: Collection,
  person: Person,
  record: unknown,
  at: number | undefined,
  where: IdentifierField['in'],
): readonly Standing[] {
  return collection.identifiers
    .filter((identifier) => identifier.strength === 'strong' && identifier.in === where)
    .flatMap((identifier) =>
      saidIn(identifier, record)
        .filter((readings) => readings.some((value) => isUsable(identifier.kind, value, true)))
        .map((readings) => {
          const standings = readings.map((value) => standing(collection, person, identifier, value, at));
          return (
            ['proved', 'candidate', 'other']
              .map((is) => standings.find((one) => one.is === is))
              .find((one) => one !== undefined) ?? ({ is: 'stranger' } as const)
          );
        }),
    );
}

function standing(
  collection: Collection,
  person: Person,
  { kind, caseInsensitive }: IdentifierField,
  said: string,
  at: number | undefined,
): Standing {
  const exact = person.exact.get(kind)?.get(said);
  if (exact !== undefined) {
    if (kind === 'email' && isSharedMailbox(collection, said))
      return { is: 'candidate', reason: 'shared-mailbox', window: nearest(exact, at), said };
    const window = exact.find((one) => isIn(one, at));
    if (window !== undefined) return { is: 'proved', window, said };
    return { is: 'candidate', reason: 'outside-period', window: nearest(exact, at), said };
  }
  const similar = caseInsensitive === true ? person.folded.get(kind)?.get(folded(said)) : undefined;
  if (similar !== undefined) return { is: 'candidate', reason: 'other-case', window: nearest(similar, at), said };
  return { is: person.exact.has(kind) ? 'other' : 'stranger' };
}

/** The very instant at which a value was handed on is the next holder's. */
function isIn({ span, from, to }: Window, at: number | undefined): boolean {
  if (from === undefined && to === undefined) return true;
  return at !== undefined && position(span, at) === 'inside' && at < span.sureTo;
}

function nearest(windows: Windows, at: number | undefined): Window {
  if (at === undefined) return windows[0];
  return windows.reduce((best, one) => (distance(one.span, at) < distance(best.span, at) ? one : best));
}

function weak(collection: Collection, person: Person, record: unknown, at: number | undefined): Verdict {
  const found: Verdict[] = collection.identifiers
    .filter(({ strength }) => strength === 'weak')
    .flatMap((identifier) =>
      saidIn(identifier, record)
        .flat()
        .map((said) => {
          const windows = person.exact.get(identifier.kind)?.get(said);
          return windows === undefined ? nothing : placed(collection, windows, said, at);
        }),
    );
  return (
    ['proved', 'candidate', 'untimed'].map((is) => found.find((one) => one.is === is)).find((one) => one) ?? nothing
  );
}

function placed(collection: Collection, windows: Windows, said: string, at: number | undefined): Verdict {
  if (at === undefined) return { is: 'untimed' };
  const inside = windows.filter(({ span }) => position(span, at) === 'inside');
  const sole = inside.find(({ exclusivity }) => exclusivity === 'sole');
  if (sole !== undefined) return { is: 'proved', window: sole, said };
  const shared = inside.find(({ exclusivity }) => exclusivity === 'shared');
  if (shared !== undefined) return { is: 'candidate', reason: 'shared-window', window: shared, said };
  const [unknown] = inside;
  if (unknown !== undefined) return { is: 'candidate', reason: 'unknown-window', window: unknown, said };
  // A day that is open is at no distance; beyond it only what the map allows.
  const near = nearest(windows, at);
  return position(near.span, at) === 'open' || distance(near.span, at) <= (collection.nearHours ?? 0) * hourMs
    ? { is: 'candidate', reason: 'outside-period', window: near, said }
    : nothing;
}

/** The values of the declared place, each in all its readings. */
function saidIn(identifier: IdentifierField, record: unknown): readonly (readonly string[])[] {
  const values = valuesAt(record, pathOf(identifier.field));
  if (identifier.in === 'value') return values.map((value) => [value]);
  return values.flatMap((address) => parametersOf(address, identifier.parameters ?? []));
}

function isSharedMailbox({ sharedMailboxes }: Collection, address: string): boolean {
  const whole = folded(address);
  const local = whole.slice(0, Math.max(0, whole.lastIndexOf('@')));
  return sharedMailboxes?.some((one) => folded(one) === (one.includes('@') ? whole : local)) === true;
}
