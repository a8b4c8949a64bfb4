// Records the histories that replay.test.ts replays, each from a whole run on the real servers. Run it when a workflow
// changes on purpose, and say so in the CHANGELOG:
//   NODE_OPTIONS=--experimental-vm-modules npx jest --testMatch '**/tests/replay/record.ts'
import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, it } from '@jest/globals';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { HabeasError } from '../../src/errors.ts';
import type { RequestId } from '../../src/ids.ts';
import {
  answer,
  approveClaim,
  approvePlan,
  cancel,
  decideIdentity,
  delivered,
  doneByHand,
  leaveUnresolved,
  listClaims,
  retry,
} from '../../src/requests/index.ts';
import { sendPart } from '../../src/requests/send-part.ts';
import { fromRoot } from '../../src/root.ts';
import { sweepScheduleId } from '../../src/temporal/names.ts';
import { invoiceFacts } from '../stages/sweeping-desk.ts';
import { historyOf } from '../support/history.ts';
import { eventually } from '../support/servers.ts';
import { ErasingSystem, rowOf, rowsOf } from '../workflow/erasing-system.ts';
import { erasurePolicy, financialYears, isParked, openTask } from '../workflow/erasure-world.ts';
import { FakeSystem } from '../workflow/fake-system.ts';
import { newWorld, type World } from '../workflow/world.ts';
import { markers } from './markers.ts';

const anna = { id: markers.account, proofs: { email: markers.email }, teaches: { user_id: markers.userId }, rows: 3 };
const billed = { id: markers.billing, proofs: { user_id: markers.userId }, rows: 2 };
const other = {
  id: markers.candidate,
  proofs: { email: 'x@example.ee' },
  hints: { email: markers.sharedEmail },
  rows: 2,
};

/** Once the workflow itself has ended. */
async function keepOf(world: World, name: string, id: string): Promise<void> {
  const history = await eventually(async () => {
    const found = await historyOf(world.deps.config.temporal, id);
    return found.events?.at(-1)?.workflowExecutionCompletedEventAttributes != null && found;
  });
  const pretty = JSON.stringify(JSON.parse(historyToJSON(history)), null, 1);
  await writeFile(fromRoot('tests', 'replay', 'histories', `${name}.json`), `${pretty}\n`);
}

