/**
 * Builds one package: sealed chunks → zip → multipart upload, one record at a time, hashed on the way, then one
 * transaction with the package's row and the counts of what was written. Complete once: an attempt that dies leaves at
 * most an object without a row, which the next attempt erases before it starts over under another name. Nothing is built
 * before the identity is verified. Personal data passes through memory only and never into a name, error or log.
 */
import type { Deps } from '../deps.ts';
import { HabeasError } from '../errors.ts';
import { newId, type PackageId, type RequestId, randomName, type SystemId } from '../ids.ts';
import type { LedgerTransaction } from '../ledger/open.ts';
import { type PackageFacts, packageFacts } from '../ledger/package-facts.ts';
import { type SentPart, sentParts } from '../ledger/package-parts.ts';
import { type ExportedChunk, erasingOrphans, recordPackage } from '../ledger/package-record.ts';
import { exportedOf, findPackage, getPackage, type PackageRow } from '../ledger/packages.ts';
import type { Erased } from '../storage/erase.ts';
import { bytesOf, type NamedFile, namedFiles } from './attached.ts';
import { writeMembers } from './build-contents.ts';
import { defaultLimits, type MemberLimits } from './members.ts';
import { type PackageModel, packageModel } from './model.ts';
import { openZip } from './zip.ts';

export interface PackageInput {
  readonly deps: Pick<Deps, 'ledger' | 'keys' | 'storage' | 'config' | 'systems' | 'now'>;
  readonly requestId: RequestId;
  /** 1 for the first package of the request. */
  readonly part: number;
  readonly signal?: AbortSignal;
  /** Called as work goes on. */
  readonly progress?: () => void;
  readonly limits?: Partial<MemberLimits>;
  /** Of compression, 0 to 9. */
  readonly level?: number;
}

export interface PackageResult {
  readonly packageId: PackageId;
  /** Its number: lower than asked for where a package before it holds everything already. */
  readonly part: number;
  readonly objectName: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly members: number;
  readonly exportedByStream: readonly {
    readonly systemId: SystemId;
    readonly round: number;
    readonly streamNo: number;
    readonly count: number;
  }[];
}

/** Compressing is slower than sending: two parts never make it wait, and leave the memory to the records. */
const partsInFlight = 2;

/** As small as S3 takes them, but never more than its 10,000: JSON and CSV, not compressed at all, are below three times. */
function partSizeFor({ systems }: PackageModel, fileBytes: number): number {
  const chunks = systems.flatMap(({ collections }) => collections).flatMap((collection) => collection.chunks);
  const stagedBytes = chunks.reduce((sum, { plain_bytes }) => sum + plain_bytes, fileBytes);
  return Math.max(5 * 1024 * 1024, Math.ceil((3 * stagedBytes) / 10_000));
}

/** Every package of a request lies under this. */
export const packagePrefix = (requestId: RequestId): string => `packages/${requestId}/`;

/**
 * Builds what is done and not sent yet. Where nothing is, the latest package that says all there is to say is the answer:
 * a part asked for twice is one part, and one that had everything already is the last.
 */
export async function buildPackage(input: PackageInput): Promise<PackageResult> {
  const { deps, requestId, part, signal } = input;
  const { db } = deps.ledger;
  const existing = await findPackage(db, requestId, part);
  if (existing !== undefined) return resultOf(deps, existing);
  const facts = await packageFacts(db, requestId);
  if (facts.request.identity !== 'verified') throw new HabeasError('identity-unverified');
  const sent = await sentParts(db, requestId);
  const model = packageModel(facts, knownSystems(deps), sent);
  const said = saidAlready(model, sent);
  if (said !== undefined) return resultOf(deps, await getPackage(db, said.id));
  const bucket = deps.config.s3.packageBucket;
  await eraseOrphans(deps, requestId, signal);
  const id = newId('package');
  const objectName = `${packagePrefix(requestId)}${id}-${randomName()}.zip`;
  const at = deps.now();
  const files = await namedFiles(deps, requestId);
  const written = await upload(input, { id, objectName, at, facts, model, files, sent });
  const held = new Set(model.holds.map(({ systemId }) => systemId));
  const record = (trx: LedgerTransaction) =>
    recordPackage(trx, {
      id,
      requestId,
      part,
      objectName,
      ...written,
      holds: model.holds,
      moreFollows: model.moreFollows,
      // Of access the legal contents are not complete yet (purposes, periods, rights); of portability they are.
      draft: facts.right === 'access',
      streams: facts.streams.filter((stream) => held.has(stream.system_id)),
      at,
      isStored: async () => (await deps.storage.head(bucket, objectName, signal)) !== undefined,
    });
  try {
    const recorded = await db.transaction().execute(record);
    if (!recorded) await deps.storage.eraseAll(bucket, objectName, { signal });
  } catch (error) {
    // No next attempt may come. Under the lock, because the row may stand although the ledger's word got lost.
    await eraseOrphans(deps, requestId, undefined).catch(() => undefined);
    throw error;
  }
  const row = await findPackage(db, requestId, part);
  if (row === undefined) throw new HabeasError('ledger-conflict');
  return resultOf(deps, row);
}

