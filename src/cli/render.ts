/**
 * Plain text for terminals: aligned tables, label columns, a few colours. Pure; knows nothing of requests. Control
 * characters in a cell (a name could hold them) are shown as `?`, so that no text can steer the terminal.
 */
import { styleText } from 'node:util';

export type Tone = 'good' | 'bad' | 'warn' | 'dim' | 'strong';
const tones = { good: 'green', bad: 'red', warn: 'yellow', dim: 'dim', strong: 'bold' } as const;

export interface Cell {
  readonly text: string;
  readonly tone?: Tone | undefined;
}
export type Cellish = string | number | null | undefined | Cell;

/** Text fit for a terminal: no control characters. */
export function printable(text: string): string {
  return text.replaceAll(/\p{Cc}|\p{Cf}/gu, '?');
}

/** Paints where colour is on. */
export function paint(text: string, tone: Tone | undefined, colour: boolean): string {
  return colour && tone !== undefined ? styleText(tones[tone], text, { validateStream: false }) : text;
}

function cell(value: Cellish): Cell {
  if (typeof value === 'object' && value !== null) return { ...value, text: printable(value.text) };
  return { text: value === null || value === undefined || value === '' ? '–' : printable(String(value)) };
}

const width = (text: string): number => [...text].length;
const pad = (text: string, to: number, right: boolean): string => {
  const space = ' '.repeat(Math.max(0, to - width(text)));
  return right ? space + text : text + space;
};

/** An aligned table with a heading; numbers stand to the right. Ends with a newline. */
export function table(heading: readonly string[], rows: readonly (readonly Cellish[])[], colour: boolean): string {
  const cells = rows.map((row) => row.map(cell));
  const widths = heading.map((title, column) =>
    Math.max(width(title), ...cells.map((row) => width(row[column]?.text ?? ''))),
  );
  const right = heading.map(
    (_, column) => rows.length > 0 && rows.every((row) => typeof (row[column] ?? 0) === 'number'),
  );
  const line = (row: readonly Cell[]): string =>
    row
      .map(({ text, tone }, column) =>
        paint(
          pad(
            text,
            column === row.length - 1 && right[column] !== true ? 0 : (widths[column] ?? 0),
            right[column] === true,
          ),
          tone,
          colour,
        ),
      )
      .join('  ')
      .trimEnd();
  const head = heading.map((text) => ({ text, tone: 'dim' as const }));
  return `${[head, ...cells].map(line).join('\n')}\n`;
}

/** A column of a list that must stay readable in a terminal of any width. */
export interface Column {
  readonly title: string;
  /**
   * Where the terminal is too narrow for everything: `drop` leaves the column out, `beneath` writes its cells on lines of
   * their own under the row. The lowest number goes first; a column without it stays.
   */
  readonly yields?: { readonly how: 'drop' | 'beneath'; readonly order: number; readonly label?: string };
}

/** A table that gives way to the terminal's width: columns that do not fit go beneath their rows. Undefined: any width. */
export function listing(
  columns: readonly Column[],
  rows: readonly (readonly Cellish[])[],
  colour: boolean,
  terminal: number | undefined,
): string {
  const cells = rows.map((row) => row.map(cell));
  const widths = columns.map(({ title }, at) =>
    Math.max(width(title), ...cells.map((row) => width(row[at]?.text ?? ''))),
  );
  const inline = new Set(columns.keys());
  const wide = () => [...inline].reduce((sum, at) => sum + (widths[at] ?? 0) + 2, -2);
  const yielding = [...columns.entries()]
    .filter(([, column]) => column.yields !== undefined)
    .sort(([, a], [, b]) => (a.yields?.order ?? 0) - (b.yields?.order ?? 0));
  for (const [at] of yielding) if (terminal !== undefined && wide() > terminal) inline.delete(at);
  const kept = [...inline];
  const beneath = [...columns.entries()].filter(([at, column]) => !inline.has(at) && column.yields?.how === 'beneath');
  const lines = table(
    kept.map((at) => columns[at]?.title ?? ''),
    rows.map((row) => kept.map((at) => row[at])),
    colour,
  )
    .trimEnd()
    .split('\n');
  const under = (row: readonly Cell[]): readonly string[] => {
    const texts = beneath.map(([at]) => row[at]?.text ?? '');
    const said = beneath.flatMap(([at, { yields }], no) => {
      const text = texts[no] ?? '';
      // What another line says already (a request's id in the command about it) is not said twice.
      const isSaid = texts.some((other, otherNo) => otherNo !== no && other.includes(text));
      if (text === '–' || isSaid) return [];
      const isCommand = text.startsWith('habeas ');
      return [{ label: yields?.label, text: paint(text, row[at]?.tone, colour), isCommand }];
    });
    const commands = said.flatMap(({ text, isCommand }) => (isCommand ? [text] : []));
    const facts = said.flatMap(({ label, text, isCommand }) =>
      isCommand ? [] : [label === undefined ? text : `${paint(label, 'dim', colour)} ${text}`],
    );
    return [...(facts.length === 0 ? [] : [facts.join('; ')]), ...commands].map((line) => `  ${line}`);
  };
  const [head = '', ...body] = lines;
  return `${[head, ...body.flatMap((line, no) => [line, ...under(cells[no] ?? [])])].join('\n')}\n`;
}

/**
 * `label  value` lines, labels aligned; values are wrapped at the terminal's width, but commands never, so that they can
 * be copied. Ends with a newline.
 */
export function labels(
  pairs: readonly (readonly [label: string, value: Cellish])[],
  colour: boolean,
  terminal?: number,
): string {
  const widest = Math.max(0, ...pairs.map(([label]) => width(label)));
  const room = terminal === undefined ? undefined : Math.max(20, terminal - widest - 2);
  const lines = pairs.flatMap(([label, value]) => {
    const { text, tone } = cell(value);
    const parts = room === undefined || text.startsWith('habeas ') ? [text] : wrapped(text, room);
    return parts.map((part, no) =>
      `${paint(pad(no === 0 ? label : '', widest, false), 'dim', colour)}  ${paint(part, tone, colour)}`.trimEnd(),
    );
  });
  return `${lines.join('\n')}\n`;
}

/** Lines of whole words; a word that is longer than a line stays whole. */
export function wrapped(text: string, room: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && width(line) + 1 + width(word) > room) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** An instant as people read it, to the minute: `2026-11-02 09:30 UTC`. */
export function instant(at: string): string {
  return `${at.slice(0, 16).replace('T', ' ')} UTC`;
}

/** 1536 → `1.5 KiB`. */
export function bytes(count: number): string {
  if (count < 1024) return `${count} B`;
  const units = ['KiB', 'MiB', 'GiB', 'TiB'];
  let value = count / 1024;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value.toFixed(1)} ${units[unit]}`;
}
