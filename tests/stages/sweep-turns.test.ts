/**
 * Nothing that waits keeps anything else waiting: batches take turns, days that the rules change are computed anew by whoever sweeps,
 * and a day that moved reaches the newest receipt. On a real ledger and a real bucket.
 */
import { afterEach, describe, expect, it } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { LoadedConfig } from '../../src/config/load.ts';
import { HabeasError } from '../../src/errors.ts';
import { type ClaimId, newId } from '../../src/ids.ts';
import { claimsToWork } from '../../src/ledger/sweep-claims.ts';
import { splitEntry } from '../../src/ledger/sweep-entries.ts';
import { parseCivilDate } from '../../src/policy/clock/index.ts';
import { verifyReceipt } from '../../src/proof/receipt-verify.ts';
import { claimAll, dryRun, issueDueReceipts, listClaims, readReceipt, takeDue } from '../../src/requests/index.ts';
import { reviewRegister } from '../../src/requests/sweep-review.ts';
import { openPage, putPage } from '../../src/staging/register-page.ts';
import type { Storage } from '../../src/storage/objects.ts';
import { periods } from './erasing-desk.ts';
import { companyDb, newSweepingDesk, type SweepingDesk } from './sweeping-desk.ts';

let desk: SweepingDesk;
afterEach(() => desk.end());

/** As the hourly Schedule's workflow calls it. */
const run = <O>(activity: () => Promise<O>): Promise<O> => new MockActivityEnvironment().run(activity);

const day = (text: string) => parseCivilDate(text, 'test');

/** So many batches on which a vendor has worked since long before: approved, and their workflows go on asking. */
async function working(count: number, state = 'approved'): Promise<readonly ClaimId[]> {
  const ids = Array.from({ length: count }, () => newId('claim'));
  await desk.world.asOwner(
    `insert into sweep_claims (id, system_id, kind, as_of, state, automatic, people_needed, made_at, sha256, retry_on)
     select id, 'account-db', 'erase', '2026-01-01', $2, false, 0, '2026-01-01', '', case $2 when 'parked' then date '2026-02-01' end
     from unnest($1::text[]) id`,
    [ids, state],
  );
  return ids;
}

describe('batches that wait for a vendor', () => {
  it('keep no other from its turn, however many they are: each is taken up before any is a second time', async () => {
    const system = companyDb();
    desk = await newSweepingDesk('sweep-turns', system);
    await desk.toRegistered();
    system.rows.get('lines')?.clear();
    const busy = await working(130);
    const { claimSweeps } = desk.steps;
    const hour = async () => (await run(claimSweeps)).claims;
    const first = await hour();
    expect(first).toHaveLength(100);
    desk.world.setNow('2034-01-01T09:00:00Z');
    // Claimed only now: behind a hundred that were there before, and ahead of them all the same.
    const second = await hour();
    expect(second).toHaveLength(100);
    const due = (await listClaims(desk.deps)).map(({ id }) => id).filter((id) => !busy.includes(id));
    expect(due).toHaveLength(2);
    expect(second).toEqual(expect.arrayContaining(due));
    expect(new Set([...first, ...second])).toEqual(new Set([...busy, ...due]));
    // And what people approve does not wait for its turn behind them.
    for (const claimId of due) {
      const { more: _, ...begun } = await run(() => desk.steps.beginSweep({ claimId }));
      await Promise.all(begun.entries.map((entryId) => run(() => desk.steps.lookAt({ claimId, entryId }))));
      await run(() => desk.steps.endLook({ claimId }));
    }
    const asked = (await listClaims(desk.deps)).filter(({ state }) => state === 'asked').map(({ id }) => id);
    expect(asked).toHaveLength(1);
    expect(await hour()).not.toEqual(expect.arrayContaining(asked));
    await desk.approveAll();
    expect((await hour())[0]).toBe(asked[0]);
  });

  it('are found by an index, and those that wait for people are not read', async () => {
    desk = await newSweepingDesk('sweep-turns-index');
    await working(5000, 'asked');
    await working(5000);
    await desk.world.asOwner('analyze sweep_claims');
    const { db } = desk.deps.ledger;
    const query = claimsToWork(db, { today: '2026-01-01', systemIds: [desk.id()], limit: 100 });
    expect(await query.execute()).toHaveLength(100);
    const { sql, parameters } = query.compile();
    const { rows } = await desk.world.asOwner(`EXPLAIN (COSTS OFF) ${sql}`, parameters);
    const plan = rows.map((row) => String(Object.values(row)[0])).join('\n');
    expect(plan).toContain('sweep_claims_turn');
    expect(plan).not.toMatch(/Seq Scan|Sort/);
  });

  it('are left alone before their day, and where their system is configured no more', async () => {
    desk = await newSweepingDesk('sweep-turns-parked');
    const parked = await working(1, 'parked');
    const { db } = desk.deps.ledger;
    const on = async (today: string, systemIds = [desk.id()]) =>
      (await claimsToWork(db, { today, systemIds, limit: 9 }).execute()).map(({ id }) => id);
    expect(await on('2026-01-31')).toEqual([]);
    expect(await on('2026-02-01')).toEqual(parked);
    expect(await on('2026-02-01', [])).toEqual([]);
  });
});

