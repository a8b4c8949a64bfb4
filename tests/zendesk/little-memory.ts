/** Reads a desk with very many tickets in a process whose heap may not grow; shared by the quick test and the long one. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fromRoot } from '../../src/root.ts';
import { currentBuild } from '../support/worker-process.ts';
import { type EndlessOptions, email, startEndlessDesk } from './endless-desk.ts';
import type { ReadInLittle } from './read-in-little.ts';

/** Most megabytes that the heap of the reading process may have. */
const heapMegabytes = 160;

export interface ReadOfMany extends ReadInLittle {
  readonly requests: number;
  readonly sentBytes: number;
}

export async function readInLittleMemory(options: EndlessOptions): Promise<ReadOfMany> {
  await currentBuild();
  const desk = await startEndlessDesk(options);
  try {
    const leash = fromRoot('tests', 'support', 'leash.mjs');
    const script = fromRoot('dist', 'tests', 'zendesk', 'read-in-little.js');
    const flags = [`--max-old-space-size=${heapMegabytes}`, '--expose-gc', '--import', leash];
    const child = spawn(process.execPath, [...flags, script, desk.url, email], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { PATH: process.env.PATH },
    });
    let [said, complained] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text) => (said += text));
    child.stderr.setEncoding('utf8').on('data', (text) => (complained += text));
    const [code] = await once(child, 'close');
    if (code !== 0) throw new Error(`the reading ended with ${code}:\n${complained.slice(-4_000)}`);
    return { ...JSON.parse(said), requests: desk.requests(), sentBytes: desk.fileBytes() };
  } finally {
    await desk.stop();
  }
}
