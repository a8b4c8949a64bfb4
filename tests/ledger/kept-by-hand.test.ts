/**
 * What a person keeps by hand, on a real PostgreSQL and a real S3 server: it enters the register with its count and its day, a person is
 * asked when the day has come, whether or not the request is long complete, and nothing but their answer settles it. Years pass by the
 * injected clock.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { askAboutKept } from '../../activities/ask-kept.ts';
import { ledgerSteps } from '../../activities/ledger-steps.ts';
import type { CollectionDescription, ManualWork } from '../../connectors/contract.ts';
import { deliverAnswer, printAnswer } from '../../src/answers/index.ts';
import type { Deps } from '../../src/deps.ts';
import type { RequestId, SystemId } from '../../src/ids.ts';
import { dueByHand } from '../../src/ledger/hand-entries.ts';
import { openTasks } from '../../src/ledger/tasks.ts';
import { parseCivilDate } from '../../src/policy/clock/index.ts';
import {
  answerByHand,
  cancel,
  createRequest,
  dryRun,
  listRegister,
  listTasks,
  openEntry,
  parseCounts,
  placeHold,
  releaseHold,
  type SaidByHand,
  showRequest,
  showTask,
  switchAutomatic,
} from '../../src/requests/index.ts';
import { sendTaskLetters } from '../../src/requests/task-letters.ts';
import { openStorage } from '../../src/storage/objects.ts';
import { freshBucket } from '../support/servers.ts';
import { newWorld, type World } from './world.ts';

const described = (collection: string, more: Partial<CollectionDescription> = {}): CollectionDescription => ({
  ...{ collection, owner: 'person', role: 'controller', recordClass: 'support', category: 'Communications' },
  ...{ purpose: 'To answer', legalBasis: 'contract', provenance: 'Written by the person', recipients: [], fields: [] },
  ...more,
});
const collections = [described('letters'), described('bills', { recordClass: 'invoice' })];
const manual: ManualWork = { role: 'agent', instructions: 'Look into the binder by name.', days: 5 };

type KeptDeps = World['deps'] & Pick<Deps, 'storage'>;

let world: World;
let deps: KeptDeps;
let bucket: Awaited<ReturnType<typeof freshBucket>>;
let binder: SystemId;
beforeAll(async () => {
  world = await newWorld('kept', { erases: true });
  bucket = await freshBucket('kept-staging');
  binder = world.systemIds.billing;
  deps = {
    ...world.deps,
    storage: openStorage({ ...bucket, forcePathStyle: true }),
    config: {
      ...world.deps.config,
      controller: {
        ...world.deps.config.controller,
        financialYears: [2026, 2034, 2035, 2036].map((year) => ({ from: `${year}-01-01`, to: `${year}-12-31` })),
      },
      s3: { ...world.deps.config.s3, stagingBucket: bucket.bucket },
    },
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

/** A request past its point of no return whose binder asks a person to erase. */
async function asked() {
  world.setNow('2026-11-23T09:00:00.000Z');
  const { requestId } = await createRequest(deps, {
    rights: ['erasure'],
    identifiers: { email: ['mari@example.ee'], name: 'Mari Tamm' },
    channel: 'email',
    language: 'et',
    identity: { method: 'logged-in', contact: 'mari@example.ee' },
    by: world.people.agent,
  });
  await world.asOwner(`update requests set no_return_at = now() where id = $1`, [requestId]);
  await world.asOwner(
    `update lanes set state = 'parked', stage = 'erase', code = 'by-hand-needed' where request_id = $1 and system_id = $2`,
    [requestId, binder],
  );
  const question = { requestId, systemId: binder, kind: 'manual', code: 'by-hand-needed', right: 'erasure' } as const;
  const { taskId } = await ledgerSteps(deps).openTask(question);
  if (taskId === null) throw new Error('nobody was asked');
  return { requestId, taskId };
}

const proof = { name: 'binder.png', bytes: Buffer.from('a picture of the binder of Mari Tamm') };
const said = (counts: string, more: Partial<SaidByHand & { answer: string }> = {}) => ({
  ...{ counts: parseCounts([counts]), proof, files: [], reason: 'Looked by name', signedBy: world.people.agent },
  ...more,
});
const accounting = { grounds: ['bills=ee-accounting-act-12'], until: ['2033-12-31'] };

