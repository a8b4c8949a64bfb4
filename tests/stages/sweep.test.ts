/** What the register keeps goes on its day and not before, once, whatever happens on the way; and nothing in it is forgotten. */
import { afterEach, describe, expect, it } from '@jest/globals';
import type { LoadedConfig } from '../../src/config/load.ts';
import { HabeasError } from '../../src/errors.ts';
import type { ClaimId } from '../../src/ids.ts';
import { sweptOf } from '../../src/ledger/sweep-effects.ts';
import { markDestroyed } from '../../src/ledger/sweep-pages.ts';
import { parseCivilDate } from '../../src/policy/clock/index.ts';
import {
  approveClaim,
  claimAll,
  createRequest,
  dryRun,
  listClaims,
  listHolds,
  rejectClaim,
  releaseHold,
  replayClaims,
  switchAutomatic,
} from '../../src/requests/index.ts';
import { periods } from './erasing-desk.ts';
import { companyDb, invoice, newSweepingDesk, type SweepingDesk } from './sweeping-desk.ts';

let desk: SweepingDesk;
afterEach(() => desk.end());

const day = (text: string) => parseCivilDate(text, 'test');
const firstDay = '2034-01-01T09:00:00Z';
const bertas = ['invoices-8-000000', 'invoices-8-000001'];

async function onlyClaim(): Promise<ClaimId> {
  const [claim, ...others] = await listClaims(desk.deps);
  if (claim === undefined || others.length > 0) throw new Error(`${others.length} more claims than one`);
  return claim.id;
}

/** Everything that expires has gone, and the invoices wait for approval on their first day. */
async function toAsked(system = companyDb(), label = 'sweep') {
  desk = await newSweepingDesk(label, system);
  await desk.toRegistered();
  system.rows.get('lines')?.clear();
  desk.world.setNow(firstDay);
  await desk.hour();
  return { system, claimId: await onlyClaim() };
}

