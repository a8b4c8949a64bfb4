/** The forms a decision takes; each fills every column, so that no half-decided record can be stored. Pure. */
import type { EraseTraits } from '../../../connectors/contract.ts';
import type { DispositionReason } from '../../ledger/states.ts';
import type { CivilDate } from '../clock/index.ts';
import type { ErasureException, ErasureGround, RefusalGround } from '../grounds.ts';
import type { RecordDecision } from './types.ts';

export type ImmediateTraits = Extract<EraseTraits, { mode: 'immediate' }>;

const untouched = { action: 'keep', fields: [], detached: false, successor: [] } as const;
const undecided = { ground: null, exception: null, refusal: null, keptBy: null, until: null } as const;

/** Held as a processor: the customer company decides (Art. 28(3)(e)). */
export const referred: RecordDecision = {
  ...untouched,
  ...undecided,
  ...{ disposition: 'referred', reason: 'processor' },
};

/** Goes by itself: on that day nothing needs it any more. */
export function expiring(until: CivilDate, balancing: string): RecordDecision {
  const when = { ground: '17(1)(a)', keptBy: balancing, until } as const;
  return { ...untouched, ...undecided, ...when, disposition: 'expiring', reason: 'expires' };
}

/** The record as a whole: deleted, or what makes it the person's changed for good. */
export function erased(traits: ImmediateTraits, ground: ErasureGround): RecordDecision {
  const goes = { ...undecided, ground, reason: 'eligible', detached: false, successor: [] } as const;
  if (traits.whole === 'delete') return { ...goes, action: 'delete', disposition: 'erased', fields: [] };
  return { ...goes, action: 'anonymise', disposition: 'anonymised', fields: traits.anonymises };
}

/** The person is taken out of a record that goes on. */
export function detached(
  fields: readonly string[],
  successor: readonly string[],
  ground: ErasureGround,
  reason: 'eligible' | 'reference',
): RecordDecision {
  const how = { action: 'detach', disposition: 'anonymised', reason, fields, detached: true, successor } as const;
  return { ...undecided, ...how, ground };
}

export interface Refused {
  readonly refusal: RefusalGround;
  readonly reason: DispositionReason;
  readonly ground?: ErasureGround | null;
  readonly exception?: ErasureException | null;
  /** What would end the refusal, in a sentence the person is told. */
  readonly keptBy?: string | null;
  readonly until?: CivilDate | null;
}

export function refused(why: Refused): RecordDecision {
  return { ...untouched, ...undecided, ...why, disposition: 'refused' };
}

/** Refused for now only: on the day after its last the sweep decides anew, so that it is in the register. */
export const isPutOff = ({ disposition, until }: RecordDecision): boolean =>
  disposition === 'refused' && until !== null;

/** What a law keeps, cut down to what it needs where `cut` names fields. */
export function retained(
  kept: {
    readonly ground: ErasureGround | null;
    readonly exception: ErasureException | null;
    readonly refusal: RefusalGround;
    readonly keptBy: string | null;
    readonly until: CivilDate | null;
  },
  cut: readonly string[],
  successor: readonly string[],
): RecordDecision {
  const { ground, exception, refusal, keptBy, until } = kept;
  const why = { disposition: 'retained', reason: 'law-keeps', ground, exception, refusal, keptBy, until } as const;
  return { ...why, action: cut.length === 0 ? 'keep' : 'detach', fields: cut, detached: false, successor };
}
