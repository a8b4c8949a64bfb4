/**
 * From what a connector reports of a record to what retention computes with: instants become days in the controller's
 * time zone, words and clock names are checked. Only days are left, so that records made in one hour are decided alike.
 * Fails with `clock-date-invalid` and, for a word that policy does not know, with `policy-answer-missing`.
 */
import type { RecordFacts } from '../../../connectors/contract.ts';
import { HabeasError } from '../../errors.ts';
import { addDays, type CivilDate, parseCivilDate } from '../clock/index.ts';
import {
  type ClockEvent,
  clockEvents,
  type RetentionFacts,
  type SupplyScheme,
  supplySchemes,
} from '../retention/index.ts';
import { isClosed } from './whose.ts';

/** The facts of one record, as days. */
export interface DatedFacts {
  readonly created: CivilDate | undefined;
  readonly events: RetentionFacts['events'];
  readonly supply: SupplyScheme | undefined;
  readonly money: 'open' | 'settled' | undefined;
  readonly settledOn: CivilDate | undefined;
  /** Of a workspace's record: the workspace was closed. */
  readonly workspaceClosed: boolean;
  /** It was, or is being closed with this erasure. */
  readonly closed: boolean;
  /** The record says which workspace it belongs to. */
  readonly knowsWorkspace: boolean;
  /** What hangs on the record, per collection and supply. */
  readonly neededBy: readonly NeededFacts[];
}

/** Days of what hangs on a record. */
export interface NeededFacts extends Pick<DatedFacts, 'events' | 'supply'> {
  readonly collection: string;
}

/** `created` is the day of `createdAt`; `where` names the collection in errors. */
export function datedFacts(
  facts: RecordFacts,
  created: CivilDate | undefined,
  day: (text: string, where: string) => CivilDate,
  closing: ReadonlySet<string>,
  where: string,
): DatedFacts {
  const needed = facts.neededBy ?? [];
  return {
    ...{ created, events: eventsOf(facts.events, created, day, where) },
    ...{ supply: supplyOf(facts.supply, where), money: facts.money },
    settledOn: facts.settledOn === undefined ? undefined : day(facts.settledOn, `${where}: retention.money`),
    workspaceClosed: facts.workspaceClosed === true,
    closed: isClosed(facts, closing),
    knowsWorkspace: facts.workspace !== undefined,
    neededBy: needed.map(({ collection, createdAt, events, supply }) => {
      const made = createdAt === undefined ? undefined : day(createdAt, `${collection}: createdAt`);
      return { collection, events: eventsOf(events, made, day, collection), supply: supplyOf(supply, collection) };
    }),
  };
}

function eventsOf(
  told: RecordFacts['events'],
  created: CivilDate | undefined,
  day: (text: string, where: string) => CivilDate,
  where: string,
): RetentionFacts['events'] {
  const events: Partial<Record<ClockEvent, CivilDate | 'not-yet'>> = created === undefined ? {} : { creation: created };
  for (const [name, on] of Object.entries(told ?? {}))
    if (isClock(name)) events[name] = on === null ? 'not-yet' : day(on, `${where}: retention.events.${name}`);
  return events;
}

/**
 * Days of instants in one time zone. Asking the calendar of a zone is slow, so each UTC day is asked once at what minute the
 * zone's date changes in it. Instants are UTC, whether they end in `Z`, in `+00:00` or in nothing; a day stays what it is.
 */
export function dayReader(timeZone: string): (text: string, where: string) => CivilDate {
  const parts = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
  const dayAt = (instant: string, where: string): CivilDate => {
    const at = Date.parse(instant);
    if (Number.isNaN(at)) throw new HabeasError('clock-date-invalid', { where });
    return parseCivilDate(parts.format(at), where);
  };
  const days = new Map<string, CivilDate>();
  const changes = new Map<number, Change>();
  return (text, where) => {
    if (text.length === 10) {
      const known = days.get(text);
      if (known !== undefined) return known;
      const day = parseCivilDate(text, where);
      if (days.size < maxKnown) days.set(text, day);
      return day;
    }
    const date = isUtc(text) ? digits(text, 0, 10) : undefined;
    const minute = digits(text, 11, 16);
    if (date === undefined || minute === undefined)
      return dayAt(/(Z|[+-]\d{2}(:?\d{2})?)$/.test(text) ? text : `${text}Z`, where);
    let change = changes.get(date);
    if (change === undefined) {
      change = changeIn(text.slice(0, 10), (instant) => dayAt(instant, where));
      if (changes.size < maxKnown) changes.set(date, change);
    }
    if (change === 'several') return dayAt(text, where);
    return minute < change.at ? change.before : change.from;
  };
}
/** Far more days than a company has lived. */
const maxKnown = 100_000;

/** In one UTC day: the zone's date before, and from, a minute of it (hours times 100 plus minutes). */
type Change = { readonly before: CivilDate; readonly from: CivilDate; readonly at: number } | 'several';

function changeIn(date: string, dayAt: (instant: string) => CivilDate): Change {
  const on = (minutes: number): CivilDate => {
    const [hour, minute] = [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, '0'));
    return dayAt(`${date}T${hour}:${minute}:00Z`);
  };
  const [before, from] = [on(0), on(1439)];
  if (before === from) return { before, from, at: 0 };
  // A zone that moved across the date line skipped a day.
  if (addDays(before, 1) !== from) return 'several';
  let [last, first] = [0, 1439];
  while (first - last > 1) {
    const middle = (last + first) >> 1;
    if (on(middle) === before) last = middle;
    else first = middle;
  }
  return { before, from, at: Math.floor(first / 60) * 100 + (first % 60) };
}

/** Of `2026-02-10` or `10:15`: 20260210 and 1015; undefined where there is anything else. */
function digits(text: string, from: number, to: number): number | undefined {
  let number = 0;
  for (let at = from; at < to; at++) {
    const code = text.charCodeAt(at);
    if (at === 4 || at === 7) {
      if (code !== dash) return undefined;
    } else if (at === 13) {
      if (code !== colon) return undefined;
    } else {
      if (!(code >= digit0 && code <= digit9)) return undefined;
      number = number * 10 + (code - digit0);
    }
  }
  return number;
}
const [dash, colon, digit0, digit9, letterZ] = [0x2d, 0x3a, 0x30, 0x39, 0x5a] as const;

const isUtc = (text: string): boolean => text.charCodeAt(text.length - 1) === letterZ || text.endsWith('+00:00');

function isClock(name: string): name is ClockEvent {
  return Object.hasOwn(clockEvents, name);
}

function supplyOf(word: string | undefined, where: string): SupplyScheme | undefined {
  if (word === undefined || isSupply(word)) return word;
  const words = Object.keys(supplySchemes).join(', ');
  throw new HabeasError('policy-answer-missing', { where: `${where}: retention.supply (one of ${words})` });
}

function isSupply(word: string): word is SupplyScheme {
  return Object.hasOwn(supplySchemes, word);
}
