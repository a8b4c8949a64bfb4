/**
 * Owns reading one line's bytes as strict JSON (RFC 8259) while walking the tree of declared fields: nothing is built, a
 * string is made only of values that may be a needle's. Every loop ends at a newline, which no JSON on one line can hold,
 * so the bytes need one at their end. Does not look at the form of escapes and at UTF-8: `isValid` (JSON.parse) is asked
 * about a line at its first backslash, and the caller checks UTF-8 before. Written for speed: one pass, no allocation.
 */
import { type FieldRule, keyShape, type RuleNode, ruleTree } from './finder-rules.ts';
import { isDigit, isSpace, numberEnd, wordEnd } from './finder-tokens.ts';
import { hashOf, isAscii, plainEnd } from './finder-words.ts';
import { eachParameter, mayHoldParameter } from './query.ts';
import { type Needle, NeedleTable } from './values.ts';

const newline = 0x0a;
const space = 0x20;
const minus = 0x2d;
const quote = 0x22;
const backslash = 0x5c;
const colon = 0x3a;
const comma = 0x2c;
const openObject = 0x7b;
const closeObject = 0x7d;
const openArray = 0x5b;
const closeArray = 0x5d;

/** Deeper than any log writer nests. */
const deepest = 500;
/** Stands for a node of the rule tree where no declared field can be. */
const outside = -1;
/** What a node's fields may be. */
const isValue = 1;
const isAddress = 2;
const isFolded = 4;

export interface ScannedMatch {
  readonly needle: number;
  readonly rule: number;
  readonly exact: boolean;
  readonly value: string;
}

export class LineScanner {
  readonly #tree: readonly RuleNode[];
  readonly #flags: Uint8Array;
  readonly #table: NeedleTable;
  readonly #ruleCount: number;
  readonly #nodes = new Int32Array(deepest);
  readonly #arrays = new Uint8Array(deepest);
  /** Of the line last read; by needle and rule. */
  readonly #matches = new Map<number, ScannedMatch>();
  /** Of the line last read: how many members its objects have. */
  members = 0;
  /** Of the line last read: it was left because of its depth. */
  isTooDeep = false;

