/**
 * What is finished goes out before the rest: offered on the internal target, sent on an officer's word, once, while the
 * other systems go on; and the end is one request with every reading in one package.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Deps } from '../../src/deps.ts';
import type { RequestId } from '../../src/ids.ts';
import { expirePackages } from '../../src/package/expire.ts';
import { answer, cancel, delivered, retry, showTask } from '../../src/requests/index.ts';
import { offerParts } from '../../src/requests/offers.ts';
import { sendPart } from '../../src/requests/send-part.ts';
import { FakeSystem } from './fake-system.ts';
import { newWorld, type Shown, type World } from './world.ts';

const anna = { id: 'acc-anna', proofs: { email: 'anna.marker@example.ee' }, rows: 3 };
const annaBilling = { id: 'bill-anna', proofs: { email: 'anna.marker@example.ee' }, rows: 2 };

describe('a part', () => {
  let world: World;
  const accounts = new FakeSystem({ needs: ['email'], gives: [], accounts: [anna] });
  const billing = new FakeSystem({ needs: ['email'], accounts: [annaBilling] });

  beforeAll(async () => {
    world = await newWorld('wf-parts', { systems: { 'account-db': accounts, billing } });
    await world.work();
  });
  afterAll(() => world.close());
  beforeEach(() => {
    accounts.failing = undefined;
    billing.failing = 'system-credentials';
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  const officer = () => world.ledger.people.officer;
  const send = (requestId: RequestId) => sendPart(world.deps, { requestId, signedBy: officer() });
  const lane = (shown: Shown, id: string) => shown.systems.find((system) => system.id === id)?.state;
  const parts = (shown: Shown) =>
    shown.packages.map(({ part, systems, moreFollows, deliveredBy }) => ({ part, systems, moreFollows, deliveredBy }));

  /** A request whose accounts are read and whose billing is parked. */
  async function half(more: Parameters<World['open']>[0] = {}): Promise<RequestId> {
    const id = await world.open(more);
    await world.shows(id, (shown) => lane(shown, 'account-db') === 'done' && lane(shown, 'billing') === 'parked');
    return id;
  }

  async function repair(requestId: RequestId): Promise<void> {
    billing.failing = undefined;
    await retry(world.deps, { requestId, systemId: world.ledger.systemIds.billing, signedBy: officer() });
  }

  /** Holds the next upload of a package until it is let go. */
  function holdUpload(): { readonly begun: Promise<void>; readonly letGo: () => void } {
    const { storage } = world.deps;
    const original = storage.uploadStream;
    let letGo = () => {};
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const begun = new Promise<void>((resolve) => {
      jest.spyOn(storage, 'uploadStream').mockImplementationOnce(async (...asked) => {
        resolve();
        await held;
        return original(...asked);
      });
    });
    return { begun, letGo };
  }

  it('goes out while a system is down, keeps the request open, and the rest completes it', async () => {
    const id = await half();
    const decided = await send(id);
    expect(decided).toMatchObject({ taskId: null, holds: ['account-db'], missing: ['billing'], sentBefore: [] });
    const open = await world.shows(
      id,
      ({ packages, state }) => packages[0]?.deliveredAt != null && state === 'needs_decision',
    );
    expect(parts(open)).toEqual([{ part: 1, systems: ['account-db'], moreFollows: true, deliveredBy: 'email' }]);
    expect(open.rights).toMatchObject([{ answeredAt: null }]);
    await expect(send(id)).rejects.toMatchObject({ code: 'nothing-finished' });

    await repair(id);
    const done = await world.shows(id, ({ state }) => state === 'completed');
    expect(parts(done)).toEqual([
      { part: 1, systems: ['account-db'], moreFollows: true, deliveredBy: 'email' },
      { part: 2, systems: ['billing'], moreFollows: false, deliveredBy: 'email' },
    ]);
    expect(done.systems.map(({ found, exported, pending }) => [found, exported, pending])).toEqual([
      [3, 3, 0],
      [2, 2, 0],
    ]);
    expect(done.rights).toMatchObject([{ answeredAt: null }]);
    expect(done.decisions.map(({ kind, effect }) => [kind, effect])).toContainEqual(['send-part', 'applied']);
    await expect(send(id)).rejects.toMatchObject({ code: 'state-final' });
  });

  it('is not sent while nothing is done, before the identity is verified, or by anybody but an officer', async () => {
    accounts.failing = 'system-credentials';
    const id = await world.open();
    await world.shows(id, (shown) => lane(shown, 'account-db') === 'parked' && lane(shown, 'billing') === 'parked');
    await expect(send(id)).rejects.toMatchObject({ code: 'nothing-finished' });
    for (const [person, code] of [
      ['agent', 'person-role'],
      ['stranger', 'person-unknown'],
    ] as const)
      await expect(
        sendPart(world.deps, { requestId: id, signedBy: world.ledger.people[person] }),
      ).rejects.toMatchObject({ code });
    const unverified = await world.open({ identity: undefined });
    await expect(send(unverified)).rejects.toMatchObject({ code: 'identity-unverified' });
    for (const requestId of [id, unverified]) {
      const { decisions } = await world.shows(requestId, () => true);
      expect(decisions.filter(({ kind }) => kind === 'send-part')).toEqual([]);
      await cancel(world.deps, { requestId, signedBy: officer() });
    }
  });

  it('asked for twice at once is one package', async () => {
    const id = await half();
    const { begun, letGo } = holdUpload();
    await send(id);
    await begun;
    // The ledger knows nothing of the first yet.
    await send(id);
    await world.shows(id, ({ seq, workflowReadUpTo }) => workflowReadUpTo === seq);
    letGo();
    await world.shows(id, ({ packages }) => packages[0]?.deliveredAt != null);
    await repair(id);
    const done = await world.shows(id, ({ state }) => state === 'completed');
    expect(parts(done).map(({ part, systems }) => [part, systems])).toEqual([
      [1, ['account-db']],
      [2, ['billing']],
    ]);
  });

  it('being built does not wait for a system that is mended meanwhile: what that one has follows', async () => {
    const id = await half();
    const { begun, letGo } = holdUpload();
    await send(id);
    await begun;
    await repair(id);
    await world.shows(id, (shown) => lane(shown, 'billing') === 'done');
    await expect(send(id)).rejects.toMatchObject({ code: 'package-follows' });
    letGo();
    const done = await world.shows(id, ({ state }) => state === 'completed');
    expect(parts(done)).toMatchObject([
      { part: 1, systems: ['account-db'], moreFollows: true },
      { part: 2, systems: ['billing'], moreFollows: false },
    ]);
  });

  it('that comes so late that everything is done by then is the whole package, and the only one', async () => {
    const id = await half();
    // Four small packages are built side by side: those of four whole requests stand in the way.
    billing.failing = undefined;
    const uploads = [holdUpload(), holdUpload(), holdUpload(), holdUpload()];
    const others = await Promise.all(uploads.map(() => world.open()));
    await Promise.all(uploads.map(({ begun }) => begun));
    await send(id);
    await world.shows(id, ({ decisions }) => decisions.some((one) => one.effect === 'applied'));
    await repair(id);
    await world.shows(id, (shown) => lane(shown, 'billing') === 'done');
    for (const { letGo } of uploads) letGo();
    const done = await world.shows(id, ({ state }) => state === 'completed');
    expect(parts(done)).toEqual([
      { part: 1, systems: ['account-db', 'billing'], moreFollows: false, deliveredBy: 'email' },
    ]);
    for (const other of others) await world.shows(other, ({ state }) => state === 'completed');
  });

  it('to be posted holds up no system; each package waits for its own hand-over, and the request for the last', async () => {
    const id = await half({ identity: { method: 'known-in-person', contact: 'Rüütli 1, 51007 Tartu' } });
    await send(id);
    await world.shows(id, ({ tasks }) => tasks.some((task) => task.kind === 'manual' && task.closedAt === null));
    const post = () => delivered(world.deps, { requestId: id, method: 'post', signedBy: officer() });
    const { begun, letGo } = holdUpload();
    await repair(id);
    await begun;
    // The first is handed over while the second is being built: that word is not of the second.
    await post();
    await world.shows(id, ({ seq, workflowReadUpTo }) => workflowReadUpTo === seq);
    letGo();
    const waiting = await world.shows(
      id,
      ({ tasks, packages }) => packages.length === 2 && tasks.filter((task) => task.closedAt === null).length === 1,
    );
    expect(parts(waiting).map(({ deliveredBy }) => deliveredBy)).toEqual(['post', null]);
    expect(waiting.state).not.toBe('completed');
    await post();
    const done = await world.shows(id, ({ state }) => state === 'completed');
    expect(parts(done).map(({ deliveredBy }) => deliveredBy)).toEqual(['post', 'post']);
  });

  it('that comes into being while a hand-over is being told is not among what was handed over', async () => {
    const id = await half({ identity: { method: 'known-in-person', contact: 'Rüütli 1, 51007 Tartu' } });
    await send(id);
    const asks = ({ tasks }: Shown) => tasks.some((task) => task.kind === 'manual' && task.closedAt === null);
    await world.shows(id, asks);
    const { deps } = world;
    const handed = { requestId: id, method: 'post', signedBy: officer() } as const;
    // The person has signed; before it is stored the second package is there.
    const seal = deps.keys.use;
    jest.spyOn(deps.keys, 'use').mockImplementationOnce(async (keyId) => {
      await repair(id);
      await world.shows(id, ({ packages, state }) => packages.length === 2 && state === 'needs_decision');
      return seal.call(deps.keys, keyId);
    });
    await delivered(deps, { ...handed, reason: 'to the post office' });
    const told = await world.shows(id, (shown) => shown.seq === shown.workflowReadUpTo && asks(shown));
    expect(parts(told).map(({ deliveredBy }) => deliveredBy)).toEqual(['post', null]);
    await delivered(deps, handed);
    const done = await world.shows(id, ({ state }) => state === 'completed');
    expect(parts(done).map(({ deliveredBy }) => deliveredBy)).toEqual(['post', 'post']);
  });

  it('to be posted may be handed over together with the next', async () => {
    const id = await half({ identity: { method: 'known-in-person', contact: 'Rüütli 1, 51007 Tartu' } });
    await send(id);
    await world.shows(id, ({ tasks }) => tasks.some((task) => task.kind === 'manual' && task.closedAt === null));
    await repair(id);
    await world.shows(id, ({ packages, state }) => packages.length === 2 && state === 'needs_decision');
    await delivered(world.deps, { requestId: id, method: 'in-person', signedBy: officer() });
    const done = await world.shows(id, ({ state }) => state === 'completed');
    expect(parts(done).map(({ deliveredBy }) => deliveredBy)).toEqual(['in-person', 'in-person']);
    expect(done.tasks.filter(({ kind }) => kind === 'manual')).toHaveLength(1);
  });

  it('that waits to be posted is erased where the request is cancelled', async () => {
    const id = await half({ identity: { method: 'known-in-person', contact: 'Rüütli 1, 51007 Tartu' } });
    await send(id);
    await world.shows(id, ({ packages }) => packages.length === 1);
    await cancel(world.deps, { requestId: id, signedBy: officer() });
    await world.shows(id, ({ state }) => state === 'cancelled');
    await expirePackages(world.deps);
    const names: string[] = [];
    for await (const { name } of world.deps.storage.list(world.bucket, `packages/${id}/`)) names.push(name);
    expect(names).toEqual([]);
    const [erased] = (await world.shows(id, () => true)).packages;
    expect(erased).toMatchObject({ deliveredAt: null, deletedAt: expect.any(String) });
  });

  describe('is offered', () => {
    /** Looks as a worker would on a day. */
    const look = (day: string) => offerParts({ ...world.deps, now: () => new Date(`${day}T12:00:00Z`) } satisfies Deps);
    const offers = async (id: RequestId) =>
      (await world.shows(id, () => true)).tasks.filter(({ kind }) => kind === 'approval');
    const dayBefore = (day: string) => new Date(Date.parse(`${day}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10);

    it('on the internal target and not before, once, to an officer, who sees what is finished and what is not', async () => {
      const id = await half();
      const { clock } = await world.shows(id, () => true);
      await look(dayBefore(clock.internalTargetOn));
      expect(await offers(id)).toEqual([]);
      // Several workers look at the same time.
      await Promise.all([look(clock.internalTargetOn), look(clock.internalTargetOn)]);
      await look(clock.internalTargetOn);
      const [offer, ...more] = await offers(id);
      expect(more).toEqual([]);
      expect(offer).toMatchObject({
        role: 'officer',
        code: 'part-ready',
        dueOn: clock.workToOn,
        allowedAnswers: ['send-part', 'wait'],
        ifUnanswered: 'part-not-sent',
      });
      if (offer === undefined) throw new Error('no offer');
      expect((await showTask(world.deps, offer.id)).nextPart).toEqual({
        holds: ['account-db'],
        missing: ['billing'],
        sentBefore: [],
      });
      // The command answers it.
      expect(await send(id)).toMatchObject({ taskId: offer.id, holds: ['account-db'] });
      await world.shows(id, ({ packages }) => packages[0]?.deliveredAt != null);
      await look(clock.workToOn);
      expect(await offers(id)).toMatchObject([{ answer: 'send-part' }]);
      await repair(id);
      await world.shows(id, ({ state }) => state === 'completed');
    });

    it('and may be answered like any task; who waits is not asked again about the same systems', async () => {
      const id = await half();
      const { clock } = await world.shows(id, () => true);
      await look(clock.internalTargetOn);
      const [offer] = await offers(id);
      if (offer === undefined) throw new Error('no offer');
      const { deps } = world;
      await answer(deps, { taskId: offer.id, answer: 'wait', reason: 'back on Monday', signedBy: officer() });
      await look(clock.workToOn);
      expect(await offers(id)).toMatchObject([{ answer: 'wait' }]);
      const shown = await world.shows(id, ({ seq, workflowReadUpTo }) => seq === workflowReadUpTo);
      expect(shown.packages).toEqual([]);
      await repair(id);
      await world.shows(id, ({ state }) => state === 'completed');
    });

    it('and is taken back where every system has answered: the package goes by itself', async () => {
      const id = await half();
      const { clock } = await world.shows(id, () => true);
      await look(clock.internalTargetOn);
      const [offer] = await offers(id);
      if (offer === undefined) throw new Error('no offer');
      const { begun, letGo } = holdUpload();
      await repair(id);
      await begun;
      const given = { taskId: offer.id, answer: 'send-part', signedBy: officer() };
      await expect(answer(world.deps, given)).rejects.toMatchObject({ code: 'package-follows' });
      await look(clock.internalTargetOn);
      expect(await offers(id)).toMatchObject([{ answer: 'closed' }]);
      letGo();
      await world.shows(id, ({ state }) => state === 'completed');
    });

    it('anew where it was taken back and there is something to send again, unless somebody had answered it', async () => {
      const id = await half();
      const { clock } = await world.shows(id, () => true);
      const where = "where request_id = $1 and system_id = 'billing'";
      const setLane = (state: string) => world.ledger.asOwner(`update lanes set state = '${state}' ${where}`, [id]);
      await look(clock.internalTargetOn);
      const [offer] = await offers(id);
      if (offer === undefined) throw new Error('no offer');
      // As where a system answers and is asked again because of what another has taught.
      await world.ledger.asOwner(
        "insert into rounds (request_id, system_id, round, started_at, finished_at) values ($1, 'billing', 1, now(), now())",
        [id],
      );
      await setLane('done');
      await look(clock.internalTargetOn);
      expect(await offers(id)).toMatchObject([{ answer: 'closed' }]);
      await setLane('parked');
      await look(clock.internalTargetOn);
      await look(clock.internalTargetOn);
      expect(await offers(id)).toMatchObject([{ id: offer.id, answer: null }]);
      await answer(world.deps, { taskId: offer.id, answer: 'wait', reason: 'Monday', signedBy: officer() });
      await look(clock.internalTargetOn);
      expect(await offers(id)).toMatchObject([{ answer: 'wait' }]);
      await cancel(world.deps, { requestId: id, signedBy: officer() });
    });

    it('to nobody while the identity is not verified or nothing is done, and closed with the request', async () => {
      const unverified = await world.open({ identity: undefined });
      accounts.failing = 'system-credentials';
      const nothing = await world.open();
      await world.shows(
        nothing,
        (shown) => lane(shown, 'billing') === 'parked' && lane(shown, 'account-db') === 'parked',
      );
      accounts.failing = undefined;
      const open = await half();
      const { clock } = await world.shows(open, () => true);
      await look(clock.workToOn);
      expect(await offers(unverified)).toEqual([]);
      expect(await offers(nothing)).toEqual([]);
      expect(await offers(open)).toMatchObject([{ closedAt: null }]);
      for (const requestId of [unverified, nothing, open]) await cancel(world.deps, { requestId, signedBy: officer() });
      await world.shows(open, ({ state }) => state === 'cancelled');
      expect(await offers(open)).toMatchObject([{ answer: 'closed' }]);
    });
  });
});

describe('a hand-over that was told before the next package was built, and heard after', () => {
  let world: World;
  const accounts = new FakeSystem({ needs: ['email'], gives: [], accounts: [anna] });
  const billing = new FakeSystem({ needs: ['email'], accounts: [annaBilling] });
  beforeAll(async () => {
    world = await newWorld('wf-handover', { systems: { 'account-db': accounts, billing } });
  });
  afterAll(() => world.close());

  it('is not taken for the next one’s', async () => {
    const { officer } = world.ledger.people;
    const { storage } = world.deps;
    const worker = await world.work();
    billing.failing = 'system-credentials';
    const id = await world.open({ identity: { method: 'known-in-person', contact: 'Rüütli 1, 51007 Tartu' } });
    await world.shows(id, ({ systems }) => systems.map(({ state }) => state).join() === 'done,parked');
    await sendPart(world.deps, { requestId: id, signedBy: officer });
    const waitsForPost = (shown: Shown) => shown.tasks.some((task) => task.kind === 'manual' && task.closedAt === null);
    await world.shows(id, waitsForPost);
    const post = () => delivered(world.deps, { requestId: id, method: 'post', signedBy: officer });

    const original = storage.uploadStream;
    const told = jest.spyOn(storage, 'uploadStream').mockImplementationOnce(async (...asked) => {
      // Nobody wakes the workflow from here on; what it is told it hears only when the next worker is up.
      await worker.starter.stop();
      await post();
      return original(...asked);
    });
    billing.failing = undefined;
    await retry(world.deps, { requestId: id, systemId: world.ledger.systemIds.billing, signedBy: officer });
    const second = await world.shows(id, (shown) => shown.packages.length === 2 && waitsForPost(shown));
    expect(second.packages.map(({ deliveredBy }) => deliveredBy)).toEqual(['post', null]);
    told.mockRestore();
    await worker.shutdown();
    await world.work();
    await world.shows(id, ({ seq, workflowReadUpTo }) => workflowReadUpTo === seq);

    await world.shows(id, waitsForPost);
    await post();
    const done = await world.shows(id, ({ state }) => state === 'completed');
    expect(done.packages.map(({ deliveredBy }) => deliveredBy)).toEqual(['post', 'post']);
  });
});
