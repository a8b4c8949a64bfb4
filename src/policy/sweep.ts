/**
 * What the retention sweep does with one record on its day: the planner decides it anew under that day's rules, `mayErase` asks
 * the holds, and whoever still looks for the record in an open request comes first. Pure. Promises: never before the day that
 * stands in the register unless two people agree that a duty has become shorter; one that has become longer moves the day;
 * whatever the facts cannot tell any more is asked of people; what cannot be decided is named and looked at again, never dropped.
 */
import type { RecordFacts } from '../../connectors/contract.ts';
import { type ErrorCode, HabeasError } from '../errors.ts';
import { addDays, type CivilDate, later } from './clock/civil-date.ts';
import type { RecordDecision } from './erasure/index.ts';
import { type HoldKind, mayErase, type NamedRecord, type PlacedHold } from './holds.ts';

/** Why people are asked even where the class is swept without asking; each with the sentence an operator reads. */
export const sweepQuestions = {
  shortened: 'Today’s rules keep it for less long than the register says.',
  'money-open': 'Money was open on it when it was last read.',
  undated: 'Nobody can tell whether it was made before the restored copy.',
  'was-held': 'A hold of a person kept it; meanwhile it may have changed hands.',
  'no-day': 'No day stands in the register for it; why it was kept has ended since.',
  'own-row': 'It is the person’s own row, which stayed until its day; they may be using it again.',
  'another-effect': 'By today’s rules and data map something else is done to it than was approved with the plan.',
  'goes-on': 'The record goes on without the person; its fields may be about somebody else by now.',
} as const;
export type SweepQuestion = keyof typeof sweepQuestions;

export type SweepVerdict =
  | { readonly is: 'erase'; readonly decision: RecordDecision; readonly asks: readonly SweepQuestion[] }
  /**
   * A rule or a published period keeps it; `until` is its last day, null where no date ends it yet. `opensOn`: the earlier day from
   * which today's rules would let it go, about which people are asked then.
   */
  | {
      readonly is: 'kept';
      readonly until: CivilDate | null;
      readonly keptBy: string | null;
      readonly opensOn?: CivilDate;
    }
  | { readonly is: 'held'; readonly kinds: readonly HoldKind[] }
  /** An open request has found it: what becomes of it is that request's affair. */
  | { readonly is: 'sought' }
  | { readonly is: 'unanswered'; readonly code: ErrorCode; readonly where: string | null };

/** What the register says of a record. */
export interface Registered {
  readonly record: NamedRecord;
  /** As the record was read when it was entered; undefined: nobody kept them. */
  readonly facts: RecordFacts | undefined;
  /** Last day that stands in the register. */
  readonly until: CivilDate | null;
  /** A person's hold kept it, not a rule. */
  readonly wasHeld: boolean;
  /** The person's own row, which was put off and has been there all the time. */
  readonly isOwnRow: boolean;
  /** A vendor lets go of it later than people have approved: what they approved for such records ({@link effectOf}). */
  readonly approved?: ReadonlySet<string> | undefined;
}

export interface SweepRules {
  /** The planner of the record's stream, under the rules of today, for a given day. */
  readonly plan: (facts: RecordFacts, asOf: CivilDate) => RecordDecision;
  readonly holds: readonly PlacedHold[];
  readonly isSought: (record: string) => boolean;
  readonly asOf: CivilDate;
  /** The day on which money that was open would count as settled: that of the erasure. */
  readonly enteredOn: CivilDate;
}

