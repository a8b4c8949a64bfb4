/**
 * What only a person can do, in a whole request: asked by mail, reminded and escalated by the injected clock, answered with counts
 * and proof, and attested on the receipt. And a system that failed while erasing, finished by hand.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { answerByHand, approvePlan, doneByHand, parseCounts, showTask } from '../../src/requests/index.ts';
import { latestReceipt } from '../../src/requests/receipt.ts';
import { sendTaskLetters } from '../../src/requests/task-letters.ts';
import { MailCatcher } from '../support/mail-catcher.ts';
import { openBinder, said, writeTo } from './binder.ts';
import { ErasingSystem, rowOf, rowsOf } from './erasing-system.ts';
import { ErasureWorld, erasurePolicy, financialYears, isParked, openTask } from './erasure-world.ts';
import { newWorld, type World } from './world.ts';

describe('a system that no program can reach', () => {
  let world: World;
  let accounts: ErasingSystem;
  let mails: MailCatcher;
  beforeAll(async () => {
    accounts = new ErasingSystem({
      ...{ needs: ['email'], gives: ['user_id'], hasSubjectRow: true },
      accounts: [{ id: 'anna', proofs: { email: 'anna.marker@example.ee' }, teaches: { user_id: '4711' } }],
      collections: [{ collection: 'settings', rows: rowsOf('settings', 'anna', 3) }],
    });
    accounts.insert('accounts', rowOf('anna', 'anna'));
    const billing = openBinder();
    const systems = { 'account-db': accounts, billing };
    world = await newWorld('wf-manual', { systems, attempts: 1, policy: erasurePolicy, financialYears });
    mails = await MailCatcher.listen();
    const emails = { agent: 'kadri@staff.example', officer: 'mart@staff.example', second: 'liis@staff.example' };
    writeTo(world, mails, emails);
    world.setNow('2026-11-23T09:00:00.000Z');
    await world.work();
  });
  afterAll(async () => {
    await world?.close();
    await mails?.close();
  });

  const lettersTo = (person: string) => mails.to(`${person}@staff.example`);

  it('is asked for by mail, reminded of, answered for access and for erasure, and attested on the receipt', async () => {
    const { deps, ledger } = world;
    const { agent, officer } = ledger.people;
    const id = await world.open({ rights: ['access', 'erasure'] });
    const asked = await world.shows(id, isParked('billing', 'read'));
    const task = openTask(asked, 'by-hand-needed');
    if (task === undefined) throw new Error('nobody is asked');
    expect(task).toMatchObject({ kind: 'manual', right: 'access', role: 'agent', dueOn: '2026-12-03' });
    expect((await showTask(deps, task.id, { open: true })).object).toEqual({
      identifiers: [
        { kind: 'email', value: 'anna.marker@example.ee' },
        { kind: 'user_id', value: '4711' },
      ],
    });

    // Everybody of the role is written to, once; nothing of the person is in it.
    expect(await sendTaskLetters(deps)).toEqual({ sent: 2, left: 0 });
    expect(await sendTaskLetters(deps)).toEqual({ sent: 0, left: 0 });
    const [letter] = lettersTo('kadri');
    expect(letter?.body).toContain(`habeas tasks show ${task.id}`);
    expect(letter?.raw).toMatch(/^Subject: Habeas: billing: to do by hand, due 2026-12-03/m);
    expect(lettersTo('liis')).toHaveLength(1);
    expect(lettersTo('mart')).toHaveLength(0);
    expect(mails.mails.some(({ raw, body }) => /anna|marker|binder/i.test(raw + body))).toBe(false);

    // Three days before it is due, and a week before the time limit, also to the officers.
    world.setNow('2026-11-29T09:00:00.000Z');
    expect(await sendTaskLetters(deps)).toMatchObject({ sent: 0 });
    world.setNow('2026-11-30T09:00:00.000Z');
    expect(await sendTaskLetters(deps)).toMatchObject({ sent: 2 });
    expect(lettersTo('kadri').at(-1)?.raw).toContain('still open');
    world.setNow('2026-12-17T09:00:00.000Z');
    expect(await sendTaskLetters(deps)).toMatchObject({ sent: 3 });
    expect(lettersTo('mart').at(-1)?.raw).toContain('near the time limit of the law');

    const file = {
      name: 'anna.pdf',
      open: async function* () {
        yield Buffer.from('%PDF letters');
      },
    };
    const counts = parseCounts(['letters=2']);
    await answerByHand(deps, task.id, { ...said, counts, files: [file], signedBy: agent });
    const planned = await world.shows(id, (shown) => openTask(shown, 'plan-ready') !== undefined);
    expect(planned.packages).toMatchObject([{ deliveredBy: 'email' }]);
    await approvePlan(deps, { requestId: id, signedBy: officer });

    // In its rank, past the point of no return: what gives identifiers waits for it.
    const erasing = await world.shows(id, isParked('billing', 'erase'));
    expect(erasing.erasure?.noReturnAt).not.toBeNull();
    expect(accounts.left('settings')).toHaveLength(3);
    const second = openTask(erasing, 'by-hand-needed');
    if (second === undefined) throw new Error('nobody is asked to erase');
    expect(second).toMatchObject({ right: 'erasure', allowedAnswers: expect.arrayContaining(['erased', 'kept']) });
    await answerByHand(deps, second.id, { ...said, answer: 'erased', counts, signedBy: agent });
    await world.shows(id, ({ state }) => state === 'completed');
    expect(accounts.left('settings')).toEqual([]);
    expect(await sendTaskLetters(deps)).toMatchObject({ sent: 0 });

    const { receipt } = await latestReceipt(deps, id);
    expect(receipt.systems.find((system) => system.id === 'billing')).toMatchObject({
      access: { found: 2, exported: 2 },
      erasure: { found: 2, erased: 2, unverified: 0 },
      attestations: [
        { right: 'access', by: 'agent' },
        { right: 'erasure', by: 'agent' },
      ],
    });
  });
});

describe('a system that failed while erasing', () => {
  let at: ErasureWorld;
  beforeAll(async () => {
    at = await ErasureWorld.open('wf-by-hand');
  });
  afterAll(() => at?.world.close());

  it('is finished by hand, and whatever waited for it goes on', async () => {
    at.reset();
    const { deps } = at.world;
    at.break('billing erase dependants');
    const id = await at.erase();
    await at.approve(id);
    const stopped = await at.world.shows(id, isParked('billing', 'erase'));
    expect(stopped.tasks.at(-1)).toMatchObject({ kind: 'unresolved', right: 'erasure' });
    expect(at.calls).not.toContain('account-db erase dependants');
    const [, billing] = deps.config.systems;
    if (billing === undefined) throw new Error('no second system');
    const given = { requestId: id, systemId: billing.id, signedBy: at.officer, ...said };
    await doneByHand(deps, { ...given, counts: parseCounts(['notes=3']) });
    const done = await at.completed(id);
    expect(at.accounts.left('accounts')).toEqual(['berta']);
    expect(done.systems.find((system) => system.id === 'billing')).toMatchObject({
      erasure: { found: 3, erased: 3, byHand: true },
      attestations: [{ right: 'erasure', by: 'officer' }],
    });
  });
});
