/**
 * What the rights that act on records need: since when processing is restricted because of a request and how that ended, the
 * suppression list, what is to be corrected, and when a round was acted on. The balance knows what may become of a record of
 * these rights; `restricted` is guarded like `completed`. Never changed once released.
 */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<never>): Promise<void> {
  for (const part of [tables, guards]) await sql.raw(part).execute(db);
}

const tables = `
alter table requests add column corrections_sealed text references sealed_objects (name);
alter table request_rights add column terms text;
alter table rounds
  add column acted_at timestamptz(3),
  add column lifted_at timestamptz(3);

-- Only of access is a whole stream decided when it is read.
do $$
declare
  old text := (select conname from pg_constraint where conrelid = 'streams'::regclass and contype = 'c'
    and pg_get_constraintdef(oid) like '%erasure%disposition IS NOT NULL%');
begin
  execute format('alter table streams drop constraint %I', old);
end $$;
alter table streams add check ("right" not in ('access', 'portability') or (disposition is not null and reason is not null));

create table restrictions (
  request_id text primary key references requests (id),
  ground text not null,
  set_on date not null,
  decided_on date,
  told_on date,
  ended_on date,
  ended_why text check (ended_why in ('told', 'upheld', 'nothing-reached')),
  decision_id text references people_decisions (id),
  check ((ended_on is null) = (ended_why is null)),
  -- Nobody lifts it before the person was told.
  check (ended_why is distinct from 'told'
    or (told_on is not null and decision_id is not null and told_on <= ended_on and told_on >= set_on))
);

alter table hash_keys drop constraint hash_keys_purpose_check,
  add constraint hash_keys_purpose_check check (purpose in ('lookup', 'suppression'));

create table suppressions (
  purpose text not null check (purpose in ('marketing')),
  key_id text not null references hash_keys (id),
  hash text not null check (hash ~ '^[0-9a-f]{64}$'),
  request_id text not null references requests (id),
  "right" text not null,
  made_on date not null,
  made_at timestamptz(3) not null,
  ended_at timestamptz(3),
  ended_by text,
  primary key (key_id, hash, purpose),
  check ((ended_at is null) = (ended_by is null))
);

grant select, insert on restrictions, suppressions to habeas_app;
grant update on restrictions to habeas_app;
grant update (ended_at, ended_by, request_id, "right", made_on, made_at) on suppressions to habeas_app;
`;

const guards = `
-- What ended once does not begin again, and what was told stays told.
create function habeas_restriction_guard() returns trigger language plpgsql as $$
begin
  if old.ended_on is not null then
    raise exception 'a restriction that has ended never changes' using errcode = 'HB002';
  end if;
  return new;
end $$;
create trigger restrictions_guard before update on restrictions
  for each row execute function habeas_restriction_guard();

do $$
declare
  before text := pg_get_functiondef('habeas_check_books(text, text, boolean)'::regprocedure);
  after text := replace(before, 'else false end', 'when ''rectification'' then d.disposition in (''rectified'', ''absent'', ''refused'', ''referred'')
            when ''restriction'' then d.disposition in (''restricted'', ''absent'', ''refused'', ''referred'')
            when ''objection'' then d.disposition in (''objected'', ''suppressed'', ''absent'', ''refused'', ''referred'')
            when ''consent-withdrawal'' then d.disposition in (''suppressed'', ''absent'', ''refused'', ''referred'')
            else false end');
begin
  if after = before then
    raise exception 'the books are not checked as this migration knows it';
  end if;
  before := after;
  after := replace(before, '-- An intent without an outcome', '-- What a right asks was done in every system and read back.
  if exists (
    select from rounds o where o.request_id = request and not o.superseded and not o.by_hand and o.acted_at is null
      and o."right" in (''rectification'', ''restriction'', ''objection'', ''consent-withdrawal''))
    or exists (
      select from dispositions d
      join rounds o on (o.request_id, o.system_id, o.round) = (d.request_id, d.system_id, d.round)
      where d.request_id = request and not o.superseded and d.disposition in (''rectified'', ''restricted'', ''suppressed'')
        and d.evidence not in (''read-back'', ''attested'')) then
    raise exception ''a right has not been carried out and read back'' using errcode = ''HB001'';
  end if;
  -- An intent without an outcome');
  if after = before then
    raise exception 'the books are not checked as this migration knows it';
  end if;
  execute after;
  before := pg_get_functiondef('habeas_request_guard()'::regprocedure);
  after := replace(before, 'elsif new.state = ''awaiting_expiry'' and',
    'elsif new.state = ''restricted'' and old.state <> ''restricted'' then
    perform habeas_check_books(new.id, new.identity, false);
  elsif new.state = ''awaiting_expiry'' and');
  if after = before then
    raise exception 'the guard of requests is not as this migration knows it';
  end if;
  execute after;
end $$;

-- Nothing is completed while it is restricted.
create function habeas_restricted_guard() returns trigger language plpgsql as $$
begin
  if new.state = 'completed' and old.state <> 'completed'
    and exists (select from restrictions r where r.request_id = new.id and r.ended_on is null) then
    raise exception 'processing is still restricted' using errcode = 'HB001';
  end if;
  return new;
end $$;
create trigger requests_restricted before update on requests
  for each row execute function habeas_restricted_guard();
`;
