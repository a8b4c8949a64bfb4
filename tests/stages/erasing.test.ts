/** An erasure from its facts to its end: what the books say is what happened, and nothing happens before it may. */
import { afterEach, describe, expect, it } from '@jest/globals';
import type { ErasePart } from '../../connectors/contract.ts';
import { ErasingSystem, type Moment, rowOf, rowsOf } from '../workflow/erasing-system.ts';
import { accountDb, type ErasingDesk, newErasingDesk } from './erasing-desk.ts';

const whole = { 'erased/read-back': 26, 'anonymised/read-back': 4, 'expiring/pending': 6 };

/** The rest of an erasure past the point of no return. */
async function finish(desk: ErasingDesk): Promise<void> {
  await desk.erase();
  await desk.verify();
  await desk.erase('subject-row');
  await desk.verify('subject-row');
}

describe('an erasure', () => {
  let desk: ErasingDesk;
  afterEach(() => desk.end());

  it('erases what is planned, by rank, reads it back, and balances with what expires', async () => {
    const system = accountDb();
    desk = await newErasingDesk('erasing-whole', { 'account-db': system });
    await desk.locate();
    expect(await desk.read()).toMatchObject({ found: 36, openCandidates: 0 });
    expect(await desk.plan()).toEqual({ found: 36, erased: 30, retained: 6, referred: 0, refused: 0 });
    expect(await desk.books()).toEqual({ 'expiring/pending': 6 });
    expect(await desk.propose()).toMatchObject({ state: 'asked' });
    await desk.approve();
    expect(await desk.propose()).toMatchObject({ state: 'approved' });
    expect(await desk.prepare()).toEqual({ refused: 0, code: null });
    expect(await desk.objects('register/')).toHaveLength(1);
    expect(await desk.pass()).toMatchObject({ ok: true, code: null });
    expect(await desk.erase()).toEqual({ erased: 25, anonymised: 4, absent: 0 });
    expect(system.left('accounts')).toEqual(['7', '8']);
    expect(await desk.verify()).toEqual({ residue: 0, late: 0, lateRound: 0, undated: 0, newer: 0 });
    expect(await desk.erase('subject-row')).toEqual({ erased: 26, anonymised: 4, absent: 0 });
    await desk.verify('subject-row');
    expect(await desk.books()).toEqual(whole);
    expect(system.left('accounts')).toEqual(['8']);
    expect(system.left('notes')).toHaveLength(3);
    expect(system.left('lines')).toHaveLength(6);
    await expect(desk.close('completed')).rejects.toMatchObject({ type: 'books-unbalanced' });
    await desk.close('awaiting_expiry');
    await desk.close('awaiting_expiry');
    const { db } = desk.deps.ledger;
    const request = await db.selectFrom('requests').select(['state', 'working_key_ends_on']).executeTakeFirstOrThrow();
    expect(request).toEqual({ state: 'awaiting_expiry', working_key_ends_on: '2026-12-23' });
    await desk.destroyStaging();
    expect(await desk.objects('staging/')).toEqual([]);
    expect(await desk.objects('register/')).toHaveLength(1);
  });

  it('done twice is done once', async () => {
    const system = accountDb();
    desk = await newErasingDesk('erasing-twice', { 'account-db': system });
    await desk.toPlanned();
    await desk.toNoReturn();
    await finish(desk);
    system.insert('notes', rowOf('notes-7-000000', '7'));
    await desk.erase();
    await desk.erase('subject-row');
    expect(await desk.books()).toEqual(whole);
    // What was put there since is not what was planned.
    expect(system.left('notes')).toContain('notes-7-000000');
  });

  it.each<Moment>(['before-intent', 'after-intent', 'after-effect', 'after-outcome'])(
    'interrupted %s of any chunk it ends with the same books',
    async (moment) => {
      const system = accountDb();
      desk = await newErasingDesk(`erasing-${moment}`, { 'account-db': system });
      await desk.toPlanned();
      await desk.toNoReturn();
      const interrupt = async (part: ErasePart, collection: string) => {
        system.during = (at, { stream }) => {
          if (at === moment && stream.collection === collection) throw new Error('the process died');
        };
        await expect(desk.erase(part)).rejects.toMatchObject({ type: 'internal' });
        system.during = undefined;
        await expect(desk.close('awaiting_expiry')).rejects.toMatchObject({ type: 'books-unbalanced' });
      };
      await interrupt('dependants', 'notes');
      await interrupt('dependants', 'posts');
      await desk.erase();
      await desk.verify();
      await interrupt('subject-row', 'accounts');
      await desk.erase('subject-row');
      await desk.verify('subject-row');
      expect(await desk.books()).toEqual(whole);
      await desk.close('awaiting_expiry');
    },
  );

  it('calls what is missing after an interruption inferred until it is read again, and absent only what was gone before', async () => {
    const system = accountDb();
    desk = await newErasingDesk('erasing-inferred', { 'account-db': system });
    await desk.toPlanned();
    await desk.toNoReturn();
    system.rows.get('posts')?.delete('posts-7-000000');
    system.during = (at, { stream }) => {
      if (at === 'after-effect' && stream.collection === 'notes') throw new Error('the process died');
    };
    await expect(desk.erase()).rejects.toBeDefined();
    system.during = undefined;
    await desk.erase();
    expect(await desk.books()).toEqual({
      ...{ 'erased/inferred': 25, 'anonymised/pending': 3, 'absent/pending': 1, 'expiring/pending': 6 },
    });
    await desk.verify();
    expect(await desk.books()).toMatchObject({
      'erased/read-back': 25,
      'anonymised/read-back': 3,
      'absent/read-back': 1,
    });
  });

  it('is not over while something is still there when read back', async () => {
    const system = accountDb();
    desk = await newErasingDesk('erasing-residue', { 'account-db': system });
    await desk.toPlanned();
    await desk.toNoReturn();
    system.undead.add('notes-7-000003');
    await desk.erase();
    await expect(desk.verify()).rejects.toMatchObject({ type: 'erase-residue' });
    expect(await desk.books()).toMatchObject({ 'erased/pending': 25, 'anonymised/read-back': 4 });
    system.rows.get('notes')?.delete('notes-7-000003');
    await desk.verify();
    expect(await desk.books()).toMatchObject({ 'erased/read-back': 25 });
  });

  it('begins only when the point of no return is passed', async () => {
    const system = accountDb();
    desk = await newErasingDesk('erasing-early', { 'account-db': system });
    await desk.toPlanned();
    await expect(desk.erase()).rejects.toMatchObject({ type: 'plan-changed' });
    await desk.propose();
    await desk.approve();
    await desk.prepare();
    await expect(desk.erase()).rejects.toMatchObject({ type: 'plan-changed' });
    expect(system.calls).not.toContain('erase dependants');
  });

  it('refuses outcomes that do not add up to what was handed out', async () => {
    class Lying extends ErasingSystem {
      override async erase(...[context, input]: Parameters<ErasingSystem['erase']>) {
        const { journal } = input;
        await super.erase(context, {
          ...input,
          journal: {
            begin: (chunk) => journal.begin(chunk),
            running: (chunk) => journal.running(chunk),
            outcome: (chunk, [first, ...rest]) =>
              journal.outcome(chunk, first === undefined ? rest : [{ ...first, count: first.count - 1 }, ...rest]),
          },
        });
      }
    }
    const honest = accountDb();
    desk = await newErasingDesk('erasing-lies', { 'account-db': new Lying(honest.options) });
    await desk.toPlanned();
    await desk.toNoReturn();
    await expect(desk.erase()).rejects.toMatchObject({ type: 'internal' });
    expect(await desk.books()).toEqual({ 'expiring/pending': 6 });
    await expect(desk.close('awaiting_expiry')).rejects.toMatchObject({ type: 'books-unbalanced' });
  });

  it('goes chunk by chunk through many records, and on in the middle of them', async () => {
    const account = { id: '7', proofs: { email: 'anna.marker@example.ee' } };
    const collections = [{ collection: 'notes', rows: rowsOf('notes', '7', 21_000) }];
    const system = new ErasingSystem({ needs: ['email'], accounts: [account], collections });
    desk = await newErasingDesk('erasing-many', { 'account-db': system });
    await desk.toPlanned();
    await desk.toNoReturn();
    system.during = (at, { chunkNo }) => {
      if (at === 'after-effect' && chunkNo === 1) throw new Error('the process died');
    };
    await expect(desk.erase()).rejects.toBeDefined();
    expect(await desk.books()).toEqual({ 'erased/pending': 10_000 });
    system.during = undefined;
    await desk.erase();
    expect(await desk.books()).toEqual({ 'erased/pending': 11_000, 'erased/inferred': 10_000 });
    await desk.verify();
    expect(await desk.books()).toEqual({ 'erased/read-back': 21_000 });
    await desk.close('completed');
  });

  it('counts what is kept without the person, and is found gone already, as absent and no longer as kept', async () => {
    const system = accountDb();
    desk = await newErasingDesk('erasing-kept-absent', { 'account-db': system });
    await desk.toPlanned();
    // As a law would have it that keeps the posts but not who wrote them.
    await desk.world.asOwner(
      `update decisions set action = 'detach', disposition = 'retained', reason = 'law-keeps', until = '2033-12-31' where collection = 'posts'`,
    );
    await desk.world.asOwner(
      `insert into dispositions (request_id, round, system_id, stream_no, chunk_no, "right", disposition, reason, evidence, count, decision_no, until)
       select request_id, round, system_id, 1, 0, 'erasure', 'retained', 'law-keeps', 'none', 4, no, until from decisions where collection = 'posts'`,
    );
    await desk.toNoReturn();
    system.rows.get('posts')?.delete('posts-7-000002');
    await finish(desk);
    expect(await desk.books()).toEqual({
      ...{ 'absent/read-back': 1, 'erased/read-back': 26, 'expiring/pending': 6, 'retained/none': 3 },
    });
    expect(system.rows.get('posts')?.get('posts-7-000001')?.fields).toEqual({ note: null });
    const { db } = desk.deps.ledger;
    const kept = await db.selectFrom('register_entries').selectAll().where('kind', '=', 'retained').executeTakeFirst();
    expect(kept).toMatchObject({ count: 3, due_on: '2034-01-01' });
    await desk.close('awaiting_expiry');
  });
});
