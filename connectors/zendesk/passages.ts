/**
 * A passage of somebody's message, found again without keeping it: its mark is its length, a sum and a digest of its text, so that a
 * record's name says which passage was meant and tells nothing of it. And where the passage stands in the message's HTML, by its
 * letters and digits alone, because plain text and HTML differ in everything else. Linear in the text. Pure.
 */
import { createHash } from 'node:crypto';
import { piecesOf, mark as redactMark, silent } from './redact.ts';

/** From where to where; UTF-16 offsets. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

const factor = 31;
const { imul } = Math;
const add = (sum: number, code: number): number => (imul(sum, factor) + code) | 0;

function sumOf(text: string, to = text.length): number {
  let sum = 0;
  for (let at = 0; at < to; at += 1) sum = add(sum, text.charCodeAt(at));
  return sum;
}

const digestOf = (text: string): string => createHash('sha256').update(text, 'utf16le').digest('hex').slice(0, 32);

/** What names a passage; the same text has the same mark. */
export const markOf = (passage: string): string =>
  `${passage.length}.${(sumOf(passage) >>> 0).toString(36)}.${digestOf(passage)}`;

/** Where the marked passage stands in a text; nowhere where its words have changed. */
export function placesOf(text: string, mark: string): readonly Span[] {
  const [, digits = '', wanted = '', digest = ''] = /^(\d{1,6})\.([0-9a-z]{1,7})\.([0-9a-f]{32})$/.exec(mark) ?? [];
  const length = Number(digits);
  if (length === 0 || text.length < length) return [];
  let first = 1;
  for (let no = 0; no < length; no += 1) first = imul(first, factor);
  const sought = Number.parseInt(wanted, 36) | 0;
  const places: Span[] = [];
  let sum = sumOf(text, length);
  for (let from = 0; ; from += 1) {
    const to = from + length;
    if (sum === sought && digestOf(text.slice(from, to)) === digest) places.push({ from, to });
    if (to >= text.length) return places;
    sum = (add(sum, text.charCodeAt(to)) - imul(first, text.charCodeAt(from))) | 0;
  }
}

/** Longest HTML that is looked through letter by letter; a longer message is for a person. */
const longestHtml = 1_000_000;

/** Letters and digits of a text, each with its place. */
interface Letters {
  readonly text: string;
  readonly at: readonly Span[];
}

const token = /&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|[a-z][a-z0-9]{1,30});|[\s\S]/giu;
const isLetter = (one: string): boolean => /^[\p{L}\p{N}]$/u.test(one);

/** An entity is one character; one with a name is none of the letters that a message is written in. */
function lettersIn(text: string, offset = 0): Letters {
  const at: Span[] = [];
  let letters = '';
  for (const { 0: whole, 1: decimal, 2: hexadecimal, index } of text.matchAll(token)) {
    const code = decimal !== undefined ? Number(decimal) : Number.parseInt(hexadecimal ?? '', 16);
    const isCode = Number.isInteger(code) && code <= 0x10ffff;
    const one = isCode ? String.fromCodePoint(code) : whole;
    if (!isLetter(one)) continue;
    letters += one;
    // A letter beyond the basic plane is two units of the text and has two places here.
    for (let unit = 0; unit < one.length; unit += 1)
      at.push({ from: offset + index, to: offset + index + whole.length });
  }
  return { text: letters, at };
}

function lettersOfHtml(html: string): Letters {
  const at: Span[] = [];
  const texts: string[] = [];
  for (const { kind, text, from } of piecesOf(html)) {
    if (kind !== 'text') continue;
    const letters = lettersIn(text, from);
    texts.push(letters.text);
    for (const one of letters.at) at.push(one);
  }
  return { text: texts.join(''), at };
}

/**
 * The HTML with these passages of its plain text marked for redaction, and the elements in them that lead somewhere or name something;
 * everything else as it is. Undefined where nobody can tell where a passage stands in it, and where a picture stands among its words,
 * which nobody was shown who said yes to them: then a person does it.
 */
