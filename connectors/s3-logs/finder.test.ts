import { describe, expect, it } from '@jest/globals';
import { type BrokenReason, createFinder, type FieldRule, type Found, type Needle } from './finder.ts';

const rules: readonly FieldRule[] = [
  { path: ['user', 'id'], kind: 'user_id', as: 'value' },
  { path: ['email'], kind: 'email', as: 'value' },
  { path: ['url'], kind: 'email', as: { query: ['email', 'e-post'] } },
  { path: ['url'], kind: 'user_id', as: { query: ['uid'] } },
];
const needles: readonly Needle[] = [
  { kind: 'user_id', value: '1001' },
  { kind: 'email', value: 'Mari+õ@example.com'.normalize('NFC'), foldCase: true },
  { kind: 'user_id', value: '9007199254740993' },
  { kind: 'email', value: 'exact@example.com' },
];
const finder = createFinder(rules, needles);
const scan = (...lines: readonly (string | Buffer)[]): Found =>
  finder.scan(Buffer.concat(lines.map((line) => Buffer.concat([Buffer.from(line), Buffer.from('\n')]))), 0);
/** `needle/rule` of every hit, `~` before an inexact one. */
const found = (...lines: readonly string[]): readonly string[] => {
  const { hits, broken } = scan(...lines);
  expect(broken).toEqual([]);
  return hits.flatMap(({ matches }) =>
    matches.map(({ needle, rule, exact }) => `${exact ? '' : '~'}${needle}/${rule}`),
  );
};
const reasons = (...lines: readonly (string | Buffer)[]): readonly BrokenReason[] => {
  const { broken, hits } = scan(...lines);
  expect(hits).toEqual([]);
  return broken.map(({ reason }) => reason);
};

describe('a declared field', () => {
  it('is found as text and as a whole number, wherever spaces are', () => {
    expect(found('{"user":{"id":"1001"}}')).toEqual(['0/0']);
    expect(found(' {\t"user" : { "id" :\t1001 } , "x" : [ ] } \r')).toEqual(['0/0']);
    expect(found('{"x":{},"user":{"name":null,"id":1001,"y":[{}]}}')).toEqual(['0/0']);
  });

  it('is compared to its end, by its text: no prefix, no other spelling of the number, no rounding', () => {
    for (const value of ['10011', '100', '"10010"', '" 1001"', '1001.0', '1.001e3', '-1001', '"1001.0"', 'null', '[]'])
      expect(found(`{"user":{"id":${value}}}`)).toEqual([]);
    expect(found('{"user":{"id":9007199254740993}}')).toEqual(['2/0']);
    expect(found('{"user":{"id":9007199254740992}}', '{"user":{"id":9007199254740994}}')).toEqual([]);
  });

  it('is that field only: not another of the name, a key, a part of a text, or a value of another kind', () => {
    for (const line of [
      '{"id":1001}',
      '{"user":1001}',
      '{"user":{"x":{"id":1001}}}',
      '{"x":{"user":{"id":1001}}}',
      '{"user":{"id":{"1001":1001}}}',
      '{"1001":1,"user":{"1001":"1001"}}',
      '{"note":"\\"user\\":{\\"id\\":1001}"}',
      '{"user":{"id":"exact@example.com"},"email":"1001"}',
    ])
      expect(found(line)).toEqual([]);
  });

  it('is found under escapes of its name and its value', () => {
    expect(found('{"\\u0075ser":{"i\\u0064":"1\\u003001"}}')).toEqual(['0/0']);
    expect(found('{"email":"exact\\u0040example.com"}', '{"note":"a\\/b\\\\","email":"exact@example.com"}')).toEqual([
      '3/1',
      '3/1',
    ]);
    expect(found('{"url":"https:\\/\\/x\\/?uid=1001"}')).toEqual(['0/3']);
  });

  it('may be a list, or lie in one: every element counts', () => {
    expect(found('{"user":[{"id":7},{"id":[5,["1001"]]}]}')).toEqual(['0/0']);
    expect(found('{"email":["x",["exact@example.com"],{"email":"exact@example.com"}]}')).toEqual(['3/1']);
  });

  it('in other letter case or Unicode composition is inexact, where the needle allows it, and else nothing', () => {
    expect(found(`{"email":"${'Mari+õ@example.com'.normalize('NFC')}"}`)).toEqual(['1/1']);
    expect(found(`{"email":"${'Mari+õ@example.com'.normalize('NFD')}"}`)).toEqual(['~1/1']);
    expect(found('{"email":"MARI+Õ@EXAMPLE.COM"}', '{"email":"mari+\\u00f5@example.com"}')).toEqual(['~1/1', '~1/1']);
    expect(found('{"email":"EXACT@example.com"}')).toEqual([]);
    const ascii = createFinder(rules, [{ kind: 'email', value: 'İKE@x.ee', foldCase: true }]);
    expect(ascii.scan(Buffer.from('{"email":"ike@X.ee"}'), 0).hits).toHaveLength(1);
  });

  it('that two people share is found for both, and says its own value', () => {
    const both = createFinder(rules, [
      { kind: 'email', value: 'a@x.ee', foldCase: true },
      { kind: 'email', value: 'A@x.ee', foldCase: true },
      { kind: 'email', value: 'A@x.ee' },
    ]);
    const matches = both.scan(Buffer.from('{"email":"A@x.ee"}'), 0).hits.flatMap((hit) => hit.matches);
    expect([...matches].sort((a, b) => a.needle - b.needle)).toEqual([
      { needle: 0, rule: 1, exact: false, value: 'A@x.ee' },
      { needle: 1, rule: 1, exact: true, value: 'A@x.ee' },
      { needle: 2, rule: 1, exact: true, value: 'A@x.ee' },
    ]);
  });
});

