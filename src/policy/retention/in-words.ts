/**
 * Retention in the sentences that plans, receipts and the command line share, so that all of them say the same. Pure.
 */
import type { CivilDate } from '../clock/civil-date.ts';
import { anchors, clockEvents, periodInWords } from './clocks.ts';
import { retentionRules } from './laws/index.ts';
import type { Retention, RetentionHold } from './retention-of.ts';
import type { Jurisdiction } from './rule.ts';

/** `Accounting Act §12`. */
export function citation({ law, section }: Pick<RetentionHold, 'law' | 'section'>): string {
  return `${law} ${section}`;
}

/** Laws of a country as its own readers cite them: `RPS §12` where the text has `Accounting Act §12`. Others stay as they are. */
export function citedAtHome(text: string, country: Jurisdiction): string {
  const names = new Map(
    retentionRules.flatMap((rule) =>
      rule.country === country && rule.abbreviation !== undefined ? [[rule.law, rule.abbreviation] as const] : [],
    ),
  );
  return [...names].reduce((cited, [law, abbreviation]) => cited.replaceAll(`${law} §`, `${abbreviation} §`), text);
}

/**
 * Every law that still keeps the record on a day, and until when the last of them does:
 * `Accounting Act §12, VAT Act §36, Taxation Act §58: until 2033-12-31`. Undefined where none does any more.
 */
export function keptBy(retention: Retention, asOf?: CivilDate): string | undefined {
  if (retention.state !== 'held') return undefined;
  const running = asOf === undefined ? retention.holds : stillRunning(retention.holds, asOf);
  if (running.length === 0) return undefined;
  const laws = [...new Set(running.map(citation))].join(', ');
  return `${laws}: ${retention.until === null ? 'no date yet' : `until ${retention.until}`}`;
}

export function stillRunning(holds: readonly RetentionHold[], asOf: CivilDate): readonly RetentionHold[] {
  return holds.filter(({ end }) => end === null || asOf <= end);
}

/** Why a hold ends when it does. */
export function reason(hold: RetentionHold): string {
  const { event, start, anchor, clock, period, financialYear } = hold;
  const what = clockEvents[clock].what;
  if (event === null || start === null) return `${periodInWords(period)}, once ${what}; that has not happened yet`;
  const year = financialYear === null ? '' : ` (${financialYear.from}..${financialYear.to})`;
  const from = anchor === 'day' ? '' : `, counted from ${anchors[anchor]}${year}, ${start}`;
  return `${periodInWords(period)}; ${what} on ${event}${from}`;
}
