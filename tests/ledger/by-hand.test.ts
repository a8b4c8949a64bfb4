/**
 * A system that a person answers for by hand, or that two people leave unresolved, on a real PostgreSQL and a real S3
 * server: what is refused, what is signed, what the books say, and that nothing is left of a decision that was not taken.
 */
import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ledgerSteps } from '../../activities/ledger-steps.ts';
import type { CollectionDescription } from '../../connectors/contract.ts';
import type { Deps } from '../../src/deps.ts';
import type { RequestId, SystemId } from '../../src/ids.ts';
import { attachedFiles } from '../../src/ledger/attached.ts';
import { beginRound } from '../../src/ledger/rounds.ts';
import type { LaneState } from '../../src/ledger/states.ts';
import { laneTerms, taskTerms } from '../../src/ledger/task-kinds.ts';
import { openTask } from '../../src/ledger/tasks.ts';
import { getSealed, getSealedBytes } from '../../src/ledger/vault.ts';
import {
  answer,
  createRequest,
  doneByHand,
  type GivenByHand,
  leaveUnresolved,
  listTasks,
  parseCounts,
  pauseSystem,
  resumeSystem,
  retry,
  type SignedBy,
  showRequest,
} from '../../src/requests/index.ts';
import { unseal } from '../../src/security/seal.ts';
import { verify } from '../../src/security/signing.ts';
import { openStorage } from '../../src/storage/objects.ts';
import { freshBucket } from '../support/servers.ts';
import { newWorld, type World } from './world.ts';

type LaneDeps = World['deps'] & Pick<Deps, 'storage'>;

const described = (name: string): CollectionDescription => ({
  collection: name,
  owner: 'person',
  role: 'controller',
  recordClass: 'forum',
  category: 'Communications',
  purpose: 'To let customers help one another',
  legalBasis: 'contract',
  provenance: 'Written by the person',
  recipients: [],
  fields: ['id'],
});

let world: World;
let deps: LaneDeps;
let forum: SystemId;
beforeAll(async () => {
  world = await newWorld('byhand');
  const bucket = await freshBucket('byhand-staging');
  forum = world.systemIds.billing;
  const collections = ['members', 'posts', 'likes'].map(described);
  deps = {
    ...world.deps,
    storage: openStorage({ ...bucket, forcePathStyle: true }),
    config: { ...world.deps.config, s3: { ...world.deps.config.s3, stagingBucket: bucket.bucket } },
    systems: new Map([...world.deps.systems].map(([id, system]) => [id, { ...system, collections }])),
  };
});
afterAll(async () => {
  deps?.storage.close();
  await world?.close();
});

const setLane = (
  requestId: RequestId,
  systemId: SystemId,
  state: LaneState,
  code: 'system-timeout' | 'system-paused',
) =>
  deps.ledger.db
    .updateTable('lanes')
    .set({ state, stage: 'read', code: state === 'done' ? null : code })
    .where('request_id', '=', requestId)
    .where('system_id', '=', systemId)
    .execute();

const ask = (requestId: RequestId, kind: 'unresolved' | 'candidate') =>
  deps.ledger.db.transaction().execute((trx) =>
    openTask(trx, {
      ...(kind === 'unresolved' ? laneTerms : taskTerms.candidate),
      requestId,
      systemId: forum,
      kind,
      dueOn: '2026-12-01',
      code: 'system-timeout',
      objectSealed: null,
      peopleNeeded: 1,
      at: deps.now(),
    }),
  );

/** A verified request whose forum is parked, with its open question. */
async function parked(code: 'system-timeout' | 'system-paused' = 'system-timeout') {
  const { requestId } = await createRequest(deps, {
    rights: ['access'],
    identifiers: { email: ['mari@example.ee'] },
    channel: 'email',
    language: 'et',
    identity: { method: 'logged-in', contact: 'mari@example.ee' },
    by: world.people.agent,
  });
  await setLane(requestId, forum, 'parked', code);
  return { requestId, taskId: await ask(requestId, 'unresolved') };
}

const file = (name: string, bytes: Buffer, step = 100_000) => ({
  name,
  open: async function* () {
    for (let from = 0; from < bytes.length; from += step) yield bytes.subarray(from, from + step);
  },
});
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
const proof = { name: 'mari-tamm-screen.png', bytes: Buffer.from('a screenshot of Mari') };
const posts = Buffer.from('posts of Mari');

