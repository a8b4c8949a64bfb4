/**
 * Failpoints for crash tests: `HABEAS_FAILPOINT=name:n` kills this process with SIGKILL at the n-th pass of a named
 * place, where a crash would hurt most. Does nothing unless armed; a name that is not listed is refused, so that a crash
 * test cannot pass by a misspelling.
 */
import { processEnv } from './config/environment.ts';
import { HabeasError } from './errors.ts';

export const failpoints = [
  'read-after-put',
  'read-after-row',
  'package-mid-upload',
  'deliver-after-intent',
  'answer-after-letter',
  'plan-after-row',
  'prepare-after-row',
  'erase-after-intent',
  'erase-after-effect',
  'erase-after-outcome',
  'sweep-after-intent',
  'sweep-after-effect',
  'sweep-after-outcome',
] as const;
export type Failpoint = (typeof failpoints)[number];

export interface Armed {
  readonly name: Failpoint;
  readonly pass: number;
}

/** `name:n`, n counted from 1; undefined where nothing is set. Throws `usage` for anything else. */
export function parseFailpoint(text: string | undefined): Armed | undefined {
  if (text === undefined || text === '') return undefined;
  const [name, number = '1'] = text.split(':');
  const known = failpoints.find((point) => point === name);
  if (known === undefined || !/^[1-9]\d{0,6}$/.test(number))
    throw new HabeasError('usage', { where: 'HABEAS_FAILPOINT' });
  return { name: known, pass: Number(number) };
}

const armed = parseFailpoint(processEnv().HABEAS_FAILPOINT);
const passes = new Map<Failpoint, number>();

/** Passing a named place; ends the process there if it is armed for this pass. */
export function passFailpoint(name: Failpoint): void {
  if (armed?.name !== name) return;
  const pass = (passes.get(name) ?? 0) + 1;
  passes.set(name, pass);
  if (pass === armed.pass) process.kill(process.pid, 'SIGKILL');
}
