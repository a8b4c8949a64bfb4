/**
 * What a batch of the retention sweep came to, line by line, its receipts and who is told of it; the turn in which batches are taken
 * up; the day on which a duty moved; and what a history still tells of what the sweep anonymised. Rows carry ids, configured words,
 * counts, laws, days and codes. Lines and receipts never change. Never changed once released.
 */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<never>): Promise<void> {
  for (const part of [tables, guards, books]) await sql.raw(part).execute(db);
}

const tables = `
-- When a batch was last handed to a workflow: whoever waited longest comes first.
alter table sweep_claims add column taken_up_at timestamptz(3);
create index sweep_claims_turn on sweep_claims (taken_up_at nulls first, made_at, id)
  where ended_at is null and state <> 'asked';

-- When its day, or what keeps it, last became another than was decided.
alter table register_entries add column moved_at timestamptz(3);
create index register_entries_moved on register_entries (request_id) where moved_at is not null and ended_at is null;

alter table sweep_effects add column history_remains bigint not null default 0
  check (history_remains between 0 and anonymised);

create table sweep_lines (
  id bigint generated always as identity primary key,
  claim_id text not null references sweep_claims (id),
  entry_id text not null references register_entries (id),
  what text not null,
  record_class text not null,
  -- As the register had it: what kept it, and the first day on which it was allowed to go.
  kept_by text,
  due_on date,
  records bigint not null check (records >= 1),
  erased bigint not null default 0 check (erased >= 0),
  anonymised bigint not null default 0 check (anonymised >= 0),
  absent bigint not null default 0 check (absent >= 0),
  history_remains bigint not null default 0 check (history_remains between 0 and anonymised),
  changed_hands bigint not null default 0 check (changed_hands between 0 and absent),
  -- Why it was left; of what moved: what keeps it now, and its new day.
  code text,
  next_by text,
  next_on date,
  to_claim text references sweep_claims (id),
  at timestamptz(3) not null,
  check (erased + anonymised + absent = case when what in ('done', 'again') then records else 0 end),
  check ((what = 'handed-on') = (to_claim is not null))
);
create index sweep_lines_claim on sweep_lines (claim_id, id);

create table sweep_receipts (
  claim_id text not null references sweep_claims (id),
  no integer not null check (no >= 1),
  state text not null,
  made_at timestamptz(3) not null,
  kid text not null references signing_keys (kid),
  -- Of the JWS; also on the batch's audit chain.
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  facts_sha256 text not null check (facts_sha256 ~ '^[0-9a-f]{64}$'),
  -- There is nothing of a person in it: no key has to open it.
  jws text not null,
  primary key (claim_id, no)
);

create table sweep_notices (
  claim_id text not null references sweep_claims (id),
  recipient text not null check (recipient ~ '^[a-z][a-z0-9_-]{0,39}$'),
  -- From 1: what a batch erases after somebody was told is another notice.
  no integer not null check (no >= 1),
  name text not null,
  kind text not null,
  state text not null,
  records bigint not null check (records >= 1),
  opened_at timestamptz(3) not null,
  due_on date not null,
  told_on date,
  told_at timestamptz(3),
  settled_at timestamptz(3),
  primary key (claim_id, recipient, no),
  check ((state = 'covered') <= (kind = 'processor')),
  check ((settled_at is null) = (state = 'open' or (state = 'sent' and kind = 'processor'))),
  check (state <> 'sent' or told_on is not null)
);
create index sweep_notices_open on sweep_notices (claim_id) where settled_at is null;

grant select, insert on sweep_lines, sweep_receipts to habeas_app;
grant select, insert, update on sweep_notices to habeas_app;
`;

const guards = `
create function habeas_sweep_line_guard() returns trigger language plpgsql as $$
begin
  raise exception 'what a batch came to is never changed' using errcode = 'HB002';
end $$;
create trigger sweep_lines_guard before update or delete on sweep_lines
  for each row execute function habeas_sweep_line_guard();
create trigger sweep_receipts_guard before update or delete on sweep_receipts
  for each row execute function habeas_receipt_guard();

-- What is covered by a system of the company may grow with its batch; what somebody was told does not.
create function habeas_sweep_notice_guard() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE'
    or (new.claim_id, new.recipient, new.no, new.kind) is distinct from (old.claim_id, old.recipient, old.no, old.kind)
    or (old.settled_at is not null and (old.state <> 'covered'
      or (new.state, new.settled_at) is distinct from (old.state, old.settled_at)))
    or new.records < old.records or (old.state = 'sent' and new.records <> old.records) then
    raise exception 'a settled notice never changes' using errcode = 'HB002';
  end if;
  return new;
end $$;
create trigger sweep_notices_guard before update or delete on sweep_notices
  for each row execute function habeas_sweep_notice_guard();
`;

/**
 * The books tell how a record was read back, by the journal: where a history remains of one of a decision's, all of them are said to
 * have one. What is called erased is read back as ever.
 */
const books = `
do $$
declare
  before text := pg_get_functiondef('habeas_sweep_book(text, text, bigint)'::regprocedure);
  read text := replace(before, '''read-back'', of_count, e.decision_no)',
    'coalesce((select ''history-remains'' from sweep_effects f
      where f.entry_id = entry and f.claim_id = e.claim_id and became = ''anonymised'' and f.history_remains > 0),
      ''read-back''), of_count, e.decision_no)');
  told text := replace(read, 'do update set count = d.count + excluded.count',
    'do update set count = d.count + excluded.count,
      evidence = case excluded.evidence when ''history-remains'' then excluded.evidence else d.evidence end');
begin
  if read = before or told = read then
    raise exception 'the books of the sweep are not what this migration knows';
  end if;
  execute told;
end $$;
`;
