/**
 * What proves a request afterwards and finds it again: keyed hashes of identifiers with the keys they were made under, which
 * living requests are of the same person, public keys of receipts, the receipts, and when a case file ends. Rows carry ids,
 * hashes, dates and public keys only. A public key is never withdrawn, a receipt never changed: their guards are here.
 */
import { type Kysely, sql } from 'kysely';
import type { LedgerDatabase } from '../schema.ts';

export async function up(db: Kysely<LedgerDatabase>): Promise<void> {
  for (const part of [tables, guards, backfill]) await sql.raw(part).execute(db);
}

const tables = `
-- A key of a quarter: its hashes cannot be compared with those of another one by anybody who has only the ledger.
create table hash_keys (
  id text primary key,
  purpose text not null check (purpose in ('lookup')),
  quarter text not null check (quarter ~ '^[0-9]{4}-q[1-4]$'),
  made_at timestamptz(3) not null,
  -- No hash is made under it any more; then it is destroyed.
  closed_at timestamptz(3),
  destroyed_at timestamptz(3),
  check (destroyed_at is null or closed_at is not null)
);
create unique index hash_keys_open on hash_keys (purpose, quarter) where closed_at is null;

create table keyed_hashes (
  request_id text not null references requests (id),
  key_id text not null references hash_keys (id),
  kind text not null check (kind in ('email', 'user_id')),
  hash text not null check (hash ~ '^[0-9a-f]{64}$'),
  made_at timestamptz(3) not null,
  primary key (request_id, key_id, hash)
);
create index keyed_hashes_by_hash on keyed_hashes (key_id, hash);

-- Two requests with an identifier in common: one row each way.
create table request_links (
  request_id text not null references requests (id),
  linked_id text not null references requests (id),
  found_at timestamptz(3) not null,
  primary key (request_id, linked_id),
  check (request_id <> linked_id)
);
create index request_links_back on request_links (linked_id);

-- The earliest receipt of the same right by the same person, where it is before this one's own.
alter table requests add column clock_from date check (clock_from < received_on);

create table signing_keys (
  -- RFC 7638 thumbprint of the public key.
  kid text primary key check (kid ~ '^[A-Za-z0-9_-]{43}$'),
  key_id text not null unique,
  -- Ed25519, 32 bytes, base64url.
  x text not null check (x ~ '^[A-Za-z0-9_-]{43}$'),
  made_at timestamptz(3) not null,
  -- Since when nothing is signed with it any more; what was signed is still verified with it.
  retired_at timestamptz(3)
);
create unique index signing_keys_current on signing_keys ((true)) where retired_at is null;

create table receipts (
  request_id text not null references requests (id),
  no integer not null check (no >= 1),
  state text not null,
  made_at timestamptz(3) not null,
  kid text not null references signing_keys (kid),
  -- Of the JWS; also on the audit chain.
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  -- Of what it states of the systems: another receipt is made when that has changed.
  facts_sha256 text not null check (facts_sha256 ~ '^[0-9a-f]{64}$'),
  -- Under the case key.
  sealed text not null references sealed_objects (name),
  primary key (request_id, no)
);

-- The period of a case file runs from the end of its request.
create table case_files (
  request_id text primary key references requests (id),
  ended_at timestamptz(3) not null,
  destroyed_at timestamptz(3)
);
create index case_files_to_end on case_files (ended_at) where destroyed_at is null;

grant select, insert on hash_keys, keyed_hashes, request_links, signing_keys, receipts, case_files to habeas_app;
grant update (closed_at, destroyed_at) on hash_keys to habeas_app;
grant update (retired_at) on signing_keys to habeas_app;
grant update (destroyed_at) on case_files to habeas_app;
-- They end with the case file.
grant delete on keyed_hashes, request_links to habeas_app;
`;

const guards = `
create function habeas_hash_key_guard() returns trigger language plpgsql as $$
begin
  if old.destroyed_at is not null or (old.closed_at is not null and new.closed_at is distinct from old.closed_at) then
    raise exception 'a key that ended does not come back' using errcode = 'HB002';
  end if;
  return new;
end $$;
create trigger hash_keys_guard before update on hash_keys for each row execute function habeas_hash_key_guard();

create function habeas_signing_key_guard() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' or old.retired_at is not null then
    raise exception 'a public key is never withdrawn' using errcode = 'HB002';
  end if;
  return new;
end $$;
create trigger signing_keys_guard before update or delete on signing_keys
  for each row execute function habeas_signing_key_guard();

create function habeas_receipt_guard() returns trigger language plpgsql as $$
begin
  raise exception 'a receipt is never changed' using errcode = 'HB002';
end $$;
create trigger receipts_guard before update or delete on receipts for each row execute function habeas_receipt_guard();
`;

/** Requests that ended before this version: the chain says when. */
const backfill = `
insert into case_files (request_id, ended_at)
select r.id, coalesce(max(a.at), r.completed_at, r.created_at)
from requests r left join audit a on a.request_id = r.id and a.kind = 'state'
where r.state in ('completed', 'refused', 'cancelled')
group by r.id;
`;
