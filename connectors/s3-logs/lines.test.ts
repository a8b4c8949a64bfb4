import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createFinder } from './finder.ts';
import { type Block, eachBlock, eachFound, gunzipped, uncompressed } from './lines.ts';

async function* pieces(bytes: Buffer, cuts: readonly number[]): AsyncGenerator<Buffer> {
  const ends = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  let from = 0;
  for (const end of [...ends, bytes.length]) {
    yield bytes.subarray(from, end);
    from = end;
  }
}
async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

describe('blocks of lines', () => {
  it('hold every byte once and whole lines only, wherever the bytes are cut', async () => {
    const line = fc.string({ unit: fc.constantFrom('a', 'õ', '\r', ' '), maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(fc.array(line), fc.array(fc.nat()), async (lines, cuts) => {
        const bytes = Buffer.from(lines.join('\n'));
        const blocks = await all(eachBlock(pieces(bytes, cuts), { maxLineBytes: 1_000 }));
        const parts = blocks.map((block) => (block.kind === 'lines' ? block.bytes : Buffer.alloc(0)));
        expect(Buffer.concat(parts)).toEqual(bytes);
        let offset = 0;
        for (const [no, block] of blocks.entries()) {
          expect(block.kind === 'lines' ? block.offset : -1).toBe(offset);
          offset += parts[no]?.length ?? 0;
          if (no < blocks.length - 1) expect(parts[no]?.at(-1)).toBe(0x0a);
        }
      }),
    );
  });

  it('tell a line that is too long once, at its place, wherever the bytes are cut, and go on behind it', async () => {
    const lengths = fc.array(fc.constantFrom(0, 1, 15, 16, 17, 40), { maxLength: 8 });
    const finder = createFinder([{ path: ['a'], kind: 'k', as: 'value' }], [], { maxLineBytes: 16 });
    await fc.assert(
      fc.asyncProperty(lengths, fc.boolean(), fc.array(fc.nat()), async (wanted, ended, cuts) => {
        const lines = wanted.map((length) => 'x'.repeat(length));
        const bytes = Buffer.from(lines.join('\n') + (ended ? '\n' : ''));
        const told = (await all(eachFound(pieces(bytes, cuts), finder))).flatMap(({ broken }) => broken);
        let start = 0;
        const expected = lines.flatMap((line) => {
          const end = start + line.length;
          const fault = { start, end, reason: line.length > 16 ? 'line-too-long' : 'not-json', matches: [] };
          start = end + 1;
          return line.length > 0 ? [fault] : [];
        });
        expect(told).toEqual(expected);
      }),
    );
  });

  it('never hold a line that is too long', async () => {
    const piece = Buffer.alloc(1 << 16, 'x');
    let live = 0;
    async function* endless(): AsyncGenerator<Buffer> {
      for (let i = 0; i < 4_000; i++) yield piece;
      yield Buffer.from('\n{}\n');
    }
    const blocks: Block[] = [];
    const before = process.memoryUsage().arrayBuffers;
    for await (const block of eachBlock(endless(), { maxLineBytes: 1 << 20 })) {
      blocks.push(block);
      live = Math.max(live, process.memoryUsage().arrayBuffers - before);
    }
    expect(blocks.map(({ kind }) => kind)).toEqual(['too-long', 'lines']);
    expect(live).toBeLessThan(64 << 20);
  });
});

describe('gzip', () => {
  const text = Buffer.from(`{"a":"b"}\n`.repeat(100_000));

  it('is read through all its members', async () => {
    const twice = Buffer.concat([gzipSync(text), gzipSync(text)]);
    expect(Buffer.concat(await all(gunzipped(pieces(twice, [10, 500])))).length).toBe(2 * text.length);
  });

  it('that is damaged, cut off or followed by something else is an error, never an early end', async () => {
    const whole = gzipSync(text);
    const damaged = Buffer.from(whole);
    damaged.writeUInt32LE(7, whole.length - 8);
    for (const bytes of [whole.subarray(0, -1), damaged, Buffer.concat([whole, text]), text, Buffer.alloc(0)])
      await expect(all(gunzipped(pieces(bytes, [100])))).rejects.toThrow();
  });

  it('is known by its first bytes, however the bytes come; everything else is left as it is', async () => {
    for (const bytes of [text, Buffer.from('{'), Buffer.alloc(0)]) {
      for (const stored of [bytes, gzipSync(bytes)])
        expect(bytes.equals(Buffer.concat(await all(uncompressed(pieces(stored, [0, 1, 1, 2])))))).toBe(true);
    }
    await expect(all(uncompressed(pieces(gzipSync(text).subarray(0, 2), [])))).rejects.toThrow();
  });

  it('fails as its source fails, and lets go of it when nobody reads on', async () => {
    const whole = gzipSync(text);
    let letGo = (): void => undefined;
    const released = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    async function* failing(): AsyncGenerator<Buffer> {
      yield gzipSync(text).subarray(0, 100);
      throw new Error('the source broke');
    }
    async function* watched(): AsyncGenerator<Buffer> {
      try {
        for (;;) yield whole;
      } finally {
        letGo();
      }
    }
    await expect(all(gunzipped(failing()))).rejects.toThrow('the source broke');
    await expect(all(uncompressed(failing()))).rejects.toThrow('the source broke');
    for await (const piece of uncompressed(watched())) if (piece.length > 0) break;
    await released;
  });
});
