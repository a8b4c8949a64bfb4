/**
 * Decides the records of a round, chunk by chunk: policy per record, then what holds reach, then the number of the decision.
 * Records with the same facts are decided once as long as facts are few. Makes the lines of decision chunks; keys are copied as
 * they were read. Holds personal data in memory only; fails as policy does.
 */
import type { RecordFacts, RecordRef, StreamDescription, System } from '../connectors/contract.ts';
import { HabeasError } from '../src/errors.ts';
import type { RequestId } from '../src/ids.ts';
import { decisionName, type NumberedDecision } from '../src/ledger/erasure-decisions.ts';
import { isRecordKey, recordName } from '../src/ledger/record-ref.ts';
import { type ErasureContext, heldDecision, type RecordDecision, recordPlanner } from '../src/policy/erasure/index.ts';
import type { PlacedHold } from '../src/policy/holds.ts';
import { FactLines } from '../src/staging/lines.ts';
import { decisionHeader, type OpenRoundChunk } from '../src/staging/round-chunks.ts';
import { factsIn } from './erasure-context.ts';

/** A chunk's decisions as they are sealed, with what the ledger needs of them. */
export interface Decided {
  readonly plain: Buffer;
  readonly counts: ReadonlyMap<number, number>;
  /** Workspaces that somebody must be named for. Personal data. */
  readonly unsettled: readonly RecordRef[];
}

export interface DecidingInput {
  readonly requestId: RequestId;
  readonly system: System;
  readonly holds: readonly PlacedHold[];
  /** Decisions that the ledger has already. */
  readonly known: readonly NumberedDecision[];
  /** Of a late round: records of a new relationship, as a named person said. */
  readonly isNew?: ((facts: RecordFacts) => boolean) | undefined;
}

/** Different facts that are remembered, and how many may be new before remembering is given up. */
const remembered = 4096;

interface Tail {
  readonly bytes: Buffer;
  /** A successor must be named for the record. */
  readonly asks: boolean;
}

export class Decider {
  /** Every decision by its number; `fresh` are those that the ledger has not. */
  readonly decisions = new Map<number, NumberedDecision>();
  #fresh: NumberedDecision[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #tails = new Map<number, Tail>();
  readonly #input: DecidingInput;
  readonly #named: ReadonlySet<string>;

  constructor(input: DecidingInput) {
    this.#input = input;
    this.#named = new Set(input.holds.flatMap(({ on }) => ('records' in on ? on.records : [])));
    for (const one of input.known) {
      this.decisions.set(one.no, one);
      this.#numbers.set(decisionName(one.collection, one.recordClass, one.decision), one.no);
    }
  }

  /** Decisions since the last call. */
  takeFresh(): readonly NumberedDecision[] {
    const fresh = this.#fresh;
    this.#fresh = [];
    return fresh;
  }

  /** A function that decides the chunks of one stream, in order. */
  stream(stream: StreamDescription, context: ErasureContext): (opened: OpenRoundChunk) => Decided {
    const { system, isNew, requestId, holds } = this.#input;
    const collection = system.collections.find((one) => one.collection === stream.collection);
    if (collection === undefined) throw new HabeasError('erasure-undeclared', { where: stream.collection });
    const plan = recordPlanner(stream, collection, context);
    // Only what reaches the whole request: named records are looked at one by one.
    const onRequest = holds.filter(({ on }) => 'request' in on);
    // Policy hands out the same object for what is decided alike.
    const numbers = new Map<RecordDecision, number>();
    const decide = (text: string): number => {
      const facts = factsIn(text);
      const decision = isNew?.(facts) === true ? newRelationship : plan(facts);
      const known = numbers.get(decision);
      if (known !== undefined) return known;
      const no = this.#number(stream, heldDecision(decision, { record: '', request: requestId }, onRequest));
      numbers.set(decision, no);
      return no;
    };
    const cached = remembering(decide);
    return (opened) => this.#decide(stream, opened, cached);
  }

