/**
 * The question to a person who does by hand what no program can do in a system, on a real PostgreSQL and a real S3 server: what
 * is asked and of whom, what an answer must say for access and for erasure, and what the books say of it.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ledgerSteps } from '../../activities/ledger-steps.ts';
import type { CollectionDescription, ManualWork } from '../../connectors/contract.ts';
import type { Deps } from '../../src/deps.ts';
import type { RequestId, SystemId } from '../../src/ids.ts';
import type { Right } from '../../src/ledger/states.ts';
import {
  answerByHand,
  createRequest,
  leaveUnresolved,
  listTasks,
  parseCounts,
  placeHold,
  type SaidByHand,
  showRequest,
  showTask,
} from '../../src/requests/index.ts';
import { openStorage } from '../../src/storage/objects.ts';
import { freshBucket } from '../support/servers.ts';
import { newWorld, type World } from './world.ts';

const described = (collection: string, more: Partial<CollectionDescription> = {}): CollectionDescription => ({
  ...{ collection, owner: 'person', role: 'controller', recordClass: 'support', category: 'Communications' },
  ...{ purpose: 'To answer', legalBasis: 'contract', provenance: 'Written by the person', recipients: [], fields: [] },
  ...more,
});
const collections = [
  described('letters'),
  described('bills', { recordClass: 'invoice' }),
  described('forms', { role: 'processor' }),
];
const manual: ManualWork = { role: 'agent', instructions: 'Look into the binder by name.', days: 5 };

let world: World;
let deps: World['deps'] & Pick<Deps, 'storage'>;
let binder: SystemId;
beforeAll(async () => {
  world = await newWorld('manualtask', { erases: true });
  const bucket = await freshBucket('manualtask-staging');
  binder = world.systemIds.billing;
  deps = {
    ...world.deps,
    storage: openStorage({ ...bucket, forcePathStyle: true }),
    config: { ...world.deps.config, s3: { ...world.deps.config.s3, stagingBucket: bucket.bucket } },
    systems: new Map(
      [...world.deps.systems].map(([id, system]) => [
        id,
        id === binder ? { ...system, collections, manifest: { ...system.manifest, manual } } : system,
      ]),
    ),
  };
});
afterAll(async () => {
  deps?.storage.close();
  await world?.close();
});

/** A verified request whose binder stops at once, as the workflow has it stop. */
async function asked(right: Right, noReturn = true) {
  const { requestId } = await createRequest(deps, {
    rights: [right],
    identifiers: { email: ['mari@example.ee'], name: 'Mari Tamm' },
    channel: 'email',
    language: 'et',
    identity: { method: 'logged-in', contact: 'mari@example.ee' },
    by: world.people.agent,
  });
  if (noReturn && right === 'erasure')
    await world.asOwner(`update requests set no_return_at = now() where id = $1`, [requestId]);
  await stop(requestId, right);
  const taskId = await ask(requestId, right);
  if (taskId === null) throw new Error('nobody was asked');
  return { requestId, taskId };
}

const stop = (requestId: RequestId, right: Right) =>
  world.asOwner(
    `update lanes set state = 'parked', stage = $3, code = 'by-hand-needed' where request_id = $1 and system_id = $2`,
    [requestId, binder, right === 'access' ? 'read' : 'erase'],
  );

async function ask(requestId: RequestId, right: Right) {
  const question = { requestId, systemId: binder, kind: 'manual', code: 'by-hand-needed', right } as const;
  return (await ledgerSteps(deps).openTask(question)).taskId;
}

const proof = { name: 'binder.png', bytes: Buffer.from('a picture of the binder of Mari Tamm') };
const said = (counts: string, more: Partial<SaidByHand & { answer: string }> = {}) => ({
  ...{ counts: parseCounts([counts]), proof, files: [], reason: 'Looked by name', signedBy: world.people.agent },
  ...more,
});
const letter = {
  name: 'mari.pdf',
  open: async function* () {
    yield Buffer.from('the letters');
  },
};

/** Whether the database itself lets the request complete, its other lanes being done. */
async function balances(requestId: RequestId): Promise<void> {
  await world.asOwner(`update lanes set state = 'done', code = null where request_id = $1`, [requestId]);
  const right = `(select "right" from request_rights where request_id = $1 limit 1)`;
  await world.asOwner(
    `insert into rounds (request_id, system_id, round, "right", pass, started_at, finished_at, superseded, by_hand)
     select $1, 'account-db', 1, ${right}, case ${right} when 'access' then 0 else 1 end, now(), now(), false, true`,
    [requestId],
  );
  await world.asOwner(`update requests set state = 'completed' where id = $1`, [requestId]);
}