describe('what a law has kept', () => {
  it('is erased after its last day, when two people have approved it, and is read back; the books go on balancing', async () => {
    const system = companyDb();
    desk = await newSweepingDesk('sweep', system);
    await desk.toRegistered();
    expect(await desk.register()).toEqual(['invoice 4 2034-01-01', 'server-log 2 2026-04-06']);
    system.rows.get('lines')?.clear();
    desk.world.setNow('2026-12-01T09:00:00Z');
    await desk.hour();
    expect(await desk.state()).toBe('completed');
    // In Tallinn it is still the last day, and then half past midnight of the first.
    desk.world.setNow('2033-12-31T21:30:00Z');
    expect(await desk.hour()).toEqual([]);
    desk.world.setNow('2033-12-31T22:30:00Z');
    await desk.hour();
    const claimId = await onlyClaim();
    expect(system.left('invoices')).toHaveLength(6);
    expect(await desk.claim(claimId)).toMatchObject({ state: 'asked', people_needed: 2, kind: 'erase' });
    await desk.hour();
    expect(system.left('invoices')).toHaveLength(6);
    await desk.approveAll();
    await desk.hour();
    expect(system.left('invoices')).toEqual(bertas);
    expect(await desk.claim(claimId)).toMatchObject({ state: 'done' });
    expect(await desk.books()).toEqual({ 'erased/read-back': 10 });
    expect(await sweptOf(desk.deps.ledger.db, desk.requestId)).toMatchObject([
      { claimId, collection: 'invoices', dueOn: '2034-01-01', erased: 4, absent: 0, evidence: 'read-back' },
    ]);
    // Nothing of it is left to open, and sweeping again finds nothing to do.
    expect(await desk.objects('register/')).toEqual([]);
    const { key_id: key } = await desk.deps.ledger.db
      .selectFrom('register_entries')
      .select('key_id')
      .executeTakeFirstOrThrow();
    await expect(desk.deps.keys.use(key)).rejects.toMatchObject({ code: 'key-destroyed' });
    // Also where two workers have destroyed it at once, it is told once.
    const { db } = desk.deps.ledger;
    const [page] = await db.selectFrom('register_entries').selectAll().execute();
    if (page === undefined) throw new Error('no entry');
    const told = `select 1 from audit where kind = 'register-destroyed'`;
    const before = (await desk.world.asOwner(told)).rows.length;
    await db.transaction().execute((trx) => markDestroyed(trx, page, true, desk.deps.now()));
    expect((await desk.world.asOwner(told)).rows).toHaveLength(before);
    expect(await desk.hour()).toEqual([]);
    expect(await desk.books()).toEqual({ 'erased/read-back': 10 });
  });

  it('is named by a dry run on any day, which does nothing; and nothing is swept before its day', async () => {
    const system = companyDb();
    desk = await newSweepingDesk('sweep-dry', system);
    await desk.toRegistered();
    const due = await dryRun(desk.deps, day('2034-01-01'));
    expect(due.filter(({ what }) => what === 'erase')).toEqual([
      expect.objectContaining({ systemId: 'account-db', recordClass: 'invoice', count: 4, until: '2033-12-31' }),
    ]);
    expect(due.find(({ what }) => what === 'erase')?.laws).toContain('until 2033-12-31');
    expect((await dryRun(desk.deps, day('2033-12-31'))).map(({ what }) => what)).toEqual(['read-back']);
    await expect(claimAll(desk.deps, day('2034-01-01'))).rejects.toMatchObject({ code: 'sweep-future' });
    expect(await listClaims(desk.deps)).toEqual([]);
    expect(system.left('invoices')).toHaveLength(6);
  });

  it('may be gone already, which is told as it is', async () => {
    const { system } = await toAsked();
    system.rows.get('invoices')?.delete('invoices-7-000000');
    await desk.approveAll();
    await desk.hour();
    expect(await desk.books()).toEqual({ 'erased/read-back': 9, 'absent/read-back': 1 });
  });

  it('stays while a hold reaches it, also one placed after the approval, and nothing else does', async () => {
    const { system } = await toAsked();
    await desk.approveAll();
    await desk.hold({ records: [invoice(1)] });
    await desk.hour();
    expect(system.left('invoices')).toEqual(['invoices-7-000001', ...bertas]);
    expect(await desk.register()).toEqual(['invoice 1 2034-01-31 hold-placed']);
    expect(await desk.books()).toEqual({ 'erased/read-back': 9, 'retained/none': 1 });
    const [hold] = await listHolds(desk.deps);
    if (hold === undefined) throw new Error('no hold');
    desk.world.setNow('2034-01-10T09:00:00Z');
    await releaseHold(desk.deps, { holdId: hold.id, reason: 'Settled', signedBy: desk.world.people.officer });
    await desk.hour();
    await desk.approveAll();
    await desk.hour();
    expect(system.left('invoices')).toEqual(bertas);
    expect(await desk.books()).toEqual({ 'erased/read-back': 10 });
  });

  it('stays while a request that is open has found it', async () => {
    const { system } = await toAsked();
    const { requestId } = await createRequest(desk.deps, {
      ...{ rights: ['erasure'], channel: 'email', language: 'en', identifiers: { email: ['anna.marker@example.ee'] } },
      ...{ identity: { method: 'known-in-person', contact: 'a@example.ee' }, by: desk.world.people.agent },
    });
    await desk.readAs(requestId);
    await desk.approveAll();
    await desk.hour();
    expect(system.left('invoices')).toHaveLength(6);
    expect(await desk.register()).toEqual(['invoice 4 2034-01-02 request-open']);
    await desk.world.asOwner('update requests set state = $1 where id = $2', ['cancelled', requestId]);
    desk.world.setNow('2034-01-02T09:00:00Z');
    await desk.hour();
    await desk.approveAll();
    await desk.hour();
    expect(system.left('invoices')).toEqual(bertas);
  });

  it('that the system cannot let go of parks the claim with a code, tells it, and is tried again the next day', async () => {
    const { system, claimId } = await toAsked();
    system.refusals = [{ code: 'reference-uncovered', where: 'payments.invoice_id' }];
    await desk.approveAll();
    await desk.hour();
    expect(system.left('invoices')).toHaveLength(6);
    expect(await listClaims(desk.deps)).toMatchObject([
      { state: 'parked', code: 'reference-uncovered', where: 'payments.invoice_id', retryOn: '2034-01-02' },
    ]);
    expect(await desk.hour()).toEqual([]);
    system.refusals = [];
    desk.world.setNow('2034-01-02T09:00:00Z');
    await desk.hour();
    expect(system.left('invoices')).toEqual(bertas);
    expect(await desk.claim(claimId)).toMatchObject({ state: 'done' });
  });

  it('that is still there when read back is not called erased', async () => {
    const { system, claimId } = await toAsked();
    system.undead.add('invoices-7-000002');
    await desk.approveAll();
    await desk.hour();
    expect(await desk.claim(claimId)).toMatchObject({ state: 'parked', code: 'erase-residue' });
    expect(await desk.books()).toMatchObject({ 'retained/none': 4 });
    system.rows.get('invoices')?.delete('invoices-7-000002');
    desk.world.setNow('2034-01-02T09:00:00Z');
    await desk.hour();
    expect(await desk.books()).toEqual({ 'erased/read-back': 10 });
  });
});

