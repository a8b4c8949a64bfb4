/**
 * A register of many entries, for measuring and explaining how the due ones are found: every entry is active and of one of two
 * hundred requests that have ended, in five systems, due on days of eight years; `due` of them, spread over the systems, are due by
 * 2026-06-30. Rows only: no page lies in a bucket, and what refers to what is not checked. No randomness.
 */
import pg from 'pg';

/** The day by which `due` entries are due. */
export const dueBy = '2026-06-30';

export async function fillRegister(adminUrl: string, entries: number, due: number): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    await client.query('SET session_replication_role = replica');
    await client.query(`
      INSERT INTO requests (id, state, channel, language, received_on, created_at, country, seq, woken_seq, config_sha256,
        working_key_id, case_key_id, identity, identifiers_sealed, intake_sealed, due_on, internal_target_on, work_to_on,
        unpaused_due_on, clock_rule, clock_calendar)
      SELECT 'req_' || lpad(n::text, 26, '0'), 'completed', 'web', 'en', '2026-01-01', '2026-01-01', 'EE', 1, 1, '', '', '',
        'unverified', '', '', '2026-02-01', '2026-01-28', '2026-01-28', '2026-02-01', '', ''
      FROM generate_series(0, 199) n`);
    await client.query(
      `INSERT INTO register_entries (id, request_id, system_id, round, stream_no, chunk_no, decision_no, kind, collection,
         record_class, count, due_on, look_on, kept_by, key_id, object_name, tag, bytes, made_at, active_at)
       SELECT 'reg_' || lpad(n::text, 26, '0'), 'req_' || lpad((n % 200)::text, 26, '0'), 'system-' || n % 5, 1, n / 1000, n % 1000,
         1, 'retained', 'invoices', 'invoice', 1 + n % 40, d, d, 'Accounting Act §12: until ' || (d - 1),
         'key_' || lpad((n % 200)::text, 26, '0'), 'register/' || n, '00', 4096, '2026-01-01', '2026-01-01'
       FROM generate_series(0, $1::int - 1) n, LATERAL (SELECT CASE WHEN n < $2::int THEN date '2026-01-01' + n % 180
         ELSE date '2026-07-01' + n % 2900 END AS d) o`,
      [entries, due],
    );
    await client.query('SET session_replication_role = origin');
    await client.query('VACUUM (ANALYZE) register_entries');
    await client.query('VACUUM (ANALYZE) requests');
  } finally {
    await client.end();
  }
}
