/**
 * The register as officers read it: everything that must be looked at again on a date, why and until when. Listing and
 * showing open nothing; `openEntry` opens the sealed locators of one entry for an officer, which is personal data for that
 * person's terminal only, and leaves an audit row with their name. Fails with `not-found`, `person-…`, `key-…`, `seal-broken`,
 * `storage-…`.
 */
import type { Selectable } from 'kysely';
import type { RecordRef } from '../../connectors/contract.ts';
import type { Deps } from '../deps.ts';
import { HabeasError } from '../errors.ts';
import type { RegisterId } from '../ids.ts';
import { appendAudit } from '../ledger/audit.ts';
import type { LedgerReader } from '../ledger/open.ts';
import type { RegisterEntriesTable } from '../ledger/schema.ts';
import { parseCivilDate } from '../policy/clock/index.ts';
import { openPage } from '../staging/register-page.ts';
import { authorise, type SignedBy } from './people.ts';
import { civilToday } from './today.ts';

/** Entries that count, the earliest due first; those without a date come last. */
export async function listRegister(
  deps: Pick<Deps, 'ledger' | 'config' | 'now'>,
  filter: { readonly dueBefore?: string | undefined } = {},
) {
  const dueBefore = filter.dueBefore === undefined ? undefined : parseCivilDate(filter.dueBefore, '--due-before');
  const rows = await deps.ledger.db
    .selectFrom('register_entries as e')
    .leftJoin('decisions as d', (join) =>
      join
        .onRef('d.request_id', '=', 'e.request_id')
        .onRef('d.system_id', '=', 'e.system_id')
        .onRef('d.round', '=', 'e.round')
        .onRef('d.no', '=', 'e.decision_no'),
    )
    .selectAll('e')
    .select('d.reason')
    .where('e.active_at', 'is not', null)
    // An entry without records has nothing to look at, and copies in backups are told with their request.
    .where('e.count', '>', 0)
    .where('e.kind', '<>', 'backup-copy')
    .$if(dueBefore !== undefined, (all) => all.where('e.due_on', '<', dueBefore ?? null))
    .orderBy('e.due_on', (order) => order.asc().nullsLast())
    .orderBy('e.system_id')
    .orderBy('e.id')
    .execute();
  const today = civilToday(deps.now(), deps.config.controller.timeZone);
  return rows.map((row) => ({ ...entryLine(row, today), reason: row.reason }));
}
export type ListedEntry = Awaited<ReturnType<typeof listRegister>>[number];

/** One entry with the decision behind it, also before the point of no return. */
export async function showEntry(deps: Pick<Deps, 'ledger' | 'config' | 'now'>, id: RegisterId) {
  const { db } = deps.ledger;
  const row = await findEntry(db, id);
  const decision = await db
    .selectFrom('decisions')
    .select(['disposition', 'reason', 'exception', 'refusal', 'until'])
    .where('request_id', '=', row.request_id)
    .where('system_id', '=', row.system_id)
    .where('round', '=', row.round)
    .where('no', '=', row.decision_no)
    .executeTakeFirst();
  return {
    ...entryLine(row, civilToday(deps.now(), deps.config.controller.timeZone)),
    round: row.round,
    madeAt: row.made_at.toISOString(),
    /** Null: the point of no return has not been passed, and the entry counts for nothing. */
    activeAt: row.active_at?.toISOString() ?? null,
    reason: decision?.reason ?? null,
    exception: decision?.exception ?? null,
    until: decision?.until ?? null,
  };
}
export type ShownEntry = Awaited<ReturnType<typeof showEntry>>;

/** The references that an entry seals, for an officer's eyes. Personal data: never log it. */
export async function openEntry(
  deps: Pick<Deps, 'ledger' | 'config' | 'keys' | 'storage' | 'now'>,
  id: RegisterId,
  signedBy: SignedBy | undefined,
): Promise<readonly RecordRef[]> {
  const person = authorise(deps.config.people, signedBy, 'open-register');
  const row = await findEntry(deps.ledger.db, id);
  const locators = (await openPage(deps, row)).map(({ collection, key }) => ({ collection, key }));
  await deps.ledger.db.transaction().execute((trx) =>
    appendAudit(trx, {
      requestId: row.request_id,
      kind: 'register-opened',
      body: { entry: row.id, system: row.system_id, person: person.id },
      at: deps.now(),
    }),
  );
  return locators;
}

async function findEntry(db: LedgerReader, id: RegisterId): Promise<Selectable<RegisterEntriesTable>> {
  const row = await db.selectFrom('register_entries').selectAll().where('id', '=', id).executeTakeFirst();
  if (row === undefined) throw new HabeasError('not-found', { where: 'register entry' });
  return row;
}

function entryLine(row: Selectable<RegisterEntriesTable>, today: string) {
  return {
    id: row.id,
    requestId: row.request_id,
    systemId: row.system_id,
    kind: row.kind,
    collection: row.collection,
    recordClass: row.record_class,
    count: row.count,
    /** First day on which it may be erased, or has expired; null where no date ends it. */
    dueOn: row.due_on,
    isDue: row.due_on !== null && row.due_on <= today,
    keptBy: row.kept_by,
    /** The day on which the sweep looks at it next, why it was left the last time, and the batch it is in. */
    ...{ lookOn: row.look_on, code: row.code, claimId: row.claim_id },
    /** Of what is kept by hand: the open question about it. */
    taskId: row.task_id,
  };
}
