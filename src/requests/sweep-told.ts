/**
 * What people say of recipients of what the retention sweep erased (Art. 19): told, confirmed, or impossible with the reason; signed and
 * stored like every decision. A processor that was told is asked about until it has confirmed. Whom it concerned nobody knows any more:
 * which records they were is opened with the entries of the batch (`retention show REG --open`) while somebody is to be told. Refuses
 * with `sweep-told`, `person-…`, `reason-needed`, `delivery-date`, `clock-date-invalid`.
 */
import type { Deps } from '../deps.ts';
import { HabeasError } from '../errors.ts';
import type { ClaimId, DecisionId } from '../ids.ts';
import { ledgerId } from '../ledger/migrate.ts';
import { findClaim, lockClaim } from '../ledger/sweep-claims.ts';
import { noteSweepTold, type SweepNoticeRow, sweepNoticesOf, unsettledSweepNotices } from '../ledger/sweep-notices.ts';
import type { NoticeAnswer } from '../policy/notices.ts';
import { noticeVoice, toldText } from './notices.ts';
import { authorise, type SignedBy } from './people.ts';
import { type DecisionDeps, insertDecision, prepareDecision, reasonGiven } from './record.ts';

export interface ToldOfSweep {
  readonly claimId: ClaimId;
  readonly recipient: string;
  readonly state: NoticeAnswer;
  /** The day on which they were told; null where they could not be. */
  readonly on: string | null;
  readonly decisionId: DecisionId;
  /** Nobody waits for it any more. */
  readonly settled: boolean;
}

export async function tellOfSweep(
  deps: DecisionDeps,
  given: {
    readonly claimId: ClaimId;
    readonly recipient: string;
    readonly answer: NoticeAnswer;
    readonly on?: string | undefined;
    readonly reason?: string | undefined;
    readonly signedBy: SignedBy | undefined;
  },
): Promise<ToldOfSweep> {
  const { claimId, recipient, answer, signedBy } = given;
  const person = authorise(deps.config.people, signedBy, 'told');
  if (signedBy === undefined) throw new HabeasError('person-needed');
  if (answer === 'impossible') reasonGiven(given.reason);
  const claim = await findClaim(deps.ledger.db, claimId);
  const at = deps.now();
  const { on } = noticeVoice(deps, answer, given.on, at);
  const reason = given.reason?.trim() || undefined;
  const decision = await prepareDecision(deps, {
    ...{ kind: 'told', requestId: null, taskId: null, systemId: claim.system_id, answer, sealable: { reason } },
    keyId: reason === undefined ? null : await deps.keys.create('register'),
    details: { claim: claimId, recipient, on },
    ...{ person, signedBy, at, ledger: await ledgerId(deps.ledger.db) },
  });
  return deps.ledger.db.transaction().execute(async (trx) => {
    await lockClaim(trx, claimId);
    const row = (await sweepNoticesOf(trx, claimId)).find((one) => one.recipient === recipient && isAsked(one, answer));
    if (row === undefined) throw new HabeasError('sweep-told', { where: 'RECIPIENT' });
    await insertDecision(trx, decision, null, 'applied');
    // Behind the lock: of a receipt made in between it must be told that this came later.
    const said = { state: answer, on, by: person.id, decisionId: decision.id, at: deps.now() };
    return {
      ...{ claimId, recipient, state: answer, on: row.told_on ?? on, decisionId: decision.id },
      settled: await noteSweepTold(trx, row, said),
    };
  });
}

/** Who was instructed is asked for its confirmation, and not told twice. */
const isAsked = ({ state, settled_at: settled }: SweepNoticeRow, answer: NoticeAnswer): boolean =>
  settled === null && (state === 'open' || answer !== 'sent');

/** A recipient of a batch, as people are asked about it. */
export function noticeLine(row: SweepNoticeRow, { config }: Pick<Deps, 'config'>) {
  const { claim_id: claimId, recipient, name, kind: role, state: outcome, records } = row;
  const isAsking = row.settled_at === null;
  return {
    ...{ claimId, recipient, name, role, outcome, records, dueOn: row.due_on, toldOn: row.told_on },
    settledAt: row.settled_at?.toISOString() ?? null,
    contact: (config.recipients ?? []).find(({ id }) => id === recipient)?.contact ?? null,
    /** What to tell them; null where nobody is asked any more. */
    tell: isAsking ? toldText({ kind: role, right: 'erasure' }) : null,
  };
}
export type ListedSweepNotice = ReturnType<typeof noticeLine>;

/** Recipients of whom somebody is to say something, the earliest due first. */
export async function listSweepNotices(deps: Pick<Deps, 'ledger' | 'config'>): Promise<readonly ListedSweepNotice[]> {
  return (await unsettledSweepNotices(deps.ledger.db)).map((row) => noticeLine(row, deps));
}
