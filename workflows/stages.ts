/**
 * What the workflow asks of the activities, and nothing else passes between them. Types only: ids, slugs, counts, codes
 * and dates, so that histories carry no personal data (the refusing payload converter enforces it; a new key must be
 * added to its list in src/security/payload.ts).
 */

import type { ErasePart } from '../connectors/contract.ts';
import type { ClaimId, PackageId, RegisterId, RequestId, SystemId, TaskId } from '../src/ids.ts';
import type {
  ClaimState,
  DecisionKind,
  IdentityState,
  LaneState,
  RequestState,
  Right,
  Stage,
  TaskKind,
} from '../src/ledger/states.ts';

/** A lane as the workflow needs to know it, read from the ledger at start and when a person retries it. */
export interface LaneFacts {
  readonly systemId: SystemId;
  /** Whether the configuration still has the system; its lane parks where not. */
  readonly configured: boolean;
  readonly locateCost: 'lookup' | 'scan';
  /** Identifier kinds it can search by. */
  readonly needs: readonly string[];
  readonly state: LaneState;
  readonly stage: Stage | null;
  readonly code: string | null;
  readonly attempts: number;
  /** Last read round begun; 0 before the first. */
  readonly round: number;
  readonly openCandidates: number;
  /** Reviews of masks that wait for a person; missing in what was recorded before there were any. */
  readonly openMasks?: number;
  /** Its last reading was answered by hand: nothing of it is asked again. */
  readonly byHand: boolean;
  /** Rights that no program carries out in this system: a person is asked (`run.byHand`). Missing: none. */
  readonly manual?: readonly Right[];
  /** Rights that a person has answered for by hand, so that nothing of them is begun again. Missing: none. */
  readonly attested?: readonly Right[];
  /** 1: gives no identifiers. 2: gives some. The subject's own row is 3, in the lane that has it. */
  readonly rank: 1 | 2;
  readonly hasSubjectRow: boolean;
  /** Of a right that acts: whether its last reading was acted on; null: the right gives or erases. */
  readonly acted?: boolean | null;
  /** Rounds of erasure that count, the earliest pass first, with what has been done of each. */
  readonly erasures: readonly ErasureRound[];
}

/** One round of erasure as the ledger knows it; a workflow whose history was lost goes on from here. */
export interface ErasureRound {
  readonly round: number;
  readonly pass: number;
  readonly isRead: boolean;
  readonly planned: boolean;
  readonly prepared: boolean;
  readonly erased: boolean;
  readonly verified: boolean;
  /** An open `late-arrivals` task asks about records in it. */
  readonly undated: boolean;
}

/** Temporal's bounded retry of a stage, outside the connector's own. */
export interface RetryTerms {
  readonly initialMs: number;
  readonly maxMs: number;
  readonly attempts: number;
}

export interface Begun {
  readonly state: RequestState;
  readonly identity: IdentityState;
  /** Frozen at intake. */
  readonly lanes: readonly LaneFacts[];
  readonly retry: RetryTerms;
  /** Put before every task queue's name: empty, or ends with its separator. */
  readonly queuePrefix: string;
  /** The highest workflow number the ledger has seen for this request. */
  readonly workflowSeq: number;
  /** An open `manual` task says that nothing can be searched by yet. */
  readonly held: boolean;
  /** Number of the last package of the request; 0 before the first. */
  readonly parts: number;
  /** Packages that have not reached the person yet; a workflow that begins anew goes on delivering them. */
  readonly packages: readonly PackageId[];
  readonly rights: readonly Right[];
  /** Access was answered with a package that reached the person (or needed none): erasure may go on. */
  readonly accessDone: boolean;
  /** Something may have been erased: nothing is cancelled any more. */
  readonly noReturn: boolean;
  /** Some records wait for the day on which they expire: the request ends at `awaiting_expiry`. */
  readonly expiring: boolean;
  /** Of a right that acts: a named person has said whether the person is right. */
  readonly decided?: boolean;
  /** The person is told what was done before the request ends; missing in what was recorded before there were answers. */
  readonly answers?: boolean;
}

