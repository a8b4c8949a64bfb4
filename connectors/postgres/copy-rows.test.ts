import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CopyRows, unescaped } from './copy-rows.ts';

/** As PostgreSQL writes a cell (manual, COPY, "Text Format"). */
const escapes: Readonly<Record<string, string>> = {
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
};
const written = (cell: string): string => cell.replace(/[\b\f\n\r\t\v\\]/g, (char) => escapes[char] ?? char);
const anyCell = fc.string({
  unit: fc.constantFrom('a', 'õ', '🎵', '\\', '\n', '\t', '\r', '\b', '\f', '\v', '"', 'n', 't'),
});

async function rowsOf(bytes: Buffer, cellCount: number, cuts: readonly number[]): Promise<string[][]> {
  const rows: string[][] = [];
  const reader = new CopyRows(cellCount, (cells, line, startLength) => {
    rows.push([...cells.map(String), line.subarray(0, startLength).toString(), line.subarray(startLength).toString()]);
  });
  let at = 0;
  for (const cut of [...cuts].sort((a, b) => a - b)) {
    await reader.push(Buffer.from(bytes.subarray(at, cut)));
    at = Math.max(at, cut);
  }
  await reader.push(Buffer.from(bytes.subarray(at)));
  expect(reader.unfinished).toBe(false);
  expect(reader.rows).toBe(rows.length);
  return rows;
}

describe('rows of COPY', () => {
  it('come out as they went in, wherever the bytes are cut', async () => {
    const row = fc.tuple(anyCell, anyCell, fc.jsonValue(), fc.jsonValue());
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 8 }), fc.array(fc.nat(400), { maxLength: 6 }), async (rows, cuts) => {
        const lines = rows.map(([a, b, start, content]) => [a, b, JSON.stringify(start), JSON.stringify(content)]);
        const bytes = Buffer.from(lines.map((cells) => `${cells.map(written).join('\t')}\n`).join(''));
        const read = await rowsOf(
          bytes,
          4,
          cuts.map((cut) => Math.min(cut, bytes.length)),
        );
        expect(read).toEqual(lines.map(([a, b, start, content]) => [a, b, start, `${content}}\n`]));
      }),
    );
  });

  it('keep a line a line: white space between parts of JSON becomes spaces, text in strings stays', async () => {
    const json = '{"a":\n\t"x\\ny",\r"b":1}';
    const [row] = await rowsOf(Buffer.from(`c\t{"key":1,"record":\t${written(json)}\n`), 3, []);
    expect(row).toEqual(['c', '{"key":1,"record":', '{"a":  "x\\ny", "b":1}}\n']);
  });

  it('wait for a promise before the next row', async () => {
    let inside = 0;
    const reader = new CopyRows(2, async () => {
      inside += 1;
      expect(inside).toBe(1);
      await new Promise((resolve) => setImmediate(resolve));
      inside -= 1;
    });
    await reader.push(Buffer.from('{"key":1\t1\n{"key":2\t2\n'));
    expect(reader.rows).toBe(2);
  });

  it('know an unfinished row and a null', async () => {
    const reader = new CopyRows(2, () => undefined);
    await reader.push(Buffer.from('{"key":1'));
    expect(reader.unfinished).toBe(true);
    expect(unescaped(Buffer.from('\\N')).equals(Buffer.from('N'))).toBe(false);
    const nameless = new CopyRows(2, () => undefined);
    await expect(nameless.push(Buffer.from('\\N\t{}\n'))).rejects.toMatchObject({ code: 'system-key-unproved' });
  });
});