describe('what the system takes and lets go of by and by', () => {
  it.each(['hidden', 'pending'] as const)('is unfinished and not residue: %s', async (seenAs) => {
    const { system, claimId } = await toAsked();
    system.seenAs.set('invoices-7-000002', seenAs);
    await desk.approveAll();
    await desk.hour();
    expect(await desk.claim(claimId)).toMatchObject({
      state: 'parked',
      code: 'erase-unfinished',
      code_where: 'invoices',
    });
    expect(await desk.books()).toMatchObject({ 'retained/none': 4 });
    system.seenAs.clear();
    desk.world.setNow('2034-01-02T09:00:00Z');
    await desk.hour();
    expect(await desk.books()).toEqual({ 'erased/read-back': 10 });
  });

  it('does not hide what is still there', async () => {
    const { system, claimId } = await toAsked();
    system.seenAs.set('invoices-7-000002', 'hidden');
    system.undead.add('invoices-7-000003');
    await desk.approveAll();
    await desk.hour();
    expect(await desk.claim(claimId)).toMatchObject({ state: 'parked', code: 'erase-residue' });
  });
});

describe('people', () => {
  it('approve twice by two, not by one; and only what they read', async () => {
    const { claimId } = await toAsked();
    const { officer, second, agent } = desk.world.people;
    const approve = (signedBy: typeof officer, about?: string) => approveClaim(desk.deps, { claimId, signedBy, about });
    await expect(approve(agent)).rejects.toMatchObject({ code: 'person-role' });
    await expect(approve(officer, 'f'.repeat(64))).rejects.toMatchObject({ code: 'sweep-changed' });
    const { about } = (await listClaims(desk.deps))[0] ?? {};
    expect(await approve(officer, about?.slice(0, 12))).toMatchObject({ state: 'asked', peopleLeft: 1 });
    await expect(approve(officer)).rejects.toMatchObject({ code: 'person-twice' });
    expect(await approve(second)).toMatchObject({ state: 'approved', peopleLeft: 0 });
    await expect(approve(second)).rejects.toMatchObject({ code: 'sweep-not-asked' });
  });

  it('reject, and are asked again on a later day', async () => {
    const { system, claimId } = await toAsked();
    const signedBy = desk.world.people.officer;
    await expect(rejectClaim(desk.deps, { claimId, signedBy })).rejects.toMatchObject({ code: 'reason-needed' });
    await rejectClaim(desk.deps, { claimId, signedBy, reason: 'An audit is announced' });
    expect(await desk.claim(claimId)).toMatchObject({ state: 'rejected' });
    expect(await desk.register()).toEqual(['invoice 4 2034-01-31 sweep-rejected']);
    await expect(approveClaim(desk.deps, { claimId, signedBy })).rejects.toMatchObject({ code: 'sweep-not-asked' });
    desk.world.setNow('2034-01-30T09:00:00Z');
    await desk.hour();
    expect(await listClaims(desk.deps)).toEqual([]);
    desk.world.setNow('2034-01-31T09:00:00Z');
    await desk.hour();
    expect(await listClaims(desk.deps)).toMatchObject([{ state: 'asked', records: 4 }]);
    expect(system.left('invoices')).toHaveLength(6);
  });

  it('are not asked about a class of which two of them have said so, until one takes it back', async () => {
    const system = companyDb();
    desk = await newSweepingDesk('sweep-auto', system);
    await desk.toRegistered();
    system.rows.get('lines')?.clear();
    const { officer, second } = desk.world.people;
    const turn = (on: boolean, signedBy: typeof officer, recordClass = 'invoice') =>
      switchAutomatic(desk.deps, { recordClass, on, signedBy });
    await expect(turn(true, officer, 'unheard-of')).rejects.toMatchObject({ code: 'class-unknown' });
    expect(await turn(true, officer)).toMatchObject({ state: 'asked' });
    await expect(turn(true, officer)).rejects.toMatchObject({ code: 'person-twice' });
    expect(await turn(true, second)).toMatchObject({ state: 'on' });
    await expect(turn(true, second)).rejects.toMatchObject({ code: 'class-state' });
    expect(await turn(false, officer)).toMatchObject({ state: 'off' });
    await expect(turn(false, officer)).rejects.toMatchObject({ code: 'class-state' });
    await turn(true, officer);
    await turn(true, second);
    desk.world.setNow(firstDay);
    system.refusals = [{ code: 'reference-uncovered', where: 'payments.invoice_id' }];
    await desk.hour();
    // Taken back while the claim was parked: what was not begun is asked about after all.
    await turn(false, officer);
    system.refusals = [];
    desk.world.setNow('2034-01-02T09:00:00Z');
    await desk.hour();
    await desk.hour();
    expect(system.left('invoices')).toHaveLength(6);
    expect(await listClaims(desk.deps)).toMatchObject([{ state: 'asked', records: 4 }]);
    const [asked] = await listClaims(desk.deps);
    if (asked === undefined) throw new Error('no claim');
    await rejectClaim(desk.deps, { claimId: asked.id, signedBy: officer, reason: 'The class is to be automatic' });
    await turn(true, officer);
    await turn(true, second);
    desk.world.setNow('2034-02-02T09:00:00Z');
    await desk.hour();
    expect(system.left('invoices')).toEqual(bertas);
  });
});

