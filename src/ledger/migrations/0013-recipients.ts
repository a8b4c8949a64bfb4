/**
 * Notices to recipients (Art. 19): one row a recipient and right. What was said of one only goes forward, and a request is not
 * completed while one is not settled. Never changed once released.
 */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<never>): Promise<void> {
  await sql.raw(tables).execute(db);
  await sql.raw(guards).execute(db);
}

const tables = `
create table notices (
  request_id text not null references requests (id),
  recipient text not null check (recipient ~ '^[a-z][a-z0-9_-]{0,39}$'),
  "right" text not null,
  name text not null,
  kind text not null,
  state text not null,
  records bigint not null check (records >= 1),
  task_id text references tasks (id),
  opened_at timestamptz(3) not null,
  told_on date,
  settled_at timestamptz(3),
  primary key (request_id, recipient, "right"),
  check ((state = 'covered') <= (kind = 'processor')),
  check ((settled_at is null) = (state = 'open' or (state = 'sent' and kind = 'processor'))),
  check (state not in ('sent') or told_on is not null)
);
create index notices_by_task on notices (task_id);
grant select, insert, update on notices to habeas_app;
`;

const guards = `
create function habeas_notice_guard() returns trigger language plpgsql as $$
begin
  if old.settled_at is not null
    or (new.request_id, new.recipient, new."right", new.kind, new.records)
      is distinct from (old.request_id, old.recipient, old."right", old.kind, old.records) then
    raise exception 'a settled notice never changes' using errcode = 'HB002';
  end if;
  return new;
end $$;
create trigger notices_guard before update on notices for each row execute function habeas_notice_guard();

do $$
declare
  before text := pg_get_functiondef('habeas_check_books(text, text, boolean)'::regprocedure);
  after text := replace(before, '  if exists (select from lanes l where l.request_id = request and l.state <> ''done'') then',
    '  if exists (select from notices n where n.request_id = request and n.settled_at is null) then
    raise exception ''a recipient has not been told'' using errcode = ''HB001'';
  end if;
  if exists (select from lanes l where l.request_id = request and l.state <> ''done'') then');
begin
  if after = before then
    raise exception 'the books are not checked as this migration knows it';
  end if;
  execute after;
end $$;
`;
