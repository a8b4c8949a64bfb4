/**
 * What the workflow asks of the activities, and nothing else passes between them. Types only: ids, slugs, counts, codes
 * and dates, so that histories carry no personal data (the refusing payload converter enforces it; a new key must be
 * added to its list in src/security/payload.ts).
 */
import type { PackageId, RequestId, SystemId, TaskId } from '../src/ids.ts';
import type { DecisionKind, IdentityState, LaneState, RequestState, Stage, TaskKind } from '../src/ledger/states.ts';

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
  /** Its last reading was answered by hand: nothing of it is asked again. */
  readonly byHand: boolean;
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
}

export interface DecisionFacts {
  readonly seq: number;
  readonly kind: DecisionKind;
  readonly answer: string;
  readonly taskId: TaskId | null;
  readonly taskKind: TaskKind | null;
  readonly systemId: SystemId | null;
  /** Whether the task closed with this very answer: false while others must still agree, and for who said otherwise. */
  readonly settled: boolean;
}

export interface Decisions {
  /** Read up to here; the request's woken number is there now. */
  readonly seq: number;
  readonly decisions: readonly DecisionFacts[];
  /** Candidates that wait for a person at that number, of every system that ever had one. */
  readonly candidates: readonly { readonly systemId: SystemId; readonly openCandidates: number }[];
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
  }): Promise<{ taskId: TaskId | null }>;
  /**
   * Ends the request. `completed` only if its books balance; otherwise it fails with `books-unbalanced` and the request
   * stays open.
   */
  close(input: { requestId: RequestId; outcome: Outcome; workflowSeq: number }): Promise<void>;
}

export type Outcome = 'completed' | 'refused' | 'cancelled';

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
  read(input: StageInput): Promise<ReadDone>;
}

export interface ReadDone {
  readonly streams: number;
  readonly chunks: number;
  /** Records that count: without candidates that wait or were rejected. */
  readonly found: number;
  /** Candidates of the scan that wait for a person, and the request's decision number at which they were counted. */
  readonly openCandidates: number;
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
  /** Erases what was staged for a request that has ended, and reads that back. Tried until it succeeds. */
  destroyStaging(input: { requestId: RequestId; workflowSeq: number }): Promise<{ chunksDestroyed: number }>;
}

/** The hourly deletion of packages whose time has come. */
export interface ExpiryStages {
  expirePackages(): Promise<{ deleted: number; left: number }>;
}