describe('rules that change on the way', () => {
  const laws = (taxRegistrations: LoadedConfig['policy']['retention']['taxRegistrations']) => {
    const { config } = desk.deps;
    const retention = { ...config.policy.retention, taxRegistrations };
    desk.as({ config: { ...config, policy: { ...config.policy, retention } } });
  };

  it('and keep longer move the day, and it is erased on that one', async () => {
    const system = companyDb();
    desk = await newSweepingDesk('sweep-longer', system);
    await desk.toRegistered();
    system.rows.get('lines')?.clear();
    // Germany: eight years from the end of the calendar year.
    laws(['DE']);
    desk.world.setNow(firstDay);
    await desk.hour();
    expect(await listClaims(desk.deps)).toEqual([]);
    expect(await desk.register()).toEqual(['invoice 4 2035-01-01']);
    const { rows } = await desk.world.asOwner(`select body from audit where kind = 'retention-moved'`);
    expect(rows.map(({ body }) => JSON.parse(body))).toMatchObject([{ due: '2035-01-01', was: '2034-01-01' }]);
    desk.world.setNow('2035-01-01T09:00:00Z');
    await desk.hour();
    await desk.approveAll();
    await desk.hour();
    expect(system.left('invoices')).toEqual(bertas);
  });

  it('and keep less long are asked about on the earlier day, also where the class is swept without asking', async () => {
    const system = companyDb();
    const taxRegistrations = ['DE'] as const;
    desk = await newSweepingDesk('sweep-shorter', system, {
      retention: { taxRegistrations: [...taxRegistrations], switchOn: [], periods },
    });
    await desk.toRegistered();
    system.rows.get('lines')?.clear();
    expect(await desk.register()).toContain('invoice 4 2035-01-01');
    const { officer, second } = desk.world.people;
    await switchAutomatic(desk.deps, { recordClass: 'invoice', on: true, signedBy: officer });
    await switchAutomatic(desk.deps, { recordClass: 'invoice', on: true, signedBy: second });
    laws([]);
    desk.world.setNow('2030-06-01T09:00:00Z');
    await desk.hour();
    // Noticed when the rules change: looked at on the day that is left, while the promised one stays.
    expect(await desk.register()).toEqual(['invoice 4 2034-01-01']);
    const { rows } = await desk.world.asOwner(`select body from audit where kind = 'retention-shortened'`);
    expect(rows.map(({ body }) => JSON.parse(body))).toMatchObject([{ due: '2035-01-01', look: '2034-01-01' }]);
    desk.world.setNow('2033-12-31T09:00:00Z');
    expect(await desk.hour()).toEqual([]);
    desk.world.setNow(firstDay);
    await desk.hour();
    expect(system.left('invoices')).toHaveLength(6);
    expect(await listClaims(desk.deps)).toMatchObject([{ state: 'asked', peopleNeeded: 2, asks: ['shortened'] }]);
    await desk.approveAll();
    await desk.hour();
    expect(system.left('invoices')).toEqual(bertas);
  });
});