export interface DecisionFacts {
  readonly seq: number;
  readonly kind: DecisionKind;
  readonly answer: string;
  readonly taskId: TaskId | null;
  readonly taskKind: TaskKind | null;
  readonly systemId: SystemId | null;
  /** Why the task was opened; a catalogue code. */
  readonly code: string | null;
  /** Whether the task closed with this very answer: false while others must still agree, and for who said otherwise. */
  readonly settled: boolean;
}

export interface Decisions {
  /** Read up to here; the request's woken number is there now. */
  readonly seq: number;
  readonly decisions: readonly DecisionFacts[];
  /** Candidates that wait for a person at that number, of every system that ever had one. */
  readonly candidates: readonly {
    readonly systemId: SystemId;
    readonly openCandidates: number;
    readonly openMasks?: number;
  }[];
  /** Lanes parked by a stopped system that may be called again. */
  readonly resumed: readonly SystemId[];
}

/** Local activities: quick ledger steps on the workflow's own worker. All idempotent. */
export interface LedgerSteps {
  begin(input: { requestId: RequestId }): Promise<Begun>;
  /** Decisions after `afterSeq` without an effect yet; moves the request's woken number. */
  readDecisions(input: { requestId: RequestId; afterSeq: number }): Promise<Decisions>;
  /** Says which decisions had an effect, by their numbers. */
  settleDecisions(input: { requestId: RequestId; applied: readonly number[]; moot: readonly number[] }): Promise<void>;
  enterState(input: { requestId: RequestId; state: RequestState; workflowSeq: number }): Promise<void>;
  /** Returns the tries of the stage so far, as the ledger counted them. */
  setLane(input: {
    requestId: RequestId;
    systemId: SystemId;
    state: LaneState;
    stage: Stage | null;
    /** A catalogue code; anything else is stored as `internal`. */
    code: string | null;
    workflowSeq: number;
  }): Promise<{ attempts: number }>;
  /**
   * Opens the request's task of this kind (and system) unless it is open already; null where a person has answered it
   * meanwhile, so that nothing is asked that no longer matters.
   */
  openTask(input: {
    requestId: RequestId;
    kind: TaskKind;
    systemId: SystemId | null;
    code: string | null;
    /** False: what the lane of an `unresolved` task does cannot be done by hand instead. */
    byHand?: boolean;
    /** Of a task about a system: which right's work it stands in for. */
    right?: Right;
  }): Promise<{ taskId: TaskId | null }>;
  /**
   * Ends the request. `completed` only if its books balance; otherwise it fails with `books-unbalanced` and the request
   * stays open.
   */
  close(input: { requestId: RequestId; outcome: Outcome; workflowSeq: number }): Promise<void>;
  /**
   * Everything a right asks was done: the restriction that waited for it ends where nothing is left restricted, or waits until
   * the person was told and it is lifted. `lifting`: it was lifted, and is to be taken off in the systems. Idempotent.
   */
  settleRight(input: { requestId: RequestId }): Promise<{ readonly restricted: boolean; readonly lifting: boolean }>;
  /** Of a customer's instruction: how long the agreed notice still lasts; 0 where it has ended. */
  noticePeriod(input: { requestId: RequestId }): Promise<{ leftMs: number }>;
  /**
   * Asks for each system that a person marked as restricted by hand that the marks are taken off, once; in how many nobody has
   * said so yet. After the restriction was lifted.
   */
  askUnmark(input: { requestId: RequestId }): Promise<{ left: number }>;
  /**
   * When erasure may begin after access was delivered: the download window's end, as time from now; 0 where it has come.
   */
  downloadWindow(input: { requestId: RequestId }): Promise<{ leftMs: number }>;
  /**
   * What stands between the planned rounds of a pass and their approval. Opens the tasks that must be answered first
   * (`blast-radius`, `successor`); where none is open, fixes the plan (its hash, a new version where it differs from the last)
   * and opens its `approval` task. `approved`: this very plan was approved already.
   */
  proposePlan(input: { requestId: RequestId; pass: number; workflowSeq: number }): Promise<Proposed>;
  /**
   * Opens a question for each recipient of what was changed (Art. 19) that has none yet; how many notices are not settled.
   */
  openNotices(input: { requestId: RequestId }): Promise<{ left: number }>;
  /** Sets (once) and tells how long the cooling-off of the approved plan still lasts; 0 where it is over. */
  coolOff(input: { requestId: RequestId; pass: number }): Promise<{ leftMs: number }>;
  /**
   * The last look before anything is erased: the approved plan is still the plan, every lane of it is prepared (or left
   * unresolved by two people), no hold reaches what it erases, nobody has cancelled. `ok`: recorded, and the register's
   * entries count from now on. Else the code says what stands against it; nothing is changed. Idempotent; a later pass only
   * does its own part.
   */
  passNoReturn(input: { requestId: RequestId; pass: number; workflowSeq: number }): Promise<{
    readonly ok: boolean;
    readonly code: string | null;
    /** What stands against it ends by itself (`access-open`): when to ask again; 0: a person must act, or the plan is made anew. */
    readonly leftMs: number;
  }>;
}

