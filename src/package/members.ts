/**
 * The members of one collection: its records as JSON arrays and as CSV, each record in both of a pair of files; a new pair
 * is begun where a file would grow past a limit that editors and spreadsheets still open, or where more of the CSV than
 * memory should hold waits for the JSON before it. Every chunk is opened once. Counts what it writes, per chunk: these
 * counts are the ledger's `exported`. JSON is copied byte by byte from the staged records; only the CSV looks inside, and
 * there what was not granted fails.
 */
import type { ExportedChunk } from '../ledger/package-record.ts';
import { byteOrderMark, CsvWriter, csvHeader } from './csv.ts';
import { PathsForFiles } from './record-files.ts';
import { RecordScanner, text } from './record-scanner.ts';
import { type ChunkSource, type ChunkToRead, type OpenedChunk, openChunks } from './staged.ts';
import type { Member, OpenMember, ZipWriter } from './zip.ts';

export interface CollectionToWrite {
  /** Path of its files without extension. */
  readonly path: string;
  /** Every granted field, in the order of the columns. */
  readonly columns: readonly string[];
  readonly chunks: readonly ChunkToRead[];
  /** `files`: fields that hold a file, of which only the path is written. */
  readonly description?: { readonly files?: readonly string[] | undefined };
}

export interface WrittenCollection {
  readonly json: readonly Member[];
  readonly csv: readonly Member[];
  /** Records that were written, per chunk. */
  readonly exported: readonly ExportedChunk[];
  /** The first records as texts, by column; `null` where the record has no value. */
  readonly preview: readonly (readonly (string | null)[])[];
}

export interface MemberLimits {
  /** A file is closed before it would grow past this. */
  readonly fileBytes: number;
  /** Compressed bytes of CSV that may wait in memory. */
  readonly heldBytes: number;
  readonly previewRecords: number;
  /** Characters of one value shown in the preview. */
  readonly previewCharacters: number;
}

export const defaultLimits: MemberLimits = {
  fileBytes: 256 * 1024 * 1024,
  heldBytes: 16 * 1024 * 1024,
  previewRecords: 50,
  previewCharacters: 500,
};

/**
 * Deflate goes on with the next piece only when this thread has heard of the last, so fewer and larger ones keep it busy;
 * JSON of this size.
 */
const pieceBytes = 2 * 1024 * 1024;

export async function writeCollection(
  zip: ZipWriter,
  source: ChunkSource,
  collection: CollectionToWrite,
  limits: MemberLimits,
): Promise<WrittenCollection> {
  const files = new PairedFiles(zip, collection, limits);
  const scanner = new RecordScanner(collection.columns);
  const rows = new CsvWriter();
  const paths = new PathsForFiles({ path: collection.path, description: collection.description ?? {} });
  const exported: ExportedChunk[] = [];
  const preview: (string | null)[][] = [];
  for await (const opened of openChunks(source, collection.chunks)) {
    const { chunk, bytes, offsets } = opened;
    scanner.grant(chunk.fields);
    let begun = 0;
    let at = 0;
    for (let no = 0; no < offsets.length; no += 2) {
      const start = offsets[no] ?? 0;
      const end = paths.replace(bytes, start, offsets[no + 1] ?? 0);
      offsets[no + 1] = end;
      scanner.scan(bytes, start, end);
      rows.row(scanner, bytes);
      if (preview.length < limits.previewRecords) preview.push(shown(scanner, opened, limits.previewCharacters));
      // Moved together inside the chunk's own bytes: what stood before each record (its key, the first's header too) is
      // longer than the separator, so nothing is overwritten that is still to be moved.
      bytes[at] = comma;
      bytes[at + 1] = newline;
      bytes.copyWithin(at + separatorBytes, start, end);
      at += separatorBytes + end - start;
      if (at - begun < pieceBytes && no + 2 < offsets.length) continue;
      await files.add(bytes.subarray(begun, at), rows.take());
      begun = at;
    }
    // Counted after the last record went out, from the records themselves.
    exported.push({
      systemId: chunk.system_id,
      round: chunk.round,
      streamNo: chunk.stream_no,
      chunkNo: chunk.chunk_no,
      count: offsets.length / 2,
      withheld: opened.withheld ?? 0,
    });
  }
  return { ...(await files.end()), exported, preview };
}

const comma = 0x2c;
const newline = 0x0a;
const separatorBytes = 2;
const jsonOpening = Buffer.from('[\n');
const jsonClosing = Buffer.from('\n]\n');

interface Pair {
  readonly json: OpenMember;
  readonly csv: OpenMember;
  jsonBytes: number;
  csvBytes: number;
}

/** One pair of files after the other. A piece of whole records never spans two pairs. */
class PairedFiles {
  readonly #zip: ZipWriter;
  readonly #path: string;
  readonly #csvOpening: Buffer;
  readonly #limits: MemberLimits;
  readonly #json: Member[] = [];
  readonly #csv: Member[] = [];
  #pair: Pair | undefined;

  constructor(zip: ZipWriter, { path, columns }: CollectionToWrite, limits: MemberLimits) {
    this.#zip = zip;
    this.#path = path;
    this.#csvOpening = Buffer.concat([byteOrderMark, csvHeader(columns)]);
    this.#limits = limits;
  }

  /** The same records as JSON, each after a separator, and as rows. Both must not change until the next call resolved. */
  async add(json: Buffer, csv: Buffer): Promise<void> {
    if (this.#pair !== undefined && this.#isFull(this.#pair, json, csv)) await this.#close(this.#pair);
    const isFirst = this.#pair === undefined;
    const pair = this.#pair ?? (await this.#open());
    const records = isFirst ? json.subarray(separatorBytes) : json;
    pair.jsonBytes += records.length;
    pair.csvBytes += csv.length;
    await Promise.all([pair.json.write(records), pair.csv.write(csv)]);
  }

  async end(): Promise<{ json: readonly Member[]; csv: readonly Member[] }> {
    if (this.#pair !== undefined) await this.#close(this.#pair);
    return { json: this.#json, csv: this.#csv };
  }

  #isFull({ csv: { heldBytes }, jsonBytes, csvBytes }: Pair, json: Buffer, csv: Buffer): boolean {
    const { fileBytes, heldBytes: mostHeld } = this.#limits;
    const isLong = jsonBytes + json.length + jsonClosing.length > fileBytes || csvBytes + csv.length > fileBytes;
    return isLong || heldBytes > mostHeld;
  }

  async #open(): Promise<Pair> {
    const suffix = this.#json.length === 0 ? '' : `-${this.#json.length + 1}`;
    const json = this.#zip.open(`${this.#path}${suffix}.json`);
    const csv = this.#zip.open(`${this.#path}${suffix}.csv`);
    const pair: Pair = { json, csv, jsonBytes: jsonOpening.length, csvBytes: this.#csvOpening.length };
    this.#pair = pair;
    await Promise.all([json.write(jsonOpening), csv.write(this.#csvOpening)]);
    return pair;
  }

  async #close({ json, csv }: Pair): Promise<void> {
    this.#pair = undefined;
    await json.write(jsonClosing);
    this.#json.push(await json.end());
    this.#csv.push(await csv.end());
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