describe('a system', () => {
  it('with another name is the same system; one that is configured no more is not forgotten', async () => {
    const system = companyDb();
    desk = await newSweepingDesk('sweep-renamed', system);
    await desk.toRegistered();
    system.rows.get('lines')?.clear();
    const { config, systems } = desk.deps;
    desk.as({ config: { ...config, systems: [] }, systems: new Map() });
    desk.world.setNow(firstDay);
    await desk.hour();
    const claims = await listClaims(desk.deps);
    expect(claims.map(({ state, code }) => [state, code])).toEqual([
      ['parked', 'system-not-configured'],
      ['parked', 'system-not-configured'],
    ]);
    desk.as({ config: { ...config, systems: config.systems.map((one) => ({ ...one, name: 'Renamed' })) }, systems });
    desk.world.setNow('2034-01-02T09:00:00Z');
    await desk.hour();
    await desk.approveAll();
    await desk.hour();
    expect(system.left('invoices')).toEqual(bertas);
    expect(await desk.state()).toBe('completed');
  });
});

describe('what goes by itself', () => {
  it('is nothing that a person can reject', async () => {
    const system = companyDb();
    desk = await newSweepingDesk('sweep-read-back', system);
    await desk.toRegistered();
    system.failing = 'stream-changed';
    await desk.hour();
    const [claim] = await listClaims(desk.deps);
    expect(claim).toMatchObject({ kind: 'read-back', state: 'parked' });
    if (claim === undefined) throw new Error('no claim');
    const given = { claimId: claim.id, signedBy: desk.world.people.officer, reason: 'Not to be asked' };
    await expect(rejectClaim(desk.deps, given)).rejects.toMatchObject({ code: 'sweep-not-asked' });
  });

  it('is asked about every day until it has gone, and the last of it completes the request', async () => {
    const system = companyDb();
    desk = await newSweepingDesk('sweep-expiring', system);
    await desk.toRegistered();
    await desk.hour();
    expect(await desk.register()).toContain('server-log 2 2026-11-24 expiry-late');
    expect(await desk.hour()).toEqual([]);
    system.rows.get('lines')?.delete('lines-7-000000');
    desk.world.setNow('2026-11-24T09:00:00Z');
    await desk.hour();
    expect(await desk.register()).toContain('server-log 1 2026-11-25 expiry-late');
    expect(await desk.state()).toBe('awaiting_expiry');
    system.rows.get('lines')?.clear();
    desk.world.setNow('2026-11-25T09:00:00Z');
    await desk.hour();
    expect(await desk.state()).toBe('completed');
    expect(await desk.books()).toEqual({ 'erased/read-back': 6, 'retained/none': 4 });
  });
});

