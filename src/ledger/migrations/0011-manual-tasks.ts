/**
 * What work by hand needs: of a task about a system, which right it stands in for (one open question a system and right), and
 * which letters about it went to whom. Never changed once released.
 */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<never>): Promise<void> {
  await sql.raw(tables).execute(db);
}

const tables = `
alter table tasks add column "right" text;

drop index tasks_one_open;
create unique index tasks_one_open on tasks (request_id, kind, coalesce(system_id, ''), coalesce("right", ''), dedupe)
  where closed_at is null;

create table task_letters (
  task_id text not null references tasks (id),
  kind text not null,
  person_id text not null,
  intended_at timestamptz(3) not null,
  sent_at timestamptz(3),
  primary key (task_id, kind, person_id)
);

grant select, insert, update on task_letters to habeas_app;
`;