export interface Proposed {
  readonly state: 'approved' | 'asked' | 'waits';
  /** Hash of the plan; null while a task must be answered first. */
  readonly plan: string | null;
}

/** `awaiting_expiry`: the workflow ends, and the request waits for the day on which its last records expire. */
export type Outcome = 'completed' | 'refused' | 'cancelled' | 'awaiting_expiry';

export interface StageInput {
  readonly requestId: RequestId;
  readonly systemId: SystemId;
  readonly round: number;
  readonly workflowSeq: number;
}

export interface Located {
  readonly keys: number;
  /** Identifiers new to the request, and their kinds. */
  readonly learnt: number;
  readonly kinds: readonly string[];
  /** Kinds of known values of which only a window was learnt: news for systems that scan, and for no other. */
  readonly dated: readonly string[];
  /** Candidates that wait for a person, and the request's decision number at which they were counted. */
  readonly openCandidates: number;
  readonly seq: number;
  /** Whether the keys to read by are others than before. */
  readonly changed: boolean;
  /** More than a hundred identifiers of one kind: a person must look first. */
  readonly tooMany: boolean;
}

/** Regular activities, one stage of one system each, on the system's own queue. */
export interface SystemStages {
  /** One question to one system: everything known so far. */
  locate(input: StageInput): Promise<Located>;
  /** For access the content, for erasure the facts. */
  read(input: StageInput & { readonly right: Right; readonly pass: number }): Promise<ReadDone>;
  /** Policy decides record by record over the facts of a round; nothing is erased. */
  plan(input: StageInput): Promise<Planned>;
  /** The system checks the decided round; the register's entries are written. Nothing is erased. */
  prepare(input: StageInput): Promise<Prepared>;
  /**
   * Carries out the round's decisions, for its part of the ranks. `handOver`: what a vendor still works on goes into the register
   * instead of being waited for.
   */
  erase(input: StageInput & { readonly rank: ErasePart; readonly handOver?: boolean }): Promise<EraseDone>;
  /**
   * Reads back what was erased, and (dependants) looks for records that came meanwhile: they are staged in the pass after
   * `pass`, which is the request's, not the round's: a system that was left open may be behind the others.
   */
  verify(input: StageInput & { readonly rank: ErasePart; readonly pass: number }): Promise<Verified>;
  /** Does what a right asks with the records of a round, and reads it back; with `lift` takes its restriction off again. */
  act(input: StageInput & { readonly lift: boolean }): Promise<Acted>;
}

export interface Acted {
  /** Records that are as the right asks. */
  readonly found: number;
  /** Streams whose records wait for a named person's decision. */
  readonly waiting: number;
  /** Records with which nobody but a person can do it. */
  readonly byHand: number;
}

/** Counts of one round's decisions. */
export interface Planned {
  readonly found: number;
  /** To be erased or anonymised, to be kept, referred or refused. */
  readonly erased: number;
  readonly retained: number;
  readonly referred: number;
  readonly refused: number;
}

