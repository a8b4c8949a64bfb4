/**
 * What the database itself refuses, whoever asks: an unbalanced or unanswered request completed, a final state changed,
 * books changed after the end, an older workflow number, an audit row changed or removed. Somebody with the owner's rights can drop
 * these; for the audit the anchors (../anchors.ts) show that. SQLSTATEs are those of ../failures.ts. Also grants: the
 * program works as `habeas_app`, which may only do what is listed here.
 */
import { finalStates } from '../states.ts';

// Frozen here on purpose: a later milestone's balance is a later migration's function.
const final = finalStates.map((state) => `'${state}'`).join(', ');

export const guards = `
create function habeas_request_guard() returns trigger language plpgsql as $$
declare
  free constant text[] := array['woken_seq', 'workflow_seq', 'completed_at', 'working_key_ends_on', 'working_key_destroyed_at'];
begin
  if tg_op = 'INSERT' then
    if new.state in (${final}) then
      raise exception 'a request begins open' using errcode = 'HB002';
    end if;
    return new;
  end if;
  -- An older answer of the workflow that arrives late changes nothing.
  if new.workflow_seq < old.workflow_seq then
    return null;
  end if;
  if old.state in (${final}) then
    if to_jsonb(new) - free <> to_jsonb(old) - free
      or (old.completed_at is not null and new.completed_at is distinct from old.completed_at) then
      raise exception 'final states never change' using errcode = 'HB002';
    end if;
    return new;
  end if;
  if new.state = 'completed' then
    perform habeas_check_balance(new.id, new.identity);
  end if;
  return new;
end $$;

-- Independent counts: chunks are written by the sink, exported by the packager, withheld and referred by policy.
create function habeas_check_balance(request text, identity text) returns void language plpgsql as $$
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
  -- Every system was read to the end at least once, and no reading that counts was left unfinished.
  if exists (
    select from lanes l where l.request_id = request and not exists (
      select from rounds o where o.request_id = l.request_id and o.system_id = l.system_id
        and not o.superseded and o.finished_at is not null))
    or exists (
      select from rounds o where o.request_id = request and not o.superseded and o.finished_at is null) then
    raise exception 'a system has not been read to the end' using errcode = 'HB001';
  end if;
  if exists (
    select from streams s
    join rounds o on (o.request_id, o.system_id, o.round) = (s.request_id, s.system_id, s.round)
    where s.request_id = request and not o.superseded and (
      s.found is null
      or s.found <> (
        select coalesce(sum(c.count), 0) from chunks c
        where c.request_id = s.request_id and c.system_id = s.system_id and c.stage = 'read'
          and c.round = s.round and c.stream_no = s.stream_no)
      or exists (
        select from request_rights r where r.request_id = request and s.found <> (
          select coalesce(sum(d.count), 0) from dispositions d
          where d.request_id = s.request_id and d.system_id = s.system_id and d.round = s.round
            and d.stream_no = s.stream_no and d."right" = r."right"
            and d.disposition in ('exported', 'withheld', 'referred'))))) then
    raise exception 'found is not exported + withheld + referred' using errcode = 'HB001';
  end if;
  -- What was staged belongs to a stream that was announced.
  if exists (
    select from chunks c
    where c.request_id = request and c.stage = 'read' and not exists (
      select from streams s where s.request_id = c.request_id and s.system_id = c.system_id
        and s.round = c.round and s.stream_no = c.stream_no)) then
    raise exception 'a chunk belongs to no stream' using errcode = 'HB001';
  end if;
end $$;

create trigger requests_guard before insert or update on requests
  for each row execute function habeas_request_guard();

-- Late reports about a lane, older or after the end, are ignored: they change nothing and fail nobody.
create function habeas_lane_guard() returns trigger language plpgsql as $$
declare
  now_state text;
begin
  if new.workflow_seq < old.workflow_seq then
    return null;
  end if;
  select r.state into now_state from requests r where r.id = new.request_id for share;
  if now_state in (${final}) then
    return null;
  end if;
  return new;
end $$;
create trigger lanes_guard before update on lanes for each row execute function habeas_lane_guard();

-- The share lock makes a late writer wait for a completion under way, and then see it.
create function habeas_books_guard() returns trigger language plpgsql as $$
declare
  book text := case when tg_op = 'DELETE' then old.request_id else new.request_id end;
  now_state text;
begin
  select r.state into now_state from requests r where r.id = book for share;
  if now_state in (${final}) then
    raise exception 'the books of a finished request never change' using errcode = 'HB002';
  end if;
  if tg_op = 'DELETE' then
    return old;
  end if;
  return new;
end $$;
${['rounds', 'streams', 'chunks', 'dispositions']
  .map(
    (table) =>
      `create trigger ${table}_books before insert or update or delete on ${table} for each row execute function habeas_books_guard();`,
  )
  .join('\n')}

create function habeas_audit_guard() returns trigger language plpgsql as $$
begin
  raise exception 'audit rows are only ever added' using errcode = 'HB003';
end $$;
${['audit', 'audit_anchors']
  .map(
    (table) => `create trigger ${table}_frozen before update or delete on ${table}
  for each row execute function habeas_audit_guard();
create trigger ${table}_untruncated before truncate on ${table} for each statement execute function habeas_audit_guard();`,
  )
  .join('\n')}

grant usage on schema public to habeas_app;
grant select on all tables in schema public to habeas_app;
grant insert on requests, request_rights, clock_pauses, lanes, rounds, streams, chunks, dispositions, tasks,
  people_decisions, incidents, packages, sealed_objects, audit, audit_anchors, anchor_objects, audit_anchored to habeas_app;
grant update on requests, request_rights, clock_pauses, lanes, rounds, streams, chunks, dispositions, tasks, incidents,
  packages, audit_anchored to habeas_app;
grant update (effect) on people_decisions to habeas_app;
grant delete on sealed_objects to habeas_app;
`;