function knownSystems(deps: PackageInput['deps']) {
  return deps.config.systems.map(({ id, name }) => ({ id, name, collections: deps.systems.get(id)?.collections }));
}

/** The package that says already what this one would. */
function saidAlready(model: PackageModel, sent: readonly SentPart[]): SentPart | undefined {
  const latest = sent.at(-1);
  if (model.holds.length > 0) return undefined;
  if (model.moreFollows && latest === undefined) throw new HabeasError('nothing-finished');
  // The last one is made also where it holds nothing new, so that the person hears that nothing more follows.
  return model.moreFollows || latest?.more_follows === false ? latest : undefined;
}

/** Writes the zip into the bucket as it grows. */
async function upload(
  { deps, requestId, part, signal, progress, limits, level }: PackageInput,
  made: {
    readonly id: PackageId;
    readonly objectName: string;
    readonly at: Date;
    readonly facts: PackageFacts;
    readonly model: PackageModel;
    readonly files: ReadonlyMap<SystemId, readonly NamedFile[]>;
    readonly sent: readonly SentPart[];
  },
): Promise<{ sha256: string; sizeBytes: number; members: number; exported: readonly ExportedChunk[] }> {
  const { id: packageId, objectName, at, facts, model, files, sent } = made;
  const bucket = deps.config.s3.packageBucket;
  const zip = openZip({
    date: new Date(`${facts.request.received_on}T00:00:00Z`),
    ...(level === undefined ? {} : { level }),
  });
  const sending = deps.storage.uploadStream(bucket, objectName, zip.body, {
    signal,
    queueSize: partsInFlight,
    partSize: partSizeFor(model, bytesOf(files)),
  });
  // Awaited below; until then a failure shows in the zip, whose bytes nobody takes any more.
  sending.catch(() => undefined);
  let exported: readonly ExportedChunk[];
  let whole: { sha256: string; sizeBytes: number };
  try {
    exported = await writeMembers(zip, deps, {
      requestId,
      packageId,
      part,
      facts,
      model,
      files,
      sent,
      at,
      limits: { ...defaultLimits, ...limits },
      signal,
      progress: progress ?? (() => undefined),
    });
    whole = await zip.finish();
  } catch (error) {
    zip.destroy(error instanceof Error ? error : new Error('failed'));
    // Where the upload failed first, that is the reason; it has ended on the server when this rejects.
    await sending;
    throw error;
  }
  const { sizeBytes } = await sending;
  if (sizeBytes !== whole.sizeBytes) throw new HabeasError('storage-unreachable', { where: bucket });
  return { ...whole, members: zip.members.length, exported };
}

/** Erases what attempts that died have left of a request's packages: whatever has no row in the ledger. */
export function eraseOrphans(
  deps: Pick<Deps, 'ledger' | 'storage' | 'config'>,
  requestId: RequestId,
  signal: AbortSignal | undefined,
): Promise<Erased> {
  return erasingOrphans(deps.ledger.db, requestId, (keep) =>
    deps.storage.eraseAll(deps.config.s3.packageBucket, packagePrefix(requestId), { signal, keep }),
  );
}

async function resultOf(deps: PackageInput['deps'], row: PackageRow): Promise<PackageResult> {
  const streams = await exportedOf(deps.ledger.db, row.id);
  return {
    packageId: row.id,
    part: row.part,
    objectName: row.object_name,
    sizeBytes: row.size_bytes,
    sha256: row.sha256,
    members: row.members,
    exportedByStream: streams.map(({ system_id, round, stream_no, count }) => ({
      systemId: system_id,
      round,
      streamNo: stream_no,
      count,
    })),
  };
}