describe('recording', () => {
  let world: World;
  const accounts = new FakeSystem({ needs: ['email', 'user_id'], gives: ['user_id'], accounts: [anna, other] });
  const billing = new FakeSystem({ needs: ['user_id'], accounts: [billed] });

  beforeAll(async () => {
    world = await newWorld('wf-record', { systems: { 'account-db': accounts, billing } });
    await world.work();
  });
  afterAll(() => world.close());
  beforeEach(() => {
    billing.failing = undefined;
    billing.gate = undefined;
  });

  const open = (more: Parameters<World['open']>[0] = {}) =>
    world.open({
      identifiers: { email: [markers.email] },
      identity: { method: 'known-in-person', contact: markers.email },
      ...more,
    });

  const keep = (name: string, id: RequestId) => keepOf(world, name, id);

  it('completed', async () => {
    const id = await open();
    await world.shows(id, ({ state }) => state === 'completed');
    await keep('completed', id);
  });

  it('identity first, then delivered by post', async () => {
    const { agent } = world.ledger.people;
    const id = await open({ identity: undefined });
    await world.shows(id, ({ state }) => state === 'identity');
    const identity = { method: 'id-document', contact: markers.postal };
    await decideIdentity(world.deps, { requestId: id, outcome: 'verified', identity, signedBy: agent });
    await world.shows(id, ({ waitsFor, state }) => waitsFor === 'manual' && state === 'needs_decision');
    await delivered(world.deps, { requestId: id, method: 'post', signedBy: agent });
    await world.shows(id, ({ state }) => state === 'completed');
    await keep('by-post', id);
  });

  it('unverifiable', async () => {
    const id = await open({ identity: undefined });
    await world.shows(id, ({ state }) => state === 'identity');
    const { agent } = world.ledger.people;
    await decideIdentity(world.deps, {
      requestId: id,
      outcome: 'unverifiable',
      reason: 'nobody knows',
      signedBy: agent,
    });
    await world.shows(id, ({ tasks }) => tasks.some(({ code }) => code === 'answer-by-hand'));
    await delivered(world.deps, { requestId: id, method: 'post', signedBy: agent });
    await world.shows(id, ({ state }) => state === 'refused');
    await keep('unverifiable', id);
  });

  it('parked and tried again', async () => {
    billing.gate = async (stage) => {
      billing.failing = stage === 'read' ? 'system-unreachable' : undefined;
    };
    const id = await open();
    await world.shows(id, ({ state }) => state === 'needs_decision');
    billing.gate = undefined;
    billing.failing = undefined;
    const { systemIds, people } = world.ledger;
    await retry(world.deps, { requestId: id, systemId: systemIds.billing, signedBy: people.officer });
    await world.shows(id, ({ state }) => state === 'completed');
    await keep('parked', id);
  });

  it('a candidate accepted', async () => {
    const id = await open({ identifiers: { email: [markers.sharedEmail] } });
    const shown = await world.shows(id, ({ state }) => state === 'needs_decision');
    const { officer } = world.ledger.people;
    for (const task of shown.tasks.filter(({ kind, closedAt }) => kind === 'candidate' && closedAt === null))
      await answer(world.deps, { taskId: task.id, answer: 'accept', reason: 'known to the team', signedBy: officer });
    await world.shows(id, ({ state }) => state === 'completed');
    await keep('candidate', id);
  });

  it('cancelled while it waits', async () => {
    billing.failing = 'system-credentials';
    const id = await open();
    await world.shows(id, ({ state }) => state === 'needs_decision');
    await cancel(world.deps, { requestId: id, reason: 'withdrawn', signedBy: world.ledger.people.officer });
    await world.shows(id, ({ state }) => state === 'cancelled');
    await keep('cancelled', id);
  });

  it('a part, then the rest', async () => {
    billing.failing = 'system-credentials';
    const id = await open();
    await world.shows(id, ({ state }) => state === 'needs_decision');
    const { systemIds, people } = world.ledger;
    await sendPart(world.deps, { requestId: id, signedBy: people.officer });
    await world.shows(id, ({ packages }) => packages[0]?.deliveredAt != null);
    billing.failing = undefined;
    await retry(world.deps, { requestId: id, systemId: systemIds.billing, signedBy: people.officer });
    await world.shows(id, ({ state }) => state === 'completed');
    await keep('parts', id);
  });

  it('left unresolved by two, then done by hand', async () => {
    billing.failing = 'system-credentials';
    const id = await open();
    await world.shows(id, ({ state }) => state === 'needs_decision');
    const { systemIds, people } = world.ledger;
    const reason = 'its vendor is gone';
    const about = { requestId: id, systemId: systemIds.billing, reason };
    const terms = { owner: 'engineer', next: new Date(Date.now() + 7 * 86_400_000).toISOString().slice(0, 10) };
    for (const signedBy of [people.officer, people.second])
      await leaveUnresolved(world.deps, { ...about, ...terms, signedBy });
    await world.shows(id, ({ systems }) => systems.some(({ state }) => state === 'unresolved'));
    const proof = { name: 'search.png', bytes: Buffer.from('nothing was found') };
    const signedBy = people.officer;
    await doneByHand(world.deps, { ...about, counts: 'none', proof, files: [], signedBy });
    await world.shows(id, ({ state }) => state === 'completed');
    await keep('by-hand', id);
  });
});

