/**
 * Opens staged chunks one at a time (the next is fetched while one is written) and hands out the bytes of their records.
 * Fails closed: a chunk whose header names another request, system, round, stream or other fields than the ledger's row,
 * or that holds another number of records, is `package-chunk-broken`; one that does not open, `seal-broken`. Memory is
 * two chunks, and a few objects that small chunks share, whatever the size of the request.
 */
import { HabeasError } from '../errors.ts';
import { chunkSealName } from '../ledger/chunks.ts';
import type { StagedChunk } from '../ledger/package-facts.ts';
import { stagedObjects } from '../staging/objects.ts';
import { matches, requireHeader, unsealChunk } from '../staging/sealed-chunk.ts';
import type { Storage } from '../storage/objects.ts';

export interface ChunkSource {
  readonly storage: Storage;
  readonly bucket: string;
  readonly workingKey: Buffer;
  readonly requestId: string;
  readonly signal: AbortSignal | undefined;
  /** Called after each chunk. */
  readonly progress: () => void;
  /** A chunk that is on its way already; handed out once. */
  readonly begun?: (chunk: ChunkToRead) => Promise<OpenedChunk> | undefined;
  /** A chunk's sealed bytes, from an object that is fetched once for several. */
  readonly sealed?: (chunk: ChunkToRead) => Promise<Buffer>;
  /** Makes the released form of a chunk that is to be masked. */
  readonly mask?: (opened: OpenedChunk) => Promise<OpenedChunk>;
}

/** A chunk with the fields its stream was granted. */
export interface ChunkToRead extends StagedChunk {
  readonly collection: string;
  readonly fields: readonly string[];
  /** The person had not seen it: given out through its masks only. */
  readonly isMasked?: boolean;
  /** Fields that hold a file. */
  readonly files?: readonly string[] | undefined;
}

/** The records of one chunk, the caller's own: `bytes` from `offsets[2n]` to `offsets[2n + 1]` is the nth record's JSON. */
export interface OpenedChunk {
  readonly chunk: ChunkToRead;
  readonly bytes: Buffer;
  readonly offsets: Int32Array;
  /** Records that a reviewer withheld, and that are not in it. */
  readonly withheld?: number;
}

const aheadChunks = 4;
const aheadBytes = 256 * 1024;

/**
 * The same source, with the only chunks of small collections, in the order of writing, on their way before their turn:
 * a small package would wait for the storage most of its time. At most a mebibyte.
 */
export function readingAhead(
  plain: ChunkSource,
  collections: readonly { readonly chunks: readonly ChunkToRead[] }[],
): ChunkSource {
  const all = collections.flatMap(({ chunks }) => chunks);
  const source: ChunkSource = { ...plain, sealed: sealedOf(plain, all) };
  const small = collections.flatMap(({ chunks: [only, ...others] }) =>
    only !== undefined && others.length === 0 && only.plain_bytes <= aheadBytes ? [only] : [],
  );
  const begun = new Map<string, Promise<OpenedChunk>>();
  let next = 0;
  const begin = () => {
    for (let chunk = small[next]; begun.size < aheadChunks && chunk !== undefined; chunk = small[next]) {
      const opened = fetchChunk(source, chunk);
      // Another may fail first, and this one is not awaited then.
      opened.catch(() => undefined);
      begun.set(placeOf(chunk), opened);
      next += 1;
    }
  };
  begin();
  return {
    ...source,
    begun: (chunk) => {
      const opened = begun.get(placeOf(chunk));
      begun.delete(placeOf(chunk));
      begin();
      return opened;
    },
  };
}

const placeOf = ({ object_name, object_offset }: ChunkToRead): string => chunkSealName(object_name, object_offset);

/** Chunks in the given order. The next one is on its way while the caller works. */
export async function* openChunks(source: ChunkSource, chunks: readonly ChunkToRead[]): AsyncGenerator<OpenedChunk> {
  const fetch = (chunk: ChunkToRead | undefined) => {
    if (chunk === undefined) return undefined;
    const opened = (chunks.length === 1 ? source.begun?.(chunk) : undefined) ?? fetchChunk(source, chunk);
    // The caller may stop before it is awaited.
    opened.catch(() => undefined);
    return opened;
  };
  let next = fetch(chunks[0]);
  for (let no = 1; next !== undefined; no += 1) {
    const opened = await next;
    source.signal?.throwIfAborted();
    next = fetch(chunks[no]);
    yield opened;
    source.progress();
  }
}

function sealedOf({ storage, bucket, signal }: ChunkSource, chunks: readonly ChunkToRead[]) {
  return stagedObjects((name) => storage.get(bucket, name, signal), chunks);
}

async function fetchChunk(source: ChunkSource, chunk: ChunkToRead): Promise<OpenedChunk> {
  const sealed = await (source.sealed ?? sealedOf(source, [chunk]))(chunk);
  const { header, bytes, from } = await unsealChunk(source.workingKey, chunk, sealed);
  requireHeader(header, {
    v: 1,
    requestId: source.requestId,
    systemId: chunk.system_id,
    round: chunk.round,
    'stream.no': chunk.stream_no,
    'stream.collection': chunk.collection,
    'grant.want': 'content',
    'grant.fields': chunk.fields,
  });
  const opened = { chunk, bytes, offsets: recordOffsets(bytes, from, chunk.count) };
  if (chunk.isMasked !== true) return opened;
  if (source.mask === undefined) throw new HabeasError('masks-missing', { where: chunk.system_id });
  return source.mask(opened);
}

/**
 * Lines are `{"key":[["id","1"]],"record":{…}}`. `],"record":` cannot occur inside the key: a quote inside a JSON text is
 * always written with a backslash. Byte by byte, because keys are short and a native search costs more than they do.
 */
function recordOffsets(bytes: Buffer, from: number, count: number): Int32Array {
  const offsets = new Int32Array(2 * count);
  let at = from;
  let no = 0;
  for (; at < bytes.length; no += 2) {
    if (no === offsets.length) throw new HabeasError('package-chunk-broken');
    const end = bytes.indexOf(0x0a, at);
    if (end < 0 || bytes[end - 1] !== 0x7d || !matches(bytes, at, keyMarker))
      throw new HabeasError('package-chunk-broken');
    let start = at + keyMarker.length;
    while (start < end && !(bytes[start] === 0x5d && matches(bytes, start, recordMarker))) start += 1;
    if (start >= end) throw new HabeasError('package-chunk-broken');
    offsets[no] = start + recordMarker.length;
    offsets[no + 1] = end - 1;
    at = end + 1;
  }
  if (no !== offsets.length) throw new HabeasError('package-chunk-broken');
  return offsets;
}

const keyMarker = Buffer.from('{"key":');
const recordMarker = Buffer.from('],"record":');
