/**
 * What erasure needs: rounds of a right and pass, decisions per record, plans and their approval, the journal of effects,
 * the register, holds, successors. The balance is checked per right, an erasure also against the register's own counts;
 * `awaiting_expiry` is guarded like `completed`, but lets records expire. Never changed once released.
 */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<never>): Promise<void> {
  await sql.raw(tables).execute(db);
  await sql.raw(guards).execute(db);
}

const tables = `
alter table requests
  add column no_return_at timestamptz(3),
  add column closing_sealed text references sealed_objects (name),
  add column erasure_from date;

alter table lanes add column erase_started_at timestamptz(3);

alter table rounds
  add column "right" text not null default 'access',
  add column pass integer not null default 0 check (pass >= 0),
  add column planned_at timestamptz(3),
  add column prepared_at timestamptz(3),
  add column erased_at timestamptz(3),
  add column verified_at timestamptz(3),
  add column policy_sha256 text,
  add column new_relationship bigint not null default 0 check (new_relationship >= 0),
  add check (("right" = 'access') = (pass = 0));

alter table streams
  alter column disposition drop not null,
  alter column reason drop not null,
  add column description text,
  add check ("right" = 'erasure' or (disposition is not null and reason is not null));

create table decisions (
  request_id text not null,
  system_id text not null,
  round integer not null,
  no integer not null check (no >= 1),
  collection text not null,
  record_class text not null,
  action text not null check (action in ('delete', 'anonymise', 'detach', 'keep')),
  disposition text not null,
  reason text not null,
  ground text,
  exception text,
  refusal text,
  kept_by text,
  until date,
  fields jsonb not null,
  count bigint not null check (count >= 0),
  primary key (request_id, system_id, round, no),
  foreign key (request_id, system_id, round) references rounds (request_id, system_id, round)
);

alter table dispositions
  add column decision_no integer not null default 0 check (decision_no >= 0),
  add column detached boolean not null default false,
  add column until date,
  drop constraint dispositions_pkey,
  add primary key (request_id, system_id, round, stream_no, chunk_no, "right", disposition, decision_no);

create table plans (
  request_id text not null references requests (id),
  pass integer not null check (pass >= 1),
  version integer not null check (version >= 1),
  sha256 text not null,
  rounds jsonb not null,
  policy_sha256 text not null,
  made_at timestamptz(3) not null,
  task_id text references tasks (id),
  approved_at timestamptz(3),
  cooling_until timestamptz(3),
  no_return_at timestamptz(3),
  ended_at timestamptz(3),
  primary key (request_id, pass, version)
);
create unique index plans_one_current on plans (request_id, pass) where ended_at is null;

create table effects (
  request_id text not null,
  system_id text not null,
  round integer not null,
  stream_no integer not null,
  chunk_no integer not null,
  idempotency_key text not null unique,
  intended_at timestamptz(3) not null,
  done_at timestamptz(3),
  primary key (request_id, system_id, round, stream_no, chunk_no),
  foreign key (request_id, system_id, round, stream_no) references streams (request_id, system_id, round, stream_no)
);

create table register_entries (
  id text primary key check (id ~ '^reg_[0-9a-hjkmnp-tv-z]{26}$'),
  request_id text not null references requests (id),
  system_id text not null,
  round integer not null,
  stream_no integer not null,
  chunk_no integer not null,
  decision_no integer not null,
  kind text not null check (kind in ('retained', 'expiring')),
  collection text not null,
  record_class text not null,
  count bigint not null check (count >= 0),
  due_on date,
  kept_by text,
  key_id text not null,
  object_name text not null unique,
  tag text not null,
  bytes bigint not null check (bytes >= 0),
  made_at timestamptz(3) not null,
  active_at timestamptz(3),
  unique (request_id, system_id, round, stream_no, chunk_no, decision_no),
  foreign key (request_id, system_id, round, decision_no) references decisions (request_id, system_id, round, no)
);
create index register_entries_due on register_entries (due_on) where active_at is not null;

create table holds (
  id text primary key check (id ~ '^hld_[0-9a-hjkmnp-tv-z]{26}$'),
  kind text not null,
  request_id text references requests (id),
  system_id text,
  owner text not null,
  placed_by text not null,
  placed_on date not null,
  review_on date not null,
  key_id text not null,
  sealed text not null references sealed_objects (name),
  released_by text,
  released_on date,
  check (request_id is not null or system_id is not null),
  check ((released_by is null) = (released_on is null)),
  check (review_on > placed_on)
);
create index holds_open on holds (request_id) where released_on is null;

create table successors (
  request_id text not null references requests (id),
  system_id text not null,
  task_id text not null references tasks (id),
  named_sealed text not null references sealed_objects (name),
  refused_at timestamptz(3),
  primary key (request_id, task_id)
);

alter table tasks add column about_sha256 text;

-- A hold may outlive the request it was placed on: a decision on it then stands on the chain of what belongs to no request.
alter table people_decisions drop constraint people_decisions_check1,
  add check (request_id is not null or system_id is not null or kind in ('hold', 'release'));

grant select, insert on decisions, plans, effects, register_entries, holds, successors to habeas_app;
grant update on plans, effects, register_entries, holds, decisions, successors to habeas_app;
-- What was planned for a request that was cancelled is not looked at again.
grant delete on register_entries to habeas_app;
`;

