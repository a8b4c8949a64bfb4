/**
 * What a claim does in one system, as connectors get it: a page of the register is a chunk, opened one at a time. Of whom the
 * records were is known to nobody any more, so that no subject's keys go with it. Personal data in memory only.
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
import { erasureStreams } from '../src/ledger/erasure-rounds.ts';
import type { RegisterRow } from '../src/ledger/register.ts';
import { openPage, type PageRecord } from '../src/staging/register-page.ts';

export interface SweepSet extends PlannedSet {
  /** How many chunks there are. */
  readonly size: number;
  /** The entry of a chunk, by its number. */
  entry(chunkNo: number): RegisterRow;
}

/** `entries` with what is to be done to each; a chunk's number is its entry's place among them. */
export async function sweepSet(
  deps: Pick<Deps, 'ledger' | 'storage' | 'keys' | 'config'>,
  entries: readonly RegisterRow[],
  signal: AbortSignal,
): Promise<SweepSet> {
  const streams = new Map<string, StreamDescription>();
  const known = new Map<string, Awaited<ReturnType<typeof erasureStreams>>>();
  const decisions = new Map<string, EraseDecision>();
  const chunks: {
    readonly entry: RegisterRow;
    readonly place: string;
    readonly decision: EraseDecision;
    no: number;
  }[] = [];
  for (const [no, entry] of entries.entries()) {
    const round = { requestId: entry.request_id, systemId: entry.system_id, round: entry.round };
    const name = `${round.requestId} ${round.round}`;
    const ofRound = known.get(name) ?? (await erasureStreams(deps.ledger.db, round));
    known.set(name, ofRound);
    const stream = ofRound.find((one) => one.streamNo === entry.stream_no)?.description;
    if (stream === undefined) throw new HabeasError('stream-changed', { where: entry.collection });
    const place = `${stream.no} ${stream.collection}`;
    if (!streams.has(place)) streams.set(place, stream);
    // What goes by itself should be gone: it is looked for as if it had been deleted.
    const [action, fields] = [entry.action ?? 'delete', entry.fields ?? []];
    const form = JSON.stringify([stream.collection, action, fields]);
    const decision = decisions.get(form) ?? { no: decisions.size + 1, action, fields };
    decisions.set(form, decision);
    chunks.push({ entry, place, decision, no });
  }
  return {
    streams: [...streams.values()].sort((a, b) => a.no - b.no),
    size: entries.length,
    entry: (no) => entries[no] ?? missing(),
    async *chunks(stream): AsyncGenerator<PlannedChunk> {
      for (const { entry, place, decision, no } of chunks) {
        if (place !== `${stream.no} ${stream.collection}`) continue;
        signal.throwIfAborted();
        const page = await openPage(deps, entry, signal);
        yield { stream, chunkNo: no, records: page.map((record) => plannedOf(record, decision)) };
      }
    },
  };
}

function plannedOf({ key, facts }: PageRecord, decision: EraseDecision): PlannedRecord {
  return { key, decision, ...(facts?.neededBy === undefined ? {} : { neededBy: facts.neededBy }) };
}

function missing(): never {
  throw new HabeasError('internal', { where: 'sweep' });
}