export function redactPassages(html: string, plain: string, passages: readonly Span[]): string | undefined {
  if (html.length > longestHtml || passages.length === 0) return undefined;
  const shown = lettersOfHtml(html);
  const read = lettersIn(plain);
  const ranges: Span[] = [];
  for (const passage of passages) {
    const first = read.at.findIndex(({ from }) => from >= passage.from);
    const past = read.at.findIndex(({ from }) => from >= passage.to);
    const end = past === -1 ? read.at.length : past;
    if (first === -1 || first >= end) return undefined;
    const from = rangeIn(shown.text, read.text, first, end);
    if (from === undefined) return undefined;
    ranges.push({ from, to: from + end - first });
  }
  return marked(html, shown, joined(ranges));
}

/** Where these letters of the plain text stand among those of the HTML: at the same place, or where they stand once only. */
function rangeIn(shown: string, read: string, first: number, end: number): number | undefined {
  if (shown === read) return first;
  const words = read.slice(first, end);
  const at = shown.indexOf(words);
  return at === -1 || shown.indexOf(words, at + 1) !== -1 ? undefined : at;
}

function joined(ranges: readonly Span[]): readonly Span[] {
  const out: Span[] = [];
  for (const range of [...ranges].sort((a, b) => a.from - b.from)) {
    const last = out.at(-1);
    // Two that only touch are two: what stands between them is in neither.
    if (last === undefined || range.from >= last.to) out.push(range);
    else out[out.length - 1] = { from: last.from, to: Math.max(last.to, range.to) };
  }
  return out;
}

interface Area extends Span {
  /** Where the elements begin that its first word stands in, and the letter before it does not. */
  readonly own: ReadonlySet<number>;
}

function areaOf(html: string, at: readonly Span[], range: Span): Area {
  const [before, from, to] = [at[range.from - 1]?.to ?? 0, at[range.from]?.from ?? 0, at[range.to - 1]?.to ?? 0];
  return { from, to, own: openedIn(html, before, from) };
}

const element = /^<(\/?)([a-z][a-z0-9:-]*)/i;
const voids = /^(area|base|br|col|embed|hr|img|input|link|meta|param|source|track|wbr)$/;

/** Elements that are opened here and not closed here; never one that holds nothing, as a picture does. From and to: no place in a tag. */
function openedIn(html: string, from: number, to: number): ReadonlySet<number> {
  const open = new Map<string, number[]>();
  for (const { kind, text, from: at } of piecesOf(html.slice(from, to))) {
    const [, slash, written = ''] = kind === 'tag' ? (element.exec(text) ?? []) : [];
    const name = written.toLowerCase();
    if (name === '' || voids.test(name) || text.endsWith('/>')) continue;
    const same = open.get(name) ?? [];
    open.set(name, same);
    if (slash === '/') same.pop();
    else same.push(from + at);
  }
  return new Set([...open.values()].flat());
}

/** What shows more than words. */
const picture = /^<(img|picture|svg|video|audio|canvas|iframe|object|embed)[\s/>]/i;

function marked(html: string, { at }: Letters, ranges: readonly Span[]): string | undefined {
  const out: string[] = [];
  const areas = ranges.map((range) => areaOf(html, at, range));
  let no = 0;
  for (const { kind, text, from } of piecesOf(html)) {
    const to = from + text.length;
    for (let area = areas[no]; area !== undefined && area.to <= from; area = areas[no]) no += 1;
    if (kind === 'tag') {
      const area = areas[no];
      const isIn = area !== undefined && from >= area.from && to <= area.to;
      if (isIn && picture.test(text)) return undefined;
      out.push((isIn || area?.own.has(from) === true) && !silent.test(text) ? redactMark(text) : text);
      continue;
    }
    let done = from;
    for (let next = no; ; next += 1) {
      const area = areas[next];
      if (area === undefined || area.from >= to) break;
      const [begin, end] = [Math.max(area.from, from), Math.min(area.to, to)];
      if (begin >= end) continue;
      out.push(html.slice(done, begin), `<redact>${html.slice(begin, end)}</redact>`);
      done = end;
    }
    out.push(html.slice(done, to));
  }
  return out.join('');
}
