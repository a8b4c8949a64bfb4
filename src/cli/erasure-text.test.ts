/** An erasure as officers read it before and after it is carried out. */
import { describe, expect, it } from '@jest/globals';
import { newId } from '../ids.ts';
import { requestStates } from '../ledger/states.ts';
import { unsentAnswerTerms, unsentTerms } from '../ledger/task-kinds.ts';
import type { ErasureCounts, KeptLine, PlannedClass, ShownPlan, ShownRequest } from '../requests/index.ts';
import { waitedExit, waitsForPerson } from './follow.ts';
import { nextForTask } from './next.ts';
import { planText } from './plan-text.ts';
import { showText } from './show-text.ts';
import { brand, id, shown, system, task } from './shown-for-tests.ts';

const sha256 = '3f2a9c41d07b'.padEnd(64, '0');
const invoiceLaws = 'Accounting Act §12, VAT Act §36, Taxation Act §58: until 2033-12-31';
type Erasure = NonNullable<ShownRequest['erasure']>;
const plan: NonNullable<Erasure['plan']> = {
  ...{ pass: 1, version: 2, sha256, state: 'approved', madeAt: '2026-11-24T10:00:00.000Z' },
  ...{ approvedAt: '2026-11-24T11:00:00.000Z', coolingUntil: null, endedAt: null, task: null },
};

const counts = (given: Partial<ErasureCounts>): ErasureCounts => ({
  ...{
    found: 0,
    erased: 0,
    anonymised: 0,
    detached: 0,
    retained: 0,
    expiring: 0,
    absent: 0,
    changedHands: 0,
    refused: 0,
    referred: 0,
  },
  ...{
    pending: 0,
    unverified: 0,
    historyRemains: 0,
    registered: { entries: 0, records: 0 },
    newRelationship: 0,
    byHand: false,
    kept: [],
  },
  ...given,
});
const erasure: Erasure = {
  ...{
    plan,
    erasureFrom: null,
    closesWorkspaces: false,
    coolingUntil: null,
    noReturnAt: null,
    holds: [],
    openAccess: [],
  },
  ...{ registered: { entries: 0, records: 0 }, newRelationship: 0, copies: [] },
};
const rights: ShownRequest['rights'] = [{ right: 'erasure', answeredAt: null, answeredBy: null, outcome: null }];
const kept: KeptLine = {
  ...{ collection: 'invoices', recordClass: 'invoice', disposition: 'retained', reason: 'law-keeps', refusal: null },
  ...{ keptBy: invoiceLaws, until: '2033-12-31', evidence: 'none', count: 5 },
};

describe('habeas requests show of an erasure', () => {
  const done = shown({
    state: 'awaiting_expiry',
    rights,
    systems: [
      system({
        erasure: counts({
          ...{ found: 28, erased: 10, anonymised: 8, detached: 6, retained: 5, refused: 3, absent: 2 },
          kept: [
            kept,
            {
              ...{ collection: 'playlists', recordClass: 'playlist', disposition: 'refused', count: 3, until: null },
              ...{ reason: 'not-the-persons-data', refusal: '17(1)', keptBy: null, evidence: 'none' },
            },
          ],
        }),
      }),
      system({
        id: brand('logs'),
        erasure: counts({
          ...{ found: 8, expiring: 8 },
          kept: [
            {
              ...{ collection: 'access-log', recordClass: 'server-log', disposition: 'expiring', reason: 'expires' },
              ...{
                refusal: null,
                keptBy: 'Goes by itself after 90 days',
                until: '2027-01-29',
                evidence: 'pending',
                count: 8,
              },
            },
          ],
        }),
      }),
    ],
    erasure: {
      ...erasure,
      noReturnAt: '2026-11-25T09:30:00.000Z',
      registered: { entries: 2, records: 13 },
      newRelationship: 2,
    },
  });
  const text = showText(done, false);

  it('says what is gone, kept and waiting, in sum and a line per system', () => {
    expect(text).toContain(requestStates.awaiting_expiry);
    expect(text).toMatch(/^Gone +20$/m);
    expect(text).toMatch(/^Kept +8$/m);
    expect(text).toMatch(/^Waiting +8 expire by themselves, the last by 2027-01-29$/m);
    expect(text).toMatch(/^account-db +28 +10 +8, 6 of them another’s that go on +5 +0 +2 +3 +0 +0$/m);
  });

  it('names the laws and the date of what is kept, the ground of what is refused, and when the rest expires', () => {
    expect(text).toContain(`5 invoice kept: ${invoiceLaws}`);
    expect(text).toContain('3 playlist not erased: Art. 17(1), not the person');
    expect(text).toContain('8 server-log expire: gone by 2027-01-29. Goes by itself after 90 days');
  });

  it('names the plan, the point of no return, the register and what came after', () => {
    expect(text).toMatch(/^Plan +approved, version 2, 3f2a9c41d07b$/m);
    expect(text).toMatch(/^Point of no return +passed 2026-11-25 09:30 UTC$/m);
    expect(text).toContain('13 records in 2 entries; habeas retention list');
    expect(text).toContain('2 records came after the erasing began, and were left alone');
    expect(text).not.toContain('Can be cancelled');
  });

  it('has no columns of access where none was asked for, and both where both were', () => {
    expect(text).not.toContain('Exported');
    const both = shown({
      ...done,
      rights: [{ right: 'access', answeredAt: null, answeredBy: null, outcome: null }, ...rights],
    });
    expect(showText(both, false)).toMatch(/Exported[\s\S]*Anonymised/);
    expect(showText(shown({}), false)).not.toContain('Anonymised');
  });

  it('says until when it can be cancelled, what has not been read back, and which holds stand', () => {
    const cooling = shown({
      state: 'cooling_off',
      rights,
      systems: [system({ erasure: counts({ found: 3, pending: 2, erased: 1, unverified: 1 }) })],
      erasure: {
        ...{ ...erasure, plan: { ...plan, coolingUntil: '2026-11-26T11:00:00.000Z' } },
        coolingUntil: '2026-11-26T11:00:00.000Z',
        holds: [
          {
            ...{ id: newId('hold'), kind: 'complaint', requestId: id, systemId: null, owner: brand('mart') },
            ...{ placedBy: brand('mart'), placedOn: '2026-11-20', reviewOn: '2026-11-22', reviewDue: true },
            ...{ releasedBy: null, releasedOn: null },
          },
        ],
      },
    });
    const said = showText(cooling, false);
    expect(said).toMatch(/^Can be cancelled +until 2026-11-26 11:00 UTC$/m);
    expect(said).toContain('1, of which 1 have not been read back yet');
    expect(said).toContain('complaint, mart looks at it on 2026-11-22, which has come');
    expect(said).toMatch(/^Waiting +2 to be erased$/m);
  });
});

