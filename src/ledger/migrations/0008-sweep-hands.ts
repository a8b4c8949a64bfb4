/**
 * What reading back a replay needs: how many records of an effect were another person's when their turn came, and so may still
 * be there. An effect of the sweep is named by its entry and its claim; it needs no other key. Never changed once released.
 */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<never>): Promise<void> {
  await sql.raw(tables).execute(db);
}

const tables = `
alter table sweep_effects
  drop column idempotency_key,
  add column changed_hands bigint not null default 0 check (changed_hands between 0 and absent);
`;
