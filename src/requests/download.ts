/**
 * A package as a file on this machine, for handing it over by post or in person. Written beside its place and moved there
 * only when its SHA-256 is the one in the ledger; an existing file is never replaced unless asked; nothing half-written
 * stays. The file is readable for its owner alone. Each download is on the audit chain before its first byte is read.
 */
import { createHash } from 'node:crypto';
import { type FileHandle, link, open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Deps } from '../deps.ts';
import { HabeasError } from '../errors.ts';
import { type PackageId, parseId, type RequestId, randomName } from '../ids.ts';
import { appendAudit } from '../ledger/audit.ts';
import { getPackage, type PackageRow, packagesOf } from '../ledger/packages.ts';

export interface Downloaded {
  readonly packageId: PackageId;
  /** Absolute path. */
  readonly file: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

export interface DownloadOptions {
  /** Replace an existing file. */
  readonly force?: boolean;
  /** Which package of a request; its latest unless given. */
  readonly part?: number | undefined;
  readonly signal?: AbortSignal;
}

/**
 * `id` is a package or a request (its latest package, or the one of number `part`). `outFile` may be a folder. Fails with `not-found`,
 * `package-not-ready`, `package-deleted`, `package-altered`, `file-exists`, `file-unwritable`.
 */
export async function downloadPackage(
  deps: Pick<Deps, 'ledger' | 'storage' | 'config' | 'now'>,
  id: PackageId | RequestId,
  outFile: string,
  { force = false, part, signal }: DownloadOptions = {},
): Promise<Downloaded> {
  const row = await findRow(deps, id, part);
  if (row.deleted_at !== null) throw new HabeasError('package-deleted');
  const target = await targetOf(outFile, row);
  if (!force && (await exists(target))) throw new HabeasError('file-exists', { where: 'output file' });
  const temporary = join(dirname(target), `.${basename(target)}.${randomName()}.part`);
  const file = await writing(() => open(temporary, 'wx', 0o600));
  try {
    // Before the first byte: no copy exists that the chain does not tell of, also where this process dies half-way.
    await deps.ledger.db.transaction().execute(async (trx) => {
      const body = { package: row.id, sha256: row.sha256 };
      await appendAudit(trx, { requestId: row.request_id, kind: 'package-downloaded', body, at: deps.now() });
    });
    await fill(deps, row, file, signal);
    await moveInto(temporary, target, force);
  } finally {
    await file.close();
    await rm(temporary, { force: true });
  }
  return { packageId: row.id, file: target, sizeBytes: row.size_bytes, sha256: row.sha256 };
}

async function findRow(
  deps: Pick<Deps, 'ledger'>,
  id: PackageId | RequestId,
  part: number | undefined,
): Promise<PackageRow> {
  const packageId = parseId('package', id);
  if (packageId !== undefined) {
    const row = await getPackage(deps.ledger.db, packageId);
    if (part !== undefined && row.part !== part) throw new HabeasError('not-found', { where: '--part' });
    return row;
  }
  const requestId = parseId('request', id);
  if (requestId === undefined) throw new HabeasError('not-found', { where: 'package' });
  const rows = await packagesOf(deps.ledger.db, requestId);
  if (part !== undefined) {
    const row = rows.find((one) => one.part === part);
    if (row === undefined) throw new HabeasError('not-found', { where: '--part' });
    return row;
  }
  const latest = rows.filter((row) => row.deleted_at === null).at(-1) ?? rows.at(-1);
  if (latest === undefined) throw new HabeasError('package-not-ready');
  return latest;
}

async function targetOf(outFile: string, row: PackageRow): Promise<string> {
  const path = resolve(outFile);
  const folder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  return folder ? join(path, `${row.id}.zip`) : path;
}

async function fill(
  deps: Pick<Deps, 'storage' | 'config'>,
  row: PackageRow,
  file: FileHandle,
  signal: AbortSignal | undefined,
): Promise<void> {
  const bucket = deps.config.s3.packageBucket;
  const { body } = await deps.storage.read(bucket, row.object_name, signal);
  const hash = createHash('sha256');
  let sizeBytes = 0;
  let writeFailure: unknown;
  try {
    await pipeline(body, async (source: AsyncIterable<Buffer>) => {
      for await (const bytes of source) {
        hash.update(bytes);
        sizeBytes += bytes.length;
        await file.writeFile(bytes).catch((error: unknown) => {
          writeFailure = error;
          throw error;
        });
      }
    });
  } catch (cause) {
    signal?.throwIfAborted();
    if (writeFailure !== undefined) throw new HabeasError('file-unwritable', { where: 'output file', cause });
    throw new HabeasError('storage-unreachable', { where: bucket, cause });
  }
  if (sizeBytes !== row.size_bytes || hash.digest('hex') !== row.sha256)
    throw new HabeasError('package-altered', { where: bucket });
  await writing(() => file.sync());
}

/** Without `force` by a hard link, which fails where somebody else made the file meanwhile. */
async function moveInto(temporary: string, target: string, force: boolean): Promise<void> {
  if (force) return writing(() => rename(temporary, target));
  try {
    await link(temporary, target);
  } catch (cause) {
    const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined;
    if (code === 'EEXIST') throw new HabeasError('file-exists', { where: 'output file' });
    // File systems without hard links (FAT, some network shares).
    if ((code === 'EPERM' || code === 'ENOTSUP' || code === 'EOPNOTSUPP') && !(await exists(target)))
      return writing(() => rename(temporary, target));
    throw new HabeasError('file-unwritable', { where: 'output file', cause });
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

async function writing<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new HabeasError('file-unwritable', { where: 'output file', cause });
  }
}