describe('habeas requests plan', () => {
  const line = (given: Partial<PlannedClass>): PlannedClass => ({
    ...{ collection: 'users', recordClass: 'account', act: 'erase', trimmed: false, disposition: 'erased' },
    ...{ reason: 'eligible', ground: '17(1)(a)', exception: null, refusal: null, keptBy: null, until: null, count: 3 },
    ...given,
  });
  const planned = (state: 'proposed' | 'approved'): ShownPlan => ({
    ...{ requestId: id, state: 'planned', closesWorkspaces: true, noReturnAt: null, plan: { ...plan, state } },
    passes: [
      {
        pass: 1,
        plans: [{ ...plan, state }],
        systems: [
          {
            ...{ id: brand('account-db'), name: 'Account database', round: 1, found: 14, byHand: false },
            ...{ isPlanned: true, isPrepared: false },
            counts: { erase: 3, anonymise: 0, detach: 0, keep: 5, expire: 0, refer: 0, refuse: 6 },
            classes: [
              line({}),
              line({
                ...{ collection: 'invoices', recordClass: 'invoice', act: 'keep', disposition: 'retained', count: 5 },
                ...{ reason: 'law-keeps', ground: null, exception: '17(3)(b)', keptBy: invoiceLaws, trimmed: true },
              }),
              line({
                ...{ recordClass: 'playlist', act: 'refuse', disposition: 'refused', reason: 'contract-runs' },
                ...{ ground: null, refusal: '17(1)', count: 6 },
              }),
              line({ recordClass: 'device', act: 'anonymise', count: 0 }),
            ],
          },
        ],
      },
    ],
    tasks: [task({ kind: 'successor', systemId: brand('account-db'), code: 'successor-needed' })],
  });

  it('says of each class how many records become what, and why, in words', () => {
    const text = planText(planned('proposed'), false);
    expect(text).toContain('found 14 = 3 to erase + 5 to keep + 6 refused');
    expect(text).toMatch(/^erase +3 +account +users +Art\. 17\(1\)\(a\): The data is no longer needed/m);
    expect(text).toContain(`${invoiceLaws}; what the law does not need is removed`);
    expect(text).toContain(
      'Art. 17(1): the contract runs; when it has ended it can be erased, and has to be asked for again.',
    );
    expect(text).not.toMatch(/^anonymise/m);
  });

  it('shows the whole hash, what stands against it and the next command, which names the plan that was read', () => {
    const text = planText(planned('proposed'), false);
    expect(text).toContain(sha256);
    expect(text).toContain(`habeas requests successor ${id} --workspace W --user-id U`);
    expect(text).toContain(`habeas requests approve ${id} --plan 3f2a9c41d07b`);
    expect(planText(planned('approved'), false)).not.toContain('requests approve');
  });

  it('tells what expires day by day in one line, from the first day to the last', () => {
    const log = { ...{ collection: 'access-log', recordClass: 'server-log', keptBy: 'Goes by itself' }, ground: null };
    const expiring = { ...log, act: 'expire', disposition: 'expiring', reason: 'expires' } as const;
    const [pass] = planned('proposed').passes;
    const system = pass?.systems[0];
    if (pass === undefined || system === undefined) throw new Error('no system');
    const classes = [line({ ...expiring, until: '2027-01-17' }), line({ ...expiring, until: '2026-12-20', count: 6 })];
    const text = planText({ ...planned('proposed'), passes: [{ ...pass, systems: [{ ...system, classes }] }] }, false);
    expect(text).toMatch(/^expires by itself +9 .* gone by 2027-01-17, the first by 2026-12-20\. Goes by itself$/m);
  });

  it('says that there is none yet', () => {
    const none: ShownPlan = { ...planned('proposed'), state: 'reading', plan: null, passes: [], tasks: [] };
    expect(planText(none, false)).toBe(`${id} has no plan yet: reading. ${requestStates.reading}\n`);
  });
});

