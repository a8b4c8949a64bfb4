/**
 * Builds one package: sealed chunks → zip → multipart upload, one record at a time, hashed on the way, then one
 * transaction with the package's row and the counts of what was written. Complete once: an attempt that dies leaves at
 * most an object without a row, which the next attempt erases before it starts over under another name. Nothing is built
 * before the identity is verified. Personal data passes through memory only and never into a name, error or log.
 */
import type { Deps } from '../deps.ts';
import { HabeasError } from '../errors.ts';
import { passFailpoint } from '../failpoint.ts';
import { newId, type PackageId, type RequestId, randomName, type SystemId } from '../ids.ts';
import type { LedgerTransaction } from '../ledger/open.ts';
import { type PackageFacts, packageFacts } from '../ledger/package-facts.ts';
import {
  type ExportedChunk,
  erasingOrphans,
  exportedOf,
  findPackage,
  type PackageRow,
  recordPackage,
} from '../ledger/packages.ts';
import { civilToday } from '../requests/today.ts';
import type { Erased } from '../storage/erase.ts';
import { defaultLimits, type MemberLimits, writeCollection } from './members.ts';
import { type PackagedSystem, packageModel } from './model.ts';
import { collectionPage, indexPage, type PageCollection, type PageFacts, type PageSystem } from './pages.ts';
import { type ChunkSource, readingAhead } from './staged.ts';
import { wordsFor } from './words.ts';
import { openZip, type ZipWriter } from './zip.ts';

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
function partSizeFor({ chunks }: PackageFacts): number {
  const stagedBytes = chunks.reduce((sum, { plain_bytes }) => sum + plain_bytes, 0);
  return Math.max(5 * 1024 * 1024, Math.ceil((3 * stagedBytes) / 10_000));
}

/** Every package of a request lies under this. */
export const packagePrefix = (requestId: RequestId): string => `packages/${requestId}/`;