const byHand = (requestId: RequestId, change: Partial<GivenByHand> = {}) =>
  doneByHand(deps, {
    requestId,
    systemId: forum,
    counts: parseCounts(['members=1,posts=12:withheld=2:referred=3,likes=0']),
    proof,
    files: [file('mari tamm.PDF', posts)],
    reason: 'The forum is closed for good; its administrator exported it',
    signedBy: world.people.officer,
    ...change,
  });

const leave = (requestId: RequestId, signedBy: SignedBy, change: { owner?: string; next?: string } = {}) =>
  leaveUnresolved(deps, {
    requestId,
    systemId: forum,
    owner: 'engineer',
    next: '2026-12-14',
    reason: 'the vendor restores it by then',
    signedBy,
    ...change,
  });

async function staged(requestId: RequestId): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of deps.storage.list(deps.config.s3.stagingBucket, `staging/${requestId}/`))
    names.push(name);
  return names;
}

const rowsOf = async (table: string, requestId: RequestId) =>
  Number(
    (await world.asOwner(`select count(*)::int as n from ${table} where request_id = $1`, [requestId])).rows[0]?.n,
  );

const forumOf = async (requestId: RequestId) =>
  (await showRequest(deps, requestId)).systems.find(({ id }) => id === forum);

describe('a system done by hand', () => {
  it('counts what the person attests, is shown as theirs, and lets the request complete', async () => {
    const { requestId, taskId } = await parked();
    const candidate = await ask(requestId, 'candidate');
    const done = await byHand(requestId);
    expect(done).toMatchObject({ settled: true, round: 1, taskId, proofSha256: sha256(proof.bytes) });
    expect(done.files).toEqual([{ sha256: sha256(posts), sizeBytes: posts.length }]);

    expect(await forumOf(requestId)).toMatchObject({
      found: 13,
      exported: 8,
      withheld: 2,
      referred: 3,
      pending: 0,
      byHand: { by: 'officer', at: '2026-11-23T09:00:00.000Z', proofSha256: sha256(proof.bytes) },
      task: null,
    });
    const tasks = await listTasks(deps, { requestId });
    expect(tasks.map(({ id }) => id)).not.toContain(candidate);
    const evidence = await world.asOwner('select distinct reason, evidence from dispositions where request_id = $1', [
      requestId,
    ]);
    expect(evidence.rows).toEqual([{ reason: 'by-hand', evidence: 'attested' }]);

    // The other system was read and had nothing.
    await setLane(requestId, world.systemIds.accountDb, 'done', 'system-timeout');
    await world.asOwner(
      "insert into rounds (request_id, system_id, round, started_at, finished_at) values ($1, 'account-db', 1, now(), now())",
      [requestId],
    );
    const complete = () =>
      deps.ledger.db.updateTable('requests').set({ state: 'completed' }).where('id', '=', requestId).execute();
    await expect(complete()).rejects.toMatchObject({ code: 'books-unbalanced' });
    await setLane(requestId, forum, 'done', 'system-timeout');
    // An attested number that was changed on one side is no balance.
    const withheld = (count: number) =>
      world.asOwner("update dispositions set count = $2 where request_id = $1 and disposition = 'withheld'", [
        requestId,
        count,
      ]);
    await withheld(3);
    await expect(complete()).rejects.toMatchObject({ code: 'books-unbalanced' });
    await withheld(2);
    await complete();
    expect((await showRequest(deps, requestId)).state).toBe('completed');
  });

  it('signs counts and hashes, and keeps names of files, proof and reason sealed', async () => {
    const { requestId } = await parked();
    const done = await byHand(requestId);
    const row = await deps.ledger.db
      .selectFrom('people_decisions')
      .selectAll()
      .where('id', '=', done.decisionId)
      .executeTakeFirstOrThrow();
    const publicKey = deps.config.people.find((one) => one.id === 'officer')?.publicKey ?? '';
    expect(verify(row.statement, row.signature, publicKey)).toBe(true);
    expect(JSON.parse(row.statement)).toMatchObject({
      answer: 'done-by-hand',
      systemId: forum,
      details: {
        round: 1,
        counts: {
          members: { found: 1, exported: 1, withheld: 0, referred: 0 },
          posts: { found: 12, exported: 7, withheld: 2, referred: 3 },
          likes: { found: 0, exported: 0, withheld: 0, referred: 0 },
        },
        proofSha256: sha256(proof.bytes),
        files: [{ sha256: sha256(posts), sizeBytes: posts.length }],
      },
    });
    const audit = await deps.ledger.db
      .selectFrom('audit')
      .select('body')
      .where('request_id', '=', requestId)
      .where('kind', '=', 'done-by-hand')
      .executeTakeFirstOrThrow();
    expect(JSON.parse(audit.body)).toMatchObject({
      system: forum,
      person: 'officer',
      found: 13,
      exported: 8,
      withheld: 2,
      referred: 3,
      files: 1,
      proof: sha256(proof.bytes),
    });

    // Opened with the case key, everything is there; without it, nothing can be read anywhere.
    const opened = await getSealed(deps.ledger.db, deps.keys, row.reason_sealed ?? '', (value) =>
      JSON.stringify(value),
    );
    for (const said of ['administrator exported', proof.name, 'mari tamm.PDF']) expect(opened).toContain(said);
    const sealedProof = /"sealed":"([0-9a-z]+)"/.exec(opened)?.[1] ?? '';
    expect(await getSealedBytes(deps.ledger.db, deps.keys, sealedProof)).toEqual(proof.bytes);
    const dump: string[] = [...(await staged(requestId)), row.statement];
    for (const table of ['attached_files', 'streams', 'dispositions', 'audit', 'people_decisions', 'tasks'])
      dump.push(
        JSON.stringify((await world.asOwner(`select * from ${table} where request_id = $1`, [requestId])).rows),
      );
    for (const name of ['mari', 'Mari', 'screen', 'administrator']) expect(dump.join('\n')).not.toContain(name);
  });

  it('keeps a long file in sealed pieces of at most 8 MiB, each under its own name, and loses nothing', async () => {
    const { requestId } = await parked();
    const long = randomBytes(17 * 1024 * 1024 + 5);
    await byHand(requestId, { files: [file('small.txt', posts), file('all.zip', long, 3_000_001)] });
    const [small, whole] = (await attachedFiles(deps.ledger.db, requestId)).get(forum) ?? [];
    expect([small?.extension, whole?.extension]).toEqual(['txt', 'zip']);
    expect(whole?.pieces.map(({ plainBytes }) => plainBytes)).toEqual([8388608, 8388608, 1048581]);
    const names = (await staged(requestId)).sort();
    expect(names).toEqual(
      [small, whole].flatMap((one) => one?.pieces.map(({ objectName }) => objectName) ?? []).sort(),
    );
    expect(names[0]).toMatch(new RegExp(`^staging/${requestId}/${forum}/by-hand/1/1/0-[0-9a-z]{26}$`));
    const { working_key_id: keyId } = await deps.ledger.db
      .selectFrom('requests')
      .select('working_key_id')
      .where('id', '=', requestId)
      .executeTakeFirstOrThrow();
    const key = await deps.keys.use(keyId);
    const plain: Buffer[] = [];
    for (const { objectName, tag } of whole?.pieces ?? []) {
      const sealed = await deps.storage.get(deps.config.s3.stagingBucket, objectName);
      expect(sealed.subarray(-16).toString('hex')).toBe(tag);
      plain.push(await unseal(key, objectName, sealed));
    }
    expect(Buffer.concat(plain).equals(long)).toBe(true);
  });

  it('is refused with a code, and stores nothing, unless everything is there', async () => {
    const { requestId, taskId } = await parked();
    const { agent, engineer } = world.people;
    const cases: readonly (readonly [string, Partial<GivenByHand>])[] = [
      ['counts-invalid', { counts: parseCounts(['members=1,posts=12']) }],
      ['counts-invalid', { counts: parseCounts(['members=1,posts=12,likes=0,secret=1']) }],
      ['proof-needed', { proof: undefined }],
      ['proof-needed', { proof: { name: 'empty', bytes: Buffer.alloc(0) } }],
      ['attachment-too-large', { proof: { name: 'long', bytes: Buffer.alloc(25 * 1024 * 1024 + 1) } }],
      ['file-needed', { files: [] }],
      ['file-needed', { files: [file('full', posts), file('empty', Buffer.alloc(0))] }],
      ['reason-needed', { reason: ' ' }],
      ['person-needed', { signedBy: undefined }],
      ['person-role', { signedBy: agent }],
      ['person-role', { signedBy: engineer }],
      ['lane-not-parked', { systemId: world.systemIds.accountDb }],
    ];
    for (const [code, change] of cases) await expect(byHand(requestId, change)).rejects.toMatchObject({ code });
    await expect(
      answer(deps, { taskId, answer: 'done-by-hand', reason: 'no proof at all', signedBy: world.people.officer }),
    ).rejects.toMatchObject({ code: 'proof-needed' });
    await setLane(requestId, forum, 'running', 'system-timeout');
    await expect(byHand(requestId)).rejects.toMatchObject({ code: 'lane-not-parked' });
    await setLane(requestId, forum, 'parked', 'system-timeout');
    expect(await staged(requestId)).toEqual([]);
    // The one decision is the identity's, at intake.
    const tables = ['people_decisions', 'rounds', 'attached_files', 'streams'];
    expect(await Promise.all(tables.map((table) => rowsOf(table, requestId)))).toEqual([1, 0, 0, 0]);
    // Nothing is given to the person: no file is needed.
    expect(await byHand(requestId, { counts: parseCounts(['none']), files: [] })).toMatchObject({ settled: true });
    expect(await forumOf(requestId)).toMatchObject({ found: 0, exported: 0, collections: [{}, {}, {}] });
  });

  it('leaves no object where its transaction fails', async () => {
    const { requestId } = await parked();
    await world.asOwner('alter table attached_files add constraint broken check (false) not valid');
    await expect(byHand(requestId)).rejects.toMatchObject({ code: 'internal' });
    await world.asOwner('alter table attached_files drop constraint broken');
    expect(await staged(requestId)).toEqual([]);
    expect(await forumOf(requestId)).toMatchObject({ found: null, byHand: null, state: 'parked' });
  });

  it('is one person’s answer, however many give it in the same moment', async () => {
    const { requestId } = await parked();
    const both = await Promise.allSettled([
      byHand(requestId),
      byHand(requestId, { signedBy: world.people.second, files: [file('other.txt', Buffer.from('other'))] }),
    ]);
    expect(both.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const recorded = [...(await attachedFiles(deps.ledger.db, requestId)).values()]
      .flat()
      .flatMap(({ pieces }) => pieces);
    expect(await staged(requestId)).toEqual(recorded.map(({ objectName }) => objectName));
    expect(recorded).toHaveLength(1);
  });

  it('supersedes what was read of it before', async () => {
    const { requestId } = await parked();
    await world.asOwner(`insert into rounds (request_id, system_id, round, started_at) values ($1, $2, 3, now())`, [
      requestId,
      forum,
    ]);
    await world.asOwner(
      `insert into streams (request_id, system_id, round, stream_no, collection, record_class, owner_kind, role, "right",
         disposition, reason, fields) values ($1, $2, 3, 0, 'posts', 'forum', 'person', 'controller', 'access', 'exported', 'own', '[]')`,
      [requestId, forum],
    );
    expect(await forumOf(requestId)).toMatchObject({ found: null });
    expect(await byHand(requestId)).toMatchObject({ round: 4 });
    expect(await forumOf(requestId)).toMatchObject({ found: 13 });
  });

  it('is heard by a workflow that begins anew, also where none said yet that the lane is done', async () => {
    const { requestId } = await parked();
    await byHand(requestId);
    const { lanes } = await ledgerSteps({ ...deps }).begin({ requestId });
    expect(lanes.find(({ systemId }) => systemId === forum)).toMatchObject({ state: 'parked', byHand: true, round: 1 });
  });

  it('is not mixed with a reading that was about to begin under the same number', async () => {
    const { requestId } = await parked();
    const { round } = await byHand(requestId);
    const read = (no: number) =>
      deps.ledger.db
        .transaction()
        .execute((trx) => beginRound(trx, { requestId, systemId: forum, round: no }, deps.now()));
    await expect(read(round)).rejects.toMatchObject({ code: 'stage-superseded' });
    expect(await forumOf(requestId)).toMatchObject({ found: 13, byHand: { by: 'officer' } });
    // Whoever reads anew later takes its place, as any later reading does.
    expect(await read(round + 1)).toBe(true);
    expect(await forumOf(requestId)).toMatchObject({ found: null, byHand: null });
  });

  it('may be one that is stopped, but not one that was resumed and goes on by itself', async () => {
    const { requestId } = await parked('system-paused');
    await expect(byHand(requestId)).rejects.toMatchObject({ code: 'lane-not-parked' });
    const stop = { systemId: forum, reason: 'maintenance', signedBy: world.people.engineer };
    await pauseSystem(deps, stop);
    expect(await byHand(requestId)).toMatchObject({ settled: true });
    await resumeSystem(deps, stop);
  });
});

describe('a system left unresolved', () => {
  const openLaneTask = async (requestId: RequestId) => {
    const tasks = await listTasks(deps, { requestId });
    return tasks.find(({ kind }) => kind === 'unresolved');
  };

  it('by one person changes nothing; by a second, the question is asked anew of the owner on that date', async () => {
    const { requestId, taskId } = await parked();
    expect(await leave(requestId, world.people.officer)).toMatchObject({ settled: false, peopleStillNeeded: 1 });
    expect(await openLaneTask(requestId)).toMatchObject({ id: taskId, owner: null });
    await expect(leave(requestId, world.people.officer)).rejects.toMatchObject({ code: 'person-twice' });
    expect(await openLaneTask(requestId)).toMatchObject({ id: taskId, owner: null });

    expect(await leave(requestId, world.people.second)).toMatchObject({ settled: true, peopleStillNeeded: 0 });
    const anew = await openLaneTask(requestId);
    expect(anew).toMatchObject({
      owner: 'engineer',
      dueOn: '2026-12-14',
      code: 'system-timeout',
      allowedAnswers: ['retry', 'done-by-hand', 'leave-unresolved'],
      peopleNeeded: 1,
    });
    expect(anew?.id).not.toBe(taskId);
    const said = await world.asOwner(
      "select body from audit where request_id = $1 and kind = 'task-opened' order by seq desc limit 1",
      [requestId],
    );
    expect(JSON.parse(said.rows[0]?.body)).toMatchObject({ owner: 'engineer', due: '2026-12-14' });
  });

  it('by one person is shown to whoever must agree, with its terms, until it is settled or its day has come', async () => {
    const { requestId } = await parked();
    expect(await openLaneTask(requestId)).toMatchObject({ voices: [] });
    await leave(requestId, world.people.officer, { next: '2027-11-14' });
    await leave(requestId, world.people.officer, { next: '2026-11-24' });
    const terms = { owner: 'engineer', next: '2026-11-24' };
    const voices = [{ personId: 'officer', answer: 'leave-unresolved', terms }];
    expect(await openLaneTask(requestId)).toMatchObject({ voices });
    const shown = await showRequest(deps, requestId);
    expect(shown.tasks.find(({ kind }) => kind === 'unresolved')).toMatchObject({ voices });
    world.setNow('2026-11-24T09:00:00.000Z');
    try {
      expect(await openLaneTask(requestId)).toMatchObject({ voices: [] });
    } finally {
      world.setNow('2026-11-23T09:00:00.000Z');
    }
    await leave(requestId, world.people.second, { next: '2026-11-24' });
    const { tasks } = await showRequest(deps, requestId);
    expect(tasks.map(({ closedAt, voices: said }) => [closedAt === null, said])).toContainEqual([true, []]);
  });

  it('by people who name different owners or dates is refused, and the second is told what the first said', async () => {
    const { requestId } = await parked();
    await leave(requestId, world.people.officer);
    for (const other of [{ owner: 'agent' }, { next: '2026-12-15' }])
      await expect(leave(requestId, world.people.second, other)).rejects.toMatchObject({
        code: 'voices-differ',
        where: '--owner engineer --next 2026-12-14',
      });
    expect(await leave(requestId, world.people.second)).toMatchObject({ settled: true });
  });

  it('may be proposed anew by the same person under other terms: a mistake in the date binds nobody', async () => {
    const { requestId } = await parked();
    const { officer, second } = world.people;
    await leave(requestId, officer, { next: '2027-11-14' });
    await expect(leave(requestId, second)).rejects.toMatchObject({ code: 'voices-differ' });
    expect(await leave(requestId, officer)).toMatchObject({ settled: false, peopleStillNeeded: 1 });
    await expect(leave(requestId, officer)).rejects.toMatchObject({ code: 'person-twice' });
    await expect(leave(requestId, second, { next: '2027-11-14' })).rejects.toMatchObject({
      code: 'voices-differ',
      where: '--owner engineer --next 2026-12-14',
    });
    expect(await leave(requestId, second)).toMatchObject({ settled: true });
    expect(await openLaneTask(requestId)).toMatchObject({ owner: 'engineer', dueOn: '2026-12-14' });
  });

  it('proposed until a day that has come holds up nobody who proposes another', async () => {
    const { requestId } = await parked();
    await leave(requestId, world.people.officer, { next: '2026-11-24' });
    world.setNow('2026-11-24T09:00:00.000Z');
    try {
      expect(await leave(requestId, world.people.second)).toMatchObject({ settled: false });
      expect(await leave(requestId, world.people.officer)).toMatchObject({ settled: true });
    } finally {
      world.setNow('2026-11-23T09:00:00.000Z');
    }
  });

  it('needs a configured owner, a day to come within a year, a reason and the role', async () => {
    const { requestId, taskId } = await parked();
    const { officer, agent } = world.people;
    await expect(leave(requestId, officer, { owner: 'nobody' })).rejects.toMatchObject({ code: 'person-unknown' });
    for (const next of ['2026-11-23', '2026-11-22', '2027-11-24'])
      await expect(leave(requestId, officer, { next })).rejects.toMatchObject({ code: 'next-date' });
    await expect(leave(requestId, officer, { next: '2026-02-30' })).rejects.toMatchObject({
      code: 'clock-date-invalid',
    });
    await expect(leave(requestId, agent)).rejects.toMatchObject({ code: 'person-role' });
    await expect(
      answer(deps, { taskId, answer: 'leave-unresolved', reason: 'no terms', signedBy: officer }),
    ).rejects.toMatchObject({ code: 'next-date' });
    expect(await leave(requestId, officer, { next: '2027-11-23' })).toMatchObject({ settled: false });
  });

  it('proposed by one person may still be retried or answered by hand by the same person', async () => {
    const { officer } = world.people;
    const retried = await parked();
    await leave(retried.requestId, officer);
    expect(await retry(deps, { requestId: retried.requestId, systemId: forum, signedBy: officer })).toMatchObject({
      settled: true,
    });
    const done = await parked();
    await leave(done.requestId, officer);
    expect(await byHand(done.requestId)).toMatchObject({ settled: true });
    await expect(leave(done.requestId, world.people.second)).rejects.toMatchObject({ code: 'lane-not-parked' });
    const resumed = await parked('system-paused');
    const stop = { systemId: forum, reason: 'maintenance', signedBy: officer };
    await pauseSystem(deps, stop);
    await leave(resumed.requestId, officer);
    await resumeSystem(deps, stop);
    expect((await showRequest(deps, resumed.requestId)).decisions.at(-1)).toMatchObject({ kind: 'resume' });
  });

  it('before the point of no return may be answered by hand after it, and not sooner', async () => {
    const { requestId } = await parked();
    await world.asOwner(
      `update tasks set allowed_answers = '["retry","leave-unresolved"]', "right" = 'erasure'
       where request_id = $1 and kind = 'unresolved'`,
      [requestId],
    );
    const erased = { counts: parseCounts(['members=1,posts=2,likes=0']), files: [] };
    await leave(requestId, world.people.officer);
    await leave(requestId, world.people.second);
    await setLane(requestId, forum, 'unresolved', 'system-timeout');
    expect(await openLaneTask(requestId)).toMatchObject({
      allowedAnswers: ['retry', 'done-by-hand', 'leave-unresolved'],
    });
    await expect(byHand(requestId, erased)).rejects.toMatchObject({ code: 'by-hand-too-early' });
    await world.asOwner('update requests set no_return_at = now() where id = $1', [requestId]);
    expect(await byHand(requestId, erased)).toMatchObject({ settled: true, right: 'erasure' });
  });

  it('can afterwards be left again, retried, or answered by hand', async () => {
    const { officer, second } = world.people;
    const left = async () => {
      const { requestId } = await parked();
      await leave(requestId, officer);
      await leave(requestId, second);
      await setLane(requestId, forum, 'unresolved', 'system-timeout');
      return requestId;
    };
    const again = await left();
    await leave(again, second, { owner: 'officer', next: '2027-01-04' });
    await leave(again, officer, { owner: 'officer', next: '2027-01-04' });
    expect(await openLaneTask(again)).toMatchObject({ owner: 'officer', dueOn: '2027-01-04' });
    expect(await retry(deps, { requestId: again, systemId: forum, signedBy: officer })).toMatchObject({
      settled: true,
    });
    expect(await byHand(await left())).toMatchObject({ settled: true });
  });
});
