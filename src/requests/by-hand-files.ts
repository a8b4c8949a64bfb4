/**
 * Files for the person's package, from a front door into the staging bucket: in pieces of at most 8 MiB, each sealed under
 * the request's working key and written once, the file's own name sealed apart. Memory is one piece, whatever the size of
 * a file. Rows are the caller's; what it stored and does not record, it erases. Refuses an empty file (`file-needed`).
 */
import { createHash } from 'node:crypto';
import type { Deps } from '../deps.ts';
import { HabeasError } from '../errors.ts';
import { type KeyId, randomName } from '../ids.ts';
import { type AttachedPiece, attachedFolder } from '../ledger/attached.ts';
import type { RoundKey } from '../ledger/rounds.ts';
import { sealRow } from '../ledger/vault.ts';
import { seal } from '../security/seal.ts';

/** A file as a front door hands it in; read once, from its beginning. */
export interface HandedFile {
  readonly name: string;
  readonly open: () => AsyncIterable<Buffer>;
}

/** A file whose pieces lie in the bucket; nothing of it is in the ledger yet. */
export interface StagedFile {
  readonly fileNo: number;
  readonly extension: string;
  /** The file's own name; for sealed objects only. */
  readonly name: string;
  readonly nameRow: Awaited<ReturnType<typeof sealRow>>;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly pieces: readonly AttachedPiece[];
}

export interface StagingPlace extends RoundKey {
  readonly workingKeyId: KeyId;
}

const pieceBytes = 8 * 1024 * 1024;

/** Stores one file. Every object's name is in `stored` before the object is. */
export async function stageFile(
  deps: Pick<Deps, 'keys' | 'storage' | 'config'>,
  place: StagingPlace,
  fileNo: number,
  file: HandedFile,
  stored: string[],
): Promise<StagedFile> {
  const workingKey = await deps.keys.use(place.workingKeyId);
  const whole = createHash('sha256');
  const pieces: AttachedPiece[] = [];
  let sizeBytes = 0;
  for await (const plain of inPieces(file.open())) {
    whole.update(plain);
    sizeBytes += plain.length;
    const objectName = `${attachedFolder(place)}${fileNo}/${pieces.length}-${randomName()}`;
    const { bytes, tag } = await seal(workingKey, objectName, plain);
    stored.push(objectName);
    await deps.storage.put(deps.config.s3.stagingBucket, objectName, bytes);
    pieces.push({ objectName, plainBytes: plain.length, tag });
  }
  if (sizeBytes === 0) throw new HabeasError('file-needed', { where: '--file: empty' });
  const nameRow = await sealRow(deps.keys, {
    requestId: place.requestId,
    keyId: place.workingKeyId,
    bytes: Buffer.from(JSON.stringify({ name: file.name })),
  });
  const sha256 = whole.digest('hex');
  return { fileNo, extension: extensionFor(file.name), name: file.name, nameRow, sizeBytes, sha256, pieces };
}

/** Erases what was stored for a decision that did not come about, all versions of it. */
export async function eraseStaged(deps: Pick<Deps, 'storage' | 'config'>, stored: readonly string[]): Promise<void> {
  for (const name of stored) await deps.storage.eraseAll(deps.config.s3.stagingBucket, name);
}

async function* inPieces(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let parts: Buffer[] = [];
  let size = 0;
  for await (const bytes of source) {
    for (let from = 0; from < bytes.length; ) {
      const part = bytes.subarray(from, from + pieceBytes - size);
      parts.push(part);
      size += part.length;
      from += part.length;
      if (size < pieceBytes) continue;
      yield Buffer.concat(parts, size);
      parts = [];
      size = 0;
    }
  }
  if (size > 0) yield Buffer.concat(parts, size);
}

/** What opens as a document, table, picture, sound or archive; nothing that a double click runs, nor a page with scripts. */
const harmless = new Set(
  (
    'pdf txt csv tsv json ndjson jsonl xml yaml md log eml mbox ics vcf rtf doc docx odt xls xlsx ods ppt pptx odp ' +
    'png jpg jpeg gif webp heic tif tiff bmp mp3 m4a ogg wav flac mp4 mov webm mkv zip gz tar 7z parquet sqlite'
  ).split(' '),
);

/** The file's own extension where it is harmless, else `bin`. */
export function extensionFor(name: string): string {
  const own = /\.([A-Za-z0-9]{1,8})$/.exec(name)?.[1]?.toLowerCase() ?? '';
  return harmless.has(own) ? own : 'bin';
}
