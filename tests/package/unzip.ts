/**
 * Reads a zip strictly into memory, in the order of its directory: yauzl checks names and sizes, here are checked checksums, and that what
 * stands before each member says what the directory says, which is what some programs go by (Info-ZIP's unzip, readers of streams).
 */
import { crc32 } from 'node:zlib';
import yauzl from 'yauzl';

export interface Unzipped {
  readonly names: readonly string[];
  readonly files: ReadonlyMap<string, Buffer>;
  readonly dates: readonly Date[];
}

export async function unzip(zip: Buffer): Promise<Unzipped> {
  const file = await new Promise<yauzl.ZipFile>((resolve, reject) => {
    const options = { lazyEntries: true, strictFileNames: true, validateEntrySizes: true, decodeStrings: true };
    yauzl.fromBuffer(zip, options, (error, opened) => (error ? reject(error) : resolve(opened)));
  });
  const files = new Map<string, Buffer>();
  const dates: Date[] = [];
  await new Promise<void>((resolve, reject) => {
    file.on('error', reject);
    file.on('end', resolve);
    file.on('entry', (entry: yauzl.Entry) => {
      const mistake = localMistake(zip, entry);
      if (mistake !== undefined) return reject(new Error(mistake));
      file.openReadStream(entry, (error, stream) => {
        if (error) return reject(error);
        const parts: Buffer[] = [];
        stream.on('error', reject);
        stream.on('data', (part: Buffer) => parts.push(part));
        stream.on('end', () => {
          const bytes = Buffer.concat(parts);
          if (crc32(bytes) !== entry.crc32) return reject(new Error(`checksum of ${entry.fileName}`));
          if (files.has(entry.fileName)) return reject(new Error(`twice ${entry.fileName}`));
          files.set(entry.fileName, bytes);
          dates.push(entry.getLastModDate({ timezone: 'UTC', forceDosFormat: true }));
          file.readEntry();
        });
      });
    });
    file.readEntry();
  });
  return { names: [...files.keys()], files, dates };
}

/** What the local header (APPNOTE.TXT 4.3.7) says otherwise than the directory; undefined where nothing. */
export function localMistake(zip: Buffer, entry: yauzl.Entry): string | undefined {
  const at = entry.relativeOffsetOfLocalHeader;
  const isStreamed = (entry.generalPurposeBitFlag & 0x8) !== 0;
  const said = {
    flags: zip.readUInt16LE(at + 6),
    method: zip.readUInt16LE(at + 8),
    ...(isStreamed
      ? {}
      : { crc: zip.readUInt32LE(at + 14), compressed: zip.readUInt32LE(at + 18), size: zip.readUInt32LE(at + 22) }),
  };
  const meant = {
    flags: entry.generalPurposeBitFlag,
    method: entry.compressionMethod,
    ...(isStreamed ? {} : { crc: entry.crc32, compressed: entry.compressedSize, size: entry.uncompressedSize }),
  };
  const [one, other] = [JSON.stringify(said), JSON.stringify(meant)];
  return one === other ? undefined : `the header of ${entry.fileName} says ${one}, the directory ${other}`;
}
