/** What the sweep itself erases lives on in backups too: it is registered, erased again after a restore, and lapses on its day. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { listClaims, replayClaims } from '../../src/requests/index.ts';
import type { ErasingSystem, FakeRow } from '../workflow/erasing-system.ts';
import { companyDb, newSweepingDesk, type SweepingDesk } from './sweeping-desk.ts';

const nightly = [{ name: 'Nightly copies', maxAgeDays: 35 }];
const bertas = ['invoices-8-000000', 'invoices-8-000001'];

let desk: SweepingDesk;
afterEach(() => desk.end());

/** The invoices are erased by the sweep on 1 January 2034; what a copy of the day before would bring back. */
async function toSwept(label: string, backups = nightly): Promise<{ system: ErasingSystem; restore: () => void }> {
  const system = companyDb();
  desk = await newSweepingDesk(label, system, {}, backups);
  await desk.toRegistered();
  system.rows.get('lines')?.clear();
  desk.world.setNow('2027-06-01T09:00:00Z');
  await desk.hour();
  const copy: FakeRow[] = [...(system.rows.get('invoices')?.values() ?? [])].map((row) => structuredClone(row));
  desk.world.setNow('2034-01-01T09:00:00Z');
  await desk.hour();
  await desk.approveAll();
  await desk.hour();
  expect(system.left('invoices')).toEqual(bertas);
  return { system, restore: () => system.insert('invoices', ...copy.map((row) => structuredClone(row))) };
}

const dayBefore = new Date('2033-12-31T02:00:00Z');
const replay = (since = dayBefore) => replayClaims(desk.deps, { systemId: desk.id(), since });
const keyOfRegister = async () => {
  const row = desk.deps.ledger.db.selectFrom('register_entries').select('key_id').executeTakeFirstOrThrow();
  return (await row).key_id;
};

describe('copies of what the sweep erased', () => {
  it('are registered until the backups have lapsed, without facts, and then nothing of them is left', async () => {
    await toSwept('sweep-copies');
    expect(await desk.register()).toContain('invoice 4 2034-02-06');
    expect(await desk.objects('register/')).toHaveLength(1);
    const key = await keyOfRegister();
    desk.world.setNow('2034-02-05T09:00:00Z');
    await desk.hour();
    expect(await desk.objects('register/')).toHaveLength(1);
    desk.world.setNow('2034-02-06T09:00:00Z');
    await desk.hour();
    expect(await desk.objects('register/')).toEqual([]);
    await expect(desk.deps.keys.use(key)).rejects.toMatchObject({ code: 'key-destroyed' });
    expect(await desk.books()).toEqual({ 'erased/read-back': 10 });
  });

  it('are erased again after a restore, and nobody else’s rows are touched; the books stay as they are', async () => {
    const { system, restore } = await toSwept('sweep-copies-back');
    restore();
    expect(system.left('invoices')).toHaveLength(6);
    expect(await replay(new Date('2034-01-01T10:00:00Z')).catch(({ code }: { code: string }) => code)).toBe(
      'replay-future',
    );
    desk.world.setNow('2034-01-02T09:00:00Z');
    // A copy that was made after the sweep has nothing of it.
    expect(await replay(new Date('2034-01-01T10:00:00Z'))).toEqual([]);
    expect(await replay()).toHaveLength(1);
    await desk.hour();
    expect(await listClaims(desk.deps)).toMatchObject([
      { kind: 'replay', state: 'asked', records: 4, peopleNeeded: 2 },
    ]);
    await desk.approveAll();
    await desk.hour();
    expect(system.left('invoices')).toEqual(bertas);
    expect(await desk.books()).toEqual({ 'erased/read-back': 10 });
    // Another restore within the age of the backups is met as well.
    restore();
    expect(await replay()).toHaveLength(1);
    await desk.hour();
    await desk.approveAll();
    await desk.hour();
    expect(system.left('invoices')).toEqual(bertas);
    expect(await desk.register()).toContain('invoice 4 2034-02-06');
  });

  it('are none where the system has no backups', async () => {
    await toSwept('sweep-copies-none', []);
    expect(await desk.register()).toEqual([]);
    expect(await desk.objects('register/')).toEqual([]);
  });
});

describe('copies in a batch that nobody has approved', () => {
  it('lapse on their day, and the batch that has nothing left is done', async () => {
    const { restore } = await toSwept('sweep-copies-lapse');
    restore();
    desk.world.setNow('2034-02-05T09:00:00Z');
    const [claimId] = await replay();
    if (claimId === undefined) throw new Error('no claim');
    await desk.hour();
    expect(await desk.claim(claimId)).toMatchObject({ state: 'asked' });
    desk.world.setNow('2034-02-06T09:00:00Z');
    await desk.hour();
    expect(await desk.claim(claimId)).toMatchObject({ state: 'done' });
    expect(await desk.objects('register/')).toEqual([]);
  });

  it('wait for the end of one that was', async () => {
    const { system, restore } = await toSwept('sweep-copies-wait');
    restore();
    desk.world.setNow('2034-02-05T09:00:00Z');
    const [claimId] = await replay();
    if (claimId === undefined) throw new Error('no claim');
    await desk.hour();
    await desk.approveAll();
    system.failing = 'reference-uncovered';
    desk.world.setNow('2034-02-06T09:00:00Z');
    await desk.hour();
    expect(await desk.claim(claimId)).toMatchObject({ state: 'parked' });
    expect(await desk.objects('register/')).toHaveLength(1);
    system.failing = undefined;
    desk.world.setNow('2034-02-07T09:00:00Z');
    await desk.hour();
    expect(system.left('invoices')).toEqual(bertas);
    await desk.hour();
    expect(await desk.objects('register/')).toEqual([]);
  });
});

describe('pages without a row, when the staging of a request is destroyed', () => {
  /** As an attempt leaves one that has stored a page and not yet written its row. */
  const stray = async () => {
    const row = desk.deps.ledger.db.selectFrom('register_entries').select('object_name').where('kind', '=', 'retained');
    const name = (await row.executeTakeFirstOrThrow()).object_name.replace(/-[0-9a-z]+$/, '-straypage');
    await desk.deps.storage.put(desk.deps.config.s3.stagingBucket, name, Buffer.from('sealed'), undefined);
    return name;
  };

  it('are destroyed while no batch has entries of it, and left alone while one does', async () => {
    const system = companyDb();
    desk = await newSweepingDesk('sweep-copies-stray', system, {}, []);
    await desk.toRegistered();
    const first = await stray();
    await desk.destroyStaging();
    expect(await desk.objects('register/')).not.toContain(first);
    desk.world.setNow('2034-01-01T09:00:00Z');
    await desk.hour();
    const second = await stray();
    await desk.destroyStaging();
    expect(await desk.objects('register/')).toContain(second);
    system.rows.get('lines')?.clear();
    await desk.approveAll();
    await desk.hour();
    desk.world.setNow('2034-01-03T09:00:00Z');
    await desk.hour();
    await desk.approveAll();
    await desk.hour();
    expect(await desk.objects('register/')).toEqual([]);
  });
});
