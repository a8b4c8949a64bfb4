import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { SystemId } from '../../src/ids.ts';
import type { Exclusivity, Identifier } from '../contract.ts';
import { keysOf, personOf } from './person.ts';
import { judge } from './rules.ts';
import { parseConfig } from './validate.ts';

const declared = {
  prefix: 'access/',
  format: 'ndjson',
  compression: 'auto',
  time: 'ts',
  owner: 'person',
  role: 'controller',
  recordClass: 'security-log',
  category: 'Technical data',
  purpose: 'To find faults',
  legalBasis: 'legitimate-interests',
  provenance: 'Recorded',
  recipients: [],
  identifiers: [
    { field: 'user_id', kind: 'user_id', in: 'value', strength: 'strong' },
    { field: ['actor', 'email'], kind: 'email', in: 'value', strength: 'strong', caseInsensitive: true },
    { field: 'path', kind: 'email', in: 'query', parameters: ['email'], strength: 'strong', caseInsensitive: true },
    { field: 'ip', kind: 'ip', in: 'value', strength: 'weak' },
  ],
  sharedMailboxes: ['info', 'kassa@pood.example'],
  fields: Object.fromEntries(['ts', 'user_id', 'actor', 'path', 'ip'].map((name) => [name, { category: 'technical' }])),
};
const { map } = parseConfig({
  id: 'logs' as SystemId,
  name: 'Logs',
  settings: { s3: { region: 'eu-north-1', bucket: 'logs' } },
  dataMap: { version: 1, collections: { access: declared } },
  rate: {},
  concurrency: undefined,
});
const [collection] = Object.values(map.collections);
if (collection === undefined) throw new Error('no collection');
const near = { ...collection, nearHours: 2 };

const known = (kind: string, value: string, window: Partial<Identifier> = {}): Identifier => ({
  kind,
  value,
  source: 'request',
  ...window,
});
const personWith = (...identifiers: readonly Identifier[]) => personOf(map, keysOf(map, identifiers));
const said = (record: object, person = liis, where = collection): string => {
  const verdict = judge(where, person, { ts: '2026-09-10T10:00:00Z', ...record });
  return verdict.is === 'candidate' ? verdict.reason : verdict.is;
};

const session = (exclusivity: Exclusivity, value = '192.0.2.7') =>
  known('ip', value, { from: '2026-09-10T09:00:00.000Z', to: '2026-09-10T11:00:00.000Z', exclusivity });
const liis = personWith(
  known('user_id', '1001'),
  known('email', 'liis@x.example'),
  known('email', 'manager@x.example', { from: '2026-09-01T00:00:00.000Z', to: '2026-09-30T00:00:00.000Z' }),
  known('email', 'info@x.example'),
  session('sole'),
  session('shared', '192.0.2.8'),
  session('unknown', '192.0.2.9'),
);

