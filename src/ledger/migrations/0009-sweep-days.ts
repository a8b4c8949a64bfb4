/**
 * What the sweep needs to carry out what was only put off: entries that are refused until a day, the policy by which an entry's
 * day was last computed, and copies in backups of what the sweep itself erased. Never changed once released.
 */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<never>): Promise<void> {
  await sql.raw(tables).execute(db);
  await sql.raw(guards).execute(db);
}

const tables = `
alter table register_entries
  drop constraint register_entries_kind_check,
  add constraint register_entries_kind_check
    check (kind in ('retained', 'not-yet', 'expiring', 'vendor-job', 'backup-copy')),
  -- The rules, answers and data map by which its day was last computed; empty: nobody noted it.
  add column policy_sha256 text not null default '',
  -- Of a copy of what the sweep erased: when, and what was done. Any other copy has them from its round.
  add column erased_at timestamptz(3),
  add column erased_how jsonb,
  add check (erased_at is null or kind = 'backup-copy'),
  add check ((erased_at is null) = (erased_how is null));
create index register_entries_policy on register_entries (system_id, policy_sha256, id)
  where active_at is not null and ended_at is null and claim_id is null and kind in ('retained', 'not-yet');
`;

const guards = `
create or replace function habeas_sweep_book(entry text, became text, of_count bigint) returns void
language plpgsql security definer set search_path = public as $$
declare
  e register_entries;
  was text;
begin
  select * into strict e from register_entries r where r.id = entry for update;
  was := case e.kind when 'retained' then 'retained' when 'not-yet' then 'refused' else 'expiring' end;
  if e.active_at is null or e.ended_at is not null or e.kind = 'backup-copy' or of_count < 1 or of_count > e.count
    or became not in ('erased', 'anonymised', 'absent') then
    raise exception 'nothing of this entry can be booked' using errcode = 'HB002';
  end if;
  if e.kind in ('retained', 'not-yet') and not exists (
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

-- What is refused until a day is refused in the books too, by a count of its own.
do $$
declare
  before text := pg_get_functiondef('habeas_check_books(text, text, boolean)'::regprocedure);
  last text := 'raise exception ''what is kept is not in the register'' using errcode = ''HB001'';
  end if;';
  after text := replace(before, last, last || '
  if exists (
    select from register_entries e
    join rounds o on (o.request_id, o.system_id, o.round) = (e.request_id, e.system_id, e.round)
    where e.request_id = request and e.kind = ''not-yet'' and e.active_at is not null and not o.superseded and not o.by_hand
    group by e.system_id, e.round, e.decision_no
    having sum(e.count) <> (
      select coalesce(sum(d.count), 0) from dispositions d
      where d.request_id = request and d.system_id = e.system_id and d.round = e.round
        and d.decision_no = e.decision_no and d."right" = ''erasure'' and d.disposition = ''refused'')) then
    raise exception ''what is put off is not what the register has'' using errcode = ''HB001'';
  end if;');
begin
  if after = before then
    raise exception 'the books are not checked as this migration knows it';
  end if;
  execute after;
end $$;
`;