  constructor(rules: readonly FieldRule[], needles: readonly Needle[]) {
    this.#tree = ruleTree(rules);
    this.#table = new NeedleTable(needles);
    this.#ruleCount = rules.length;
    this.#flags = Uint8Array.from(this.#tree, ({ values, queries }) => {
      const folds = [...values, ...queries].some(({ kind }) => this.#table.folds(kind));
      return (values.length > 0 ? isValue : 0) | (queries.length > 0 ? isAddress : 0) | (folds ? isFolded : 0);
    });
  }

  matches(): readonly ScannedMatch[] {
    return this.#matches.size === 0 ? none : [...this.#matches.values()];
  }

  /**
   * Reads the line whose object opens at `begin`. Returns where its newline is, or -1 where it is no JSON object (and
   * nothing else) or too deep.
   */
  line(bytes: Buffer, view: DataView, begin: number, isValid: () => boolean): number {
    const flags = this.#flags;
    if (this.#matches.size > 0) this.#matches.clear();
    this.isTooDeep = false;
    let members = 0;
    let escapes = false;
    let depth = 0;
    let node = 0;
    let inArray = false;
    let opened = true;
    let at = begin + 1;
    let byte = view.getUint8(at);
    for (;;) {
      while (byte <= space && isSpace(byte)) byte = view.getUint8(++at);
      if (!opened || byte !== (inArray ? closeArray : closeObject)) {
        let child = node;
        if (!inArray) {
          if (byte !== quote) return -1;
          const start = at + 1;
          let slashes = false;
          at = start;
          for (;;) {
            at = plainEnd(view, at);
            byte = view.getUint8(at);
            if (byte === quote) break;
            if (byte !== backslash || !(escapes || isValid())) return -1;
            escapes = true;
            slashes = true;
            at += 2;
          }
          members += 1;
          if (node !== outside) child = this.#child(node, bytes, view, start, at, slashes);
          byte = view.getUint8(++at);
          while (byte <= space && isSpace(byte)) byte = view.getUint8(++at);
          if (byte !== colon) return -1;
          byte = view.getUint8(++at);
          while (byte <= space && isSpace(byte)) byte = view.getUint8(++at);
        }
        const holds = child === outside ? 0 : (flags[child] ?? 0);
        if (byte === quote) {
          const start = at + 1;
          let slashes = false;
          at = start;
          for (;;) {
            at = plainEnd(view, at);
            byte = view.getUint8(at);
            if (byte === quote) break;
            if (byte !== backslash || !(escapes || isValid())) return -1;
            escapes = true;
            slashes = true;
            at += 2;
          }
          if (holds !== 0 && (slashes || this.#mayHold(child, holds, view, start, at)))
            this.#compareText(child, bytes.toString('utf8', start, at), slashes);
          byte = view.getUint8(++at);
        } else if (byte === openObject || byte === openArray) {
          if (depth === deepest) {
            this.isTooDeep = true;
            return -1;
          }
          this.#nodes[depth] = node;
          this.#arrays[depth] = inArray ? 1 : 0;
          depth += 1;
          node = child;
          inArray = byte === openArray;
          opened = true;
          byte = view.getUint8(++at);
          continue;
        } else {
          const start = at;
          at = byte === minus || isDigit(byte) ? numberEnd(bytes, at) : wordEnd(bytes, at);
          if (at === -1) return -1;
          if ((holds & isValue) !== 0) this.#compareNumber(child, bytes, view, start, at);
          byte = view.getUint8(at);
        }
        while (byte <= space && isSpace(byte)) byte = view.getUint8(++at);
      }
      while (byte === (inArray ? closeArray : closeObject)) {
        byte = view.getUint8(++at);
        while (byte <= space && isSpace(byte)) byte = view.getUint8(++at);
        if (depth === 0) {
          this.members = members;
          return byte === newline ? at : -1;
        }
        depth -= 1;
        node = this.#nodes[depth] ?? outside;
        inArray = this.#arrays[depth] === 1;
      }
      if (byte !== comma) return -1;
      opened = false;
      byte = view.getUint8(++at);
    }
  }

  /** Whether the string may be a needle's, or an address that has one. */
  #mayHold(node: number, holds: number, view: DataView, start: number, end: number): boolean {
    const table = this.#table;
    if ((holds & isValue) !== 0) {
      if (table.mayHold(hashOf(view, start, end))) return true;
      if ((holds & isFolded) !== 0 && !isAscii(view, start, end)) return true;
    }
    return (holds & isAddress) !== 0 && mayHoldParameter(view, start, end, this.#tree[node]?.names ?? [], table);
  }

  #child(node: number, bytes: Buffer, view: DataView, start: number, end: number, slashes: boolean): number {
    const known = this.#tree[node];
    if (known === undefined) return outside;
    if (slashes) {
      const text = unescaped(bytes.toString('utf8', start, end));
      return known.children.find((child) => child.text === text)?.node ?? outside;
    }
    return known.shapes[keyShape(view.getUint8(start), end - start)] === 0 ? outside : childAt(known, view, start, end);
  }

  #compareText(node: number, written: string, slashes: boolean): void {
    const text = slashes ? unescaped(written) : written;
    const { values, queries } = this.#tree[node] ?? { values: [], queries: [] };
    for (const { rule, kind } of values) this.#compare(rule, kind, text, false);
    for (const { rule, kind, names } of queries)
      eachParameter(text, names, (value) => this.#compare(rule, kind, value, false));
  }

  /** A whole number, by its text: a double would round it. Anything else outside quotes is no identifier. */
  #compareNumber(node: number, bytes: Buffer, view: DataView, start: number, end: number): void {
    for (let at = start; at < end; at++) if (!isDigit(view.getUint8(at)) && view.getUint8(at) !== minus) return;
    if (!this.#table.mayHold(hashOf(view, start, end))) return;
    const text = bytes.toString('latin1', start, end);
    for (const { rule, kind } of this.#tree[node]?.values ?? []) this.#compare(rule, kind, text, true);
  }

  #compare(rule: number, kind: string, value: string, exactOnly: boolean): void {
    this.#table.matches(kind, value, (needle, exact) => {
      const key = needle * this.#ruleCount + rule;
      if (exact || !(exactOnly || this.#matches.has(key))) this.#matches.set(key, { needle, rule, exact, value });
    });
  }
}

const none: readonly ScannedMatch[] = [];

function childAt({ children }: RuleNode, view: DataView, start: number, end: number): number {
  for (const child of children) {
    if (child.bytes.length !== end - start) continue;
    let same = 0;
    while (same < child.bytes.length && child.bytes[same] === view.getUint8(start + same)) same += 1;
    if (same === child.bytes.length) return child.node;
  }
  return outside;
}

/** The string between the quotes; its escapes are known to be valid. */
function unescaped(written: string): string {
  const text: unknown = JSON.parse(`"${written}"`);
  return String(text);
}
