/**
 * The ledger's first tables (../schema.ts says what each column means), their keys and indexes. Guards are in
 * 0001-guards.ts. Words of states are checked by state-checks.ts. Never changed once released: a later change is a
 * later migration.
 */
import { type Kysely, sql } from 'kysely';
import { guards } from './0001-guards.ts';

export async function up(db: Kysely<never>): Promise<void> {
  await sql.raw(tables).execute(db);
  await sql.raw(guards).execute(db);
}

const tables = `
create table settings (
  name text primary key,
  value text not null,
  created_at timestamptz(3) not null default now()
);

create table requests (
  id text primary key check (id ~ '^req_[0-9a-hjkmnp-tv-z]{26}$'),
  state text not null,
  workflow_seq bigint not null default 0,
  channel text not null,
  language text not null check (language in ('et', 'en')),
  received_on date not null,
  created_at timestamptz(3) not null,
  created_by text,
  country text not null,
  seq integer not null check (seq >= 1),
  woken_seq integer not null default 0,
  config_sha256 text not null,
  working_key_id text not null,
  case_key_id text not null,
  identity text not null,
  identity_method text,
  identity_by text,
  identity_at timestamptz(3),
  contact_kind text check (contact_kind in ('email', 'post')),
  contact_sealed text,
  identifiers_sealed text not null,
  intake_sealed text not null,
  due_on date not null,
  internal_target_on date not null,
  extended_due_on date,
  work_to_on date not null,
  unpaused_due_on date not null,
  clock_rule text not null,
  clock_calendar text not null,
  extension_ground text check (extension_ground in ('complexity', 'number')),
  extended_at timestamptz(3),
  completed_at timestamptz(3),
  working_key_ends_on date,
  working_key_destroyed_at timestamptz(3),
  check (woken_seq <= seq),
  check ((extension_ground is null) = (extended_at is null)),
  check (identity <> 'verified'
    or (identity_method is not null and identity_at is not null and contact_sealed is not null)),
  check ((contact_kind is null) = (contact_sealed is null))
);
create index requests_by_state on requests (state, due_on);
create index requests_to_wake on requests (due_on) where seq > woken_seq;
create index requests_keys_to_end on requests (working_key_ends_on) where working_key_destroyed_at is null;

create table sealed_objects (
  name text primary key,
  request_id text references requests (id) deferrable initially deferred,
  key_id text not null,
  bytes bytea not null
);
create index sealed_objects_by_request on sealed_objects (request_id);
alter table requests
  add foreign key (contact_sealed) references sealed_objects (name),
  add foreign key (identifiers_sealed) references sealed_objects (name),
  add foreign key (intake_sealed) references sealed_objects (name);

create table request_rights (
  request_id text not null references requests (id),
  "right" text not null,
  answered_at timestamptz(3),
  outcome text,
  primary key (request_id, "right")
);

create table lanes (
  request_id text not null references requests (id),
  system_id text not null,
  state text not null,
  stage text,
  code text,
  code_where text,
  attempts integer not null default 0 check (attempts >= 0),
  workflow_seq bigint not null default 0,
  updated_at timestamptz(3) not null,
  located_sealed text,
  primary key (request_id, system_id),
  check (state <> 'parked' or code is not null)
);
create index lanes_by_system on lanes (system_id, state);

create table rounds (
  request_id text not null,
  system_id text not null,
  round integer not null check (round >= 0),
  started_at timestamptz(3) not null,
  finished_at timestamptz(3),
  superseded boolean not null default false,
  primary key (request_id, system_id, round),
  foreign key (request_id, system_id) references lanes (request_id, system_id)
);

create table streams (
  request_id text not null,
  system_id text not null,
  round integer not null,
  stream_no integer not null check (stream_no >= 0),
  collection text not null,
  record_class text not null,
  owner_kind text not null,
  role text not null,
  "right" text not null,
  disposition text not null,
  reason text not null,
  fields jsonb not null,
  found bigint check (found >= 0),
  as_of timestamptz(3),
  primary key (request_id, system_id, round, stream_no),
  foreign key (request_id, system_id, round) references rounds (request_id, system_id, round)
);

create table chunks (
  request_id text not null references requests (id),
  system_id text not null,
  stage text not null,
  round integer not null check (round >= 0),
  stream_no integer not null check (stream_no >= 0),
  chunk_no integer not null check (chunk_no >= 0),
  object_name text not null unique,
  count bigint not null check (count >= 0),
  plain_bytes bigint not null check (plain_bytes >= 0),
  bytes bigint not null check (bytes >= 0),
  tag text not null,
  as_of timestamptz(3),
  cursor_sealed text,
  primary key (request_id, system_id, stage, round, stream_no, chunk_no)
);

create table dispositions (
  request_id text not null,
  round integer not null,
  system_id text not null,
  stream_no integer not null,
  chunk_no integer not null check (chunk_no >= 0),
  "right" text not null,
  disposition text not null,
  reason text not null,
  evidence text not null,
  count bigint not null check (count >= 0),
  primary key (request_id, system_id, round, stream_no, chunk_no, "right", disposition),
  foreign key (request_id, system_id, round, stream_no) references streams (request_id, system_id, round, stream_no)
);

create table tasks (
  id text primary key check (id ~ '^tsk_[0-9a-hjkmnp-tv-z]{26}$'),
  request_id text not null references requests (id),
  system_id text,
  kind text not null,
  dedupe text not null default '',
  role text not null,
  due_on date not null,
  allowed_answers jsonb not null,
  if_unanswered text not null,
  code text,
  object_sealed text references sealed_objects (name),
  people_needed integer not null check (people_needed between 1 and 2),
  opened_at timestamptz(3) not null,
  closed_at timestamptz(3),
  answer text,
  check ((closed_at is null) = (answer is null))
);
create unique index tasks_one_open on tasks (request_id, kind, coalesce(system_id, ''), dedupe) where closed_at is null;
create unique index tasks_asked_once on tasks (request_id, kind, coalesce(system_id, ''), dedupe) where dedupe <> '';
create index tasks_open on tasks (due_on) where closed_at is null;

create table people_decisions (
  id text primary key check (id ~ '^dec_[0-9a-hjkmnp-tv-z]{26}$'),
  request_id text references requests (id),
  seq integer,
  task_id text references tasks (id),
  system_id text,
  kind text not null,
  answer text not null,
  person_id text not null,
  statement text not null,
  signature text not null,
  reason_sealed text references sealed_objects (name),
  at timestamptz(3) not null,
  effect text check (effect in ('applied', 'no-longer-applies')),
  unique (request_id, seq),
  check ((request_id is null) = (seq is null)),
  check (request_id is not null or system_id is not null)
);
create unique index people_decisions_one_voice on people_decisions (task_id, person_id) where task_id is not null;

create table clock_pauses (
  request_id text not null references requests (id),
  no integer not null check (no >= 1),
  kind text not null check (kind in ('identity', 'scope')),
  from_on date not null,
  to_on date,
  counted boolean not null,
  decision_id text not null references people_decisions (id),
  primary key (request_id, no),
  check (to_on is null or to_on >= from_on)
);

create table incidents (
  id text primary key check (id ~ '^inc_[0-9a-hjkmnp-tv-z]{26}$'),
  system_id text not null,
  code text not null,
  since timestamptz(3) not null,
  by_kind text not null check (by_kind in ('breaker', 'person')),
  opened_by text,
  closed_at timestamptz(3),
  closed_by text,
  check (by_kind <> 'person' or opened_by is not null)
);
create unique index incidents_one_open on incidents (system_id) where closed_at is null;

create table packages (
  id text primary key check (id ~ '^pkg_[0-9a-hjkmnp-tv-z]{26}$'),
  request_id text not null references requests (id),
  part integer not null check (part >= 1),
  object_name text not null unique,
  size_bytes bigint not null check (size_bytes >= 0),
  sha256 text not null,
  members integer not null check (members >= 0),
  draft boolean not null,
  created_at timestamptz(3) not null,
  sending_at timestamptz(3),
  delivered_at timestamptz(3),
  delivered_by text check (delivered_by in ('email', 'post', 'in-person')),
  delete_on date,
  deleted_at timestamptz(3),
  unique (request_id, part),
  check ((delivered_at is null) = (delivered_by is null))
);
create index packages_to_delete on packages (delete_on) where deleted_at is null;

create table audit (
  request_id text not null,
  seq integer not null check (seq >= 1),
  at timestamptz(3) not null,
  kind text not null,
  body text not null,
  prev_hash text not null,
  hash text not null,
  primary key (request_id, seq)
);

create table audit_anchors (
  no integer primary key check (no >= 1),
  at timestamptz(3) not null,
  heads text not null,
  prev_hash text not null,
  hash text not null,
  object_name text not null
);

create table anchor_objects (
  no integer primary key references audit_anchors (no),
  at timestamptz(3) not null
);

create table audit_anchored (
  request_id text primary key,
  seq integer not null check (seq >= 1)
);
`;
