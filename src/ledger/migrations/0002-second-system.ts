/**
 * What a second system, candidates of a scan, lanes that cannot finish, parts and the breaker need. The balance counts a
 * stream of candidates only where a person accepted it, and is refused while one waits. Several small chunks may share one
 * staged object. Never changed once released.
 */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<never>): Promise<void> {
  await sql.raw(tables).execute(db);
  await sql.raw(guards).execute(db);
}

const tables = `
alter table rounds
  add column by_hand boolean not null default false,
  add column unreadable_records bigint not null default 0 check (unreadable_records >= 0),
  add column unreadable_objects bigint not null default 0 check (unreadable_objects >= 0);

alter table streams
  add column is_candidate boolean not null default false,
  add column task_id text references tasks (id),
  add column reached_by text,
  add check (is_candidate or task_id is null);

alter table chunks
  drop constraint chunks_object_name_key,
  add column object_offset bigint not null default 0 check (object_offset >= 0),
  add unique (object_name, object_offset);

alter table tasks add column owner text;

-- Whether the package says that others follow: a system had not answered when it was built.
alter table packages add column more_follows boolean not null default false;

-- A voice for leaving a system unresolved is one of two and binds nobody: who gave it may still retry, answer by hand or
-- name another owner or date.
drop index people_decisions_one_voice;
create unique index people_decisions_one_voice on people_decisions (task_id, person_id)
  where task_id is not null and answer <> 'leave-unresolved';
create index people_decisions_by_task on people_decisions (task_id) where task_id is not null;

-- What every workflow asks at each wake, and the starter at each look.
create index tasks_by_request on tasks (request_id);
create index people_decisions_without_effect on people_decisions (request_id) where effect is null;

alter table incidents add column cause text;

-- What the breaker counts: requests that failed for good by the system's fault since it last answered one.
create table system_failures (
  system_id text not null,
  request_id text not null references requests (id),
  code text not null,
  at timestamptz not null,
  primary key (system_id, request_id)
);
grant select, insert, update, delete on system_failures to habeas_app;

-- Which reading of which system a package holds: a later part leaves it out, unless it was read anew.
create table package_systems (
  package_id text not null references packages (id),
  request_id text not null references requests (id),
  system_id text not null,
  round integer not null,
  primary key (package_id, system_id),
  foreign key (request_id, system_id, round) references rounds (request_id, system_id, round)
);
create index package_systems_by_request on package_systems (request_id);

-- Files that a person handed in with a lane done by hand: sealed pieces in staging, for the package.
create table attached_files (
  request_id text not null,
  system_id text not null,
  round integer not null,
  file_no integer not null check (file_no >= 1),
  piece_no integer not null check (piece_no >= 0),
  object_name text not null unique,
  plain_bytes bigint not null check (plain_bytes >= 0),
  tag text not null,
  -- Sealed: the file's own name.
  name_sealed text not null references sealed_objects (name),
  -- A harmless extension for the name in the package.
  extension text not null check (extension ~ '^[a-z0-9]{1,8}$'),
  primary key (request_id, system_id, round, file_no, piece_no),
  foreign key (request_id, system_id, round) references rounds (request_id, system_id, round)
);
grant select, insert on package_systems, attached_files to habeas_app;
`;

const guards = `
create or replace function habeas_check_balance(request text, identity text) returns void language plpgsql as $$
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
  if exists (
    select from lanes l where l.request_id = request and not exists (
      select from rounds o where o.request_id = l.request_id and o.system_id = l.system_id
        and not o.superseded and o.finished_at is not null))
    or exists (
      select from rounds o where o.request_id = request and not o.superseded and o.finished_at is null) then
    raise exception 'a system has not been read to the end' using errcode = 'HB001';
  end if;
  -- A scan's candidates: a person has said of each whether it is the subject's.
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
      -- Of a lane done by hand nothing was staged: both sides are attested by the same person, and shown so.
      or (not o.by_hand and s.found <> (
        select coalesce(sum(c.count), 0) from chunks c
        where c.request_id = s.request_id and c.system_id = s.system_id and c.stage = 'read'
          and c.round = s.round and c.stream_no = s.stream_no))
      or exists (
        select from request_rights r where r.request_id = request and s.found <> (
          select coalesce(sum(d.count), 0) from dispositions d
          where d.request_id = s.request_id and d.system_id = s.system_id and d.round = s.round
            and d.stream_no = s.stream_no and d."right" = r."right"
            and d.disposition in ('exported', 'withheld', 'referred'))))) then
    raise exception 'found is not exported + withheld + referred' using errcode = 'HB001';
  end if;
  if exists (
    select from chunks c
    where c.request_id = request and c.stage = 'read' and not exists (
      select from streams s where s.request_id = c.request_id and s.system_id = c.system_id
        and s.round = c.round and s.stream_no = c.stream_no)) then
    raise exception 'a chunk belongs to no stream' using errcode = 'HB001';
  end if;
end $$;

create trigger attached_files_books before insert or update or delete on attached_files
  for each row execute function habeas_books_guard();
`;
