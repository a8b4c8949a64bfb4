/** Nothing of a person can leave for Temporal, and everything the stages send can. */
import { describe, expect, it } from '@jest/globals';
import { ApplicationFailure, CancelledFailure, defaultPayloadConverter, TimeoutFailure } from '@temporalio/common';
import fc from 'fast-check';
import { freshRound, laneOf } from '../../workflows/lanes.ts';
import type { Begun, Decisions, Located, StageInput } from '../../workflows/stages.ts';
import type { SubjectRequestInput } from '../../workflows/subject-request.ts';
import { catalogue, HabeasError } from '../errors.ts';
import { newId, type SystemId } from '../ids.ts';
import { decisionKinds } from '../ledger/states.ts';
import {
  laneTerms,
  planTerms,
  searchByHandTerms,
  taskTerms,
  unsentAnswerTerms,
  unsentTerms,
} from '../ledger/task-kinds.ts';
import { assertEncoded, refusingCodec } from './codec.ts';
import { failureConverter, payloadConverter } from './data-converter.ts';
import { areDetails, isWorkflowMetadata } from './metadata.ts';
import { assertPayload, isPayloadToken } from './payload.ts';

/** The edge where test slugs become ids. */
const system = (slug: string) => slug as SystemId;
const slugs = new Set(['account-db', 'billing', 'user_id', 'email', 'test-']);
const requestId = newId('request');

const stageInput: StageInput = { requestId, systemId: system('account-db'), round: 2, workflowSeq: 14 };
const located: Located = {
  keys: 1,
  learnt: 2,
  kinds: ['user_id'],
  openCandidates: 0,
  seq: 4,
  changed: true,
  dated: ['email'],
  tooMany: false,
};
const begun: Begun = {
  state: 'received',
  identity: 'unverified',
  lanes: [
    {
      systemId: system('account-db'),
      configured: true,
      locateCost: 'lookup',
      needs: ['email', 'user_id'],
      state: 'parked',
      stage: 'read',
      code: 'system-unreachable',
      attempts: 3,
      round: 1,
      openCandidates: 0,
      byHand: false,
      acted: null,
      rank: 2,
      hasSubjectRow: true,
      erasures: [],
    },
  ],
  retry: { initialMs: 1000, maxMs: 60_000, attempts: 5 },
  queuePrefix: 'test-',
  workflowSeq: 3,
  held: false,
  parts: 1,
  packages: [newId('package')],
  rights: ['access', 'erasure'],
  accessDone: false,
  noReturn: false,
  expiring: false,
  decided: false,
};
const decisions: Decisions = {
  seq: 4,
  candidates: [{ systemId: system('account-db'), openCandidates: 1 }],
  decisions: [
    {
      seq: 4,
      kind: 'answer',
      answer: 'accept',
      taskId: newId('task'),
      taskKind: 'candidate',
      systemId: null,
      code: null,
      settled: true,
    },
  ],
  resumed: [system('billing')],
};
/** What a request with a long history hands its next run. */
const renewed: SubjectRequestInput = {
  requestId,
  carried: { seq: 4, workflowSeq: 90, asked: 10, isOverrun: true, parts: 1, lanes: begun.lanes.map(laneOf) },
};
/** As it hands one in the midst of an erasure. */
const erasing: SubjectRequestInput = {
  requestId,
  carried: {
    ...{ seq: 9, workflowSeq: 120, asked: 5, isOverrun: false, parts: 1 },
    pass: { pass: 2, state: 'cooled' },
    lanes: begun.lanes.map((lane) => ({ ...laneOf(lane), erasing: [{ ...freshRound(2, 1), prepared: true }] })),
  },
};
const legitimate: readonly unknown[] = [
  erasing,
  { requestId },
  stageInput,
  located,
  begun,
  decisions,
  renewed,
  { requestId, applied: [4], moot: [] },
  { requestId, state: 'needs_decision', workflowSeq: 9 },
  { requestId, kind: 'unresolved', systemId: null, code: 'system-timeout' },
  { requestId, outcome: 'cancelled', workflowSeq: 9 },
  { taskId: newId('task') },
  { taskId: null },
  { packageId: newId('package'), members: 12, sizeBytes: 5_000_000_000, exported: 1_000_000 },
  { outcome: 'by-hand' },
  'f'.repeat(64),
  '2026-11-23',
  '2026-11-23T10:00:00.000Z',
  7,
  null,
  undefined,
];

const markers = [
  'anna.marker@example.ee',
  'Anna Märker',
  'anna',
  'Tartu maantee 1',
  '+372 5555 5555',
  '37605030299',
  'ÕÄÖÜ',
  '🎵',
  'req_anna',
  '192.0.2.17',
  'cus_NffrFeUfNV2Hib',
];

