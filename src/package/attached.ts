/**
 * Files that a person handed in with a system done by hand, as members of the package: `systems/<system>/files/<n>.<ext>`
 * and `systems/<system>/files.json`, which says what each was called, how long it is and its SHA-256. One sealed piece is in
 * memory at a time. Fails closed: a piece that is not the ledger's is `seal-broken`, one of another length
 * `package-chunk-broken`.
 */
import type { Deps } from '../deps.ts';
import { HabeasError } from '../errors.ts';
import type { RequestId, SystemId } from '../ids.ts';
import { type AttachedFile, attachedFiles } from '../ledger/attached.ts';
import { getSealed } from '../ledger/vault.ts';
import { unseal } from '../security/seal.ts';
import { memberPath } from './model.ts';
import type { ChunkSource } from './staged.ts';
import type { ZipWriter } from './zip.ts';

/** A file to be written, with its own name: personal data, for the package only. */
export interface NamedFile extends AttachedFile {
  readonly name: string;
}

/** A file that was written. */
export interface PackagedFile {
  /** Path inside the package. */
  readonly path: string;
  readonly name: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** The files of every system that was answered by hand. */
export async function namedFiles(
  deps: Pick<Deps, 'ledger' | 'keys'>,
  requestId: RequestId,
): Promise<ReadonlyMap<SystemId, readonly NamedFile[]>> {
  const { db } = deps.ledger;
  const named = new Map<SystemId, readonly NamedFile[]>();
  for (const [systemId, files] of await attachedFiles(db, requestId)) {
    const list: NamedFile[] = [];
    for (const file of files) list.push({ ...file, name: await getSealed(db, deps.keys, file.nameSealed, nameIn) });
    named.set(systemId, list);
  }
  return named;
}

/** Bytes of all files, for the size of the parts of an upload. */
export function bytesOf(named: ReadonlyMap<SystemId, readonly NamedFile[]>): number {
  const pieces = [...named.values()].flat().flatMap((file) => file.pieces);
  return pieces.reduce((sum, { plainBytes }) => sum + plainBytes, 0);
}

export async function writeAttached(
  zip: ZipWriter,
  source: ChunkSource,
  systemId: SystemId,
  files: readonly NamedFile[],
): Promise<readonly PackagedFile[]> {
  if (files.length === 0) return [];
  const folder = memberPath(systemId, 'files');
  const written: PackagedFile[] = [];
  for (const file of files) {
    const {
      name: path,
      sizeBytes,
      sha256,
    } = await zip.add(`${folder}/${file.fileNo}.${file.extension}`, contentOf(source, file));
    written.push({ path, name: file.name, sizeBytes, sha256 });
  }
  const list = written.map(({ path, ...told }) => ({ file: path.slice(folder.length - 'files'.length), ...told }));
  await zip.add(`${folder}.json`, once(Buffer.from(`${JSON.stringify(list, null, 1)}\n`)));
  return written;
}

async function* contentOf(source: ChunkSource, file: NamedFile): AsyncGenerator<Buffer> {
  for (const { objectName, plainBytes, tag } of file.pieces) {
    source.signal?.throwIfAborted();
    const sealed = await source.storage.get(source.bucket, objectName, source.signal);
    // The ledger's own copy of the tag: an older object under the same name does not pass for this one.
    if (sealed.subarray(-16).toString('hex') !== tag) throw new HabeasError('seal-broken');
    const plain = await unseal(source.workingKey, objectName, sealed);
    if (plain.length !== plainBytes) throw new HabeasError('package-chunk-broken');
    yield plain;
    source.progress();
  }
}

function nameIn(value: unknown): string {
  if (typeof value === 'object' && value !== null && 'name' in value && typeof value.name === 'string')
    return value.name;
  throw new HabeasError('seal-broken', { where: 'attached_files' });
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}
