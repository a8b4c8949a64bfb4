/**
 * What people keep by hand is in the register: entries of a kind of their own, with the question that is asked when their day has come.
 * Books of a finished request change by an answer to that question through functions of the database only, which never make or lose
 * a record: `habeas_hand_book` moves what was erased or was not there, `habeas_hand_keep` says why and until when the rest is kept on.
 * A decision on such a question is numbered like every other, also after the request has ended. And what the sweep reads back as gone
 * keeps the reason for which it waited. Never changed once released.
 */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<never>): Promise<void> {
  for (const part of [tables, functions, guards]) await sql.raw(part).execute(db);
}

const tables = `
alter table register_entries
  drop constraint register_entries_kind_check,
  add constraint register_entries_kind_check
    check (kind in ('retained', 'not-yet', 'expiring', 'vendor-job', 'by-hand', 'backup-copy')),
  -- The open question about it.
  add column task_id text references tasks (id),
  add check (task_id is null or kind = 'by-hand');
create index register_entries_by_hand on register_entries (look_on)
  where kind = 'by-hand' and active_at is not null and ended_at is null and task_id is null;
create index register_entries_task on register_entries (task_id) where task_id is not null;
`;

const functions = `
-- The entry, and as what its records are booked; only while the decision answers the question about it.
create function habeas_hand_entry(entry text, decision text) returns register_entries
language plpgsql set search_path = public as $$
declare
  e register_entries;
begin
  select * into strict e from register_entries r where r.id = entry for update;
  if e.kind <> 'by-hand' or e.active_at is null or e.ended_at is not null or not exists (
    select from people_decisions p join tasks t on t.id = p.task_id
    where p.id = decision and p.task_id = e.task_id and t.answer = p.answer) then
    raise exception 'nobody has answered for this entry' using errcode = 'HB002';
  end if;
  return e;
end $$;

create function habeas_hand_book(entry text, became text, of_count bigint, decision text) returns void
language plpgsql security definer set search_path = public as $$
declare
  e register_entries := habeas_hand_entry(entry, decision);
  was text;
begin
  if of_count < 1 or of_count > e.count or became not in ('erased', 'anonymised', 'absent') then
    raise exception 'nothing of this entry can be booked' using errcode = 'HB002';
  end if;
  select c.disposition into strict was from decisions c
  where c.request_id = e.request_id and c.system_id = e.system_id and c.round = e.round and c.no = e.decision_no;
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
  values (e.request_id, e.system_id, e.round, e.stream_no, e.chunk_no, 'erasure', became, 'by-hand', 'attested',
    of_count, e.decision_no)
  on conflict (request_id, system_id, round, stream_no, chunk_no, "right", disposition, decision_no, reason)
    do update set count = d.count + excluded.count;
  update register_entries set count = count - of_count where id = entry;
  perform set_config('habeas.sweeping', '', true);
end $$;
revoke all on function habeas_hand_book(text, text, bigint, text) from public;
grant execute on function habeas_hand_book(text, text, bigint, text) to habeas_app;

-- What is left of it is kept on: on which ground, until when.
create function habeas_hand_keep(entry text, decision text, is_now text, why text, of_exception text, of_refusal text,
  by_law text, last_day date) returns void
language plpgsql security definer set search_path = public as $$
declare
  e register_entries := habeas_hand_entry(entry, decision);
  was text;
begin
  if is_now not in ('retained', 'refused') or e.count < 1 or last_day is null then
    raise exception 'nothing of this entry can be kept' using errcode = 'HB002';
  end if;
  select c.disposition into strict was from decisions c
  where c.request_id = e.request_id and c.system_id = e.system_id and c.round = e.round and c.no = e.decision_no;
  perform set_config('habeas.sweeping', entry, true);
  update decisions c set disposition = is_now, reason = why, exception = of_exception, refusal = of_refusal,
    kept_by = by_law, until = last_day
  where c.request_id = e.request_id and c.system_id = e.system_id and c.round = e.round and c.no = e.decision_no;
  update dispositions d set disposition = is_now, reason = why, until = last_day
  where d.request_id = e.request_id and d.system_id = e.system_id and d.round = e.round and d.stream_no = e.stream_no
    and d.chunk_no = e.chunk_no and d."right" = 'erasure' and d.disposition = was and d.decision_no = e.decision_no;
  if not found then
    raise exception 'the books do not know this entry' using errcode = 'HB002';
  end if;
  perform set_config('habeas.sweeping', '', true);
end $$;
revoke all on function habeas_hand_keep(text, text, text, text, text, text, text, date) from public;
grant execute on function habeas_hand_keep(text, text, text, text, text, text, text, date) to habeas_app;
revoke all on function habeas_hand_entry(text, text) from public;
`;

/** Text of a function that an earlier migration made, with these places of it changed. */
const changed = (name: string, changes: readonly (readonly [before: string, after: string])[]): string => `
do $do$
declare
  body text := pg_get_functiondef('${name}'::regprocedure);
  was text;
begin
${changes
  .map(
    ([before, after]) => `  was := body;
  body := replace(body, $was$${before}$was$, $now$${after}$now$);
  if body = was then
    raise exception '${name} is not what this migration knows';
  end if;`,
  )
  .join('\n')}
  execute body;
end $do$;`;

const putOff = `raise exception 'what is put off is not what the register has' using errcode = 'HB001';
  end if;`;

const guards = [
  // A decision on what was kept by hand is numbered after the end too; nobody is woken by it.
  changed('habeas_request_guard()', [[`array['woken_seq'`, `array['seq', 'woken_seq'`]]),
  // Only inside the functions above and habeas_sweep_book, which run as their owner.
  changed('habeas_books_guard()', [
    [`tg_table_name = 'dispositions' and`, `tg_table_name in ('dispositions', 'decisions') and`],
  ]),
  changed('habeas_sweep_book(text, text, bigint)', [
    [`  was text;\n`, `  was text;\n  why text;\n`],
    [
      `perform set_config('habeas.sweeping', entry, true);`,
      `perform set_config('habeas.sweeping', entry, true);
  select d.reason into why from dispositions d
  where d.request_id = e.request_id and d.system_id = e.system_id and d.round = e.round and d.stream_no = e.stream_no
    and d.chunk_no = e.chunk_no and d."right" = 'erasure' and d.disposition = was and d.decision_no = e.decision_no
  limit 1;`,
    ],
    [`case e.kind when 'expiring' then 'expires'`, `case e.kind when 'expiring' then why`],
  ]),
  // What a person keeps until a day is in the register by a count of its own.
  changed('habeas_check_books(text, text, boolean)', [
    [
      putOff,
      `${putOff}
  if exists (
    select from dispositions d
    join rounds o on (o.request_id, o.system_id, o.round) = (d.request_id, d.system_id, d.round)
    where d.request_id = request and not o.superseded and o.by_hand and d."right" = 'erasure'
      and d.disposition in ('retained', 'refused') and d.until is not null
    group by d.system_id, d.round, d.decision_no
    having sum(d.count) <> (
      select coalesce(sum(e.count), 0) from register_entries e
      where e.request_id = request and e.system_id = d.system_id and e.round = d.round
        and e.decision_no = d.decision_no and e.kind = 'by-hand' and e.active_at is not null)) then
    raise exception 'what is kept by hand is not in the register' using errcode = 'HB001';
  end if;`,
    ],
  ]),
].join('\n');
