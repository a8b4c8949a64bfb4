/**
 * Conformance, chapter `read`: everything of one person and nothing of another, once each, resumable after any record,
 * in memory that does not grow with the person; facts carry no content.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { codeOf } from '../../src/errors.ts';
import type { Fixture, Planted, World } from './fixture.ts';
import { MemorySink } from './memory-sink.ts';
import { context, countsOf, errorOf, proved, readAll, worldOf } from './suite.ts';

class Interrupted extends Error {}

/** What a line may say beside its key and its record or facts. */
const around = ['by', 'people'];

export function describeRead(fixture: Fixture): void {
  describe('read', () => {
    const world = worldOf(fixture);
    let mine: Planted;
    let other: Planted;
    let few: Planted;

    beforeAll(async () => {
      mine = await world().plant({ email: 'mari@x.example', records: 10_250 });
      other = await world().plant({ email: 'mari+2@x.example', records: 40 });
      few = await world().plant({ email: 'few@x.example', records: 17 });
    });

    it('reads every record once, also past the first page, and every collection answers', async () => {
      const sink = await readAll(world(), mine);
      expect(countsOf(sink)).toEqual(mine.expected);
      expect(new Set(sink.keys()).size).toBe(sink.count);
      for (const stream of sink.streams.values()) expect(stream.endedAt).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    });

    it('mixes no two people: every line is its own person’s, also when two are read at once', async () => {
      const [a, b] = await Promise.all([readAll(world(), mine), readAll(world(), other)]);
      expect(a.lines().every((line) => line.includes(mine.marker) && !line.includes(other.marker))).toBe(true);
      expect(b.lines().every((line) => line.includes(other.marker) && !line.includes(mine.marker))).toBe(true);
      expect(countsOf(b)).toEqual(other.expected);
      const both = new MemorySink(proved(other, few));
      await world().system.read(context(), { keys: proved(other, few), want: 'content', sink: both });
      expect(both.count).toBe([...other.expected.values(), ...few.expected.values()].reduce((sum, n) => sum + n, 0));
    });

    it('answers "nothing found" for every collection, by a key of nobody and by none', async () => {
      const gone = await world().plant({ email: 'gone@x.example', records: 2 });
      await world().unplant(gone);
      for (const keys of [proved(gone), []]) {
        const sink = new MemorySink(keys);
        await world().system.read(context(), { keys, want: 'content', sink });
        expect(sink.count).toBe(0);
        expect([...countsOf(sink).keys()].sort()).toEqual([...world().collections].sort());
        expect(sink.begun).toEqual([]);
      }
    });

    it('writes each record as one line of NDJSON that any reader takes', async () => {
      const sink = await readAll(world(), few);
      for (const line of sink.lines()) {
        expect(line.endsWith('}\n')).toBe(true);
        expect(line.indexOf('\n')).toBe(line.length - 1);
        expect(Object.keys(JSON.parse(line)).filter((part) => !around.includes(part))).toEqual(['key', 'record']);
      }
    });

    it('resumed after any record it reads the rest, and nothing twice', async () => {
      const whole = [...(await readAll(world(), few)).lines()].sort();
      await fc.assert(
        fc.asyncProperty(fc.array(fc.integer({ min: 1, max: whole.length }), { maxLength: 4 }), async (stops) => {
          let stopAt: number | undefined;
          const sink = new MemorySink(proved(few), {
            onEntry: (count) => {
              if (count === stopAt) throw new Interrupted();
            },
          });
          for (stopAt of [...stops, undefined]) {
            const attempt = world().system.read(context(), {
              keys: proved(few),
              want: 'content',
              begun: sink.begun,
              sink,
            });
            await attempt.catch((error: unknown) => expect(codeOf(error)).toBe('internal'));
          }
          expect([...sink.lines()].sort()).toEqual(whole);
        }),
        { numRuns: 25 },
      );
    });

    it('resumed past the first page it goes on there', async () => {
      const sink = new MemorySink(proved(mine), {
        onEntry: (count) => {
          if (count === 10_100 && sink.count === count - 1 && !interrupted) {
            interrupted = true;
            throw new Interrupted();
          }
        },
      });
      let interrupted = false;
      const input = { keys: proved(mine), want: 'content', sink } as const;
      await errorOf(world().system.read(context(), input));
      await world().system.read(context(), { ...input, begun: sink.begun });
      expect(countsOf(sink)).toEqual(mine.expected);
      expect(new Set(sink.keys()).size).toBe(sink.count);
    });

    it('ends a stream that was begun, also when its records have gone in the meantime', async () => {
      const fleeting = await world().plant({ email: 'fleeting@x.example', records: 5 });
      const sink = new MemorySink(proved(fleeting), {
        onEntry: (count) => {
          if (count === 4) throw new Interrupted();
        },
      });
      const input = { keys: proved(fleeting), want: 'content', sink } as const;
      await errorOf(world().system.read(context(), input));
      expect(sink.begun).toHaveLength(1);
      await world().unplant(fleeting);
      await world().system.read(context(), { ...input, begun: sink.begun });
      expect(sink.begun).toEqual([]);
    });

    it('reads facts without content, whether the whole read or one stream is granted no more', async () => {
      const asked = await readAll(world(), few, { want: 'facts' });
      const granted = await readAll(world(), few, { grant: () => ({ want: 'facts', fields: [] }) });
      for (const sink of [asked, granted]) {
        expect(countsOf(sink)).toEqual(few.expected);
        for (const line of sink.lines()) {
          expect(Object.keys(JSON.parse(line)).filter((part) => !around.includes(part))).toEqual(['key', 'facts']);
          expect(line).not.toContain(few.marker);
        }
      }
    });

    it('reads of a record only the fields that are granted, in the order granted', async () => {
      const { marked, plain } = world().bulkFields;
      const sink = await readAll(world(), few, {
        grant: ({ collection, fields }) => ({
          want: 'content',
          fields: collection === world().bulk ? [plain] : fields,
        }),
      });
      for (const line of sink.lines(world().bulk)) {
        expect(Object.keys(JSON.parse(line).record)).toEqual([plain]);
        expect(line).not.toContain(few.marker);
      }
      const turned = await readAll(world(), few, {
        grant: ({ collection, fields }) => ({
          want: 'content',
          fields: collection === world().bulk ? [plain, marked] : fields,
        }),
      });
      expect(Object.keys(JSON.parse(turned.lines(world().bulk)[0] ?? '').record)).toEqual([plain, marked]);
    });

    it('waits for a slow sink', async () => {
      let inside = 0;
      const sink = await readAll(world(), few, {
        onEntry: async () => {
          inside += 1;
          expect(inside).toBe(1);
          await new Promise((resolve) => setImmediate(resolve));
          inside -= 1;
        },
      });
      expect(countsOf(sink)).toEqual(few.expected);
    });

    // A scan gives the system no filter that it could ignore: there is nothing to try.
    if (fixture.locateCost !== 'scan') {
      it('fails closed when the system ignores the filter: nothing of another person is kept', async () => {
        await world().faults.ignoresFilter();
        const sink = new MemorySink(proved(few));
        await expect(
          world().system.read(context(), { keys: proved(few), want: 'content', sink }),
        ).rejects.toMatchObject({
          code: 'record-mismatch',
        });
        expect(sink.lines().join('')).not.toContain(other.marker);
        expect(sink.lines().join('')).not.toContain(mine.marker);
      });
    }

    it('reads 100,000 records in the memory that 10,000 take', async () => {
      const large = await world().plant({ email: 'large@x.example', records: 100_000 });
      const small = await peakMemory(world(), mine);
      const tenfold = await peakMemory(world(), large);
      // Below 12 MiB the collector's own noise is larger than what is measured; 90,000 kept lines would be above it.
      expect(tenfold).toBeLessThanOrEqual(1.2 * Math.max(small, 12 * 2 ** 20));
    });
  });
}

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

/**
 * Most bytes that were really held, above what was held before, looked at eight times, the last one near the end: what is kept of each
 * record is most there. Every look collects all garbage of this process, the server's too where it is a stand-in in here.
 */
async function peakMemory(world: World, person: Planted): Promise<number> {
  const held = (): number => {
    collectGarbage();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const before = held();
  const every = Math.floor([...person.expected.values()].reduce((sum, count) => sum + count, 0) / 8);
  let peak = 0;
  const sink = await readAll(world, person, {
    keep: false,
    onEntry: (count) => {
      if (count % every === 0) peak = Math.max(peak, held() - before);
    },
  });
  expect(countsOf(sink)).toEqual(person.expected);
  return peak;
}
