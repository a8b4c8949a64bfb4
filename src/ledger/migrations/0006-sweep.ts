/**
 * What the retention sweep needs: claims that people approve, who approved them, classes that are swept without asking, the
 * journal of its effects, and in the register the day on which an entry is looked at next. Books of a finished request change
 * only through `habeas_sweep_book`, which moves records that were read back and never makes or loses one. Never changed once
 * released.
 */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<never>): Promise<void> {
  await sql.raw(tables).execute(db);
  await sql.raw(guards).execute(db);
}

const tables = `
-- Whether the person had a business of their own that went on when the round was planned; null: nobody noted it.
alter table rounds add column own_business_open boolean;

create table sweep_claims (
  id text primary key check (id ~ '^clm_[0-9a-hjkmnp-tv-z]{26}$'),
  system_id text not null,
  kind text not null check (kind in ('erase', 'read-back')),
  as_of date not null,
  state text not null,
  code text,
  code_where text,
  automatic boolean not null,
  people_needed integer not null check (people_needed >= 0),
  sha256 text,
  attempt integer not null default 0 check (attempt >= 0),
  retry_on date,
  made_at timestamptz(3) not null,
  approved_at timestamptz(3),
  ended_at timestamptz(3),
  check ((state = 'asked') <= (sha256 is not null)),
  check ((state in ('done', 'rejected')) = (ended_at is not null))
);
create index sweep_claims_open on sweep_claims (made_at) where ended_at is null;

create table sweep_votes (
  claim_id text not null references sweep_claims (id),
  sha256 text not null,
  person_id text not null,
  decision_id text not null references people_decisions (id),
  primary key (claim_id, sha256, person_id)
);

-- Classes of which people have said that their records are swept without asking. One person asks for it, another agrees.
create table sweep_automatic (
  record_class text primary key,
  state text not null check (state in ('asked', 'on', 'off')),
  asked_by text not null,
  agreed_by text,
  since timestamptz(3) not null,
  check (state <> 'on' or (agreed_by is not null and agreed_by <> asked_by))
);

do $$
declare
  place text;
begin
  select conname into strict place from pg_constraint
  where conrelid = 'register_entries'::regclass and contype = 'u' and array_length(conkey, 1) = 6;
  execute format('alter table register_entries drop constraint %I', place);
end $$;
alter table register_entries
  drop constraint register_entries_kind_check,
  add constraint register_entries_kind_check check (kind in ('retained', 'expiring', 'vendor-job', 'backup-copy')),
  add column part integer not null default 0 check (part >= 0),
  add column look_on date,
  add column claim_id text references sweep_claims (id),
  add column action text check (action in ('delete', 'anonymise', 'detach')),
  add column fields jsonb,
  add column asks jsonb not null default '[]',
  add column code text,
  add column ended_at timestamptz(3),
  add column destroyed_at timestamptz(3),
  add constraint register_entries_place unique (request_id, system_id, round, stream_no, chunk_no, decision_no, part);
update register_entries set look_on = coalesce(due_on, (made_at + interval '30 days')::date);
create index register_entries_look on register_entries (system_id, look_on)
  where active_at is not null and ended_at is null and claim_id is null;
create index register_entries_claim on register_entries (claim_id) where claim_id is not null;
create index register_entries_leftover on register_entries (ended_at) where ended_at is not null and destroyed_at is null;

create table sweep_effects (
  entry_id text primary key references register_entries (id),
  claim_id text not null references sweep_claims (id),
  idempotency_key text not null unique,
  intended_at timestamptz(3) not null,
  done_at timestamptz(3),
  erased bigint not null default 0 check (erased >= 0),
  anonymised bigint not null default 0 check (anonymised >= 0),
  absent bigint not null default 0 check (absent >= 0),
  read_back_at timestamptz(3)
);

alter table people_decisions drop constraint people_decisions_check1,
  add constraint people_decisions_check1 check (
    request_id is not null or system_id is not null or kind in ('hold', 'release', 'automatic'));

grant select, insert, update on sweep_claims, sweep_votes, sweep_automatic, sweep_effects to habeas_app;
`;

