/**
 * Brings a ledger database to this version's tables: idempotent, one at a time (session advisory lock), never backwards.
 * Runs as the user of the URL, who then owns the tables; the program itself works as `habeas_app` (open.ts), which is
 * made here where this user may. Fails with `ledger-newer`, `ledger-role`, `ledger-unreachable`, `ledger-refused`.
 */
import { Kysely, type Migration, Migrator, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import { HabeasError } from '../errors.ts';
import { randomName } from '../ids.ts';
import { ledgerError, sqlState } from './failures.ts';
import * as spine from './migrations/0001-spine.ts';
import * as secondSystem from './migrations/0002-second-system.ts';
import * as erasure from './migrations/0003-erasure.ts';
import * as changedHands from './migrations/0004-changed-hands.ts';
import * as evidence from './migrations/0005-evidence.ts';

import * as sweep from './migrations/0006-sweep.ts';
import * as backups from './migrations/0007-backups.ts';
import * as sweepHands from './migrations/0008-sweep-hands.ts';
import * as sweepDays from './migrations/0009-sweep-days.ts';
import * as masks from './migrations/0010-masks.ts';
import * as manualTasks from './migrations/0011-manual-tasks.ts';
import * as rights from './migrations/0012-rights.ts';
import * as portability from './migrations/0013-portability.ts';

import * as recipients from './migrations/0013-recipients.ts';
import * as historyRemains from './migrations/0014-history-remains.ts';
import * as vendorJobs from './migrations/0015-vendor-jobs.ts';
import * as instructions from './migrations/0016-instructions.ts';
import * as sweepReceipts from './migrations/0018-sweep-receipts.ts';
import * as keptByHand from './migrations/0019-kept-by-hand.ts';
import * as cameBack from './migrations/0020-came-back.ts';
import * as answers from './migrations/0021-answers.ts';
import * as voices from './migrations/0024-voices.ts';
import { renewStateChecks, stateChecksHash } from './migrations/state-checks.ts';
import { appRole, type LedgerReader } from './open.ts';
import type { LedgerDatabase } from './schema.ts';

/** In order; a name is never reused. Code, not files: the same from dist, from a bundle and from a test. */
const migrations: Readonly<Record<string, Migration>> = {
  '0001-spine': spine,
  '0002-second-system': secondSystem,
  '0003-erasure': erasure,
  '0004-changed-hands': changedHands,
  '0005-evidence': evidence,
  '0006-sweep': sweep,
  '0007-backups': backups,
  '0008-sweep-hands': sweepHands,
  '0009-sweep-days': sweepDays,
  '0010-masks': masks,
  '0011-manual-tasks': manualTasks,
  '0012-rights': rights,
  '0013-portability': portability,
  '0013-recipients': recipients,
  '0014-history-remains': historyRemains,
  '0015-vendor-jobs': vendorJobs,
  '0016-instructions': instructions,
  '0018-sweep-receipts': sweepReceipts,
  '0019-kept-by-hand': keptByHand,
  '0020-came-back': cameBack,
  '0021-answers': answers,
  '0024-voices': voices,
};
const names = Object.keys(migrations);
/** What `settings.schema_version` says when the tables are this program's. */
export const schemaVersion = names[names.length - 1] ?? '';

/** Any number that no other program in the same database locks: "habeas" on a telephone's keys. */
const lockNumber = 422_327;

/** Applies what is missing and says which; `[]` when nothing was. */
export async function migrateLedger(url: string): Promise<{ applied: string[] }> {
  const pool = new pg.Pool({ connectionString: url, max: 2, connectionTimeoutMillis: 10_000 });
  pool.on('error', () => undefined);
  const db = new Kysely<LedgerDatabase>({ dialect: new PostgresDialect({ pool }) });
  try {
    return await db.connection().execute(async (guard) => {
      // Held by this connection until it ends; the migrator works on the other one.
      await sql`select pg_advisory_lock(${lockNumber})`.execute(guard);
      return migrateLocked(db);
    });
  } catch (error) {
    throw ledgerError(error);
  } finally {
    await pool.end();
  }
}

async function migrateLocked(db: Kysely<LedgerDatabase>): Promise<{ applied: string[] }> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => ({ ...migrations }) } });
  await refuseNewer(db);
  await ensureRole(db);
  const { error, results } = await migrator.migrateToLatest();
  if (error !== undefined) throw ledgerError(error);
  await db.transaction().execute(async (trx) => {
    await setOnce(trx, 'ledger_id', randomName());
    const stored = await setting(trx, 'state_checks');
    if (stored !== stateChecksHash) await renewStateChecks(trx);
    await setAlways(trx, 'state_checks', stateChecksHash);
    await setAlways(trx, 'schema_version', schemaVersion);
  });
  return { applied: (results ?? []).filter((one) => one.status === 'Success').map((one) => one.migrationName) };
}