export async function buildPackage(input: PackageInput): Promise<PackageResult> {
  const { deps, requestId, part, signal } = input;
  const { db } = deps.ledger;
  const existing = await findPackage(db, requestId, part);
  if (existing !== undefined) return resultOf(deps, existing);
  const facts = await packageFacts(db, requestId);
  if (facts.request.identity !== 'verified') throw new HabeasError('identity-unverified');
  const bucket = deps.config.s3.packageBucket;
  await eraseOrphans(deps, requestId, signal);
  const id = newId('package');
  const objectName = `${packagePrefix(requestId)}${id}-${randomName()}.zip`;
  const at = deps.now();
  const zip = openZip({
    date: new Date(`${facts.request.received_on}T00:00:00Z`),
    ...(input.level === undefined ? {} : { level: input.level }),
  });
  const upload = deps.storage.uploadStream(bucket, objectName, zip.body, {
    signal,
    queueSize: partsInFlight,
    partSize: partSizeFor(facts),
  });
  // Awaited below; until then a failure shows in the zip, whose bytes nobody takes any more.
  upload.catch(() => undefined);
  let exported: ExportedChunk[];
  let whole: { sha256: string; sizeBytes: number };
  try {
    exported = await writeMembers(zip, input, facts, id, at);
    whole = await zip.finish();
  } catch (error) {
    zip.destroy(error instanceof Error ? error : new Error('failed'));
    // Where the upload failed first, that is the reason; it has ended on the server when this rejects.
    await upload;
    throw error;
  }
  const { sizeBytes } = await upload;
  if (sizeBytes !== whole.sizeBytes) throw new HabeasError('storage-unreachable', { where: bucket });
  const record = (trx: LedgerTransaction) =>
    recordPackage(trx, {
      id,
      requestId,
      part,
      objectName,
      ...whole,
      members: zip.members.length,
      exported,
      streams: facts.streams,
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
  const streams = await exportedOf(deps.ledger.db, row.request_id);
  return {
    packageId: row.id,
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

/** README, then the collections in the order of the configuration, then the index, then the manifest of all of them. */
async function writeMembers(
  zip: ZipWriter,
  input: PackageInput,
  facts: PackageFacts,
  id: PackageId,
  at: Date,
): Promise<ExportedChunk[]> {
  const { deps, requestId } = input;
  const { config, storage } = deps;
  const { language } = facts.request;
  const source: ChunkSource = {
    storage,
    bucket: config.s3.stagingBucket,
    workingKey: await deps.keys.use(facts.request.working_key_id),
    requestId,
    signal: input.signal,
    progress: input.progress ?? (() => undefined),
  };
  const pageFacts = {
    language,
    controller: config.controller,
    requestId,
    receivedOn: facts.request.received_on,
    builtOn: civilToday(at, config.controller.timeZone),
  };
  await zip.add('README.txt', once(readme(pageFacts)));
  const known = config.systems.map(({ id: systemId, name }) => ({
    id: systemId,
    name,
    collections: deps.systems.get(systemId)?.collections,
  }));
  const exported: ExportedChunk[] = [];
  const systems: PageSystem[] = [];
  const model = packageModel(facts, known);
  const ahead = readingAhead(
    source,
    model.flatMap(({ collections }) => collections),
  );
  for (const system of model)
    systems.push(await writeSystem(zip, ahead, system, pageFacts, { ...defaultLimits, ...input.limits }, exported));
  await zip.add('index.html', once(indexPage({ ...pageFacts, systems })));
  await zip.add('manifest-sha256.txt', once(manifest(zip, facts, id, input.part)));
  return exported;
}

async function writeSystem(
  zip: ZipWriter,
  source: ChunkSource,
  system: PackagedSystem,
  facts: Omit<PageFacts, 'systems'>,
  limits: MemberLimits,
  exported: ExportedChunk[],
): Promise<PageSystem> {
  const collections: PageCollection[] = [];
  for (const collection of system.collections) {
    const { description, withheld, referred, reasons, asOf, columns, path } = collection;
    const told = { description, withheld, referred, reasons, asOf };
    if (collection.chunks.length === 0) {
      collections.push({ ...told, given: 0, json: [], csv: [], page: undefined });
      continue;
    }
    const written = await writeCollection(zip, source, collection, limits);
    exported.push(...written.exported);
    passFailpoint('package-mid-upload');
    const shown: PageCollection = {
      ...told,
      given: written.exported.reduce((sum, { count }) => sum + count, 0),
      json: written.json.map(({ name }) => name),
      csv: written.csv.map(({ name }) => name),
      page: `${path}.html`,
    };
    const preview = { system: system.name, collection: shown, columns, preview: written.preview };
    await zip.add(`${path}.html`, once(collectionPage(facts, preview)));
    collections.push(shown);
  }
  return { name: system.name, state: system.state, collections, empty: system.empty };
}

function readme(facts: Pick<PageFacts, 'language' | 'controller'>): Buffer {
  const words = wordsFor(facts.language);
  const { name } = facts.controller;
  const lines = [
    words.draft,
    words.draftWhy(name),
    '',
    words.readme(name),
    '',
    ...words.how.map((line) => `- ${line}`),
  ];
  return Buffer.from(`${lines.join('\n')}\n`.replaceAll('\n', '\r\n'));
}

/** Comments are skipped by `sha256sum -c`; the chain's head ties the package to the audit log. */
function manifest(zip: ZipWriter, facts: PackageFacts, id: PackageId, part: number): Buffer {
  const lines = [
    '# Habeas package, format 1 (draft, not an answer)',
    `# request ${facts.request.id}`,
    `# package ${id} part ${part}`,
    `# audit ${facts.auditHead.seq} ${facts.auditHead.hash}`,
    ...zip.members.map(({ sha256, name }) => `${sha256}  ${name}`),
  ];
  return Buffer.from(`${lines.join('\n')}\n`);
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}