const guards = `
-- A claim that has ended stays as it is.
create function habeas_claim_guard() returns trigger language plpgsql as $$
begin
  if old.ended_at is not null then
    raise exception 'a claim that has ended never changes' using errcode = 'HB002';
  end if;
  return new;
end $$;
create trigger sweep_claims_guard before update or delete on sweep_claims
  for each row execute function habeas_claim_guard();

create or replace function habeas_books_guard() returns trigger language plpgsql as $$
declare
  book text := case when tg_op = 'DELETE' then old.request_id else new.request_id end;
  now_state text;
begin
  select r.state into now_state from requests r where r.id = book for share;
  -- Only inside habeas_sweep_book, which runs as its owner.
  if tg_table_name = 'dispositions' and current_user <> 'habeas_app'
    and coalesce(current_setting('habeas.sweeping', true), '') <> '' then
    return case when tg_op = 'DELETE' then old else new end;
  end if;
  if now_state in ('completed', 'refused', 'cancelled') then
    raise exception 'the books of a finished request never change' using errcode = 'HB002';
  end if;
  if tg_op = 'DELETE' then
    return old;
  end if;
  return new;
end $$;

-- Records of one entry that the sweep read back: what was kept, or waited to expire, is erased, anonymised or was gone.
create function habeas_sweep_book(entry text, became text, of_count bigint) returns void
language plpgsql security definer set search_path = public as $$
declare
  e register_entries;
  was text;
begin
  select * into strict e from register_entries r where r.id = entry for update;
  was := case e.kind when 'retained' then 'retained' else 'expiring' end;
  if e.active_at is null or e.ended_at is not null or e.kind = 'backup-copy' or of_count < 1 or of_count > e.count
    or became not in ('erased', 'anonymised', 'absent') then
    raise exception 'nothing of this entry can be booked' using errcode = 'HB002';
  end if;
  if e.kind = 'retained' and not exists (
    select from sweep_effects f where f.entry_id = entry and f.done_at is not null) then
    raise exception 'nothing was done to this entry' using errcode = 'HB002';
  end if;
  perform set_config('habeas.sweeping', entry, true);
  update dispositions d set count = d.count - of_count
  where d.request_id = e.request_id and d.system_id = e.system_id and d.round = e.round and d.stream_no = e.stream_no
    and d.chunk_no = e.chunk_no and d."right" = 'erasure' and d.disposition = was and d.decision_no = e.decision_no;
  if not found then
    raise exception 'the books do not know this entry' using errcode = 'HB002';
  end if;
  delete from dispositions d
  where d.request_id = e.request_id and d.system_id = e.system_id and d.round = e.round and d.stream_no = e.stream_no
    and d.chunk_no = e.chunk_no and d."right" = 'erasure' and d.disposition = was and d.decision_no = e.decision_no
    and d.count = 0;
  insert into dispositions as d
    (request_id, system_id, round, stream_no, chunk_no, "right", disposition, reason, evidence, count, decision_no)
  values (e.request_id, e.system_id, e.round, e.stream_no, e.chunk_no, 'erasure', became,
    case was when 'expiring' then 'expires' else 'swept' end, 'read-back', of_count, e.decision_no)
  on conflict (request_id, system_id, round, stream_no, chunk_no, "right", disposition, decision_no, reason)
    do update set count = d.count + excluded.count;
  update register_entries set count = count - of_count where id = entry;
  perform set_config('habeas.sweeping', '', true);
end $$;
revoke all on function habeas_sweep_book(text, text, bigint) from public;
grant execute on function habeas_sweep_book(text, text, bigint) to habeas_app;

-- A vendor's job that takes longer than a workflow waits is booked as what goes by itself on its date.
do $$
declare
  before text := pg_get_functiondef('habeas_check_books(text, text, boolean)'::regprocedure);
  after text := replace(before, 'and e.kind = d.disposition',
    'and (case e.kind when ''vendor-job'' then ''expiring'' else e.kind end) = d.disposition');
begin
  if after = before then
    raise exception 'the books are not checked as this migration knows it';
  end if;
  execute after;
end $$;
`;
