import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CsvWriter, csvCell } from './csv.ts';
import { RecordScanner } from './record-scanner.ts';

/** A strict RFC 4180 reader of our own making would prove little: quotes, commas and line ends by the letter of it. */
function parseCsv(csv: string): { cells: (string | null)[] }[] {
  const rows: { cells: (string | null)[] }[] = [];
  let at = 0;
  while (at < csv.length) {
    const cells: (string | null)[] = [];
    for (;;) {
      if (csv[at] === '"') {
        let cell = '';
        at += 1;
        for (;;) {
          const end = csv.indexOf('"', at);
          if (end < 0) throw new Error('unclosed quote');
          cell += csv.slice(at, end);
          at = end + 1;
          if (csv[at] !== '"') break;
          cell += '"';
          at += 1;
        }
        cells.push(cell);
      } else {
        const rest = /^[^",\r\n]*/.exec(csv.slice(at))?.[0] ?? '';
        cells.push(rest === '' ? null : rest);
        at += rest.length;
      }
      if (csv[at] === ',') at += 1;
      else break;
    }
    if (csv.slice(at, at + 2) !== '\r\n') throw new Error(`row does not end at ${at}`);
    at += 2;
    rows.push({ cells });
  }
  return rows;
}

const unguard = (cell: string) => (/^'+[=+\-@\t\r]/.test(cell) ? cell.slice(1) : cell);

function toCsv(columns: readonly string[], lines: readonly string[]): string {
  const scanner = new RecordScanner(columns);
  scanner.grant(columns);
  const writer = new CsvWriter();
  for (const line of lines) {
    const bytes = Buffer.from(`xx${line}yy`);
    scanner.scan(bytes, 2, bytes.length - 2);
    writer.row(scanner, bytes);
  }
  return writer.take().toString('utf8');
}

const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('=', '+', '-', '@', '\t', '\r', "'", '"', ',', '\n', '1', '\\', 'õ', '🎵', ' ') }),
);
const value = fc.oneof(
  hostile,
  fc.constant(null),
  fc.boolean(),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.json().map((json): unknown => JSON.parse(json)),
);

describe('a record as a CSV row', () => {
  it('gives back every value, whatever it contains', () => {
    const columns = ['id', 'name', 'note', 'data'];
    fc.assert(
      fc.property(fc.array(fc.record({ id: value, name: value, note: value, data: value })), (records) => {
        const rows = parseCsv(
          toCsv(
            columns,
            records.map((record) => JSON.stringify(record)),
          ),
        );
        expect(rows.length).toBe(records.length);
        records.forEach((record, no) => {
          const cells = rows[no]?.cells ?? [];
          expect(cells.length).toBe(4);
          [record.id, record.name, record.note, record.data].forEach((original, column) => {
            const cell = cells[column] ?? null;
            if (original === null) expect(cell).toBeNull();
            else if (typeof original === 'string') {
              // A lone surrogate has no UTF-8 form; it becomes the replacement character.
              expect(unguard(cell ?? '')).toBe(Buffer.from(original).toString());
            } else expect(JSON.parse(cell ?? '')).toEqual(JSON.parse(JSON.stringify(original)));
          });
        });
      }),
      { numRuns: 500 },
    );
  });

  it('keeps numbers digit by digit', () => {
    expect(toCsv(['a', 'b'], ['{"a":12345678901234567890.10,"b":{"n":12345678901234567890}}'])).toBe(
      '12345678901234567890.10,"{""n"":12345678901234567890}"\r\n',
    );
  });

  it('never begins a cell with what a spreadsheet would run, but leaves negative numbers alone', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const [row] = parseCsv(toCsv(['a'], [JSON.stringify({ a: text })]));
        const cell = row?.cells[0] ?? '';
        expect(/^[=+@\t\r]/.test(cell)).toBe(false);
        if (cell.startsWith('-')) expect(Number.isNaN(Number(cell))).toBe(false);
      }),
      { numRuns: 2_000 },
    );
    expect(csvCell('=HYPERLINK("http://evil")')).toBe(`"'=HYPERLINK(""http://evil"")"`);
    expect(csvCell('+372 5555 1234')).toBe("'+372 5555 1234");
    expect(csvCell('-12.50')).toBe('-12.50');
    expect(csvCell('-1+cmd')).toBe("'-1+cmd");
  });

  it('puts fields under their columns in whatever order the record has them, and leaves missing ones empty', () => {
    expect(toCsv(['a', 'b', 'c'], ['{"c":3,"a":1}', ' {"b" : "x, y" , "a":null} '.trim(), '{}'])).toBe(
      '1,,3\r\n,"x, y",\r\n,,\r\n',
    );
  });
});

describe('a key that stood there before', () => {
  it('is not taken for a longer one that begins alike, nor for one that is written otherwise', () => {
    expect(toCsv(['id', 'idx', 'é'], ['{"id":1,"é":2}', '{"idx":3,"\\u00e9":4}', '{"id":5,"é":6}'])).toBe(
      '1,,2\r\n,3,4\r\n5,,6\r\n',
    );
  });

  it('is not sought beyond the end of the record', () => {
    const scanner = new RecordScanner(['id', 'long name']);
    scanner.grant(['id', 'long name']);
    const bytes = Buffer.from('{"id":1,"long name":2}{"id":1,"long}name":2}');
    scanner.scan(bytes, 0, 22);
    expect(() => scanner.scan(bytes, 22, 36)).toThrow(expect.objectContaining({ code: 'package-chunk-broken' }));
  });
});

describe('a record that is not what was granted', () => {
  const scan = (line: string, granted: readonly string[]) => {
    const scanner = new RecordScanner(['id', 'email', 'secret']);
    scanner.grant(granted);
    const bytes = Buffer.from(line);
    scanner.scan(bytes, 0, bytes.length);
  };
  it.each([
    '{"id":1,"secret":"x"}',
    '{"id":1,"other":"x"}',
    '{"id":1',
    '{"id":1}}',
    '{"id":}',
    '{"id":01}',
    '{"id":tru}',
    '{"id":"x}',
    '{"id":[1}',
    '{"id":1,}',
    '[1]',
    '',
    '"id"',
  ])('is refused: %s', (line) => {
    expect(() => scan(line, ['id', 'email'])).toThrow(expect.objectContaining({ code: 'package-chunk-broken' }));
  });

  it('does not remember what an earlier stream was granted', () => {
    const scanner = new RecordScanner(['id', 'secret']);
    const bytes = Buffer.from('{"id":1,"secret":2}');
    scanner.grant(['id', 'secret']);
    scanner.scan(bytes, 0, bytes.length);
    scanner.grant(['id']);
    expect(() => scanner.scan(bytes, 0, bytes.length)).toThrow(
      expect.objectContaining({ code: 'package-chunk-broken' }),
    );
  });
});
