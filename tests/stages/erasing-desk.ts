/**
 * Stages and ledger steps of an erasure on a real ledger and a real bucket, without a workflow: each called as the workflow
 * would, with systems in memory that can be looked into. People's decisions are the ledger's own functions.
 */
import { MockActivityEnvironment } from '@temporalio/testing';
import { mainActivities, systemActivities } from '../../activities/index.ts';
import type { ErasePart, RecordRef, System } from '../../connectors/contract.ts';
import type { LoadedConfig } from '../../src/config/load.ts';
import type { Deps } from '../../src/deps.ts';
import { newId, type RequestId, type SystemId } from '../../src/ids.ts';
import { putHold } from '../../src/ledger/holds.ts';
import { approvePlan, rejectPlan } from '../../src/ledger/plan-approval.ts';
import { closeTask, openTasks } from '../../src/ledger/tasks.ts';
import { sealRow } from '../../src/ledger/vault.ts';
import { addDays, parseCivilDate } from '../../src/policy/clock/index.ts';
import { createRequest } from '../../src/requests/index.ts';
import { openStorage } from '../../src/storage/objects.ts';
import type { Proposed } from '../../workflows/stages.ts';
import { newWorld, type World } from '../ledger/world.ts';
import { freshBucket } from '../support/servers.ts';
import { ErasingSystem, rowsOf } from '../workflow/erasing-system.ts';

export interface ErasingDesk {
  readonly world: World;
  readonly deps: Deps;
  readonly requestId: RequestId;
  readonly systems: Readonly<Record<string, System>>;
  readonly stages: ReturnType<typeof systemActivities>;
  readonly steps: ReturnType<typeof mainActivities>;
  /** A system's id, and every stage of it with the next number of the workflow. */
  readonly id: (name?: string) => SystemId;
  locate(name?: string): Promise<unknown>;
  read(round?: number, pass?: number, name?: string): Promise<unknown>;
  plan(round?: number, name?: string): ReturnType<ErasingDesk['stages']['plan']>;
  prepare(round?: number, name?: string): ReturnType<ErasingDesk['stages']['prepare']>;
  erase(rank?: ErasePart, round?: number, name?: string): ReturnType<ErasingDesk['stages']['erase']>;
  verify(
    rank?: ErasePart,
    at?: { round?: number; pass?: number; attempt?: number },
    name?: string,
  ): ReturnType<ErasingDesk['stages']['verify']>;
  propose(pass?: number): Promise<Proposed>;
  approve(pass?: number): Promise<void>;
  reject(pass?: number): Promise<void>;
  pass(pass?: number): ReturnType<ErasingDesk['steps']['passNoReturn']>;
  close(outcome: 'completed' | 'awaiting_expiry' | 'cancelled'): Promise<void>;
  hold(on: { readonly request?: true; readonly records?: readonly RecordRef[] }, name?: string): Promise<void>;
  /** Answers the only open task of a kind. */
  answer(kind: string, answer: string): Promise<void>;
  /** Locate, read and plan one system. */
  toPlanned(name?: string): Promise<void>;
  /** On to the point of no return, for every system. */
  toNoReturn(pass?: number): Promise<void>;
  /** Sums of the books of erasure, by `disposition/evidence`. */
  books(): Promise<Readonly<Record<string, number>>>;
  /** Objects in the bucket below a prefix. */
  objects(prefix: string): Promise<readonly string[]>;
  /** As after the end of a request's work. */
  destroyStaging(): Promise<void>;
  end(): Promise<void>;
}

const anna = { id: '7', proofs: { email: 'anna.marker@example.ee' } };
const berta = { id: '8', proofs: { email: 'berta.marker@example.ee' } };