describe('an address', () => {
  const address = (url: string): readonly string[] => found(JSON.stringify({ url }));

  it('is looked into for its parameters, percent-decoded, with a plus as itself and as a space', () => {
    expect(address('/reset?lang=et&email=exact@example.com')).toEqual(['3/2']);
    expect(address('https://x.ee/a?e%2Dpost=exact%40example.com#top')).toEqual(['3/2']);
    expect(address('/?email=Mari+%C3%B5@example.com')).toEqual(['1/2']);
    expect(address('/?email=Mari%2B%c3%b5%40example.com&uid=1001')).toEqual(['1/2', '0/3']);
    expect(address('/?email=&email=mari%2b%C3%B5@example.com')).toEqual(['~1/2']);
    expect(address('uid=1001&x')).toEqual(['0/3']);
    const accented = createFinder(rules, [{ kind: 'email', value: 'õ@x.ee', foldCase: true }]);
    expect(accented.scan(Buffer.from('{"url":"/?email=Õ@x.ee"}'), 0).hits).toHaveLength(1);
    const spaced = createFinder(rules, [{ kind: 'email', value: 'a b@x.ee' }]);
    expect(spaced.scan(Buffer.from('{"url":"/?email=a+b@x.ee"}'), 0).hits).toHaveLength(1);
  });

  it('has nothing in its path, its fragment, other parameters, parts of values or a second encoding', () => {
    for (const url of [
      '/1001',
      '/?x=1001',
      '/?xuid=1001',
      '/?uid=10011',
      '/#?uid=1001',
      '/?a#uid=1001',
      '/?uid',
      '/?uid=1001?',
      '/?email=exact%2540example.com',
      '/?email=%zz',
      '/?uid=%E4',
    ])
      expect(address(url)).toEqual([]);
  });
});

describe('a record', () => {
  it('keeps numbers that a double cannot hold as text, and all others as numbers', () => {
    const [hit] = scan(
      '{"user":{"id":"1001"},"n":[12345678901234567890,-0.10000000000000000001,1e400,1e-400,0e5,1.50,17]}',
    ).hits;
    expect(hit?.record).toEqual({
      user: { id: '1001' },
      n: ['12345678901234567890', '-0.10000000000000000001', '1e400', '1e-400', 0, 1.5, 17],
    });
    const [text] = scan('{"user":{"id":"1001"},"t":"\\"12345678901234567890","n":0.1234567890123456}').hits;
    expect(text?.record).toEqual({ user: { id: '1001' }, t: '"12345678901234567890', n: 0.1234567890123456 });
  });

  it('has its place in the object, and blank lines are no lines', () => {
    const { lines, hits } = finder.scan(
      Buffer.from('\r\n \n{"user":{"id":1001}}\r\n\n{"x":1}\n{"user":{"id":1001}}'),
      100,
    );
    expect(lines).toBe(3);
    expect(hits.map(({ start, end }) => [start, end])).toEqual([
      [104, 125],
      [135, 155],
    ]);
  });

  it('may follow a byte order mark, at the beginning of an object only', () => {
    const marked = Buffer.from('\ufeff{"user":{"id":1001}}\n');
    expect(finder.scan(marked, 0).hits).toHaveLength(1);
    expect(finder.scan(marked, 50).broken).toHaveLength(1);
  });
});

