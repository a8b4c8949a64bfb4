/** What an officer reads on a Monday: forty requests, three systems that failed, at the widths that terminals have. */
import { describe, expect, it } from '@jest/globals';
import type { ErrorCode } from '../errors.ts';
import { newId } from '../ids.ts';
import type { ListedRequest, ListedSystem, ListedTask } from '../requests/index.ts';
import { systemsText } from './systems-text.ts';
import { requestsText, tasksText } from './tasks-text.ts';

/** The edge where test slugs become ids. */
const brand = <T>(text: string): T => text as T;
const today = '2026-11-23';
const how = { colour: false, today, terminal: undefined };
const day = (no: number): string => new Date(Date.UTC(2026, 10, 20 + no)).toISOString().slice(0, 10);

interface Failed {
  readonly id: string;
  readonly code: ErrorCode;
  readonly incident: ListedTask['incident'];
  readonly requests: number;
}
const since = '2026-11-22T07:10:00.000Z';
const failed: readonly Failed[] = [
  {
    id: 'account-db',
    code: 'system-tripped',
    incident: { id: newId('incident'), code: 'system-tripped', cause: 'system-unreachable', since },
    requests: 20,
  },
  {
    id: 'support-desk',
    code: 'system-paused',
    incident: { id: newId('incident'), code: 'system-paused', cause: null, since },
    requests: 10,
  },
  { id: 'billing', code: 'system-permission', incident: null, requests: 10 },
];

const task = (no: number, system: Failed): ListedTask => ({
  id: newId('task'),
  requestId: newId('request'),
  systemId: brand(system.id),
  kind: 'unresolved',
  role: 'officer',
  owner: no === 39 ? brand('kadri') : null,
  dueOn: day(no),
  requestDueOn: day(no + 2),
  allowedAnswers: ['retry', 'done-by-hand', 'leave-unresolved'],
  ifUnanswered: 'stays-open-system-missing',
  code: system.code,
  right: null,
  peopleNeeded: 1,
  plan: null,
  openedAt: since,
  closedAt: null,
  answer: null,
  voices: [],
  isSystems: true,
  incident: system.incident,
});

const tasks: readonly ListedTask[] = failed
  .flatMap((system, at) => Array.from({ length: system.requests }, (_, no) => task(no * 2 + at, system)))
  .sort((a, b) => (a.dueOn < b.dueOn ? -1 : 1));
const requests = tasks.map(
  (waitsFor): ListedRequest => ({
    id: waitsFor.requestId,
    state: 'needs_decision',
    rights: ['access'],
    identity: 'verified',
    channel: 'email',
    receivedOn: '2026-10-23',
    dueOn: waitsFor.requestDueOn,
    workToOn: waitsFor.requestDueOn,
    internalTargetOn: waitsFor.dueOn,
    completedAt: null,
    systems: 3,
    systemsDone: 2,
    systemsParked: 1,
    expiresOn: null,
    openTasks: 1,
    waitsFor,
  }),
);

function never(): never {
  throw new Error('no such system');
}
const linesWith = (text: string, part: string) => text.split('\n').filter((line) => line.includes(part));
const widest = (text: string) => Math.max(...text.split('\n').map((line) => line.length));

