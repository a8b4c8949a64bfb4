/** Where an erasure could lose count, or go on without asking: each of these would keep a request open for ever, or erase too soon. */
import { afterEach, describe, expect, it } from '@jest/globals';
import type { CallContext, EraseInput, ReadInput } from '../../connectors/contract.ts';
import { openTasks } from '../../src/ledger/tasks.ts';
import { erasureCounts } from '../../src/requests/erasure-counts.ts';
import { openPage } from '../../src/staging/register-page.ts';
import { ErasingSystem, rowOf, rowsOf } from '../workflow/erasing-system.ts';
import { accountDb, type ErasingDesk, newErasingDesk, periods } from './erasing-desk.ts';

const anna = { id: '7', proofs: { email: 'anna.marker@example.ee' } };
const post = (no: number) => ({ collection: 'posts', key: [['id', `posts-7-00000${no}`]] as const });

/** As a law would have it that keeps the posts but not who wrote them. */
async function keepPosts(desk: ErasingDesk, disposition: 'retained' | 'refused'): Promise<void> {
  await desk.world.asOwner(
    `update decisions set action = 'detach', disposition = '${disposition}', reason = 'law-keeps' where collection = 'posts'`,
  );
  await desk.world.asOwner(
    `insert into dispositions (request_id, round, system_id, stream_no, chunk_no, "right", disposition, reason, evidence, count, decision_no)
     select request_id, round, system_id, 1, 0, 'erasure', disposition, reason, 'none', 4, no from decisions where collection = 'posts'`,
  );
}

async function finish(desk: ErasingDesk): Promise<void> {
  await desk.erase();
  await desk.verify();
  await desk.erase('subject-row');
  await desk.verify('subject-row');
}

