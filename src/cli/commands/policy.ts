/**
 * `habeas policy explain`: which clocks run on a record of a class, which wins, why, and from when erasing is allowed. A
 * question that touches no record, no ledger and no network; every rule is in src/policy/retention. The configuration is
 * read only for answers the flags do not give. Refuses with `policy-answer-missing`, naming each answer, instead of
 * guessing one.
 */
import type { Command } from 'commander';
import { readEnvironment } from '../../config/environment.ts';
import { findConfig } from '../../config/find.ts';
import { ConfigError, type LoadedConfig } from '../../config/load.ts';
import { HabeasError } from '../../errors.ts';
import { type CivilDate, parseCivilDate } from '../../policy/clock/index.ts';
import {
  type ClockEvent,
  clockEvents,
  type FinancialYears,
  financialYears,
  kindOf,
  noFinancialYears,
  type RetentionFacts,
  type RetentionPolicy,
  refuseToPlan,
  retentionOf,
  retentionPolicy,
  yearlyFinancialYears,
} from '../../policy/retention/index.ts';
import { collect, oneOf } from '../arguments.ts';
import type { Frame, Run } from '../frame.ts';
import { type Explained, explainedJson, explainedText } from '../policy-text.ts';

interface ExplainOptions {
  readonly date: string;
  readonly country?: string;
  readonly taxRegistration?: readonly string[];
  readonly financialYearEnd?: string;
  readonly financialYear?: readonly string[];
  readonly starts?: readonly string[];
  readonly oss?: boolean;
}

const details = `RECORD-CLASS is a class of docs/retention.md. --date is the day of the document: it was issued, recorded and
supplied on that day unless --starts says otherwise. A clock with another start is asked for by name and never guessed:
${Object.entries(clockEvents)
  .map(([name, { what }]) => `  ${name.padEnd(12)} ${what}`)
  .join('\n')}
\`--starts CLOCK=not-yet\` says that it has not happened: the record is then kept without a date.

With --country and, where a rule needs them, financial years, the answer rests on the flags alone; else country,
financial years, periods and rules switched on come from the configuration. Exit code 5 where an answer is missing or
no rule exists, with each missing answer named; 2 for a flag that cannot be read.

JSON: {recordClass, country, taxRegistrations, date, supply, state: held|free, erasableFrom, until, keptBy,
winner: {until, laws, rules}, clocks: [{rule, by, law, section, source, confidence, clock, event, anchor, period, start,
end, financialYear, fields, wins, reason}], notInForce: [{rule, law, confidence}], lawTables, configuration}.
Dates are null where a clock has not started; winner is null and clocks is empty where no duty keeps the record.`;

export function policyExplain(frame: Frame): Command {
  return frame.leaf<ExplainOptions>({
    name: 'explain <record-class>',
    summary:
      'Until when the law keeps a record: every clock that runs, the winner, the reasons, the first day to erase.',
    details,
    examples: [
      'policy explain invoice --date 2026-02-10 --country EE --financial-year-end 12-31',
      'policy explain invoice --date 2026-02-10 --country EE --financial-year-end 12-31 --oss --json',
      'policy explain invoice --date 2024-02-10 --country FI --financial-year 2023-04-01..2024-03-31',
      'policy explain subscription-contract --date 2026-02-10 --country EE --financial-year-end 12-31 --starts term-expiry=2027-02-09',
    ],
    options: (command) =>
      command
        .requiredOption('--date <date>', 'day of the document, YYYY-MM-DD')
        .option('--country <place>', 'where the seller is established, CC (default: controller.country)')
        .option('--tax-registration <place>', 'another country whose rules run beside, CC; more than once', collect)
        .option('--financial-year-end <day>', 'every financial year ends on this day, MM-DD')
        .option('--financial-year <years...>', 'financial years, FROM..TO each; may be given more than once', collect)
        .option('--starts <clock>', 'CLOCK=DATE, what starts a clock; may be given more than once', collect)
        .option('--oss', 'the supply was declared in the One Stop Shop'),
    run: async (run, options, [recordClass = '']) => {
      const date = parseCivilDate(options.date, '--date');
      const facts: RetentionFacts = {
        recordClass,
        events: eventsOf(date, options.starts ?? []),
        supply: options.oss === true ? 'oss' : 'domestic',
      };
      const { policy, configuration } = answers(run, options, facts);
      const retention = retentionOf(facts, policy);
      if (retention.state === 'unanswered') throw refuseToPlan(retention.missing);
      const explained: Explained = { facts, date, policy, retention, configuration };
      return { json: explainedJson(explained), text: explainedText(explained, run.io.colour.out, run.io.columns) };
    },
  });
}

