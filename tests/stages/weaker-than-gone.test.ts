/** What reading back found is weaker than gone: it stays what it is, in the books, in the end of the request and in the receipt. */
import { afterEach, describe, expect, it } from '@jest/globals';
import type { CallContext, VerifyInput } from '../../connectors/contract.ts';
import { erasureCounts } from '../../src/requests/erasure-counts.ts';
import { ErasingSystem, rowsOf } from '../workflow/erasing-system.ts';
import { type ErasingDesk, newErasingDesk } from './erasing-desk.ts';

type Told = Parameters<VerifyInput['found']>[1][number];

/** Says of what reading back found what a test wants said. */
class Telling extends ErasingSystem {
  tell: (one: Told) => Told = (one) => one;

  override verify(context: CallContext, input: VerifyInput): Promise<void> {
    return super.verify(context, { ...input, found: (chunk, told) => input.found(chunk, told.map(this.tell)) });
  }
}

const desk = (): Telling =>
  new Telling({
    needs: ['email'],
    accounts: [{ id: '7', proofs: { email: 'anna.marker@example.ee' } }],
    hasSubjectRow: true,
    collections: [
      { collection: 'notes', rows: rowsOf('notes', '7', 5) },
      { collection: 'posts', erase: { whole: 'anonymise' }, rows: rowsOf('posts', '7', 4) },
    ],
  });

describe('a record that is not gone', () => {
  let open: ErasingDesk;
  afterEach(() => open.end());

  async function erased(system: Telling): Promise<void> {
    open = await newErasingDesk('weaker', { 'account-db': system });
    await open.toPlanned();
    await open.toNoReturn();
    await open.erase();
  }

  it('and goes on without the person while a history tells of it: so it is booked, and so it is completed', async () => {
    const system = desk();
    system.tell = (one) => (one.found === 'changed' ? { ...one, found: 'history-remains' } : one);
    await erased(system);
    await open.verify();
    await open.erase('subject-row');
    await open.verify('subject-row');
    expect(await open.books()).toEqual({ 'erased/read-back': 6, 'anonymised/history-remains': 4 });
    const counts = (await erasureCounts(open.deps.ledger.db, open.requestId)).get(open.id());
    expect(counts).toMatchObject({ anonymised: 4, historyRemains: 4, unverified: 0 });
    await open.close('completed');
  });

  it.each(['hidden', 'pending'] as const)(
    'and is only %s: nothing of it is called erased, and the stage says so',
    async (found) => {
      const system = desk();
      const until = '2026-12-24';
      system.tell = (one) => (one.found === 'gone' ? { ...one, found, until } : one);
      await erased(system);
      await expect(open.verify()).rejects.toMatchObject({ type: 'erase-unfinished' });
      expect(await open.books()).toEqual({ 'erased/pending': 5, 'anonymised/read-back': 4 });
      system.tell = (one) => one;
      await open.verify();
      expect(await open.books()).toEqual({ 'erased/read-back': 5, 'anonymised/read-back': 4 });
    },
  );

  it('and that a history tells of is no erasure', async () => {
    const system = desk();
    system.tell = (one) => (one.found === 'gone' ? { ...one, found: 'history-remains' } : one);
    await erased(system);
    await expect(open.verify()).rejects.toMatchObject({ type: 'erase-residue' });
  });
});
