/** Temporal is not the leak: what a mistake would send is refused on its way, on the real server. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mainQueue } from '../../src/temporal/names.ts';
import type { RunningWorker } from '../../src/temporal/run-worker.ts';
import { historyOf, historyText } from '../support/history.ts';
import { eventually } from '../support/servers.ts';
import { FakeSystem } from './fake-system.ts';
import { newWorld, type World } from './world.ts';

const marker = 'anna.marker@example.ee';
const anna = { id: 'acc-anna', proofs: { email: marker }, rows: 3 };

describe('a mistake that would send something of the person', () => {
  let world: World;
  let worker: RunningWorker;
  const accounts = new FakeSystem({ needs: ['email'], accounts: [anna] });
  const billing = new FakeSystem({ needs: ['email'], accounts: [] });
  let mistake: () => Promise<unknown> = async () => undefined;

  beforeAll(async () => {
    world = await newWorld('wf-refusing', { systems: { 'account-db': accounts, billing } });
    worker = await world.work({ system: { locate: () => mistake(), read: () => mistake() } });
  });
  afterAll(() => world.close());

  it.each([
    [
      'as a result',
      async () => ({ keys: 1, learnt: 1, kinds: [marker], openCandidates: 0, seq: 1, changed: true, tooMany: false }),
    ],
    ['as a word of a slug’s shape that nobody configured', async () => ({ kinds: ['annamarker'] })],
    ['as a name in a result', async () => ({ [marker]: 1 })],
    [
      'in an error',
      async () => {
        throw new Error(`no row for ${marker}`);
      },
    ],
  ])('parks the lane instead: %s', async (_name, made) => {
    mistake = made;
    const id = await world.open();
    const shown = await world.shows(id, ({ state }) => state === 'needs_decision');
    const codes = shown.systems.map((system) => system.code);
    expect(codes.every((code) => code === 'payload-refused' || code === 'internal')).toBe(true);
    const text = historyText(await historyOf(world.deps.config.temporal, id));
    expect(text).not.toContain('anna');
    expect(text).toMatch(/payload-refused|internal/);
  });

  it('is refused before anything is sent when a client starts or signals with it', async () => {
    const { client } = worker;
    const taskQueue = mainQueue(world.deps.config.temporal);
    const start = { workflowId: 'req_00000000000000000000000000', taskQueue, args: [{ requestId: marker }] };
    await expect(client.workflow.start('subjectRequest', start)).rejects.toMatchObject({ code: 'payload-refused' });
    await expect(client.workflow.getHandle(start.workflowId).describe()).rejects.toThrow();
  });
});

describe('what Temporal shows of a request', () => {
  let world: World;
  const accounts = new FakeSystem({ needs: ['email'], accounts: [anna] });
  const billing = new FakeSystem({ needs: ['email'], accounts: [] });
  beforeAll(async () => {
    world = await newWorld('wf-details', { systems: { 'account-db': accounts, billing } });
  });
  afterAll(() => world.close());

  it('is its lanes: system, state, stage, code and tries', async () => {
    const { client } = await world.work();
    billing.failing = 'system-credentials';
    const id = await world.open();
    await world.shows(id, ({ state }) => state === 'needs_decision');
    const details = await eventually(async () => {
      const shown: unknown = await client.workflow.getHandle(id).query('__temporal_workflow_metadata');
      const text = typeof shown === 'object' && shown !== null && 'currentDetails' in shown ? shown.currentDetails : '';
      return typeof text === 'string' && text.startsWith('needs_decision') && text;
    });
    expect(details.split('\n')).toEqual([
      'needs_decision',
      '- account-db: done, read',
      '- billing: parked, locate, system-credentials, 1',
    ]);
    // The user interface asks for stack traces too; there is nothing in them for it.
    expect(await client.workflow.getHandle(id).query('__stack_trace')).toBe('payload-refused');
  });
});
