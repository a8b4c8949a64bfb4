/**
 * What the finder says of random lines, beside what is known of them because they were made here: a line is a tree first,
 * its matches are read off the tree, and only then is it written down, in one of the many ways JSON allows.
 */
import { isUtf8 } from 'node:buffer';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { folded } from '../identifiers.ts';
import { createFinder, type FieldRule, type Found, type Needle } from './finder.ts';
import { eachFound } from './lines.ts';

type Tree =
  | { readonly kind: 'text'; readonly text: string }
  /** Pairs of a query string with how each character of a value is written. */
  | { readonly kind: 'address'; readonly pairs: readonly (readonly [string, string])[]; readonly encode: number }
  | { readonly kind: 'bare'; readonly written: string }
  | { readonly kind: 'list'; readonly items: readonly Tree[] }
  | { readonly kind: 'object'; readonly members: readonly (readonly [string, Tree])[] };

const rules: readonly FieldRule[] = [
  { path: ['user', 'id'], kind: 'id', as: 'value' },
  { path: ['id'], kind: 'id', as: 'value' },
  { path: ['user', 'õ'], kind: 'mail', as: 'value' },
  { path: ['user'], kind: 'mail', as: 'value' },
  { path: ['url'], kind: 'mail', as: { query: ['id', 'e post'] } },
  { path: ['user', 'id'], kind: 'mail', as: { query: ['user'] } },
];
const needles: readonly Needle[] = [
  { kind: 'id', value: '1001' },
  { kind: 'id', value: '9007199254740993' },
  { kind: 'id', value: 'user' },
  { kind: 'mail', value: 'õ+a@x.ee', foldCase: true },
  { kind: 'mail', value: 'Kb c', foldCase: true },
  { kind: 'mail', value: '1001' },
  { kind: 'mail', value: '1001', foldCase: true },
  { kind: 'mail', value: '\u{1f3b5}"\\/' },
];
const finder = createFinder(rules, needles);

const key = fc.constantFrom('user', 'id', 'õ', 'url', 'x', 'ide', 'i', '', 'User', '1001', '__proto__');
const near = needles.flatMap(({ value }) => {
  const chars = [...value];
  return [`${value}1`, chars.slice(1).join(''), chars.slice(0, -1).join(''), `"${value}"`];
});
const value = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...needles.map((needle) => needle.value)) },
  fc.constantFrom(...near, ...near.map((text) => text.toUpperCase()), ...near.map((text) => text.normalize('NFD'))),
  fc.constantFrom('\u212ab C', '{"user":{"id":"1001"}}', '?id=1001', '\u0000\n\t', '\u2028'),
  fc.string({ unit: 'binary', maxLength: 5 }),
);
const bare = fc.constantFrom(
  ...[
    '1001',
    '10011',
    '1001.0',
    '1001e0',
    '-1001',
    '9007199254740993',
    '9007199254740992',
    '0',
    '-0.5E-3',
    'null',
    'true',
  ],
);
const pair = fc.tuple(fc.constantFrom('id', 'e post', 'user', 'x', 'ID', 'i'), value);
const { tree: anyTree } = fc.letrec<{ tree: Tree; object: Tree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    fc.record({ kind: fc.constant('text' as const), text: value }),
    fc.record({ kind: fc.constant('address' as const), pairs: fc.array(pair, { maxLength: 3 }), encode: fc.nat(3) }),
    fc.record({ kind: fc.constant('bare' as const), written: bare }),
    fc.record({ kind: fc.constant('list' as const), items: fc.array(tie('tree'), { maxLength: 3 }) }),
    tie('object'),
  ),
  object: fc.record({
    kind: fc.constant('object' as const),
    members: fc.array(fc.tuple(key, tie('tree')), { maxLength: 5 }),
  }),
}));
const text = fc.record({ kind: fc.constant('text' as const), text: value });
const address = fc.record({
  kind: fc.constant('address' as const),
  pairs: fc.array(pair, { minLength: 1, maxLength: 3 }),
  encode: fc.nat(3),
});
/** Members that stand where a rule looks; the others seldom do. */
const declared = fc.oneof(
  fc.tuple(fc.constantFrom('id', 'user'), text),
  fc.tuple(fc.constant('url'), address),
  fc.tuple(
    fc.constant('user'),
    fc.record({
      kind: fc.constant('object' as const),
      members: fc.array(fc.tuple(fc.constantFrom('id', 'õ', 'x'), fc.oneof(text, address, anyTree)), { maxLength: 3 }),
    }),
  ),
);
const record = fc.array(fc.oneof(declared, fc.tuple(key, anyTree)), { maxLength: 5 });