const guards = `
-- A plan that was begun under another policy is forgotten whole and made again; one that was finished never is.
create function habeas_forget_plan(request text, system text, of_round integer) returns void
language plpgsql security definer set search_path = public as $$
begin
  if not exists (
    select from rounds o where o.request_id = request and o.system_id = system and o.round = of_round
      and o."right" = 'erasure' and o.planned_at is null) then
    raise exception 'a finished plan is not made again' using errcode = 'HB002';
  end if;
  delete from dispositions d where d.request_id = request and d.system_id = system and d.round = of_round
    and d."right" = 'erasure';
  delete from decisions d where d.request_id = request and d.system_id = system and d.round = of_round;
  delete from chunks c where c.request_id = request and c.system_id = system and c.round = of_round and c.stage = 'plan';
end $$;
revoke all on function habeas_forget_plan(text, text, integer) from public;
grant execute on function habeas_forget_plan(text, text, integer) to habeas_app;

create or replace function habeas_request_guard() returns trigger language plpgsql as $$
declare
  free constant text[] := array['woken_seq', 'workflow_seq', 'completed_at', 'working_key_ends_on', 'working_key_destroyed_at'];
begin
  if tg_op = 'INSERT' then
    if new.state in ('completed', 'refused', 'cancelled') then
      raise exception 'a request begins open' using errcode = 'HB002';
    end if;
    return new;
  end if;
  if new.workflow_seq < old.workflow_seq then
    return null;
  end if;
  if old.state in ('completed', 'refused', 'cancelled') then
    if to_jsonb(new) - free <> to_jsonb(old) - free
      or (old.completed_at is not null and new.completed_at is distinct from old.completed_at) then
      raise exception 'final states never change' using errcode = 'HB002';
    end if;
    return new;
  end if;
  if new.no_return_at is distinct from old.no_return_at and old.no_return_at is not null then
    raise exception 'the point of no return is passed once' using errcode = 'HB002';
  end if;
  -- What may have been erased cannot be called cancelled or refused.
  if new.state in ('cancelled', 'refused') and old.no_return_at is not null then
    raise exception 'past the point of no return' using errcode = 'HB002';
  end if;
  if new.state = 'completed' then
    perform habeas_check_books(new.id, new.identity, false);
  elsif new.state = 'awaiting_expiry' and old.state <> 'awaiting_expiry' then
    perform habeas_check_books(new.id, new.identity, true);
  end if;
  return new;
end $$;

create function habeas_check_books(request text, identity text, may_expire boolean) returns void language plpgsql as $$
begin
  if identity <> 'verified' then
    raise exception 'identity is not verified' using errcode = 'HB001';
  end if;
  if not exists (select from request_rights r where r.request_id = request)
    or not exists (select from lanes l where l.request_id = request) then
    raise exception 'nothing was asked of any system' using errcode = 'HB001';
  end if;
  if exists (select from lanes l where l.request_id = request and l.state <> 'done') then
    raise exception 'a lane is not done' using errcode = 'HB001';
  end if;
  -- Per right, every system was read to the end at least once, and no reading that counts was left unfinished.
  if exists (
    select from lanes l join request_rights r on r.request_id = l.request_id
    where l.request_id = request and not exists (
      select from rounds o where o.request_id = l.request_id and o.system_id = l.system_id and o."right" = r."right"
        and not o.superseded and o.finished_at is not null))
    or exists (
      select from rounds o where o.request_id = request and not o.superseded and o.finished_at is null) then
    raise exception 'a system has not been read to the end' using errcode = 'HB001';
  end if;
  if exists (
    select from streams s
    join rounds o on (o.request_id, o.system_id, o.round) = (s.request_id, s.system_id, s.round)
    left join tasks t on t.id = s.task_id
    where s.request_id = request and not o.superseded and s.is_candidate
      and (s.found is null or s.found > 0 and (t.answer is null or t.answer not in ('accept', 'reject')))) then
    raise exception 'a candidate has not been decided' using errcode = 'HB001';
  end if;
  if exists (
    select from streams s
    join rounds o on (o.request_id, o.system_id, o.round) = (s.request_id, s.system_id, s.round)
    left join tasks t on t.id = s.task_id
    where s.request_id = request and not o.superseded and (not s.is_candidate or t.answer = 'accept') and (
      s.found is null
      or (not o.by_hand and s.found <> (
        select coalesce(sum(c.count), 0) from chunks c
        where c.request_id = s.request_id and c.system_id = s.system_id and c.stage = 'read'
          and c.round = s.round and c.stream_no = s.stream_no))
      or s.found <> (
        select coalesce(sum(d.count), 0) from dispositions d
        where d.request_id = s.request_id and d.system_id = s.system_id and d.round = s.round
          and d.stream_no = s.stream_no and d."right" = o."right"
          and case o."right"
            when 'access' then d.disposition in ('exported', 'withheld', 'referred')
            when 'erasure' then d.disposition in
              ('erased', 'anonymised', 'retained', 'expiring', 'absent', 'refused', 'referred')
            else false end))) then
    raise exception 'found is not the sum of what became of it' using errcode = 'HB001';
  end if;
  if exists (
    select from chunks c
    where c.request_id = request and c.stage = 'read' and not exists (
      select from streams s where s.request_id = c.request_id and s.system_id = c.system_id
        and s.round = c.round and s.stream_no = c.stream_no)) then
    raise exception 'a chunk belongs to no stream' using errcode = 'HB001';
  end if;
  -- Erasure: planned, prepared, erased and read back to the end; nothing rests on what nobody has read.
  if exists (
    select from rounds o where o.request_id = request and not o.superseded and o."right" = 'erasure' and not o.by_hand
      and (o.planned_at is null or o.prepared_at is null or o.erased_at is null or o.verified_at is null)) then
    raise exception 'an erasure has not been carried out and read back' using errcode = 'HB001';
  end if;
  if exists (
    select from dispositions d
    join rounds o on (o.request_id, o.system_id, o.round) = (d.request_id, d.system_id, d.round)
    where d.request_id = request and not o.superseded and d."right" = 'erasure' and (
      (d.disposition in ('erased', 'anonymised', 'absent') and d.evidence not in ('read-back', 'attested'))
      or (d.disposition = 'expiring' and not may_expire))) then
    raise exception 'what was erased has not been read back, or waits to expire' using errcode = 'HB001';
  end if;
  -- An intent without an outcome is an effect nobody knows the end of.
  if exists (
    select from effects e join rounds o on (o.request_id, o.system_id, o.round) = (e.request_id, e.system_id, e.round)
    where e.request_id = request and not o.superseded and e.done_at is null) then
    raise exception 'an effect has no outcome' using errcode = 'HB001';
  end if;
  -- What is kept is in the register, by a count of its own.
  if exists (
    select from dispositions d
    join rounds o on (o.request_id, o.system_id, o.round) = (d.request_id, d.system_id, d.round)
    where d.request_id = request and not o.superseded and not o.by_hand and d."right" = 'erasure'
      and d.disposition in ('retained', 'expiring')
    group by d.system_id, d.round, d.decision_no, d.disposition
    having sum(d.count) <> (
      select coalesce(sum(e.count), 0) from register_entries e
      where e.request_id = request and e.system_id = d.system_id and e.round = d.round
        and e.decision_no = d.decision_no and e.kind = d.disposition and e.active_at is not null)) then
    raise exception 'what is kept is not in the register' using errcode = 'HB001';
  end if;
end $$;

drop function habeas_check_balance(text, text);

${['decisions', 'effects']
  .map(
    (table) =>
      `create trigger ${table}_books before insert or update or delete on ${table} for each row execute function habeas_books_guard();`,
  )
  .join('\n')}
`;
