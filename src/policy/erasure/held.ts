/**
 * What a hold makes of a decision: a record that a person or another right holds stays as it is, whatever policy would do
 * to it. Only keeps more, never less. What nothing is done to anyway (referred, refused, going by itself) stays decided as
 * it was. Pure.
 */
import { catalogue, type ErrorCode } from '../../errors.ts';
import { addDays, type CivilDate } from '../clock/index.ts';
import { holdKinds, mayErase, type NamedRecord, type PlacedHold } from '../holds.ts';
import type { RecordDecision } from './types.ts';

/**
 * What becomes of a decision that a vendor carries out later than it is asked: it waits, until the day before it is asked again. The
 * sentence of the code says why.
 */
export function waitingDecision(decision: RecordDecision, from: CivilDate, code: ErrorCode): RecordDecision {
  return {
    ...{ action: 'keep', disposition: 'expiring', reason: 'vendor-later', ground: decision.ground },
    ...{ exception: null, refusal: null, keptBy: catalogue[code].what, until: addDays(from, -1) },
    ...{ fields: [], detached: false, successor: [] },
  };
}

/**
 * What becomes of a decision whose record was deleted and read back as not gone: out of sight until the system lets go of it by itself
 * (`hidden`), or on its way (`pending`). `until`: the last day on which that may be so; from the day after it is read back.
 */
export function goingDecision(
  decision: RecordDecision,
  { is, until }: { readonly is: 'hidden' | 'pending'; readonly until: CivilDate },
): RecordDecision {
  const reason = is === 'hidden' ? 'soft-deleted' : 'on-its-way';
  return {
    ...{ action: 'keep', disposition: 'expiring', reason, ground: decision.ground },
    ...{ exception: null, refusal: null, keptBy: null, until, fields: [], detached: false, successor: [] },
  };
}

/** The decision once holds have been looked at. The same decision object where none reaches the record. */
export function heldDecision(
  decision: RecordDecision,
  record: NamedRecord,
  holds: readonly PlacedHold[],
): RecordDecision {
  if (decision.action === 'keep' && decision.disposition !== 'retained') return decision;
  const verdict = mayErase(record, holds, 'planned');
  if (verdict.may) return decision;
  const kinds = [...new Set(verdict.placed.map(({ kind }) => kind))].sort();
  const isClaim = kinds.includes('legal-hold') || kinds.includes('court');
  const exception = isClaim ? '17(3)(e)' : decision.exception;
  return {
    ...{ action: 'keep', disposition: 'retained', reason: 'held', ground: decision.ground, exception },
    refusal: exception,
    keptBy: [...kinds.map((kind) => holdKinds[kind]), ...(decision.keptBy === null ? [] : [decision.keptBy])].join(' '),
    ...{ until: null, fields: [], detached: false, successor: [] },
  };
}
