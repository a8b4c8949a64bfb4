/**
 * Writes the members of one package: README, then the collections in the order of the configuration, then the index, then
 * the manifest of all of them. Says which records of which chunk it wrote. Personal data passes through memory only.
 */
import type { Deps } from '../deps.ts';
import { passFailpoint } from '../failpoint.ts';
import type { PackageId, RequestId, SystemId } from '../ids.ts';
import type { PackageFacts } from '../ledger/package-facts.ts';
import type { SentPart } from '../ledger/package-parts.ts';
import type { ExportedChunk } from '../ledger/package-record.ts';
import { civilToday } from '../requests/today.ts';
import { type NamedFile, type PackagedFile, writeAttached } from './attached.ts';
import { dataPackage, type PackagedTable, tablesOf } from './data-package.ts';
import { maskerFor } from './masked.ts';
import { type MemberLimits, writeCollection } from './members.ts';
import type { PackagedSystem, PackageModel } from './model.ts';
import { collectionPage, indexPage, type PageCollection, type PageFacts, type PageSystem } from './pages.ts';
import { writeRecordFiles } from './record-files.ts';
import { type ChunkSource, readingAhead } from './staged.ts';
import { isSeries, type PartFacts, partLines, wordsFor } from './words.ts';
import type { ZipWriter } from './zip.ts';

/** What is written, and of which request. */
export interface Contents {
  readonly requestId: RequestId;
  readonly packageId: PackageId;
  readonly part: number;
  readonly facts: PackageFacts;
  readonly model: PackageModel;
  /** Files that people handed in, of systems answered by hand. */
  readonly files: ReadonlyMap<SystemId, readonly NamedFile[]>;
  /** Packages sent before. */
  readonly sent: readonly SentPart[];
  readonly at: Date;
  readonly limits: MemberLimits;
  readonly signal: AbortSignal | undefined;
  readonly progress: () => void;
}

export async function writeMembers(
  zip: ZipWriter,
  deps: Pick<Deps, 'ledger' | 'keys' | 'storage' | 'config'>,
  contents: Contents,
): Promise<readonly ExportedChunk[]> {
  const { requestId, facts, model, sent } = contents;
  const { config, storage } = deps;
  const { controller } = config;
  const source: ChunkSource = {
    storage,
    bucket: config.s3.stagingBucket,
    workingKey: await deps.keys.use(facts.request.working_key_id),
    requestId,
    signal: contents.signal,
    progress: contents.progress,
  };
  const sentOn = ({ part, created_at: at }: SentPart) => ({ part, builtOn: civilToday(at, controller.timeZone) });
  const pageFacts = {
    language: facts.request.language,
    right: facts.right,
    controller,
    requestId,
    receivedOn: facts.request.received_on,
    builtOn: civilToday(contents.at, controller.timeZone),
    part: {
      number: contents.part,
      moreFollows: model.moreFollows,
      isEmpty: model.holds.length === 0,
      earlier: sent.map(sentOn),
    },
  };
  await zip.add('README.txt', once(readme(pageFacts)));
  const exported: ExportedChunk[] = [];
  const systems: PageSystem[] = [];
  const tables: PackagedTable[] = [];
  const ahead = readingAhead(
    { ...source, mask: maskerFor(deps, source, facts) },
    model.systems.flatMap(({ collections }) => collections),
  );
  for (const system of model.systems) {
    const { collections, inRecords } = await writeSystem(zip, ahead, system, pageFacts, contents.limits, exported);
    tables.push(...tablesOf(system, collections));
    const { id, name, state, byHand, earlier, unreadable, empty } = system;
    const handed = state === 'answered' ? (contents.files.get(id) ?? []) : [];
    const files: readonly PackagedFile[] = [...inRecords, ...(await writeAttached(zip, source, id, handed))];
    const before = earlier === undefined ? undefined : sentOn(earlier);
    systems.push({ name, state, byHand, earlier: before, unreadable, collections, empty, files });
  }
  await zip.add('index.html', once(indexPage({ ...pageFacts, systems })));
  if (facts.right !== 'access') await zip.add('datapackage.json', once(dataPackage({ ...pageFacts, tables })));
  await zip.add('manifest-sha256.txt', once(manifest(zip, contents)));
  return exported;
}

async function writeSystem(
  zip: ZipWriter,
  source: ChunkSource,
  system: PackagedSystem,
  facts: Omit<PageFacts, 'systems'>,
  limits: MemberLimits,
  exported: ExportedChunk[],
): Promise<{ collections: readonly PageCollection[]; inRecords: readonly PackagedFile[] }> {
  const collections: PageCollection[] = [];
  const inRecords: PackagedFile[] = [];
  for (const collection of system.collections) {
    const { description, withheld, referred, reasons, asOf, columns, path } = collection;
    const told = { description, withheld, referred, reasons, asOf };
    if (collection.chunks.length === 0) {
      collections.push({ ...told, given: collection.attested, json: [], csv: [], page: undefined });
      continue;
    }
    const written = await writeCollection(zip, source, collection, limits);
    exported.push(...written.exported);
    inRecords.push(...(await writeRecordFiles(zip, source, collection)));
    passFailpoint('package-mid-upload');
    const kept = written.exported.reduce((sum, one) => sum + (one.withheld ?? 0), 0);
    const shown: PageCollection = {
      ...told,
      withheld: withheld + kept,
      reasons: kept > 0 ? [...reasons, 'privilege'] : reasons,
      given: written.exported.reduce((sum, { count }) => sum + count, 0),
      json: written.json.map(({ name }) => name),
      csv: written.csv.map(({ name }) => name),
      page: `${path}.html`,
    };
    const preview = { system: system.name, collection: shown, columns, preview: written.preview };
    await zip.add(`${path}.html`, once(collectionPage(facts, preview)));
    collections.push(shown);
  }
  return { collections, inRecords };
}

function readme({
  language,
  right,
  controller,
  part,
}: Pick<PageFacts, 'language' | 'right' | 'controller'> & { readonly part: PartFacts }): Buffer {
  const words = wordsFor(language, right);
  const { name } = controller;
  const lines = [
    words.standing,
    words.standingWhy(name),
    '',
    ...(isSeries(part) ? [...partLines(language, part), ''] : []),
    words.readme(name),
    '',
    ...words.how.map((line) => `- ${line}`),
  ];
  return Buffer.from(`${lines.join('\n')}\n`.replaceAll('\n', '\r\n'));
}

/** What the package is, in the manifest's first line. */
const forms = {
  access: 'draft, not an answer',
  portability: 'answer, Art. 20',
  'workspace-export': 'answer, customer instruction',
} as const satisfies Readonly<Record<PackageFacts['right'], string>>;

/** Comments are skipped by `sha256sum -c`; the chain's head ties the package to the audit log. */
function manifest(zip: ZipWriter, { facts, packageId, part, model }: Contents): Buffer {
  const lines = [
    `# Habeas package, format 1 (${forms[facts.right]})`,
    `# request ${facts.request.id}`,
    `# package ${packageId} part ${part}`,
    `# ${model.moreFollows ? 'more packages follow' : 'no package follows'}`,
    `# audit ${facts.auditHead.seq} ${facts.auditHead.hash}`,
    ...zip.members.map(({ sha256, name }) => `${sha256}  ${name}`),
  ];
  return Buffer.from(`${lines.join('\n')}\n`);
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}