describe('requests new --wait, of an erasure', () => {
  const waiting = (given: Partial<ShownRequest>) =>
    shown({ rights, erasure, systems: [system({ state: 'waiting', stage: 'plan' })], ...given });
  const approval = task({
    ...{ kind: 'approval', code: 'plan-ready', allowedAnswers: ['approve', 'reject'], plan: sha256 },
    systemId: null,
  });

  it.each([
    ['a plan waits for approval', 'planned', approval],
    ['a successor must be named', 'planned', task({ kind: 'successor' })],
    ['far more records than usual are to go', 'planned', task({ kind: 'blast-radius' })],
    ['records came that nobody can date', 'verifying', task({ kind: 'late-arrivals' })],
  ] as const)('ends with 10 where %s', (_, state, open) => {
    const request = waiting({ state, tasks: [open] });
    expect(waitsForPerson(request)).toBe(true);
    expect(waitedExit(request)).toBe('person-needed');
  });

  it('goes on while a system is at work, and for an offer to send a part, which holds nothing up', () => {
    const systems = [system({ state: 'running', stage: 'erase' })];
    expect(waitsForPerson(waiting({ state: 'erasing', tasks: [approval], systems }))).toBe(false);
    const offer = task({ kind: 'approval', code: 'part-ready', allowedAnswers: ['send-part', 'wait'] });
    expect(waitsForPerson(waiting({ state: 'planned', tasks: [offer] }))).toBe(false);
  });

  it('ends with 0 where only a day is waited for', () => {
    expect(waitedExit(waiting({ state: 'awaiting_expiry' }))).toBe('ok');
    expect(waitsForPerson(waiting({ state: 'awaiting_expiry', tasks: [approval] }))).toBe(false);
  });
});

describe('the next command', () => {
  it('of each question of an erasure is the one that answers it', () => {
    const next = (given: Parameters<typeof task>[0]) => nextForTask(task(given), false);
    const approval = { kind: 'approval' as const, allowedAnswers: ['approve', 'reject'], plan: sha256 };
    expect(next(approval)).toBe(`habeas requests plan ${id}`);
    expect(next({ kind: 'approval', allowedAnswers: ['send-part', 'wait'] })).toContain('requests send-part');
    expect(next({ kind: 'successor' })).toContain('requests successor');
    expect(next({ kind: 'unresolved', code: 'plan-rejected' })).toBe(`habeas requests retry ${id}`);
    expect(next({ kind: 'late-arrivals' })).toContain('tasks show');
    expect(next({ kind: 'blast-radius' })).toContain('tasks show');
    for (const given of [{ kind: 'late-arrivals' }, { kind: 'blast-radius', code: 'blast-radius-records' }] as const)
      expect(showText(shown({ tasks: [task(given)] }), false)).toContain(`habeas requests plan ${id}`);
    const told = showText(shown({ tasks: [task(approval)] }), false);
    expect(told).toContain(`habeas requests approve ${id} --plan 3f2a9c41d07b`);
    expect(told).toContain(`habeas requests reject ${id} --reason "…"`);
  });

  it('of an answer that could not be mailed prints it, and of a package has it tried again', () => {
    const unsent = (allowedAnswers: readonly string[]) =>
      nextForTask(
        task({ kind: 'unresolved', code: 'mail-refused', systemId: null, allowedAnswers: [...allowedAnswers] }),
        false,
      );
    expect(unsent(unsentAnswerTerms.allowedAnswers)).toBe(`habeas requests letter ${id}`);
    expect(unsent(unsentTerms.allowedAnswers)).toMatch(/^habeas tasks answer .* --answer retry/);
  });
});