describe('habeas tasks list, with forty requests and three failed systems', () => {
  it('says in each line by when, of which request and system, why, on whom, what happens otherwise and the next command', () => {
    const text = tasksText(tasks, { ...how, each: true });
    for (const one of tasks) {
      const [line = ''] = linesWith(text, one.requestId);
      const next = one.incident === null ? `habeas requests retry ${one.requestId} billing` : 'habeas systems resume';
      const person = one.incident !== null ? 'engineer' : (one.owner ?? 'officer');
      for (const said of [one.dueOn, one.requestDueOn, one.systemId, one.code, person, 'open, system missing', next])
        expect(line).toContain(said);
    }
    expect(text).toContain('40 open tasks, 1 of them of requests past their due date.');
  });

  it('makes one line of everything that waits for one stopped system, by its earliest dates, with the one command', () => {
    const text = tasksText(tasks, how);
    expect(linesWith(text, 'stopped')).toEqual([
      expect.stringMatching(
        /^2026-11-20 PAST +2026-11-22 PAST +20 requests +account-db +unresolved +system-unreachable, stopped +engineer +open, system missing +habeas systems resume account-db$/,
      ),
      expect.stringMatching(
        /^2026-11-21 PAST +2026-11-23 today +10 requests +support-desk +unresolved +system-paused, stopped +engineer +.*habeas systems resume support-desk$/,
      ),
    ]);
    expect(linesWith(text, 'habeas requests retry')).toHaveLength(10);
    expect(text).toContain(
      '10 requests failed by the fault of billing. All at once, when it is mended:\n  habeas systems resume billing\n',
    );
  });

  it.each([80, 100])('fits a terminal of %i columns and loses nothing', (terminal) => {
    const text = tasksText(tasks, { ...how, terminal, each: true });
    expect(widest(text)).toBeLessThanOrEqual(terminal);
    for (const one of tasks) {
      if (one.incident !== null) expect(text).toContain(one.requestId);
      else expect(text).toContain(`  habeas requests retry ${one.requestId} billing`);
    }
    expect(linesWith(text, 'system-permission')).toHaveLength(10);
    expect(text.match(/open, system missing/g)).toHaveLength(40);
  });

  it('says of a system that one person would leave unresolved that it waits for another, and the command that agrees', () => {
    const [one = task(0, failed[2] ?? never())] = tasks.filter(({ incident }) => incident === null);
    const proposed = {
      ...one,
      owner: null,
      voices: [
        {
          personId: brand<ListedTask['voices'][number]['personId']>('kadri'),
          answer: 'leave-unresolved',
          at: since,
          terms: { owner: 'jaan', next: '2026-12-14' },
        },
      ],
    };
    expect(tasksText([proposed], how)).toContain(
      `another officer  open, system missing  habeas requests leave-unresolved ${one.requestId} billing --owner jaan --next 2026-12-14 --reason "…"`,
    );
  });

  it('says so where nothing waits', () => {
    expect(tasksText([], how)).toBe('Nothing waits for a person.\n');
  });
});

describe('habeas requests list, with forty requests and three failed systems', () => {
  it('says in each line the due date, the state, what it waits for, on whom and the next command', () => {
    const text = requestsText(requests, how);
    for (const one of requests) {
      const [line = ''] = linesWith(text, one.id);
      for (const said of [one.workToOn, 'needs_decision', '2/3', one.waitsFor?.code ?? '', 'habeas '])
        expect(line).toContain(said);
      expect(line).toMatch(/ (engineer|officer|kadri) /);
    }
  });

  it.each([80, 100])('fits a terminal of %i columns and names every request', (terminal) => {
    const text = requestsText(requests, { ...how, terminal });
    expect(widest(text)).toBeLessThanOrEqual(terminal);
    for (const one of requests) expect(text).toContain(one.id);
  });
});

describe('habeas systems list, with three failed systems', () => {
  const systems = [...failed, { id: 'crm', code: 'internal', incident: null, requests: 0 } as const].map(
    (one): ListedSystem => ({
      id: brand(one.id),
      name: one.id,
      connector: 'postgres',
      rights: ['access'],
      stages: ['check', 'locate', 'read'],
      state: one.incident === null ? 'open' : 'stopped',
      cause: one.requests === 0 ? null : (one.incident?.cause ?? one.code),
      incident:
        one.incident === null
          ? null
          : {
              ...one.incident,
              by: one.incident.cause === null ? 'person' : 'breaker',
              openedBy: one.incident.cause === null ? brand('jaan') : null,
            },
      requestsAffected: one.requests,
      earliestDueOn: one.requests === 0 ? null : '2026-11-22',
      lanes: { waiting: 0, running: 0, parked: one.requests, unresolved: 0 },
    }),
  );

  it('says of each whether it is stopped, why, since when, by whom, how many requests wait and when the first is due', () => {
    const text = systemsText(systems, how);
    expect(text).toMatch(/^account-db .*stopped +system-unreachable +2026-11-22 +breaker +20 +2026-11-22$/m);
    expect(text).toMatch(/^support-desk .*stopped +system-paused +2026-11-22 +jaan +10 +2026-11-22$/m);
    expect(text).toMatch(/^billing .*open, failing +system-permission +– +– +10 +2026-11-22$/m);
    expect(text).toMatch(/^crm .*open +– +– +– +0 +–$/m);
  });

  it('says of each for which requests wait what happened, what to do and the next command, and of no other', () => {
    const text = systemsText(systems, { colour: false, terminal: 80 });
    expect(widest(text)).toBeLessThanOrEqual(80);
    expect(linesWith(text, 'What to do')).toHaveLength(3);
    expect(linesWith(text, 'Next').map((line) => line.trim().replace(/^Next +/, ''))).toEqual([
      'habeas systems resume account-db',
      'habeas systems resume support-desk',
      'habeas systems resume billing',
    ]);
    // Whoever stopped a system by hand knows why.
    expect(linesWith(text, 'Try first').map((line) => line.trim().replace(/^Try first +/, ''))).toEqual([
      'habeas systems check account-db',
      'habeas systems check billing',
    ]);
  });
});
