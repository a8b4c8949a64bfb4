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

/** `where` names the collection in errors. */
export function datedFacts(
  facts: RecordFacts,
  day: (text: string, where: string) => CivilDate,
  closing: ReadonlySet<string>,
  where: string,
): DatedFacts {
  const created = facts.createdAt === undefined ? undefined : day(facts.createdAt, `${where}: createdAt`);
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

/** All that a decision can depend on, in one text: records with the same text are decided alike. */
export function sameness(facts: RecordFacts, createdOn: string, closing: ReadonlySet<string>): string {
  const { events, supply = '', money = '', settledOn = '', workspace } = facts;
  let text = '';
  if (events !== undefined) for (const name in events) text += `${name}=${events[name]};`;
  const known = workspace === undefined ? '' : isClosed(facts, closing) ? 'c' : 'o';
  return `${text}${supply};${money};${settledOn};${known}${facts.workspaceClosed === true ? 'w' : ''};${createdOn}`;
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
  /** Day, or hour → its day; `null` where midnight falls into the hour. */
  const known = new Map<string, CivilDate | null>();
  const remember = (text: string, day: CivilDate | null): void => {
    if (known.size >= maxKnown) known.clear();
    known.set(text, day);
  };
  return (text, where) => {
    if (text.length === 10) {
      const day = known.get(text) ?? parseCivilDate(text, where);
      if (!known.has(text)) remember(text, day);
      return day;
    }
    const hour = isUtc(text) ? text.slice(0, 13) : '';
    const found = known.get(hour);
    if (found !== undefined && found !== null) return found;
    const day = dayAt(/(Z|[+-]\d{2}(:?\d{2})?)$/.test(text) ? text : `${text}Z`, where);
    if (found === undefined && hour !== '') {
      const [first, last] = [':00:00Z', ':59:59.999Z'].map((rest) => dayAt(hour.replace(' ', 'T') + rest, where));
      remember(hour, first === last ? day : null);
    }
    return day;
  };
}
const maxKnown = 200_000;

const isUtc = (text: string): boolean => text.endsWith('Z') || text.endsWith('+00:00');

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
