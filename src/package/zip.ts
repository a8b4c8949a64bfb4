/**
 * The zip as a stream: members one after the other, each hashed on its way in, the whole hashed on its way out. Never
 * holds a member in memory. Times and modes are fixed, so that the same members give the same bytes. Names are checked:
 * nothing absolute, no way up, only what every system can unpack.
 *
 * A failure anywhere (a source, the taker of the bytes) ends all of it; `add` and `finish` then reject.
 */
import { createHash, type Hash } from 'node:crypto';
import { pipeline, Readable, Transform } from 'node:stream';
import { ZipArchive } from 'archiver';
import { HabeasError } from '../errors.ts';

export interface Member {
  readonly name: string;
  readonly sha256: string;
  readonly sizeBytes: number;
}

export interface ZipWriter {
  /** The bytes of the zip; whoever takes them sets the pace. */
  readonly body: Readable;
  /** Waits until the member is written. */
  add(name: string, source: AsyncIterable<Buffer>): Promise<Member>;
  /** Writes the directory. `sha256` and `sizeBytes` are the zip's. */
  finish(): Promise<{ readonly sha256: string; readonly sizeBytes: number }>;
  /** Ends everything with this error. */
  destroy(error: Error): void;
  readonly members: readonly Member[];
}

/**
 * Level 6 unless told. Of 324 MB of staged play log (370 MB of JSON and CSV) it makes 60 MB, level 1 makes 72 MB in about
 * 60 % of the time; what a person downloads once and keeps is worth the processor's seconds. For a large member `memLevel` 9
 * and output in 256 KiB save a tenth of the processor time at the same size.
 */
export const defaultLevel = 6;

const mebibyte = 1024 * 1024;
/** DOS times, which zips carry, begin in 1980. */
const earliest = Date.UTC(1980, 0, 1);

export function openZip(options: { readonly date: Date; readonly level?: number }): ZipWriter {
  const date = new Date(Math.max(options.date.getTime(), earliest));
  // Archiver looks at it anew for each member, of which one at a time is written.
  const zlib = { level: options.level ?? defaultLevel, ...compression(Number.POSITIVE_INFINITY) };
  const archive = new ZipArchive({ zlib, highWaterMark: mebibyte });
  const whole = meter(createHash('sha256'));
  let failure: Error | undefined;
  let source: Readable | undefined;
  const failed = new Promise<never>((_, reject) => {
    pipeline(archive, whole.stream, (error) => {
      if (error === null || error === undefined) return;
      failure ??= error;
      source?.destroy();
      reject(failure);
    });
  });
  failed.catch(() => undefined);
  const destroy = (error: Error) => {
    failure ??= error;
    source?.destroy();
    whole.stream.destroy(error);
  };
  const members: Member[] = [];
  const names = new Set<string>();

  return {
    body: whole.stream,
    members,
    destroy,
    add: async (name, content) => {
      if (!memberName.test(name) || names.has(name)) throw new HabeasError('internal', { where: 'member name' });
      names.add(name);
      if (failure !== undefined) throw failure;
      const part = createHash('sha256');
      let sizeBytes = 0;
      const counted = (bytes: Buffer) => {
        part.update(bytes);
        sizeBytes += bytes.length;
        return bytes;
      };
      const pieces = content[Symbol.asyncIterator]();
      const beginning = takeBeginning(pieces).catch((error: Error) => {
        destroy(error);
        throw error;
      });
      const { taken, isAll } = await Promise.race([beginning, failed]);
      async function* all() {
        for (const bytes of taken) yield counted(bytes);
        for (let next = await pieces.next(); next.done !== true; next = await pieces.next()) yield counted(next.value);
      }
      const input = isAll ? undefined : Readable.from(all(), { objectMode: false, highWaterMark: mebibyte });
      source = input;
      const written = new Promise<void>((resolve, reject) => {
        input?.once('error', (error) => {
          destroy(error);
          reject(error);
        });
        archive.once('entry', () => resolve());
      });
      const whole = input ?? counted(Buffer.concat(taken));
      Object.assign(zlib, compression(isAll ? sizeBytes : Number.POSITIVE_INFINITY));
      archive.append(whole, { name, date, mode: 0o644, store: isAll && sizeBytes < storedBelow });
      await Promise.race([written, failed]);
      source = undefined;
      const member: Member = { name, sha256: part.digest('hex'), sizeBytes };
      members.push(member);
      return member;
    },
    finish: async () => {
      await Promise.race([archive.finalize(), failed]);
      await Promise.race([whole.done, failed]);
      return whole.result();
    },
  };
}

/** A member below this is written at once, without a stream and the buffers of one. */
const smallBytes = 128 * 1024;
/** Below this, deflating costs more than it saves. */
const storedBelow = 256;

/** Deflate's window, tables and output in proportion to the member: whatever its size, the default is half a mebibyte. */
function compression(sizeBytes: number): { windowBits: number; memLevel: number; chunkSize: number } {
  const windowBits = Math.min(15, Math.max(9, Math.ceil(Math.log2(sizeBytes))));
  const chunkSize = Math.min(256 * 1024, Math.max(1024, sizeBytes));
  return { windowBits, memLevel: windowBits === 15 ? 9 : windowBits - 7, chunkSize };
}

/** The first pieces of a member, or all of a small one. */
async function takeBeginning(pieces: AsyncIterator<Buffer>): Promise<{ taken: Buffer[]; isAll: boolean }> {
  const taken: Buffer[] = [];
  for (let size = 0; size < smallBytes; ) {
    const next = await pieces.next();
    if (next.done === true) return { taken, isAll: true };
    taken.push(next.value);
    size += next.value.length;
  }
  return { taken, isAll: false };
}

const memberName = /^(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9._-]*(?:\/[A-Za-z0-9][A-Za-z0-9._-]*)*$/;

/** Passes bytes through, counting and hashing them. */
function meter(hash: Hash) {
  let sizeBytes = 0;
  let finished: () => void = () => undefined;
  const done = new Promise<void>((resolve) => {
    finished = resolve;
  });
  const stream = new Transform({
    readableHighWaterMark: mebibyte,
    writableHighWaterMark: mebibyte,
    transform: (bytes: Buffer, _, next) => {
      hash.update(bytes);
      sizeBytes += bytes.length;
      next(null, bytes);
    },
    flush: (next) => {
      finished();
      next();
    },
  });
  return { stream, done, result: () => ({ sha256: hash.digest('hex'), sizeBytes }) };
}