/** Notes go whole, posts lose their text, lines go by themselves; the account's own row last. Anna has 36 records. */
export function accountDb(): ErasingSystem {
  return new ErasingSystem({
    needs: ['email'],
    accounts: [anna, berta],
    hasSubjectRow: true,
    collections: [
      { collection: 'notes', rows: [...rowsOf('notes', '7', 25), ...rowsOf('notes', '8', 3)] },
      {
        ...{ collection: 'posts', erase: { whole: 'anonymise' } },
        rows: [...rowsOf('posts', '7', 4), ...rowsOf('posts', '8', 2)],
      },
      {
        ...{ collection: 'lines', description: { recordClass: 'server-log' } },
        erase: { mode: 'expiry', days: 90, balancing: { en: 'Lines cannot be erased singly.' } },
        rows: rowsOf('lines', '7', 6),
      },
    ],
  });
}

/** Published periods: what most tests erase goes with the request. */
export const periods: LoadedConfig['policy']['retention']['periods'] = [
  { recordClass: 'account', period: { months: 1 }, from: 'closure', source: 'Privacy policy', onErasure: 'ends' },
];

const blastRadius = { maxRecords: 100_000, timesMedian: 1000 };

export async function newErasingDesk(
  label: string,
  systems: Readonly<Record<string, System>>,
  policy: Partial<LoadedConfig['policy']> = {},
  backups: readonly { readonly name: string; readonly maxAgeDays: number }[] = [],
): Promise<ErasingDesk> {
  const [world, bucket] = await Promise.all([newWorld(label), freshBucket(label)]);
  const base = world.deps.config;
  const known = base.systems.filter(({ id }) => systems[id] !== undefined);
  const config: LoadedConfig = {
    ...base,
    controller: { ...base.controller, financialYears: [{ from: '2026-01-01', to: '2026-12-31' }] },
    systems: known,
    backups: backups.map((one, no) => ({ ...one, id: `backup-${no}`, systems: known.map(({ id }) => id) })),
    s3: { ...base.s3, stagingBucket: bucket.bucket, packageBucket: bucket.bucket },
    policy: {
      ...base.policy,
      retention: { ...base.policy.retention, periods },
      blastRadius,
      coolingOffHours: 0,
      ...policy,
    },
  };
  const storage = openStorage({ ...config.s3, ...bucket, forcePathStyle: true });
  const open = new Map(known.flatMap(({ id }) => (systems[id] === undefined ? [] : [[id, systems[id]] as const])));
  const deps: Deps = { ...world.deps, config, storage, systems: open };
  // What intake asks for was there then.
  const asked: Deps = { ...deps, config: { ...config, policy: { ...config.policy, blastRadius } } };
  const { requestId } = await createRequest(asked, {
    ...{ rights: ['erasure'], channel: 'email', language: 'en', identifiers: { email: ['anna.marker@example.ee'] } },
    ...{ identity: { method: 'known-in-person', contact: 'anna.marker@example.ee' }, by: world.people.agent },
  });
  const { db } = deps.ledger;
  const stages = systemActivities(deps);
  const steps = mainActivities(deps);
  let seq = 0;
  const id = (name = 'account-db'): SystemId => known.find((one) => one.id === name)?.id ?? fail(name);
  const call = <I, O>(stage: (input: I) => Promise<O>, input: I): Promise<O> =>
    new MockActivityEnvironment().run(stage, input);
  const at = (round: number, name?: string) => {
    seq += 1;
    return { requestId, systemId: id(name), round, workflowSeq: seq };
  };
  const currentSha = async (pass: number) =>
    (
      await db
        .selectFrom('plans')
        .select('sha256')
        .where('pass', '=', pass)
        .where('ended_at', 'is', null)
        .executeTakeFirstOrThrow()
    ).sha256;
  const decide = async (pass: number, answer: 'approve' | 'reject') => {
    const plan = { requestId, sha256: await currentSha(pass), at: deps.now() };
    const task = (await openTasks(db, requestId)).find((one) => one.about_sha256 === plan.sha256);
    await db.transaction().execute(async (trx) => {
      if (task !== undefined) await closeTask(trx, { taskId: task.id, answer, at: plan.at });
      await (answer === 'approve' ? approvePlan(trx, plan) : rejectPlan(trx, plan));
    });
  };
  const desk: ErasingDesk = {
    ...{ world, deps, requestId, systems, stages, steps, id },
    locate: (name) => call(stages.locate, at(0, name)),
    read: (round = 1, pass = 1, name) => call(stages.read, { ...at(round, name), right: 'erasure' as const, pass }),
    plan: (round = 1, name) => call(stages.plan, at(round, name)),
    prepare: (round = 1, name) => call(stages.prepare, at(round, name)),
    erase: (rank = 'dependants', round = 1, name) => call(stages.erase, { ...at(round, name), rank }),
    verify: (rank = 'dependants', { round = 1, pass = 1, attempt = 1 } = {}, name) =>
      new MockActivityEnvironment({ attempt }).run(stages.verify, { ...at(round, name), rank, pass }),
    propose: (pass = 1) => steps.proposePlan({ requestId, pass, workflowSeq: 1 }),
    approve: (pass = 1) => decide(pass, 'approve'),
    reject: (pass = 1) => decide(pass, 'reject'),
    pass: async (pass = 1) => {
      await steps.coolOff({ requestId, pass });
      return steps.passNoReturn({ requestId, pass, workflowSeq: 1 });
    },
    close: async (outcome) => {
      seq += 1;
      await steps.close({ requestId, outcome, workflowSeq: seq });
    },
    hold: async ({ request, records = [] }, name) => {
      const keyId = await deps.keys.create('hold');
      const value = { ground: 'a ground', records };
      const sealed = await sealRow(deps.keys, { requestId: null, keyId, bytes: Buffer.from(JSON.stringify(value)) });
      const today = parseCivilDate('2026-11-23', 'today');
      const person = config.people[0]?.id ?? fail('person');
      const target = request ? { requestId, systemId: null } : { requestId: null, systemId: id(name) };
      await db.transaction().execute((trx) =>
        putHold(trx, {
          ...{ id: newId('hold'), kind: 'legal-hold', target, owner: person, placedBy: person, placedOn: today },
          ...{ reviewOn: addDays(today, 30), keyId, sealed, records: records.length, decisionId: newId('decision') },
          at: deps.now(),
        }),
      );
    },
    answer: async (kind, answer) => {
      const [task, ...others] = (await openTasks(db, requestId)).filter((one) => one.kind === kind);
      if (task === undefined || others.length > 0) throw new Error(`one open task ${kind} expected`);
      await db.transaction().execute((trx) => closeTask(trx, { taskId: task.id, answer, at: deps.now() }));
    },
    toPlanned: async (name) => {
      await desk.locate(name);
      await desk.read(1, 1, name);
      await desk.plan(1, name);
    },
    toNoReturn: async (pass = 1) => {
      const rows = await db
        .selectFrom('rounds')
        .select(['system_id', 'round'])
        .where('pass', '=', pass)
        .where('superseded', '=', false)
        .orderBy('system_id')
        .execute();
      await desk.propose(pass);
      await desk.approve(pass);
      for (const row of rows) await desk.prepare(row.round, row.system_id);
      const passed = await desk.pass(pass);
      if (!passed.ok) throw new Error(`not passed: ${passed.code}`);
    },
    books: async () => {
      const rows = await db
        .selectFrom('dispositions as d')
        .innerJoin('rounds as r', (join) =>
          join
            .onRef('r.request_id', '=', 'd.request_id')
            .onRef('r.system_id', '=', 'd.system_id')
            .onRef('r.round', '=', 'd.round'),
        )
        .select((it) => ['d.disposition', 'd.evidence', it.fn.sum<string>('d.count').as('count')])
        .where('r.superseded', '=', false)
        .groupBy(['d.disposition', 'd.evidence'])
        .orderBy('d.disposition')
        .execute();
      return Object.fromEntries(rows.map((row) => [`${row.disposition}/${row.evidence}`, Number(row.count)]));
    },
    objects: async (prefix) => {
      const names: string[] = [];
      for await (const { name } of storage.list(bucket.bucket, prefix)) names.push(name);
      return names;
    },
    destroyStaging: async () => {
      seq += 1;
      await call(steps.destroyStaging, { requestId, workflowSeq: seq });
    },
    end: async () => {
      storage.close();
      await world.close();
    },
  };
  return desk;
}

function fail(what: string): never {
  throw new Error(`no ${what}`);
}
