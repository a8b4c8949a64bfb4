/**
 * What people decide about the retention sweep, signed and stored like every decision: a batch is approved by two different
 * people or rejected by one, and a class is swept without asking once two people have said so, until one takes it back. What is
 * signed names the batch by the hash of what is in it. Refuses with `sweep-not-asked`, `sweep-changed`, `sweep-begun`,
 * `class-unknown`, `class-state`, `person-…` (`person-twice`: the same person again), `reason-needed`.
 */
import { HabeasError } from '../errors.ts';
import type { ClaimId, DecisionId } from '../ids.ts';
import { appendAudit } from '../ledger/audit.ts';
import { ledgerId } from '../ledger/migrate.ts';
import type { RegisterRow } from '../ledger/register.ts';
import { switchClass } from '../ledger/sweep-automatic.ts';
import { claimedEntries, findClaim, lockClaim, moveClaim, takeClaim } from '../ledger/sweep-claims.ts';
import { begunEntries } from '../ledger/sweep-effects.ts';
import { leaveEntry } from '../ledger/sweep-entries.ts';
import { addDays } from '../policy/clock/index.ts';
import { authorise, type SignedBy } from './people.ts';
import { type DecisionDeps, insertDecision, prepareDecision, reasonGiven } from './record.ts';
import { sweepDay } from './sweep.ts';

interface AboutClaim {
  readonly claimId: ClaimId;
  /** The beginning of the hash that was read; without, what is in the batch now. */
  readonly about?: string | undefined;
  readonly reason?: string | undefined;
  readonly signedBy: SignedBy | undefined;
}

export interface DecidedClaim {
  readonly claimId: ClaimId;
  readonly decisionId: DecisionId;
  readonly about: string | null;
  /** `begun`: what was begun goes on, and the rest is rejected. */
  readonly state: 'asked' | 'approved' | 'rejected' | 'begun';
  /** How many more people must approve. */
  readonly peopleLeft: number;
}

export async function approveClaim(deps: DecisionDeps, given: AboutClaim): Promise<DecidedClaim> {
  const { claimId, signedBy } = given;
  const person = authorise(deps.config.people, signedBy, 'sweep');
  const prepared = await prepare(deps, given, 'approve');
  const { about } = prepared;
  return deps.ledger.db.transaction().execute(async (trx) => {
    const claim = await lockClaim(trx, claimId);
    if (claim.state !== 'asked') throw new HabeasError('sweep-not-asked');
    if (about === null || claim.sha256 !== about) throw new HabeasError('sweep-changed');
    const votes = await trx
      .selectFrom('sweep_votes')
      .select('person_id')
      .where('claim_id', '=', claimId)
      .where('sha256', '=', about)
      .execute();
    if (votes.some((vote) => vote.person_id === person.id)) throw new HabeasError('person-twice');
    await insertDecision(trx, prepared.decision, null, 'applied');
    await trx
      .insertInto('sweep_votes')
      .values({ claim_id: claimId, sha256: about, person_id: person.id, decision_id: prepared.decision.id })
      .execute();
    const peopleLeft = Math.max(0, claim.people_needed - votes.length - 1);
    const at = prepared.decision.at;
    const body = { decision: prepared.decision.id, person: person.id, about };
    await appendAudit(trx, { requestId: claimId, kind: 'approved', body, at });
    // What people have just approved is carried out within the hour, whoever else waits.
    const approved = { state: 'approved', approved_at: at, sha256: about, taken_up_at: null } as const;
    if (peopleLeft === 0) await moveClaim(trx, claimId, approved, at);
    const state = peopleLeft === 0 ? ('approved' as const) : ('asked' as const);
    return { claimId, decisionId: prepared.decision.id, about, state, peopleLeft };
  });
}

/**
 * Its entries are out of the batch; people are asked about them again on a later day, and about copies not before another replay.
 * Requests of which something was begun go forward in it, alone; `sweep-begun` where that is all of them.
 */
