/**
 * What the workflow asks of the activities, and nothing else passes between them. Types only: ids, slugs, counts, codes
 * and dates, so that histories carry no personal data (the refusing payload converter enforces it).
 */
import type { ErrorCode } from '../src/errors.ts';
import type { PackageId, RequestId, SystemId, TaskId } from '../src/ids.ts';
import type { DecisionKind, LaneState, RequestState, Stage, TaskKind } from '../src/ledger/states.ts';

/** A lane as the workflow needs to know it, read from the ledger at start (also after continue-as-new). */
export interface LaneFacts {
  readonly systemId: SystemId;
  readonly locateCost: 'lookup' | 'scan';
  readonly state: LaneState;
}

export interface Begun {
  readonly state: RequestState;
  readonly identity: 'unverified' | 'verified' | 'unverifiable';
  /** Frozen at intake. */
  readonly lanes: readonly LaneFacts[];
  readonly retry: { readonly initialMs: number; readonly maxMs: number; readonly attempts: number };
  /** Prefix of every task queue, with its trailing separator or empty. */
  readonly queuePrefix: string;
}

export interface DecisionFacts {
  readonly seq: number;
  readonly kind: DecisionKind;
  readonly answer: string;
  readonly taskId: TaskId | null;
  readonly taskKind: TaskKind | null;
  readonly systemId: SystemId | null;
  /** False while a second person must still agree. */
  readonly settled: boolean;
}

/** Local activities: quick ledger steps on the workflow's own worker. All idempotent. */
export interface LedgerSteps {
  begin(input: { requestId: RequestId }): Promise<Begun>;
  /** Decisions after `afterSeq`; moves the request's woken number. */
  readDecisions(input: {
    requestId: RequestId;
    afterSeq: number;
  }): Promise<{ seq: number; decisions: readonly DecisionFacts[] }>;
  /** Says which decisions had an effect. */
  settleDecisions(input: { requestId: RequestId; applied: readonly number[]; moot: readonly number[] }): Promise<void>;
  enterState(input: { requestId: RequestId; state: RequestState; workflowSeq: number }): Promise<void>;
  setLane(input: {
    requestId: RequestId;
    systemId: SystemId;
    state: LaneState;
    stage: Stage | null;
    code: ErrorCode | null;
    workflowSeq: number;
  }): Promise<void>;
  /** Opens the request's task of this kind (and system) unless it is open already. */
  openTask(input: {
    requestId: RequestId;
    kind: TaskKind;
    systemId: SystemId | null;
    code: ErrorCode | null;
  }): Promise<{ taskId: TaskId }>;
}

/** Regular activities, one stage of one system each. */
export interface SystemStages {
  /** One round in one system. `learnt` counts identifiers new to the request. */
  locate(input: { requestId: RequestId; systemId: SystemId; round: number; workflowSeq: number }): Promise<{
    keys: number;
    learnt: number;
    candidates: number;
  }>;
  read(input: { requestId: RequestId; systemId: SystemId; round: number; workflowSeq: number }): Promise<{
    streams: number;
    chunks: number;
    found: number;
  }>;
}

export interface PackageStages {
  package(input: { requestId: RequestId; part: number; workflowSeq: number }): Promise<{
    packageId: PackageId;
    members: number;
    sizeBytes: number;
    exported: number;
  }>;
  deliver(input: {
    requestId: RequestId;
    packageId: PackageId;
    workflowSeq: number;
  }): Promise<{ outcome: 'sent' | 'by-hand' }>;
  /** Completes the request if its books balance; otherwise fails with `books-unbalanced` and the request stays open. */
  close(input: { requestId: RequestId; workflowSeq: number }): Promise<{ chunksDestroyed: number }>;
}
