/**
 * From what a connector reports of a record to what retention computes with: instants become days in the controller's
 * time zone, words and clock names are checked. Only days are left, so that records made in one hour are decided alike.
 * Fails with `clock-date-invalid` and, for a word that policy does not know, with `policy-answer-missing`.
 */
import type { RecordFacts } from '../../../connectors/contract.ts';
import { HabeasError } from '../../errors.ts';
import { type CivilDate, parseCivilDate } from '../clock/index.ts';
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
}

/** `created` is the day of `createdAt`; `where` names the collection in errors. */
export function datedFacts(
  facts: RecordFacts,
  created: CivilDate | undefined,
  day: (text: string, where: string) => CivilDate,
  closing: ReadonlySet<string>,
  where: string,
): DatedFacts {
  const events: Partial<Record<ClockEvent, CivilDate | 'not-yet'>> = created === undefined ? {} : { creation: created };
  for (const [name, on] of Object.entries(facts.events ?? {}))
    if (isClock(name)) events[name] = on === null ? 'not-yet' : day(on, `${where}: retention.events.${name}`);
  return {
    ...{ created, events, supply: supplyOf(facts.supply, where), money: facts.money },
    settledOn: facts.settledOn === undefined ? undefined : day(facts.settledOn, `${where}: retention.money`),
    workspaceClosed: facts.workspaceClosed === true,
    closed: isClosed(facts, closing),
    knowsWorkspace: facts.workspace !== undefined,
  };
}

/**
 * Days of instants in one time zone, remembered by the hour: nearly every record of an hour is of one day. A day stays
 * what it is. Instants are UTC, whether they end in `Z`, in `+00:00` or in nothing.
 */
export function dayReader(timeZone: string): (text: string, where: string) => CivilDate {
  const parts = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
  const dayAt = (instant: string, where: string): CivilDate => {
    const at = Date.parse(instant);
    if (Number.isNaN(at)) throw new HabeasError('clock-date-invalid', { where });
    return parseCivilDate(parts.format(at), where);
  };
  const days = new Map<string, CivilDate>();
  /** Hour of UTC → its day; `null` where midnight falls into the hour. */
  const hours = new Map<number, CivilDate | null>();
  return (text, where) => {
    if (text.length === 10) {
      const known = days.get(text);
      if (known !== undefined) return known;
      const day = parseCivilDate(text, where);
      if (days.size < maxKnown) days.set(text, day);
      return day;
    }
    const hour = isUtc(text) ? hourOf(text) : undefined;
    const found = hour === undefined ? null : hours.get(hour);
    if (found !== undefined && found !== null) return found;
    if (found === undefined && hour !== undefined) {
      const from = text.slice(0, 13).replace(' ', 'T');
      const [first, last] = [dayAt(`${from}:00:00Z`, where), dayAt(`${from}:59:59.999Z`, where)];
      if (hours.size < maxKnown) hours.set(hour, first === last ? first : null);
      if (first === last) return first;
    }
    return dayAt(/(Z|[+-]\d{2}(:?\d{2})?)$/.test(text) ? text : `${text}Z`, where);
  };
}
/** Far more days and hours than a company has lived. */
const maxKnown = 1_000_000;

/** Of `2026-02-10T10…`: 2026021010; undefined where it does not begin so. */
function hourOf(text: string): number | undefined {
  let hour = 0;
  for (let at = 0; at < 13; at++) {
    const code = text.charCodeAt(at);
    if (at === 4 || at === 7) {
      if (code !== dash) return undefined;
    } else if (at === 10) {
      if (code !== letterT && code !== space) return undefined;
    } else {
      if (!(code >= digit0 && code <= digit9)) return undefined;
      hour = hour * 10 + (code - digit0);
    }
  }
  return hour;
}
const [dash, space, digit0, digit9, letterT, letterZ] = [0x2d, 0x20, 0x30, 0x39, 0x54, 0x5a] as const;

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
