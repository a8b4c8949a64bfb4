/**
 * The chunks of one round of erasure, of facts or of decisions, opened one at a time in the given order; the next is on its
 * way while the caller works. A chunk of another request, system, round, stream or kind fails closed
 * (`package-chunk-broken`). Memory is two chunks, and a few objects that small chunks share.
 */
import type { StagedChunk } from '../ledger/package-facts.ts';
import type { Storage } from '../storage/objects.ts';
import { stagedObjects } from './objects.ts';
import { requireHeader, type UnsealedChunk, unsealChunk } from './sealed-chunk.ts';

export interface RoundChunk extends StagedChunk {
  readonly collection: string;
}

export interface RoundSource {
  readonly storage: Pick<Storage, 'get'>;
  readonly bucket: string;
  readonly workingKey: Buffer;
  readonly requestId: string;
  readonly signal?: AbortSignal | undefined;
}

export interface OpenRoundChunk extends Omit<UnsealedChunk, 'header'> {
  readonly chunk: RoundChunk;
}

export async function* openRoundChunks(
  source: RoundSource,
  of: 'facts' | 'decisions',
  chunks: readonly RoundChunk[],
): AsyncGenerator<OpenRoundChunk> {
  const { storage, bucket, signal } = source;
  const sealedBytes = stagedObjects((name) => storage.get(bucket, name, signal), chunks);
  const fetch = (chunk: RoundChunk | undefined) => {
    if (chunk === undefined) return undefined;
    const opened = openOne(source, of, chunk, sealedBytes);
    // The caller may stop before it is awaited.
    opened.catch(() => undefined);
    return opened;
  };
  let next = fetch(chunks[0]);
  for (let no = 1; next !== undefined; no += 1) {
    const opened = await next;
    signal?.throwIfAborted();
    next = fetch(chunks[no]);
    yield opened;
  }
}

async function openOne(
  source: RoundSource,
  of: 'facts' | 'decisions',
  chunk: RoundChunk,
  sealedBytes: (chunk: RoundChunk) => Promise<Buffer>,
): Promise<OpenRoundChunk> {
  const { header, bytes, from } = await unsealChunk(source.workingKey, chunk, await sealedBytes(chunk));
  requireHeader(header, {
    v: 1,
    requestId: source.requestId,
    systemId: chunk.system_id,
    round: chunk.round,
    'stream.no': chunk.stream_no,
    'stream.collection': chunk.collection,
    ...(of === 'facts' ? { 'grant.want': 'facts' } : { plan: chunk.chunk_no }),
  });
  return { chunk, bytes, from };
}

/** The header line of a decision chunk. */
export function decisionHeader(
  place: { readonly requestId: string; readonly systemId: string; readonly round: number },
  chunk: Pick<RoundChunk, 'stream_no' | 'chunk_no' | 'collection'>,
): Buffer {
  const { requestId, systemId, round } = place;
  const stream = { no: chunk.stream_no, collection: chunk.collection };
  return Buffer.from(`${JSON.stringify({ v: 1, requestId, systemId, round, stream, plan: chunk.chunk_no })}\n`);
}
