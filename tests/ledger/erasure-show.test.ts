/** What people read of an erasure, from a real ledger and a real bucket: gone, kept, waiting, and the register. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { listRegister, listRequests, openEntry, showEntry, showPlan, showRequest } from '../../src/requests/index.ts';
import { seal } from '../../src/security/seal.ts';
import { openStorage } from '../../src/storage/objects.ts';
import { freshBucket } from '../support/servers.ts';
import {
  invoiceLaws,
  mixed,
  newErasure,
  type PlantedDecision,
  plantEntry,
  plantPlan,
  plantRound,
} from './erasure-plant.ts';
import { newWorld, type World } from './world.ts';

const carriedOut: readonly PlantedDecision[] = mixed.map((decision) => {
  if (decision.disposition === 'erased') return { ...decision, done: { disposition: 'erased', evidence: 'read-back' } };
  if (decision.disposition === 'anonymised')
    return { ...decision, done: { disposition: 'anonymised', evidence: 'pending' } };
  return decision;
});
const logs: PlantedDecision = {
  collection: 'access-log',
  recordClass: 'server-log',
  action: 'keep',
  disposition: 'expiring',
  reason: 'expires',
  keptBy: 'Goes by itself after 90 days',
  until: '2027-01-29',
  count: 8,
};

describe('an erasure, shown', () => {
  let world: World;
  beforeAll(async () => {
    world = await newWorld('erasure_show', { erases: true });
  });
  afterAll(() => world.close());

  it('has nothing gone before anything was erased: what is planned waits', async () => {
    const requestId = await newErasure(world);
    await plantRound(world, requestId, world.systemIds.accountDb, mixed);
    const { systems } = await showRequest(world.deps, requestId);
    expect(systems.find(({ id }) => id === 'account-db')?.erasure).toMatchObject({
      ...{ found: 25, erased: 0, anonymised: 0, retained: 5, refused: 6, referred: 7, pending: 7 },
    });
    // A system that has not been read has not answered.
    expect(systems.find(({ id }) => id === 'billing')?.erasure).toMatchObject({ found: null, pending: 0 });
  });

  it('sums over every pass what came of it, with laws and dates of what is kept, and balances', async () => {
    const requestId = await newErasure(world);
    const { accountDb, billing } = world.systemIds;
    await plantRound(world, requestId, accountDb, carriedOut, { newRelationship: 2 });
    const late: PlantedDecision = {
      ...{ collection: 'sessions', recordClass: 'security-log', action: 'delete', disposition: 'erased', count: 1 },
      ...{ reason: 'eligible', ground: '17(1)(a)', done: { disposition: 'absent', evidence: 'read-back' } },
    };
    await plantRound(world, requestId, accountDb, [late], { round: 2, pass: 2 });
    await plantRound(world, requestId, billing, [logs]);
    const invoices = carriedOut.find(({ recordClass }) => recordClass === 'invoice') ?? logs;
    await plantEntry(world, { requestId, systemId: accountDb, decision: invoices, no: 3, dueOn: '2034-01-01' });
    await plantEntry(world, { requestId, systemId: billing, decision: logs, no: 1, dueOn: '2027-01-30' });
    await plantPlan(world, requestId);
    const shown = await showRequest(world.deps, requestId);
    const [account, other] = ['account-db', 'billing'].map(
      (id) => shown.systems.find((system) => system.id === id)?.erasure,
    );
    expect(account).toMatchObject({
      ...{ found: 26, erased: 3, anonymised: 4, detached: 4, retained: 5, expiring: 0, absent: 1 },
      ...{ refused: 6, referred: 7, pending: 0, unverified: 4, newRelationship: 2 },
      registered: { entries: 1, records: 5 },
    });
    expect(account?.kept).toContainEqual({
      ...{ collection: 'invoices', recordClass: 'invoice', disposition: 'retained', reason: 'law-keeps' },
      ...{ refusal: null, keptBy: invoiceLaws, until: '2033-12-31', evidence: 'none', count: 5 },
    });
    expect(other).toMatchObject({ found: 8, expiring: 8, kept: [{ until: '2027-01-29' }] });
    expect(shown.erasure).toMatchObject({
      plan: { state: 'proposed', version: 1 },
      noReturnAt: null,
      registered: { entries: 2, records: 13 },
      newRelationship: 2,
    });
    await world.asOwner(`alter table requests disable trigger all;
      update requests set state = 'awaiting_expiry' where id = '${requestId}'; alter table requests enable trigger all`);
    const listed = await listRequests(world.deps, { open: true });
    expect(listed.find(({ id }) => id === requestId)).toMatchObject({ expiresOn: '2027-01-30' });
  });

  it('counts no reading that another superseded, and no entry before the point of no return', async () => {
    const requestId = await newErasure(world);
    const { accountDb } = world.systemIds;
    await plantRound(world, requestId, accountDb, mixed);
    await world.asOwner('update rounds set superseded = true where request_id = $1', [requestId]);
    await plantRound(world, requestId, accountDb, mixed.slice(0, 1), { round: 2 });
    const kept = mixed[0] ?? logs;
    const id = await plantEntry(world, {
      requestId,
      systemId: accountDb,
      decision: kept,
      no: 1,
      dueOn: null,
      active: false,
    });
    const { systems } = await showRequest(world.deps, requestId);
    expect(systems[0]?.erasure).toMatchObject({ found: 3, pending: 3, retained: 0, registered: { entries: 0 } });
    expect((await showPlan(world.deps, requestId)).passes[0]?.systems).toMatchObject([{ round: 2, found: 3 }]);
    expect((await listRegister(world.deps)).some((entry) => entry.id === id)).toBe(false);
    expect(await showEntry(world.deps, id)).toMatchObject({ activeAt: null });
  });

  it('can be read when every key of the request is gone', async () => {
    const requestId = await newErasure(world, { closeWorkspaces: ['504'] });
    await plantRound(world, requestId, world.systemIds.accountDb, carriedOut);
    const keys = await world.deps.ledger.db
      .selectFrom('requests')
      .select(['working_key_id', 'case_key_id'])
      .where('id', '=', requestId)
      .executeTakeFirstOrThrow();
    for (const key of Object.values(keys)) await world.deps.keys.destroy(key);
    expect((await showRequest(world.deps, requestId)).systems[0]?.erasure).toMatchObject({ found: 25, erased: 3 });
    expect(await showPlan(world.deps, requestId)).toMatchObject({ closesWorkspaces: true });
  });

  it('is nothing to a request that asked for access only', async () => {
    const requestId = await newErasure(world, { rights: ['access'] });
    const shown = await showRequest(world.deps, requestId);
    expect(shown.erasure).toBeNull();
    expect(shown.systems.every(({ erasure }) => erasure === null)).toBe(true);
  });
});

describe('the register', () => {
  it('lists the earliest due first, and opens its records to an officer only, who stands on the audit chain', async () => {
    const world = await newWorld('register', { erases: true });
    const bucket = await freshBucket('register');
    const s3 = { ...world.deps.config.s3, stagingBucket: bucket.bucket };
    const storage = openStorage({ ...s3, ...bucket, forcePathStyle: true });
    const deps = { ...world.deps, storage, config: { ...world.deps.config, s3 } };
    const requestId = await newErasure(world);
    const systemId = world.systemIds.accountDb;
    const invoice = mixed.find(({ recordClass }) => recordClass === 'invoice') ?? logs;
    await plantRound(world, requestId, systemId, [invoice, logs, { ...invoice, reason: 'held' }]);
    const keyId = await deps.keys.create('register');
    const objectName = `register/${requestId}/account-db/1/x`;
    const refs = ['7012', '7013'].map((id) => ({ collection: 'invoices', key: [['id', id]] }));
    const lines = Buffer.from(refs.map((ref) => `${JSON.stringify(ref)}\n`).join(''));
    const { bytes, tag } = await seal(await deps.keys.use(keyId), objectName, lines);
    await storage.put(bucket.bucket, objectName, bytes);
    const of = { requestId, systemId };
    const kept = await plantEntry(world, {
      ...of,
      decision: invoice,
      no: 1,
      dueOn: '2034-01-01',
      keyId,
      objectName,
      tag,
    });
    const expiring = await plantEntry(world, { ...of, decision: logs, no: 2, dueOn: '2027-01-30' });
    const held = await plantEntry(world, { ...of, decision: invoice, no: 3, dueOn: null });

    expect((await listRegister(deps)).map(({ id }) => id)).toEqual([expiring, kept, held]);
    expect(await listRegister(deps, { dueBefore: '2034-01-01' })).toMatchObject([
      { id: expiring, kind: 'expiring', systemId: 'account-db', count: 8, dueOn: '2027-01-30', isDue: false },
    ]);
    expect(await showEntry(deps, kept)).toMatchObject({
      keptBy: invoiceLaws,
      reason: 'law-keeps',
      until: '2033-12-31',
    });
    await expect(openEntry(deps, kept, undefined)).rejects.toMatchObject({ code: 'person-needed' });
    await expect(openEntry(deps, kept, world.people.agent)).rejects.toMatchObject({ code: 'person-role' });
    expect(await openEntry(deps, kept, world.people.officer)).toEqual([
      { collection: 'invoices', key: [['id', '7012']] },
      { collection: 'invoices', key: [['id', '7013']] },
    ]);
    const { rows } = await world.asOwner("select body from audit where kind = 'register-opened'");
    expect(rows.map(({ body }) => JSON.parse(body))).toEqual([
      { entry: kept, person: 'officer', system: 'account-db' },
    ]);
    storage.close();
    await world.close();
  });
});