describe('books', () => {
  let desk: ErasingDesk;
  afterEach(() => desk.end());

  it.each(['retained', 'refused'] as const)(
    'count a record once that was %s without the person and is held since',
    async (disposition) => {
      const system = accountDb();
      desk = await newErasingDesk(`edges-held-${disposition}`, { 'account-db': system });
      await desk.toPlanned();
      await keepPosts(desk, disposition);
      await desk.toNoReturn();
      await desk.hold({ records: [post(2)] });
      await finish(desk);
      const kept = disposition === 'retained' ? { 'retained/none': 4 } : { 'refused/none': 3, 'retained/none': 1 };
      expect(await desk.books()).toEqual({ ...kept, 'erased/read-back': 26, 'expiring/pending': 6 });
      expect(system.rows.get('posts')?.get('posts-7-000002')?.fields).not.toEqual({ note: null });
      // Each record stands on one page: the sweep will go by them.
      const { db } = desk.deps.ledger;
      const entries = await db.selectFrom('register_entries').selectAll().where('kind', '=', 'retained').execute();
      const pages = await Promise.all(entries.map((entry) => openPage(desk.deps, entry)));
      expect(pages.map(({ length }) => length)).toEqual(entries.map(({ count }) => count));
      await desk.close('awaiting_expiry');
    },
  );

  it('say of what had become another’s that it was left alone, and close; what is left beyond that is no such thing', async () => {
    const system = accountDb();
    desk = await newErasingDesk('edges-hands', { 'account-db': system });
    await desk.toPlanned();
    await desk.toNoReturn();
    const taken = rowOf('posts-7-000001', '8');
    const before = { ...taken.fields };
    system.insert('notes', rowOf('notes-7-000003', '8'));
    system.insert('posts', taken);
    system.undead.add('notes-7-000005');
    await desk.erase();
    await expect(desk.verify()).rejects.toMatchObject({ type: 'erase-residue' });
    system.rows.get('notes')?.delete('notes-7-000005');
    await desk.verify();
    await desk.erase('subject-row');
    await desk.verify('subject-row');
    expect(await desk.books()).toEqual({
      ...{ 'erased/read-back': 25, 'anonymised/read-back': 3, 'absent/read-back': 2, 'expiring/pending': 6 },
    });
    expect((await erasureCounts(desk.deps.ledger.db, desk.requestId)).get(desk.id())).toMatchObject({
      ...{ absent: 2, changedHands: 2, pending: 0, unverified: 0 },
    });
    expect(system.left('notes')).toContain('notes-7-000003');
    expect(system.rows.get('posts')?.get('posts-7-000001')?.fields).toEqual(before);
    await desk.close('awaiting_expiry');
  });

  it('close where a chunk has nothing to be done, which connectors leave out', async () => {
    const notes = [...rowsOf('notes', '7', 10_000), rowOf('notes-8-last', '7')];
    const collections = [{ collection: 'notes', rows: notes }];
    const system = new ErasingSystem({ needs: ['email'], accounts: [anna], collections });
    desk = await newErasingDesk('edges-kept-chunk', { 'account-db': system });
    await desk.hold({ records: [{ collection: 'notes', key: [['id', 'notes-8-last']] }] });
    await desk.toPlanned();
    await desk.toNoReturn();
    await desk.erase();
    await desk.verify();
    expect(await desk.books()).toEqual({ 'erased/read-back': 10_000, 'retained/none': 1 });
    await desk.close('completed');
  });

  it('close where everything of a chunk is held, and the attempt that found so died', async () => {
    const collections = [{ collection: 'notes', rows: rowsOf('notes', '7', 1) }];
    const system = new ErasingSystem({ needs: ['email'], accounts: [anna], collections });
    desk = await newErasingDesk('edges-held-chunk', { 'account-db': system });
    await desk.toPlanned();
    await desk.toNoReturn();
    await desk.hold({ records: [{ collection: 'notes', key: [['id', 'notes-7-000000']] }] });
    system.during = (at) => {
      if (at === 'after-intent') throw new Error('the process died');
    };
    await expect(desk.erase()).rejects.toBeDefined();
    system.during = undefined;
    await desk.erase();
    await desk.verify();
    expect(await desk.books()).toEqual({ 'retained/none': 1 });
    await desk.close('completed');
  });

  it('close where a connector looks twice at a chunk, and a hold came and went meanwhile', async () => {
    /** As one that breaks a circle of references first. */
    class TwoLooks extends ErasingSystem {
      override async erase(context: CallContext, input: EraseInput): Promise<void> {
        for (const stream of input.planned.streams)
          for await (const chunk of input.planned.chunks(stream)) await input.journal.begin(chunk);
        await desk.world.asOwner(`update holds set released_on = placed_on, released_by = 'officer'`);
        await super.erase(context, input);
      }
    }
    const collections = [{ collection: 'notes', rows: rowsOf('notes', '7', 3) }];
    const system = new TwoLooks({ needs: ['email'], accounts: [anna], collections });
    desk = await newErasingDesk('edges-two-looks', { 'account-db': system });
    await desk.toPlanned();
    await desk.toNoReturn();
    await desk.hold({ records: [{ collection: 'notes', key: [['id', 'notes-7-000001']] }] });
    await desk.erase();
    await desk.verify();
    expect(system.left('notes')).toEqual(['notes-7-000001']);
    expect(await desk.books()).toMatchObject({ 'retained/none': 1 });
    await desk.close('completed');
  });

  it('close where an attempt found a late record, died, and the record went by itself', async () => {
    class Breaking extends ErasingSystem {
      breaks = false;
      override async read(context: CallContext, input: ReadInput): Promise<void> {
        await super.read(context, input);
        if (this.breaks) throw new Error('the process died');
      }
    }
    const system = new Breaking(accountDb().options);
    desk = await newErasingDesk('edges-late-gone', { 'account-db': system });
    await desk.toPlanned();
    await desk.toNoReturn();
    system.insert('notes', rowOf('late-1', '7', { createdAt: '2026-11-22' }));
    await desk.erase();
    system.breaks = true;
    await expect(desk.verify()).rejects.toBeDefined();
    system.breaks = false;
    system.rows.get('notes')?.delete('late-1');
    expect(await desk.verify()).toMatchObject({ late: 0, lateRound: 0 });
    await desk.erase('subject-row');
    await desk.verify('subject-row');
    await desk.close('awaiting_expiry');
  });
});

