/**
 * A record that goes on without the person, while a history of its system still tells what was there, is done: nobody can do more. It is
 * not erased, and the books say which it is. Of what is erased nothing changes: only what was read back, or attested, is. Never changed
 * once released.
 */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<never>): Promise<void> {
  await sql.raw(books).execute(db);
}

const books = `
do $$
declare
  before text := pg_get_functiondef('habeas_check_books(text, text, boolean)'::regprocedure);
  after text := replace(before, 'd.evidence not in (''read-back'', ''attested''))',
    'd.evidence not in (''read-back'', ''attested'') and (d.disposition, d.evidence) <> (''anonymised'', ''history-remains''))');
begin
  if after = before then
    raise exception 'the books are not checked as this migration knows it';
  end if;
  execute after;
end $$;
`;
