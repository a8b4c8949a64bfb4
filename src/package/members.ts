/**
 * The members of one collection: its records as JSON arrays and as CSV, each split where a file would grow past a limit
 * that editors and spreadsheets still open. Counts what it writes, per chunk: these counts are the ledger's `exported`.
 * JSON is copied byte by byte from the staged records; only the CSV looks inside, and there what was not granted fails.
 */
import { HabeasError } from '../errors.ts';
import type { ExportedChunk } from '../ledger/package-record.ts';
import { byteOrderMark, CsvWriter, csvHeader } from './csv.ts';
import { RecordScanner, text } from './record-scanner.ts';
import { type ChunkSource, type ChunkToRead, chunkOpener, type OpenedChunk } from './staged.ts';
import type { Member, ZipWriter } from './zip.ts';

export interface CollectionToWrite {
  /** Path of its files without extension. */
  readonly path: string;
  /** Every granted field, in the order of the columns. */
  readonly columns: readonly string[];
  readonly chunks: readonly ChunkToRead[];
}

export interface WrittenCollection {
  readonly json: readonly Member[];
  readonly csv: readonly Member[];
  /** Records that were written as JSON members, per chunk. */
  readonly exported: readonly ExportedChunk[];
  /** The first records as texts, by column; `null` where the record has no value. */
  readonly preview: readonly (readonly (string | null)[])[];
}

export interface MemberLimits {
  /** A file is closed before it would grow past this. */
  readonly fileBytes: number;
  readonly previewRecords: number;
  /** Characters of one value shown in the preview. */
  readonly previewCharacters: number;
}

export const defaultLimits: MemberLimits = {
  fileBytes: 256 * 1024 * 1024,
  previewRecords: 50,
  previewCharacters: 500,
};

/**
 * Deflate goes on with the next piece only when this thread has heard of the last, so fewer and larger ones keep it busy:
 * what a usual chunk becomes stays whole.
 */
const piece = 2 * 1024 * 1024;

export async function writeCollection(
  zip: ZipWriter,
  source: ChunkSource,
  collection: CollectionToWrite,
  limits: MemberLimits,
): Promise<WrittenCollection> {
  const open = chunkOpener(source, collection.chunks);
  const exported: ExportedChunk[] = [];
  const json = await writeFiles(zip, collection.path, 'json', jsonRecords(open, exported), {
    limit: limits.fileBytes,
    opening: Buffer.from('[\n'),
    between: Buffer.from(',\n'),
    closing: Buffer.from('\n]\n'),
  });
  const preview: (string | null)[][] = [];
  let rows = 0;
  const counted = (count: number) => {
    rows += count;
  };
  const csv = await writeFiles(zip, collection.path, 'csv', csvRows(open, collection, limits, preview, counted), {
    limit: limits.fileBytes,
    opening: Buffer.concat([byteOrderMark, csvHeader(collection.columns)]),
    between: Buffer.alloc(0),
    closing: Buffer.alloc(0),
  });
  if (rows !== exported.reduce((sum, { count }) => sum + count, 0)) throw new HabeasError('package-chunk-broken');
  return { json, csv, exported, preview };
}

/** Bytes of whole records, which stay together in one file. */
interface Piece {
  readonly bytes: Buffer;
}

interface FileForm {
  readonly limit: number;
  readonly opening: Buffer;
  readonly between: Buffer;
  readonly closing: Buffer;
}

/** One file after the other, until the pieces end. A piece never spans two files. */
async function writeFiles(
  zip: ZipWriter,
  path: string,
  extension: string,
  pieces: AsyncIterator<Piece>,
  form: FileForm,
): Promise<Member[]> {
  const written: Member[] = [];
  let waiting = await pieces.next();
  async function* file(): AsyncGenerator<Buffer> {
    yield form.opening;
    let size = form.opening.length;
    for (let first = true; waiting.done !== true; first = false) {
      const { bytes } = waiting.value;
      if (!first && size + bytes.length + form.between.length + form.closing.length > form.limit) break;
      if (!first) yield form.between;
      yield bytes;
      size += bytes.length + (first ? 0 : form.between.length);
      waiting = await pieces.next();
    }
    yield form.closing;
  }
  while (waiting.done !== true) {
    const suffix = written.length === 0 ? '' : `-${written.length + 1}`;
    written.push(await zip.add(`${path}${suffix}.${extension}`, file()));
  }
  return written;
}

/**
 * Records separated by `,\n`, in pieces. Moved together inside the chunk's own bytes: what stood
 * before each record (its key) is longer than the separator, so nothing is overwritten that is still to be moved.
 */
async function* jsonRecords(open: () => AsyncIterable<OpenedChunk>, exported: ExportedChunk[]): AsyncGenerator<Piece> {
  for await (const { chunk, bytes, offsets } of open()) {
    let begun = 0;
    let at = 0;
    for (let no = 0; no < offsets.length; no += 2) {
      if (at > begun) {
        bytes[at] = 0x2c;
        bytes[at + 1] = 0x0a;
        at += 2;
      }
      const [start = 0, end = 0] = [offsets[no], offsets[no + 1]];
      bytes.copyWithin(at, start, end);
      at += end - start;
      if (at - begun >= piece) {
        yield { bytes: bytes.subarray(begun, at) };
        begun = at;
      }
    }
    if (at > begun) yield { bytes: bytes.subarray(begun, at) };
    // Counted after the last record went out, from the records themselves.
    exported.push({
      systemId: chunk.system_id,
      round: chunk.round,
      streamNo: chunk.stream_no,
      chunkNo: chunk.chunk_no,
      count: offsets.length / 2,
    });
  }
}

async function* csvRows(
  open: () => AsyncIterable<OpenedChunk>,
  collection: CollectionToWrite,
  limits: MemberLimits,
  preview: (string | null)[][],
  counted: (rows: number) => void,
): AsyncGenerator<Piece> {
  const scanner = new RecordScanner(collection.columns);
  const writer = new CsvWriter();
  for await (const opened of open()) {
    scanner.grant(opened.chunk.fields);
    for (let no = 0; no < opened.offsets.length; no += 2) {
      scanner.scan(opened.bytes, opened.offsets[no] ?? 0, opened.offsets[no + 1] ?? 0);
      writer.row(scanner, opened.bytes);
      if (preview.length < limits.previewRecords) preview.push(shown(scanner, opened, limits.previewCharacters));
      if (writer.length >= piece) yield { bytes: writer.take() };
    }
    if (writer.length > 0) yield { bytes: writer.take() };
    counted(opened.offsets.length / 2);
  }
}

/** The record just scanned, as texts cut to a length that a page can show. */
function shown(scanner: RecordScanner, { bytes }: OpenedChunk, characters: number): (string | null)[] {
  return Array.from(scanner.starts, (start, column) => {
    const end = scanner.ends[column] ?? start;
    if (start < 0 || bytes[start] === 0x6e) return null;
    const value = bytes[start] === 0x22 ? text(bytes, start, end) : bytes.toString('utf8', start, end);
    const cut = [...value.slice(0, characters + 2)].slice(0, characters).join('');
    return cut.length < value.length ? `${cut}…` : value;
  });
}
