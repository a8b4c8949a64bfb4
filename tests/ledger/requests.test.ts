/** Opening a request on a real PostgreSQL: what is refused, what is frozen, and that nothing of it lies in the clear. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { HabeasError } from '../../src/errors.ts';
import type { RequestId } from '../../src/ids.ts';
import {
  answer,
  cancel,
  createRequest,
  destroyDueKeys,
  listRequests,
  listSystems,
  listTasks,
  type NewRequest,
  pauseClock,
  showRequest,
  showTask,
} from '../../src/requests/index.ts';
import type { KeyStore } from '../../src/security/keys.ts';
import { newWorld, type World } from './world.ts';

describe('a new request', () => {
  let world: World;
  beforeAll(async () => {
    world = await newWorld('requests');
  });
  afterAll(() => world.close());

  const plain: NewRequest = {
    rights: ['access'],
    identifiers: { email: ['mari.tamm@example.ee'] },
    channel: 'email',
    language: 'et',
  };
  const count = async (table: 'requests' | 'sealed_objects') => {
    const result = await world.asOwner(`select count(*)::int as n from ${table}`);
    return Number(result.rows[0]?.n);
  };
  const liveKeys = async () => (await readdir(world.keyFolder)).filter((name) => name.endsWith('.key')).length;

  it('freezes its systems, dates and configuration, and asks for the identity first', async () => {
    const created = await createRequest(world.deps, { ...plain, receivedOn: '2026-11-20' });
    expect(created).toMatchObject({
      state: 'received',
      identity: 'unverified',
      receivedOn: '2026-11-20',
      dueOn: '2026-12-21',
    });
    expect(created.tasks).toMatchObject([{ kind: 'identity', dueOn: '2026-12-18' }]);
    const shown = await showRequest(world.deps, created.requestId);
    expect(shown).toMatchObject({
      state: 'received',
      waitsFor: 'identity',
      seq: 1,
      workflowReadUpTo: 0,
      identity: { state: 'unverified' },
      clock: { dueOn: '2026-12-21', workToOn: '2026-12-21', extendedDueOn: null },
      systems: [
        { id: 'account-db', state: 'waiting' },
        { id: 'billing', state: 'waiting' },
      ],
      auditHead: { seq: 2 },
    });
    expect(shown.clock.alarms.map((one) => one.kind)).toEqual(['internal-target', 'statutory']);
    expect((await listRequests(world.deps)).map((one) => one.id)).toContain(created.requestId);
    expect((await listSystems(world.deps))[0]).toMatchObject({ id: 'account-db', incident: null });
  });

  it('has its statutory day by the controller’s calendar, not by that of the server', async () => {
    world.setNow('2026-11-23T22:30:00.000Z');
    const created = await createRequest(world.deps, plain);
    expect(created.receivedOn).toBe('2026-11-24');
    world.setNow('2026-11-23T09:00:00.000Z');
  });

  it('is refused with a code that names the place, and leaves neither rows nor keys', async () => {
    const before = [await count('requests'), await count('sealed_objects'), await liveKeys()];
    const cases: readonly (readonly [string, Partial<NewRequest>])[] = [
      ['identifier-missing', { identifiers: {} }],
      ['identifier-missing', { identifiers: { company: 'Kohvik OÜ' } }],
      ['identifier-unusable', { identifiers: { email: [''] } }],
      ['identifier-unusable', { identifiers: { email: ['mari'] } }],
      ['identifier-unusable', { identifiers: { email: ['%@example.ee'] } }],
      ['identifier-unusable', { identifiers: { userId: '0' } }],
      ['identifier-unusable', { identifiers: { userId: '00000000-0000-0000-0000-000000000000' } }],
      ['identifier-unusable', { identifiers: { email: ['mari@example.ee'], name: 'unknown' } }],
      ['received-in-future', { receivedOn: '2026-11-24' }],
      ['clock-date-invalid', { receivedOn: '2026-02-30' }],
      ['usage', { rights: [] }],
      ['attachment-too-large', { attachments: [{ name: 'a', bytes: Buffer.alloc(26 * 1024 * 1024) }] }],
      ['person-needed', { identity: { method: 'logged-in', contact: 'mari@example.ee' } }],
      ['contact-unusable', { identity: { method: 'guessed', contact: 'mari@example.ee' }, by: world.people.agent }],
      ['contact-unusable', { identity: { method: 'logged-in', contact: 'x' }, by: world.people.agent }],
      ['person-role', { by: world.people.engineer }],
      ['person-unknown', { by: world.people.stranger }],
    ];
    for (const [code, change] of cases)
      await expect(createRequest(world.deps, { ...plain, ...change })).rejects.toMatchObject({ code });
    expect([await count('requests'), await count('sealed_objects'), await liveKeys()]).toEqual(before);
  });

  it('destroys its keys again when the transaction fails', async () => {
    const before = await liveKeys();
    await world.asOwner('alter table lanes add constraint broken check (false) not valid');
    await expect(createRequest(world.deps, plain)).rejects.toMatchObject({ code: 'internal' });
    await world.asOwner('alter table lanes drop constraint broken');
    expect(await liveKeys()).toBe(before);
  });

  it('keeps its keys where the ledger was lost and may have stored it', async () => {
    const { db } = world.deps.ledger;
    const lost = new Proxy(db, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name, target);
        if (name === 'transaction')
          return () => ({
            execute: async (work: Parameters<ReturnType<typeof db.transaction>['execute']>[0]) => {
              await target.transaction().execute(work);
              throw new HabeasError('ledger-unreachable');
            },
          });
        return typeof member === 'function' ? member.bind(target) : member;
      },
    });
    const ledger = { ...world.deps.ledger, db: lost };
    await expect(createRequest({ ...world.deps, ledger }, plain)).rejects.toMatchObject({ code: 'ledger-unreachable' });
    const { rows } = await world.asOwner('select id from requests order by created_at desc, ctid desc limit 1');
    const [task] = await listTasks(world.deps, { requestId: rows[0]?.id });
    if (task === undefined) throw new Error('no task');
    expect(JSON.stringify(await showTask(world.deps, task.id, { open: true }))).toContain('mari.tamm@example.ee');
  });

  it('moves its date in lists too while a counted pause is open', async () => {
    const other = await newWorld('requests_paused', { countPauses: ['identity'] });
    const first = await createRequest(other.deps, { ...plain, receivedOn: '2026-11-20' });
    const second = await createRequest(other.deps, plain);
    await pauseClock(other.deps, {
      requestId: first.requestId,
      pause: 'identity',
      from: '2026-11-23',
      signedBy: other.people.officer,
    });
    other.setNow('2026-12-14T09:00:00.000Z');
    const { clock } = await showRequest(other.deps, first.requestId);
    expect(clock.dueOn > second.dueOn).toBe(true);
    const { dueOn, workToOn, internalTargetOn } = clock;
    expect(await listRequests(other.deps)).toMatchObject([
      { id: second.requestId, dueOn: second.dueOn },
      { id: first.requestId, dueOn, workToOn, internalTargetOn },
    ]);
    await other.close();
  });

  it('counts in lists the systems that a person must see to, those left unresolved too', async () => {
    const { requestId } = await createRequest(world.deps, plain);
    const stopped = (systemId: string, state: string) =>
      world.asOwner("update lanes set state = $3, code = 'system-tls' where request_id = $1 and system_id = $2", [
        requestId,
        systemId,
        state,
      ]);
    await stopped(world.systemIds.accountDb, 'parked');
    await stopped(world.systemIds.billing, 'unresolved');
    expect((await listRequests(world.deps)).find(({ id }) => id === requestId)).toMatchObject({ systemsParked: 2 });
  });

  it('is refused for a right that a system has no stage for, naming the system', async () => {
    const other = await newWorld('requests_stages', { stages: ['check', 'locate'] });
    await expect(createRequest(other.deps, plain)).rejects.toMatchObject({
      code: 'right-unsupported',
      where: 'account-db',
    });
    await other.close();
  });

  it('that nobody can search for is given to a person, who finds an identifier or says that none exists', async () => {
    const letter = { name: 'Mari Tamm', postalAddress: 'Kalda tee 1, Tartu' };
    const created = await createRequest(world.deps, { ...plain, channel: 'post', identifiers: letter });
    expect(created.tasks.map((task) => task.kind)).toEqual(['identity', 'manual']);
    const taskId = created.tasks[1]?.taskId;
    if (taskId === undefined) throw new Error('no task');
    expect(await showTask(world.deps, taskId)).toMatchObject({ code: 'identifiers-not-searchable', object: null });
    const by = { taskId, reason: 'found in the contract', signedBy: world.people.agent };
    const add = (identifiers: NewRequest['identifiers']) =>
      answer(world.deps, { ...by, answer: 'identifiers-added', identifiers });
    await expect(add({ name: 'Mari Tamm' })).rejects.toMatchObject({ code: 'identifiers-not-searchable' });
    await expect(add({})).rejects.toMatchObject({ code: 'identifier-missing' });
    expect(await add({ email: ['mari@example.ee'] })).toMatchObject({ settled: true, seq: 2 });
    expect((await listTasks(world.deps, { requestId: created.requestId })).map((task) => task.kind)).toEqual([
      'identity',
    ]);
  });

  it('leaves no marker of anything it was given in any table, but where a named person opens it', async () => {
    const marker = (where: string) => `marker${where}zq`;
    const { requestId, tasks } = await createRequest(world.deps, {
      rights: ['access'],
      identifiers: {
        email: [`${marker('mail')}@example.ee`],
        userId: marker('user'),
        name: `Õie ${marker('name')}`,
        company: marker('company'),
        postalAddress: `${marker('street')} 1, Tartu`,
      },
      channel: 'post',
      language: 'et',
      attachments: [{ name: `${marker('file')}.pdf`, bytes: Buffer.from(marker('content').repeat(50)) }],
      by: world.people.agent,
    });
    const taskId = tasks[0]?.taskId;
    if (taskId === undefined) throw new Error('no task');
    await answer(world.deps, {
      taskId,
      answer: 'verified',
      reason: marker('reason'),
      identity: { method: 'email-loop', contact: `${marker('contact')}@example.ee` },
      signedBy: world.people.agent,
    });
    await cancel(world.deps, { requestId, reason: marker('cancelreason'), signedBy: world.people.officer });
    const plainOf = Buffer.from('marker').toString('hex');
    const tables = await world.asOwner("select tablename from pg_tables where schemaname = 'public'");
    expect(tables.rows.length).toBeGreaterThan(15);
    for (const { tablename } of tables.rows) {
      const { rows } = await world.asOwner(`select t::text as row from ${String(tablename)} t`);
      for (const { row } of rows) {
        expect(row).not.toMatch(/marker[a-z]/i);
        expect(row).not.toContain(plainOf);
        expect(row).not.toContain(Buffer.from('marker').toString('base64').slice(0, 8));
      }
    }
    const opened = await showTask(world.deps, taskId, { open: true });
    expect(JSON.stringify(opened.object)).toContain(marker('name'));
    expect(JSON.stringify(await showRequest(world.deps, requestId))).not.toMatch(/marker[a-z]/i);
    expect(JSON.stringify(await showTask(world.deps, taskId))).not.toMatch(/marker[a-z]/i);
    for (const name of await readdir(world.keyFolder))
      expect((await readFile(join(world.keyFolder, name))).toString('latin1')).not.toContain('marker');
  });

  it('loses its working key on its day, and never the case file', async () => {
    const { requestId, tasks } = await createRequest(world.deps, plain);
    const { db } = world.deps.ledger;
    await db.updateTable('requests').set({ working_key_ends_on: '2026-12-01' }).where('id', '=', requestId).execute();
    expect(await destroyDueKeys(world.deps)).toEqual({ destroyed: 0 });
    world.setNow('2026-12-01T09:00:00.000Z');
    expect(await destroyDueKeys(world.deps)).toEqual({ destroyed: 1 });
    expect(await destroyDueKeys(world.deps)).toEqual({ destroyed: 0 });
    world.setNow('2026-11-23T09:00:00.000Z');
    const taskId = tasks[0]?.taskId;
    if (taskId === undefined) throw new Error('no task');
    await expect(showTask(world.deps, taskId, { open: true })).rejects.toMatchObject({ code: 'key-destroyed' });
    // What is shown without opening anything outlives the key.
    expect(await listTasks(world.deps, { requestId })).toHaveLength(1);
    expect((await listRequests(world.deps)).map((one) => one.id)).toContain(requestId);
    const request = await db.selectFrom('requests').selectAll().where('id', '=', requestId).executeTakeFirstOrThrow();
    expect(await world.deps.keys.exists(request.case_key_id)).toBe(true);
    expect((await showRequest(world.deps, requestId)).keys.workingKeyDestroyedAt).toBe('2026-12-01T09:00:00.000Z');
  });

  it('ends also where another request’s key cannot be destroyed, which is told', async () => {
    const { db } = world.deps.ledger;
    const ids = [await createRequest(world.deps, plain), await createRequest(world.deps, plain)].map(
      (it) => it.requestId,
    );
    await db.updateTable('requests').set({ working_key_ends_on: '2026-11-20' }).where('id', 'in', ids).execute();
    const keyOf = async (id: RequestId | undefined) =>
      (
        await db
          .selectFrom('requests')
          .select('working_key_id as key')
          .where('id', '=', id ?? null)
          .executeTakeFirstOrThrow()
      ).key;
    const [stuck, free] = [await keyOf(ids[0]), await keyOf(ids[1])];
    const keys: KeyStore = {
      ...world.deps.keys,
      destroy: (key) =>
        key === stuck ? Promise.reject(new HabeasError('key-store-unusable')) : world.deps.keys.destroy(key),
    };
    await expect(destroyDueKeys({ ...world.deps, keys })).rejects.toMatchObject({ code: 'key-store-unusable' });
    expect([await world.deps.keys.exists(stuck), await world.deps.keys.exists(free)]).toEqual([true, false]);
    expect(await destroyDueKeys(world.deps)).toEqual({ destroyed: 1 });
  });
});
