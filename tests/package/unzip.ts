/** Reads a zip strictly (yauzl checks names, sizes and checksums) into memory, in the order of its directory. */
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
