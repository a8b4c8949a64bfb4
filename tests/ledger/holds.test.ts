/** Holds on a real PostgreSQL: signed, sealed under a key of their own, and read back for whoever erases. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { CollectionDescription, RecordRef } from '../../connectors/contract.ts';
import type { HoldId, RequestId } from '../../src/ids.ts';
import { verifyDecisions } from '../../src/ledger/decision-verify.ts';
import { activeHolds } from '../../src/ledger/holds.ts';
import { recordName } from '../../src/ledger/record-ref.ts';
import { listHolds, placeHold, releaseHold, showRequest } from '../../src/requests/index.ts';
import { newErasure } from './erasure-plant.ts';
import { newWorld, type World } from './world.ts';

describe('a hold', () => {
  let world: World;
  beforeAll(async () => {
    world = await newWorld('holds', { erases: true });
  });
  afterAll(() => world.close());

  const invoice: RecordRef = { collection: 'invoices', key: [['number', 'ARVE-7012']] };
  type Placing = Parameters<typeof placeHold>[1];
  const place = (on: Placing['on'], given: Partial<Placing> = {}) =>
    placeHold(world.deps, {
      on,
      kind: 'complaint',
      ground: 'Complaint of 20 November',
      owner: 'second',
      reviewOn: '2027-03-01',
      signedBy: world.people.officer,
      ...given,
    });
  const onRecords = () => ({ systemId: world.systemIds.accountDb, records: [invoice] });
  const release = (holdId: HoldId, signedBy = world.people.second) =>
    releaseHold(world.deps, { holdId, reason: 'Closed by the authority', signedBy });
  const active = (requestId: RequestId, systems = Object.values(world.systemIds)) =>
    activeHolds(world.deps.ledger.db, world.deps.keys, { requestId, systemIds: systems });

  it('on a request stands until a person releases it, and both are signed decisions of the request', async () => {
    const requestId = await newErasure(world);
    const other = await newErasure(world);
    const placed = await place({ requestId });
    expect(await active(requestId)).toMatchObject([
      { id: placed.holdId, kind: 'complaint', on: { request: requestId }, released: null, systemId: null },
    ]);
    expect(await active(other)).toEqual([]);
    const shown = await showRequest(world.deps, requestId);
    expect(shown.decisions.at(-1)).toMatchObject({ kind: 'hold', personId: 'officer' });
    expect(shown.erasure?.holds).toMatchObject([{ id: placed.holdId, owner: 'second', reviewDue: false }]);
    await release(placed.holdId);
    expect(await active(requestId)).toEqual([]);
    await expect(release(placed.holdId)).rejects.toMatchObject({ code: 'hold-released' });
    expect((await showRequest(world.deps, requestId)).decisions.map(({ kind }) => kind)).toEqual([
      'answer',
      'hold',
      'release',
    ]);
    expect(await verifyDecisions(world.deps.ledger.db, requestId)).toEqual([]);
    expect(await listHolds(world.deps, { requestId })).toEqual([]);
    expect(await listHolds(world.deps, { requestId, all: true })).toMatchObject([{ releasedBy: 'second' }]);
  });

  it('on named records reaches them in that system, in every request, by the name that plans use', async () => {
    const requestId = await newErasure(world);
    const { holdId } = await place(onRecords(), { kind: 'court' });
    expect(await active(requestId)).toMatchObject([
      { id: holdId, systemId: 'account-db', on: { records: [recordName(invoice)] } },
    ]);
    expect(await active(requestId, [world.systemIds.billing])).toEqual([]);
    expect(await active(requestId, [])).toEqual([]);
    expect(await verifyDecisions(world.deps.ledger.db, 'system')).toEqual([]);
    await release(holdId);
    expect(await active(requestId)).toEqual([]);
  });

  it('has a key of its own, and ground and records stand nowhere in the clear', async () => {
    const requestId = await newErasure(world);
    const { holdId } = await place({ ...onRecords() }, { ground: 'Nimetu hagi' });
    const row = await world.deps.ledger.db
      .selectFrom('holds')
      .innerJoin('sealed_objects as s', 's.name', 'holds.sealed')
      .select(['holds.key_id', 's.key_id as sealed_under'])
      .where('holds.id', '=', holdId)
      .executeTakeFirstOrThrow();
    expect(row.sealed_under).toBe(row.key_id);
    const { rows } = await world.asOwner(
      `select body as text from audit union all select statement from people_decisions
       union all select holds::text from holds union all select sealed_objects::text from sealed_objects`,
    );
    for (const { text } of rows) expect(text).not.toMatch(/Nimetu|ARVE/);
    // Without its key nobody can tell what it reaches: nothing may be erased.
    await world.deps.keys.destroy(row.key_id);
    await expect(active(requestId)).rejects.toMatchObject({ code: 'key-destroyed' });
    await world.asOwner("update holds set released_on = '2026-11-23', released_by = 'x' where id = $1", [holdId]);
  });

  it('can be placed on a request that has ended, and released, on the chain of what belongs to no request', async () => {
    const requestId = await newErasure(world);
    await world.asOwner("update requests set state = 'cancelled' where id = $1", [requestId]);
    const { holdId, decisionId } = await place({ requestId });
    const decision = await world.deps.ledger.db
      .selectFrom('people_decisions')
      .selectAll()
      .where('id', '=', decisionId)
      .executeTakeFirstOrThrow();
    expect(decision).toMatchObject({ request_id: null, seq: null, effect: 'applied' });
    expect(JSON.parse(decision.statement)).toMatchObject({ details: { hold: holdId, request: requestId } });
    expect(await active(requestId)).toMatchObject([{ id: holdId }]);
    await release(holdId);
    expect(await active(requestId)).toEqual([]);
    expect(await verifyDecisions(world.deps.ledger.db)).toEqual([]);
  });

  it('reminds of its review when the day has come, and stands all the same', async () => {
    const requestId = await newErasure(world);
    const { holdId } = await place({ requestId }, { reviewOn: '2026-11-24' });
    world.setNow('2026-11-24T09:00:00.000Z');
    expect(await listHolds(world.deps, { requestId })).toMatchObject([{ id: holdId, reviewDue: true }]);
    expect(await active(requestId)).toHaveLength(1);
    world.setNow('2026-11-23T09:00:00.000Z');
  });

  it('on a record that no plan can name is refused, and reaches it in whatever order its key was given', async () => {
    const invoices: CollectionDescription = {
      ...{
        collection: 'invoices',
        owner: 'workspace',
        role: 'controller',
        recordClass: 'invoice',
        category: 'billing',
      },
      ...{ purpose: 'to bill', legalBasis: 'legal-obligation', provenance: 'the system', recipients: [], fields: [] },
      key: ['series', 'number'],
    };
    const systems = new Map(
      [...world.deps.systems].map(([id, system]) => [id, { ...system, collections: [invoices] }] as const),
    );
    const placeIn = (key: RecordRef['key']) =>
      placeHold(
        { ...world.deps, systems },
        {
          ...{ on: { ...onRecords(), records: [{ collection: 'invoices', key }] }, kind: 'court', ground: 'A claim' },
          ...{ owner: 'second', reviewOn: '2027-03-01', signedBy: world.people.officer },
        },
      );
    const number = ['number', '7012'] as const;
    const series = ['series', 'A'] as const;
    for (const key of [[number], [number, ['Series', 'A']], [number, series, ['year', '2026']]] as const)
      await expect(placeIn(key)).rejects.toMatchObject({ code: 'usage' });
    const { holdId } = await placeIn([number, series]);
    const requestId = await newErasure(world);
    expect(await active(requestId)).toMatchObject([
      { id: holdId, on: { records: [recordName({ collection: 'invoices', key: [series, number] })] } },
    ]);
    await release(holdId);
  });

  it('is refused without an officer, a ground, a known owner, a day to come, a system or a record', async () => {
    const requestId = await newErasure(world);
    const on = { requestId };
    const refused = async (placing: Promise<unknown>, code: string) => expect(placing).rejects.toMatchObject({ code });
    await refused(place(on, { signedBy: world.people.agent }), 'person-role');
    await refused(place(on, { signedBy: undefined }), 'person-needed');
    await refused(place(on, { ground: '  ' }), 'reason-needed');
    await refused(place(on, { owner: 'nobody' }), 'person-unknown');
    for (const reviewOn of ['2026-11-23', '2029-01-01']) await refused(place(on, { reviewOn }), 'review-date');
    await refused(place({ ...onRecords(), records: [] }), 'usage');
    await refused(
      releaseHold(world.deps, { holdId: (await place(on)).holdId, signedBy: world.people.officer }),
      'reason-needed',
    );
    expect(await active(requestId)).toHaveLength(1);
  });
});
