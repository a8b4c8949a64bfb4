/**
 * Keys live and die as decided: after each destruction chain, receipt and evidence verify and the case is found as long as its
 * file lives; nothing that a destroyed key opened opens again, and a ledger restored from before revives nothing of it.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { KeyId, RequestId } from '../../src/ids.ts';
import { verifyAudit } from '../../src/ledger/audit-verify.ts';
import { publishedKeys } from '../../src/ledger/signing-keys.ts';
import { getSealedBytes } from '../../src/ledger/vault.ts';
import { verifyEvidence } from '../../src/proof/evidence-verify.ts';
import { verifyReceipt } from '../../src/proof/receipt-verify.ts';
import { makeEvidence } from '../../src/requests/evidence.ts';
import {
  createRequest,
  destroyDueKeys,
  findRequests,
  placeHold,
  readReceipt,
  releaseHold,
  showRequest,
} from '../../src/requests/index.ts';
import { ErasingSystem, rowsOf } from '../workflow/erasing-system.ts';
import { type ErasingDesk, newErasingDesk } from './erasing-desk.ts';

const anna = 'anna.marker@example.ee';

describe('the keys of a request', () => {
  let desk: ErasingDesk;
  let jws: string;
  let text: string;
  let berta: RequestId;
  const ask = async (email: string) =>
    (
      await createRequest(desk.deps, {
        ...{ rights: ['access'], channel: 'email', language: 'en', identifiers: { email: [email] } },
      })
    ).requestId;

  beforeAll(async () => {
    const system = new ErasingSystem({
      ...{ needs: ['email'], accounts: [{ id: '7', proofs: { email: anna } }], hasSubjectRow: true },
      collections: [{ collection: 'notes', rows: rowsOf('notes', '7', 5) }],
    });
    desk = await newErasingDesk('keys-end', { 'account-db': system });
    await desk.toPlanned();
    await desk.toNoReturn();
    await desk.erase();
    await desk.verify();
    await desk.erase('subject-row');
    await desk.verify('subject-row');
    await desk.close('completed');
    await desk.destroyStaging();
    jws = (await readReceipt(desk.deps, desk.requestId)).jws;
    // Somebody else, whose case goes on: the key of the quarter lives with it.
    berta = await ask('berta.marker@example.ee');
    await dump();
  });
  afterAll(() => desk.end());

  /** Tables as in a backup: a copy of every one, beside them. */
  const tables = async () => {
    const { rows } = await desk.world.asOwner(
      `select quote_ident(tablename) as name from pg_tables where schemaname = 'public'`,
    );
    return rows.map(({ name }) => String(name));
  };
  const dump = async () => {
    const copies = (await tables()).map((name) => `create table backup.${name} as table public.${name};`);
    await desk.world.asOwner(`create schema backup; ${copies.join('\n')}`);
  };
  /** The ledger as it was; the key store stays as it is now. */
  const restore = async () => {
    const back = (await tables()).map(
      (name) =>
        `delete from public.${name}; insert into public.${name} overriding system value select * from backup.${name};`,
    );
    await desk.world.asOwner(
      `set session_replication_role = replica; ${back.join('\n')} reset session_replication_role`,
    );
  };

  const keysOf = async () => {
    const { db } = desk.deps.ledger;
    return db
      .selectFrom('requests')
      .select(['working_key_id', 'case_key_id'])
      .where('id', '=', desk.requestId)
      .executeTakeFirstOrThrow();
  };
  const sealedUnder = async (keyId: KeyId) => {
    const { db } = desk.deps.ledger;
    const rows = await db.selectFrom('sealed_objects').select('name').where('key_id', '=', keyId).execute();
    return rows.map(({ name }) => name);
  };
  const opened = async (keyId: KeyId) => {
    const names = await sealedUnder(keyId);
    expect(names.length).toBeGreaterThan(0);
    const tries = await Promise.allSettled(
      names.map((name) => getSealedBytes(desk.deps.ledger.db, desk.deps.keys, name)),
    );
    return tries.filter(({ status }) => status === 'fulfilled').length;
  };
  const found = async () => (await findRequests(desk.deps, { email: [anna] })).map(({ id }) => id);
  const stillVerify = async () => {
    const { ledger } = desk.deps;
    const keys = await publishedKeys(ledger.db);
    expect((await verifyReceipt(jws, keys)).findings).toEqual([]);
    text = (await makeEvidence(desk.deps, desk.requestId)).text;
    const checked = await verifyEvidence(text, keys);
    expect(checked.findings).toEqual([]);
    expect((await verifyAudit({ db: ledger.db })).findings).toEqual([]);
    return checked;
  };
  const end = () => destroyDueKeys(desk.deps);

  it('all live while the request has just ended', async () => {
    const { working_key_id: working, case_key_id: file } = await keysOf();
    expect(await end()).toEqual({ destroyed: 0 });
    expect(await opened(working)).toBe((await sealedUnder(working)).length);
    expect(await opened(file)).toBe((await sealedUnder(file)).length);
    expect(await found()).toEqual([desk.requestId]);
    expect((await stillVerify()).evidence?.receipts).toHaveLength(1);
    expect((await showRequest(desk.deps, desk.requestId)).keys.caseFile).toMatchObject({
      ...{ endsOn: '2029-11-23', destroyedAt: null, isFrozen: false },
    });
  });

  it('when the working key has ended open nothing that it sealed, also where a backup of the ledger is restored', async () => {
    desk.world.setNow('2026-12-23T09:00:00.000Z');
    expect(await end()).toEqual({ destroyed: 1 });
    const { working_key_id: working } = await keysOf();
    for (const isRestored of [false, true]) {
      if (isRestored) await restore();
      expect(await opened(working)).toBe(0);
      expect(await found()).toEqual([desk.requestId]);
      expect((await stillVerify()).evidence?.receipts).toHaveLength(1);
    }
    // The restored ledger does not know of it yet: the next run tells it, and nothing lived meanwhile.
    expect((await showRequest(desk.deps, desk.requestId)).keys.workingKeyDestroyedAt).toBeNull();
    await end();
    expect((await showRequest(desk.deps, desk.requestId)).keys.workingKeyDestroyedAt).not.toBeNull();
  });

  it('of the case file wait for its period, and longer while a hold stands', async () => {
    desk.world.setNow('2029-11-22T20:00:00.000Z');
    expect(await end()).toEqual({ destroyed: 0 });
    const { holdId } = await placeHold(desk.deps, {
      ...{
        on: { requestId: desk.requestId },
        kind: 'complaint',
        ground: 'a complaint to the authority',
        owner: 'officer',
      },
      ...{ reviewOn: '2030-05-01', signedBy: desk.world.people.officer },
    });
    desk.world.setNow('2030-02-01T09:00:00.000Z');
    expect(await end()).toEqual({ destroyed: 0 });
    expect((await showRequest(desk.deps, desk.requestId)).keys.caseFile).toMatchObject({ isFrozen: true });
    expect(await found()).toEqual([desk.requestId]);
    await releaseHold(desk.deps, { holdId, reason: 'closed by it', signedBy: desk.world.people.officer });
  });

  it('of the case file end with it: it is found no more, what it held opens no more, and what was signed verifies', async () => {
    // Of the case file, and of the hold's ground.
    expect(await end()).toEqual({ destroyed: 2 });
    expect(await end()).toEqual({ destroyed: 0 });
    const { case_key_id: file } = await keysOf();
    const checked = await verifyEvidence(text, await publishedKeys(desk.deps.ledger.db));
    expect(checked.findings).toEqual([]);
    expect((await stillVerify()).evidence?.receipts).toBeNull();
    await expect(readReceipt(desk.deps, desk.requestId)).rejects.toMatchObject({ code: 'key-destroyed' });
    for (const isRestored of [false, true]) {
      if (isRestored) await restore();
      expect(await opened(file)).toBe(0);
      // The key of the quarter still opens, for the other's sake.
      expect(await found()).toEqual([]);
    }
    const again = await ask(anna);
    expect((await showRequest(desk.deps, again)).linkedRequests).toEqual([]);
    await end();
    const left = await desk.deps.ledger.db.selectFrom('keyed_hashes').select('request_id').execute();
    expect(left.map((row) => row.request_id).sort()).toEqual([again, berta].sort());
  });

  it('of a quarter end with the last case that has a hash of it', async () => {
    const quarters = async () =>
      (await desk.world.asOwner('select quarter, destroyed_at is null as lives from hash_keys order by quarter')).rows;
    expect(await quarters()).toEqual([
      { quarter: '2026-q4', lives: true },
      { quarter: '2030-q1', lives: true },
    ]);
    await desk.world.asOwner('delete from keyed_hashes where request_id = $1', [berta]);
    expect(await end()).toEqual({ destroyed: 1 });
    expect(await quarters()).toEqual([
      { quarter: '2026-q4', lives: false },
      { quarter: '2030-q1', lives: true },
    ]);
    expect((await findRequests(desk.deps, { email: [anna] })).length).toBe(1);
  });
});