export function sweepVerdict(registered: Registered, rules: SweepRules): SweepVerdict {
  const { record, facts, until, wasHeld, isOwnRow, approved } = registered;
  const { asOf } = rules;
  if (until !== null && until >= asOf && (facts === undefined || approved !== undefined))
    return { is: 'kept', until, keptBy: null };
  if (facts === undefined) return { is: 'unanswered', code: 'sweep-facts-missing', where: null };
  // Before its day only rules that have become shorter can let it go.
  const isEarly = until !== null && until >= asOf;
  const isOpen = facts.money === 'open';
  const asked: RecordFacts = isOpen ? { ...facts, money: 'settled', settledOn: rules.enteredOn } : facts;
  let decision: RecordDecision;
  let isShortened = false;
  try {
    decision = rules.plan(asked, asOf);
    isShortened = isEarly || (until !== null && goes(rules.plan(asked, until)));
  } catch (error) {
    if (!(error instanceof HabeasError)) throw error;
    if (isEarly) return { is: 'kept', until, keptBy: null };
    return { is: 'unanswered', code: error.code, where: error.where ?? null };
  }
  if (isEarly && (!goes(decision) || decision.successor.length > 0)) return keptEarly(until, decision);
  // No rule keeps it any more, and what stands in its way ends on no date: a contract that runs, another's data.
  if (decision.disposition === 'refused' && decision.until === null)
    return { is: 'unanswered', code: 'sweep-refused', where: null };
  if (decision.disposition === 'retained' || decision.disposition === 'refused')
    return { is: 'kept', until: decision.until, keptBy: decision.keptBy };
  // The collection has become one that expires or is another's since, or somebody has to take it over.
  if (!goes(decision) || decision.successor.length > 0) return { is: 'unanswered', code: 'plan-changed', where: null };
  const verdict = mayErase(record, rules.holds, 'planned');
  if (!verdict.may) return { is: 'held', kinds: [...new Set(verdict.placed.map(({ kind }) => kind))].sort() };
  if (rules.isSought(record.record)) return { is: 'sought' };
  if (approved !== undefined)
    return { is: 'erase', decision, asks: approved.has(effectOf(decision)) ? [] : ['another-effect'] };
  const asks: readonly (SweepQuestion | false)[] = [
    isShortened && 'shortened',
    isOpen && 'money-open',
    wasHeld && 'was-held',
    isOwnRow && 'own-row',
    until === null && !wasHeld && !isOpen && 'no-day',
    decision.action === 'detach' && 'goes-on',
  ];
  return { is: 'erase', decision, asks: asks.filter((one) => one !== false) };
}

/** What a decision does to a record. */
export const effectOf = ({ action, fields }: Pick<RecordDecision, 'action' | 'fields'>): string =>
  JSON.stringify([action, ...[...fields].sort()]);

/** Not due yet: kept as long as the register says, or longer where the rules have become longer. */
function keptEarly(until: CivilDate, decision: RecordDecision): Extract<SweepVerdict, { is: 'kept' }> {
  const now = decision.disposition === 'retained' || decision.disposition === 'refused' ? decision.until : null;
  if (now === null) return { is: 'kept', until, keptBy: null };
  if (now >= until) return { is: 'kept', until: now, keptBy: now === until ? null : decision.keptBy };
  return { is: 'kept', until, keptBy: null, opensOn: addDays(now, 1) };
}

const goes = ({ disposition, action }: RecordDecision): boolean =>
  (disposition === 'erased' || disposition === 'anonymised') && action !== 'keep';

/** So long nobody looks at what no date ends; whoever releases a hold has it looked at the same day. */
const againDays = 30;

/** So long a missing answer may take, before it is told again. */
const unansweredDays = 7;

/** The day on which a record is looked at next; after `asOf`. */
export function looksAgainOn(verdict: Exclude<SweepVerdict, { is: 'erase' }>, asOf: CivilDate): CivilDate {
  switch (verdict.is) {
    case 'kept':
      if (verdict.until === null) return addDays(asOf, againDays);
      return later(verdict.opensOn ?? addDays(verdict.until, 1), addDays(asOf, 1));
    case 'held':
      return addDays(asOf, againDays);
    case 'sought':
      return addDays(asOf, 1);
    case 'unanswered':
      return addDays(asOf, unansweredDays);
    default:
      return verdict satisfies never;
  }
}

/** The day on which something is looked at that no date ends. */
export const looksFirstOn = (dueOn: CivilDate | null, enteredOn: CivilDate): CivilDate =>
  dueOn ?? addDays(enteredOn, againDays);
