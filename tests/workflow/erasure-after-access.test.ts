/** Access and erasure in one request: nothing is erased before the person has what they asked for, and time to keep it. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { newId } from '../../src/ids.ts';
import { cancel } from '../../src/requests/index.ts';
import { ErasingSystem, rowsOf } from './erasing-system.ts';
import { ErasureWorld } from './erasure-world.ts';

describe('an erasure after access', () => {
  let at: ErasureWorld;
  beforeAll(async () => {
    at = await ErasureWorld.open('wf-both');
  });
  afterAll(() => at?.world.close());
  beforeEach(() => at.reset());

  const both = () => at.world.open({ rights: ['access', 'erasure'] });
  const count = (stage: string) => at.calls.filter((call) => call.endsWith(stage)).length;

  it('begins when everything was delivered, and asks and reads every system anew', async () => {
    const id = await both();
    const planned = await at.asked(id, 'plan-ready');
    expect(planned.packages.map(({ deliveredBy }) => deliveredBy)).toEqual(['email']);
    expect([count('locate'), count('read')]).toEqual([4, 4]);
    at.expectUntouched();
    await at.approve(id);
    const done = await at.completed(id);
    at.expectErased();
    expect(done.packages).toHaveLength(1);
  });

  it('waits until the person has had the time to keep it, and can be cancelled meanwhile', async () => {
    at.set({ downloadDays: 7 });
    const id = await both();
    await at.world.shows(id, ({ packages, state }) => packages[0]?.deliveredAt != null && state === 'planned');
    expect(count('read')).toBe(2);
    await cancel(at.world.deps, { requestId: id, reason: 'withdrawn', signedBy: at.officer });
    await at.world.shows(id, ({ state }) => state === 'cancelled');
    at.expectUntouched();
  });

  it('does not begin where the package is refused: nothing is erased', async () => {
    const { storage } = at.world.deps;
    const original = storage.uploadStream;
    storage.uploadStream = () => Promise.reject(Object.assign(new Error('refused'), { name: 'AccessDenied' }));
    try {
      const id = await both();
      const stuck = await at.world.shows(
        id,
        ({ state, waitsFor }) => state === 'needs_decision' && waitsFor === 'unresolved',
      );
      expect(stuck.packages).toEqual([]);
      expect(stuck.systems.map(({ state, stage }) => [state, stage])).toEqual([
        ['done', 'read'],
        ['done', 'read'],
      ]);
      at.expectUntouched();
      storage.uploadStream = original;
      await at.retry(id, null);
      await at.approve(id);
      await at.completed(id);
      at.expectErased();
    } finally {
      storage.uploadStream = original;
    }
  });
});

describe('an erasure while access is open', () => {
  it('of another request begins by itself when that was answered and the person has had the time to keep it', async () => {
    const at = await ErasureWorld.open('wf-access-open');
    at.reset();
    at.set({ downloadDays: 1 });
    const { deps, ledger } = at.world;
    const real = deps.now;
    const clock = (instant: string) => Object.assign(deps, { now: () => new Date(instant) });
    try {
      clock('2026-11-24T21:59:59.000Z');
      const access = await at.world.open({ identity: undefined });
      // Its workflow waits and is not told: it stays open.
      await at.world.shows(access, ({ state }) => state === 'identity');
      await ledger.asOwner(
        `update requests set identity = 'verified', identity_method = 'known-in-person', identity_at = created_at,
           contact_kind = 'email', contact_sealed = identifiers_sealed where id = $1`,
        [access],
      );
      const id = await at.erase();
      await at.approve(id);
      const waiting = await at.world.shows(id, ({ state }) => state === 'cooling_off');
      expect(waiting.linkedRequests).toContain(access);
      expect(waiting.erasure?.openAccess).toMatchObject([{ requestId: access, until: null }]);
      await cancel(deps, { requestId: id, reason: 'withdrawn', signedBy: at.officer });
      await at.world.shows(id, ({ state }) => state === 'cancelled');
      at.expectUntouched();
      await ledger.asOwner('update request_rights set answered_at = $2 where request_id = $1', [access, '2026-11-23']);
      await ledger.asOwner(
        `insert into packages (id, request_id, part, object_name, size_bytes, sha256, members, draft, created_at, delivered_at,
           delivered_by) values ($1, $2, 1, 'x', 1, repeat('0', 64), 1, true, $3, $3, 'email')`,
        [newId('package'), access, '2026-11-23T10:00:00.000Z'],
      );
      const again = await at.erase();
      await at.approve(again);
      const shown = await at.world.shows(again, ({ state }) => state === 'cooling_off');
      expect(shown.erasure?.openAccess).toMatchObject([{ requestId: access, until: '2026-11-25' }]);
      expect(shown.tasks.filter(({ closedAt }) => closedAt === null)).toEqual([]);
      clock('2026-11-24T22:00:00.000Z');
      // Planned with it, everything was kept: without it the plan is another, and approved again.
      await at.approve(again);
      await at.completed(again);
      at.expectErased();
    } finally {
      Object.assign(deps, { now: real });
      await at.world.close();
    }
  });
});

describe('an erasure of what goes by itself on its day', () => {
  it('ends when everything else is done, and waits for that day', async () => {
    const person = { id: 'anna', proofs: { email: 'anna.marker@example.ee' } };
    const balancing = { en: 'Single lines cannot be erased; all go after ninety days.' };
    const logs = new ErasingSystem({
      ...{ needs: ['email'], accounts: [person] },
      collections: [
        {
          ...{ collection: 'lines', description: { recordClass: 'server-log' }, rows: rowsOf('lines', 'anna', 3) },
          erase: { mode: 'expiry', days: 90, balancing },
        },
      ],
    });
    const at = await ErasureWorld.open('wf-expiry', logs);
    try {
      at.reset();
      const id = await at.erase();
      await at.approve(id);
      const waiting = await at.world.shows(id, ({ state }) => state === 'awaiting_expiry');
      expect(waiting.systems.map(({ state }) => state)).toEqual(['done', 'done']);
      expect(at.accounts.left('accounts')).toEqual(['berta']);
      expect(logs.left('lines')).toHaveLength(3);
      expect(at.calls).not.toContain('billing erase dependants');
    } finally {
      await at.world.close();
    }
  });
});
