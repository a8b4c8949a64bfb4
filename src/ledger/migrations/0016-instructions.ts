/**
 * What a customer's instruction about a whole workspace needs: its terms beside its request, its export balanced as access is, and
 * four eyes: nobody is verified by whoever opened the instruction, nor by anything but a mandate. Never changed once released.
 */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<never>): Promise<void> {
  for (const part of [tables, guards]) await sql.raw(part).execute(db);
}

const tables = `
create table instructions (
  request_id text primary key references requests (id),
  act text not null,
  mandate_sha256 text not null check (mandate_sha256 ~ '^[0-9a-f]{64}$'),
  mandate_sealed text not null references sealed_objects (name),
  notice_ends_on date not null,
  transition_ends_on date not null,
  retrieval_days integer not null check (retrieval_days >= 0),
  check (transition_ends_on >= notice_ends_on)
);
grant select, insert on instructions to habeas_app;

alter table rounds drop constraint rounds_pass_of_right;
alter table rounds add constraint rounds_pass_of_right
  check (("right" in ('access', 'portability', 'workspace-export')) = (pass = 0));

do $$
declare
  name text;
begin
  -- Named by PostgreSQL when it was made.
  for name in select conname from pg_constraint
    where conrelid = 'streams'::regclass and contype = 'c' and pg_get_constraintdef(oid) like '%disposition IS NOT NULL%' loop
    execute format('alter table streams drop constraint %I', name);
  end loop;
end $$;
alter table streams add constraint streams_decided_as_whole
  check ("right" not in ('access', 'portability', 'workspace-export') or (disposition is not null and reason is not null));
`;

const guards = `
do $$
declare
  before text := pg_get_functiondef('habeas_check_books(text, text, boolean)'::regprocedure);
  after text := replace(before, 'when ''access'' then d.disposition in',
    'when ''workspace-export'' then d.disposition in (''exported'', ''withheld'', ''referred'')
            when ''access'' then d.disposition in');
begin
  if after = before then
    raise exception 'the books are not checked as this migration knows it';
  end if;
  execute after;
end $$;

create function habeas_mandate_guard() returns trigger language plpgsql as $$
begin
  if new.identity = 'verified' and old.identity <> 'verified'
    and exists (select from instructions i where i.request_id = new.id)
    and (new.created_by is null or new.identity_by is null or new.identity_by = new.created_by
      or new.identity_method is distinct from 'mandate') then
    raise exception 'a mandate is reviewed by a second person' using errcode = 'HB004';
  end if;
  return new;
end $$;
create trigger requests_mandate before update on requests
  for each row execute function habeas_mandate_guard();
`;
