/**
 * Receipt and evidence of an erasure that the real stages carried out: they state what the books say and nothing of the person,
 * verify with nothing but public keys, and whatever is changed in them is found.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { newId } from '../../src/ids.ts';
import { anchorHeads } from '../../src/ledger/anchors.ts';
import { appendAudit } from '../../src/ledger/audit.ts';
import { publishedKeys, rotateSigningKey, withSigningKey } from '../../src/ledger/signing-keys.ts';
import { attached, detached, type Evidence, type EvidenceFile, evidenceText } from '../../src/proof/evidence-schema.ts';
import { verifyEvidence } from '../../src/proof/evidence-verify.ts';
import { verifyReceipt } from '../../src/proof/receipt-verify.ts';
import { makeEvidence } from '../../src/requests/evidence.ts';
import { issueDueReceipts, issueReceipt, readReceipt, type StoredReceipt } from '../../src/requests/index.ts';
import { canonicalJson } from '../../src/security/canonical.ts';
import { type Jwks, publicOf, signJws } from '../../src/security/receipt-keys.ts';
import { accountDb, type ErasingDesk, newErasingDesk } from './erasing-desk.ts';

const markers = /anna|marker|example\.ee|secret of/i;

describe('the receipt of an erasure', () => {
  let desk: ErasingDesk;
  let stored: StoredReceipt;
  let text: string;
  let keys: Jwks;

  /** An authority may ask before anything has ended. */
  const early = async () => {
    const { config } = desk.deps;
    const unfit = { ...config, controller: { ...config.controller, name: 7 as never } };
    await expect(makeEvidence({ ...desk.deps, config: unfit }, desk.requestId)).rejects.toMatchObject({
      ...{ code: 'internal', where: 'evidence' },
    });
    const { text: file, receipts } = await makeEvidence(desk.deps, desk.requestId);
    expect(receipts).toBe(0);
    expect((await verifyEvidence(file)).findings).toEqual([]);
  };

  beforeAll(async () => {
    desk = await newErasingDesk('receipt', { 'account-db': accountDb() });
    await desk.toPlanned();
    await expect(issueReceipt(desk.deps, desk.requestId)).rejects.toMatchObject({ code: 'receipt-not-ready' });
    await early();
    await desk.toNoReturn();
    await desk.erase();
    await early();
    await desk.verify();
    await desk.erase('subject-row');
    await desk.verify('subject-row');
    await desk.close('awaiting_expiry');
    await desk.destroyStaging();
    const { ledger, storage, config, now } = desk.deps;
    stored = await readReceipt(desk.deps, desk.requestId);
    await anchorHeads({ ledger, storage, bucket: config.s3.packageBucket, now });
    text = (await makeEvidence(desk.deps, desk.requestId)).text;
    keys = await publishedKeys(ledger.db);
  });
  afterAll(() => desk.end());

  it('is made with the end of the work, once, whoever asks again', async () => {
    const asked = await Promise.all([1, 2, 3].map(() => issueReceipt(desk.deps, desk.requestId)));
    expect(asked.map(({ no, isNew }) => [no, isNew])).toEqual([
      [1, false],
      [1, false],
      [1, false],
    ]);
    expect(await issueDueReceipts(desk.deps)).toEqual({ issued: 0 });
  });

  it('names per system what was found, what became of it, what ends when, and where the chain stood', () => {
    const { receipt } = stored;
    expect(receipt.systems).toMatchObject([
      {
        ...{ id: 'account-db', state: 'done', access: null, attested: null },
        erasure: { found: 36, erased: 26, anonymised: 4, expiring: 6, pending: 0, unverified: 0 },
      },
    ]);
    expect(receipt.ends.reduce((sum, one) => sum + one.count, 0)).toBe(6);
    expect(receipt).toMatchObject({ no: 1, previous: null, state: 'awaiting_expiry', open: [] });
    expect(receipt.plans).toHaveLength(1);
    expect(receipt.plans[0]?.noReturnAt).not.toBeNull();
  });

  it('has nothing of the person, and neither has the evidence', () => {
    expect(JSON.stringify(stored.receipt)).not.toMatch(markers);
    expect(text).not.toMatch(markers);
    expect(text.split('"jws": "')).toHaveLength(2);
  });

  it('verifies with the public keys alone, and with no others', async () => {
    expect(await verifyReceipt(`${stored.jws}\n`, keys)).toMatchObject({ findings: [], kid: keys.keys[0]?.kid });
    const other = { keys: [await publicOf(Buffer.alloc(32, 1))] };
    expect((await verifyReceipt(stored.jws, other)).findings).toMatchObject([{ kind: 'key-unknown' }]);
    // Another key under the right name is none.
    const borrowed = { keys: other.keys.map((one) => ({ ...one, kid: keys.keys[0]?.kid ?? '' })) };
    expect((await verifyReceipt(stored.jws, borrowed)).findings).toMatchObject([{ kind: 'key-unknown' }]);
    expect((await verifyEvidence(text, keys)).findings).toEqual([]);
    expect((await verifyEvidence(text, other)).findings).toContainEqual({ kind: 'key-unknown', where: null });
    const checked = await verifyEvidence(text);
    expect(checked).toMatchObject({ findings: [], uncheckedSignatures: 0 });
    expect(checked.anchoredTo).toBe(checked.evidence?.audit.rows.length);
  });

  it('is found changed, whatever single byte of it is another', async () => {
    const changed = (from: string) =>
      fc
        .tuple(fc.nat(from.length - 1), fc.constantFrom(...'A0z.-_ \n{'))
        .filter(([at, to]) => from[at] !== to)
        .map(([at, to]) => from.slice(0, at) + to + from.slice(at + 1));
    await fc.assert(
      fc.asyncProperty(changed(stored.jws), async (jws) => {
        expect((await verifyReceipt(jws, keys)).findings).not.toEqual([]);
      }),
      { numRuns: 300 },
    );
    await fc.assert(
      fc.asyncProperty(changed(text), async (file) => {
        expect((await verifyEvidence(file, keys)).findings).not.toEqual([]);
      }),
      { numRuns: 300 },
    );
    // The last letter of a signature has bits that decode to nothing.
    const last = stored.jws.at(-1) ?? '';
    for (const letter of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_')
      if (letter !== last)
        expect((await verifyReceipt(stored.jws.slice(0, -1) + letter, keys)).findings).not.toEqual([]);
    expect((await verifyEvidence(`${text}\n`, keys)).findings).toMatchObject([{ kind: 'bytes-differ' }]);
  });

  it('is found changed in the evidence also by whoever can sign it', async () => {
    const { key_id: keyId, kid } = await desk.deps.ledger.db
      .selectFrom('signing_keys')
      .selectAll()
      .executeTakeFirstOrThrow();
    const seed = await desk.deps.keys.use(keyId);
    const forged = async (change: (evidence: Evidence) => unknown) => {
      const { evidence }: EvidenceFile = JSON.parse(text);
      change(evidence);
      const jws = await signJws(canonicalJson(evidence), seed, kid, 'habeas-evidence+jws');
      const file = evidenceText({ evidence, signature: detached(jws) });
      expect(attached(detached(jws), evidence)).toBe(jws);
      const checked = await verifyEvidence(file, keys);
      return [...new Set(checked.findings.map((one) => one.kind))].sort();
    };
    const row = (evidence: Evidence, kind: string) => evidence.audit.rows.find((one) => one.kind === kind);
    expect(await forged(() => undefined)).toEqual([]);
    expect(await forged(({ audit }) => audit.rows.splice(4, 1))).toContain('audit-removed');
    expect(await forged(({ audit }) => audit.rows.pop())).toContain('anchor-differs');
    expect(
      await forged((evidence) => Object.assign(row(evidence, 'no-return') ?? {}, { at: '2026-11-01T00:00:00.000Z' })),
    ).toEqual(['audit-edited']);
    expect(await forged(({ audit }) => Object.assign(audit.anchors[0] ?? {}, { no: 99 }))).toEqual(['anchor-edited']);
    expect(await forged(({ request }) => Object.assign(request, { receivedOn: '2026-11-20' }))).toEqual([
      ...['receipt-differs', 'request-differs'],
    ]);
    expect(await forged(({ decisions }) => Object.assign(decisions[0] ?? {}, { answer: 'unverifiable' }))).toEqual([
      'decision-altered',
    ]);
    expect(await forged(({ decisions }) => Object.assign(decisions[0] ?? {}, { signature: 'AAAA' }))).toEqual([
      ...['decision-altered', 'decision-signature'],
    ]);
    expect(await forged(({ decisions }) => decisions.pop())).toEqual(['decision-removed']);
    expect(await forged(({ plans }) => Object.assign(plans[0] ?? {}, { sha256: '0'.repeat(64) }))).toEqual([
      ...['plan-removed', 'plan-unaudited', 'receipt-differs'],
    ]);
    const erasure = ({ systems }: Evidence) => systems[0]?.erasure ?? {};
    expect(await forged((evidence) => Object.assign(erasure(evidence), { erased: 27 }))).toEqual([
      ...['books-unbalanced', 'receipt-differs'],
    ]);
    expect(await forged((evidence) => Object.assign(erasure(evidence), { erased: 27, found: 37 }))).toEqual([
      ...['grounds-differ', 'receipt-differs'],
    ]);
    expect(await forged(({ grounds }) => grounds.pop())).toEqual(['grounds-differ']);
    expect(await forged(({ receipts }) => receipts?.pop())).toEqual(['receipt-removed']);
    expect(await forged((evidence) => Object.assign(evidence.receipts?.[0] ?? {}, { jws: 'a.b.c' }))).toEqual([
      ...['not-signed', 'receipt-unaudited'],
    ]);
  });

  it('is made as evidence of a chain with rows of any length', async () => {
    const { deps, requestId } = desk;
    const body = { requests: Array.from({ length: 200 }, () => newId('request')) };
    await deps.ledger.db
      .transaction()
      .execute((trx) => appendAudit(trx, { requestId, kind: 'linked', body, at: deps.now() }));
    const made = await makeEvidence(deps, requestId);
    expect((await verifyEvidence(made.text, keys)).findings).toEqual([]);
  });

  it('is signed with the key that came after, where that was rotated before it had signed', async () => {
    const { ledger, keys: store, now } = desk.deps;
    const asked: string[] = [];
    const signed = await withSigningKey(ledger, store, now(), async ({ kid, keyId }) => {
      asked.push(kid);
      if (asked.length === 1) await rotateSigningKey(ledger, store, now());
      await store.use(keyId);
      return kid;
    });
    const published = (await publishedKeys(ledger.db)).keys.map(({ kid }) => kid);
    expect([asked, signed]).toEqual([published, published[1]]);
    await expect(withSigningKey(ledger, store, now(), () => store.use(newId('key')))).rejects.toMatchObject({
      code: expect.stringMatching(/^key-/),
    });
  });

  it('of a request that is completed later states everything anew, and a key that was rotated meanwhile stays public', async () => {
    const { ledger, keys: store, now } = desk.deps;
    const before = (await publishedKeys(ledger.db)).keys;
    const first = before.at(-1);
    const { kid, retired } = await rotateSigningKey(ledger, store, now());
    expect(retired).toBe(first?.kid);
    await desk.world.asOwner('alter table requests disable trigger user');
    await desk.world.asOwner(`update requests set state = 'completed', completed_at = $1`, [now()]);
    await desk.world.asOwner('alter table requests enable trigger user');
    expect(await issueDueReceipts(desk.deps)).toEqual({ issued: 1 });
    expect(await issueDueReceipts(desk.deps)).toEqual({ issued: 0 });
    const second = await readReceipt(desk.deps, desk.requestId);
    expect(second.receipt).toMatchObject({ no: 2, state: 'completed', previous: stored.sha256 });
    const published = await publishedKeys(ledger.db);
    expect(published.keys.map((one) => one.kid)).toEqual([...before.map((one) => one.kid), kid]);
    expect((await verifyReceipt(stored.jws, published)).findings).toEqual([]);
    expect((await verifyReceipt(second.jws, published)).findings).toEqual([]);
    const old = await ledger.db
      .selectFrom('signing_keys')
      .select('key_id')
      .where('kid', '=', first?.kid ?? '')
      .executeTakeFirstOrThrow();
    await expect(store.use(old.key_id)).rejects.toMatchObject({ code: 'key-destroyed' });
    for (const statement of [
      'delete from signing_keys',
      "update signing_keys set retired_at = null, x = repeat('A', 43)",
    ])
      await expect(desk.world.asOwner(statement)).rejects.toThrow(/never withdrawn/);
    await expect(desk.world.asOwner("update receipts set sha256 = repeat('0', 64)")).rejects.toThrow(/never changed/);
  });
});
