/** On which days whoever has to do something by hand is written to. */
import { describe, expect, it } from '@jest/globals';
import { letterDays, lettersDue } from './task-letters.ts';

const dates = { openedOn: '2026-11-23', dueOn: '2026-12-03', statutoryOn: '2026-12-23' };

describe('letters about a task', () => {
  it('go out when it opens, three days before it is due, and a week before the time limit', () => {
    expect(letterDays(dates)).toEqual({ opened: '2026-11-23', reminder: '2026-11-30', escalation: '2026-12-16' });
    expect(lettersDue(dates, '2026-11-29')).toEqual(['opened']);
    expect(lettersDue(dates, '2026-11-30')).toEqual(['opened', 'reminder']);
    expect(lettersDue(dates, '2026-12-15')).toEqual(['opened', 'reminder']);
    expect(lettersDue(dates, '2026-12-16')).toEqual(['opened', 'reminder', 'escalation']);
  });

  it('remind on the next day at the earliest, and escalate at once where the limit is near already', () => {
    const late = { openedOn: '2026-12-20', dueOn: '2026-12-21', statutoryOn: '2026-12-23' };
    expect(letterDays(late)).toMatchObject({ reminder: '2026-12-21' });
    expect(lettersDue(late, '2026-12-20')).toEqual(['opened', 'escalation']);
  });
});