describe('before anything is erased', () => {
  let desk: ErasingDesk;
  afterEach(() => desk.end());

  it('a system in which everything goes by itself is asked whether that is true', async () => {
    const system = new ErasingSystem({
      ...{ needs: ['email'], accounts: [anna] },
      collections: [
        {
          ...{ collection: 'lines', description: { recordClass: 'server-log' } },
          erase: { mode: 'expiry', days: 90, balancing: { en: 'Lines cannot be erased singly.' } },
          rows: rowsOf('lines', '7', 6),
        },
      ],
    });
    system.refusals = [{ code: 'expiry-not-enforced', where: 'logs' }];
    desk = await newErasingDesk('edges-expiry', { 'account-db': system });
    await desk.toPlanned();
    expect(await desk.prepare()).toEqual({ refused: 1, code: 'expiry-not-enforced' });
  });

  it('the ledger itself looks whether any system could still refuse', async () => {
    const systems = { 'account-db': accountDb(), billing: new ErasingSystem({ ...accountDb().options }) };
    desk = await newErasingDesk('edges-every-system', systems);
    await desk.toPlanned();
    await desk.propose();
    await desk.approve();
    await desk.prepare();
    // The other system has not even been read.
    expect(await desk.pass()).toMatchObject({ ok: false, code: 'plan-changed' });
    await desk.world.asOwner(`update lanes set state = 'unresolved' where system_id = 'billing'`);
    expect(await desk.pass()).toMatchObject({ ok: true, code: null });
  });

  it('a system that was left open and is not prepared erases nothing under the plan of the others', async () => {
    const systems = { 'account-db': accountDb(), billing: new ErasingSystem({ ...accountDb().options }) };
    desk = await newErasingDesk('edges-left-open', systems);
    await desk.toPlanned();
    await desk.toPlanned('billing');
    await desk.propose();
    await desk.approve();
    await desk.prepare();
    await desk.world.asOwner(`update lanes set state = 'unresolved' where system_id = 'billing'`);
    expect(await desk.pass()).toMatchObject({ ok: true, code: null });
    await expect(desk.erase('dependants', 1, 'billing')).rejects.toMatchObject({ type: 'plan-changed' });
    expect(systems.billing.left('notes')).toHaveLength(28);
  });

  it('nobody is asked any more who takes over a workspace that was closed meanwhile', async () => {
    const row = (workspaceClosed: boolean) => ({
      ...{ id: 'w1', account: '7', fields: { owner_id: '7' } },
      facts: { createdAt: '2026-01-05', workspace: 'w1', workspaceClosed },
    });
    const system = new ErasingSystem({
      ...{ needs: ['email'], accounts: [anna] },
      collections: [
        {
          collection: 'workspaces',
          description: { owner: 'workspace', recordClass: 'workspace', fields: ['id', 'owner_id'] },
          erase: { detaches: ['owner_id'], successor: ['owner_id'] },
          stream: {
            ...{ isWorkspace: true, owner: 'workspace', customerKind: 'company', subjectOwnsWorkspace: true },
            ownFields: ['owner_id'],
          },
          rows: [row(false)],
        },
      ],
    });
    const workspace = { recordClass: 'workspace', period: { months: 1 }, from: 'closure', source: 'P' } as const;
    const retention = {
      ...{ taxRegistrations: [], switchOn: [] },
      periods: [...periods, { ...workspace, onErasure: 'ends' as const }],
    };
    desk = await newErasingDesk('edges-successor', { 'account-db': system }, { retention });
    await desk.toPlanned();
    expect(await desk.propose()).toEqual({ state: 'waits', plan: null });
    system.insert('workspaces', row(true));
    await desk.read(2);
    await desk.plan(2);
    expect((await openTasks(desk.deps.ledger.db, desk.requestId)).map(({ kind }) => kind)).toEqual([]);
    expect(await desk.propose()).toMatchObject({ state: 'asked' });
    // And is asked again where it turns out to go on after all.
    system.insert('workspaces', row(false));
    await desk.read(3);
    await desk.plan(3);
    expect(await desk.propose()).toEqual({ state: 'waits', plan: null });
  });

  it('a data map that no longer lets records be erased stops what was approved under the one before', async () => {
    const system = accountDb();
    desk = await newErasingDesk('edges-map', { 'account-db': system });
    await desk.toPlanned();
    await desk.toNoReturn();
    const approved = system.collections;
    const change = (erase: object) =>
      Object.assign(system, {
        collections: approved.map((one) => (one.collection === 'notes' ? { ...one, ...erase } : one)),
      });
    const [notes] = approved;
    for (const erase of [
      { erase: { ...notes?.erase, whole: 'anonymise' } },
      { erase: undefined },
      { role: 'processor' },
    ]) {
      change(erase);
      await expect(desk.erase()).rejects.toMatchObject({ type: 'plan-changed' });
    }
    expect(system.left('notes')).toHaveLength(28);
    change({});
    await finish(desk);
    await desk.close('awaiting_expiry');
  });

  it('a business of the person’s own that goes on is known to every system', async () => {
    const account = (rows: Parameters<typeof rowOf>[2]) =>
      new ErasingSystem({
        ...{ needs: ['email'], accounts: [anna], hasSubjectRow: true },
        collections: [
          {
            collection: 'workspaces',
            description: { owner: 'workspace', recordClass: 'workspace' },
            stream: {
              ...{ isWorkspace: true, owner: 'workspace', customerKind: 'sole-trader' },
              subjectOwnsWorkspace: true,
            },
            rows: [rowOf('w1', '7', rows)],
          },
        ],
      });
    const open = account({ createdAt: '2026-01-05', workspace: 'w1', workspaceClosed: false });
    const orders = [{ collection: 'orders', rows: rowsOf('orders', '7', 2) }];
    const billing = new ErasingSystem({ needs: ['email'], accounts: [anna], collections: orders });
    desk = await newErasingDesk('edges-business', { 'account-db': open, billing });
    for (const name of ['account-db', 'billing']) {
      await desk.locate(name);
      await desk.read(1, 1, name);
    }
    expect(await desk.plan(1, 'billing')).toMatchObject({ erased: 0, refused: 2 });
    expect(await desk.plan(1, 'account-db')).toMatchObject({ erased: 0, refused: 2 });
  });
});