describe('a broken line', () => {
  it('is told, whether or not a needle is in it, and those beside it are read', () => {
    for (const line of [
      '{"user":{"id":"1001"}',
      '{"user":{"id":1001}}}',
      '{"user":{"id":1001}} {"user":{"id":1001}}',
      '{"user":{"id":1001},}',
      '{"user":{"id":01001}}',
      '{"x":01}',
      '{"x":1.}',
      '{"x":-}',
      '{"x":1e}',
      '{"x":+1}',
      '{"x":tru}',
      '{"x":truest}',
      '{"x":[1 2]}',
      '{"x":[1,]}',
      '{"x":[1}}',
      '{"x" 1}',
      '{x:1}',
      '{"x":"a\tb"}',
      '{"x":"he said "hi""}',
      '{"x":"\\u12"}',
      '{"x":"\\x"}',
      '{"x":"\\',
      '{"x":"',
      '{"x',
      '{',
      '{]',
      '{,"x":1}',
      '\u00a0{"x":1}',
      'user 1001 logged in',
      '\u0000',
    ])
      expect(reasons('{"x":1}', line, '{"x":"ok"}')).toEqual(['not-json']);
    expect(reasons('[{"user":{"id":1001}}]', '"1001"', '1001', 'null')).toEqual(Array(4).fill('not-object'));
    expect(found('{"x":[],"y":{},"z":[[],{}],"w":[-0,0.5,1E+2,true,false,null],"":"","user":{"id":1001}}')).toEqual([
      '0/0',
    ]);
  });

  it('that is no UTF-8 is told, and only that line', () => {
    const latin1 = Buffer.from('{"user":{"id":"1001"},"name":"õ"}', 'latin1');
    const { hits, broken, lines } = scan('{"name":"õ","user":{"id":1001}}', latin1, '{"user":{"id":1001}}');
    expect([lines, hits.length, broken.map(({ reason }) => reason)]).toEqual([3, 2, ['not-utf8']]);
    expect(broken[0]?.matches).toEqual([]);
  });

  it('nested too deep is told instead of looked into', () => {
    const nested = (depth: number) => `{"x":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)},"user":{"id":1001}}`;
    expect(found(nested(500))).toEqual(['0/0']);
    expect(reasons(nested(100_000))).toEqual(['too-deep']);
  });

  it('with a key twice and a needle in either place is told with its matches, never taken for what the last one says', () => {
    for (const line of [
      '{"email":"exact@example.com","email":"other@example.com"}',
      '{"email":"other@example.com","\\u0065mail":"exact@example.com"}',
      '{"email":"exact@example.com","x":[{"y":1,"y":2}]}',
      '{"email":"exact@example.com","__proto__":1,"__proto__":2}',
    ]) {
      const { hits, broken } = scan(line);
      expect(hits).toEqual([]);
      expect(broken.map(({ reason, matches }) => [reason, matches.map(({ needle }) => needle)])).toEqual([
        ['duplicate-key', [3]],
      ]);
    }
    expect(found('{"email":"a","email":"b"}')).toEqual([]);
    expect(found('{"email":"exact@example.com","__proto__":{"toString":1},"x":[{"y":1},{"y":2}]}')).toEqual(['3/1']);
  });

  it('longer than allowed is told, with or without a needle', () => {
    const short = createFinder(rules, needles, { maxLineBytes: 24 });
    const { hits, broken } = short.scan(Buffer.from('{"user":{"id":1001}}    \n{"user":{"id":1001}}     \n'), 0);
    expect([hits.length, broken.map(({ reason, start }) => [reason, start])]).toEqual([1, [['line-too-long', 25]]]);
  });
});
