/** A system that fails everybody is stopped by itself; when a person resumes it, the request due first is called first. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { CallContext, LocateInput, LocateResult } from '../../connectors/contract.ts';
import { HabeasError } from '../../src/errors.ts';
import { listSystems, pauseSystem, resumeSystem, retry, showRequest } from '../../src/requests/index.ts';
import { eventually } from '../support/servers.ts';
import { FakeSystem } from './fake-system.ts';
import { newWorld, type World } from './world.ts';

const address = (no: number): string => `person.${no}.marker@example.ee`;
const many = 12;

/** Remembers whom it was asked about, in order. */
class RecordingSystem extends FakeSystem {
  readonly asked: string[] = [];

  override async locate(context: CallContext, input: LocateInput): Promise<LocateResult> {
    this.asked.push(...input.identifiers.filter(({ kind }) => kind === 'email').map(({ value }) => value));
    return super.locate(context, input);
  }
}

describe('a system that fails everybody', () => {
  let world: World;
  const accounts = new RecordingSystem({
    needs: ['email'],
    accounts: Array.from({ length: many }, (_, no) => ({ id: `acc-${no}`, proofs: { email: address(no) }, rows: 1 })),
  });
  beforeAll(async () => {
    // One at a time, so that the order of the calls is the order in which requests were let in.
    world = await newWorld('wf-incidents', { systems: { 'account-db': accounts }, attempts: 1, activeRequests: 1 });
    await world.work();
  });
  afterAll(() => world?.close());

  it('is not called any more after three requests, and calls come in the order of due dates when it is resumed', async () => {
    const systemId = world.ledger.systemIds.accountDb;
    const { officer, engineer } = world.ledger.people;
    accounts.failing = 'system-unreachable';
    // The first three stop it and are due last, as theirs is the only wake that a decision of their own must bring; the
    // others are opened in another order than they are due.
    const days = Array.from({ length: many }, (_, no) => (no < 3 ? 1 : 4 + ((no * 5) % (many - 3)) * 2));
    const open = (no: number) =>
      world.open({
        identifiers: { email: [address(no)] },
        identity: { method: 'known-in-person', contact: address(no) },
        receivedOn: new Date(Date.now() - (days[no] ?? 0) * 86_400_000).toISOString().slice(0, 10),
      });
    const ids = [];
    for (let no = 0; no < many; no++) {
      const id = await open(no);
      ids.push(id);
      if (no < 3) await world.shows(id, (shown) => shown.systems[0]?.state === 'parked');
    }
    for (const id of ids)
      await world.shows(id, ({ state, systems }) => state === 'needs_decision' && systems[0]?.task !== null);
    expect(accounts.asked).toEqual([0, 1, 2].map(address));
    expect(await listSystems(world.deps)).toMatchObject([
      { state: 'stopped', cause: 'system-unreachable', incident: { by: 'breaker' }, requestsAffected: many },
    ]);
    const [first] = ids;
    if (first === undefined) throw new Error('nothing was opened');
    await expect(retry(world.deps, { requestId: first, systemId, signedBy: officer })).rejects.toMatchObject({
      code: 'system-tripped',
    });

    accounts.failing = undefined;
    accounts.asked.length = 0;
    expect(await resumeSystem(world.deps, { systemId, signedBy: engineer })).toMatchObject({ requests: many });
    for (const id of ids) await world.shows(id, ({ state }) => state === 'completed');
    // Days that end on a weekend fall on one Monday: among those any may come first.
    const dueOf = new Map<string, string>();
    for (const [no, id] of ids.entries()) {
      const { clock } = await showRequest(world.deps, id);
      dueOf.set(address(no), clock.workToOn);
    }
    const called = accounts.asked.map((one) => dueOf.get(one));
    expect(called).toEqual([...called].sort());
    expect(new Set(accounts.asked).size).toBe(many);
  });
});

describe('a system that is scanned and fails every reading', () => {
  let world: World;
  const emails = [0, 1, 2].map(address);
  const logs = new FakeSystem({
    needs: ['email'],
    cost: 'scan',
    accounts: emails.map((email, no) => ({ id: `line-${no}`, proofs: { email }, rows: 1 })),
  });
  beforeAll(async () => {
    world = await newWorld('wf-scan-incidents', { systems: { 'account-db': logs }, attempts: 1 });
    await world.work();
  });
  afterAll(() => world?.close());

  it('is stopped although it always says by what it would search: that is no answer of the system', async () => {
    logs.gate = async (stage) => {
      if (stage === 'read') throw new HabeasError('system-unreachable', { where: 'fake.bucket' });
    };
    for (const email of emails) {
      const id = await world.open({
        identifiers: { email: [email] },
        identity: { method: 'known-in-person', contact: email },
      });
      await world.shows(id, ({ systems }) => systems[0]?.state === 'parked');
    }
    expect(await listSystems(world.deps)).toMatchObject([
      { state: 'stopped', cause: 'system-unreachable', incident: { by: 'breaker' }, requestsAffected: 3 },
    ]);
  });
});

describe('a system that is stopped while it is read', () => {
  let world: World;
  const email = address(0);
  const logs = new FakeSystem({
    needs: ['email'],
    cost: 'scan',
    accounts: [{ id: 'line-0', proofs: { email }, rows: 1 }],
  });
  beforeAll(async () => {
    world = await newWorld('wf-scan-stopped', { systems: { 'account-db': logs }, attempts: 1 });
    await world.work();
  });
  afterAll(() => world?.close());

  it('is left also by a scan that has found nothing yet, and is read when it is resumed', async () => {
    const systemId = world.ledger.systemIds.accountDb;
    const { engineer } = world.ledger.people;
    const seen: string[] = [];
    logs.gate = async (stage, { signal }) => {
      if (stage !== 'read') return;
      seen.push('begun');
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      seen.push('left');
    };
    const id = await world.open({
      identifiers: { email: [email] },
      identity: { method: 'known-in-person', contact: email },
    });
    await eventually(() => seen.length > 0);
    await pauseSystem(world.deps, { systemId, reason: 'moves', signedBy: engineer });
    await world.shows(id, ({ systems: [lane] }) => lane?.state === 'parked' && lane.code === 'system-paused');
    expect(seen).toEqual(['begun', 'left']);
    logs.gate = undefined;
    await resumeSystem(world.deps, { systemId, signedBy: engineer });
    await world.shows(id, ({ state }) => state === 'completed');
  });
});