export interface Prepared {
  /** What the system says stands against the plan: 0, or the plan must be made anew. The first one's code. */
  readonly refused: number;
  readonly code: string | null;
}

export interface EraseDone {
  /** A vendor still works on something: to be called again after a while. Missing: everything of the part has its outcome. */
  readonly running?: boolean;
  readonly erased: number;
  readonly anonymised: number;
  readonly absent: number;
}

export interface Verified {
  /** Records that should be gone and are not: the lane parks with `erase-residue` instead of answering, so always 0. */
  readonly residue: number;
  /** Records made before the erasing began that were not in the plan: staged as a round of the next pass; 0: none. */
  readonly late: number;
  readonly lateRound: number;
  /** Of which nobody can tell when they were made: a `late-arrivals` task asks. Staged in the same round. */
  readonly undated: number;
  /** Made after the erasing began: a new relationship, left alone. */
  readonly newer: number;
}

export interface ReadDone {
  readonly streams: number;
  readonly chunks: number;
  /** Records that count: without candidates that wait or were rejected. */
  readonly found: number;
  /** Candidates of the scan that wait for a person, and the request's decision number at which they were counted. */
  readonly openCandidates: number;
  /** Reviews of what is masked in the reading that wait for a person. */
  readonly openMasks?: number;
  readonly seq: number;
}

export interface PackageStages {
  /** Everything of the lanes that are done and that no earlier part holds; every other system is named in it. */
  package(input: { requestId: RequestId; part: number; workflowSeq: number }): Promise<{
    packageId: PackageId;
    /** Its number: lower than asked for where a package before it holds everything already. */
    part: number;
    members: number;
    sizeBytes: number;
    exported: number;
  }>;
}

export interface ClosingStages {
  deliver(input: {
    requestId: RequestId;
    packageId: PackageId;
    workflowSeq: number;
  }): Promise<{ outcome: 'sent' | 'by-hand' }>;
  /** Tells the person what was done, once; `none`: nothing is owed, or it has reached them already. */
  answer(input: { requestId: RequestId; workflowSeq: number }): Promise<{ outcome: 'sent' | 'by-hand' | 'none' }>;
  /** Erases what was staged for a request that has ended, and reads that back. Tried until it succeeds. */
  destroyStaging(input: { requestId: RequestId; workflowSeq: number }): Promise<{ chunksDestroyed: number }>;
}

/** A claim of the retention sweep as its workflow needs to know it. */
export interface SweepBegun {
  readonly state: ClaimState;
  readonly systemId: SystemId;
  /** Entries that nobody has looked at yet: at most fifty, and whether there are more. */
  readonly entries: readonly RegisterId[];
  readonly more: boolean;
  readonly retry: RetryTerms;
  readonly queuePrefix: string;
}

/** Steps of the sweep that call no system. */
export interface SweepSteps {
  /** Takes what is due into claims; those that somebody has to work on now. */
  claimSweeps(): Promise<{ readonly claims: readonly ClaimId[] }>;
  beginSweep(input: { readonly claimId: ClaimId }): Promise<SweepBegun>;
  /** Decides every record of one entry anew. Records that are not erased leave the claim. */
  lookAt(input: { readonly claimId: ClaimId; readonly entryId: RegisterId }): Promise<void>;
  /** Everything was looked at: people are asked, or nobody has to be. */
  endLook(input: { readonly claimId: ClaimId }): Promise<{ readonly state: ClaimState }>;
  /** Something stands in the way: it is told, and tried again on the next day. */
  parkSweep(input: { readonly claimId: ClaimId; readonly code: string }): Promise<void>;
}

/** The sweep of one system, on the system's own queue. */
export interface SweepStages {
  /** Carries a claim out and reads it back, or only reads back. */
  sweepOut(input: { readonly claimId: ClaimId; readonly systemId: SystemId }): Promise<EraseDone>;
}

/** The hourly deletion of packages whose time has come. */
export interface ExpiryStages {
  expirePackages(): Promise<{ deleted: number; left: number }>;
}
