/**
 * Reads a package the way a stranger would: with a zip library of somebody else's that checks every member's CRC, with
 * SHA-256 from Node, and with nothing of ours that wrote it.
 */
import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { crc32 } from 'node:zlib';
import { type Entry, fromBufferPromise } from 'yauzl';

export type JsonRecord = Readonly<Record<string, unknown>>;

export class PackageFile {
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly members: ReadonlyMap<string, Buffer>;

  private constructor(bytes: Buffer, members: ReadonlyMap<string, Buffer>) {
    this.sha256 = sha256(bytes);
    this.sizeBytes = bytes.length;
    this.members = members;
  }

  static async read(bytes: Buffer): Promise<PackageFile> {
    return new PackageFile(bytes, await unzip(bytes));
  }

  /** The member at this path. */
  member(name: string): Buffer {
    const found = this.members.get(name);
    if (found === undefined) throw new Error(`the package has no ${name}, only ${[...this.members.keys()].join(', ')}`);
    return found;
  }

  /** Records of one collection, of all of its files; empty where it has none. */
  records(system: string, collection: string): readonly JsonRecord[] {
    const name = new RegExp(`(^|/)${system}/${collection}(-\\d+)?\\.json$`);
    return [...this.members].filter(([path]) => name.test(path)).flatMap(([, bytes]) => parseRecords(bytes));
  }

  /** Collections of a system that have a file. */
  collections(system: string): readonly string[] {
    const name = new RegExp(`(?:^|/)${system}/([a-z0-9_-]+?)(?:-\\d+)?\\.json$`);
    return [...new Set([...this.members.keys()].flatMap((path) => name.exec(path)?.[1] ?? []))].sort();
  }

  /** Members in which a text can be read. */
  whereIs(text: string): readonly string[] {
    const dresses = [text, JSON.stringify(text).slice(1, -1)].map((one) => Buffer.from(one));
    return [...this.members].filter(([, bytes]) => dresses.some((one) => bytes.includes(one))).map(([name]) => name);
  }

  /** Lines of `manifest-sha256.txt` that are not true, and members that it does not name. */
  wrongInManifest(): readonly string[] {
    const text = this.member('manifest-sha256.txt').toString().trimEnd();
    const lines = text.split('\n').filter((line) => !line.startsWith('#') && line !== '');
    const named = new Map(lines.map((line) => [line.slice(66), line.slice(0, 64)]));
    const untrue = [...named].filter(([name, hash]) => sha256(this.member(name)) !== hash).map(([name]) => name);
    const unnamed = [...this.members.keys()].filter((name) => name !== 'manifest-sha256.txt' && !named.has(name));
    return [...untrue, ...unnamed];
  }
}

export function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function parseRecords(bytes: Buffer): readonly JsonRecord[] {
  const parsed: unknown = JSON.parse(bytes.toString());
  if (!Array.isArray(parsed)) throw new Error('a JSON member is not a list of records');
  return parsed;
}

async function unzip(bytes: Buffer): Promise<ReadonlyMap<string, Buffer>> {
  const zip = await fromBufferPromise(bytes, { lazyEntries: true, validateEntrySizes: true });
  const members = new Map<string, Buffer>();
  await new Promise<void>((resolve, reject) => {
    zip.on('error', reject);
    zip.on('end', resolve);
    zip.on('entry', (entry: Entry) => {
      zip
        .openReadStreamPromise(entry)
        .then(async (stream) => {
          const content = await buffer(stream);
          if (crc32(content) !== entry.crc32) throw new Error(`the CRC of ${entry.fileName} is wrong`);
          if (members.has(entry.fileName)) throw new Error(`${entry.fileName} is in the package twice`);
          members.set(entry.fileName, content);
          zip.readEntry();
        }, reject)
        .catch(reject);
    });
    zip.readEntry();
  });
  return members;
}