describe('a line with a strong field', () => {
  it('is proved by an exact value, as a number or as text, nested or in an array', () => {
    expect(said({ user_id: 1001 })).toBe('proved');
    expect(said({ user_id: '1001' })).toBe('proved');
    expect(said({ actor: { email: 'liis@x.example' } })).toBe('proved');
    expect(said({ actor: [{ email: 'liis@x.example' }] })).toBe('proved');
    expect(said({ path: '/login?a=1&email=liis%40x.example#top' })).toBe('proved');
  });

  it('is nobody’s we look for where it names another, whatever else it bears', () => {
    const hers = { path: '/x?email=liis@x.example', ip: '192.0.2.7' };
    expect(said({ ...hers, user_id: 1004 })).toBe('nothing');
    expect(said({ ...hers, user_id: [1001, 1004] })).toBe('nothing');
    expect(said({ user_id: 1001, actor: { email: 'merle@x.example' } })).toBe('nothing');
    expect(said({ path: '/x?email=liis@x.example&email=merle@x.example' })).toBe('nothing');
    expect(said({ path: '/x?email=merle@x.example', ip: '192.0.2.7' })).toBe('nothing');
  });

  it('is the account’s whose line it is, also where that account typed another’s address', () => {
    expect(said({ user_id: 1001, path: '/invite?email=merle@x.example' })).toBe('proved');
  });

  it('names nobody with what programs write for nobody', () => {
    for (const user_id of [null, '', '-', 0, 'anonymous', '00000000-0000-0000-0000-000000000000'])
      expect(said({ user_id, path: '/x?email=liis@x.example' })).toBe('proved');
  });

  it('is a candidate outside the time when the address was the person’s, unless another field proves or excludes it', () => {
    const later = { ts: '2026-10-02T00:00:00Z', path: '/x?email=manager@x.example' };
    expect(said({ path: '/x?email=manager@x.example' })).toBe('proved');
    expect(said(later)).toBe('outside-period');
    expect(said({ ...later, ts: undefined })).toBe('outside-period');
    expect(said({ ...later, user_id: 1001 })).toBe('proved');
    expect(said({ ...later, user_id: 1003 })).toBe('nothing');
  });

  it('belongs to the next holder at the very instant the address was handed on', () => {
    const handed = '2026-09-30T00:00:00.000Z';
    const next = personWith(known('email', 'manager@x.example', { from: handed }));
    const line = { ts: handed, path: '/x?email=manager@x.example' };
    expect([said(line), said(line, next)]).toEqual(['outside-period', 'proved']);
  });

  it('is a candidate on the day with which a window begins or ends, in any time zone', () => {
    const person = personWith(known('email', 'a@x.example', { from: '2026-09-01', to: '2026-09-30' }));
    const at = (ts: string) => said({ ts, path: '/?email=a@x.example' }, person);
    expect(at('2026-09-15T00:00:00Z')).toBe('proved');
    for (const ts of ['2026-09-01T23:00:00Z', '2026-09-02T11:00:00Z', '2026-09-29T11:00:00Z'])
      expect(at(ts)).toBe('outside-period');
  });

  it('is a candidate by another letter case, by a shared mailbox, and beside an account of which nothing is known', () => {
    expect(said({ path: '/x?email=LIIS@x.example' })).toBe('other-case');
    expect(said({ path: '/x?email=info@x.example' })).toBe('shared-mailbox');
    expect(said({ path: '/x?email=info@x.example', user_id: 1001 })).toBe('proved');
    const kadri = personWith(known('email', 'kadri@x.example'), session('sole'));
    expect(said({ path: '/x?email=kadri@x.example' }, kadri)).toBe('proved');
    expect(said({ path: '/x?email=kadri@x.example', user_id: 55 }, kadri)).toBe('unknown-account');
    expect(said({ ip: '192.0.2.7', user_id: 55 }, kadri)).toBe('nothing');
  });

  it('takes a plus for itself or for a space, and for no other address', () => {
    const jaan = personWith(known('email', 'jaan+arved@x.example'));
    expect(said({ path: '/x?email=jaan+arved@x.example' }, jaan)).toBe('proved');
    expect(said({ path: '/x?email=jaan%2Barved@x.example' }, jaan)).toBe('proved');
    expect(said({ path: '/x?email=jaan@x.example' }, jaan)).toBe('nothing');
    expect(said({ path: '/x?email=jaan%2Bmuu@x.example' }, jaan)).toBe('nothing');
  });
});

describe('a line with nothing but a weak field', () => {
  it('is proved in a window that was the person’s alone, both ends included', () => {
    for (const ts of ['2026-09-10T09:00:00.000Z', '2026-09-10T10:00:00Z', 1789038000])
      expect(said({ ip: '192.0.2.7', ts })).toBe('proved');
  });

  it('is a candidate where the window was shared, or nobody can tell', () => {
    expect(said({ ip: '192.0.2.8' })).toBe('shared-window');
    expect(said({ ip: '192.0.2.9' })).toBe('unknown-window');
  });

  it('is somebody else’s outside every window, and proposed only as near as the map allows', () => {
    const after = { ip: '192.0.2.7', ts: '2026-09-10T12:59:00Z' };
    expect(said(after)).toBe('nothing');
    expect(said(after, liis, near)).toBe('outside-period');
    expect(said({ ...after, ts: '2026-09-10T13:01:00Z' }, liis, near)).toBe('nothing');
  });

  it('cannot be placed without a time', () => {
    expect(said({ ip: '192.0.2.7', ts: 'yesterday' })).toBe('untimed');
    expect(said({ ip: '192.0.2.77', ts: 'yesterday' })).toBe('nothing');
  });

  it('is compared by its very bytes', () => {
    expect(said({ ip: '192.0.2.70' })).toBe('nothing');
    expect(said({ ip: ' 192.0.2.7' })).toBe('nothing');
  });
});

