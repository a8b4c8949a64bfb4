/**
 * Proposals of masks as sealed objects beside the chunks they are about, and staged chunks opened together with them. An object is
 * written once, under a key of its own; it holds numbers and kinds, no text. Fails closed with `seal-broken` and
 * `package-chunk-broken`. Personal data passes through memory only.
 */
import { HabeasError } from '../errors.ts';
import { type RequestId, randomName } from '../ids.ts';
import type { MaskedChunk } from '../ledger/masks.ts';
import type { StagedChunk } from '../ledger/package-facts.ts';
import { isMaskKind, isMaskWho, type MaskKind } from '../masking/kinds.ts';
import type { Proposal } from '../masking/propose.ts';
import { seal, unseal } from '../security/seal.ts';
import type { Storage } from '../storage/objects.ts';

/** What is proposed in one chunk; records are counted from the chunk's first. */
export interface ChunkProposals {
  /** Fields that held a file when it was looked through: items are counted by them, whatever the data map says later. */
  readonly files: readonly string[];
  readonly masks: readonly Proposal[];
  readonly privileged: readonly number[];
}

export interface MaskStore {
  readonly storage: Pick<Storage, 'get' | 'put'>;
  readonly bucket: string;
  readonly workingKey: Buffer;
  readonly requestId: RequestId;
  readonly signal?: AbortSignal | undefined;
}

/** Folder of one reading's proposals. */
export const maskFolder = (requestId: string, systemId: string, round: number): string =>
  `staging/${requestId}/${systemId}/mask/${round}/`;

export async function putProposals(
  { storage, bucket, workingKey, requestId, signal }: MaskStore,
  chunk: Pick<StagedChunk, 'system_id' | 'round' | 'stream_no' | 'chunk_no'>,
  { files, masks, privileged }: ChunkProposals,
): Promise<{ objectName: string; tag: string }> {
  const { system_id: systemId, round, stream_no: stream, chunk_no: no } = chunk;
  const objectName = `${maskFolder(requestId, systemId, round)}${stream}/${no}-${randomName()}`;
  const rows = masks.map((one) => [one.record, one.item, one.from, one.to, one.kind, one.who]);
  const plain = Buffer.from(
    JSON.stringify({ v: 2, chunk: [systemId, round, stream, no], files, masks: rows, privileged }),
  );
  const { bytes, tag } = await seal(workingKey, objectName, plain);
  await storage.put(bucket, objectName, bytes, signal);
  return { objectName, tag };
}

export async function getProposals(
  { storage, bucket, workingKey, signal }: Omit<MaskStore, 'requestId'>,
  chunk: Pick<MaskedChunk, 'system_id' | 'round' | 'stream_no' | 'chunk_no' | 'object_name' | 'tag' | 'masks'>,
): Promise<ChunkProposals> {
  const sealed = await storage.get(bucket, chunk.object_name, signal);
  if (sealed.subarray(-16).toString('hex') !== chunk.tag) throw new HabeasError('seal-broken');
  const value: unknown = JSON.parse((await unseal(workingKey, chunk.object_name, sealed)).toString('utf8'));
  const place = [chunk.system_id, chunk.round, chunk.stream_no, chunk.chunk_no];
  if (typeof value !== 'object' || value === null || !('chunk' in value) || !('masks' in value)) return broken();
  // Another version counted items in another way.
  if (!('v' in value) || value.v !== 2) return broken();
  if (JSON.stringify(value.chunk) !== JSON.stringify(place) || !Array.isArray(value.masks)) return broken();
  const privileged = 'privileged' in value && Array.isArray(value.privileged) ? value.privileged.map(number) : broken();
  const files = 'files' in value && Array.isArray(value.files) ? value.files.map(word) : broken();
  const masks = value.masks.map(proposal);
  if (masks.length !== chunk.masks) return broken();
  return { files, masks, privileged };
}

function proposal(row: unknown): Proposal {
  if (!Array.isArray(row)) return broken();
  const [record, item, from, to] = row.slice(0, 4).map(number);
  const [kind, who]: readonly unknown[] = row.slice(4);
  if (record === undefined || item === undefined || from === undefined || to === undefined) return broken();
  const known: MaskKind = typeof kind === 'string' && isMaskKind(kind) ? kind : broken();
  if (typeof who !== 'string' || !isMaskWho(who)) return broken();
  return { record, item, from, to, kind: known, who };
}

function word(value: unknown): string {
  return typeof value === 'string' ? value : broken();
}

function number(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : broken();
}

function broken(): never {
  throw new HabeasError('package-chunk-broken');
}
