import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Identifier } from '../contract.ts';
import type { DataMap } from './data-map.ts';
import { groupsOf, questionOf } from './groups.ts';
import { keysOf, personOf } from './person.ts';

const map = {
  version: 1,
  collections: {
    access: {
      identifiers: [
        { field: 'user_id', kind: 'user_id', in: 'value', strength: 'strong' },
        { field: 'path', kind: 'email', in: 'query', parameters: ['email'], strength: 'strong' },
        { field: 'ip', kind: 'ip', in: 'value', strength: 'weak' },
      ],
    },
  },
  // The edge: what keys are made of reads nothing else of the map.
} as unknown as DataMap;

const known = (kind: string, value: string, more: Partial<Identifier> = {}): Identifier => ({
  kind,
  value,
  source: 'request',
  ...more,
});
const keysBy = (...identifiers: readonly Identifier[]) =>
  keysOf(map, identifiers).map(({ key }) => key.map(([part, value]) => `${part}=${value}`).join(' '));

describe('the keys of a scan', () => {
  it('are one per value of a declared kind, and one per window', () => {
    expect(
      keysBy(
        known('shoe_size', '44'),
        known('user_id', '7'),
        known('ip', '192.0.2.7', { from: 'b', to: 'c', exclusivity: 'sole' }),
        known('ip', '192.0.2.7', { from: 'a' }),
      ),
    ).toEqual([
      'kind=ip value=192.0.2.7 from=a exclusivity=unknown',
      'kind=ip value=192.0.2.7 from=b to=c exclusivity=sole',
      'kind=user_id value=7',
    ]);
  });

  it('leave out the entry without dates where a system knows windows of the value', () => {
    const typed = known('email', 'manager@x.example');
    const window = known('email', 'manager@x.example', { to: '2026-08-31T21:00:00.000Z', source: 'account-db' });
    expect(keysBy(typed, window)).toEqual(['kind=email value=manager@x.example to=2026-08-31T21:00:00.000Z']);
    expect(keysBy(typed)).toEqual(['kind=email value=manager@x.example']);
  });

  it('believe one who saw others before one who saw nobody, and anyone before one who cannot tell', () => {
    const window = { from: 'a', to: 'b' };
    const told = (...all: readonly Identifier['exclusivity'][]) =>
      keysBy(
        ...all.map((one) => known('ip', '192.0.2.7', one === undefined ? window : { ...window, exclusivity: one })),
      );
    expect(told('sole', 'shared')).toEqual(['kind=ip value=192.0.2.7 from=a to=b exclusivity=shared']);
    expect(told('unknown', 'sole', undefined)).toEqual(['kind=ip value=192.0.2.7 from=a to=b exclusivity=sole']);
  });

  it('do not believe one system that a place was the person’s alone while another saw somebody else there', () => {
    const at = (source: string, from: string, to: string, exclusivity: Identifier['exclusivity'] = 'sole') =>
      known('ip', '192.0.2.7', {
        source,
        exclusivity,
        from: `2026-01-${from}T00:00:00Z`,
        to: `2026-01-${to}T00:00:00Z`,
      });
    const told = (...all: readonly Identifier[]) => keysBy(...all).map((key) => key.slice(key.indexOf('excl')));
    const [alone, others] = ['exclusivity=sole', 'exclusivity=shared'];
    expect(told(at('a', '01', '03'), at('b', '02', '04', 'shared'))).toEqual([others, others]);
    expect(told(at('a', '01', '02'), at('b', '03', '04', 'shared'))).toEqual([alone, others]);
    // Its own windows are told apart by the system itself.
    expect(told(at('a', '01', '03'), at('a', '02', '04', 'shared'))).toEqual([alone, others]);
  });

  it('refuse a value that would match other people’s lines, naming only its kind', () => {
    for (const bad of [known('email', 'x'), known('user_id', ''), known('user_id', 'null'), known('ip', '-')])
      expect(() => keysBy(bad)).toThrow(expect.objectContaining({ code: 'identifier-unusable', where: bad.kind }));
  });

  it('are the same in whatever order the identifiers come', () => {
    const some = fc.array(
      fc.record({
        kind: fc.constantFrom('user_id', 'email', 'ip'),
        value: fc.constantFrom('1001', 'a@x.example', '192.0.2.1'),
        source: fc.constantFrom('request', 'db'),
        from: fc.constantFrom('2026-01-01', '2026-02-01'),
      }),
    );
    fc.assert(
      fc.property(some, (all) => {
        const usable = all.filter(({ kind, value }) => kind !== 'email' || value.includes('@'));
        expect(keysOf(map, usable.toReversed())).toEqual(keysOf(map, usable));
      }),
    );
  });

  it('of a map that has changed since end the read', () => {
    for (const key of [
      { collection: 'users', key: [['id', '1']] as const, provedBy: 'user_id' },
      { collection: 'identifiers', key: [['kind', 'phone'] as const, ['value', '5'] as const], provedBy: 'phone' },
    ])
      expect(() => personOf(map, [key])).toThrow(expect.objectContaining({ code: 'stream-changed' }));
  });
});

describe('groups of candidates', () => {
  const sessions = (count: number, value = (_: number) => '192.0.2.7') =>
    personOf(
      map,
      keysOf(
        map,
        Array.from({ length: count }, (_, n) => {
          const day = new Date(Date.UTC(2026, 0, 1 + n)).toISOString();
          return known('ip', value(n), { from: day, to: day, exclusivity: n % 2 === 0 ? 'shared' : 'unknown' });
        }),
      ),
    );
  const sizeOf = (person: Parameters<typeof groupsOf>[0]) => new Set(groupsOf(person)).size;

  it('are one per window, by month, by value, by kind: as fine as a person can answer', () => {
    expect(sizeOf(sessions(24))).toBe(24);
    expect(sizeOf(sessions(300))).toBe(20);
    expect(sizeOf(sessions(800))).toBe(2);
    expect(sizeOf(sessions(800, (n) => `192.0.${n % 200}.1`))).toBe(2);
  });

  it('have names of their own: an answer about some windows stands for no others', () => {
    const nameOf = (count: number, value: (n: number) => string, group: number) => {
      const one = groupsOf(sessions(count, value)).find(({ no }) => no === group);
      if (one === undefined) throw new Error('no such group');
      return JSON.stringify(
        questionOf('access', one, 'outside-period', { count: 1, first: undefined, last: undefined, examples: [] }).ref,
      );
    };
    const places = (n: number) => `192.0.${n % 200}.1`;
    const one = nameOf(800, places, 0);
    expect(nameOf(800, places, 0)).toBe(one);
    expect(nameOf(800, places, 1)).not.toBe(one);
    // The same times, and a place that nobody was asked about.
    expect(nameOf(800, (n) => (n === 400 ? '198.51.100.9' : places(n)), 0)).not.toBe(one);
  });

  it('never put windows that were shared together with windows of which nothing is known', () => {
    for (const count of [24, 300, 800])
      for (const { windows } of groupsOf(sessions(count)))
        expect(new Set(windows.map(({ exclusivity }) => exclusivity)).size).toBe(1);
  });
});
