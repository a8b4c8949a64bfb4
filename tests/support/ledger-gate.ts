/**
 * Holds a request's erasure at one moment by a lock in its ledger, so that a test can do something meanwhile: before its
 * point of no return, or when the first effect was made and is not yet noted. Waits for the worker to stand before the lock,
 * never for time.
 */
import pg from 'pg';
import type { Installation } from './installation.ts';
import { eventually } from './servers.ts';

const moments = {
  'no-return': 'BEFORE UPDATE OF no_return_at ON plans',
  'first-outcome': 'BEFORE UPDATE OF done_at ON effects',
} as const;

/** Does `leadsThere`, waits until the worker has come to the moment, does `meanwhile`, and lets it go on. */
export async function heldAt(
  habeas: Installation,
  moment: keyof typeof moments,
  { requestId, leadsThere, meanwhile }: { requestId: string; leadsThere: () => unknown; meanwhile: () => unknown },
): Promise<void> {
  const client = new pg.Client({ connectionString: habeas.ledger.options.connectionString });
  await client.connect();
  try {
    const name = `gate_${moment.replace('-', '_')}`;
    await client.query(`
      CREATE OR REPLACE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN PERFORM pg_advisory_xact_lock(hashtext('${moment} ' || new.request_id)); RETURN new; END $$;
      CREATE OR REPLACE TRIGGER ${name} ${moments[moment]} FOR EACH ROW EXECUTE FUNCTION ${name}()`);
    await client.query('SELECT pg_advisory_lock(hashtext($1))', [`${moment} ${requestId}`]);
    await leadsThere();
    await eventually(async () => (await client.query(waiting)).rowCount === 1, { timeoutMs: 200_000 });
    await meanwhile();
  } finally {
    // Ends the session, and the lock with it.
    await client.end();
  }
}

const waiting = `SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;
