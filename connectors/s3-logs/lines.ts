/**
 * Owns cutting an object's bytes into blocks of whole lines, uncompressed and in order, without copying more than the
 * lines that two pieces share. Memory: one piece, and a line of at most `maxLineBytes` that spans pieces; a longer one is
 * reported and passed over up to its newline, never held. While a block is looked through, zlib inflates the next piece
 * on another thread. Fails as the source fails; gzip that is damaged or cut off is an error, never an early end.
 */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { Broken, Finder, Found } from './finder.ts';

/** Whole lines, or one that was too long to be held. */
export type Block =
  | { readonly kind: 'lines'; readonly offset: number; readonly bytes: Buffer }
  | { readonly kind: 'too-long'; readonly line: Broken };

const newline = 0x0a;
/** A piece stays in a processor's cache between inflating and scanning, and is long enough to be worth a thread's call. */
const pieceBytes = 256 * 1024;

/** RFC 1952, section 2.3.1. */
const gzipMagic = Buffer.from([0x1f, 0x8b]);

/** Blocks of whole lines; only the last may lack its newline. Offsets are those of `source`. */
export async function* eachBlock(
  source: AsyncIterable<Buffer>,
  { maxLineBytes }: { readonly maxLineBytes: number },
): AsyncGenerator<Block> {
  /** The beginning of a line whose end has not come: its pieces, or only its length once it is too long. */
  let held: Buffer[] = [];
  let heldFrom = 0;
  let heldBytes = 0;
  let tooLong = false;
  let offset = 0;

  /** `end`: where the line's newline is, or the object's end. */
  const finished = (end: number): Block => {
    const start = heldFrom;
    const block: Block = tooLong
      ? { kind: 'too-long', line: { start, end, reason: 'line-too-long', matches: [] } }
      : { kind: 'lines', offset: start, bytes: Buffer.concat(held, heldBytes) };
    held = [];
    heldBytes = 0;
    tooLong = false;
    return block;
  };
  const hold = (piece: Buffer, lineBytes: number): void => {
    heldBytes += piece.length;
    tooLong ||= heldBytes - piece.length + lineBytes > maxLineBytes;
    if (tooLong) held = [];
    else held.push(piece);
  };

  for await (const piece of source) {
    let from = 0;
    if (heldBytes > 0) {
      const end = piece.indexOf(newline);
      from = end === -1 ? piece.length : end + 1;
      hold(piece.subarray(0, from), end === -1 ? from : end);
      if (end !== -1) yield finished(offset + end);
    }
    const last = Math.max(from, piece.lastIndexOf(newline) + 1);
    if (last > from) yield { kind: 'lines', offset: offset + from, bytes: piece.subarray(from, last) };
    if (piece.length > last) {
      heldFrom = offset + last;
      // A copy: the piece itself would stay in memory for the little that is left of it.
      hold(Buffer.from(piece.subarray(last)), piece.length - last);
    }
    offset += piece.length;
  }
  if (heldBytes > 0) yield finished(offset);
}

/** The uncompressed bytes of gzip, of several members too. Errors of `source` and of zlib are thrown to the reader. */
export function gunzipped(source: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  // Ahead of the reader by a few pieces. (The types do not know that zlib's streams take a stream's options.)
  const options = { chunkSize: pieceBytes, highWaterMark: 4 * pieceBytes };
  const gunzip = createGunzip(options);
  // Its failure destroys `gunzip`, whose reader then gets it.
  pipeline(Readable.from(source, { objectMode: true }), gunzip).catch(() => undefined);
  return gunzip;
}

async function* joined(head: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  try {
    if (head.length > 0) yield head;
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}

/** The bytes of an object: uncompressed if it begins as gzip does, which no text can, else as they are. */
export async function* uncompressed(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const rest = source[Symbol.asyncIterator]();
  let head: Buffer = Buffer.alloc(0);
  while (head.length < gzipMagic.length) {
    const next = await rest.next();
    if (next.done === true) break;
    head = Buffer.concat([head, next.value]);
  }
  const bytes = joined(head, rest);
  yield* head.subarray(0, gzipMagic.length).equals(gzipMagic) ? gunzipped(bytes) : bytes;
}

/** What `finder` finds in an object's uncompressed bytes, block by block. */
export async function* eachFound(source: AsyncIterable<Buffer>, finder: Finder): AsyncGenerator<Found> {
  for await (const block of eachBlock(source, finder))
    yield block.kind === 'lines'
      ? finder.scan(block.bytes, block.offset)
      : { lines: 1, hits: [], broken: [block.line] };
}
