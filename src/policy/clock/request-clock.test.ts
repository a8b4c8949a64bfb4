/** What a stored request is told: its dates, its two alarms, and when an extension or a pause is no longer possible. */
import { describe, expect, it } from '@jest/globals';
import { HabeasError } from '../../errors.ts';
import { extensionGrounds, mayExtend, parseExtensionGround } from './extension.ts';
import { alarms, internalTarget, mayPause, type RequestFacts, requestClock } from './request-clock.ts';

const facts: RequestFacts = { received: '2026-01-31', country: 'EE', asOf: '2026-02-10' };
const extension = { ground: 'complexity', at: '2026-02-20' } as const;

const codeOf = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    if (error instanceof HabeasError) return error.code;
    throw error;
  }
  return 'no error';
};

describe('a stored request', () => {
  it('has its first due date and an internal target before it', () => {
    const clock = requestClock(facts);
    expect(clock).toMatchObject({
      due: '2026-03-02',
      workTo: '2026-03-02',
      unpausedDue: '2026-03-02',
      extendedDue: null,
      internalTarget: '2026-02-28',
      paused: null,
    });
  });

  it('once extended works to the stricter reading, with the extended date beside it', () => {
    const clock = requestClock({ ...facts, received: '2026-03-31', extension });
    expect(clock).toMatchObject({ due: '2026-04-30', workTo: '2026-06-30', extendedDue: '2026-06-30' });
    expect(requestClock({ ...facts, extension })).toMatchObject({ workTo: '2026-04-28', extendedDue: '2026-04-30' });
    expect(clock.internalTarget).toBe('2026-06-28'); // two days ahead, as 28 April is of 30 April
  });

  it('shows an open pause that the policy counts, and keeps the date without it', () => {
    const clock = requestClock({ ...facts, pauses: [{ kind: 'identity', from: '2026-02-05', counted: true }] });
    expect(clock).toMatchObject({ paused: { since: '2026-02-05' }, due: '2026-03-05', unpausedDue: '2026-03-02' });
    expect(clock.internalTarget).toBe('2026-03-05'); // moves with the pause, never beyond the due date
  });

  it('is not paused by a pause that the policy does not count', () => {
    const clock = requestClock({ ...facts, pauses: [{ kind: 'identity', from: '2026-02-05', counted: false }] });
    expect(clock).toMatchObject({ paused: null, due: '2026-03-02' });
  });

  it('is still answered where a stored pause no longer fits, and the pause says why it does not count', () => {
    const clock = requestClock({
      ...facts,
      pauses: [{ kind: 'identity', from: '2026-03-03', to: '2026-03-09', counted: true }],
    });
    expect(clock.due).toBe('2026-03-02');
    expect(clock.dates.pauses[0]?.verdict).toBe('after-due');
  });

  it('raises two alarms', () => {
    const clock = requestClock(facts);
    expect(alarms(clock, '2026-02-28')).toEqual([
      { kind: 'internal-target', date: '2026-02-28', daysLeft: 0, state: 'today' },
      { kind: 'statutory', date: '2026-03-02', daysLeft: 2, state: 'ahead' },
    ]);
    expect(alarms(clock, '2026-03-03').map(({ state }) => state)).toEqual(['past', 'past']);
  });

  it('has an internal target of 28 days unless configured, never later than the law', () => {
    expect(internalTarget('2026-11-23')).toBe('2026-12-21');
    expect(internalTarget('2026-11-23', 10)).toBe('2026-12-03');
    expect(requestClock({ ...facts, internalTargetDays: 31 }).internalTarget).toBe('2026-03-02');
    expect(codeOf(() => internalTarget('2026-11-23', 0))).toBe('clock-date-invalid');
  });
});

describe('an extension', () => {
  it('is offered until the day before the first due date, with the dates it would give', () => {
    const offer = { noticeBy: '2026-03-01', extendedDue: '2026-04-30', extendedWorkTo: '2026-04-28' };
    expect(mayExtend(facts)).toEqual(offer);
    expect(mayExtend({ ...facts, asOf: '2026-03-01' })).toEqual(offer);
  });

  it('is refused from the first due date on, and a second time', () => {
    expect(codeOf(() => mayExtend({ ...facts, asOf: '2026-03-02' }))).toBe('clock-extension-late');
    expect(codeOf(() => mayExtend({ ...facts, asOf: '2026-04-01' }))).toBe('clock-extension-late');
    expect(codeOf(() => mayExtend({ ...facts, extension }))).toBe('clock-extension-repeated');
  });

  it('has two grounds; system failure, staff absence and vendor delay are none', () => {
    expect(Object.keys(extensionGrounds)).toEqual(['complexity', 'number']);
    expect(parseExtensionGround('number')).toBe('number');
    for (const word of ['system-failure', 'staff-absence', 'vendor-delay', '', 'toString'])
      expect(codeOf(() => parseExtensionGround(word))).toBe('clock-extension-ground');
  });
});

describe('a further pause', () => {
  it('is possible while the date in force has not passed, later ones after an extension too', () => {
    expect(mayPause(facts, { kind: 'identity', from: '2026-02-05' })).toMatchObject({ open: true, verdict: 'counted' });
    const late = { kind: 'identity', from: '2026-03-09', to: '2026-03-12' } as const;
    expect(codeOf(() => mayPause(facts, late))).toBe('clock-pause-invalid');
    expect(mayPause({ ...facts, extension }, late)).toMatchObject({ days: 3 });
  });

  it('for scope is refused where erasure is asked for', () => {
    const scope = { kind: 'scope', from: '2026-02-05', to: '2026-02-09' } as const;
    expect(codeOf(() => mayPause({ ...facts, rights: ['erasure'] }, scope))).toBe('clock-pause-invalid');
    expect(mayPause({ ...facts, rights: ['access'] }, scope).verdict).toBe('counted');
  });
});
