/**
 * What is planned in one round, as connectors get it: decision chunks opened one at a time, as often as needed, with the names
 * that people gave for successors. A record that a hold reached after the plan is `keep` from then on. Fails closed: a chunk
 * that is not what the ledger says, or a workspace that nobody takes over (`successor-needed`). Personal data in memory only.
 */
import type {
  EraseDecision,
  PlannedChunk,
  PlannedRecord,
  PlannedSet,
  StreamDescription,
} from '../connectors/contract.ts';
import type { Deps } from '../src/deps.ts';
import { HabeasError } from '../src/errors.ts';
import { decisionsOf, type NumberedDecision } from '../src/ledger/erasure-decisions.ts';
import { erasureChunks, erasureStreams } from '../src/ledger/erasure-rounds.ts';
import { actedStreams } from '../src/ledger/planned.ts';
import { recordName } from '../src/ledger/record-ref.ts';
import { entriesOf } from '../src/ledger/register.ts';
import type { RoundKey } from '../src/ledger/rounds.ts';
import { openPage } from '../src/staging/register-page.ts';
import {
  type OpenRoundChunk,
  openRoundChunks,
  type RoundChunk,
  type RoundSource,
} from '../src/staging/round-chunks.ts';
import { keyIn } from './decider.ts';
import { workingKeyOf } from './located.ts';
import { successorsIn } from './successor.ts';

type SetDeps = Pick<Deps, 'ledger' | 'storage' | 'keys' | 'config'>;

export interface OpenPlan extends PlannedSet {
  readonly decisions: ReadonlyMap<number, NumberedDecision>;
  /** Every decision chunk of the round, also of streams with nothing to do. */
  all(): AsyncIterable<PlannedChunk>;
  /** Places (`stream/chunk`) of the chunks of `streams`. */
  readonly places: readonly (readonly [StreamDescription, string])[];
}

export async function openPlan(deps: SetDeps, key: RoundKey, signal: AbortSignal | undefined): Promise<OpenPlan> {
  const { db } = deps.ledger;
  const { requestId } = key;
  const bucket = deps.config.s3.stagingBucket;
  const source: RoundSource = {
    storage: deps.storage,
    bucket,
    workingKey: await workingKeyOf(deps, requestId),
    requestId,
    signal,
  };
  const decisions = new Map((await decisionsOf(db, key)).map((one) => [one.no, one]));
  const streams = await erasureStreams(db, key);
  const byNo = new Map(streams.map(({ streamNo, description }) => [streamNo, description]));
  const chunks = await erasureChunks(db, key, 'plan');
  const acted = await actedStreams(db, key);
  const successors = await successorsIn(db, deps.keys, key);
  const held = await heldSince(deps, key, decisions, signal);
  const effects = new Map([...decisions].map(([no, one]) => [no, effectOf(one)]));
  const open = async function* (some: readonly RoundChunk[]): AsyncGenerator<PlannedChunk> {
    for await (const opened of openRoundChunks(source, 'decisions', some)) {
      const stream = byNo.get(opened.chunk.stream_no) ?? broken();
      const place = `${opened.chunk.stream_no}/${opened.chunk.chunk_no}`;
      const records = recordsIn(opened, { stream, effects, successors, held: held.get(place) });
      yield { stream, chunkNo: opened.chunk.chunk_no, records };
    }
  };
  const toDo = chunks.filter((chunk) => acted.has(chunk.stream_no));
  return {
    decisions,
    streams: streams.filter(({ streamNo }) => acted.has(streamNo)).map(({ description }) => description),
    chunks: (stream) => open(chunks.filter((chunk) => chunk.stream_no === stream.no)),
    all: () => open(chunks),
    places: toDo.map((chunk) => [byNo.get(chunk.stream_no) ?? broken(), `${chunk.stream_no}/${chunk.chunk_no}`]),
  };
}

const effectOf = ({ no, decision: { action, fields } }: NumberedDecision): EraseDecision => ({ no, action, fields });

/** By place, then by the record's name: the decision that a hold placed since the plan led to. */
type Held = ReadonlyMap<string, EraseDecision>;

async function heldSince(
  deps: SetDeps,
  key: RoundKey,
  decisions: ReadonlyMap<number, NumberedDecision>,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, Held>> {
  const since = new Map([...decisions].filter(([, { count }]) => count === 0));
  const held = new Map<string, Map<string, EraseDecision>>();
  if (since.size === 0) return held;
  for (const entry of await entriesOf(deps.ledger.db, key)) {
    const decision = since.get(entry.decision_no);
    if (decision === undefined) continue;
    const place = `${entry.stream_no}/${entry.chunk_no}`;
    const records = held.get(place) ?? new Map<string, EraseDecision>();
    held.set(place, records);
    for (const ref of await openPage(deps, entry, signal)) records.set(recordName(ref), effectOf(decision));
  }
  return held;
}

interface Reading {
  readonly stream: StreamDescription;
  readonly effects: ReadonlyMap<number, EraseDecision>;
  readonly successors: ReadonlyMap<string, string>;
  readonly held: Held | undefined;
}

function recordsIn({ chunk, bytes, from }: OpenRoundChunk, reading: Reading): readonly PlannedRecord[] {
  const records: PlannedRecord[] = [];
  for (let at = from; at < bytes.length; ) {
    const end = bytes.indexOf(0x0a, at);
    if (end < 0) broken();
    records.push(recordIn(bytes.toString('utf8', at, end), reading));
    at = end + 1;
  }
  return records.length === chunk.count ? records : broken();
}

function recordIn(line: string, { stream, effects, successors, held }: Reading): PlannedRecord {
  const value = parse(line);
  if (typeof value !== 'object' || value === null || !('key' in value) || !('d' in value)) return broken();
  const key = keyIn(value.key);
  const decision = (typeof value.d === 'number' ? effects.get(value.d) : undefined) ?? broken();
  const isNamed = held !== undefined || 'successor' in value;
  const name = isNamed ? recordName({ collection: stream.collection, key }) : '';
  const since = held?.get(name);
  if (since !== undefined) return { key, decision: since };
  if (!('successor' in value)) return { key, decision };
  const successor = successors.get(name);
  if (successor === undefined) throw new HabeasError('successor-needed', { where: stream.collection });
  const fields: unknown = value.successor;
  if (!Array.isArray(fields)) return broken();
  return { key, decision, set: Object.fromEntries(fields.map((field) => [String(field), successor])) };
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return broken();
  }
}

function broken(): never {
  throw new HabeasError('package-chunk-broken');
}
