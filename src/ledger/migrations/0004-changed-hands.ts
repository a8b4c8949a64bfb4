/**
 * Records of one decision and chunk may come to one disposition for two reasons: gone already, or another person's by the
 * time their turn came. Never changed once released.
 */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<never>): Promise<void> {
  await sql
    .raw(`
alter table dispositions
  drop constraint dispositions_pkey,
  add primary key (request_id, system_id, round, stream_no, chunk_no, "right", disposition, decision_no, reason)`)
    .execute(db);
}
