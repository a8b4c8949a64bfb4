/**
 * Runs as a process of its own, from the current build, under a cap of its heap: finds one person at a desk, reads everything, and says what
 * it counted and what it held. Arguments: the desk's address, the person's e-mail address. Writes one line of JSON ({@link ReadInLittle}).
 */

import type { Grant, Sink, StreamDescription, SubjectKey } from '../../connectors/contract.ts';
import { createMatcher } from '../../connectors/rematch.ts';
import { HabeasError } from '../../src/errors.ts';
import { context, systemAt } from './desk.ts';

export interface ReadInLittle {
  readonly counts: Readonly<Record<string, number>>;
  /** Bytes of files that came, decoded. */
  readonly fileBytes: number;
  /** Heap and buffers that were really held, all garbage collected, at each of the looks: bytes above what was held before. */
  readonly held: readonly number[];
  /** Highest resident memory of the process, bytes. */
  readonly peakResident: number;
  /** Processor time of the process: what load by others changes least. */
  readonly cpuSeconds: number;
}

const looksEvery = 1_000;

/** What every sink of the reading counts together. */
class Counted {
  readonly counts: Record<string, number> = {};
  readonly held: number[] = [];
  fileBytes = 0;
  entries = 0;
  readonly matchers;
  readonly before = heldNow();

  constructor(keys: readonly SubjectKey[]) {
    this.matchers = createMatcher(keys);
  }
}

function heldNow(): number {
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** Matches every record again, counts it, and keeps nothing of it. */
class CountingSink implements Sink {
  readonly #all: Counted;
  #stream: StreamDescription | undefined;

  constructor(all: Counted) {
    this.#all = all;
  }

  async open(stream: StreamDescription): Promise<{ grant: Grant; cursor: undefined }> {
    this.#stream = stream;
    this.#all.counts[stream.collection] ??= 0;
    return { grant: { want: 'content', fields: stream.fields }, cursor: undefined };
  }

  entry(line: Buffer, chain: readonly Buffer[]): void {
    const all = this.#all;
    const { collection = '', provedIn = '' } = this.#stream ?? {};
    if (!all.matchers.in(provedIn).check(chain)) throw new HabeasError('record-mismatch', { where: collection });
    all.counts[collection] = (all.counts[collection] ?? 0) + 1;
    const from = line.indexOf('"base64":"');
    if (from !== -1)
      all.fileBytes += Buffer.byteLength(line.toString('latin1', from + 10, line.indexOf('"', from + 10)), 'base64');
    all.entries += 1;
    if (all.entries % looksEvery === 0) all.held.push(heldNow() - all.before);
  }

  beside(): Sink {
    return new CountingSink(this.#all);
  }

  unreadable(): void {
    throw new Error('a file could not be read');
  }

  async end(): Promise<void> {
    this.#stream = undefined;
  }
}

const [url = '', email = ''] = process.argv.slice(2);
const { system } = systemAt(url, 'a-token-of-the-desk');
const identifiers = [{ kind: 'email', value: email, source: 'request' }];
const { keys } = await system.locate(context(), { identifiers, accepted: [], rejected: [] });
const all = new Counted(keys);
await system.read(context(), { keys, want: 'content', sink: new CountingSink(all) });
const { counts, fileBytes, held } = all;
const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
const read: ReadInLittle = {
  ...{ counts, fileBytes, held },
  ...{ peakResident: maxRSS * 1024, cpuSeconds: (userCPUTime + systemCPUTime) / 1e6 },
};
process.stdout.write(`${JSON.stringify(read)}\n`);
