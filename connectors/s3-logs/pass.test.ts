import { describe, expect, it } from '@jest/globals';
import type { SystemId } from '../../src/ids.ts';
import type { Identifier } from '../contract.ts';
import { createMatcher } from '../rematch.ts';
import { createPass, type Pass } from './pass.ts';
import { keysOf, personOf } from './person.ts';
import { chainOf } from './streams.ts';
import { parseConfig } from './validate.ts';

const { map } = parseConfig({
  id: 'logs' as SystemId,
  name: 'Logs',
  settings: { s3: { region: 'eu-north-1', bucket: 'logs' } },
  dataMap: {
    version: 1,
    collections: {
      access: {
        ...{ prefix: '', format: 'ndjson', compression: 'auto', time: 'ts', owner: 'person', role: 'controller' },
        ...{ recordClass: 'log', category: 'Technical', purpose: 'Faults', legalBasis: 'legitimate-interests' },
        ...{ provenance: 'Recorded', recipients: [] },
        identifiers: [
          { field: 'user', kind: 'user_id', in: 'value', strength: 'strong' },
          {
            ...{ field: 'path', kind: 'email', in: 'query', parameters: ['email'] },
            ...{ strength: 'strong', caseInsensitive: true },
          },
          { field: 'ip', kind: 'ip', in: 'value', strength: 'weak' },
        ],
        fields: Object.fromEntries(['ts', 'user', 'path', 'ip'].map((name) => [name, { category: 'technical' }])),
      },
    },
  },
  rate: {},
  concurrency: undefined,
});
const [collection] = Object.values(map.collections);
if (collection === undefined) throw new Error('no collection');

const known = (kind: string, value: string, more: Partial<Identifier> = {}): Identifier => ({
  ...{ kind, value, source: 'request' },
  ...more,
});
const people = Array.from({ length: 60 }, (_, n) => [
  known('user_id', String(1_000 + n)),
  known('email', `u${n}@x.example`),
  known('ip', '203.0.113.44', { from: '2026-10-01T00:00:00Z', to: '2026-10-02T00:00:00Z', exclusivity: 'shared' }),
]);
const ts = '2026-10-01T08:00:00Z';
const lines = people.flatMap((_, n) => [
  { ts, user: 1_000 + n, path: '/', ip: '203.0.113.44' },
  { ts, user: null, path: `/?email=u${n}%40x.example`, ip: '203.0.113.44' },
  { ts, user: null, path: `/?email=U${n}%40x.example`, ip: '203.0.113.44' },
]);
const text = Buffer.from(
  [...lines, { ts, user: null, path: '/', ip: '203.0.113.44' }].map((l) => `${JSON.stringify(l)}\n`).join(''),
);
const persons = people.map((identifiers) => personOf(map, keysOf(map, identifiers)));
const passFor = (some: readonly (typeof persons)[number][]): Pass =>
  createPass(collection, some, { maxLineBytes: 1e6 });

describe('one pass for many people', () => {
  const looked = passFor(persons).look(text, 0);
  const of = (person: number) => looked.lines.filter((line) => line.person === person);

  it('gives each exactly what a pass for that person alone gives', () => {
    persons.forEach((person, n) => {
      const alone = passFor([person]).look(text, 0);
      expect(of(n)).toEqual(alone.lines.map((line) => ({ ...line, person: n })));
      expect(alone.broken).toEqual(looked.broken);
    });
  });

  it('mixes nobody: two lines are proved for each, one is alike, and one of the shared address is asked about', () => {
    persons.forEach((_, n) => {
      const [byAccount, byAddress, alike, place, ...more] = of(n);
      expect(more).toEqual([]);
      expect([byAccount, byAddress].map((line) => line?.start)).toEqual([3 * n, 3 * n + 1].map(startOf));
      expect([byAccount?.verdict.is, byAddress?.verdict.is]).toEqual(['proved', 'proved']);
      expect([alike?.start, alike?.verdict]).toMatchObject([startOf(3 * n + 2), { reason: 'other-case' }]);
      expect([place?.start, place?.verdict]).toMatchObject([startOf(180), { reason: 'shared-window' }]);
    });
  });

  it('proves each line again by its own values, to that person’s keys and no other’s', () => {
    const matchers = people.map((identifiers) => createMatcher(keysOf(map, identifiers)).in('identifiers'));
    for (const { person, verdict } of looked.lines.filter(({ start }) => start !== startOf(180))) {
      const chain = chainOf(verdict);
      expect(matchers[person]?.check(chain)).toBe(true);
      expect(matchers[(person + 1) % 60]?.check(chain)).toBe(false);
      expect(matchers[person]?.check(chainOf({ ...verdict, said: 'forged' }))).toBe(false);
    }
  });

  it('looks for nobody where nobody is asked for', () => {
    expect(passFor([]).isNeeded).toBe(false);
    expect(passFor([personOf(map, [])]).isNeeded).toBe(false);
  });
});

const bytesOf = text
  .toString()
  .split('\n')
  .map((line) => Buffer.byteLength(line) + 1);
const startOf = (line: number): number => bytesOf.slice(0, line).reduce((sum, length) => sum + length, 0);
