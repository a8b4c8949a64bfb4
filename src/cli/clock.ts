/**
 * `habeas clock`: the statutory dates for a receipt date, as a question that touches no request, no ledger and no network.
 * Owns the command's flags and its output; every rule is in src/policy/clock. Its holiday tables are loaded only when the
 * command runs, so that other commands start fast. Failures are the `clock-…` codes and pass through to the main program.
 */
import { Command } from 'commander';
import { HabeasError } from '../errors.ts';
import type { ClockDates, Pause } from '../policy/clock/index.ts';

const examples = `
Examples:
  $ habeas clock due --received 2026-03-05 --country EE
  $ habeas clock due --received 2026-03-05 --country DE-BY --json
  $ habeas clock due --received 2026-11-23 --country EE --pause identity:2026-12-01..2026-12-05

A pause is a what-if: its days are counted as they would be where the policy counts pauses
(policy.countPauses in habeas.yaml; off unless listed). The day of asking does not count, the day
of the answer does. The date without pauses is always shown.
`;

interface DueOptions {
  readonly received: string;
  readonly country: string;
  readonly pause: readonly Pause[];
  readonly json?: boolean;
}

/** `habeas clock …`, to be added to the program. */
export function clockCommand(): Command {
  const due = new Command('due')
    .description('When must a request be answered: one month by the calendar, holidays, extension, pauses.')
    .requiredOption('--received <date>', 'civil date of receipt, YYYY-MM-DD')
    .requiredOption('--country <place>', 'EU Member State of the controller, CC or CC-REGION, as EE or DE-BY')
    .option(
      '--pause <pause>',
      'identity:FROM..TO or scope:FROM..TO, from asking to answer; may be given more than once',
      (text: string, before: readonly Pause[]) => [...before, parsePause(text)],
      [] as readonly Pause[],
    )
    .option('--json', 'one JSON object on standard output')
    .addHelpText('after', examples)
    .action(async (options: DueOptions) => {
      const { clockDue } = await import('../policy/clock/index.ts');
      const dates = clockDue({ ...options, pauses: options.pause, countPauses: true });
      process.stdout.write(options.json === true ? `${JSON.stringify(dates)}\n` : render(dates));
    });
  return new Command('clock').description('The statutory clock.').addCommand(due).addHelpText('after', examples);
}

function parsePause(text: string): Pause {
  const [, kind, from, to] = /^(identity|scope):([^.]+)\.\.([^.]+)$/.exec(text) ?? [];
  if ((kind !== 'identity' && kind !== 'scope') || from === undefined || to === undefined)
    throw new HabeasError('clock-pause-invalid', { where: '--pause' });
  return { kind, from, to };
}

function render(dates: ClockDates): string {
  const { calendar, rule, sources } = dates;
  const place = calendar.region === null ? calendar.country : `${calendar.country}-${calendar.region}`;
  const lines = [
    `Received              ${dates.received}`,
    `Due                   ${dates.due}   ${sources.due}`,
    ...(dates.pauses.length === 0
      ? []
      : [`  without pauses      ${dates.unpausedDue}   ${sources.unpausedDue}; ${dates.pausedDays} days were added`]),
    `If extended: work to  ${dates.extendedWorkTo}   ${sources.extendedWorkTo}`,
    `  and at the latest   ${dates.extendedDue}   ${sources.extendedDue}`,
    '',
    'How',
    ...dates.steps.map(({ date, what, source }) => `  ${date}  ${what}  [${source}]`),
    '',
    `Rule      ${rule.id}: ${rule.articles}; confidence ${rule.confidence}; ${rule.source}`,
    `Calendar  ${place}, ${calendar.name} ${calendar.version} with corrections ${calendar.corrections}; confidence ${calendar.confidence}`,
    'V read in the primary text, S secondary source, M general knowledge. Not legal advice.',
  ];
  return `${lines.join('\n')}\n`;
}
