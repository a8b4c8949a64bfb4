/**
 * Files that stand in records: a field whose value is `{"name":…,"type":…,"base64":…}`, as the contract says of a collection's
 * `files`; one that is too long for a record goes on in the next (`"more":true`), and is one member all the same. In the package each is a member of its own beside the collection's JSON and CSV, which then have its path. Chunks are opened
 * a second time for it, so that one file at a time is in memory. A value that is no such file fails with `package-chunk-broken`.
 */
import { HabeasError } from '../errors.ts';
import type { PackagedFile } from './attached.ts';
import { type ChunkSource, type ChunkToRead, openChunks } from './staged.ts';
import type { ZipWriter } from './zip.ts';

export interface CollectionWithFiles {
  /** Path of the collection's files without extension. */
  readonly path: string;
  readonly chunks: readonly ChunkToRead[];
  readonly description: { readonly files?: readonly string[] | undefined };
}

/** The extension of a member; what is none of these opens with whatever the person has. */
const extensions: Readonly<Record<string, string>> = {
  ...{ 'application/pdf': 'pdf', 'image/png': 'png', 'image/jpeg': 'jpg', 'image/gif': 'gif', 'text/plain': 'txt' },
};

interface FileInRecord {
  readonly field: string;
  readonly name: string;
  readonly extension: string;
  readonly base64: string;
  /** The next record goes on with it. */
  readonly more: boolean;
}

/** Numbers the files of a collection, the same in each pass over its chunks. */
class Numbering {
  #no = 0;
  /** What the last file was called, where it goes on. */
  #open: string | undefined;

  next({ extension, more }: FileInRecord): string {
    if (this.#open === undefined) this.#no += 1;
    const name = this.#open ?? `${this.#no}.${extension}`;
    this.#open = more ? name : undefined;
    return name;
  }
}

/** Puts paths where files stand, record by record in the order of the chunks. */
export class PathsForFiles {
  readonly #fields: readonly string[];
  readonly #folder: string;
  readonly #numbering = new Numbering();

  constructor({ path, description }: Omit<CollectionWithFiles, 'chunks'>) {
    this.#fields = description.files ?? [];
    this.#folder = path.slice(path.lastIndexOf('/') + 1);
  }

  /** Changes the record in place; where it ends now, which is never later than it did. */
  replace(bytes: Buffer, start: number, end: number): number {
    if (this.#fields.length === 0) return end;
    const record = recordIn(bytes, start, end);
    const files = filesIn(record, this.#fields);
    if (files.length === 0) return end;
    for (const file of files) record[file.field] = `${this.#folder}/${this.#numbering.next(file)}`;
    const text = Buffer.from(JSON.stringify(record), 'utf8');
    if (text.length > end - start) throw new HabeasError('package-chunk-broken');
    return start + text.copy(bytes, start);
  }
}

/** Writes the files of a collection that was written. */
export async function writeRecordFiles(
  zip: ZipWriter,
  source: ChunkSource,
  { path, chunks, description }: CollectionWithFiles,
): Promise<readonly PackagedFile[]> {
  const fields = description.files ?? [];
  const written: PackagedFile[] = [];
  if (fields.length === 0) return written;
  const numbering = new Numbering();
  const files = filesOf(source, chunks, fields);
  for (let { done, value: file } = await files.next(); done !== true && file !== undefined; ) {
    const [place, name] = [numbering.next(file), file.name];
    const member = await zip.add(`${path}/${place}`, contentOf(file, files));
    written.push({ path: member.name, name, sizeBytes: member.sizeBytes, sha256: member.sha256 });
    ({ done, value: file } = await files.next());
  }
  return written;
}

/** Every file of a collection, in the order of its records. */
async function* filesOf(
  source: ChunkSource,
  chunks: readonly ChunkToRead[],
  fields: readonly string[],
): AsyncGenerator<FileInRecord, undefined> {
  for await (const { bytes, offsets } of openChunks(source, chunks))
    for (let no = 0; no < offsets.length; no += 2)
      yield* filesIn(recordIn(bytes, offsets[no] ?? 0, offsets[no + 1] ?? 0), fields);
  return undefined;
}

/** A file's bytes, and those of the files that go on with it. */
async function* contentOf(first: FileInRecord, rest: AsyncGenerator<FileInRecord, undefined>): AsyncGenerator<Buffer> {
  yield Buffer.from(first.base64, 'base64');
  for (let { more } = first; more; ) {
    const { done, value: next } = await rest.next();
    // Its end is missing.
    if (done === true || next === undefined) throw new HabeasError('package-chunk-broken');
    yield Buffer.from(next.base64, 'base64');
    more = next.more;
  }
}

function recordIn(bytes: Buffer, start: number, end: number): Record<string, unknown> {
  const value: unknown = JSON.parse(bytes.toString('utf8', start, end));
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new HabeasError('package-chunk-broken');
  return { ...value };
}

function filesIn(record: Readonly<Record<string, unknown>>, fields: readonly string[]): readonly FileInRecord[] {
  return fields.flatMap((field) => {
    const value = record[field];
    if (value === undefined || value === null) return [];
    // A file that nobody looked into, masked as a whole.
    if (typeof value === 'object' && 'masked' in value && Object.keys(value).length === 1) return [];
    const isFile = typeof value === 'object' && 'name' in value && 'type' in value && 'base64' in value;
    if (!isFile || typeof value.name !== 'string' || typeof value.type !== 'string' || typeof value.base64 !== 'string')
      throw new HabeasError('package-chunk-broken');
    const more = 'more' in value && value.more === true;
    return [{ field, name: value.name, extension: extensions[value.type] ?? 'bin', base64: value.base64, more }];
  });
}
