/**
 * The sweep as Temporal runs it: the hourly Schedule, triggered and backfilled, takes what is due into claims, fifty pages are looked
 * at in one run and the rest in the next, and what two people have approved is carried out by the workflow of the claim.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId, type RequestId } from '../../src/ids.ts';
import { splitEntry } from '../../src/ledger/sweep-entries.ts';
import { approveClaim, approvePlan, listClaims } from '../../src/requests/index.ts';
import { openPage, putPage } from '../../src/staging/register-page.ts';
import { sweepScheduleId } from '../../src/temporal/names.ts';
import type { RunningWorker } from '../../src/temporal/run-worker.ts';
import { ensureSchedules } from '../../src/temporal/schedules.ts';
import { invoiceFacts } from '../stages/sweeping-desk.ts';
import { historyOf } from '../support/history.ts';
import { eventually } from '../support/servers.ts';
import { ErasingSystem, rowsOf } from './erasing-system.ts';
import { erasurePolicy, financialYears, openTask } from './erasure-world.ts';
import { newWorld, type World } from './world.ts';

const pages = 60;
const accounts = new ErasingSystem({
  ...{ needs: ['email'], accounts: [{ id: 'anna', proofs: { email: 'anna.marker@example.ee' } }], hasSubjectRow: true },
  collections: [
    {
      ...{ collection: 'invoices', description: { recordClass: 'invoice', legalBasis: 'legal-obligation' } },
      ...{ stream: { recordClass: 'invoice' }, rows: rowsOf('invoices', 'anna', pages, invoiceFacts) },
    },
  ],
});

describe('the sweep', () => {
  let world: World;
  let worker: RunningWorker;
  let requestId: RequestId;
  beforeAll(async () => {
    world = await newWorld('wf-sweep', { systems: { 'account-db': accounts }, policy: erasurePolicy, financialYears });
    worker = await world.work();
    requestId = await world.open({ rights: ['erasure'] });
    await world.shows(requestId, (shown) => openTask(shown, 'plan-ready') !== undefined);
    await approvePlan(world.deps, { requestId, signedBy: world.ledger.people.officer });
    await world.shows(requestId, ({ state }) => state === 'completed');
    await takeApart();
  });
  afterAll(() => world?.close());

  /** A page a record, as if there were half a million of them. */
  async function takeApart(): Promise<void> {
    const { ledger } = world.deps;
    const entry = await ledger.db.selectFrom('register_entries').selectAll().executeTakeFirstOrThrow();
    const at = {
      requestId,
      systemId: entry.system_id,
      round: entry.round,
      streamNo: 0,
      chunkNo: 0,
      keyId: entry.key_id,
    };
    const parts = await Promise.all(
      (await openPage(world.deps, entry)).map(async (record) => ({
        ...{ id: newId('register'), count: 1, next: { lookOn: entry.due_on ?? '', code: null } },
        ...(await putPage(world.deps, at, [record])),
      })),
    );
    await ledger.db.transaction().execute((trx) => splitEntry(trx, entry, parts, world.deps.now()));
  }

  const schedule = () => worker.client.schedule.getHandle(sweepScheduleId(world.deps.config.temporal));
  const claims = () => listClaims(world.deps);

  it('is one hourly Schedule, however many workers start, and stays paused where somebody paused it', async () => {
    await schedule().pause('an audit is on');
    await ensureSchedules(worker.client, world.deps.config.temporal);
    const { spec, state, policies } = await schedule().describe();
    expect([spec.intervals?.map(({ every }) => every), state.paused, policies.overlap]).toEqual([
      [3_600_000],
      true,
      'SKIP',
    ]);
    await schedule().unpause();
  });

  it('does nothing before the day', async () => {
    world.setNow('2033-12-31T09:00:00Z');
    await schedule().trigger();
    await eventually(async () => (await schedule().describe()).info.recentActions.length > 0);
    const { recentActions } = (await schedule().describe()).info;
    for (const { action } of recentActions) await worker.client.workflow.getHandle(action.workflow.workflowId).result();
    expect(await claims()).toEqual([]);
  });

  it('triggered on the day looks at every page, in two runs of one workflow, and asks two people', async () => {
    world.setNow('2034-01-01T09:00:00Z');
    await schedule().trigger();
    const asked = await eventually(async () => {
      const found = await claims();
      return found[0]?.state === 'asked' && found;
    });
    expect(asked).toMatchObject([{ systemId: 'account-db', records: pages, peopleNeeded: 2 }]);
    const history = await historyOf(world.deps.config.temporal, asked[0]?.id ?? '');
    const looks = (history.events ?? []).filter(
      (event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'lookAt',
    );
    // Fifty in the run before.
    expect(looks).toHaveLength(pages - 50);
    expect(accounts.left('invoices')).toHaveLength(pages);
  });

  it('backfilled carries out what two people have approved, once', async () => {
    const [claim] = await claims();
    if (claim === undefined) throw new Error('no claim');
    for (const signedBy of [world.ledger.people.officer, world.ledger.people.second])
      await approveClaim(world.deps, { claimId: claim.id, signedBy });
    const end = new Date();
    const start = new Date(end.getTime() - 2 * 3_600_000);
    await schedule().backfill({ start, end, overlap: 'ALLOW_ALL' });
    await eventually(async () => (await claims()).length === 0);
    expect(accounts.left('invoices')).toEqual([]);
    const { rows } = await world.ledger.asOwner(
      'select count(*)::int as effects, sum(erased)::int as erased from sweep_effects where read_back_at is not null',
    );
    expect(rows).toEqual([{ effects: pages, erased: pages }]);
    expect(accounts.calls.filter((call) => call === 'erase dependants')).toHaveLength(1);
  });
});
