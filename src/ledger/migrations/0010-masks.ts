/**
 * Masking of other people in what the person has not seen: per reading the task that reviews it, per chunk the sealed object of its
 * proposals, and what reviewers changed. Nothing of a text is in the clear. Never changed once released.
 */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<never>): Promise<void> {
  await sql.raw(tables).execute(db);
}

const tables = `
create table mask_reviews (
  request_id text not null,
  system_id text not null,
  round integer not null,
  task_id text not null references tasks (id),
  primary key (request_id, system_id, round),
  foreign key (request_id, system_id, round) references rounds (request_id, system_id, round)
);
create table masked_chunks (
  request_id text not null,
  system_id text not null,
  round integer not null,
  stream_no integer not null,
  chunk_no integer not null,
  object_name text not null,
  tag text not null,
  first_record bigint not null,
  first_mask bigint not null,
  masks bigint not null,
  primary key (request_id, system_id, round, stream_no, chunk_no)
);
create table mask_changes (
  request_id text not null,
  system_id text not null,
  round integer not null,
  no integer not null,
  decision_id text not null references people_decisions (id),
  change_sealed text not null,
  primary key (request_id, system_id, round, no)
);
grant select, insert on mask_reviews, masked_chunks, mask_changes to habeas_app;
grant update on mask_reviews to habeas_app;
`;
