/**
 * The records of one system that requests still at work have read: names only, in memory, never stored. Whoever would erase
 * one of them for another reason leaves it to that request.
 */
import type { Deps } from '../deps.ts';
import { HabeasError } from '../errors.ts';
import type { SystemId } from '../ids.ts';
import type { LedgerReader } from '../ledger/open.ts';
import { isRecordKey, recordName } from '../ledger/record-ref.ts';
import type { RoundKey } from '../ledger/rounds.ts';
import { restingStates } from '../ledger/states.ts';
import { stagedObjects } from './objects.ts';
import type { RoundChunk } from './round-chunks.ts';
import { matches, unsealChunk } from './sealed-chunk.ts';

/** Names of every record in readings of open requests, of these collections. */
export async function soughtRecords(
  { ledger: { db }, storage, keys, config }: Pick<Deps, 'ledger' | 'storage' | 'keys' | 'config'>,
  about: { readonly systemId: SystemId; readonly collections: ReadonlySet<string> },
  signal?: AbortSignal,
): Promise<ReadonlySet<string>> {
  const rounds = await db
    .selectFrom('rounds as o')
    .innerJoin('requests as r', 'r.id', 'o.request_id')
    .select(['o.request_id', 'o.round', 'r.working_key_id'])
    .where('o.system_id', '=', about.systemId)
    .where('o.superseded', '=', false)
    .where('o.by_hand', '=', false)
    .where('r.state', 'not in', [...restingStates])
    .execute();
  const names = new Set<string>();
  for (const { request_id: requestId, round, working_key_id: keyId } of rounds) {
    // Candidates too, that nobody has decided about yet.
    const all = await chunksOf(db, { requestId, systemId: about.systemId, round });
    const chunks = all.filter(({ collection }) => about.collections.has(collection));
    if (chunks.length === 0) continue;
    const workingKey = await keys.use(keyId);
    const sealed = stagedObjects((name) => storage.get(config.s3.stagingBucket, name, signal), chunks);
    for (const chunk of chunks) {
      const { bytes, from } = await unsealChunk(workingKey, chunk, await sealed(chunk));
      for (const key of keysIn(bytes, from)) names.add(recordName({ collection: chunk.collection, key }));
    }
  }
  return names;
}

function chunksOf(db: LedgerReader, { requestId, systemId, round }: RoundKey): Promise<RoundChunk[]> {
  return db
    .selectFrom('chunks as c')
    .innerJoin('streams as s', (join) =>
      join
        .onRef('s.request_id', '=', 'c.request_id')
        .onRef('s.system_id', '=', 'c.system_id')
        .onRef('s.round', '=', 'c.round')
        .onRef('s.stream_no', '=', 'c.stream_no'),
    )
    .select(['c.system_id', 'c.round', 'c.stream_no', 'c.chunk_no', 'c.object_name', 'c.object_offset'])
    .select(['c.count', 'c.plain_bytes', 'c.bytes', 'c.tag', 's.collection'])
    .where('c.request_id', '=', requestId)
    .where('c.system_id', '=', systemId)
    .where('c.round', '=', round)
    .where('c.stage', '=', 'read')
    .orderBy('c.stream_no')
    .orderBy('c.chunk_no')
    .execute();
}

const keyMarker = Buffer.from('{"key":');
/** What may follow a line's key. None of them can occur inside it: a quote in a JSON text has a backslash before it. */
const ends = ['],"facts":', '],"by":', '],"people":', '],"record":'].map((text) => Buffer.from(text));

function* keysIn(bytes: Buffer, from: number) {
  for (let at = from; at < bytes.length; ) {
    const end = bytes.indexOf(0x0a, at);
    if (end < 0 || !matches(bytes, at, keyMarker)) broken();
    const start = at + keyMarker.length;
    let to = start;
    while (to < end && !(bytes[to] === 0x5d && ends.some((marker) => matches(bytes, to, marker)))) to += 1;
    if (to === end) broken();
    const key: unknown = JSON.parse(bytes.toString('utf8', start, to + 1));
    if (!isRecordKey(key)) broken();
    yield key;
    at = end + 1;
  }
}

function broken(): never {
  throw new HabeasError('package-chunk-broken');
}
