/** Cases of one person are found by keyed hashes and linked, never merged; nothing of an address is stored. */
import { afterEach, describe, expect, it } from '@jest/globals';
import type { RequestId } from '../../src/ids.ts';
import { createRequest, findRequests, type NewRequest, showRequest } from '../../src/requests/index.ts';
import { learnLookups } from '../../src/requests/linked.ts';
import { newWorld, type World } from './world.ts';

describe('requests of one person', () => {
  let world: World;
  afterEach(() => world.close());

  const ask = (email: string, given: Partial<NewRequest> = {}) =>
    createRequest(world.deps, {
      ...{ rights: ['access'], channel: 'email', language: 'en', identifiers: { email: [email] } },
      ...given,
    });
  const verified = (email: string, given: Partial<NewRequest> = {}) =>
    ask(email, { identity: { method: 'known-in-person', contact: email }, by: world.people.agent, ...given });
  const found = async (email: string) =>
    (await findRequests(world.deps, { email: [email] })).map(({ id }) => id).sort();
  const linked = async (id: RequestId) => (await showRequest(world.deps, id)).linkedRequests;
  const end = (id: RequestId, state = 'cancelled') =>
    world.asOwner('update requests set state = $2 where id = $1', [id, state]);

  it('are found by an address however it is written, open or closed, across quarters, and nobody else is', async () => {
    world = await newWorld('linked-found');
    const first = await ask('Mari.Tamm@Example.ee');
    await end(first.requestId);
    world.setNow('2027-02-01T09:00:00.000Z');
    const second = await ask('mari.tamm@example.EE');
    await ask('mart.tamm@example.ee', { identifiers: { email: ['mart.tamm@example.ee'], name: 'Mari Tamm' } });
    expect(await found('MARI.TAMM@example.ee')).toEqual([first.requestId, second.requestId].sort());
    expect(await found('tamm@example.ee')).toEqual([]);
    expect(second.linkedRequests).toEqual([first.requestId]);
    expect(await linked(first.requestId)).toEqual([second.requestId]);
    const { rows } = await world.asOwner('select quarter, closed_at from hash_keys order by quarter');
    expect(rows).toEqual([
      { quarter: '2026-q4', closed_at: null },
      { quarter: '2027-q1', closed_at: null },
    ]);
  });

  it('leave no address in any row, and no hash that the ledger alone could be tried against', async () => {
    world = await newWorld('linked-sealed');
    const { requestId } = await ask('mari.tamm@example.ee');
    const tables = ['keyed_hashes', 'hash_keys', 'request_links', 'audit', 'requests', 'sealed_objects'];
    for (const table of tables) {
      const { rows } = await world.asOwner(`select t::text as text from ${table} t`);
      for (const { text } of rows) expect(text).not.toMatch(/mari\.tamm/i);
    }
    const { rows } = await world.asOwner('select id from hash_keys');
    await world.deps.keys.destroy(rows[0]?.id);
    expect(await found('mari.tamm@example.ee')).toEqual([]);
    expect((await showRequest(world.deps, requestId)).id).toBe(requestId);
  });

  it('that arrive at the same moment see each other', async () => {
    world = await newWorld('linked-race');
    const made = await Promise.all(Array.from({ length: 6 }, () => ask('mari.tamm@example.ee')));
    for (const { requestId } of made) {
      const others = made.map((one) => one.requestId).filter((id) => id !== requestId);
      expect([...(await linked(requestId))].sort()).toEqual(others.sort());
    }
    const { rows } = await world.asOwner('select count(*)::int as n from hash_keys');
    expect(rows).toEqual([{ n: 1 }]);
  });

  it('are linked by what is learnt as well, but not by what is another’s too or no longer theirs', async () => {
    world = await newWorld('linked-learnt');
    const byId = await ask('', { identifiers: { userId: '501' } });
    const byMail = await ask('mari.tamm@example.ee');
    const learn = (given: object) =>
      learnLookups(world.deps, byId.requestId, [
        { kind: 'email', value: 'mari.tamm@example.ee', source: 'account-db', ...given },
      ]);
    await learn({ to: '2026-01-01' });
    await learn({ exclusivity: 'shared' });
    expect(await linked(byId.requestId)).toEqual([]);
    await learn({});
    await learn({});
    expect(await linked(byId.requestId)).toEqual([byMail.requestId]);
    expect(await linked(byMail.requestId)).toEqual([byId.requestId]);
    expect(await found('mari.tamm@example.ee')).toEqual([byId.requestId, byMail.requestId].sort());
  });

  it('that ask the same are due as the earliest of them, and stay requests of their own', async () => {
    world = await newWorld('linked-clock', { erases: true });
    const first = await verified('mari.tamm@example.ee', { receivedOn: '2026-11-02' });
    const again = await ask('mari.tamm@example.ee', { receivedOn: '2026-11-20' });
    expect(again).toMatchObject({ receivedOn: '2026-11-20', clockFrom: '2026-11-02', dueOn: first.dueOn });
    const third = await ask('mari.tamm@example.ee');
    expect(third.clockFrom).toBe('2026-11-02');
    const shown = await showRequest(world.deps, third.requestId);
    expect(shown).toMatchObject({ receivedOn: '2026-11-23', clock: { from: '2026-11-02', workToOn: first.dueOn } });
    // Another right is another request; one that has ended governs nothing.
    expect((await ask('mari.tamm@example.ee', { rights: ['erasure'] })).clockFrom).toBeNull();
    for (const { requestId } of [first, again, third]) await end(requestId);
    const fresh = await ask('mari.tamm@example.ee');
    expect(fresh.clockFrom).toBeNull();
    expect(fresh.linkedRequests).toHaveLength(4);
  });

  it('are taken in also while the quarter turns, and found by the next', async () => {
    world = await newWorld('linked-turn');
    const ticks = ['2026-12-31T23:59:59.999Z'];
    const now = () => new Date(ticks.shift() ?? '2027-01-01T00:00:00.000Z');
    const given = { rights: ['access'], channel: 'email', language: 'en', identifiers: { email: ['a@example.ee'] } };
    const { requestId } = await createRequest({ ...world.deps, now }, given as NewRequest);
    expect((await ask('a@example.ee')).linkedRequests).toEqual([requestId]);
  });

  it('are due by their own receipt where only a stranger asked before: one whose identity nobody has verified', async () => {
    world = await newWorld('linked-stranger');
    const stranger = await ask('mari.tamm@example.ee', { receivedOn: '2026-11-02' });
    const own = await ask('mari.tamm@example.ee', { receivedOn: '2026-11-20' });
    expect(own).toMatchObject({ linkedRequests: [stranger.requestId], clockFrom: null });
  });
});
