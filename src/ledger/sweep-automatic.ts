/** Classes of records that are swept without asking anybody: two people say so, one of them may take it back. */
import type { PersonId } from '../ids.ts';
import type { LedgerReader, LedgerTransaction } from './open.ts';
import type { SweepAutomaticTable } from './schema.ts';

export async function automaticClasses(db: LedgerReader): Promise<ReadonlySet<string>> {
  const rows = await db.selectFrom('sweep_automatic').select('record_class').where('state', '=', 'on').execute();
  return new Set(rows.map((row) => row.record_class));
}

/** Every class about which somebody has said something. */
export function classStates(db: LedgerReader) {
  return db.selectFrom('sweep_automatic').selectAll().orderBy('record_class').execute();
}

/** What a person wants of a class, and what the class is from now on; the same as before where nothing changes. */
export async function switchClass(
  trx: LedgerTransaction,
  wish: { readonly recordClass: string; readonly on: boolean; readonly person: PersonId; readonly at: Date },
): Promise<{ readonly before: SweepAutomaticTable['state']; readonly after: SweepAutomaticTable['state'] }> {
  const { recordClass, on, person, at } = wish;
  await trx
    .insertInto('sweep_automatic')
    .values({ record_class: recordClass, state: 'off', asked_by: person, agreed_by: null, since: at })
    .onConflict((row) => row.column('record_class').doNothing())
    .execute();
  const row = await trx
    .selectFrom('sweep_automatic')
    .selectAll()
    .where('record_class', '=', recordClass)
    .forUpdate()
    .executeTakeFirstOrThrow();
  const before = row.state;
  const isAgreed = before === 'asked' && row.asked_by !== person;
  const after = !on ? 'off' : before === 'on' || isAgreed ? 'on' : 'asked';
  if (after === before) return { before, after };
  const people = isAgreed && on ? { asked_by: row.asked_by, agreed_by: person } : { asked_by: person, agreed_by: null };
  await trx
    .updateTable('sweep_automatic')
    .set({ state: after, ...people, since: at })
    .where('record_class', '=', recordClass)
    .execute();
  return { before, after };
}
