/**
 * What a package may hold of a chunk that the person had not seen: its records with their masks, and without those that are
 * withheld. Fails closed with `masks-missing` where a reading has no approved review, or its masks are not those that were approved,
 * or a chunk no proposals: nothing of it is
 * given out as it stands. The staged chunk is not changed.
 */
import type { Deps } from '../deps.ts';
import { HabeasError } from '../errors.ts';
import { approvedReviews, type MaskedChunk, maskedChunks, masksHash, readingName } from '../ledger/masks.ts';
import type { PackageFacts } from '../ledger/package-facts.ts';
import { maskRecord } from '../masking/apply.ts';
import { type Review, reviewOf } from '../masking/changes.ts';
import { recordsToMask } from '../masking/numbered.ts';
import { changesOf } from '../requests/mask-changes.ts';
import { getProposals } from '../staging/masks.ts';
import type { ChunkSource, ChunkToRead, OpenedChunk } from './staged.ts';

/** Makes the released form of a chunk. */
export type Masker = (opened: OpenedChunk) => Promise<OpenedChunk>;

interface Reading {
  readonly chunks: readonly MaskedChunk[];
  readonly review: Review;
}

/** Of the readings that a package holds; asked once each. */
export function maskerFor(
  deps: Pick<Deps, 'ledger' | 'keys' | 'storage' | 'config'>,
  source: Pick<ChunkSource, 'workingKey' | 'bucket' | 'signal'>,
  { request }: Pick<PackageFacts, 'request'>,
): Masker {
  const { db } = deps.ledger;
  const readings = new Map<string, Promise<Reading>>();
  let approved: Promise<ReadonlyMap<string, string | null>> | undefined;
  const load = async ({ system_id: systemId, round }: ChunkToRead): Promise<Reading> => {
    approved ??= approvedReviews(db, request.id);
    const key = { requestId: request.id, systemId, round };
    const sha256 = (await approved).get(readingName(systemId, round));
    // Approved is what somebody was shown, and nothing that was changed since.
    if (sha256 === undefined || sha256 !== (await masksHash(db, key)))
      throw new HabeasError('masks-missing', { where: systemId });
    return { chunks: await maskedChunks(db, key), review: reviewOf(await changesOf(deps, key)) };
  };
  return async (opened) => {
    const { chunk } = opened;
    const name = readingName(chunk.system_id, chunk.round);
    const loading = readings.get(name) ?? load(chunk);
    readings.set(name, loading);
    const { chunks, review } = await loading;
    const masked = chunks.find((one) => one.stream_no === chunk.stream_no && one.chunk_no === chunk.chunk_no);
    if (masked === undefined) throw new HabeasError('masks-missing', { where: chunk.system_id });
    const { storage } = deps;
    const proposals = await getProposals({ storage, ...source }, masked);
    const numbers = { firstRecord: masked.first_record, firstMask: masked.first_mask };
    return maskChunk(opened, { ...numbers, ...proposals }, review, {
      language: request.language,
      files: proposals.files,
    });
  };
}

/** Before each record, as before each of a staged chunk: room for what separates records. */
const room = Buffer.from('\n\n\n\n');

export function maskChunk(
  opened: OpenedChunk,
  proposals: Parameters<typeof recordsToMask>[1],
  review: Review,
  about: { readonly language: string; readonly files: readonly string[] },
): OpenedChunk {
  const pieces: Buffer[] = [];
  const offsets: number[] = [];
  let at = 0;
  let withheld = 0;
  for (const record of recordsToMask(opened, proposals)) {
    const released = maskRecord(record, review, about);
    if (released === undefined) {
      withheld += 1;
      continue;
    }
    pieces.push(room, released);
    offsets.push(at + room.length, at + room.length + released.length);
    at += room.length + released.length;
  }
  return { chunk: opened.chunk, bytes: Buffer.concat(pieces), offsets: Int32Array.from(offsets), withheld };
}
