/**
 * `habeas map check`: compares the data maps of systems that have a schema of their own with the live catalogue, tells
 * every difference with its place and what to write, and ends with 6 when anything must be mended.
 */
import type { Command } from 'commander';
import type { MapReport, System } from '../../../connectors/contract.ts';
import { catalogue, codeOf, type ErrorCode, HabeasError } from '../../errors.ts';
import type { SystemId } from '../../ids.ts';
import { systemId } from '../arguments.ts';
import type { Frame } from '../frame.ts';
import { withDeps } from '../open.ts';
import { paint, printable } from '../render.ts';

const timeoutMs = 120_000;

interface CheckedMap {
  readonly id: string;
  readonly ok: boolean;
  readonly findings: readonly {
    readonly code: ErrorCode;
    readonly place: string | null;
    readonly remedy: string;
    readonly note: boolean;
  }[];
  /** `null` where the system could not be asked. */
  readonly compared: MapReport['compared'] | null;
}

export function mapCheck(frame: Frame): Command {
  return frame.leaf({
    name: 'check [systems...]',
    summary: 'Compare data maps with the live schema: what is undeclared, missing, leads nowhere or lacks an index.',
    details: [
      'Catalogue look-ups only; reads no rows and changes nothing. Without SYSTEMS every system that has a schema is compared.',
      'Exit code 3 where a data map itself has mistakes (a missing `role` or `owner`), each with its line; 6 where it and the',
      'live schema differ. A note is no difference: a missing index of a small table, a schema the login may not use.',
    ].join('\n'),
    examples: ['map check', 'map check account-db', 'map check account-db --json'],
    run: (run, _, wanted) =>
      withDeps(
        run,
        async (deps) => {
          const only = wanted.map((one) => systemId(deps.config, one));
          const able = [...deps.systems].filter(([id, system]) => {
            if (system.mapCheck !== undefined) return only.length === 0 || only.includes(id);
            if (only.includes(id)) throw new HabeasError('map-unsupported', { where: id });
            return false;
          });
          const systems = await Promise.all(able.map(([id, system]) => checkMap(id, system, run.io.interrupted)));
          const ok = systems.every((one) => one.ok);
          const text = `${systems.map((one) => mapText(one, run.io.colour.out)).join('\n')}\n${summary(systems)}\n`;
          return { json: { ok, systems }, text, exit: ok ? 'ok' : 'check-failed' };
        },
        { unchecked: true },
      ),
  });
}

async function checkMap(id: SystemId, system: System, interrupted: AbortSignal): Promise<CheckedMap> {
  const signal = AbortSignal.any([interrupted, AbortSignal.timeout(timeoutMs)]);
  try {
    const report = await system.mapCheck?.({ systemId: id, signal, progress: () => undefined });
    if (report === undefined) throw new HabeasError('map-unsupported', { where: id });
    return { id, ...report };
  } catch (error) {
    interrupted.throwIfAborted();
    const code = signal.aborted ? 'system-timeout' : codeOf(error);
    const place = error instanceof HabeasError ? (error.where ?? null) : null;
    const finding = { code, place, remedy: catalogue[code].todo, note: false };
    return { id, ok: false, findings: [finding], compared: null };
  }
}

function mapText({ id, ok, findings }: CheckedMap, colour: boolean): string {
  const state = paint(ok ? 'ok' : 'not ok', ok ? 'good' : 'bad', colour);
  const lines = findings.map(({ code, place, remedy, note }) =>
    [
      `  ${note ? paint('note', 'dim', colour) : paint('error', 'bad', colour)} ${printable(place ?? id)}`,
      `    ${catalogue[code].what}`,
      `    → ${printable(remedy)}`,
      `    code: ${code}`,
    ].join('\n'),
  );
  return `${paint(id, 'strong', colour)}  ${state}\n${lines.map((line) => `${line}\n`).join('')}`;
}

/** One line, the last. */
function summary(systems: readonly CheckedMap[]): string {
  const findings = systems.flatMap((one) => one.findings);
  const [errors, notes] = [findings.filter(({ note }) => !note).length, findings.filter(({ note }) => note).length];
  const sum = (of: (compared: MapReport['compared']) => number): number =>
    systems.reduce((total, { compared }) => total + (compared === null ? 0 : of(compared)), 0);
  const looked = `${count(
    sum(({ tables }) => tables),
    'table',
  )}, ${count(
    sum(({ columns }) => columns),
    'column',
  )} and ${count(
    sum(({ lookups }) => lookups),
    'look-up',
  )} of ${count(systems.length, 'system')}`;
  const found = errors === 0 ? 'nothing to mend' : `${errors} to mend`;
  return `${looked} compared: ${found}${notes === 0 ? '' : `, ${count(notes, 'note')}`}.`;
}

const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;