  #decide(
    stream: StreamDescription,
    { chunk, bytes, from }: OpenRoundChunk,
    decide: (facts: string) => number,
  ): Decided {
    const lines = new FactLines(bytes, from, chunk.count);
    const out = new LineBuffer(decisionHeader(this.#place(chunk), chunk), bytes.length + chunk.count * 8);
    const counts = new Map<number, number>();
    const unsettled: RecordRef[] = [];
    while (lines.next()) {
      const plain = decide(bytes.toString('utf8', lines.factsFrom, lines.factsTo));
      const no = this.#named.size === 0 ? plain : this.#withNamed(stream, plain, bytes, lines);
      counts.set(no, (counts.get(no) ?? 0) + 1);
      const tail = this.#tail(no);
      if (tail.asks) unsettled.push(refOf(stream, bytes, lines));
      out.add(bytes, lines.keyFrom, lines.keyTo, tail.bytes);
    }
    return { plain: out.plain, counts, unsettled };
  }

  /** What a line ends with behind its key. */
  #tail(no: number): Tail {
    const known = this.#tails.get(no);
    if (known !== undefined) return known;
    const successor = this.decisions.get(no)?.decision.successor ?? [];
    const asks = successor.length > 0;
    const text = asks ? `,"d":${no},"successor":${JSON.stringify(successor)}}\n` : `,"d":${no}}\n`;
    const tail = { bytes: Buffer.from(text), asks };
    this.#tails.set(no, tail);
    return tail;
  }

  #place(chunk: OpenRoundChunk['chunk']) {
    return { requestId: this.#input.requestId, systemId: chunk.system_id, round: chunk.round };
  }

  #withNamed(stream: StreamDescription, no: number, bytes: Buffer, lines: FactLines): number {
    const record = recordName(refOf(stream, bytes, lines));
    const decision = this.decisions.get(no)?.decision;
    if (decision === undefined || !this.#named.has(record)) return no;
    const { requestId, holds } = this.#input;
    return this.#number(stream, heldDecision(decision, { record, request: requestId }, holds));
  }

  #number({ collection, recordClass }: StreamDescription, decision: RecordDecision): number {
    const name = decisionName(collection, recordClass, decision);
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    const no = this.decisions.size + 1;
    const numbered: NumberedDecision = { no, collection, recordClass, decision, count: 0 };
    this.#numbers.set(name, no);
    this.decisions.set(no, numbered);
    this.#fresh.push(numbered);
    return no;
  }
}

/** What a person said about records of which nobody can tell when they were made. */
const newRelationship: RecordDecision = {
  ...{ action: 'keep', disposition: 'refused', reason: 'new-relationship', ground: null, exception: null },
  ...{ refusal: '17(1)', keptBy: null, until: null, fields: [], detached: false, successor: [] },
};

/** The same function, which remembers its answers while the questions repeat. */
function remembering(decide: (facts: string) => number): (facts: string) => number {
  const answers = new Map<string, number>();
  let hits = 0;
  let misses = 0;
  return (facts) => {
    if (misses > 2 * remembered && hits < misses) return decide(facts);
    const known = answers.get(facts);
    if (known !== undefined) {
      hits += 1;
      return known;
    }
    misses += 1;
    const no = decide(facts);
    if (answers.size < remembered) answers.set(facts, no);
    return no;
  };
}

function refOf({ collection }: StreamDescription, bytes: Buffer, { keyFrom, keyTo }: FactLines): RecordRef {
  return { collection, key: keyIn(JSON.parse(bytes.toString('utf8', keyFrom, keyTo))) };
}

/** Narrows a record's key. */
export function keyIn(value: unknown): RecordRef['key'] {
  if (!isRecordKey(value)) throw new HabeasError('package-chunk-broken');
  return value;
}

const head = Buffer.from('{"key":');

/** Grows; holds one chunk. */
class LineBuffer {
  #bytes: Buffer;
  #used: number;

  constructor(header: Buffer, expected: number) {
    this.#bytes = Buffer.allocUnsafe(header.length + expected);
    this.#used = header.copy(this.#bytes);
  }

  add(from: Buffer, start: number, end: number, tail: Buffer): void {
    const needed = this.#used + head.length + (end - start) + tail.length;
    if (needed > this.#bytes.length) {
      const bigger = Buffer.allocUnsafe(needed * 2);
      this.#bytes.copy(bigger, 0, 0, this.#used);
      this.#bytes = bigger;
    }
    this.#used += head.copy(this.#bytes, this.#used);
    this.#used += from.copy(this.#bytes, this.#used, start, end);
    this.#used += tail.copy(this.#bytes, this.#used);
  }

  get plain(): Buffer {
    return this.#bytes.subarray(0, this.#used);
  }
}
