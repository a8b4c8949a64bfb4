/**
 * `habeas requests list|show`: where requests stand. Ids, states, codes, dates and counts only; opens nothing sealed.
 */
import type { Command } from 'commander';
import { HabeasError } from '../../errors.ts';
import { civilToday, listRequests, showRequest } from '../../requests/index.ts';
import { requestId } from '../arguments.ts';
import { follow } from '../follow.ts';
import type { Answer, Frame } from '../frame.ts';
import { nextForTask, personFor } from '../next.ts';
import { withDeps } from '../open.ts';
import { showText } from '../show-text.ts';
import { requestsText } from '../tasks-text.ts';

export function requestsList(frame: Frame): Command {
  return frame.leaf<{ readonly open?: boolean; readonly limit?: string }>({
    name: 'list',
    summary:
      'List requests: open ones first, the earliest due first; what each waits for, on whom, and the next command.',
    examples: ['requests list', 'requests list --open --json'],
    options: (command) =>
      command.option('--open', 'only open requests').option('--limit <n>', 'at most this many (default: 1000)'),
    run: (run, { open, limit }) =>
      withDeps(run, async (deps) => {
        const count = limit === undefined ? undefined : Number(limit);
        if (count !== undefined && (!Number.isSafeInteger(count) || count < 1))
          throw new HabeasError('usage', { where: '--limit' });
        const requests = await listRequests(deps, { open, limit: count });
        const today = civilToday(deps.now(), deps.config.controller.timeZone);
        const text = requestsText(requests, { colour: run.io.colour.out, terminal: run.io.columns, today });
        const json = requests.map(({ waitsFor, ...one }) => ({
          ...one,
          waitsFor:
            waitsFor === null
              ? null
              : {
                  ...waitsFor,
                  person: personFor(waitsFor, waitsFor.incident !== null),
                  next: nextForTask(waitsFor, waitsFor.incident !== null),
                },
        }));
        return { json: { requests: json }, text };
      }),
  });
}

export function requestsShow(frame: Frame): Command {
  return frame.leaf<{ readonly watch?: boolean }>({
    name: 'show <id>',
    summary:
      'Show where a request stands: stage, dates, every system with counts, failures and what to do, open tasks, packages.',
    details:
      'Shows no personal data; `tasks show` opens what a deciding person must see. With --json it carries `auditHead`:\nkeep it, `audit verify --head` compares the chain with it later. With --watch --json: one document per line.',
    examples: [
      'requests show req_7w5h6k2m9x4c8v3b1n0q5r7t2y --watch',
      'requests show req_7w5h6k2m9x4c8v3b1n0q5r7t2y --json',
    ],
    options: (command) => command.option('--watch', 'show again after every change, until the request ends or Ctrl-C'),
    run: (run, { watch }, [id]) =>
      withDeps(run, async (deps): Promise<Answer | undefined> => {
        const request = requestId(id);
        const colour = run.io.colour.out;
        if (watch !== true) {
          const shown = await showRequest(deps, request);
          return { json: shown, text: showText(shown, colour, run.io.columns) };
        }
        let first = true;
        const changed = (shown: Awaited<ReturnType<typeof showRequest>>): void => {
          run.emit({
            json: shown,
            text: `${first ? '' : `\n── ${new Date().toISOString().slice(11, 19)} ──\n`}${showText(shown, colour, run.io.columns)}`,
          });
          first = false;
        };
        await follow(deps, request, { signal: run.io.interrupted, untilPerson: false, changed });
        return undefined;
      }),
  });
}