describe('a question to a person', () => {
  it('is asked once a right, of whom the configuration names, with what is known of the person sealed into it', async () => {
    const { requestId, taskId } = await asked('access');
    expect(await ask(requestId, 'access')).toBe(taskId);
    const [task] = (await listTasks(deps, { requestId })).filter(({ kind }) => kind === 'manual');
    expect(task).toMatchObject({
      ...{ id: taskId, systemId: binder, role: 'agent', dueOn: '2026-11-28', code: 'by-hand-needed', right: 'access' },
      ...{ allowedAnswers: ['found', 'not-found', 'leave-unresolved'], ifUnanswered: 'stays-open-system-missing' },
    });
    expect((await showTask(deps, taskId, { open: true })).object).toEqual({
      identifiers: [
        { kind: 'email', value: 'mari@example.ee' },
        { kind: 'name', value: 'Mari Tamm' },
      ],
    });
    const { rows } = await world.asOwner('select count(*)::int as n from sealed_objects where request_id = $1', [
      requestId,
    ]);
    await ask(requestId, 'access');
    const again = await world.asOwner('select count(*)::int as n from sealed_objects where request_id = $1', [
      requestId,
    ]);
    expect(again.rows).toEqual(rows);
    // Another right of the same system is another question.
    expect(await ask(requestId, 'erasure')).not.toBe(taskId);
  });

  it('is not asked of a lane that goes on', async () => {
    const { requestId } = await asked('access');
    await world.asOwner(`update lanes set state = 'done' where request_id = $1`, [requestId]);
    expect(await ask(requestId, 'erasure')).toBeNull();
  });

  it('may be left open by two people, and is asked anew of the owner', async () => {
    const { requestId } = await asked('access');
    const terms = {
      requestId,
      systemId: binder,
      owner: 'agent',
      next: '2026-12-14',
      reason: 'the binder is at the archive',
    };
    const { officer, second } = world.people;
    await leaveUnresolved(deps, { ...terms, signedBy: officer });
    expect(await leaveUnresolved(deps, { ...terms, signedBy: second })).toMatchObject({ settled: true });
    const [task] = (await listTasks(deps, { requestId })).filter(({ kind }) => kind === 'manual');
    expect(task).toMatchObject({ owner: 'agent', dueOn: '2026-12-14', right: 'access' });
    expect(task?.allowedAnswers).toContain('found');
  });
});

describe('an answer of access', () => {
  it('says what the counts say, and refuses what does not belong to them', async () => {
    const { taskId } = await asked('access');
    const refused = (given: ReturnType<typeof said>, code: string, where?: string) =>
      expect(answerByHand(deps, taskId, given)).rejects.toMatchObject({
        code,
        ...(where === undefined ? {} : { where }),
      });
    await refused(said('letters=1,bills=0,forms=0', { answer: 'not-found', files: [letter] }), 'counts-invalid');
    await refused(said('letters=1,bills=0,forms=0', { answer: 'found' }), 'file-needed');
    await refused(said('letters=1,bills=0', { files: [letter] }), 'counts-invalid', '--counts: missing forms');
    await refused(said('letters=0,bills=0,forms=2', { files: [letter] }), 'counts-invalid');
    await refused(said('letters=1:erased=1,bills=0,forms=0', { files: [letter] }), 'counts-invalid');
    await refused(said('none', { proof: undefined }), 'proof-needed');
    await refused(said('none', { reason: ' ' }), 'reason-needed');
    await refused(said('none', { signedBy: world.people.engineer }), 'person-role');
  });

  it('is attested: both sides of the balance are the person’s word, with the proof', async () => {
    const { requestId, taskId } = await asked('access');
    const done = await answerByHand(
      deps,
      taskId,
      said('letters=3:withheld=1,bills=0,forms=2:referred=2', { files: [letter] }),
    );
    expect(done).toMatchObject({ answer: 'found', right: 'access', settled: true });
    const { systems } = await showRequest(deps, requestId);
    expect(systems.find(({ id }) => id === binder)).toMatchObject({
      ...{ found: 5, exported: 2, withheld: 1, referred: 2 },
      attestations: [{ right: 'access', by: 'agent', proofSha256: done.proofSha256 }],
    });
    await balances(requestId);
  });
});

