/**
 * Two people who answer for what was kept by hand and count differently must be able to come to the same: a voice may take the place of
 * an earlier one of the same person, which it names. Every other person has one voice a question. Never changed once released.
 */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<never>): Promise<void> {
  await sql.raw(tables).execute(db);
}

const tables = `
alter table people_decisions
  add column supersedes text unique references people_decisions (id),
  add check (supersedes is null or (task_id is not null and supersedes <> id));
drop index people_decisions_one_voice;
create unique index people_decisions_one_voice on people_decisions (task_id, person_id)
  where task_id is not null and answer <> 'leave-unresolved' and supersedes is null;
`;
