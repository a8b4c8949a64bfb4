/**
 * `habeas requests identity|extend|clock-pause|retry|cancel|delivered`: doors to the decisions in src/requests. Each signs
 * with the acting person's key. No rule lives here, and no personal data beyond what was typed passes through.
 */
import type { Command } from 'commander';
import type { LoadedConfig } from '../../config/load.ts';
import { HabeasError } from '../../errors.ts';
import { personsMethods } from '../../ledger/states.ts';
import type { SignedBy } from '../../requests/index.ts';
import {
  type Answered,
  cancel,
  type DecidedDates,
  decideIdentity,
  delivered,
  extend,
  pauseClock,
  retry,
} from '../../requests/index.ts';
import { signer } from '../acting.ts';
import { oneOf, requestId, systemId } from '../arguments.ts';
import type { Answer, Frame, Run } from '../frame.ts';
import { withDeps } from '../open.ts';
import { labels } from '../render.ts';

const by = (run: Run, config: LoadedConfig): SignedBy => signer(run.io, run.global, config.file);

export function requestsIdentity(frame: Frame): Command {
  return frame.leaf<{ readonly method?: string; readonly contact?: string; readonly reason?: string }>({
    name: 'identity <id> <outcome>',
    summary: 'Say whether the person who asked is the person the data is about: verified or unverifiable.',
    details: `Nothing is looked for before it is verified, and the package goes to the verified contact point only.\nMethods: ${Object.entries(
      personsMethods,
    )
      .map(([method, means]) => `${method} (${means})`)
      .join(' ')}`,
    signs: true,
    examples: [
      'requests identity req_7w5h6k2m9x4c8v3b1n0q5r7t2y verified --method email-loop --contact ada@example.com',
      'requests identity req_7w5h6k2m9x4c8v3b1n0q5r7t2y unverifiable --reason "No answer to two letters"',
    ],
    options: (command) =>
      command
        .option('--method <method>', `how: ${Object.keys(personsMethods).join(', ')}`)
        .option('--contact <contact>', 'verified e-mail or postal address')
        .option('--reason <text>', 'stored sealed'),
    run: (run, { method, contact, reason }, [id, outcome]) =>
      withDeps(run, async (deps) => {
        const given = oneOf({ verified: true, unverifiable: true }, outcome ?? '', 'OUTCOME');
        if (given === 'verified' && (method === undefined || contact === undefined))
          throw new HabeasError('contact-unusable', { where: '--method --contact' });
        const identity = method === undefined || contact === undefined ? undefined : { method, contact };
        const json = await decideIdentity(deps, {
          requestId: requestId(id),
          outcome: given,
          identity,
          reason,
          signedBy: by(run, deps.config),
        });
        return answered(
          run,
          json,
          given === 'verified'
            ? 'Identity verified'
            : 'Identity cannot be verified; the request ends refused (Art. 11(2))',
        );
      }),
  });
}

export function requestsExtend(frame: Frame): Command {
  return frame.leaf<{ readonly ground: string; readonly reason?: string }>({
    name: 'extend <id>',
    summary: 'Extend the time limit by two months (Art. 12(3)); only before the first due date, and once.',
    details:
      'System failure, staff absence and vendor delay are no grounds. The person must be told why, before the first due date.',
    signs: true,
    examples: [
      'requests extend req_7w5h6k2m9x4c8v3b1n0q5r7t2y --ground complexity --reason "Eleven systems, two on paper"',
    ],
    options: (command) =>
      command
        .requiredOption('--ground <ground>', 'complexity or number')
        .requiredOption('--reason <text>', 'why, in this case; stored sealed'),
    run: (run, { ground, reason }, [id]) =>
      withDeps(run, async (deps) =>
        decided(
          run,
          await extend(deps, { requestId: requestId(id), ground, reason, signedBy: by(run, deps.config) }),
          'Extended',
        ),
      ),
  });
}