/** Three letters are gone, two bills are kept to the end of 2033; the request as a whole is complete. */
async function kept(
  counts = 'letters=3,bills=2:retained=2',
  more: Partial<SaidByHand> = accounting,
): Promise<RequestId> {
  const { requestId, taskId } = await asked();
  await answerByHand(deps, taskId, said(counts, more));
  await complete(requestId);
  return requestId;
}

/** Its other lanes being done, as the database itself lets it. */
async function complete(requestId: RequestId): Promise<void> {
  await world.asOwner(`update lanes set state = 'done', code = null where request_id = $1`, [requestId]);
  await world.asOwner(
    `insert into rounds (request_id, system_id, round, "right", pass, started_at, finished_at, superseded, by_hand)
     select $1, 'account-db', 1, 'erasure', 1, now(), now(), false, true`,
    [requestId],
  );
  await world.asOwner(`update requests set state = 'completed' where id = $1`, [requestId]);
}

/** Its case file's key is destroyed. */
async function endCaseFile(requestId: RequestId): Promise<void> {
  const { case_key_id: key } = await deps.ledger.db
    .selectFrom('requests')
    .select('case_key_id')
    .where('id', '=', requestId)
    .executeTakeFirstOrThrow();
  await deps.keys.destroy(key);
  await world.asOwner(
    `insert into case_files (request_id, ended_at, destroyed_at) values ($1, now(), now())
     on conflict (request_id) do update set destroyed_at = now()`,
    [requestId],
  );
}

const entries = async (requestId: RequestId) =>
  (await listRegister(deps)).filter((entry) => entry.requestId === requestId);
const question = async (requestId: RequestId) => {
  const [task, ...others] = await openTasks(deps.ledger.db, requestId);
  expect(others).toEqual([]);
  return task;
};
const books = async (requestId: RequestId) => {
  const rows = await deps.ledger.db
    .selectFrom('dispositions as d')
    .select((it) => ['d.disposition', 'd.evidence', 'd.reason', 'd.until', it.fn.sum<string>('d.count').as('n')])
    .where('d.request_id', '=', requestId)
    .groupBy(['d.disposition', 'd.evidence', 'd.reason', 'd.until'])
    .orderBy('d.disposition')
    .execute();
  return rows.map((row) =>
    [row.disposition, row.evidence, row.reason, row.until, row.n].filter((part) => part !== null).join(' '),
  );
};
const pagesOf = async (requestId: RequestId) => {
  const names: string[] = [];
  for await (const { name } of deps.storage.list(bucket.bucket, `register/${requestId}/`)) names.push(name);
  return names;
};
/** One hour on a day. */
async function on(day: string): Promise<void> {
  world.setNow(`${day}T09:00:00.000Z`);
  await askAboutKept(deps);
}

