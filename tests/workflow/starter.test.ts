/** Who is woken when, and what a run hands the next one. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from '@temporalio/client';
import { cancel } from '../../src/requests/index.ts';
import { dataConverter } from '../../src/security/codec.ts';
import { connectClient } from '../../src/temporal/connect.ts';
import { mainQueue } from '../../src/temporal/names.ts';
import { slugsOf } from '../../src/temporal/run-worker.ts';
import type { Carried } from '../../workflows/begin-run.ts';
import type { Lane } from '../../workflows/lanes.ts';
import { historyJson, historyOf } from '../support/history.ts';
import { eventually } from '../support/servers.ts';
import { FakeSystem } from './fake-system.ts';
import { newWorld, type World } from './world.ts';

const anna = { id: 'acc-anna', proofs: { email: 'anna.marker@example.ee' }, rows: 3 };

describe('the starter', () => {
  let world: World;
  const accounts = new FakeSystem({ needs: ['email'], accounts: [anna] });
  beforeAll(async () => {
    world = await newWorld('wf-starter', { systems: { 'account-db': accounts }, activeRequests: 1 });
    await world.work();
  });
  afterAll(() => world.close());

  it('holds new work back while the worker is full, but never a cancellation', async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    accounts.gate = (stage) => (stage === 'read' ? held : Promise.resolve());
    const first = await world.open();
    await world.shows(first, ({ state }) => state === 'reading');
    const second = await world.open();
    const third = await world.open();
    const { officer } = world.ledger.people;
    await cancel(world.deps, { requestId: third, reason: 'withdrawn at once', signedBy: officer });
    await world.shows(third, ({ state }) => state === 'cancelled');
    expect((await world.shows(second, () => true)).state).toBe('received');
    release();
    await world.shows(first, ({ state }) => state === 'completed');
    await world.shows(second, ({ state }) => state === 'completed');
  });
});

describe('a run that goes on from another', () => {
  let world: World;
  const accounts = new FakeSystem({ needs: ['email'], accounts: [anna] });
  beforeAll(async () => {
    world = await newWorld('wf-carried', { systems: { 'account-db': accounts } });
  });
  afterAll(() => world.close());

  it('knows the lanes, numbers and rounds it was handed', async () => {
    const id = await world.open();
    const { temporal } = world.deps.config;
    const connection = await connectClient(temporal);
    const client = new Client({ connection, dataConverter: dataConverter(slugsOf(world.deps)) });
    const lane: Lane = {
      systemId: world.ledger.systemIds.accountDb,
      configured: true,
      cost: 'lookup',
      needs: ['email'],
      state: 'idle',
      stage: 'locate',
      code: null,
      attempts: 0,
      ask: true,
      asked: 3,
      openCandidates: 0,
      openMasks: 0,
      candidatesAsOf: 0,
      round: 0,
      isRead: false,
      stale: false,
      byHand: false,
      manual: [],
      rank: 1,
      hasSubjectRow: false,
      erasing: null,
      act: null,
      anew: false,
    };
    const carried: Carried = { seq: 0, workflowSeq: 40, asked: 5, isOverrun: false, parts: 0, lanes: [lane] };
    await client.workflow.start('subjectRequest', {
      workflowId: id,
      taskQueue: mainQueue(temporal),
      args: [{ requestId: id, carried }],
    });
    await connection.close();
    await world.work();
    await world.shows(id, ({ state }) => state === 'completed');
    const text = await eventually(async () => historyJson(await historyOf(temporal, id)));
    const inputs = [...text.matchAll(/data\\?":\s*\\?"([A-Za-z0-9+/=]+)/g)].map(([, data]) =>
      Buffer.from(data ?? '', 'base64').toString('utf8'),
    );
    // Its fourth question, under a number above those of the run before.
    const asked = inputs.find((one) => one.includes('"round":4'));
    expect(asked).toMatch(/"workflowSeq":4\d/);
  });
});
