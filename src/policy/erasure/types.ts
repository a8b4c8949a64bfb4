/**
 * What a plan of erasure is made from and what it says of one record. Types only. What is missing in the facts of a record
 * was not declared; policy asks for it (`policy-answer-missing`) and never guesses.
 */
import type { CollectionDescription, EraseAction, RecordFacts } from '../../../connectors/contract.ts';
import type { Disposition, DispositionReason } from '../../ledger/states.ts';
import type { CivilDate } from '../clock/index.ts';
import type { ErasureTrigger } from '../eligibility.ts';
import type { ErasureException, ErasureGround, RefusalGround } from '../grounds.ts';
import type { RetentionPolicy } from '../retention/index.ts';

/** What is the same for every record of a request. */
export interface ErasureContext {
  /** Today in the controller's time zone, by the injected clock. */
  readonly asOf: CivilDate;
  /** The day on which what the request ends has ended; missing: `asOf`. Of a sweep years later it is the day of the plan. */
  readonly endedOn?: CivilDate;
  /** The controller's (IANA): instants of records become days in it. */
  readonly timeZone: string;
  readonly retention: RetentionPolicy;
  /** `policy.chargebackDays`: days in which a charge may be taken back, by payment provider. */
  readonly chargebackDays: Readonly<Record<string, number>>;
  readonly trigger: ErasureTrigger;
  /** Keys of own workspaces that are to be closed with the erasure, as {@link RecordFacts.workspace} writes them. Personal data. */
  readonly closing: ReadonlySet<string>;
  /** The person has a business of their own here that goes on: some record answers to {@link isOpenBusiness}. */
  readonly ownBusinessOpen: boolean;
  /** What was decided of the person's own rows (rank `subject-row`); empty where there are none. They are planned first. */
  readonly subjectRow: readonly RecordDecision[];
  /** The system whose records are decided: what hangs on a record is decided by its own collection's declaration. */
  readonly system?: {
    readonly id: string;
    readonly collections: readonly CollectionDescription[];
  };
}

/** What becomes of one record, as a row of `decisions` stores it. No personal data. */
export interface RecordDecision {
  readonly action: EraseAction;
  readonly disposition: Extract<
    Disposition,
    'erased' | 'anonymised' | 'retained' | 'expiring' | 'refused' | 'referred'
  >;
  readonly reason: DispositionReason;
  /** Art. 17(1): the ground that is met, also where an exception keeps the record. */
  readonly ground: ErasureGround | null;
  readonly exception: ErasureException | null;
  /** Why it is not erased, from the closed list. */
  readonly refusal: RefusalGround | null;
  /** One sentence: the laws that keep it, what a stream declares of its expiry, or what would end a `not yet`. */
  readonly keptBy: string | null;
  /** The last day on which it is kept. */
  readonly until: CivilDate | null;
  /** What `anonymise` or `detach` changes. References to the person's own row among them go with that row. */
  readonly fields: readonly string[];
  /** `anonymised` by taking the person out of a record that goes on; never in the register. */
  readonly detached: boolean;
  /** Of `fields`: those that must name somebody else, whom a person has to name first (`successor-needed`). */
  readonly successor: readonly string[];
}
