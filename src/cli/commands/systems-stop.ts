/**
 * `habeas systems pause|resume SYSTEM|--all`: signed decisions, one a system. With `--all` one line a system tells what
 * became of it; a system that is in that state already is no failure, any other refusal ends the command with its number
 * after all systems were tried.
 */
import type { Command } from 'commander';
import { catalogue, type ErrorCode, HabeasError } from '../../errors.ts';
import {
  type PausedSystem,
  pauseAll,
  pauseSystem,
  type ResumedSystem,
  resumeAll,
  resumeSystem,
  type SystemOutcome,
} from '../../requests/index.ts';
import { signer } from '../acting.ts';
import { systemId } from '../arguments.ts';
import { exitFor } from '../exit-codes.ts';
import type { Answer, Frame } from '../frame.ts';
import { withDeps } from '../open.ts';

interface StopOptions {
  readonly reason?: string;
  readonly all?: boolean;
}

const stopped = ({ systemId: id, incidentId }: PausedSystem): string =>
  `${id} is stopped (incident ${incidentId}).\nNext: habeas systems resume ${id}\n`;

const resumed = ({ systemId: id, requests }: ResumedSystem): string =>
  `${id} may be called again; ${requests} waiting request(s) go on, the earliest due first.\n`;

export function systemsPause(frame: Frame): Command {
  return frame.leaf<StopOptions>({
    name: 'pause [system]',
    summary: 'Stop a system, or all: nothing of it is called any more, its lanes park, until it is resumed.',
    signs: true,
    examples: [
      'systems pause account-db --reason "Migration until Monday"',
      'systems pause --all --reason "Move of the data centre"',
    ],
    options: (command) =>
      command.requiredOption('--reason <text>', 'why; stored sealed').option('--all', 'every configured system'),
    run: (run, { reason, all }, [system]) =>
      withDeps(run, async (deps) => {
        const given = { reason, signedBy: signer(run.io, run.global, deps.config.file) };
        if (isAll(all, system))
          return told(await pauseAll(deps, given), 'system-paused-already', 'is stopped already', stopped);
        const json = await pauseSystem(deps, { ...given, systemId: systemId(deps.config, system) });
        return { json, text: stopped(json) };
      }),
  });
}

export function systemsResume(frame: Frame): Command {
  return frame.leaf<StopOptions>({
    name: 'resume [system]',
    summary: 'Resume a stopped system, or all, and let the requests that wait for it go on, the earliest due first.',
    details:
      'Also wakes requests that failed by the fault of the system before it was stopped. `systems check SYSTEM` tells\nbeforehand whether it would answer.',
    signs: true,
    examples: ['systems resume account-db', 'systems resume --all --reason "All moved"'],
    options: (command) => command.option('--reason <text>', 'stored sealed').option('--all', 'every configured system'),
    run: (run, { reason, all }, [system]) =>
      withDeps(run, async (deps) => {
        const given = { reason, signedBy: signer(run.io, run.global, deps.config.file) };
        if (isAll(all, system))
          return told(await resumeAll(deps, given), 'system-not-paused', 'is not stopped', resumed);
        const json = await resumeSystem(deps, { ...given, systemId: systemId(deps.config, system) });
        return { json, text: resumed(json) };
      }),
  });
}

/** Either one system or `--all`, never both and never neither. */
function isAll(all: boolean | undefined, system: string | undefined): boolean {
  if ((all === true) === (system !== undefined)) throw new HabeasError('usage', { where: 'SYSTEM or --all' });
  return all === true;
}

function told<T>(
  outcomes: readonly SystemOutcome<T>[],
  already: ErrorCode,
  alreadySaid: string,
  said: (done: T) => string,
): Answer {
  const lines = outcomes.map((one) => {
    if (one.code === null) return said(one.done);
    return one.code === already
      ? `${one.systemId} ${alreadySaid}.\n`
      : `${one.systemId} failed (${one.code}): ${catalogue[one.code].what} ${catalogue[one.code].todo}\n`;
  });
  const failed = outcomes.flatMap((one) => (one.code !== null && one.code !== already ? [one.code] : []));
  const [first] = failed;
  return {
    json: {
      ok: failed.length === 0,
      systems: outcomes.map((one) =>
        one.code === null
          ? { ...one.done, changed: true, code: null }
          : { systemId: one.systemId, changed: false, code: one.code },
      ),
    },
    text: lines.join(''),
    ...(first === undefined ? {} : { exit: exitFor(first) }),
  };
}
