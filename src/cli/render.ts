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

/** `label  value` lines, labels aligned. Ends with a newline. */
export function labels(pairs: readonly (readonly [label: string, value: Cellish])[], colour: boolean): string {
  const widest = Math.max(0, ...pairs.map(([label]) => width(label)));
  const lines = pairs.map(([label, value]) => {
    const { text, tone } = cell(value);
    return `${paint(pad(label, widest, false), 'dim', colour)}  ${paint(text, tone, colour)}`.trimEnd();
  });
  return `${lines.join('\n')}\n`;
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