describe('an answer of erasure', () => {
  it('comes no earlier than the point of no return', async () => {
    const { requestId, taskId } = await asked('erasure', false);
    const given = said('letters=3,bills=0,forms=0', { answer: 'erased' });
    await expect(answerByHand(deps, taskId, given)).rejects.toMatchObject({ code: 'by-hand-too-early' });
    await world.asOwner('update requests set no_return_at = now() where id = $1', [requestId]);
    expect(await answerByHand(deps, taskId, given)).toMatchObject({ settled: true });
  });

  it('says of what is kept which law, which policy knows for the class, and until when', async () => {
    const { requestId, taskId } = await asked('erasure');
    const counts = 'letters=3,bills=2:retained=2,forms=1:referred=1';
    const refused = (more: Partial<SaidByHand>, where: RegExp) =>
      expect(answerByHand(deps, taskId, said(counts, more))).rejects.toMatchObject({
        code: 'kept-ground',
        where: expect.stringMatching(where),
      });
    await refused({}, /invoice: .*ee-accounting-act-12/);
    await refused({ grounds: ['too-difficult'], until: ['2033-12-31'] }, /ee-vat-act-36/);
    await refused({ grounds: ['ee-vat-act-36'] }, /--until/);
    await refused({ grounds: ['ee-vat-act-36'], until: ['2020-12-31'] }, /--until/);
    await refused(
      { grounds: ['ee-vat-act-36'], until: ['2033-11-24'] },
      /ee-vat-act-36 keeps until 2033-11-23 at most/,
    );
    const given = { grounds: ['bills=ee-vat-act-36'], until: ['2033-11-23'] };
    expect(await answerByHand(deps, taskId, said(counts, given))).toMatchObject({ answer: 'erased', settled: true });
    const { systems } = await showRequest(deps, requestId);
    expect(systems.find(({ id }) => id === binder)?.erasure).toMatchObject({
      ...{ found: 6, erased: 3, retained: 2, referred: 1, unverified: 0, pending: 0, byHand: true },
      kept: [
        { collection: 'bills', disposition: 'retained', reason: 'law-keeps', keptBy: 'VAT Act §36: until 2033-11-23' },
        { collection: 'forms', disposition: 'referred' },
      ],
    });
    await balances(requestId);
  });

  it('of nothing but what is kept is `kept`, on a ground of the closed list where it is refused', async () => {
    const { taskId } = await asked('erasure');
    const counts = 'letters=1:refused=1,bills=0,forms=0';
    await expect(answerByHand(deps, taskId, said(counts, { grounds: ['17(3)(b)'] }))).rejects.toMatchObject({
      code: 'kept-ground',
    });
    await expect(
      answerByHand(deps, taskId, said(counts, { grounds: ['17(3)(e)'], files: [letter] })),
    ).rejects.toMatchObject({ code: 'usage' });
    expect(await answerByHand(deps, taskId, said(counts, { grounds: ['17(3)(e)'] }))).toMatchObject({ answer: 'kept' });
  });

  it('is refused while a hold stands against it, unless nothing was erased', async () => {
    const { requestId, taskId } = await asked('erasure');
    await placeHold(deps, {
      ...{ on: { requestId }, kind: 'legal-hold', owner: 'officer', reviewOn: '2027-06-01', ground: 'a claim' },
      signedBy: world.people.officer,
    });
    await expect(answerByHand(deps, taskId, said('letters=1,bills=0,forms=0'))).rejects.toMatchObject({
      code: 'hold-placed',
    });
    expect(await answerByHand(deps, taskId, said('none'))).toMatchObject({ answer: 'not-found', settled: true });
  });

  it('of a system that no plan covered needs as many people as a plan, who count the same', async () => {
    const { policy } = deps.config;
    const strict = {
      ...deps,
      config: { ...deps.config, policy: { ...policy, approvals: { ...policy.approvals, approval: 2 } } },
    };
    const { taskId } = await asked('erasure');
    const { agent, second } = world.people;
    const first = await answerByHand(strict, taskId, said('letters=3,bills=0,forms=0', { signedBy: agent }));
    expect(first).toMatchObject({ settled: false, peopleStillNeeded: 1 });
    const other = await answerByHand(strict, taskId, said('letters=2,bills=0,forms=0', { signedBy: second }));
    expect(other).toMatchObject({ settled: false });
    const { officer } = world.people;
    const agrees = await answerByHand(strict, taskId, said('letters=3,bills=0,forms=0', { signedBy: officer }));
    expect(agrees).toMatchObject({ settled: true });
  });
});
