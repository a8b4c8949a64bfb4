/** What people decided, compared with the audit chain on a real PostgreSQL: whoever changed the ledger, it shows. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DecisionId, RequestId } from '../../src/ids.ts';
import { newId } from '../../src/ids.ts';
import { verifyDecisions } from '../../src/ledger/decision-verify.ts';
import { createRequest, extend, pauseSystem } from '../../src/requests/index.ts';
import { newWorld, type World } from './world.ts';

describe('the decisions of a ledger', () => {
  let world: World;
  let request: RequestId;
  let decision: DecisionId;
  beforeAll(async () => {
    world = await newWorld('decision_verify');
    const created = await createRequest(world.deps, {
      rights: ['access'],
      identifiers: { email: ['mari@example.ee'] },
      channel: 'email',
      language: 'et',
      receivedOn: '2026-11-23',
    });
    request = created.requestId;
    const extended = {
      requestId: request,
      ground: 'complexity',
      reason: 'Eleven systems',
      signedBy: world.people.officer,
    };
    decision = (await extend(world.deps, extended)).decisionId;
    const paused = { systemId: world.systemIds.accountDb, reason: 'Migration', signedBy: world.people.engineer };
    await pauseSystem(world.deps, paused);
  });
  afterAll(() => world.close());

  const findings = (only?: string) => verifyDecisions(world.deps.ledger.db, only);
  /** Changes the ledger as its owner could, looks, and puts it back. */
  const whileChanged = async (sql: string, back: string, values: readonly unknown[]) => {
    await world.asOwner(sql, values);
    try {
      return await findings();
    } finally {
      await world.asOwner(back, values);
    }
  };

  it('are as the chain has them, of requests and of systems', async () => {
    expect(await findings()).toEqual([]);
    expect(await findings(request)).toEqual([]);
  });

  it.each([
    ['answer', "'number'"],
    ['person_id', "'nobody'"],
    ['statement', "'{}'"],
    ['signature', "'AAAA'"],
    ['kind', "'cancel'"],
  ])('show a changed %s', async (column, value) => {
    const before = await world.asOwner(`select ${column} as value from people_decisions where id = $1`, [decision]);
    await world.asOwner(`update people_decisions set ${column} = ${value} where id = $1`, [decision]);
    expect(await findings()).toEqual([{ kind: 'decision-altered', requestId: request, seq: expect.any(Number) }]);
    await world.asOwner(`update people_decisions set ${column} = $2 where id = $1`, [decision, before.rows[0].value]);
    expect(await findings()).toEqual([]);
  });

  it('show a sealed reason that was exchanged', async () => {
    const flip = `update sealed_objects set bytes = set_byte(bytes, 0, 255 - get_byte(bytes, 0))
      where name = (select reason_sealed from people_decisions where id = $1)`;
    expect(await whileChanged(flip, flip, [decision])).toMatchObject([
      { kind: 'decision-altered', requestId: request },
    ]);
  });

  it('show one that was removed, and one that was put in without a trace', async () => {
    const moved = newId('decision');
    const swap = (from: string, to: string) =>
      world.asOwner('update people_decisions set id = $2 where id = $1', [from, to]);
    await swap(decision, moved);
    expect((await findings()).map(({ kind }) => kind).sort()).toEqual(['decision-removed', 'decision-unaudited']);
    expect(await findings('system')).toEqual([]);
    await swap(moved, decision);
    expect(await findings()).toEqual([]);
  });
});
