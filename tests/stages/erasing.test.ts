/** An erasure from its facts to its end: what the books say is what happened, and nothing happens before it may. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { ErasingSystem, type FakeCollection, rowsOf } from '../workflow/erasing-system.ts';
import { type ErasingDesk, newErasingDesk } from './erasing-desk.ts';

const anna = { id: '7', proofs: { email: 'anna.marker@example.ee' } };
const berta = { id: '8', proofs: { email: 'berta.marker@example.ee' } };

/** Notes go whole, posts lose their text, logs go by themselves. */
const collections = (): readonly FakeCollection[] => [
  { collection: 'notes', rows: [...rowsOf('notes', '7', 25), ...rowsOf('notes', '8', 3)] },
  {
    collection: 'posts',
    erase: { whole: 'anonymise' },
    rows: [...rowsOf('posts', '7', 4), ...rowsOf('posts', '8', 2)],
  },
  {
    collection: 'lines',
    description: { recordClass: 'server-log' },
    erase: { mode: 'expiry', days: 90, balancing: { en: 'Lines cannot be erased singly.' } },
    rows: rowsOf('lines', '7', 6),
  },
];

const accountDb = (): ErasingSystem =>
  new ErasingSystem({ needs: ['email'], accounts: [anna, berta], collections: collections(), hasSubjectRow: true });

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
    expect(await desk.pass()).toEqual({ ok: true, code: null });
    expect(await desk.erase()).toEqual({ erased: 25, anonymised: 4, absent: 0 });
    expect(system.left('accounts')).toEqual(['7', '8']);
    expect(await desk.verify()).toEqual({ residue: 0, late: 0, lateRound: 0, undated: 0, newer: 0 });
    expect(await desk.erase('subject-row')).toEqual({ erased: 26, anonymised: 4, absent: 0 });
    await desk.verify('subject-row');
    expect(await desk.books()).toEqual({
      'erased/read-back': 26,
      'anonymised/read-back': 4,
      'expiring/pending': 6,
    });
    expect(system.left('accounts')).toEqual(['8']);
    expect(system.left('notes')).toHaveLength(3);
    expect(system.left('lines')).toHaveLength(6);
    await expect(desk.close('completed')).rejects.toMatchObject({ type: 'books-unbalanced' });
    await desk.close('awaiting_expiry');
  });
});
