/**
 * What a person keeps by hand, through a whole request and beyond it: kept in the binder until a law ends, the request completed, and
 * eight years later asked for again by the hourly sweep and by mail, answered by two people, and told by a new receipt.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RequestId } from '../../src/ids.ts';
import { openTasks } from '../../src/ledger/tasks.ts';
import { verifyEvidence } from '../../src/proof/evidence-verify.ts';
import { makeEvidence } from '../../src/requests/evidence.ts';
import {
  answerByHand,
  approvePlan,
  issueDueReceipts,
  listClaims,
  listRegister,
  parseCounts,
  readReceipt,
  showRequest,
  showTask,
} from '../../src/requests/index.ts';
import { sendTaskLetters } from '../../src/requests/task-letters.ts';
import { sweepScheduleId } from '../../src/temporal/names.ts';
import type { RunningWorker } from '../../src/temporal/run-worker.ts';
import { MailCatcher } from '../support/mail-catcher.ts';
import { eventually } from '../support/servers.ts';
import { bills, openBinder, said, writeTo } from './binder.ts';
import { ErasingSystem, rowsOf } from './erasing-system.ts';
import { erasurePolicy, financialYears, isParked, openTask } from './erasure-world.ts';
import { newWorld, type World } from './world.ts';

describe('what is kept by hand', () => {
  let world: World;
  let worker: RunningWorker;
  let mails: MailCatcher;
  beforeAll(async () => {
    const accounts = new ErasingSystem({
      ...{ needs: ['email'], gives: ['user_id'], hasSubjectRow: true },
      accounts: [{ id: 'anna', proofs: { email: 'anna.marker@example.ee' }, teaches: { user_id: '4711' } }],
      collections: [{ collection: 'settings', rows: rowsOf('settings', 'anna', 3) }],
    });
    const billing = openBinder({ bills });
    const systems = { 'account-db': accounts, billing };
    world = await newWorld('wf-kept', { systems, attempts: 1, policy: erasurePolicy, financialYears });
    mails = await MailCatcher.listen();
    writeTo(world, mails, { agent: 'kadri@staff.example', officer: 'mart@staff.example' });
    world.setNow('2026-11-23T09:00:00.000Z');
    worker = await world.work();
  });
  afterAll(async () => {
    await world?.close();
    await mails?.close();
  });

  const entries = (requestId: RequestId) =>
    listRegister(world.deps).then((all) => all.filter((one) => one.requestId === requestId));
  const lettersTo = (person: string) => mails.to(`${person}@staff.example`);
  /** The hourly Schedule, once. */
  const hour = async (): Promise<void> => {
    const handle = worker.client.schedule.getHandle(sweepScheduleId(world.deps.config.temporal));
    const before = (await handle.describe()).info.numActionsTaken;
    await handle.trigger();
    await eventually(async () => (await handle.describe()).info.numActionsTaken > before);
    for (const { action } of (await handle.describe()).info.recentActions)
      await worker.client.workflow.getHandle(action.workflow.workflowId).result();
  };

  it('is asked for on its day, long after the request was completed, and its receipt says what became of it', async () => {
    const { deps, ledger } = world;
    const { agent, officer, second } = ledger.people;
    const id = await world.open({ rights: ['erasure'] });
    await world.shows(id, (shown) => openTask(shown, 'plan-ready') !== undefined);
    await approvePlan(deps, { requestId: id, signedBy: officer });
    const asked = openTask(await world.shows(id, isParked('billing', 'erase')), 'by-hand-needed');
    if (asked === undefined) throw new Error('nobody is asked');
    await answerByHand(deps, asked.id, {
      ...{ ...said, counts: parseCounts(['letters=1,bills=3:retained=3']), signedBy: agent },
      ...{ grounds: ['ee-accounting-act-12'], until: ['2033-12-31'] },
    });
    await world.shows(id, ({ state }) => state === 'completed');
    const [entry] = await entries(id);
    expect(entry).toMatchObject({ kind: 'by-hand', systemId: 'billing', count: 3, dueOn: '2034-01-01' });
    await eventually(() => readReceipt(deps, id));
    const first = (await readReceipt(deps, id)).receipt.systems.find((system) => system.id === 'billing');
    expect(first?.erasure?.kept).toMatchObject([
      { recordClass: 'invoice', disposition: 'retained', evidence: 'attested', until: '2033-12-31', count: 3 },
    ]);

    world.setNow('2033-12-31T09:00:00.000Z');
    await hour();
    expect(await openTasks(deps.ledger.db, id)).toEqual([]);
    world.setNow('2034-01-01T09:00:00.000Z');
    await hour();
    const [task] = await openTasks(deps.ledger.db, id);
    if (task === undefined) throw new Error('nobody is asked on the day');
    // No program could carry it out: it is in no batch.
    expect(await listClaims(deps)).toEqual([]);
    expect(task).toMatchObject({ code: 'kept-due', system_id: 'billing', role: 'agent', due_on: '2034-01-11' });
    expect((await showTask(deps, task.id, { open: true })).object).toMatchObject({
      identifiers: [
        { kind: 'email', value: 'anna.marker@example.ee' },
        { kind: 'user_id', value: '4711' },
      ],
      kept: [{ collection: 'bills', records: 3 }],
    });

    // Whoever may answer is written to; the officers when the day that was given has come. Nothing of the person is in it.
    expect(await sendTaskLetters(deps)).toMatchObject({ sent: 1 });
    expect(lettersTo('kadri').at(-1)?.raw).toMatch(/^Subject: Habeas: billing: to do by hand, due 2034-01-11/m);
    world.setNow('2034-01-08T09:00:00.000Z');
    expect(await sendTaskLetters(deps)).toMatchObject({ sent: 1 });
    expect(lettersTo('mart').filter(({ raw }) => raw.includes(task.id))).toEqual([]);
    world.setNow('2034-01-11T09:00:00.000Z');
    await sendTaskLetters(deps);
    expect(lettersTo('mart').at(-1)?.raw).toContain('kept too long');
    const toStaff = [...lettersTo('kadri'), ...lettersTo('mart')];
    expect(toStaff.some(({ raw, body }) => /anna|marker|binder/i.test(raw + body))).toBe(false);

    const counts = parseCounts(['bills=3']);
    await answerByHand(deps, task.id, { ...said, answer: 'erased', counts, signedBy: agent });
    expect((await entries(id)).map(({ count }) => count)).toEqual([3]);
    expect(await answerByHand(deps, task.id, { ...said, counts, signedBy: second })).toMatchObject({ settled: true });
    expect(await entries(id)).toEqual([]);
    expect((await showRequest(deps, id)).state).toBe('completed');

    expect(await issueDueReceipts(deps)).toEqual({ issued: 1 });
    const { receipt } = await readReceipt(deps, id);
    const last = receipt.systems.find((system) => system.id === 'billing');
    expect(last).toMatchObject({
      erasure: { found: 4, erased: 4, retained: 0, unverified: 0, kept: [] },
      attestations: [{ by: 'agent' }, { by: 'agent' }, { by: 'second' }],
    });
    const { text } = await makeEvidence(deps, id);
    expect((await verifyEvidence(text)).findings).toEqual([]);

    // With the answer goes what told by whom to look, and the key that opened it.
    await hour();
    const pages: string[] = [];
    for await (const { name } of deps.storage.list(world.bucket, `register/${id}/`)) pages.push(name);
    expect(pages).toEqual([]);
    await expect(showTask(deps, task.id, { open: true })).rejects.toMatchObject({ code: 'key-destroyed' });
  });
});
