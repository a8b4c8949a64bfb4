/**
 * The bytes of a zip around its members: headers, descriptors and the directory (PKWARE APPNOTE 6.3.10, sections 4.3 and
 * 4.5), Zip64 where a number asks for it. Pure. Names are ASCII; times are UTC. Written here because JSON and CSV of the same
 * records are compressed at once, which most zip libraries cannot and one could at 40 MiB more (decision 0008).
 */
const storedMethod = 0;
const deflatedMethod = 8;
/** Sizes and checksum follow the content (section 4.4.4, bit 3). */
const hasDescriptor = 0x0008;
const most16 = 0xffff;
const most32 = 0xffffffff;
/** Zip 2.0 knows deflate; 4.5 knows Zip64. */
const plainVersion = 20;
const zip64Version = 45;
const madeOnUnix = 3 << 8;
/** A regular file that everybody may read. */
const unixMode = (0o100644 << 16) >>> 0;

/** A member whose bytes are written. */
export interface WrittenMember {
  readonly name: string;
  readonly method: 'stored' | 'deflated';
  /** Whether its header was written before its sizes were known. */
  readonly isStreamed: boolean;
  readonly crc: number;
  readonly sizeBytes: number;
  readonly compressedBytes: number;
  /** Where its header begins. */
  readonly offset: number;
}

/** What a header says; without `sizes`, a descriptor follows the content. */
export interface HeaderFacts extends Pick<WrittenMember, 'name' | 'method'> {
  readonly sizes: Sizes | undefined;
}

type Sizes = Pick<WrittenMember, 'crc' | 'sizeBytes' | 'compressedBytes'>;

/** Before a member's content. A member whose sizes are known is below 4 GiB. */
export function localHeader({ name, method, sizes }: HeaderFacts, date: Date): Buffer {
  const path = Buffer.from(name, 'latin1');
  const bytes = Buffer.alloc(30 + path.length);
  bytes.writeUInt32LE(0x04034b50, 0);
  bytes.writeUInt16LE(plainVersion, 4);
  bytes.writeUInt16LE(sizes === undefined ? hasDescriptor : 0, 6);
  bytes.writeUInt16LE(method === 'stored' ? storedMethod : deflatedMethod, 8);
  bytes.writeUInt32LE(dosTime(date), 10);
  bytes.writeUInt32LE(sizes?.crc ?? 0, 14);
  bytes.writeUInt32LE(sizes?.compressedBytes ?? 0, 18);
  bytes.writeUInt32LE(sizes?.sizeBytes ?? 0, 22);
  bytes.writeUInt16LE(path.length, 26);
  path.copy(bytes, 30);
  return bytes;
}

/** After the content of a member whose header was written before its sizes were known. */
export function descriptor({ crc, sizeBytes, compressedBytes }: Sizes): Buffer {
  const isLarge = sizeBytes > most32 || compressedBytes > most32;
  const bytes = Buffer.alloc(isLarge ? 24 : 16);
  bytes.writeUInt32LE(0x08074b50, 0);
  bytes.writeUInt32LE(crc, 4);
  if (isLarge) {
    bytes.writeBigUInt64LE(BigInt(compressedBytes), 8);
    bytes.writeBigUInt64LE(BigInt(sizeBytes), 16);
  } else {
    bytes.writeUInt32LE(compressedBytes, 8);
    bytes.writeUInt32LE(sizeBytes, 12);
  }
  return bytes;
}

/** The end of a zip whose members take `offset` bytes, in pieces. */
export function* directory(members: readonly WrittenMember[], offset: number, date: Date): Generator<Buffer> {
  let size = 0;
  for (let from = 0; from < members.length; from += 1000) {
    const entries = Buffer.concat(members.slice(from, from + 1000).map((member) => directoryEntry(member, date)));
    size += entries.length;
    yield entries;
  }
  if (members.length >= most16 || size >= most32 || offset >= most32) yield zip64End(members.length, size, offset);
  const bytes = Buffer.alloc(22);
  bytes.writeUInt32LE(0x06054b50, 0);
  bytes.writeUInt16LE(Math.min(members.length, most16), 8);
  bytes.writeUInt16LE(Math.min(members.length, most16), 10);
  bytes.writeUInt32LE(Math.min(size, most32), 12);
  bytes.writeUInt32LE(Math.min(offset, most32), 16);
  yield bytes;
}

function directoryEntry(member: WrittenMember, date: Date): Buffer {
  const { sizeBytes, compressedBytes, offset } = member;
  const path = Buffer.from(member.name, 'latin1');
  const isLarge = sizeBytes >= most32 || compressedBytes >= most32 || offset >= most32;
  const extra = isLarge ? 28 : 0;
  const bytes = Buffer.alloc(46 + path.length + extra);
  bytes.writeUInt32LE(0x02014b50, 0);
  bytes.writeUInt16LE(madeOnUnix | zip64Version, 4);
  bytes.writeUInt16LE(isLarge ? zip64Version : plainVersion, 6);
  bytes.writeUInt16LE(member.isStreamed ? hasDescriptor : 0, 8);
  bytes.writeUInt16LE(member.method === 'stored' ? storedMethod : deflatedMethod, 10);
  bytes.writeUInt32LE(dosTime(date), 12);
  bytes.writeUInt32LE(member.crc, 16);
  bytes.writeUInt32LE(isLarge ? most32 : compressedBytes, 20);
  bytes.writeUInt32LE(isLarge ? most32 : sizeBytes, 24);
  bytes.writeUInt16LE(path.length, 28);
  bytes.writeUInt16LE(extra, 30);
  bytes.writeUInt32LE(unixMode, 38);
  bytes.writeUInt32LE(isLarge ? most32 : offset, 42);
  path.copy(bytes, 46);
  if (isLarge) {
    const at = 46 + path.length;
    bytes.writeUInt16LE(0x0001, at);
    bytes.writeUInt16LE(24, at + 2);
    bytes.writeBigUInt64LE(BigInt(sizeBytes), at + 4);
    bytes.writeBigUInt64LE(BigInt(compressedBytes), at + 12);
    bytes.writeBigUInt64LE(BigInt(offset), at + 20);
  }
  return bytes;
}

/** Zip64's own end of the directory, and where that is (sections 4.3.14 and 4.3.15). */
function zip64End(count: number, size: number, offset: number): Buffer {
  const bytes = Buffer.alloc(56 + 20);
  bytes.writeUInt32LE(0x06064b50, 0);
  bytes.writeBigUInt64LE(44n, 4);
  bytes.writeUInt16LE(madeOnUnix | zip64Version, 12);
  bytes.writeUInt16LE(zip64Version, 14);
  bytes.writeBigUInt64LE(BigInt(count), 24);
  bytes.writeBigUInt64LE(BigInt(count), 32);
  bytes.writeBigUInt64LE(BigInt(size), 40);
  bytes.writeBigUInt64LE(BigInt(offset), 48);
  bytes.writeUInt32LE(0x07064b50, 56);
  bytes.writeBigUInt64LE(BigInt(offset + size), 64);
  bytes.writeUInt32LE(1, 72);
  return bytes;
}

/** Date and time as zips carry them, in two seconds' steps: time below, date above. Begins in 1980. */
function dosTime(date: Date): number {
  const time = (date.getUTCHours() << 11) | (date.getUTCMinutes() << 5) | (date.getUTCSeconds() >> 1);
  const day = ((date.getUTCFullYear() - 1980) << 9) | ((date.getUTCMonth() + 1) << 5) | date.getUTCDate();
  return ((day << 16) | time) >>> 0;
}
