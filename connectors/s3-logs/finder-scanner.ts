/**
 * Owns reading one line's bytes as strict JSON (RFC 8259) while walking the tree of declared fields: nothing is built, a
 * string is made only of values that may be a needle's. Every loop ends at a newline, which no JSON on one line can hold,
 * so the bytes need one at their end. Does not look at the form of escapes and at UTF-8: `isValid` (JSON.parse) is asked
 * about a line at its first backslash, and the caller checks UTF-8 before. Written for speed: one pass, no allocation.
 */
import { type FieldRule, type RuleNode, ruleTree } from './finder-rules.ts';
import { isDigit, isSpace, numberEnd, wordEnd } from './finder-tokens.ts';
import { eachParameter, mayHoldParameter } from './query.ts';
import { hashByte, hashStart, type Needle, NeedleTable } from './values.ts';

const newline = 0x0a;
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
  line(bytes: Buffer, begin: number, isValid: () => boolean): number {
    const flags = this.#flags;
    const table = this.#table;
    if (this.#matches.size > 0) this.#matches.clear();
    this.isTooDeep = false;
    let members = 0;
    let escapes = false;
    let depth = 0;
    let node = 0;
    let inArray = false;
    let opened = true;
    let at = begin + 1;
    let byte = bytes[at] ?? newline;
    for (;;) {
      while (isSpace(byte)) byte = bytes[++at] ?? newline;
      if (!opened || byte !== (inArray ? closeArray : closeObject)) {
        let child = node;
        if (!inArray) {
          if (byte !== quote) return -1;
          const start = at + 1;
          let slashes = false;
          for (byte = bytes[++at] ?? newline; byte !== quote; byte = bytes[at] ?? newline) {
            while (byte >= 0x20 && byte !== quote && byte !== backslash) byte = bytes[++at] ?? newline;
            if (byte < 0x20) return -1;
            if (byte === quote) break;
            if (!escapes && !isValid()) return -1;
            escapes = true;
            slashes = true;
            at += 2;
          }
          members += 1;
          if (node !== outside) child = this.#child(node, bytes, start, at, slashes);
          byte = bytes[++at] ?? newline;
          while (isSpace(byte)) byte = bytes[++at] ?? newline;
          if (byte !== colon) return -1;
          byte = bytes[++at] ?? newline;
          while (isSpace(byte)) byte = bytes[++at] ?? newline;
        }
        const holds = child === outside ? 0 : (flags[child] ?? 0);
        if (byte === quote) {
          const start = at + 1;
          let slashes = false;
          let hash = hashStart;
          let all = 0;
          byte = bytes[++at] ?? newline;
          if ((holds & isValue) !== 0) {
            while (byte >= 0x20 && byte !== quote && byte !== backslash) {
              hash = hashByte(hash, byte);
              all |= byte;
              byte = bytes[++at] ?? newline;
            }
          }
          for (; byte !== quote; byte = bytes[at] ?? newline) {
            while (byte >= 0x20 && byte !== quote && byte !== backslash) byte = bytes[++at] ?? newline;
            if (byte < 0x20) return -1;
            if (byte === quote) break;
            if (!escapes && !isValid()) return -1;
            escapes = true;
            slashes = true;
            at += 2;
          }
          if (
            holds !== 0 &&
            (slashes ||
              ((holds & isValue) !== 0 && ((all >= 0x80 && (holds & isFolded) !== 0) || table.mayHold(hash))) ||
              ((holds & isAddress) !== 0 && mayHoldParameter(bytes, start, at, this.#namesAt(child), table)))
          )
            this.#compareText(child, bytes.toString('utf8', start, at), slashes);
          byte = bytes[++at] ?? newline;
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
          byte = bytes[++at] ?? newline;
          continue;
        } else {
          const start = at;
          at = byte === 0x2d || isDigit(byte) ? numberEnd(bytes, at) : wordEnd(bytes, at);
          if (at === -1) return -1;
          if ((holds & isValue) !== 0) this.#compareNumber(child, bytes, start, at);
          byte = bytes[at] ?? newline;
        }
        while (isSpace(byte)) byte = bytes[++at] ?? newline;
      }
      while (byte === (inArray ? closeArray : closeObject)) {
        byte = bytes[++at] ?? newline;
        while (isSpace(byte)) byte = bytes[++at] ?? newline;
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
      byte = bytes[++at] ?? newline;
    }
  }

  #namesAt(node: number): readonly Buffer[] {
    return this.#tree[node]?.names ?? [];
  }

  #child(node: number, bytes: Buffer, start: number, end: number, slashes: boolean): number {
    const children = this.#tree[node]?.children ?? [];
    if (slashes) {
      const text = unescaped(bytes.toString('utf8', start, end));
      return children.find((child) => child.text === text)?.node ?? outside;
    }
    for (const child of children) {
      if (child.bytes.length !== end - start) continue;
      let same = 0;
      while (same < child.bytes.length && child.bytes[same] === bytes[start + same]) same += 1;
      if (same === child.bytes.length) return child.node;
    }
    return outside;
  }

  #compareText(node: number, written: string, slashes: boolean): void {
    const text = slashes ? unescaped(written) : written;
    const { values, queries } = this.#tree[node] ?? { values: [], queries: [] };
    for (const { rule, kind } of values) this.#compare(rule, kind, text, false);
    for (const { rule, kind, names } of queries)
      eachParameter(text, names, (value) => this.#compare(rule, kind, value, false));
  }

  /** A whole number, by its text: a double would round it. Anything else outside quotes is no identifier. */
  #compareNumber(node: number, bytes: Buffer, start: number, end: number): void {
    let hash = hashStart;
    for (let at = start; at < end; at++) {
      const byte = bytes[at] ?? 0;
      if (!isDigit(byte) && byte !== 0x2d) return;
      hash = hashByte(hash, byte);
    }
    if (!this.#table.mayHold(hash)) return;
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

/** The string between the quotes; its escapes are known to be valid. */
function unescaped(written: string): string {
  const text: unknown = JSON.parse(`"${written}"`);
  return String(text);
}
