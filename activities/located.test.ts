/** What is known of a person: windows of one value stay apart, and a window told anew replaces what was told before. */
import { describe, expect, it } from '@jest/globals';
import type { Identifier } from '../connectors/contract.ts';
import { allIdentifiers, hasTooMany, newIdentifiers, parseLocated, taught } from './located.ts';

const place = (value: string, from?: string, to?: string): Identifier => ({
  kind: 'ip',
  value,
  source: 'account-db',
  ...(from === undefined ? {} : { from }),
  ...(to === undefined ? {} : { to }),
});
const may = place('198.51.100.7', '2026-05-01T08:00:00Z', '2026-05-01T09:00:00Z');
const june = place('198.51.100.7', '2026-06-01', '2026-06-30');

describe('identifiers', () => {
  it('keep the windows of one value apart', () => {
    const known = { given: [place('198.51.100.7')], bySystem: new Map() };
    expect(newIdentifiers(allIdentifiers(known), { keys: [], candidates: [], learnt: [may, june, may] })).toEqual([
      may,
      june,
    ]);
  });

  it('are too many by their values, however many windows each has', () => {
    const day = (no: number) => new Date(Date.UTC(2026, 0, 1 + no)).toISOString();
    const windows = Array.from({ length: 400 }, (_, no) => place('198.51.100.7', day(no), day(no + 1)));
    expect(hasTooMany(windows)).toBe(false);
    const values = Array.from({ length: 101 }, (_, no) => place(`198.51.100.${no}`, day(0)));
    expect(hasTooMany(values.slice(1))).toBe(false);
    expect(hasTooMany(values)).toBe(true);
  });

  it('stay known once learnt; a window that is told anew takes the place of what was told of it', () => {
    const open = place('198.51.100.7', '2026-05-01T08:00:00Z');
    const email: Identifier = { kind: 'email', value: 'a@example.ee', source: 'account-db' };
    expect(taught([email, open, june], [may])).toEqual([email, june, may]);
    expect(taught([{ ...may, exclusivity: 'sole' }], [{ ...may, exclusivity: 'shared' }])).toEqual([
      { ...may, exclusivity: 'shared' },
    ]);
    expect(taught([email], [])).toEqual([email]);
    expect(taught([email], [email])).toEqual([email]);
  });

  it('come out of their seal only in a shape we wrote', () => {
    const sealed = (learnt: unknown) => parseLocated({ keys: [], candidates: [], learnt: [learnt] });
    const whole = { ...may, from: '2026-05-01T08:00:00.123456Z', exclusivity: 'unknown' };
    expect(sealed(whole).learnt).toEqual([whole]);
    expect(sealed(june).learnt).toEqual([june]);
    for (const wrong of [
      { exclusivity: 'mine' },
      { from: 'yesterday' },
      { to: '2026-05-01T08:00:00+03:00' },
      { to: 5 },
    ])
      expect(() => sealed({ ...may, ...wrong })).toThrow(expect.objectContaining({ code: 'seal-broken' }));
  });
});
