/**
 * What a vendor lets go of later than it was asked: its records are booked under a reason of their own, when the sweep has had them
 * erased, and only when something was done to them. Never changed once released.
 */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<never>): Promise<void> {
  await sql.raw(guards).execute(db);
}

const guards = `
do $$
declare
  before text := pg_get_functiondef('habeas_sweep_book(text, text, bigint)'::regprocedure);
  after text := replace(before, 'case was when ''expiring'' then ''expires'' else ''swept'' end',
    'case e.kind when ''expiring'' then ''expires'' when ''vendor-job'' then ''vendor-later'' else ''swept'' end');
  guarded text := replace(after, 'if e.kind in (''retained'', ''not-yet'') and not exists',
    'if e.kind in (''retained'', ''not-yet'', ''vendor-job'') and not exists');
begin
  if after = before or guarded = after then
    raise exception 'the books of the sweep are not what this migration knows';
  end if;
  execute guarded;
end $$;
`;
