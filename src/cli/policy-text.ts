/** How an explanation of retention is shown: the same facts as JSON and as text for people. Pure. */
import type { CivilDate } from '../policy/clock/index.ts';
import {
  citation,
  jurisdictions,
  keptBy,
  kindOf,
  lawTables,
  type Retention,
  type RetentionFacts,
  type RetentionPolicy,
  type RetentionRule,
  reason,
  recordClasses,
} from '../policy/retention/index.ts';
import { labels, table } from './render.ts';

export interface Explained {
  readonly facts: RetentionFacts;
  readonly date: CivilDate;
  readonly policy: RetentionPolicy;
  readonly retention: Exclude<Retention, { state: 'unanswered' }>;
  /** The file that answered what the flags did not; `null` where none was read. */
  readonly configuration: string | null;
}

export function explainedJson({ facts, date, policy, retention, configuration }: Explained): unknown {
  const held = retention.state === 'held' ? retention : undefined;
  return {
    recordClass: facts.recordClass,
    country: policy.country,
    taxRegistrations: policy.taxRegistrations,
    date,
    supply: facts.supply,
    state: retention.state,
    erasableFrom: held?.erasableFrom ?? null,
    until: held?.until ?? null,
    keptBy: keptBy(retention) ?? null,
    winner:
      held === undefined
        ? null
        : { until: held.until, laws: held.winners.map(citation), rules: held.winners.map(({ rule }) => rule) },
    clocks: (held?.holds ?? []).map((hold) => ({
      ...{ rule: hold.rule, by: hold.by, law: hold.law, section: hold.section, source: hold.source },
      ...{ confidence: hold.confidence, clock: hold.clock, event: hold.event, anchor: hold.anchor },
      ...{ period: hold.period, start: hold.start, end: hold.end, financialYear: hold.financialYear },
      ...{ fields: hold.fields, wins: held?.winners.includes(hold) === true, reason: reason(hold) },
    })),
    notInForce: notInForce(facts, policy).map((rule) => ({
      ...{ rule: rule.id, law: citation(rule), confidence: rule.confidence },
    })),
    lawTables,
    configuration,
  };
}

export function explainedText(
  { facts, date, policy, retention, configuration }: Explained,
  colour: boolean,
  columns: number | undefined,
): string {
  const { recordClass } = facts;
  const off = notInForce(facts, policy).map((rule) => `${rule.id} (${citation(rule)}, ${rule.confidence})`);
  const head = labels(
    [
      ['Record', `${recordClass} of ${date}${whatIs(recordClass)}`],
      ['Seller in', `${jurisdictions[policy.country]} (${policy.country})`],
      ...(policy.taxRegistrations.length === 0
        ? []
        : [['Taxed also in', policy.taxRegistrations.map((one) => jurisdictions[one]).join(', ')] as const]),
      ['Supply', facts.supply === 'oss' ? 'OSS' : 'not OSS (--oss where it was declared in the One Stop Shop)'],
      ...answer(retention),
      ...(off.length === 0 ? [] : [['Not in force', `${off.join(', ')}: policy.retention.switchOn`] as const]),
    ],
    colour,
    columns,
  );
  const foot =
    `Law tables ${lawTables.version} of ${lawTables.asOf}; ${configuration ?? 'answers from the flags alone'}.\n` +
    'V read in the primary text, S secondary source, M general knowledge. Not legal advice.\n';
  if (retention.state === 'free') return `${head}\n${foot}`;
  const rows = retention.holds.map((hold) => [
    hold.end ?? 'no date yet',
    retention.winners.includes(hold) ? 'yes' : '',
    citation(hold),
    hold.confidence,
    reason(hold),
  ]);
  const sources = [...new Map(retention.holds.map((hold) => [citation(hold), hold.source]))];
  return `${head}
${table(['kept until', 'longest', 'law', 'mark', 'why'], rows, colour)}
${labels(sources, colour)}
${foot}`;
}

function answer(retention: Explained['retention']): readonly (readonly [string, string])[] {
  if (retention.state === 'free') return [['Kept by', 'no duty: its own legal basis decides']];
  const fields = [...new Set(retention.holds.flatMap((hold) => hold.fields))];
  return [
    ['Erasable from', retention.erasableFrom ?? 'no date yet: a clock has not started'],
    ['Kept by', keptBy(retention) ?? ''],
    ['Longest', retention.winners.map(citation).join(', ')],
    ...(fields.length === 0 ? [] : [['Fields kept', fields.join(', ')] as const]),
  ];
}

function whatIs(recordClass: string): string {
  const known = Object.entries(recordClasses).find(([name]) => name === recordClass)?.[1];
  return known === undefined ? '' : `: ${known.what}`;
}

/** Rules of this country for this class that nobody has switched on. */
function notInForce(facts: RetentionFacts, policy: RetentionPolicy): readonly RetentionRule[] {
  if (kindOf(facts.recordClass) === undefined) return [];
  return policy.rules.filter(
    ({ id, country, confidence, recordClasses: classes }) =>
      confidence === 'M' &&
      (country === policy.country || policy.taxRegistrations.some((one) => one === country)) &&
      !policy.switchedOn.has(id) &&
      classes.some((one) => one === facts.recordClass),
  );
}