export async function rejectClaim(deps: DecisionDeps, given: AboutClaim): Promise<DecidedClaim> {
  const { claimId, signedBy } = given;
  const person = authorise(deps.config.people, signedBy, 'sweep');
  reasonGiven(given.reason);
  const today = sweepDay(deps);
  const prepared = await prepare(deps, given, 'reject');
  return deps.ledger.db.transaction().execute(async (trx) => {
    const claim = await lockClaim(trx, claimId);
    // What should have gone by itself nobody was asked about.
    if (claim.kind === 'read-back' || !['asked', 'approved', 'parked'].includes(claim.state))
      throw new HabeasError('sweep-not-asked');
    if (claim.sha256 !== prepared.about) throw new HabeasError('sweep-changed');
    const open = (await claimedEntries(trx, claimId)).filter((entry) => entry.ended_at === null);
    const begun = await begunEntries(trx, claimId);
    const going = new Set(open.filter(({ id }) => begun.has(id)).map((entry) => entry.request_id));
    const left = open.filter((entry) => !going.has(entry.request_id));
    if (going.size > 0 && left.length === 0) throw new HabeasError('sweep-begun');
    await insertDecision(trx, prepared.decision, null, 'applied');
    const { at } = prepared.decision;
    const lookOn = addDays(today, rejectedDays);
    for (const entry of left)
      await leaveEntry(trx, entry, { lookOn: againOn(entry, lookOn), code: 'sweep-rejected' }, at);
    const body = { decision: prepared.decision.id, person: person.id, again: lookOn };
    const isWhole = going.size === 0;
    await appendAudit(trx, {
      ...{ requestId: claimId, kind: 'rejected', at },
      body: isWhole ? body : { ...body, entries: left.length, begun: open.length - left.length },
    });
    // An attempt that runs may begin nothing more of what is out.
    if (isWhole) await moveClaim(trx, claimId, { state: 'rejected' }, at);
    else await takeClaim(trx, claimId);
    const state = isWhole ? ('rejected' as const) : ('begun' as const);
    return { claimId, decisionId: prepared.decision.id, about: prepared.about, state, peopleLeft: 0 };
  });
}

/** Who rejects that a duty has become shorter keeps to the day that was registered. */
function againOn({ asks, due_on: dueOn }: RegisterRow, lookOn: string): string {
  return asks.includes('shortened') && dueOn !== null && dueOn > lookOn ? dueOn : lookOn;
}

/** So many days nobody is asked again about what was rejected. */
const rejectedDays = 30;

async function prepare(deps: DecisionDeps, given: AboutClaim, answer: 'approve' | 'reject') {
  const { claimId, signedBy } = given;
  const person = authorise(deps.config.people, signedBy, 'sweep');
  if (signedBy === undefined) throw new HabeasError('person-needed');
  const claim = await findClaim(deps.ledger.db, claimId);
  if (given.about !== undefined && claim.sha256?.startsWith(given.about) !== true)
    throw new HabeasError('sweep-changed');
  const reason = given.reason?.trim() || undefined;
  const decision = await prepareDecision(deps, {
    ...{ kind: 'sweep', requestId: null, taskId: null, systemId: claim.system_id, answer, sealable: { reason } },
    keyId: reason === undefined ? null : await deps.keys.create('register'),
    details: { claim: claimId, about: claim.sha256 },
    ...{ person, signedBy, at: deps.now(), ledger: await ledgerId(deps.ledger.db) },
  });
  return { about: claim.sha256, decision };
}

export interface SwitchedClass {
  readonly recordClass: string;
  /** `asked`: another person must say the same. */
  readonly state: 'asked' | 'on' | 'off';
  readonly decisionId: DecisionId;
}

/** Has a class swept without asking (two people), or asks again (one). */
export async function switchAutomatic(
  deps: DecisionDeps,
  given: { readonly recordClass: string; readonly on: boolean; readonly signedBy: SignedBy | undefined },
): Promise<SwitchedClass> {
  const { recordClass, on, signedBy } = given;
  const person = authorise(deps.config.people, signedBy, 'automatic');
  if (signedBy === undefined) throw new HabeasError('person-needed');
  const classes = [...deps.systems.values()].flatMap(({ collections }) => collections.map((one) => one.recordClass));
  if (!classes.includes(recordClass)) throw new HabeasError('class-unknown', { where: 'CLASS' });
  const decision = await prepareDecision(deps, {
    ...{ kind: 'automatic', requestId: null, taskId: null, systemId: null, answer: on ? 'on' : 'off', sealable: {} },
    ...{ keyId: null, details: { class: recordClass }, person, signedBy, at: deps.now() },
    ledger: await ledgerId(deps.ledger.db),
  });
  const state = await deps.ledger.db.transaction().execute(async (trx) => {
    const { before, after } = await switchClass(trx, { recordClass, on, person: person.id, at: decision.at });
    if (before === after) throw new HabeasError(after === 'asked' ? 'person-twice' : 'class-state');
    await insertDecision(trx, decision, null, 'applied');
    const body = { class: recordClass, state: after, person: person.id, decision: decision.id };
    await appendAudit(trx, { requestId: 'system', kind: 'sweep-automatic', body, at: decision.at });
    return after;
  });
  return { recordClass, state, decisionId: decision.id };
}