describe('whatever a log says', () => {
  const users = ['1001', '1002', '1003'] as const;
  const emails = users.map((id) => `u${id}@x.example`);
  const ips = ['192.0.2.1', '192.0.2.2'];
  const hour = (n: number) => new Date(Date.UTC(2026, 8, 10, n)).toISOString();
  /** Who was where, hour by hour: at most one session a person, so that whether it was theirs alone can be told. */
  const stays = fc.array(
    fc.record({
      user: fc.constantFrom(...users),
      ip: fc.constantFrom(...ips),
      from: fc.integer({ min: 0, max: 20 }),
      hours: fc.integer({ min: 1, max: 3 }),
    }),
    { maxLength: 6 },
  );
  type Stay = { readonly user: string; readonly ip: string; readonly from: number; readonly hours: number };
  const windowsOf = (user: string, all: readonly Stay[]): readonly Identifier[] =>
    all
      .filter((stay) => stay.user === user)
      .map(({ ip, from, hours }) => {
        const others = all.filter((one) => one.user !== user && one.ip === ip);
        const isShared = others.some((one) => one.from <= from + hours && one.from + one.hours >= from);
        const exclusivity = isShared ? ('shared' as const) : ('sole' as const);
        return known('ip', ip, { from: hour(from), to: hour(from + hours), exclusivity });
      });
  const line = fc.record({
    ts: fc.integer({ min: 0, max: 24 * 60 }).map((minute) => new Date(Date.UTC(2026, 8, 10, 0, minute)).toISOString()),
    user_id: fc.oneof(fc.constant(null), fc.constantFrom(...users), fc.constantFrom(...users.map(Number))),
    ip: fc.constantFrom(...ips, '192.0.2.3'),
    typed: fc.oneof(fc.constant(undefined), fc.constantFrom(...emails, 'stranger@x.example')),
  });

  it('a line that names an account, or was made where others were too, is proved for nobody else', () => {
    fc.assert(
      fc.property(stays, fc.array(line, { minLength: 1, maxLength: 20 }), (all, lines) => {
        for (const user of users) {
          const email = `u${user}@x.example`;
          const person = personWith(known('user_id', user), known('email', email), ...windowsOf(user, all));
          for (const { ts, user_id, ip, typed } of lines) {
            const record = { ts, user_id, ip, path: typed === undefined ? '/' : `/x?email=${typed}` };
            const verdict = judge(collection, person, record);
            const named = user_id === null ? undefined : String(user_id);
            if (named !== undefined) expect(verdict.is).toBe(named === user ? 'proved' : 'nothing');
            else if (typed !== undefined) expect(verdict.is).toBe(typed === email ? 'proved' : 'nothing');
            else if (verdict.is === 'proved') {
              const there = all.filter(
                (stay) => stay.ip === ip && hour(stay.from) <= ts && ts <= hour(stay.from + stay.hours),
              );
              expect(there.map((stay) => stay.user)).toContain(user);
              expect(there.every((stay) => stay.user === user)).toBe(true);
            } else if (verdict.is === 'candidate') expect(verdict.reason).toBe('shared-window');
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('what proves a line stands in it, and is the person’s own value', () => {
    const anything = fc.record({
      user_id: fc.jsonValue(),
      actor: fc.jsonValue(),
      path: fc.oneof(fc.string(), fc.webUrl({ withQueryParameters: true }), fc.constant('/?email=liis@x.example')),
      ip: fc.oneof(fc.string(), fc.constantFrom('192.0.2.7', '192.0.2.8')),
      ts: fc.oneof(
        fc.string(),
        fc.date({ noInvalidDate: true }).map((at) => at.toISOString()),
        fc.integer(),
      ),
    });
    fc.assert(
      fc.property(anything, (record) => {
        const verdict = judge(collection, liis, record);
        if (verdict.is !== 'proved') return;
        expect(JSON.stringify(record)).toContain(verdict.said);
        expect(verdict.said).toBe(verdict.window.value);
      }),
      { numRuns: 1_000 },
    );
  });
});