/** Throws unless the tables are this version's; for the start of a worker or a command. */
export async function assertLedgerCurrent(db: LedgerReader): Promise<void> {
  const version = await setting(db, 'schema_version');
  if (version === undefined || version < schemaVersion) throw new HabeasError('ledger-not-migrated');
  if (version > schemaVersion) throw new HabeasError('ledger-newer');
}

/** The random id this ledger got when it was made; part of every signed statement. */
export async function ledgerId(db: LedgerReader): Promise<string> {
  const id = await setting(db, 'ledger_id');
  if (id === undefined) throw new HabeasError('ledger-not-migrated');
  return id;
}

async function setting(db: LedgerReader, name: string): Promise<string | undefined> {
  const row = await db.selectFrom('settings').select('value').where('name', '=', name).executeTakeFirst();
  return row?.value;
}

async function setOnce(db: LedgerReader, name: string, value: string): Promise<void> {
  await db
    .insertInto('settings')
    .values({ name, value })
    .onConflict((it) => it.column('name').doNothing())
    .execute();
}

async function setAlways(db: LedgerReader, name: string, value: string): Promise<void> {
  await db
    .insertInto('settings')
    .values({ name, value })
    .onConflict((it) => it.column('name').doUpdateSet({ value }))
    .execute();
}

async function refuseNewer(db: Kysely<LedgerDatabase>): Promise<void> {
  const exists = await sql<{ found: boolean }>`select to_regclass('settings') is not null as found`.execute(db);
  if (exists.rows[0]?.found !== true) return;
  const version = await setting(db, 'schema_version');
  if (version !== undefined && version > schemaVersion) throw new HabeasError('ledger-newer');
}

/** Roles belong to the whole server: two databases may make it at the same moment. */
async function ensureRole(db: Kysely<LedgerDatabase>): Promise<void> {
  const role = sql.id(appRole);
  try {
    const found = await sql`select from pg_roles where rolname = ${appRole}`.execute(db);
    if (found.rows.length === 0) await sql`create role ${role} nologin`.execute(db);
  } catch (error) {
    const state = sqlState(error);
    if (state === '42501') throw new HabeasError('ledger-role', { cause: error });
    if (state !== '42710' && state !== '23505') throw error;
  }
  if (await maySetRole(db)) return;
  try {
    await sql`grant ${role} to current_user`.execute(db);
  } catch (error) {
    throw sqlState(error) === '42501' ? new HabeasError('ledger-role', { cause: error }) : error;
  }
}

/** Tried, because since PostgreSQL 16 who makes a role may not by that alone take it. */
async function maySetRole(db: Kysely<LedgerDatabase>): Promise<boolean> {
  return db.connection().execute(async (one) => {
    try {
      await sql`set role ${sql.id(appRole)}`.execute(one);
    } catch (error) {
      if (sqlState(error) === '42501') return false;
      throw error;
    }
    await sql`reset role`.execute(one);
    return true;
  });
}
