/**
 * What telling the person needs: of each right, since when its answer lies ready and by which way it reached the person; of a letter
 * to staff, until when one worker has it in hand; of an entry of the suppression list that ended, on which day the person
 * consented anew. Never changed once released.
 */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<never>): Promise<void> {
  await sql.raw(tables).execute(db);
}

const tables = `
alter table request_rights
  add column answer_ready_at timestamptz(3),
  add column answered_by text check (answered_by in ('email', 'post', 'in-person'));

alter table task_letters add column held_until timestamptz(3);

alter table suppressions
  add column consented_on date,
  add check (consented_on is null or (ended_at is not null and consented_on >= made_on));
grant update (consented_on) on suppressions to habeas_app;

-- Consent anew is of no request and of no system; whatever else may be so stays so.
do $$
declare
  before text := (select pg_get_constraintdef(oid) from pg_constraint
    where conrelid = 'people_decisions'::regclass and conname = 'people_decisions_check1');
begin
  if before is null then
    raise exception 'what a decision is about is not checked as this migration knows it';
  end if;
  alter table people_decisions drop constraint people_decisions_check1;
  execute format('alter table people_decisions add constraint people_decisions_check1 check (kind = ''consent'' or %s)',
    regexp_replace(before, '^CHECK ', ''));
end $$;
`;