describe('what is kept by hand until a day', () => {
  it('is in the register from the answer on, with its count; what says by whom to look is sealed', async () => {
    const requestId = await kept();
    const [entry, ...others] = await entries(requestId);
    expect(others).toEqual([]);
    expect(entry).toMatchObject({
      ...{ kind: 'by-hand', systemId: binder, collection: 'bills', recordClass: 'invoice', count: 2, code: null },
      ...{ dueOn: '2034-01-01', lookOn: '2034-01-01', keptBy: 'Accounting Act §12: until 2033-12-31', taskId: null },
    });
    if (entry === undefined) throw new Error('no entry');
    expect(await openEntry(deps, entry.id, world.people.officer)).toEqual([
      {
        collection: 'bills',
        key: [
          ['email', 'mari@example.ee'],
          ['name', 'Mari Tamm'],
        ],
      },
    ]);
    const { rows } = await world.asOwner('select * from register_entries where request_id = $1', [requestId]);
    expect(JSON.stringify(rows)).not.toMatch(/mari|tamm/i);
    expect(await books(requestId)).toEqual(['erased attested by-hand 3', 'retained attested law-keeps 2033-12-31 2']);
  });

  it('is told to the person as what staff did and kept, on the ground they gave, and never as read back', async () => {
    const { requestId, taskId } = await asked();
    await answerByHand(deps, taskId, said('letters=3:refused=1,bills=0', { grounds: ['17(1)'] }));
    expect(await deliverAnswer(deps, requestId)).toEqual({ outcome: 'by-hand' });
    const { text } = await printAnswer(deps, requestId);
    expect(text).toContain('– 2 kirjet kustutati: tegi käsitsi nimeline töötaja.');
    expect(text).toContain('– Üks kirje jäeti muutmata: ükski kustutamise alus ei ole täidetud (art 17 lg 1).');
    expect(text).not.toContain('ja kontrolliti');
  });

  it('is counted by the database: without its entry the request does not complete', async () => {
    const { requestId, taskId } = await asked();
    await answerByHand(deps, taskId, said('letters=3,bills=2:retained=2', accounting));
    await world.asOwner('update register_entries set count = 1 where request_id = $1', [requestId]);
    await expect(complete(requestId)).rejects.toThrow('what is kept by hand is not in the register');
    await world.asOwner('update register_entries set count = 2 where request_id = $1', [requestId]);
    await world.asOwner(`update requests set state = 'completed' where id = $1`, [requestId]);
  });

  it('is kept under a rule no longer than the rule can keep what is there today', async () => {
    const { taskId } = await asked();
    const given = { ...accounting, until: ['2034-01-01'] };
    await expect(answerByHand(deps, taskId, said('letters=0,bills=2:retained=2', given))).rejects.toMatchObject({
      code: 'kept-ground',
      where: '--until for invoice: ee-accounting-act-12 keeps until 2033-12-31 at most',
    });
  });

  it('comes back only where a day ends it: a refusal without one is in no register', async () => {
    const ground = { grounds: ['17(3)(e)'] };
    const without = await kept('letters=3:refused=1,bills=0', ground);
    expect(await entries(without)).toEqual([]);
    const dated = await kept('letters=3:refused=1,bills=0', { ...ground, until: ['2029-06-30'] });
    expect(await entries(dated)).toMatchObject([
      { kind: 'by-hand', collection: 'letters', count: 1, dueOn: '2029-07-01' },
    ]);
  });

  it('leaves no page and no key of an answer that another person must still give', async () => {
    const { policy } = deps.config;
    const approvals = { ...policy.approvals, approval: 2 };
    const strict = { ...deps, config: { ...deps.config, policy: { ...policy, approvals } } };
    const { requestId, taskId } = await asked();
    const before = await world.asOwner('select count(*)::int as n from register_entries');
    const first = await answerByHand(strict, taskId, said('letters=0,bills=2:retained=2', accounting));
    expect([first.settled, await pagesOf(requestId)]).toEqual([false, []]);
    expect((await world.asOwner('select count(*)::int as n from register_entries')).rows).toEqual(before.rows);
    const signedBy = world.people.second;
    await answerByHand(strict, taskId, said('letters=0,bills=2:retained=2', { ...accounting, signedBy }));
    expect([await pagesOf(requestId), await entries(requestId)]).toMatchObject([[expect.any(String)], [{ count: 2 }]]);
  });
});

