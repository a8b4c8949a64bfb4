/**
 * What the sinks of one attempt share: the order in which is committed, the lane's fence, the first failure, the buffers
 * and the streams that are open. A chunk is sealed and stored first; then a transaction writes its row, what became of its
 * records and what a person is to decide, small ones together (commit-queue.ts). An attempt that no longer holds its lane
 * can commit nothing. Holds plain records in memory only.
 */
import type {
  Candidate,
  CollectionDescription,
  StreamDescription,
  SubjectKey,
  Unreadable,
} from '../connectors/contract.ts';
import { createMatcher, type Matchers } from '../connectors/rematch.ts';
import type { Deps } from '../src/deps.ts';
import { HabeasError } from '../src/errors.ts';
import { passFailpoint } from '../src/failpoint.ts';
import type { TaskId } from '../src/ids.ts';
import { addChunks, lastChunk, type NewChunk } from '../src/ledger/chunks.ts';
import { holdLane, lockRequest } from '../src/ledger/lanes.ts';
import type { LedgerTransaction } from '../src/ledger/open.ts';
import type { RoundKey } from '../src/ledger/rounds.ts';
import { actingRight, type Right } from '../src/ledger/states.ts';
import {
  announceStreams,
  countCandidateStreams,
  type DecidedStream,
  endStreams,
  type StreamDecision,
  type StreamKey,
} from '../src/ledger/streams.ts';
import { decideAccess } from '../src/policy/access.ts';
import { decideWorkspaceExport } from '../src/policy/instructions/index.ts';
import { decidePortability } from '../src/policy/portability.ts';
import { askAbout, askingFor } from './candidate.ts';
import { besideLimits, ChunkBuffer, type ChunkLimits, chunkLimits } from './chunk-buffer.ts';
import { CommitQueue } from './commit-queue.ts';
import { candidatesPerSystem } from './located.ts';
import { ChunkStore, type FilledChunk } from './sink-store.ts';
import type { StageRun } from './stage.ts';

export interface SinkInput {
  readonly round: number;
  /** Access, portability and the export of a workspace read content as policy grants it, erasure the facts of every record; access unless told. */
  readonly right?: Right;
  /** What the system's data map says of them; portability asks it. */
  readonly collections?: readonly CollectionDescription[];
  readonly keys: readonly SubjectKey[];
  /** 32 bytes, kept for the attempt. */
  readonly workingKey: Buffer;
  /** The round began with this attempt: the ledger knows no stream of it, and need not be asked. */
  readonly isNew?: boolean;
  readonly limits?: ChunkLimits;
  /** Of streams that are filled side by side. */
  readonly besideLimits?: ChunkLimits;
  /** Smaller chunks share an object. */
  readonly packedBytes?: number;
}

export type SinkDeps = Pick<Deps, 'ledger' | 'storage' | 'keys' | 'config' | 'now'>;

export interface OpenStream {
  readonly key: StreamKey;
  readonly decision: StreamDecision;
  readonly description: StreamDescription;
  /** Whether the ledger has its row; a new round's stream gets it with its first chunk or its end. */
  isAnnounced: boolean;
  /** An earlier attempt began it. */
  readonly isBegun: boolean;
  nextChunk: number;
}

/** What one transaction writes, together with others: a chunk that is stored, a stream's end, or both. */
export interface Committable {
  readonly stream: OpenStream;
  readonly chunk: NewChunk | undefined;
  readonly end: End | undefined;
}

export interface End {
  readonly asOf: Date;
  /** What a person is to decide about the stream's records. */
  readonly candidate: Candidate | undefined;
}

/** Folder of one round's objects. */
export function roundFolder({ requestId, systemId, round }: RoundKey): string {
  return `staging/${requestId}/${systemId}/read/${round}/`;
}

