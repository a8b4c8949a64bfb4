/**
 * Conformance, chapter scan: systems that read everything they have once. `locate` looks at nothing and says by what the
 * scan will go; the scan keeps what may be the person's apart, one question a group, the same in every scan; and
 * interrupted anywhere, with each stream's chunks committed for themselves, it stages every record once.
 */
import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { codeOf } from '../../src/errors.ts';
import type { Fixture, Planted } from './fixture.ts';
import { MemorySink, type SinkOptions } from './memory-sink.ts';
import { asked, context, countsOf, errorOf, find, proved, worldOf } from './suite.ts';

class Interrupted extends Error {}

export function describeScan(fixture: Fixture): void {
  describe('scan', () => {
    const world = worldOf(fixture);
    let mine: Planted;
    let other: Planted;
    const groups = [3, 11] as const;

    beforeAll(async () => {
      mine = await world().plant({ email: 'skaneeritu@x.example', records: 23, groups });
      other = await world().plant({ email: 'teine.skaneeritu@x.example', records: 7 });
    });

    const scan = async (options: SinkOptions = {}, person: Planted = mine) => {
      const sink = new MemorySink(proved(person), options);
      await world().system.read(context(), { keys: proved(person), want: 'content', sink });
      return sink;
    };
    const refsOf = (sink: MemorySink) =>
      sink
        .of('candidates')
        .map(({ candidate }) => JSON.stringify(candidate?.ref))
        .sort();
    const provedCounts = (sink: MemorySink) => {
      const counts = new Map<string, number>();
      for (const { description, count } of sink.of('proved'))
        counts.set(description.collection, (counts.get(description.collection) ?? 0) + count);
      return counts;
    };

    it('looks at nothing to say by what it will go, proposes nobody and teaches nothing', async () => {
      const kinds = world().system.manifest.needs.map(({ kind }) => kind);
      expect([...new Set(mine.identifiers.map(({ kind }) => kind))].sort()).toEqual([...kinds].sort());
      let found = await find(world(), []);
      expect(found).toEqual({ keys: [], learnt: [], candidates: [] });
      const sent = await world().listen(async () => {
        found = await find(world(), mine.identifiers);
      });
      expect(sent).toHaveLength(0);
      expect(found.keys.length).toBeGreaterThan(0);
      expect(sorted(found.keys)).toEqual(sorted(proved(mine)));
      expect(found).toMatchObject({ learnt: [], candidates: [] });
      const again = await find(world(), [...mine.identifiers].reverse());
      expect(sorted(again.keys)).toEqual(sorted(found.keys));
    });

    it('goes by no identifier of another kind, and refuses one that says nothing', async () => {
      expect((await find(world(), [asked('shoe_size', '44')])).keys).toEqual([]);
      const kind = world().system.manifest.needs[0]?.kind ?? '';
      for (const value of ['', ' ', '-', 'null', 'a\u0000b'])
        expect(await errorOf(find(world(), [asked(kind, value)]))).toMatchObject({ code: 'identifier-unusable' });
    });

    it('keeps candidates in streams of their own, each with its question, and the proved records apart', async () => {
      const sink = await scan();
      expect(provedCounts(sink)).toEqual(mine.expected);
      const streams = sink.of('candidates').filter(({ count }) => count > 0);
      expect(streams.map(({ count }) => count).sort((a, b) => a - b)).toEqual([...groups]);
      expect(new Set(refsOf(sink)).size).toBe(groups.length);
      for (const { candidate, count, endedAt } of streams) {
        expect(endedAt).toBeDefined();
        expect(Object.keys(candidate?.display ?? {})).not.toHaveLength(0);
        expect(Object.values(candidate?.display ?? {}).join(' ')).toContain(String(count));
      }
    });

    it('proposes the same groups in every scan, and none of them to another person', async () => {
      const [first, second, others] = [await scan(), await scan(), await scan({}, other)];
      expect(refsOf(second)).toEqual(refsOf(first));
      expect(others.of('candidates')).toEqual([]);
      expect(countsOf(others)).toEqual(other.expected);
    });

    it('interrupted after any record, whatever was committed of each stream, it stages every record once', async () => {
      const whole = await scan();
      const lines = [...whole.lines()].sort();
      const stops = fc.array(fc.integer({ min: 1, max: lines.length }), { maxLength: 5 });
      const chunks = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });
      await fc.assert(
        fc.asyncProperty(stops, chunks, async (at, sizes) => {
          let passed = 0;
          let stopAt: number | undefined;
          const sink = new MemorySink(proved(mine), {
            commitEvery: ({ no }) => sizes[no % sizes.length] ?? 1,
            onEntry: () => {
              passed += 1;
              if (passed === stopAt) throw new Interrupted();
            },
          });
          for (stopAt of [...at, undefined]) {
            passed = 0;
            const input = { keys: proved(mine), want: 'content', begun: sink.begun, sink } as const;
            const attempt = world().system.read(context(), input);
            await attempt.catch((error: unknown) => expect(codeOf(error)).toBe('internal'));
          }
          expect(sink.begun).toEqual([]);
          expect([...sink.lines()].sort()).toEqual(lines);
          expect(provedCounts(sink)).toEqual(mine.expected);
          expect(refsOf(sink)).toEqual(refsOf(whole));
        }),
        { numRuns: 40 },
      );
    });
  });
}

const sorted = (keys: readonly object[]): readonly string[] => keys.map((key) => JSON.stringify(key)).sort();
