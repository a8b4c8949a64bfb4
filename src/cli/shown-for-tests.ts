/** A request as `requests show` is handed it, for tests of texts. Not used by the program. */
import { newId } from '../ids.ts';
import type { ShownRequest } from '../requests/index.ts';

export const id = newId('request');
/** The edge where test slugs become ids. */
export const brand = <T>(text: string): T => text as T;
export type System = ShownRequest['systems'][number];
export type Task = ShownRequest['tasks'][number];

/** One system of a request; done and empty unless given. */
export const system = (given: Partial<System>): System => ({
  id: brand('account-db'),
  name: 'Account database',
  state: 'done',
  stage: 'read',
  code: null,
  codeWhere: null,
  attempts: 1,
  updatedAt: '2026-11-23T10:00:00.000Z',
  paused: false,
  task: null,
  found: null,
  exported: 0,
  withheld: 0,
  referred: 0,
  pending: 0,
  candidates: 0,
  unreadable: { records: 0, objects: 0 },
  collections: [],
  byHand: null,
  attestations: [],
  erasure: null,
  right: null,
  ...given,
});

/** One open task; a failed system's unless given. */
export const task = (given: Partial<Task>): Task => ({
  id: newId('task'),
  requestId: id,
  systemId: null,
  kind: 'unresolved',
  role: 'officer',
  owner: null,
  dueOn: '2026-12-21',
  allowedAnswers: ['retry'],
  ifUnanswered: 'stays-open-system-missing',
  code: null,
  right: null,
  peopleNeeded: 1,
  plan: null,
  openedAt: '2026-11-23T10:00:00.000Z',
  closedAt: null,
  answer: null,
  voices: [],
  ...given,
});

/** A request that is being read. */
export const shown = (given: Partial<ShownRequest>): ShownRequest => ({
  id,
  state: 'reading',
  waitsFor: null,
  channel: 'post',
  language: 'et',
  receivedOn: '2026-11-23',
  linkedRequests: [],
  restriction: null,
  suppressions: null,
  createdAt: '2026-11-23T09:00:00.000Z',
  createdBy: brand('kadri'),
  completedAt: null,
  configSha256: 'ab'.repeat(32),
  seq: 2,
  workflowReadUpTo: 2,
  rights: [{ right: 'access', answeredAt: null, answeredBy: null, outcome: null }],
  identity: {
    state: 'verified',
    method: 'id-document',
    by: brand('kadri'),
    at: '2026-11-23T09:30:00.000Z',
    contactKind: 'post',
  },
  clock: {
    from: null,
    dueOn: brand('2026-12-23'),
    unpausedDueOn: brand('2026-12-23'),
    workToOn: brand('2026-12-23'),
    extendedDueOn: null,
    internalTargetOn: brand('2026-12-21'),
    pausedSince: null,
    rule: 'eu-gdpr',
    source: 'GDPR Art. 12(3) (V)',
    calendar: 'date-holidays 3.37.0+1',
    country: 'EE',
    extension: null,
    pauses: [],
    alarms: [{ kind: 'statutory', date: brand('2026-12-23'), state: 'ahead', daysLeft: 30 }],
  },
  systems: [system({})],
  erasure: null,
  recipients: [],
  tasks: [],
  decisions: [],
  packages: [],
  keys: { workingKeyEndsOn: null, workingKeyDestroyedAt: null, caseFile: null },
  auditHead: null,
  ...given,
});
