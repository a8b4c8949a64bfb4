/** Records that live traffic makes while a person is erased: never erased silently, never forgotten. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { rowOf } from '../workflow/erasing-system.ts';
import { dyingAfter } from './desk.ts';
import { accountDb, type ErasingDesk, newErasingDesk } from './erasing-desk.ts';

describe('records that came meanwhile', () => {
  let desk: ErasingDesk;
  afterEach(() => desk.end());

  it('from before the erasing began are a pass of their own; later ones are counted and left alone', async () => {
    const system = accountDb();
    desk = await newErasingDesk('late-dated', { 'account-db': system });
    await desk.toPlanned();
    await desk.toNoReturn();
    system.insert('notes', rowOf('late-1', '7', { createdAt: '2026-11-22T10:00:00Z' }));
    await desk.erase();
    system.insert('posts', rowOf('new-1', '7', { createdAt: '2026-11-23T10:00:00Z' }));
    expect(system.left('notes')).toContain('late-1');
    const verified = await desk.verify();
    expect(verified).toEqual({ residue: 0, late: 1, lateRound: 2, undated: 0, newer: 1 });
    expect(await desk.plan(2)).toEqual({ found: 1, erased: 1, retained: 0, referred: 0, refused: 0 });
    await desk.toNoReturn(2);
    await desk.erase('dependants', 2);
    expect(await desk.verify('dependants', { round: 2, pass: 2 })).toMatchObject({ late: 0, newer: 1 });
    await desk.erase('subject-row');
    await desk.verify('subject-row');
    expect(await desk.books()).toMatchObject({ 'erased/read-back': 27 });
    expect(system.left('posts')).toContain('new-1');
    await desk.close('awaiting_expiry');
    const rounds = await desk.deps.ledger.db.selectFrom('rounds').select('new_relationship').orderBy('round').execute();
    expect(rounds.map((one) => one.new_relationship)).toEqual([1, 1]);
  });

  it('without a day wait for a person, who may leave them to a new relationship', async () => {
    const system = accountDb();
    desk = await newErasingDesk('late-undated', { 'account-db': system });
    await desk.toPlanned();
    await desk.toNoReturn();
    system.insert('notes', rowOf('late-1', '7', {}), rowOf('late-2', '7', { createdAt: '2026-11-23' }));
    await desk.erase();
    expect(await desk.verify()).toEqual({ residue: 0, late: 0, lateRound: 2, undated: 2, newer: 0 });
    await expect(desk.plan(2)).rejects.toMatchObject({ type: 'late-arrivals' });
    await desk.answer('late-arrivals', 'new-relationship');
    expect(await desk.plan(2)).toEqual({ found: 2, erased: 0, retained: 0, referred: 0, refused: 2 });
    await desk.toNoReturn(2);
    await desk.erase('dependants', 2);
    await desk.verify('dependants', { round: 2, pass: 2 });
    expect(system.left('notes')).toContain('late-1');
    await desk.erase('subject-row');
    await desk.verify('subject-row');
    await desk.close('awaiting_expiry');
  });

  it('found by an attempt that died are found again, in a round that takes its place', async () => {
    const system = accountDb();
    desk = await newErasingDesk('late-again', { 'account-db': system });
    await desk.toPlanned();
    await desk.toNoReturn();
    system.insert('notes', rowOf('late-1', '7', { createdAt: '2026-11-22' }));
    await desk.erase();
    const { storage } = desk.deps;
    Object.assign(desk.deps, { storage: dyingAfter(storage, 0) });
    await expect(desk.verify()).rejects.toMatchObject({ type: 'storage-unreachable' });
    Object.assign(desk.deps, { storage });
    expect(await desk.verify()).toMatchObject({ late: 1, lateRound: 3 });
    expect(await desk.verify()).toMatchObject({ late: 1, lateRound: 4 });
    const rounds = await desk.deps.ledger.db
      .selectFrom('rounds')
      .select(['round', 'superseded'])
      .orderBy('round')
      .execute();
    expect(rounds.map((one) => one.superseded)).toEqual([false, true, true, false]);
  });
});
