/**
 * Somebody who was erased and comes back under a key of their own: their records are counted beside those that the old keys still
 * lead to (`new_relationship`), because another part of the reading back finds them. Never changed once released.
 */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<never>): Promise<void> {
  await sql.raw(came).execute(db);
}

const came = 'alter table rounds add column came_back bigint not null default 0 check (came_back >= 0)';
