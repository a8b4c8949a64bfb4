/** Runs stripe-mock, which refuses every request that Stripe's OpenAPI description does not allow, for one test file. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type GoProgram, resolveGoProgram } from '../../src/local/go-module.ts';
import { stripeMockPin } from '../../src/local/pins.ts';
import { choosePorts } from '../../src/local/ports.ts';
import { eventually } from '../support/servers.ts';

export interface StripeMock {
  readonly origin: string;
  stop(): Promise<void>;
}

export const buildStripeMock = (go: string): Promise<GoProgram> =>
  resolveGoProgram(stripeMockPin, { go, log: (line) => console.error(line) });

/** Stripe's OpenAPI description as the pinned module holds it; `beta` with what is in preview. */
export function descriptionOf(program: GoProgram, which: 'ga' | 'beta'): unknown {
  const file = which === 'ga' ? 'spec3.json' : 'spec3.beta.sdk.json';
  return JSON.parse(readFileSync(join(program.sources, 'embedded', 'openapi', file), 'utf8'));
}

export async function startStripeMock(program: GoProgram, which: 'ga' | 'beta'): Promise<StripeMock> {
  const { http } = await choosePorts(['http'], undefined, new Set());
  const args = [
    '-http-addr',
    `127.0.0.1:${http}`,
    '-https-addr',
    '127.0.0.1:0',
    ...(which === 'beta' ? ['-beta'] : []),
  ];
  const child: ChildProcess = spawn(program.path, args, { stdio: ['ignore', 'ignore', 'ignore'] });
  const ended = once(child, 'exit');
  const origin = `http://127.0.0.1:${http}`;
  await eventually(async () => {
    if (child.exitCode !== null) throw new Error('stripe-mock ended at once');
    await fetch(origin);
    return true;
  });
  const stop = async (): Promise<void> => {
    child.kill();
    await ended;
  };
  return { origin, stop };
}