export function requestsClockPause(frame: Frame): Command {
  return frame.leaf<{ readonly from: string; readonly to?: string; readonly reason?: string }>({
    name: 'clock-pause <id> <kind>',
    summary:
      'Record that the clock waits for the person: identity or scope, from the day of asking to the day of the answer.',
    details:
      'Whether its days are added is the policy’s to say (policy.countPauses; off unless listed). Give the same --from again with --to to end an open pause.',
    signs: true,
    examples: [
      'requests clock-pause req_7w5h6k2m9x4c8v3b1n0q5r7t2y identity --from 2026-12-01',
      'requests clock-pause req_7w5h6k2m9x4c8v3b1n0q5r7t2y identity --from 2026-12-01 --to 2026-12-05',
    ],
    options: (command) =>
      command
        .requiredOption('--from <date>', 'day of asking, YYYY-MM-DD')
        .option('--to <date>', 'day of the answer')
        .option('--reason <text>', 'stored sealed'),
    run: (run, { from, to, reason }, [id, kind]) =>
      withDeps(run, async (deps) => {
        const pause = oneOf({ identity: true, scope: true }, kind ?? '', 'KIND');
        const json = await pauseClock(deps, {
          requestId: requestId(id),
          pause,
          from,
          to,
          reason,
          signedBy: by(run, deps.config),
        });
        return decided(run, json, to === undefined ? 'Pause recorded' : 'Pause recorded and ended');
      }),
  });
}

export function requestsRetry(frame: Frame): Command {
  return frame.leaf<{ readonly reason?: string }>({
    name: 'retry <id> [system]',
    summary: 'Try a parked system again; without SYSTEM, a failed step of the whole request such as its delivery.',
    signs: true,
    examples: ['requests retry req_7w5h6k2m9x4c8v3b1n0q5r7t2y account-db'],
    options: (command) => command.option('--reason <text>', 'stored sealed'),
    run: (run, { reason }, [id, system]) =>
      withDeps(run, async (deps) => {
        const json = await retry(deps, {
          requestId: requestId(id),
          systemId: system === undefined ? null : systemId(deps.config, system),
          reason,
          signedBy: by(run, deps.config),
        });
        return answered(run, json, 'It is tried again');
      }),
  });
}

export function requestsCancel(frame: Frame): Command {
  return frame.leaf<{ readonly reason?: string }>({
    name: 'cancel <id>',
    summary: 'Cancel a request that is not finished, such as one the person withdrew.',
    signs: true,
    examples: ['requests cancel req_7w5h6k2m9x4c8v3b1n0q5r7t2y --reason "Withdrawn by telephone, 24 November"'],
    options: (command) => command.option('--reason <text>', 'stored sealed'),
    run: (run, { reason }, [id]) =>
      withDeps(run, async (deps) =>
        decided(
          run,
          await cancel(deps, { requestId: requestId(id), reason, signedBy: by(run, deps.config) }),
          'Cancellation recorded',
        ),
      ),
  });
}

export function requestsDelivered(frame: Frame): Command {
  return frame.leaf<{ readonly method: string; readonly date?: string; readonly reason?: string }>({
    name: 'delivered <id>',
    summary: 'Record that a person handed the package, or the letter with the answer, over: by post or in person.',
    signs: true,
    examples: ['requests delivered req_7w5h6k2m9x4c8v3b1n0q5r7t2y --method post --date 2026-12-02'],
    options: (command) =>
      command
        .requiredOption('--method <method>', 'post or in-person')
        .option('--date <date>', 'day it was handed over, YYYY-MM-DD (default: today)')
        .option('--reason <text>', 'stored sealed'),
    run: (run, { method, date, reason }, [id]) =>
      withDeps(run, async (deps) => {
        const how = oneOf({ post: true, 'in-person': true }, method, '--method');
        const json = await delivered(deps, {
          requestId: requestId(id),
          method: how,
          on: date,
          reason,
          signedBy: by(run, deps.config),
        });
        return answered(run, json, 'Delivery recorded');
      }),
  });
}

/** What came of an answer to a task. */
export function answered(run: Run, json: Answered, done: string): Answer {
  const more = json.peopleStillNeeded;
  const text = json.settled
    ? `${done}.`
    : `Your answer is recorded; ${more} more ${more === 1 ? 'person' : 'people'} must give the same.`;
  return {
    json,
    text: `${text}\n${labels(
      [
        ['Request', json.requestId],
        ['Next', `habeas requests show ${json.requestId} --watch`],
      ],
      run.io.colour.out,
    )}`,
  };
}

function decided(run: Run, json: DecidedDates, done: string): Answer {
  const dates = labels(
    [
      ['Request', json.requestId],
      ['Due', json.dueOn],
      ...(json.extendedDueOn === null
        ? []
        : ([
            ['Work to', json.workToOn],
            ['Extended at the latest', json.extendedDueOn],
          ] as const)),
      ...(json.unpausedDueOn === json.dueOn ? [] : ([['Due without pauses', json.unpausedDueOn]] as const)),
      ['Internal target', json.internalTargetOn],
    ],
    run.io.colour.out,
  );
  return { json, text: `${done}.\n${dates}` };
}
