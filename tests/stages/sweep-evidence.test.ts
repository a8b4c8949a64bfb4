/** Who approved which batch of the sweep is in the evidence pack of a request, and found changed also by whoever can sign the pack. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { anchorHeads } from '../../src/ledger/anchors.ts';
import { detached, type Evidence, type EvidenceFile, evidenceText } from '../../src/proof/evidence-schema.ts';
import { verifyEvidence } from '../../src/proof/evidence-verify.ts';
import { makeEvidence } from '../../src/requests/evidence.ts';
import { listClaims } from '../../src/requests/index.ts';
import { canonicalJson } from '../../src/security/canonical.ts';
import { signJws } from '../../src/security/receipt-keys.ts';
import { companyDb, newSweepingDesk, type SweepingDesk } from './sweeping-desk.ts';

type Sweeps = NonNullable<Evidence['sweeps']>;

let desk: SweepingDesk;
let text: string;
/** Of the batch that people were asked about. */
let asked: { readonly id: string; readonly about: string | null };
let before: string;

beforeAll(async () => {
  const system = companyDb();
  desk = await newSweepingDesk('sweep-evidence', system);
  await desk.toRegistered();
  before = (await makeEvidence(desk.deps, desk.requestId)).text;
  desk.world.setNow('2034-01-01T09:00:00Z');
  await desk.hour();
  // What had not gone by itself is read back another day.
  desk.world.setNow('2034-01-02T09:00:00Z');
  const claim = (await listClaims(desk.deps)).find(({ state }) => state === 'asked');
  if (claim === undefined) throw new Error('nobody was asked');
  asked = claim;
  await desk.approveAll();
  system.rows.get('lines')?.clear();
  await desk.hour();
  const { ledger, storage, config, now } = desk.deps;
  await anchorHeads({ ledger, storage, bucket: config.s3.packageBucket, now });
  text = (await makeEvidence(desk.deps, desk.requestId)).text;
});
afterAll(() => desk.end());

const sweepsOf = ({ evidence }: EvidenceFile): Sweeps => evidence.sweeps ?? [];

describe('a batch of the sweep in the evidence', () => {
  it('names two people, the moment and the hash they signed, once something was erased under it', async () => {
    expect(sweepsOf(JSON.parse(before))).toEqual([]);
    const file: EvidenceFile = JSON.parse(text);
    const batch = sweepsOf(file).find(({ claim }) => claim === asked.id);
    const signed = batch?.approvals.map(({ person, at, publicKey, statement }) => {
      const { details } = JSON.parse(statement);
      return { person, at, isKnown: publicKey !== null, ...details };
    });
    const [first, second] = new Set(signed?.map(({ person }) => person));
    const same = { at: expect.stringMatching(/^2034-01-02T09:00/), isKnown: true, claim: asked.id, about: asked.about };
    expect(signed).toEqual([
      { person: first, ...same },
      { person: second, ...same },
    ]);
    expect(second).toBeDefined();
    // What only was read back nobody approved.
    expect(
      sweepsOf(file)
        .map(({ approvals }) => approvals.length)
        .sort(),
    ).toEqual([0, 2]);
    const checked = await verifyEvidence(text);
    expect(checked).toMatchObject({ findings: [], uncheckedSignatures: 0 });
    expect(batch?.audit.anchors).toHaveLength(1);
    expect(text).not.toContain('marker');
  });

  it('is found changed, missing or not approved', async () => {
    const { key_id: keyId, kid } = await desk.deps.ledger.db
      .selectFrom('signing_keys')
      .selectAll()
      .executeTakeFirstOrThrow();
    const seed = await desk.deps.keys.use(keyId);
    const forged = async (change: (batch: Sweeps[number], sweeps: Sweeps) => unknown) => {
      const { evidence }: EvidenceFile = JSON.parse(text);
      const sweeps = evidence.sweeps ?? [];
      const batch = sweeps.find(({ claim }) => claim === asked.id);
      if (batch === undefined) throw new Error('no batch');
      change(batch, sweeps);
      const jws = await signJws(canonicalJson(evidence), seed, kid, 'habeas-evidence+jws');
      const { findings } = await verifyEvidence(evidenceText({ evidence, signature: detached(jws) }));
      return [...new Set(findings.map((one) => one.kind))].sort();
    };
    const other = 'a'.repeat(64);
    expect(await forged(() => undefined)).toEqual([]);
    expect(await forged((batch, sweeps) => sweeps.splice(sweeps.indexOf(batch), 1))).toEqual(['sweep-removed']);
    expect(await forged((batch, sweeps) => sweeps.push({ ...batch, claim: `clm_${'0'.repeat(26)}` }))).toEqual([
      ...['audit-edited', 'anchor-differs', 'decision-altered', 'sweep-unaudited'].sort(),
    ]);
    expect(await forged(({ approvals }) => approvals.pop())).toEqual(['decision-removed', 'sweep-unapproved']);
    expect(
      await forged(({ approvals }) => Object.assign(approvals[1] ?? {}, { person: approvals[0]?.person })),
    ).toEqual(['decision-altered', 'sweep-unapproved']);
    const signed = ({ approvals: [one] }: Sweeps[number], about: string) =>
      Object.assign(one ?? {}, { statement: one?.statement.replaceAll(asked.about ?? '', about) });
    expect(await forged((batch) => signed(batch, other))).toEqual([
      ...['decision-altered', 'decision-signature', 'sweep-unapproved'],
    ]);
    expect(await forged(({ approvals }) => Object.assign(approvals[0] ?? {}, { signature: 'AAAA' }))).toEqual([
      'decision-signature',
    ]);
    expect(await forged(({ audit }) => audit.rows.splice(1, 1))).toContain('audit-removed');
  });
});