const inQuery = (text: string, encode: number): string =>
  [...text]
    .map((char, i) => {
      if (char === '+' && encode % 2 === 0) return char;
      if (char === ' ' && encode === 2) return '+';
      const mustBe = /[%&#+=?\s]/u.test(char) || (char.codePointAt(0) ?? 0) < 0x20;
      if (!mustBe && (encode + i) % 3 !== 0) return char;
      return [...Buffer.from(char)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
    })
    .join('');
const addressOf = (pairs: readonly (readonly [string, string])[], encode: number): string =>
  `/id=1001?${pairs.map(([name, text]) => `${inQuery(name, encode)}=${inQuery(text, encode)}`).join('&')}#id=1001`;

/** Every value at the path, lists taken apart. */
function* at(tree: Tree, path: readonly string[]): Generator<Tree> {
  const [first, ...rest] = path;
  if (tree.kind === 'list') for (const item of tree.items) yield* at(item, path);
  else if (first === undefined) yield tree;
  else if (tree.kind === 'object')
    for (const [name, inside] of tree.members) if (name === first) yield* at(inside, rest);
}

/** `needle/rule` of what must be found, exact or else `~`. */
function expectedOf(tree: Tree): readonly string[] {
  const best = new Map<string, boolean>();
  const compare = (rule: number, text: string, isNumber = false): void =>
    needles.forEach((needle, no) => {
      if (needle.kind !== rules[rule]?.kind) return;
      const exact = needle.value === text;
      if (!exact && (isNumber || needle.foldCase !== true || folded(needle.value) !== folded(text))) return;
      best.set(`${no}/${rule}`, exact || best.get(`${no}/${rule}`) === true);
    });
  rules.forEach(({ path, as }, no) => {
    for (const found of at(tree, path)) {
      if (as === 'value') {
        if (found.kind === 'text') compare(no, found.text);
        if (found.kind === 'address') compare(no, addressOf(found.pairs, found.encode));
        if (found.kind === 'bare' && /^-?\d+$/.test(found.written)) compare(no, found.written, true);
      } else if (found.kind === 'address')
        for (const [name, text] of found.pairs) {
          if (!as.query.includes(name)) continue;
          // What was written as a plus is read both ways.
          const plain = found.encode === 2 || found.encode === 0 ? text.replaceAll('+', ' ') : text;
          compare(no, plain);
          compare(no, found.encode === 2 ? text.replaceAll(' ', '+') : text);
        }
      else if (found.kind === 'text' && found.text === '?id=1001' && as.query.includes('id')) compare(no, '1001');
    }
  });
  return [...best].map(([pairing, exact]) => `${exact ? '' : '~'}${pairing}`).sort();
}

function hasTwice(tree: Tree): boolean {
  if (tree.kind === 'list') return tree.items.some(hasTwice);
  if (tree.kind !== 'object') return false;
  const names = tree.members.map(([name]) => name);
  return new Set(names).size < names.length || tree.members.some(([, inside]) => hasTwice(inside));
}

/** One of the ways to write the tree, by a seed. `escaping`: of a hundred characters, how many are escaped. */
function written(tree: Tree, seed: number, escaping: number): string {
  let state = seed | 1;
  const roll = (sides: number): number => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9;
    return ((state ^ (state >>> 13)) >>> 0) % sides;
  };
  const gap = (): string => ['', '', '', ' ', '\t', '\r', '  '][roll(7)] ?? '';
  const quoted = (text: string): string => {
    const chars = [...text].map((char) => {
      if (roll(100) >= escaping) return JSON.stringify(char).slice(1, -1);
      if (char === '/' && roll(2) === 0) return '\\/';
      return char.replaceAll(/./gs, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
    });
    return `"${chars.join('')}"`;
  };
  const write = (part: Tree): string => {
    switch (part.kind) {
      case 'text':
        return quoted(part.text);
      case 'address':
        return quoted(addressOf(part.pairs, part.encode));
      case 'bare':
        return part.written;
      case 'list':
        return `[${gap()}${part.items.map((item) => `${gap()}${write(item)}${gap()}`).join(',')}]`;
      case 'object': {
        const members = part.members.map(
          ([name, inside]) => `${gap()}${quoted(name)}${gap()}:${gap()}${write(inside)}${gap()}`,
        );
        return `{${gap()}${members.join(',')}}`;
      }
    }
  };
  return `${gap()}${write(tree)}${gap()}`;
}

const line = fc
  .tuple(record, fc.nat(), fc.constantFrom(0, 0, 10, 90))
  .map(([members, seed, escaping]) => ({ tree: { kind: 'object', members } as const, seed, escaping }))
  .map(({ tree, seed, escaping }) => ({ tree, json: written(tree, seed, escaping) }));

async function* cutUp(bytes: Buffer, cuts: readonly number[]): AsyncGenerator<Buffer> {
  let from = 0;
  for (const cut of [...cuts.map((place) => place % (bytes.length + 1)), bytes.length].sort((a, b) => a - b)) {
    yield bytes.subarray(from, cut);
    from = cut;
  }
}

const said = (matches: Found['hits'][number]['matches']): readonly string[] =>
  matches.map(({ needle, rule, exact }) => `${exact ? '' : '~'}${needle}/${rule}`).sort();

describe('the finder', () => {
  it('finds in every line what its making says, however it is written and wherever its bytes are cut', async () => {
    let hit = 0;
    let inexact = 0;
    let twice = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 8 }), fc.array(fc.nat(), { maxLength: 5 }), async (lines, cuts) => {
        const bytes = Buffer.from(lines.map(({ json }) => `${json}\n`).join(''));
        const seen = new Map<number, readonly [string, readonly string[], unknown]>();
        let count = 0;
        for await (const { lines: read, hits, broken } of eachFound(cutUp(bytes, cuts), finder)) {
          count += read;
          for (const { start, matches, record: made } of hits) seen.set(start, ['hit', said(matches), made]);
          for (const { start, matches, reason } of broken) seen.set(start, [reason, said(matches), undefined]);
        }
        expect(count).toBe(lines.length);
        const expected = new Map<number, readonly [string, readonly string[], unknown]>();
        let start = 0;
        for (const { tree, json } of lines) {
          const matches = expectedOf(tree);
          const isTwice = hasTwice(tree);
          const parsed: unknown = JSON.parse(
            json.replaceAll(/(?<=[:,[\s])9007199254740993(?=[\s,}\]])/g, '"9007199254740993"'),
          );
          if (matches.length > 0)
            expected.set(start, [isTwice ? 'duplicate-key' : 'hit', matches, isTwice ? undefined : parsed]);
          if (matches.some((match) => match.startsWith('~'))) inexact += 1;
          if (matches.length > 0 && isTwice) twice += 1;
          if (matches.length > 0 && !isTwice) hit += 1;
          start += Buffer.byteLength(json) + 1;
        }
        expect(seen).toEqual(expected);
      }),
      { numRuns: 3_000 },
    );
    // The lines were such that there was something to find.
    expect(Math.min(hit, inexact, twice)).toBeGreaterThan(100);
  });

  it('calls a line broken exactly when it is not UTF-8 or JSON.parse does not make an object of it', () => {
    const isFine = (bytes: Buffer): boolean => {
      try {
        const parsed: unknown = JSON.parse(bytes.toString());
        return isUtf8(bytes) && typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed);
      } catch {
        return false;
      }
    };
    const bytesOf = fc.constantFrom(
      ...[...'{}[]:,"\\/u0159.-+eE tfn\u0001õ\r\u00a0'].map((char) => Buffer.from(char)),
      Buffer.from([0xf5]),
    );
    const change = fc.record({
      place: fc.nat(),
      remove: fc.nat(2),
      bytes: fc.oneof(bytesOf, fc.constant(Buffer.alloc(0))),
    });
    let fine = 0;
    let bad = 0;
    fc.assert(
      fc.property(fc.array(fc.tuple(line, fc.array(change, { maxLength: 2 })), { maxLength: 4 }), (made) => {
        const lines = made.map(([{ json }, changes]) =>
          changes.reduce((bytes, { place, remove, bytes: added }) => {
            const from = place % (bytes.length + 1);
            return Buffer.concat([bytes.subarray(0, from), added, bytes.subarray(from + remove)]);
          }, Buffer.from(json)),
        );
        const block = Buffer.concat(lines.flatMap((bytes) => [bytes, Buffer.from('\n')]));
        const { broken } = finder.scan(block, 1);
        const told = broken.filter(({ reason }) => reason !== 'duplicate-key').map(({ start }) => start);
        let start = 1;
        const expected = lines.flatMap((bytes) => {
          const here = start;
          start += bytes.length + 1;
          const isBlank = /^[ \t\r]*$/.test(bytes.toString());
          if (isFine(bytes)) fine += 1;
          else bad += 1;
          return isBlank || isFine(bytes) ? [] : [here];
        });
        expect(told).toEqual(expected);
      }),
      { numRuns: 5_000 },
    );
    expect(Math.min(fine, bad)).toBeGreaterThan(500);
  });
});
