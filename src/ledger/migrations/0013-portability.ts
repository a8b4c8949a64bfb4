/**
 * What portability needs: its readings are of pass 0 like those of access, and its books are checked as those of access are.
 * Never changed once released.
 */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<never>): Promise<void> {
  await sql.raw(guards).execute(db);
}

const guards = `
do $$
declare
  name text;
  before text := pg_get_functiondef('habeas_check_books(text, text, boolean)'::regprocedure);
  after text := replace(before, 'when ''access'' then d.disposition in',
    'when ''portability'' then d.disposition in (''exported'', ''withheld'', ''referred'')
            when ''access'' then d.disposition in');
begin
  if after = before then
    raise exception 'the books are not checked as this migration knows it';
  end if;
  execute after;
  -- Named by PostgreSQL when it was made.
  for name in select conname from pg_constraint
    where conrelid = 'rounds'::regclass and contype = 'c' and pg_get_constraintdef(oid) like '%pass = 0%' loop
    execute format('alter table rounds drop constraint %I', name);
  end loop;
end $$;
alter table rounds add constraint rounds_pass_of_right
  check (("right" in ('access', 'portability')) = (pass = 0));
`;
