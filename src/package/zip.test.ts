import { randomBytes } from 'node:crypto';
import type { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import yauzl from 'yauzl';
import { localMistake } from '../../tests/package/unzip.ts';
import { openZip, type ZipWriter } from './zip.ts';
import { descriptor, directory, type WrittenMember } from './zip-format.ts';

const date = new Date('2026-03-05T12:34:56Z');

async function taken(body: Readable): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of body) parts.push(part);
  return Buffer.concat(parts);
}

/** Every member of a zip, in the order of its directory, checked against its checksum. */
async function membersOf(zip: Buffer): Promise<{ name: string; bytes: Buffer; entry: yauzl.Entry }[]> {
  const archive = await yauzl.fromBufferPromise(zip);
  const found: { name: string; bytes: Buffer; entry: yauzl.Entry }[] = [];
  for await (const entry of archive.eachEntry()) {
    const bytes = await taken(await archive.openReadStreamPromise(entry));
    expect(crc32(bytes)).toBe(entry.crc32);
    expect(localMistake(zip, entry)).toBeUndefined();
    found.push({ name: entry.fileName, bytes, entry });
  }
  return found;
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

async function zipped(work: (zip: ZipWriter) => Promise<void>): Promise<Buffer> {
  const zip = openZip({ date });
  const whole = taken(zip.body);
  await work(zip);
  await zip.finish();
  return whole;
}

describe('a zip', () => {
  it('gives back members of every size, stored, deflated at once and as a stream', async () => {
    const contents = [0, 1, 255, 256, 5_000, 50_000, 131_071, 131_072, 3_000_000].map((size) =>
      Buffer.alloc(size, 'a record, '),
    );
    const zip = await zipped(async (writer) => {
      for (const [no, bytes] of contents.entries()) await writer.add(`m/${no}.txt`, once(bytes));
    });
    const found = await membersOf(zip);
    expect(found.map(({ bytes }, no) => bytes.equals(contents[no] ?? bytes.subarray(1)))).toEqual(
      contents.map(() => true),
    );
    expect(found[4]?.entry.getLastModDate().toISOString()).toBe('2026-03-05T12:34:56.000Z');
  });

  it('keeps the second of two open members until the first has ended, whatever ends first', async () => {
    const [one, two, three] = [randomBytes(700_000), randomBytes(900_000), Buffer.from('three')];
    const zip = await zipped(async (writer) => {
      const first = writer.open('one');
      const second = writer.open('two');
      await second.write(two.subarray(0, 500_000));
      await first.write(one.subarray(0, 300_000));
      await second.write(two.subarray(500_000));
      expect(second.heldBytes).toBeGreaterThan(400_000);
      expect(first.heldBytes).toBe(0);
      await second.end();
      await first.write(one.subarray(300_000));
      await first.end();
      await writer.add('three', once(three));
      expect(writer.members.map(({ name }) => name)).toEqual(['one', 'two', 'three']);
    });
    expect((await membersOf(zip)).map(({ name, bytes }) => [name, bytes.length])).toEqual([
      ['one', one.length],
      ['two', two.length],
      ['three', 5],
    ]);
  });

  it('is the same bytes for the same members', async () => {
    const make = () => zipped(async (zip) => void (await zip.add('a', once(Buffer.alloc(400_000, 'abc')))));
    expect((await make()).equals(await make())).toBe(true);
  });

  it('refuses names that lead elsewhere, or twice to the same place', async () => {
    const zip = openZip({ date });
    for (const name of ['/a', '../a', 'a/../b', 'a//b', 'ä', '']) expect(() => zip.open(name)).toThrow();
    zip.open('a');
    expect(() => zip.open('a')).toThrow();
  });

  it('ends whoever writes when the taker goes', async () => {
    const zip = openZip({ date });
    const writing = zip.add(
      'a',
      (async function* () {
        for (;;) yield randomBytes(300_000);
      })(),
    );
    zip.body.once('readable', () => zip.body.destroy(new Error('gone')));
    await expect(writing).rejects.toThrow('gone');
    expect(() => zip.open('b')).toThrow('gone');
  });

  it('ends with the failure of a source', async () => {
    const zip = openZip({ date });
    const whole = taken(zip.body);
    const broken = (async function* (): AsyncGenerator<Buffer> {
      yield randomBytes(300_000);
      throw new Error('broken');
    })();
    await expect(zip.add('a', broken)).rejects.toThrow('broken');
    await expect(whole).rejects.toThrow('broken');
  });
});

describe('a zip beyond 4 GiB or 65,535 members', () => {
  const member = (more: Partial<WrittenMember>): WrittenMember => ({
    name: 'm',
    method: 'deflated',
    isStreamed: true,
    crc: 1,
    sizeBytes: 2,
    compressedBytes: 2,
    offset: 0,
    ...more,
  });

  it('has a directory that readers find, with the long numbers', async () => {
    const large = [
      member({ sizeBytes: 5 * 2 ** 30, compressedBytes: 5 * 2 ** 30 }),
      member({ offset: 5 * 2 ** 30 + 99 }),
    ];
    const end = Buffer.concat([...directory(large, 5 * 2 ** 30 + 200, date)]);
    const archive = await yauzl.fromRandomAccessReaderPromise(
      new TailReader(end, 5 * 2 ** 30 + 200),
      5 * 2 ** 30 + 200 + end.length,
    );
    const found: (readonly [number, number, number])[] = [];
    for await (const entry of archive.eachEntry())
      found.push([entry.uncompressedSize, entry.compressedSize, entry.relativeOffsetOfLocalHeader]);
    expect(found).toEqual([
      [5 * 2 ** 30, 5 * 2 ** 30, 0],
      [2, 2, 5 * 2 ** 30 + 99],
    ]);
  });

  it('counts as many members as there are', async () => {
    const many = Array.from({ length: 70_000 }, (_, no) => member({ name: `m${no}` }));
    const archive = await yauzl.fromBufferPromise(Buffer.concat([...directory(many, 0, date)]));
    expect(archive.entryCount).toBe(70_000);
  });

  it('has descriptors of eight bytes where a size asks for it', () => {
    expect(descriptor({ crc: 1, sizeBytes: 5 * 2 ** 30, compressedBytes: 7 }).readBigUInt64LE(16)).toBe(5n * 2n ** 30n);
    expect(descriptor({ crc: 1, sizeBytes: 5, compressedBytes: 7 })).toHaveLength(16);
  });
});

/** The end of a file that is nothing before. */
class TailReader extends yauzl.RandomAccessReader {
  readonly #tail: Buffer;
  readonly #from: number;
  constructor(tail: Buffer, from: number) {
    super();
    this.#tail = tail;
    this.#from = from;
  }
  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    done: (error: Error | null) => void,
  ): void {
    for (let at = 0; at < length; at += 1) buffer[offset + at] = this.#tail[position + at - this.#from] ?? 0;
    done(null);
  }
}
