/** What a restriction holds, until when, and the suppression list, on a real PostgreSQL: rows as the front doors make them. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { DecisionId, RequestId } from '../../src/ids.ts';
import { endRestriction } from '../../src/ledger/restrictions.ts';
import { addSuppressions } from '../../src/ledger/suppressions.ts';
import { createRequest, type NewRequest } from '../../src/requests/index.ts';
import { standingHolds } from '../../src/requests/standing-holds.ts';
import { checkSuppression, consentedAnew, liftSuppression } from '../../src/requests/suppression.ts';
import { newWorld, type World } from './world.ts';

const email = 'mari.tamm@example.ee';

describe('the hold of a restriction', () => {
  let world: World;
  afterEach(() => world.close());

  const ask = async (given: Partial<NewRequest>, address = email) =>
    (
      await createRequest(world.deps, {
        ...{ rights: ['erasure'], channel: 'email', language: 'en', identifiers: { email: [address] } },
        ...{ identity: { method: 'known-in-person', contact: address }, by: world.people.agent },
        ...given,
      })
    ).requestId;
  const unverified = { identity: undefined } as const;
  const holding = async (requestId: RequestId) => {
    const all = await standingHolds(world.deps, { requestId, systemIds: Object.values(world.systemIds) });
    return all.map(({ kind, id, on, placedOn, owner }) => ({ kind, id, on, placedOn, owner }));
  };
  const held = (by: RequestId, requestId: RequestId, kind: string) => ({
    ...{ kind, id: by, on: { request: requestId }, placedOn: '2026-11-23', owner: null },
  });
  const end = (requestId: RequestId, why: 'upheld' | 'nothing-reached') =>
    world.deps.ledger.db
      .transaction()
      .execute((trx) => endRestriction(trx, { requestId, on: '2026-11-24', at: world.deps.now(), why }));

  it('stands against every erasure of the same person, asked before or after, and nobody else’s, until it ends', async () => {
    world = await newWorld('restriction-holds', { erases: true });
    const before = await ask({});
    const stranger = await ask({}, 'mart.tamm@example.ee');
    const claims = await ask({ rights: ['restriction'], restrictBecause: 'claims' });
    const after = await ask({});
    for (const erasure of [before, after])
      expect(await holding(erasure)).toEqual([held(claims, erasure, 'restriction')]);
    expect(await holding(stranger)).toEqual([]);
    // An objection of one who is right in other matters holds by itself.
    const objection = await ask({ rights: ['objection'] });
    expect(await holding(after)).toEqual([
      ...[held(claims, after, 'restriction'), held(objection, after, 'objection')].sort((a, b) =>
        a.id < b.id ? -1 : 1,
      ),
    ]);
    expect(await end(claims, 'nothing-reached')).toBe(true);
    expect(await holding(after)).toEqual([held(objection, after, 'objection')]);
    await end(objection, 'upheld');
    expect(await holding(after)).toEqual([]);
    expect(await end(objection, 'upheld')).toBe(false);
  });

  it('is nobody’s who only knows the address, and ends with a request that is cancelled', async () => {
    world = await newWorld('restriction-stranger', { erases: true });
    const erasure = await ask({});
    const asked = await ask({ rights: ['restriction'], restrictBecause: 'claims', ...unverified });
    expect(await holding(erasure)).toEqual([]);
    const own = await ask({ rights: ['restriction'], restrictBecause: 'claims' });
    expect(await holding(erasure)).toEqual([held(own, erasure, 'restriction')]);
    for (const id of [asked, own]) await world.asOwner("update requests set state = 'cancelled' where id = $1", [id]);
    expect(await holding(erasure)).toEqual([]);
  });

  it('is never lifted in the ledger without the day on which the person was told, whoever writes it', async () => {
    world = await newWorld('restriction-told', { erases: true });
    const asked = await ask({ rights: ['restriction'], restrictBecause: 'claims' });
    const { rows } = await world.asOwner('select id from people_decisions where request_id = $1', [asked]);
    const decisionId: DecisionId = rows[0]?.id;
    const lift = (toldOn: string, on = '2026-11-24') =>
      world.deps.ledger.db
        .transaction()
        .execute((trx) =>
          endRestriction(trx, { requestId: asked, on, at: world.deps.now(), why: 'told', toldOn, decisionId }),
        );
    for (const day of ['2026-11-22', '2026-11-25'])
      await expect(lift(day)).rejects.toMatchObject({ cause: { constraint: expect.stringMatching(/^restrictions_/) } });
    expect(await lift('2026-11-24')).toBe(true);
    const again = "update restrictions set ended_on = '2026-11-30' where request_id = $1";
    await expect(world.asOwner(again, [asked])).rejects.toThrow('never changes');
  });
});

describe('the suppression list', () => {
  it('says that nobody can tell, and never that somebody may be written to, once a key of it is lost', async () => {
    const world = await newWorld('suppression-lost');
    try {
      const object = (address: string) =>
        createRequest(world.deps, {
          ...{ rights: ['objection'], channel: 'email', language: 'en', identifiers: { email: [address] } },
          objectTo: 'marketing',
        });
      const check = (address: string) => checkSuppression(world.deps, { email: address, purpose: 'marketing' });
      await object(email);
      expect(await check('MARI.TAMM@example.ee ')).not.toBeNull();
      expect(await check('mart.tamm@example.ee')).toBeNull();
      const { rows } = await world.asOwner("select id from hash_keys where purpose = 'suppression'");
      await world.deps.keys.destroy(rows[0]?.id);
      const gone = { code: expect.stringMatching(/^key-(missing|destroyed)$/) };
      await expect(check(email)).rejects.toMatchObject(gone);
      // What comes next does not put another key in its place.
      await expect(object('mart.tamm@example.ee')).rejects.toMatchObject(gone);
      await expect(check(email)).rejects.toMatchObject(gone);
    } finally {
      await world.close();
    }
  });

  describe('when the person consents anew', () => {
    let world: World;
    let requestId: RequestId;
    const purpose = 'marketing' as const;
    const object = async (address: string, receivedOn?: string) =>
      (
        await createRequest(world.deps, {
          ...{ rights: ['objection'], channel: 'email', language: 'en', identifiers: { email: [address] } },
          ...{ objectTo: 'marketing', receivedOn },
        })
      ).requestId;
    const check = (address = email) => checkSuppression(world.deps, { email: address, purpose });
    const lift = (more: Partial<Parameters<typeof liftSuppression>[1]> = {}) =>
      liftSuppression(world.deps, {
        ...{ email, purpose, consented: '2026-11-23', reason: 'Ticked the box; consent no. 4711' },
        ...{ signedBy: world.people.agent },
        ...more,
      });
    const rows = async () =>
      (await world.asOwner('select ended_by, consented_on::text as on, request_id from suppressions order by made_at'))
        .rows;
    beforeEach(async () => {
      world = await newWorld('suppression-lift');
      requestId = await object(email);
    });
    afterEach(() => world.close());

    it('the entry ends on a person’s signed word, with the day and a reason, and `check` says so', async () => {
      expect(await consentedAnew(world.deps, { email, purpose })).toBeNull();
      const lifted = await lift({ email: ' MARI.TAMM@example.ee ' });
      expect(lifted).toMatchObject({ purpose, consentedOn: '2026-11-23', ended: { requestId, right: 'objection' } });
      expect(await check()).toBeNull();
      expect(await consentedAnew(world.deps, { email, purpose })).toBe('2026-11-23');
      expect(await rows()).toEqual([{ ended_by: 'agent', on: '2026-11-23', request_id: requestId }]);
      const { rows: audit } = await world.asOwner("select body from audit where kind = 'suppression-ended'");
      expect(audit).toHaveLength(1);
      expect(JSON.parse(audit[0]?.body)).toEqual({
        ...{ purpose, consented: '2026-11-23', person: 'agent', decision: lifted.decisionId, request: requestId },
      });
      const { rows: decisions } = await world.asOwner("select statement from people_decisions where kind = 'consent'");
      expect(decisions).toHaveLength(1);
      expect(JSON.stringify([audit, decisions])).not.toMatch(/mari|tamm|4711|box/i);
      await expect(lift()).rejects.toMatchObject({ code: 'suppression-none' });
    });

    it('is refused without a reason, a person or a possible day, and of anybody else, and nothing ends', async () => {
      await expect(lift({ reason: ' ' })).rejects.toMatchObject({ code: 'reason-needed' });
      await expect(lift({ signedBy: undefined })).rejects.toMatchObject({ code: 'person-needed' });
      await expect(lift({ signedBy: world.people.engineer })).rejects.toMatchObject({ code: 'person-role' });
      for (const consented of [undefined, '2026-11-22', '2026-11-24'])
        await expect(lift({ consented })).rejects.toMatchObject({ code: 'suppression-consent' });
      await expect(lift({ consented: '23.11.2026' })).rejects.toMatchObject({ code: 'clock-date-invalid' });
      await expect(lift({ email: 'mart.tamm@example.ee' })).rejects.toMatchObject({ code: 'suppression-none' });
      await expect(lift({ email: 'mari' })).rejects.toMatchObject({ code: 'identifier-unusable' });
      expect(await check()).toMatchObject({ requestId });
      expect((await world.asOwner("select from people_decisions where kind = 'consent'")).rowCount).toBe(0);
    });

    it('begins again with a new objection, and never by the old one, however often that is carried out', async () => {
      await lift();
      const again = (id: RequestId) =>
        world.deps.ledger.db.transaction().execute((trx) =>
          addSuppressions(trx, world.deps.keys, [email], {
            ...{ purpose, requestId: id, right: 'objection', madeOn: '2026-11-23', at: world.deps.now() },
          }),
        );
      expect(await again(requestId)).toBe(0);
      expect(await check()).toBeNull();
      const second = await object(email);
      expect(await check()).toMatchObject({ requestId: second });
      expect(await consentedAnew(world.deps, { email, purpose })).toBeNull();
    });

    it('stays ended whatever older objection is still carried out, and not against one made after the consent', async () => {
      const add = (id: RequestId) =>
        world.deps.ledger.db.transaction().execute((trx) =>
          addSuppressions(trx, world.deps.keys, [email], {
            ...{ purpose, requestId: id, right: 'objection', madeOn: '2026-11-24', at: world.deps.now() },
          }),
        );
      // Made while the first one's entry stood: it had nothing to add.
      const older = await object(email);
      world.setNow('2026-11-23T12:00:00.000Z');
      await lift();
      expect(await add(older)).toBe(0);
      // It came in before the consent, and was only written down after it.
      world.setNow('2026-11-24T09:00:00.000Z');
      const late = await object(email, '2026-11-22');
      expect(await add(late)).toBe(0);
      expect(await check()).toBeNull();
      expect(await rows()).toEqual([{ ended_by: 'agent', on: '2026-11-23', request_id: requestId }]);
      const newer = await object(email);
      expect(await check()).toMatchObject({ requestId: newer });
    });
  });
});