describe('recording erasures', () => {
  let world: World;
  const subject = { id: markers.account, proofs: { email: markers.email }, teaches: { user_id: markers.userId } };
  const accounts = new ErasingSystem({
    ...{ needs: ['email', 'user_id'], gives: ['user_id'], accounts: [subject], hasSubjectRow: true },
    collections: [{ collection: 'settings', rows: rowsOf('settings', markers.account, 2) }],
  });
  const billing = new ErasingSystem({
    needs: ['user_id'],
    accounts: [{ id: markers.billing, proofs: { user_id: markers.userId } }],
    collections: [{ collection: 'notes', rows: rowsOf('notes', markers.billing, 2) }],
  });
  beforeAll(async () => {
    const systems = { 'account-db': accounts, billing };
    world = await newWorld('wf-record-e', { systems, attempts: 1, policy: erasurePolicy, financialYears });
    await world.work();
  });
  afterAll(() => world?.close());
  beforeEach(() => {
    accounts.insert('accounts', rowOf(markers.account, markers.account));
    billing.gate = undefined;
  });

  async function approve(id: RequestId): Promise<void> {
    await world.shows(id, (shown) => openTask(shown, 'plan-ready') !== undefined);
    await approvePlan(world.deps, { requestId: id, signedBy: world.ledger.people.officer });
  }
  const open = (rights: readonly ('access' | 'erasure')[]) =>
    world.open({
      ...{ rights, identifiers: { email: [markers.email] } },
      identity: { method: 'known-in-person', contact: markers.email },
    });

  it('erased, with a system that failed and records that came late', async () => {
    let failures = 1;
    billing.gate = async (stage) => {
      if (stage === 'prepare' && failures-- > 0) throw new HabeasError('system-credentials', { where: 'fake.table' });
      if (stage === 'erase dependants' && billing.calls.filter((call) => call === stage).length === 1)
        billing.insert('notes', rowOf('late', markers.billing));
    };
    const id = await open(['erasure']);
    await approve(id);
    await world.shows(id, isParked('billing', 'prepare'));
    const { systemIds, people } = world.ledger;
    await retry(world.deps, { requestId: id, systemId: systemIds.billing, signedBy: people.officer });
    await world.shows(
      id,
      (shown) => billing.calls.includes('verify dependants') && openTask(shown, 'plan-ready') !== undefined,
    );
    await approve(id);
    await world.shows(id, ({ state }) => state === 'completed');
    await keepOf(world, 'erasure', id);
  });

  it('given, then erased', async () => {
    const id = await open(['access', 'erasure']);
    await approve(id);
    await world.shows(id, ({ state }) => state === 'completed');
    await keepOf(world, 'access-and-erasure', id);
  });
});

describe('recording sweeps', () => {
  let world: World;
  const accounts = new ErasingSystem({
    ...{ needs: ['email'], accounts: [{ id: markers.account, proofs: { email: markers.email } }], hasSubjectRow: true },
    collections: [
      {
        ...{ collection: 'invoices', description: { recordClass: 'invoice', legalBasis: 'legal-obligation' } },
        ...{ stream: { recordClass: 'invoice' }, rows: rowsOf('invoices', markers.account, 2, invoiceFacts) },
      },
    ],
  });
  beforeAll(async () => {
    const systems = { 'account-db': accounts };
    world = await newWorld('wf-record-s', { systems, attempts: 1, policy: erasurePolicy, financialYears });
  });
  afterAll(() => world?.close());

  it('kept, asked about, then swept', async () => {
    const worker = await world.work();
    const { officer, second } = world.ledger.people;
    const id = await world.open({
      ...{ rights: ['erasure'], identifiers: { email: [markers.email] } },
      identity: { method: 'known-in-person', contact: markers.email },
    });
    await world.shows(id, (shown) => openTask(shown, 'plan-ready') !== undefined);
    await approvePlan(world.deps, { requestId: id, signedBy: officer });
    await world.shows(id, ({ state }) => state === 'completed');
    world.setNow('2034-01-01T09:00:00Z');
    const schedule = worker.client.schedule.getHandle(sweepScheduleId(world.deps.config.temporal));
    await schedule.trigger();
    const claim = await eventually(async () => (await listClaims(world.deps)).find(({ state }) => state === 'asked'));
    await keepOf(world, 'sweep-asked', claim.id);
    const [first] = (await schedule.describe()).info.recentActions;
    await keepOf(world, 'sweep-due', first?.action.workflow.workflowId ?? '');
    for (const signedBy of [officer, second]) await approveClaim(world.deps, { claimId: claim.id, signedBy });
    await schedule.trigger();
    await eventually(async () => (await listClaims(world.deps)).length === 0);
    await keepOf(world, 'sweep', claim.id);
  });
});
