/**
 * The retention sweep on a real ledger and a real bucket, without Temporal: an erasure that has ended and has kept invoices and
 * lines that expire, and one hour of the sweep as its workflows would run it.
 */
import { MockActivityEnvironment } from '@temporalio/testing';
import { mainActivities, systemActivities } from '../../activities/index.ts';
import type { RecordFacts, System } from '../../connectors/contract.ts';
import type { LoadedConfig } from '../../src/config/load.ts';
import type { Deps } from '../../src/deps.ts';
import type { ClaimId, RequestId } from '../../src/ids.ts';
import { findClaim } from '../../src/ledger/sweep-claims.ts';
import { approveClaim, listClaims } from '../../src/requests/index.ts';
import { ErasingSystem, rowsOf } from '../workflow/erasing-system.ts';
import { type ErasingDesk, newErasingDesk } from './erasing-desk.ts';

/** Of 10 February 2026, paid: Estonia keeps it until the last day of 2033. */
export const invoiceFacts: RecordFacts = {
  ...{ createdAt: '2026-02-10', supply: 'domestic', money: 'settled', settledOn: '2026-03-01' },
  events: { issue: '2026-02-10', recording: '2026-02-10', supply: '2026-02-10' },
};
export const invoice = (no: number) => ({ collection: 'invoices', key: [['id', `invoices-7-00000${no}`]] as const });

/** Anna has 3 notes, 4 invoices and 2 lines; Berta's are nobody's business. */
export function companyDb(facts: RecordFacts = invoiceFacts): ErasingSystem {
  return new ErasingSystem({
    needs: ['email'],
    accounts: [
      { id: '7', proofs: { email: 'anna.marker@example.ee' } },
      { id: '8', proofs: { email: 'berta.marker@example.ee' } },
    ],
    hasSubjectRow: true,
    collections: [
      { collection: 'notes', rows: rowsOf('notes', '7', 3) },
      {
        ...{ collection: 'invoices', description: { recordClass: 'invoice', legalBasis: 'legal-obligation' } },
        stream: { recordClass: 'invoice' },
        rows: [...rowsOf('invoices', '7', 4, facts), ...rowsOf('invoices', '8', 2, facts)],
      },
      {
        ...{ collection: 'lines', description: { recordClass: 'server-log' } },
        erase: { mode: 'expiry', days: 90, balancing: { en: 'Lines cannot be erased singly.' } },
        rows: rowsOf('lines', '7', 2),
      },
    ],
  });
}

export interface SweepingDesk extends ErasingDesk {
  /** The whole erasure, up to the destruction of its staging and working key. */
  toRegistered(outcome?: 'completed' | 'awaiting_expiry'): Promise<void>;
  /** What the hourly Schedule does, to its end; the claims it started. `with`: other dependencies from now on. */
  hour(): Promise<readonly ClaimId[]>;
  /** The same as if another process with this configuration or these systems did it. */
  as(change: Partial<Pick<Deps, 'config' | 'systems'>>): void;
  /** Two people approve what waits. */
  approveAll(): Promise<void>;
  claim(id: ClaimId): ReturnType<typeof findClaim>;
  /** Entries that are looked at some day: class, count, day. */
  register(): Promise<readonly string[]>;
  /** Another request looks for the person, and reads. */
  readAs(requestId: RequestId): Promise<void>;
  state(): Promise<string>;
}

export async function newSweepingDesk(
  label: string,
  system: System = companyDb(),
  policy: Partial<LoadedConfig['policy']> = {},
  backups: Parameters<typeof newErasingDesk>[3] = [],
): Promise<SweepingDesk> {
  const desk = await newErasingDesk(label, { 'account-db': system }, policy, backups);
  const { db } = desk.deps.ledger;
  let deps = desk.deps;
  const call = <I, O>(activity: (input: I) => Promise<O>, input: I): Promise<O> =>
    new MockActivityEnvironment().run(activity, input);
  const hour = async (): Promise<readonly ClaimId[]> => {
    const main = mainActivities(deps);
    const stages = systemActivities(deps);
    const { claims } = await call(main.claimSweeps, undefined);
    for (const claimId of claims)
      try {
        for (;;) {
          const { state, entries, more } = await call(main.beginSweep, { claimId });
          if (state !== 'claimed' && state !== 'approved') break;
          await Promise.all(entries.map((entryId) => call(main.lookAt, { claimId, entryId })));
          if (more) continue;
          if ((await call(main.endLook, { claimId })).state !== 'approved') break;
          const { running } = await call(stages.sweepOut, {
            ...{ claimId, systemId: (await findClaim(db, claimId)).system_id },
          });
          // As after a week of timers.
          if (running === true) await call(main.parkSweep, { claimId, code: 'vendor-job-runs' });
          break;
        }
      } catch (error) {
        await call(main.parkSweep, { claimId, code: String(Reflect.get(Object(error), 'type')) });
      }
    return claims;
  };
  return {
    ...desk,
    toRegistered: async (outcome = 'awaiting_expiry') => {
      await desk.toPlanned();
      await desk.toNoReturn();
      await desk.erase();
      await desk.verify();
      await desk.erase('subject-row');
      await desk.verify('subject-row');
      await desk.close(outcome);
      await desk.destroyStaging();
      const { working_key_id: key } = await db
        .selectFrom('requests')
        .select('working_key_id')
        .executeTakeFirstOrThrow();
      await desk.deps.keys.destroy(key);
    },
    hour,
    as: (change) => {
      deps = { ...deps, ...change };
    },
    approveAll: async () => {
      for (const { id, state } of await listClaims(deps)) {
        if (state !== 'asked') continue;
        await approveClaim(deps, { claimId: id, signedBy: desk.world.people.officer });
        await approveClaim(deps, { claimId: id, signedBy: desk.world.people.second });
      }
    },
    claim: (id) => findClaim(db, id),
    register: async () => {
      const rows = await db
        .selectFrom('register_entries')
        .select(['record_class', 'count', 'look_on', 'code'])
        .where('count', '>', 0)
        .orderBy('record_class')
        .orderBy('look_on')
        .orderBy('count')
        .execute();
      return rows.map((row) => [row.record_class, row.count, row.look_on, row.code ?? ''].join(' ').trim());
    },
    readAs: async (requestId) => {
      const stages = systemActivities(deps);
      const at = { requestId, systemId: desk.id(), round: 1, right: 'erasure' as const, pass: 1 };
      await call(stages.locate, { ...at, workflowSeq: 1 });
      await call(stages.read, { ...at, workflowSeq: 2 });
    },
    state: async () => {
      const row = db.selectFrom('requests').select('state').where('id', '=', desk.requestId);
      return (await row.executeTakeFirstOrThrow()).state;
    },
  };
}
