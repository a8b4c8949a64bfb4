/**
 * `habeas tasks list`: the officer's Monday view. One line per open task, the earliest due first, with what it waits for,
 * on whom, what happens otherwise and the command that answers it. What waits for one stopped system is one line, because
 * one command answers all of it; `--each` and `--json` have every task. Ids, codes and dates only; opens nothing sealed.
 */
import type { Command } from 'commander';
import { HabeasError } from '../../errors.ts';
import { taskKinds } from '../../ledger/states.ts';
import { parseCivilDate } from '../../policy/clock/index.ts';
import { civilToday, listClaims, listSweepNotices, listTasks } from '../../requests/index.ts';
import { remembered } from '../acting.ts';
import { oneOf, requestId, systemId } from '../arguments.ts';
import type { Frame, Run } from '../frame.ts';
import { nextForTask, personFor } from '../next.ts';
import { withDeps } from '../open.ts';
import { claimsText, sweepNoticesText } from '../sweep-text.ts';
import { tasksText } from '../tasks-text.ts';

interface ListOptions {
  readonly request?: string;
  readonly system?: string;
  readonly kind?: string;
  readonly dueBefore?: string;
  readonly mine?: boolean;
  readonly each?: boolean;
}

export function tasksList(frame: Frame): Command {
  return frame.leaf<ListOptions>({
    name: 'list',
    summary: 'List open tasks, the earliest due first: what each waits for, on whom, and what happens otherwise.',
    details:
      'Tasks that wait for one stopped system are one line, as one command answers them; --each shows them one by one.\n`Act by` is the internal target, `Due` the day on which the person who asked must have the answer.',
    examples: [
      'tasks list',
      'tasks list --mine --due-before 2026-12-01',
      'tasks list --system account-db --kind unresolved --json',
      'tasks list --request req_7w5h6k2m9x4c8v3b1n0q5r7t2y --json',
    ],
    options: (command) =>
      command
        .option('--request <id>', 'only of this request')
        .option('--system <id>', 'only about this system')
        .option('--kind <kind>', `only of this kind: ${Object.keys(taskKinds).join(', ')}`)
        .option('--due-before <date>', 'only those due before this day')
        .option('--mine', 'only yours, or of a role you hold and nobody in particular')
        .option('--each', 'one line per task, also of a stopped system'),
    run: (run, options) =>
      withDeps(run, async (deps) => {
        const { request, system, kind, dueBefore } = options;
        const tasks = await listTasks(deps, {
          requestId: request === undefined ? undefined : requestId(request),
          systemId: system === undefined ? undefined : systemId(deps.config, system),
          kind: kind === undefined ? undefined : oneOf(taskKinds, kind, '--kind'),
          dueBefore: dueBefore === undefined ? undefined : parseCivilDate(dueBefore, '--due-before'),
          person: options.mine === true ? me(run, deps.config) : undefined,
        });
        const today = civilToday(deps.now(), deps.config.controller.timeZone);
        const text = tasksText(tasks, {
          colour: run.io.colour.out,
          terminal: run.io.columns,
          today,
          each: options.each === true,
        });
        const json = tasks.map((task) => ({
          ...task,
          person: personFor(task, task.incident !== null),
          next: nextForTask(task, task.incident !== null),
        }));
        // What the sweep waits for is of no single request: it has a list of its own.
        const sweeps = (await listClaims(deps)).filter(({ state }) => state === 'asked' || state === 'parked');
        const look = { colour: run.io.colour.out, columns: run.io.columns };
        const waiting = sweeps.length === 0 ? '' : `\n${claimsText(sweeps, look)}`;
        const notices = await listSweepNotices(deps);
        const untold = notices.length === 0 ? '' : `\n${sweepNoticesText(notices, look)}`;
        return { json: { tasks: json, sweeps, notices }, text: `${text}${waiting}${untold}` };
      }),
  });
}

/** The configured person who asks: nothing is signed, so no key is needed. */
function me(run: Run, { file, people }: ReturnType<Run['config']>) {
  const id = run.global.as ?? remembered(run.io, file)?.id;
  if (id === undefined) throw new HabeasError('person-needed');
  const person = people.find((one) => one.id === id);
  if (person === undefined) throw new HabeasError('person-unknown');
  return person;
}