describe('other kinds of entries', () => {
  it('a backup’s copy is nothing that this sweep touches', async () => {
    const system = companyDb();
    desk = await newSweepingDesk('sweep-backup', system);
    await desk.toRegistered();
    await desk.world.asOwner(`update register_entries set kind = 'backup-copy'`);
    desk.world.setNow(firstDay);
    expect(await desk.hour()).toEqual([]);
    expect(await dryRun(desk.deps, day('2034-01-01'))).toEqual([]);
    expect(system.left('invoices')).toHaveLength(6);
  });

  it('that have no records left when they are due are claimed by nobody', async () => {
    desk = await newSweepingDesk('sweep-removed');
    await desk.toRegistered();
    await desk.world.asOwner('update register_entries set count = 0');
    desk.world.setNow(firstDay);
    expect(await desk.hour()).toEqual([]);
  });

  it('of which nobody kept by what they were decided are left with that code, and looked at again', async () => {
    const system = companyDb();
    desk = await newSweepingDesk('sweep-old', system);
    await desk.toRegistered();
    system.rows.get('lines')?.clear();
    // As an entry of an earlier version is.
    await desk.world.asOwner(
      'alter table rounds disable trigger rounds_books; update rounds set own_business_open = null',
    );
    desk.world.setNow(firstDay);
    await desk.hour();
    expect(await desk.register()).toEqual(['invoice 4 2034-01-08 sweep-facts-missing']);
    expect(system.left('invoices')).toHaveLength(6);
  });
});

describe('a page that names more records than are kept', () => {
  /** As where one of them was somebody else's when its turn came. */
  const oneLess = `update register_entries set count = 3 where kind = 'retained'`;

  it('is touched neither by a dry run nor by a sweep, which say why; the rest goes on', async () => {
    const system = companyDb();
    desk = await newSweepingDesk('sweep-differs', system);
    await desk.toRegistered();
    await desk.world.asOwner(oneLess);
    const differs = { what: 'unanswered', recordClass: 'invoice', code: 'register-differs' };
    expect(await dryRun(desk.deps, day('2034-01-01'))).toContainEqual(expect.objectContaining(differs));
    system.rows.get('lines')?.clear();
    desk.world.setNow(firstDay);
    await desk.hour();
    expect((await listClaims(desk.deps)).map(({ kind }) => kind)).not.toContain('erase');
    expect(await desk.register()).toContain('invoice 3 2034-01-08 register-differs');
    expect(system.left('invoices')).toHaveLength(6);
  });

  it('is not touched either where two people have approved it already', async () => {
    const { system, claimId } = await toAsked(companyDb(), 'sweep-differs-late');
    await desk.approveAll();
    await desk.world.asOwner(oneLess);
    await desk.hour();
    expect(system.left('invoices')).toHaveLength(6);
    expect(await desk.claim(claimId)).toMatchObject({ state: 'done' });
    expect(await desk.register()).toEqual(['invoice 3 2034-01-08 register-differs']);
  });

  it('and has to be taken apart leaves its entry with that code, and stops no other', async () => {
    desk = await newSweepingDesk('sweep-differs-copies', companyDb(), {}, [{ name: 'Nightly copies', maxAgeDays: 35 }]);
    await desk.toRegistered();
    await desk.world.asOwner(
      `update register_entries set count = 2 where kind = 'backup-copy' and collection = 'notes'`,
    );
    await desk.hold({ records: [{ collection: 'notes', key: [['id', 'notes-7-000000']] }] });
    await replayClaims(desk.deps, { systemId: desk.id(), since: new Date('2026-11-01T00:00:00Z') });
    await desk.hour();
    expect(await listClaims(desk.deps)).toMatchObject([{ kind: 'replay', state: 'asked', records: 1 }]);
    expect((await desk.register()).filter((line) => line.endsWith('register-differs'))).toHaveLength(1);
  });
});