describe('days of the register', () => {
  const laws = (taxRegistrations: LoadedConfig['policy']['retention']['taxRegistrations']) => {
    const { config } = desk.deps;
    const retention = { ...config.policy.retention, taxRegistrations };
    const changed = { ...config, policy: { ...config.policy, retention } };
    desk.as({ config: changed });
    return { ...desk.deps, config: changed };
  };
  const toRegistered = async (label: string, taxRegistrations: Parameters<typeof laws>[0]) => {
    const system = companyDb();
    const retention = { taxRegistrations: [...taxRegistrations], switchOn: [], periods };
    desk = await newSweepingDesk(label, system, { retention });
    await desk.toRegistered();
    system.rows.get('lines')?.clear();
    desk.world.setNow('2027-06-01T09:00:00Z');
    await desk.hour();
  };

  it('are computed anew also by whoever sweeps by hand, and a dry run shows it before', async () => {
    await toRegistered('sweep-by-hand', ['DE']);
    expect(await desk.register()).toEqual(['invoice 4 2035-01-01']);
    const deps = laws([]);
    desk.world.setNow('2034-01-01T09:00:00Z');
    expect(await dryRun(deps, day('2033-12-31'))).toEqual([]);
    expect(await dryRun(deps, day('2034-01-01'))).toMatchObject([
      { what: 'erase', recordClass: 'invoice', count: 4, until: '2034-12-31', asks: ['shortened'] },
    ]);
    // A dry run changes nothing, and what only takes what is due by its registered day misses it.
    expect(await desk.register()).toEqual(['invoice 4 2035-01-01']);
    expect(await claimAll(deps, undefined)).toEqual([]);
    const taken = await takeDue(deps, undefined, { limit: Infinity });
    expect(taken).toMatchObject({ reviewed: 1, claims: [expect.stringMatching(/^clm_/)] });
    await expect(takeDue(deps, day('2034-01-02'), { limit: 1 })).rejects.toMatchObject({ code: 'sweep-future' });
  });

  it('are computed anew past a page that cannot be read now, which is tried again with the next review', async () => {
    await toRegistered('sweep-review-fails', []);
    const { db } = desk.deps.ledger;
    const entry = await db
      .selectFrom('register_entries')
      .selectAll()
      .where('kind', '=', 'retained')
      .executeTakeFirstOrThrow();
    const place = { requestId: entry.request_id, systemId: entry.system_id, round: entry.round };
    const at = { ...place, streamNo: entry.stream_no, chunkNo: entry.chunk_no, keyId: entry.key_id };
    const parts = await Promise.all(
      (await openPage(desk.deps, entry)).map(async (record) => ({
        ...{ id: newId('register'), count: 1, next: { lookOn: entry.due_on, code: null } },
        ...(await putPage(desk.deps, at, [record])),
      })),
    );
    await db.transaction().execute((trx) => splitEntry(trx, entry, parts, desk.deps.now()));
    const unreadable = [...parts].sort((a, b) => (a.id < b.id ? -1 : 1))[0]?.objectName;
    const deps = laws(['DE']);
    desk.world.setNow('2028-01-01T09:00:00Z');
    const storage: Storage = Object.assign(Object.create(deps.storage), {
      get: (...given: Parameters<Storage['get']>) =>
        given[1] === unreadable ? Promise.reject(new HabeasError('storage-unreachable')) : deps.storage.get(...given),
    });
    const failing = reviewRegister({ ...deps, storage }, { limit: Infinity });
    await expect(failing).rejects.toMatchObject({ code: 'storage-unreachable' });
    expect(await desk.register()).toEqual(['invoice 1 2034-01-01', ...Array(3).fill('invoice 1 2035-01-01')]);
    expect(await reviewRegister(deps, { limit: Infinity })).toBe(1);
    expect(await desk.register()).toEqual(Array(4).fill('invoice 1 2035-01-01'));
  });

  it('that moved are in the newest receipt of their request, by themselves, with what keeps it now', async () => {
    await toRegistered('sweep-moved', []);
    await issueDueReceipts(desk.deps);
    const before = await readReceipt(desk.deps, desk.requestId);
    expect(before.receipt.ends).toMatchObject([{ recordClass: 'invoice', until: '2033-12-31', count: 4 }]);
    expect(await issueDueReceipts(desk.deps)).toEqual({ issued: 0 });
    laws(['DE']);
    desk.world.setNow('2028-01-01T09:00:00Z');
    await desk.hour();
    expect(await issueDueReceipts(desk.deps)).toEqual({ issued: 1 });
    const { receipt, jws, keys } = await readReceipt(desk.deps, desk.requestId);
    expect(receipt.no).toBe(before.receipt.no + 1);
    expect(receipt.ends).toMatchObject([{ recordClass: 'invoice', until: '2034-12-31', count: 4 }]);
    expect(receipt.systems[0]?.erasure?.kept).toMatchObject([
      { disposition: 'retained', until: '2034-12-31', count: 4, keptBy: expect.stringContaining('AO §147') },
    ]);
    expect((await verifyReceipt(jws, keys)).findings).toEqual([]);
    expect(await issueDueReceipts(desk.deps)).toEqual({ issued: 0 });
  });
});
