/**
 * Conformance, chapter by hand: of a system that no program can reach. It asks a person for whatever it cannot do, under the one
 * code that stops a lane with a task; it says of every collection that nothing was counted, and never that nothing is there.
 */
import { describe, expect, it } from '@jest/globals';
import type { PlannedSet } from '../../connectors/contract.ts';
import type { Fixture } from './fixture.ts';
import { MemorySink } from './memory-sink.ts';
import { asked, context, errorOf, find, worldOf } from './suite.ts';

const nobody = 'mari.maasikas@kask.example';
const planned: PlannedSet = { streams: [], chunks: async function* () {} };

export function describeManual(fixture: Fixture): void {
  describe('by hand', () => {
    const world = worldOf(fixture);

    it('says who is asked, what they are told and by when', () => {
      const { manifest } = world().system;
      expect(manifest.manual?.instructions.length).toBeGreaterThan(10);
      expect(manifest.manual?.days).toBeGreaterThan(0);
      expect(manifest.erase?.mode).toBe('manual');
    });

    it('is asked about everybody of whom anything is known, teaches nothing and proposes nobody', async () => {
      const found = await find(world(), [asked('email', nobody), asked('user_id', '42')]);
      expect(found).toMatchObject({ learnt: [], candidates: [] });
      expect(found.keys).toHaveLength(1);
      expect(JSON.stringify(found)).not.toContain(nobody);
      expect((await find(world(), [])).keys).toEqual([]);
    });

    it('reads no content: a person does, and nothing is announced before they have', async () => {
      const { keys } = await find(world(), [asked('email', nobody)]);
      const sink = new MemorySink(keys);
      const error = await errorOf(world().system.read(context(), { keys, want: 'content', sink }));
      expect(error).toMatchObject({ code: 'by-hand-needed', where: 'account-db' });
      expect(sink.streams.size).toBe(0);
    });

    it('names every collection for a plan, with nothing counted in it', async () => {
      const { keys } = await find(world(), [asked('email', nobody)]);
      const sink = new MemorySink(keys, { want: 'facts' });
      await world().system.read(context(), { keys, want: 'facts', sink });
      const streams = [...sink.streams.values()];
      expect(streams.map(({ description }) => description.collection).sort()).toEqual([...world().collections].sort());
      for (const { count, endedAt } of streams) expect([count, typeof endedAt]).toEqual([0, 'string']);
    });

    it('refuses no plan, and erases and reads back nothing by itself', async () => {
      const { system } = world();
      const { keys } = await find(world(), [asked('email', nobody)]);
      const code = { code: 'by-hand-needed' };
      expect(await system.prepare?.(context(), { keys, planned })).toEqual({ refusals: [] });
      const nothing = () => Promise.reject(new Error('nothing is begun here'));
      const erasing = {
        keys,
        planned,
        part: 'dependants',
        journal: { begin: nothing, running: nothing, outcome: nothing },
      } as const;
      expect(await errorOf(system.erase?.(context(), erasing) ?? Promise.resolve())).toMatchObject(code);
      const verifying = { keys, planned, part: 'dependants', found: nothing } as const;
      expect(await errorOf(system.verify?.(context(), verifying) ?? Promise.resolve())).toMatchObject(code);
    });
  });
}