describe('an attempt that dies', () => {
  it.each(['before-intent', 'after-intent', 'after-effect', 'after-outcome'] as const)(
    '%s is gone on with, with the same end',
    async (moment) => {
      const { system } = await toAsked(companyDb(), `sweep-${moment}`);
      await desk.approveAll();
      system.during = (at) => {
        if (at === moment) throw new HabeasError('system-unreachable');
      };
      await desk.hour();
      system.during = undefined;
      desk.world.setNow('2034-01-02T09:00:00Z');
      await desk.hour();
      expect(system.left('invoices')).toEqual(bertas);
      expect(await desk.books()).toEqual({ 'erased/read-back': 10 });
    },
  );

  it('with an effect begun only goes forward: the batch cannot be rejected any more', async () => {
    const { system, claimId } = await toAsked();
    await desk.approveAll();
    system.during = (at) => {
      if (at === 'after-effect') throw new HabeasError('system-unreachable');
    };
    await desk.hour();
    const given = { claimId, signedBy: desk.world.people.officer, reason: 'Too late' };
    await expect(rejectClaim(desk.deps, given)).rejects.toMatchObject({ code: 'sweep-begun' });
  });

  it('locks nobody else’s records in: those leave the batch, and the begun ones go forward alone', async () => {
    const { system, claimId } = await toAsked();
    const { requestId: other } = await createRequest(desk.deps, {
      ...{ rights: ['erasure'], channel: 'email', language: 'en', identifiers: { email: ['berta.marker@example.ee'] } },
      ...{ identity: { method: 'known-in-person', contact: 'b@example.ee' }, by: desk.world.people.agent },
    });
    await desk.approveAll();
    system.during = (at) => {
      if (at === 'after-effect') throw new HabeasError('system-unreachable');
    };
    await desk.hour();
    // Stands for an entry of another request: nothing but the entry is looked at.
    await desk.world.asOwner(
      'alter table register_entries drop constraint register_entries_request_id_system_id_round_decision_no_fkey',
    );
    await desk.world.asOwner(
      `insert into register_entries select (jsonb_populate_record(e, jsonb_build_object(
         'id', 'reg_' || lpad('1', 26, '0'), 'request_id', $1::text, 'object_name', 'o'))).*
       from register_entries e where e.claim_id = $2`,
      [other, claimId],
    );
    const given = { claimId, signedBy: desk.world.people.officer, reason: 'Not these' };
    expect(await rejectClaim(desk.deps, given)).toMatchObject({ state: 'begun' });
    expect(await desk.register()).toContain('invoice 4 2034-01-31 sweep-rejected');
    await expect(rejectClaim(desk.deps, given)).rejects.toMatchObject({ code: 'sweep-begun' });
    system.during = undefined;
    desk.world.setNow('2034-01-02T09:00:00Z');
    await desk.hour();
    expect(await desk.claim(claimId)).toMatchObject({ state: 'done' });
    expect(system.left('invoices')).toEqual(bertas);
  });
});

describe('two sweeps at once', () => {
  it('never claim the same entry', async () => {
    const system = companyDb();
    desk = await newSweepingDesk('sweep-race', system);
    await desk.toRegistered();
    await desk.world.asOwner(
      `insert into register_entries select (jsonb_populate_record(e, jsonb_build_object(
         'id', 'reg_' || lpad(n::text, 26, '0'), 'part', n, 'object_name', 'o' || n))).*
       from register_entries e, generate_series(1, 1200) n where e.kind = 'retained'`,
    );
    desk.world.setNow(firstDay);
    const claims = await Promise.all([1, 2, 3].map(() => claimAll(desk.deps, undefined)));
    const { rows } = await desk.world.asOwner(
      `select count(*)::int as entries, count(distinct claim_id)::int as claims, (select sum((body::jsonb ->> 'entries')::int)::int
         from audit where kind = 'claimed') as told from register_entries where claim_id is not null`,
    );
    expect(rows).toEqual([{ entries: 1202, claims: claims.flat().length, told: 1202 }]);
  });
});