describe('what may pass', () => {
  it.each(legitimate.map((value, index) => [index, value] as const))(
    'passes what the stages send (%i)',
    (_no, value) => {
      expect(() => assertPayload(value, slugs)).not.toThrow();
      expect(() => assertEncoded(payloadConverter.toPayload(value), slugs)).not.toThrow();
    },
  );

  it.each(markers)('refuses a value of a person wherever it stands: %s', (marker) => {
    const places = [marker, [marker], { requestId: marker }, { lanes: [{ systemId: marker }] }, { [marker]: 1 }];
    for (const value of places) expect(() => assertPayload(value, slugs)).toThrow(HabeasError);
  });

  it('passes every answer that people may give to a task, and every kind of decision', () => {
    const terms = [
      ...Object.values(taskTerms),
      laneTerms,
      planTerms,
      searchByHandTerms,
      unsentAnswerTerms,
      unsentTerms,
    ];
    for (const answer of terms.flatMap(({ allowedAnswers }) => allowedAnswers))
      expect(() => assertPayload({ answer }, slugs)).not.toThrow();
    for (const kind of Object.keys(decisionKinds)) expect(() => assertPayload({ kind }, slugs)).not.toThrow();
  });

  it('refuses any text that is not one of the closed vocabularies, ids, hashes, dates or configured slugs', () => {
    const known = /^(?:[a-z][a-z0-9_-]*)?$/;
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.emailAddress(), fc.string({ unit: 'binary' }), fc.ipV4()), (text) => {
        fc.pre(!known.test(text));
        expect(isPayloadToken(text)).toBe(false);
        expect(() => assertPayload({ answer: text }, slugs)).toThrow(HabeasError);
      }),
      { numRuns: 1000 },
    );
  });

  it('on the main thread refuses words of a slug’s shape that nobody configured', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z][a-z0-9_-]{0,39}$/), (text) => {
        fc.pre(!slugs.has(text) && !isPayloadToken(text, new Set()));
        expect(() => assertPayload({ answer: text }, slugs)).toThrow(HabeasError);
      }),
      { numRuns: 500 },
    );
  });

  it('refuses numbers as long as personal codes and telephone numbers, fractions, and negative ones', () => {
    for (const number of [37605030299, 37255555555, 1.5, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => assertPayload({ found: number }, slugs)).toThrow(HabeasError);
    }
    expect(() => assertPayload({ sizeBytes: 37605030299 }, slugs)).not.toThrow();
  });

  it('never repeats what it refuses', () => {
    for (const marker of markers) {
      try {
        assertPayload({ answer: marker, [marker]: marker }, slugs);
      } catch (error) {
        expect(String(error)).not.toContain(marker);
      }
    }
  });

  it('refuses objects that could turn into something else when they are encoded', () => {
    expect(() => assertPayload({ toJSON: () => 'anna' }, slugs)).toThrow(HabeasError);
    expect(() => assertPayload(new Date(), slugs)).toThrow(HabeasError);
    expect(() => assertPayload(Buffer.from('anna'), slugs)).toThrow(HabeasError);
  });
});

describe('the codec on the main thread', () => {
  it('refuses what came past the converter: raw JSON, bytes, unknown encodings', async () => {
    const codec = refusingCodec(slugs);
    for (const value of [{ requestId: 'anna' }, 'anna', Buffer.from('anna')]) {
      await expect(codec.encode([defaultPayloadConverter.toPayload(value)])).rejects.toMatchObject({
        code: 'payload-refused',
      });
    }
    await expect(codec.encode([{ data: Buffer.from('"x"') }])).rejects.toMatchObject({ code: 'payload-refused' });
  });

  it('lets Temporal show the lanes, and nothing else in their place', () => {
    const handlers = [
      { name: '__temporal_workflow_metadata', description: 'Returns metadata associated with this workflow.' },
    ];
    const metadata = (currentDetails: string) => ({
      definition: {
        type: 'subjectRequest',
        queryDefinitions: handlers,
        signalDefinitions: [{ name: 'wake' }],
        updateDefinitions: [],
      },
      currentDetails,
    });
    expect(isWorkflowMetadata(metadata('reading\n- account-db: parked, read, system-unreachable, 3'), slugs)).toBe(
      true,
    );
    expect(isWorkflowMetadata(metadata('- account-db: anna'), slugs)).toBe(false);
    expect(isWorkflowMetadata({ ...metadata(''), more: 'anna' }, slugs)).toBe(false);
    for (const marker of markers) expect(areDetails(`- account-db: ${marker}`, slugs)).toBe(false);
  });
});

describe('failures', () => {
  const secret = 'anna.marker@example.ee';
  const thrown: readonly unknown[] = [
    new Error(secret),
    new TypeError(secret, { cause: new Error(secret) }),
    secret,
    { secret },
    ApplicationFailure.create({ message: secret, type: secret, details: [secret], cause: new Error(secret) }),
    ApplicationFailure.create({ message: secret, type: 'system-timeout', details: [{ secret }] }),
    new CancelledFailure(secret, [secret], new Error(secret)),
    new TimeoutFailure(secret, { secret }, 'HEARTBEAT'),
    new HabeasError('system-unreachable', { where: 'schema.table', cause: new Error(secret) }),
  ];

  it('carry a catalogue code and nothing of what was thrown: no text, stack, details or cause', () => {
    for (const error of thrown) {
      const text = JSON.stringify(failureConverter.errorToFailure(error, payloadConverter));
      expect(text).not.toContain('anna');
      expect(text).not.toMatch(/stackTrace":"[^"]/);
      expect(text).not.toContain('.ts:');
    }
  });

  it('say by the catalogue whether trying again can help', () => {
    for (const [code, { retryable }] of Object.entries(catalogue)) {
      const failure = failureConverter.errorToFailure(
        ApplicationFailure.create({ type: code, nonRetryable: retryable }),
        payloadConverter,
      );
      expect(failure.message).toBe(code);
      expect(failure.applicationFailureInfo).toEqual({ type: code, nonRetryable: !retryable });
    }
  });
});
