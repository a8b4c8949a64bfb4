/**
 * Conformance, chapter faults: a system that is down, silent, cut, slow, or has taken back what it gave. Every failure is a
 * code that says what to do, arrives within the time limits, leaves nothing running in the system, can be resumed, and
 * carries no word about the person.
 */
import { inspect } from 'node:util';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { HabeasError } from '../../src/errors.ts';
import { eventually } from '../support/servers.ts';
import type { Fixture, Planted } from './fixture.ts';
import { MemorySink } from './memory-sink.ts';
import { asked, context, countsOf, errorOf, find, proved, worldOf } from './suite.ts';

const email = 'õnnela.vea-otsija@x.example';

export function describeFaults(fixture: Fixture): void {
  describe('faults', () => {
    const world = worldOf(fixture);
    const errors: unknown[] = [];
    let person: Planted;

    beforeAll(async () => {
      person = await world().plant({ email, records: 30_000 });
    });

    /** One attempt of the impatient system, its error remembered for the leak test. */
    async function failing(sink: MemorySink): Promise<HabeasError> {
      const input = { keys: proved(person), want: 'content', begun: sink.begun, sink } as const;
      const error = await errorOf(world().impatient.read(context(), input));
      errors.push(error);
      if (!(error instanceof HabeasError)) throw error;
      expect(world().system.manifest.canRefuse).toContain(error.code);
      return error;
    }

    /** Mends the system and reads the rest with the patient one. */
    async function readOn(sink: MemorySink): Promise<void> {
      await world().faults.mend();
      await world().system.read(context(), { keys: proved(person), want: 'content', begun: sink.begun, sink });
      expect(countsOf(sink)).toEqual(person.expected);
    }

    it('a refused connection is "unreachable", worth trying again, and works when it is back', async () => {
      await world().faults.refused();
      const sink = new MemorySink(proved(person), { keep: false });
      expect(await failing(sink)).toMatchObject({ code: 'system-unreachable', retryable: true });
      await readOn(sink);
    });

    it('a system that takes connections and says nothing ends within the time limit', async () => {
      await world().faults.halfOpen();
      const sink = new MemorySink(proved(person), { keep: false });
      expect(await failing(sink)).toMatchObject({ code: 'system-unreachable', retryable: true });
      await readOn(sink);
    });

    it('a system that falls silent midway ends within the time limit and is resumed', async () => {
      await world().faults.stallAfter(1_000_000);
      const sink = new MemorySink(proved(person), { keep: false });
      expect(await failing(sink)).toMatchObject({ code: 'system-unreachable', retryable: true });
      expect(sink.count).toBeGreaterThan(0);
      await readOn(sink);
    });

    it('a connection cut midway is "unreachable" and is resumed', async () => {
      await world().faults.cutAfter(1_000_000);
      const sink = new MemorySink(proved(person), { keep: false });
      expect(await failing(sink)).toMatchObject({ code: 'system-unreachable', retryable: true });
      expect(sink.count).toBeGreaterThan(0);
      await readOn(sink);
    });

    it('a slow line is waited for', async () => {
      await world().faults.slow();
      const sink = new MemorySink(proved(person), { keep: false });
      await world().system.read(context(), { keys: proved(person), want: 'content', sink });
      expect(countsOf(sink)).toEqual(person.expected);
    });

    it('credentials taken back midway end the attempt, and the next one says so', async () => {
      const sink = new MemorySink(proved(person), {
        keep: false,
        onEntry: (count) => (count === 5_000 ? world().faults.revokeCredentials() : undefined),
      });
      // The open connection may be met first.
      expect(['system-unreachable', 'system-credentials']).toContain((await failing(sink)).code);
      expect(await failing(sink)).toMatchObject({ code: 'system-credentials', retryable: false });
      await readOn(sink);
    });

    it('a permission taken back midway parks with a code that names the place', async () => {
      const sink = new MemorySink(proved(person), {
        keep: false,
        onEntry: (count) => (count === 5_000 ? world().faults.revokePermission() : undefined),
      });
      const error = await failing(sink);
      expect(error).toMatchObject({ code: 'system-permission', retryable: false });
      expect(error.where).toContain(world().bulk);
      await readOn(sink);
    });

    it('`check` finds each of these out without failing', async () => {
      const { faults, impatient } = world();
      expect(await impatient.check(context())).toMatchObject({ ok: true });
      await faults.refused();
      const down = await impatient.check(context());
      expect(down.findings).toContainEqual(
        expect.objectContaining({ what: 'reachable', ok: false, code: 'system-unreachable' }),
      );
      await faults.mend();
      await faults.revokePermission();
      const barred = await impatient.check(context());
      expect(barred.findings).toContainEqual(
        expect.objectContaining({ what: 'permission', ok: false, code: 'system-permission' }),
      );
      await faults.mend();
      await faults.revokeCredentials();
      const revoked = await impatient.check(context());
      expect(revoked.findings).toContainEqual(
        expect.objectContaining({ what: 'credentials', ok: false, code: 'system-credentials' }),
      );
      for (const report of [down, barred, revoked]) {
        expect(report.ok).toBe(false);
        expect(inspect(report, { depth: 9 })).not.toContain(person.marker);
      }
    });

    it('a cancelled attempt ends with its own reason and leaves nothing running in the system', async () => {
      const cancel = new AbortController();
      const reason = new Error('the attempt was cancelled');
      const sink = new MemorySink(proved(person), {
        keep: false,
        onEntry: (count) => {
          if (count === 3_000) cancel.abort(reason);
        },
      });
      const read = world().system.read(context(cancel.signal), { keys: proved(person), want: 'content', sink });
      expect(await errorOf(read)).toBe(reason);
      expect(await eventually(() => world().isAtRest())).toBe(true);
      await readOn(sink);
    });

    it('a sink that fails leaves nothing running in the system either', async () => {
      const sink = new MemorySink(proved(person), {
        keep: false,
        onEntry: (count) => {
          if (count === 3_000) throw new HabeasError('storage-unreachable');
        },
      });
      const read = world().system.read(context(), { keys: proved(person), want: 'content', sink });
      expect(await errorOf(read)).toMatchObject({ code: 'storage-unreachable' });
      expect(await eventually(() => world().isAtRest())).toBe(true);
    });

    it('no error so far, and none of a look-up, says anything about the person', async () => {
      // A scan's `locate` asks the system nothing that could fail.
      if (fixture.locateCost !== 'scan') {
        await world().faults.cutAfter(500);
        const input = { identifiers: [asked('email', email)], accepted: [], rejected: [] };
        errors.push(await errorOf(world().impatient.locate(context(), input)));
        await world().faults.mend();
        await world().plant({ email: 'stranger@x.example', records: 0 });
        await world().faults.ignoresFilter();
        errors.push(await errorOf(find(world(), [asked('email', email)])));
      }
      expect(errors.length).toBeGreaterThanOrEqual(7);
      const words = [person.marker, email, 'vea-otsija', ...person.identifiers.map(({ value }) => value)];
      for (const error of errors) {
        const text = [
          inspect(error, { depth: 6 }),
          String(error),
          JSON.stringify(error),
          error instanceof Error ? error.stack : '',
        ].join('\n');
        for (const word of words) expect(text).not.toContain(word);
      }
    });
  });
}
