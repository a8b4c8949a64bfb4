import { expect, it } from '@jest/globals';
import { dayFilter, dayPattern } from './days.ts';
import { instantOf, spanOf } from './instants.ts';

const pattern = 'access-{yyyy}-{mm}-{dd}*.gz';
const october = [spanOf('2026-10-10T00:00:00Z', '2026-10-11T00:00:00Z')];
const filter = (spans = october, nearMs = 0, from?: string) => dayFilter(pattern, spans, { nearMs, from });

it('an object is left out only where its day is told and no window comes near it', () => {
  const days = ['2026-10-07', '2026-10-08', '2026-10-10', '2026-10-12', '2026-10-14'];
  expect(days.map((day) => filter()(`access-${day}-1.gz`))).toEqual([false, true, true, true, false]);
  for (const name of ['access.gz', 'access-2026-13-45.gz', 'old/access-2026-10-01.gz'])
    expect(filter()(name)).toBe(true);
  expect(filter(october, 3 * 86_400_000)('access-2026-10-07.gz')).toBe(true);
  expect(filter([...october, spanOf(undefined, undefined)])('access-2020-01-01.gz')).toBe(true);
});

it('days before the configured first one are left out', () => {
  expect(filter([spanOf(undefined, undefined)], 0, '2026-10-01')('access-2026-09-30.gz')).toBe(false);
  expect(filter([spanOf(undefined, undefined)], 0, '2026-10-01')('access-2026-10-01.gz')).toBe(true);
});

it('a pattern needs the year, the month and the day once each', () => {
  for (const wrong of ['{yyyy}-{mm}', '{yyyy}{mm}{dd}{dd}', '{yy}-{mm}-{dd}', ''])
    expect(dayPattern(wrong)).toBeUndefined();
  expect(dayPattern('{yyyy}/{mm}/{dd}/*')?.test('2026/10/02/a.gz')).toBe(true);
});

it('times are read as logs write them, and nothing else is a time', () => {
  const at = Date.parse('2026-10-02T08:00:00.500Z');
  for (const text of [
    '2026-10-02T08:00:00.500Z',
    '2026-10-02 08:00:00,500',
    '2026-10-02T11:00:00.5004+03:00',
    '2026-10-02T11:00:00.500+0300',
    at,
    String(at),
    at / 1_000,
  ])
    expect(instantOf(text)).toBe(at);
  for (const none of ['', 'now', '02/Oct/2026', '2026-13-02T08:00:00Z', null, true, {}, 0, -1, '17'])
    expect(instantOf(none)).toBeUndefined();
});