/** What may be read of a stream. A record of others that only names the person is never content: fails closed. */
function decideStream({ right = 'access', collections }: SinkInput, stream: StreamDescription): StreamDecision {
  if (right === 'erasure' || actingRight(right) !== undefined)
    return { right, grant: { want: 'facts', fields: [] }, disposition: null, reason: null };
  if (stream.isReference === true) throw new HabeasError('internal', { where: stream.collection });
  if (right === 'access') return { right, ...decideAccess(stream) };
  if (right === 'workspace-export') return { right, ...decideWorkspaceExport(stream) };
  const declared = collections?.find(({ collection }) => collection === stream.collection);
  if (right !== 'portability' || declared === undefined)
    throw new HabeasError('internal', { where: stream.collection });
  const decided = decidePortability(stream, declared);
  if ('missing' in decided) throw new HabeasError('policy-answer-missing', { where: decided.missing });
  return { right, ...decided };
}

export class Reading {
  readonly run: StageRun;
  readonly limits: ChunkLimits;
  readonly besideLimits: ChunkLimits;
  readonly matchers: Matchers;
  readonly queue = new CommitQueue<Committable>((batch) => this.#commit(batch));
  /** What could not be read, as the connector told last. */
  unreadable: Unreadable = { records: 0, objects: 0 };
  readonly #deps: SinkDeps;
  readonly #input: SinkInput;
  readonly #round: RoundKey;
  readonly #free = new Map<ChunkLimits, ChunkBuffer[]>();
  /** By number, the streams of this attempt. */
  readonly #streams = new Map<number, 'open' | 'ended'>();
  readonly #store: ChunkStore;

  constructor(deps: SinkDeps, run: StageRun, input: SinkInput) {
    this.#deps = deps;
    this.run = run;
    this.#input = input;
    this.#round = { requestId: run.fence.requestId, systemId: run.fence.systemId, round: input.round };
    this.matchers = createMatcher(input.keys);
    this.limits = input.limits ?? chunkLimits;
    this.besideLimits = input.besideLimits ?? besideLimits;
    const { workingKey, packedBytes } = input;
    this.#store = new ChunkStore(deps, run, { folder: roundFolder(this.#round), workingKey, packedBytes });
  }

  get now(): Date {
    return this.#deps.now();
  }

  /** A stream to write into, and the cursor it goes on from; null where it was read to its end before. */
  async open(
    description: StreamDescription,
    atOnce: boolean,
  ): Promise<{ stream: OpenStream; cursor: string | undefined } | null> {
    const { no, collection } = description;
    const before = this.#streams.get(no);
    if (before === 'ended') return null;
    if (before === 'open') throw new HabeasError('internal', { where: collection });
    const decision = decideStream(this.#input, description);
    const key: StreamKey = { ...this.#round, streamNo: no };
    const isNew = this.#input.isNew === true;
    const one = { key, decision, description };
    if (isNew && !atOnce && description.isCandidate !== true) {
      this.#streams.set(no, 'open');
      return { stream: { ...one, isAnnounced: false, isBegun: false, nextChunk: 0 }, cursor: undefined };
    }
    const known = await this.#announce(one);
    this.run.progress();
    if (known === 'read') return null;
    this.#streams.set(no, 'open');
    const last = isNew ? undefined : await lastChunk(this.#deps.ledger.db, key);
    const nextChunk = last === undefined ? 0 : last.chunkNo + 1;
    const cursor =
      last?.cursorSealed == null ? undefined : await this.#store.openCursor(last.sealName, last.cursorSealed);
    return { stream: { ...one, isAnnounced: true, isBegun: known === 'begun', nextChunk }, cursor };
  }

  /** The stream takes no more records; its last ones may still be on their way. */
  ended(stream: OpenStream): void {
    this.#streams.set(stream.description.no, 'ended');
  }

  /** An empty buffer of these limits; give it back with `release`. */
  buffer(limits: ChunkLimits): ChunkBuffer {
    return this.#free.get(limits)?.pop() ?? new ChunkBuffer(limits);
  }

  release(limits: ChunkLimits, chunk: ChunkBuffer): void {
    if (chunk.isOversize) return;
    const free = this.#free.get(limits) ?? [];
    this.#free.set(limits, free);
    free.push(chunk);
  }

  header({ description, decision }: OpenStream, asOf: Date): Buffer {
    const { requestId, systemId, round } = this.#round;
    const { grant } = decision;
    const head = { v: 1, requestId, systemId, round, stream: description, grant, asOf: asOf.toISOString() };
    return Buffer.from(`${JSON.stringify(head)}\n`);
  }

  /** See {@link ChunkStore}. */
  store(chunk: FilledChunk, release: () => void): Promise<NewChunk> {
    return this.#store.store(chunk, release);
  }

  /** Room for one more; what waits to be stored together is stored when there is none. */
  async room(weight: number): Promise<void> {
    if (!this.queue.hasRoom(weight)) this.#store.flush();
    await this.queue.room(weight);
    this.throwIfFailed();
  }

  add(weight: number, isUrgent: boolean, prepare: () => Promise<Committable>): void {
    this.queue.add(weight, isUrgent, prepare);
    // It is committed after everything before it.
    if (isUrgent) this.#store.flush();
  }

  /** Everything in the ledger, or the first failure. */
  async settle(): Promise<void> {
    this.#store.flush();
    await this.queue.drain();
    this.throwIfFailed();
    if ([...this.#streams.values()].includes('open')) throw new HabeasError('internal', { where: 'stream left open' });
  }

  throwIfFailed(): void {
    const { failure } = this.queue;
    if (failure !== undefined) throw failure.error;
    this.run.signal.throwIfAborted();
  }

  /** Whether the ledger knew the stream. */
  async #announce(one: DecidedStream): Promise<'begun' | 'read' | undefined> {
    return this.#deps.ledger.db.transaction().execute(async (trx) => {
      await holdLane(trx, this.run.fence);
      const known = await announceStreams(trx, this.#round, [one]);
      // More than a person can look at; the last one is not announced, so that trying again ends here too.
      const isCandidate = one.description.isCandidate === true;
      if (isCandidate && (await countCandidateStreams(trx, this.#round)) > candidatesPerSystem)
        throw new HabeasError('too-many-candidates', { where: this.#round.systemId });
      return known.get(one.description.no);
    });
  }

  /** One transaction under the lane's fence; a stream's row comes with its first. */
  async #commit(batch: readonly Committable[]): Promise<void> {
    const streams = new Set(batch.map(({ stream }) => stream));
    const unknown = [...streams].filter((stream) => !stream.isAnnounced);
    const isAsking = batch.some(({ end }) => end?.candidate !== undefined);
    await this.#deps.ledger.db.transaction().execute(async (trx) => {
      if (isAsking) await lockRequest(trx, this.#round.requestId, 'alone');
      await holdLane(trx, this.run.fence);
      await announceStreams(trx, this.#round, unknown);
      const chunks = batch.flatMap(({ stream, chunk }) =>
        chunk === undefined ? [] : [{ streamNo: stream.key.streamNo, chunk, decision: stream.decision }],
      );
      await addChunks(trx, this.#round, chunks);
      const tasks = isAsking ? await this.#ask(trx, batch) : new Map<OpenStream, TaskId>();
      const ends = batch.flatMap(({ stream, end }) =>
        end === undefined ? [] : [{ streamNo: stream.key.streamNo, asOf: end.asOf, taskId: tasks.get(stream) ?? null }],
      );
      await endStreams(trx, this.#round, ends);
    });
    for (const stream of unknown) stream.isAnnounced = true;
    for (const { chunk } of batch) {
      if (chunk === undefined) continue;
      passFailpoint('read-after-row');
      this.run.progress(chunk.chunkNo + 1);
    }
  }

  /** The questions that the streams of this batch end with. */
  async #ask(trx: LedgerTransaction, batch: readonly Committable[]): Promise<ReadonlyMap<OpenStream, TaskId>> {
    const asking = await askingFor(trx, this.#round, this.#input.workingKey, this.#deps.now());
    const tasks = new Map<OpenStream, TaskId>();
    for (const { stream, end } of batch)
      if (end?.candidate !== undefined) tasks.set(stream, await askAbout(this.#deps, trx, asking, end.candidate));
    return tasks;
  }
}
