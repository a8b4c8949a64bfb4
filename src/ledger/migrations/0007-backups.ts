/**
 * What erasing again after a restore needs: claims that say when the restored copy was made, and an effect for each time an
 * entry's records are erased. Never changed once released.
 */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<never>): Promise<void> {
  await sql.raw(tables).execute(db);
}

const tables = `
alter table sweep_claims
  drop constraint sweep_claims_kind_check,
  add constraint sweep_claims_kind_check check (kind in ('erase', 'read-back', 'replay')),
  add column since timestamptz(3),
  add check ((kind = 'replay') = (since is not null));
alter table sweep_effects
  drop constraint sweep_effects_pkey,
  add primary key (entry_id, claim_id);
create index register_entries_copies on register_entries (system_id, look_on)
  where kind = 'backup-copy' and active_at is not null and ended_at is null;
`;