describe('when its day has come', () => {
  it('a person is asked, once, of whom the system names, and sees by what to look after the request’s keys are gone', async () => {
    const requestId = await kept();
    const { working_key_id: key } = await deps.ledger.db
      .selectFrom('requests')
      .select('working_key_id')
      .where('id', '=', requestId)
      .executeTakeFirstOrThrow();
    await deps.keys.destroy(key);
    await on('2033-12-31');
    expect(await question(requestId)).toBeUndefined();
    const day = parseCivilDate('2034-01-01', 'test');
    expect((await dryRun(deps, day)).filter(({ what }) => what === 'by-hand')).toContainEqual(
      expect.objectContaining({ systemId: binder, recordClass: 'invoice', until: '2033-12-31' }),
    );
    await on('2034-01-01');
    await on('2034-01-01');
    const task = await question(requestId);
    if (task === undefined) throw new Error('nobody is asked');
    const [listed] = await listTasks(deps, { requestId });
    expect(listed).toMatchObject({
      ...{ kind: 'manual', code: 'kept-due', right: 'erasure', role: 'agent', dueOn: '2034-01-06' },
      ...{ allowedAnswers: ['erased', 'kept', 'not-found'], ifUnanswered: 'kept-too-long', requestDueOn: '2034-01-06' },
    });
    expect(await showTask(deps, task.id)).toMatchObject({ object: null });
    expect((await showTask(deps, task.id, { open: true })).object).toEqual({
      identifiers: [
        { kind: 'email', value: 'mari@example.ee' },
        { kind: 'name', value: 'Mari Tamm' },
      ],
      kept: [{ collection: 'bills', records: 2, because: 'Accounting Act §12: until 2033-12-31', until: '2033-12-31' }],
      recipients: [],
    });
    expect(await entries(requestId)).toMatchObject([{ taskId: task.id }]);
    await expect(cancel(deps, { requestId, reason: 'no more', signedBy: world.people.officer })).rejects.toMatchObject({
      code: 'state-final',
    });
  });

  it('what two people attest as erased is out of the books, the register and the bucket, of a request long complete', async () => {
    const requestId = await kept();
    await on('2034-01-01');
    const task = await question(requestId);
    if (task === undefined) throw new Error('nobody is asked');
    const { agent, second } = world.people;
    const first = await answerByHand(deps, task.id, said('bills=2', { answer: 'erased', signedBy: agent }));
    expect(first).toMatchObject({ settled: false, peopleStillNeeded: 1, right: 'erasure' });
    expect(await entries(requestId)).toMatchObject([{ count: 2 }]);
    await expect(answerByHand(deps, task.id, said('bills=2', { signedBy: agent }))).rejects.toMatchObject({
      code: 'person-twice',
    });
    expect(await answerByHand(deps, task.id, said('bills=2', { signedBy: second }))).toMatchObject({ settled: true });
    expect(await entries(requestId)).toEqual([]);
    expect(await books(requestId)).toEqual(['erased attested by-hand 5']);
    const shown = await showRequest(deps, requestId);
    expect(shown.state).toBe('completed');
    expect(shown.systems.find(({ id }) => id === binder)).toMatchObject({
      erasure: { found: 5, erased: 5, retained: 0, kept: [] },
      attestations: [{ by: 'agent' }, { by: 'agent' }, { by: 'second' }],
    });
    await on('2034-02-01');
    expect(await question(requestId)).toBeUndefined();
  });

  it('one person is enough where its class is swept without asking, but not to keep it on', async () => {
    const { officer, second } = world.people;
    for (const signedBy of [officer, second])
      await switchAutomatic({ ...deps, systems: deps.systems }, { recordClass: 'invoice', on: true, signedBy });
    const [goes, stays] = [await kept(), await kept()];
    await on('2034-01-01');
    const [first, other] = [await question(goes), await question(stays)];
    if (first === undefined || other === undefined) throw new Error('nobody is asked');
    expect(await answerByHand(deps, first.id, said('none'))).toMatchObject({ answer: 'not-found', settled: true });
    expect(await books(goes)).toEqual(['absent attested by-hand 2', 'erased attested by-hand 3']);
    const on1 = said('bills=2:retained=2', { grounds: ['ee-accounting-act-12'], until: ['2035-12-31'] });
    expect(await answerByHand(deps, other.id, on1)).toMatchObject({ settled: false });
    await switchAutomatic(deps, { recordClass: 'invoice', on: false, signedBy: officer });
  });

  it('what is kept on needs two people and a ground of today, and is asked about again on its new day', async () => {
    const requestId = await kept();
    await on('2034-01-01');
    const task = await question(requestId);
    if (task === undefined) throw new Error('nobody is asked');
    const { agent, officer } = world.people;
    const counts = 'bills=2:refused=1';
    const refused = (more: Partial<SaidByHand & { answer: string }>, code: string) =>
      expect(answerByHand(deps, task.id, said(counts, more))).rejects.toMatchObject({ code });
    await refused({}, 'kept-ground');
    await refused({ grounds: ['too-difficult'], until: ['2035-06-30'] }, 'kept-ground');
    await refused({ grounds: ['17(3)(e)'] }, 'kept-ground');
    const claim = { grounds: ['17(3)(e)'], until: ['2035-06-30'] };
    await refused({ ...claim, answer: 'erased' }, 'counts-invalid');
    await answerByHand(deps, task.id, said(counts, { ...claim, signedBy: agent }));
    expect(await answerByHand(deps, task.id, said(counts, { ...claim, signedBy: officer }))).toMatchObject({
      ...{ answer: 'kept', settled: true },
    });
    expect(await entries(requestId)).toMatchObject([{ count: 1, dueOn: '2035-07-01', taskId: null }]);
    expect(await books(requestId)).toEqual(['erased attested by-hand 4', 'refused attested exception 2035-06-30 1']);
    await on('2035-06-30');
    expect(await question(requestId)).toBeUndefined();
    await on('2035-07-01');
    const again = await question(requestId);
    expect([again?.code, again?.id === task.id]).toEqual(['kept-due', false]);
  });

  it('an answer counts what is asked about, all of it and nothing else', async () => {
    const requestId = await kept();
    await on('2034-01-01');
    const task = await question(requestId);
    if (task === undefined) throw new Error('nobody is asked');
    const refused = (counts: string, where: RegExp, more: Partial<SaidByHand> = {}) =>
      expect(answerByHand(deps, task.id, said(counts, more))).rejects.toMatchObject({
        code: 'counts-invalid',
        where: expect.stringMatching(where),
      });
    await refused('bills=1', /bills: 2 are kept/);
    await refused('bills=2,letters=1', /it has bills/);
    await refused('bills=2:referred=1', /referred/);
    await refused('bills=2:retained=1:refused=1', /one ground/, {
      grounds: ['ee-accounting-act-12'],
      until: ['2034-12-31'],
    });
    await expect(answerByHand(deps, task.id, said('bills=2', { proof: undefined }))).rejects.toMatchObject({
      code: 'proof-needed',
    });
    await expect(
      answerByHand(deps, task.id, said('bills=2', { signedBy: world.people.engineer })),
    ).rejects.toMatchObject({ code: 'person-role' });
    expect(await entries(requestId)).toMatchObject([{ count: 2, taskId: task.id }]);
  });

  it('nobody is asked while a hold stands, and nothing is erased under one that came since', async () => {
    const requestId = await kept();
    const { officer } = world.people;
    const hold = { kind: 'legal-hold', owner: 'officer', ground: 'a claim', signedBy: officer } as const;
    world.setNow('2033-12-01T09:00:00.000Z');
    const { holdId } = await placeHold(deps, { ...hold, on: { requestId }, reviewOn: '2034-06-01' });
    await on('2034-01-01');
    expect(await question(requestId)).toBeUndefined();
    expect(await entries(requestId)).toMatchObject([{ code: 'hold-placed', lookOn: '2034-01-31' }]);
    await releaseHold(deps, { holdId, reason: 'the claim is settled', signedBy: officer });
    await on('2034-01-02');
    const task = await question(requestId);
    if (task === undefined) throw new Error('nobody is asked');
    await placeHold(deps, { ...hold, on: { requestId }, reviewOn: '2034-06-01' });
    await expect(answerByHand(deps, task.id, said('bills=2'))).rejects.toMatchObject({ code: 'hold-placed' });
  });

  it('a hold that comes while a person is asked is told with the task, and no letter sends anybody to it', async () => {
    const requestId = await kept();
    await on('2034-01-01');
    const task = await question(requestId);
    if (task === undefined) throw new Error('nobody is asked');
    const mail = { from: 'habeas@example.ee', url: 'smtp://mail.example:25' } as NonNullable<
      KeptDeps['config']['mail']
    >;
    const people = deps.config.people.map((one) => ({ ...one, email: `${one.id}@staff.example` }));
    const mailing = { ...deps, config: { ...deps.config, mail, people } };
    const sent: string[] = [];
    const letters = async () => {
      await sendTaskLetters(mailing, async (_settings, { text }) => void sent.push(text));
      return sent.filter((text) => text.includes(task.id)).length;
    };
    const { officer } = world.people;
    const hold = { kind: 'legal-hold', owner: 'officer', ground: 'a claim', signedBy: officer } as const;
    const { holdId } = await placeHold(deps, { ...hold, on: { requestId }, reviewOn: '2034-06-01' });
    expect([(await showTask(deps, task.id)).held, await letters()]).toEqual(['hold-placed', 0]);
    await releaseHold(deps, { holdId, reason: 'the claim is settled', signedBy: officer });
    expect((await showTask(deps, task.id)).held).toBeNull();
    expect(await letters()).toBeGreaterThan(0);
  });

  it('nothing is erased while the person asks for access, though nothing links the requests any more', async () => {
    const requestId = await kept();
    await endCaseFile(requestId);
    const access = async () => {
      const { requestId: id } = await createRequest(deps, {
        ...{ rights: ['access'], identifiers: { email: ['Mari@Example.ee'] }, channel: 'email', language: 'et' },
        identity: { method: 'logged-in', contact: 'mari@example.ee' },
        by: world.people.agent,
      });
      const end = () => world.asOwner(`update requests set state = 'cancelled' where id = $1`, [id]);
      return Object.assign(end, { id });
    };
    const linksTo = (id: RequestId) =>
      deps.ledger.db
        .selectFrom('request_links')
        .selectAll()
        .where('request_id', '=', requestId)
        .where('linked_id', '=', id)
        .execute();
    world.setNow('2033-12-20T09:00:00.000Z');
    const end = await access();
    await expect(linksTo(end.id)).resolves.toEqual([]);
    await on('2034-01-01');
    expect(await question(requestId)).toBeUndefined();
    expect(await entries(requestId)).toMatchObject([{ code: 'request-open', lookOn: '2034-01-02' }]);
    await end();
    await on('2034-01-02');
    const task = await question(requestId);
    if (task === undefined) throw new Error('nobody is asked');
    const endAgain = await access();
    expect(await showTask(deps, task.id)).toMatchObject({ held: 'request-open' });
    await expect(answerByHand(deps, task.id, said('bills=2'))).rejects.toMatchObject({ code: 'request-open' });
    await endAgain();
    expect(await answerByHand(deps, task.id, said('bills=2'))).toMatchObject({ peopleStillNeeded: 1 });
  });

  it('two who count differently come to the same by counting again', async () => {
    const requestId = await kept();
    await on('2034-01-01');
    const task = await question(requestId);
    if (task === undefined) throw new Error('nobody is asked');
    const { agent, second } = world.people;
    await answerByHand(deps, task.id, said('bills=2', { signedBy: agent }));
    const other = await answerByHand(deps, task.id, said('bills=2:absent=1', { signedBy: second }));
    expect(other).toMatchObject({ settled: false, peopleStillNeeded: 1 });
    const same = said('bills=2:absent=1', { signedBy: agent });
    expect(await answerByHand(deps, task.id, same)).toMatchObject({ settled: true });
    expect(await books(requestId)).toEqual(['absent attested by-hand 1', 'erased attested by-hand 4']);
    // What the first said at first is attested by nobody.
    const shown = (await showRequest(deps, requestId)).systems.find(({ id }) => id === binder);
    expect(shown?.attestations.map(({ by }) => by)).toEqual(['agent', 'second', 'agent']);
  });

  it('what waits for the end of an open question takes the place of nothing else', async () => {
    const grounds = ['letters=17(3)(e)', 'bills=ee-accounting-act-12'];
    const until = ['letters=2033-06-30', 'bills=2033-12-31'];
    const requestId = await kept('letters=3:refused=1,bills=2:retained=2', { grounds, until });
    await on('2033-07-01');
    const task = await question(requestId);
    if (task === undefined) throw new Error('nobody is asked');
    await on('2034-01-01');
    expect((await question(requestId))?.id).toBe(task.id);
    const waiting = (await dueByHand(deps.ledger.db, '2034-01-01')).filter((one) => one.request_id === requestId);
    expect(waiting).toEqual([]);
    for (const signedBy of [world.people.agent, world.people.second])
      await answerByHand(deps, task.id, said('letters=1', { signedBy }));
    await on('2034-01-01');
    expect((await entries(requestId)).map(({ taskId }) => taskId)).toEqual([(await question(requestId))?.id]);
  });

  it('whoever received it is named with the question, and the answer says when they were told', async () => {
    const received = [described('letters'), described('bills', { recordClass: 'invoice', recipients: ['Books Ltd'] })];
    const system = deps.systems.get(binder);
    if (system === undefined) throw new Error('no binder');
    const giving = { ...deps, systems: new Map(deps.systems).set(binder, { ...system, collections: received }) };
    const requestId = await kept();
    world.setNow('2034-01-01T09:00:00.000Z');
    await askAboutKept(giving);
    const task = await question(requestId);
    if (task === undefined) throw new Error('nobody is asked');
    expect((await showTask(giving, task.id, { open: true })).object).toMatchObject({
      recipients: [{ name: 'Books Ltd', role: 'unlisted', tell: expect.stringContaining('Art. 19') }],
    });
    const answer = (told?: string, signedBy = world.people.agent) =>
      answerByHand(giving, task.id, said('bills=2', { told, signedBy }));
    await expect(answer()).rejects.toMatchObject({ code: 'kept-untold', where: '--told: Books Ltd' });
    await expect(answer('2034-01-02')).rejects.toMatchObject({ code: 'delivery-date', where: '--told' });
    await answer('2033-12-30');
    expect(await answer('impossible', world.people.second)).toMatchObject({ settled: true });
    const { rows } = await world.asOwner(
      `select statement::jsonb->'details'->'told' as told from people_decisions where task_id = $1 order by seq`,
      [task.id],
    );
    expect(rows.map(({ told }) => told)).toEqual([
      { on: '2033-12-30', recipients: ['Books Ltd'] },
      { on: null, recipients: ['Books Ltd'] },
    ]);
  });

  it('is closed at the moment at which it takes effect, so that a receipt made while it was signed is made anew', async () => {
    const requestId = await kept();
    await on('2034-01-01');
    const task = await question(requestId);
    if (task === undefined) throw new Error('nobody is asked');
    await answerByHand(deps, task.id, said('bills=2', { signedBy: world.people.second }));
    let at = Date.parse('2034-01-01T10:00:00Z') / 1_000;
    const ticking = { ...deps, now: () => new Date(at++ * 1_000) };
    await answerByHand(ticking, task.id, said('bills=2'));
    const { rows } = await world.asOwner(
      `select t.closed_at > d.at as later from tasks t join people_decisions d on d.task_id = t.id and d.person_id = 'agent' where t.id = $1`,
      [task.id],
    );
    expect(rows).toEqual([{ later: true }]);
  });

  it('after the case file has ended the proof is known by its hash alone, and the answer stands', async () => {
    const requestId = await kept();
    await endCaseFile(requestId);
    await on('2034-01-01');
    const task = await question(requestId);
    if (task === undefined) throw new Error('nobody is asked');
    const count = () =>
      world.asOwner('select count(*)::int as n from sealed_objects where request_id = $1', [requestId]);
    const before = (await count()).rows;
    const { agent, second } = world.people;
    await answerByHand(deps, task.id, said('bills=2', { signedBy: agent }));
    expect(await answerByHand(deps, task.id, said('bills=2', { signedBy: second }))).toMatchObject({ settled: true });
    expect((await count()).rows).toEqual(before);
    expect(await books(requestId)).toEqual(['erased attested by-hand 5']);
  });

  it('the books of a finished request do not change without an answer', async () => {
    const requestId = await kept();
    await on('2034-01-01');
    const [entry] = await entries(requestId);
    const { rows } = await world.asOwner('select id from people_decisions where request_id = $1 limit 1', [requestId]);
    const book = world.asOwner(`select habeas_hand_book($1, 'erased', 1, $2)`, [entry?.id, rows[0]?.id]);
    await expect(book).rejects.toThrow('nobody has answered for this entry');
  });
});