/** Flags first; the configuration where they leave something open, where one is named, and for the company's own classes. */
function answers(
  run: Run,
  options: ExplainOptions,
  facts: RetentionFacts,
): { readonly policy: RetentionPolicy; readonly configuration: string | null } {
  const years = yearsOf(options);
  if (options.country !== undefined) {
    const policy = retentionPolicy({
      country: options.country,
      taxRegistrations: options.taxRegistration ?? [],
      financialYears: years ?? noFinancialYears,
    });
    const isLaw = kindOf(facts.recordClass) !== undefined && kindOf(facts.recordClass) !== 'own-basis';
    if (run.global.config === undefined && isLaw && retentionOf(facts, policy).state !== 'unanswered')
      return { policy, configuration: null };
  }
  const config = configIfAny(run);
  const country = options.country ?? config?.controller.country;
  if (country === undefined)
    throw refuseToPlan([
      { answer: 'rule', where: '--country CC, or controller.country: where the seller is established' },
    ]);
  const policy = retentionPolicy({
    country,
    financialYears: years ?? config?.controller.financialYears ?? noFinancialYears,
    ...config?.policy.retention,
    ...(options.taxRegistration !== undefined && { taxRegistrations: options.taxRegistration }),
  });
  return { policy, configuration: config?.file ?? null };
}

/** A configuration with mistakes is told as everywhere; that there is none at all is no mistake here. */
function configIfAny(run: Run): LoadedConfig | undefined {
  try {
    findConfig({ flag: run.global.config, variable: readEnvironment(run.io.env).configFile, folder: run.io.cwd });
  } catch (error) {
    if (error instanceof ConfigError) return undefined;
    throw error;
  }
  return run.config();
}

function yearsOf({ financialYearEnd, financialYear }: ExplainOptions): FinancialYears | undefined {
  if (financialYearEnd !== undefined && financialYear !== undefined)
    throw new HabeasError('usage', { where: '--financial-year-end or --financial-year, not both' });
  if (financialYearEnd !== undefined) return yearlyFinancialYears(financialYearEnd);
  if (financialYear === undefined) return undefined;
  const where = '--financial-year';
  const list = financialYear.map((text) => {
    const [, from, to] = /^([^.]+)\.\.([^.]+)$/.exec(text) ?? [];
    if (from === undefined || to === undefined) throw new HabeasError('policy-financial-year-invalid', { where });
    return { from, to };
  });
  return financialYears(list, where);
}

/** What happens to a document happens on its day, unless said otherwise; everything else is asked for. */
function eventsOf(date: CivilDate, starts: readonly string[]): RetentionFacts['events'] {
  const events: Partial<Record<ClockEvent, CivilDate | 'not-yet'>> = {
    issue: date,
    recording: date,
    supply: date,
    creation: date,
  };
  for (const text of starts) {
    const [, clock, on] = /^([^=]+)=(.+)$/.exec(text) ?? [];
    const name = oneOf(clockEvents, clock ?? '', '--starts CLOCK=DATE, CLOCK one of');
    events[name] = on === 'not-yet' ? on : parseCivilDate(on ?? '', `--starts ${name}`);
  }
  return events;
}
