/**
 * The distinct decisions of a round, numbered from 1; records name theirs by its number. A row says what policy decided and
 * why, and how many records it covers; which fields a successor fills stands in the decision chunks.
 */

import { HabeasError } from '../errors.ts';
import { parseCivilDate } from '../policy/clock/index.ts';
import type { RecordDecision } from '../policy/erasure/index.ts';
import { canonicalJson } from '../security/canonical.ts';
import type { LedgerReader, LedgerTransaction } from './open.ts';
import type { RoundKey } from './rounds.ts';
import type { Disposition } from './states.ts';

export interface NumberedDecision {
  readonly no: number;
  readonly collection: string;
  readonly recordClass: string;
  readonly decision: RecordDecision;
  /** As stored; absolute where nothing is under way. */
  readonly count: number;
}

/** What makes two decisions the same. */
export function decisionName(collection: string, recordClass: string, decision: RecordDecision): string {
  return canonicalJson([
    collection,
    recordClass,
    { ...decision, successor: [...decision.successor], fields: [...decision.fields] },
  ]);
}

export async function addDecisions(
  trx: LedgerTransaction,
  key: RoundKey,
  decisions: readonly NumberedDecision[],
): Promise<void> {
  if (decisions.length === 0) return;
  await trx
    .insertInto('decisions')
    .values(
      decisions.map(({ no, collection, recordClass, decision, count }) => ({
        request_id: key.requestId,
        system_id: key.systemId,
        round: key.round,
        no,
        collection,
        record_class: recordClass,
        action: decision.action,
        disposition: decision.disposition,
        reason: decision.reason,
        ground: decision.ground,
        exception: decision.exception,
        refusal: decision.refusal,
        kept_by: decision.keptBy,
        until: decision.until,
        fields: JSON.stringify(decision.fields),
        count,
      })),
    )
    .execute();
}

/**
 * The number of a decision that was made after the plan: it covers no record of the plan's own counts, and is made once however many
 * records it comes to.
 */
export async function decisionSince(
  trx: LedgerTransaction,
  key: RoundKey,
  { collection, recordClass }: { readonly collection: string; readonly recordClass: string },
  decision: RecordDecision,
): Promise<NumberedDecision> {
  const name = decisionName(collection, recordClass, decision);
  const stored = await decisionsOf(trx, key);
  const known = stored.find(
    (one) => one.count === 0 && decisionName(one.collection, one.recordClass, one.decision) === name,
  );
  if (known !== undefined) return known;
  const numbered = { no: stored.length + 1, collection, recordClass, decision, count: 0 };
  await addDecisions(trx, key, [numbered]);
  return numbered;
}

/** By number. `successor` is not stored: empty. */
export async function decisionsOf(db: LedgerReader, key: RoundKey): Promise<readonly NumberedDecision[]> {
  const rows = await db
    .selectFrom('decisions')
    .selectAll()
    .where('request_id', '=', key.requestId)
    .where('system_id', '=', key.systemId)
    .where('round', '=', key.round)
    .orderBy('no')
    .execute();
  return rows.map((row) => ({
    no: row.no,
    collection: row.collection,
    recordClass: row.record_class,
    count: row.count,
    decision: {
      action: row.action,
      disposition: planned(row.disposition),
      reason: row.reason,
      ground: row.ground,
      exception: row.exception,
      refusal: row.refusal,
      keptBy: row.kept_by,
      until: row.until === null ? null : parseCivilDate(row.until, 'until'),
      fields: row.fields,
      detached: isDetached(row),
      successor: [],
    },
  }));
}

/** The person taken out of a record that goes on. */
export function isDetached(row: { readonly action: string; readonly disposition: Disposition }): boolean {
  return row.action === 'detach' && row.disposition === 'anonymised';
}

function planned(disposition: Disposition): RecordDecision['disposition'] {
  switch (disposition) {
    case 'exported':
    case 'withheld':
    case 'absent':
    case 'rectified':
    case 'restricted':
    case 'objected':
    case 'suppressed':
    case 'notified':
      throw new HabeasError('internal', { where: 'decision' });
    default:
      return disposition;
  }
}
