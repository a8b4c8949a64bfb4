/**
 * The retention sweep through the front door, on real servers and worker processes: a dry run names exactly what the law keeps until
 * its date; lines that have expired complete their request; a record that a hold had kept goes when two people have approved it, also
 * where the worker is killed between the effect and its being noted.
 */

import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeleteObjectsCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { s3Client } from '../../src/local/s3.ts';
import { cast, workspaces } from '../../src/local/sample/cast.ts';
import { sweepScheduleId } from '../../src/temporal/names.ts';
import { approve, erased, refusal, reviewDay } from '../support/erasing.ts';
import { freshInstallation, type Installation, pick } from '../support/installation.ts';
import { eventually, testServers } from '../support/servers.ts';
import type { WorkerProcess } from '../support/worker-process.ts';

const law = 'Accounting Act §12, VAT Act §36, Taxation Act §58: until 2033-12-31';

describe('the retention sweep', () => {
  let habeas: Installation;
  let worker: WorkerProcess;
  let connection: Connection;
  let trader: string;
  let lead: string;
  let consent: string;
  let others: string;

  const consents = async (where: string) => {
    const { rows } = await habeas.accounts.query(
      `SELECT count(*) || ' ' || coalesce(md5(string_agg(c::text, ';' ORDER BY id)), '') AS rows
       FROM marketing_consents c WHERE ${where}`,
    );
    return String(rows[0].rows);
  };
  const schedule = () =>
    new Client({ connection, namespace: habeas.temporal.namespace }).schedule.getHandle(
      sweepScheduleId({ queuePrefix: habeas.prefix }),
    );
  const trigger = () => schedule().trigger();
  const list = async (what: 'entries' | 'claims'): Promise<readonly Record<string, unknown>[]> => {
    const found = pick((await habeas.must(['retention', 'list', '--json'])).json, what);
    return Array.isArray(found) ? found : [];
  };

  beforeAll(async () => {
    habeas = await freshInstallation('sweep', { erasure: true, logs: true, attempts: 20 });
    connection = await Connection.connect({ address: habeas.temporal.address });
    const { rows } = await habeas.accounts.query('SELECT id FROM marketing_consents WHERE lower(email) = $1', [
      cast.lead.email,
    ]);
    consent = String(rows[0].id);
    worker = await habeas.startWorker();
    // The full hour must not sweep before the test does.
    await eventually(() =>
      schedule()
        .pause('Tests')
        .then(() => true),
    );
    await habeas.must(
      [
        ...['holds', 'place', '--system', 'account-db', '--record', `marketing_consents:id=${consent}`],
        ...['--kind', 'court', '--ground', 'A claim about the newsletter', '--owner', 'officer'],
        ...['--review', reviewDay()],
      ],
      'officer',
    );
    [lead, trader] = await Promise.all([
      habeas.openErasure(cast.lead.email),
      habeas.openErasure(cast.soleTrader.email, '--close-workspace', workspaces.silversmith),
    ]);
    await Promise.all([approve(habeas, lead), approve(habeas, trader)]);
    await erased(habeas, lead, 'completed');
    await erased(habeas, trader, 'awaiting_expiry');
    others = await consents(`id <> ${consent}`);
  });
  afterAll(async () => {
    await connection?.close();
    await habeas?.close();
  });

  it('tried on the first day of 2034 names exactly the invoices that were kept, with law and date, and does nothing', async () => {
    const { json } = await habeas.must(['retention', 'sweep', '--as-of', '2034-01-01', '--dry-run', '--json']);
    const lines = pick(json, 'lines');
    const goes = (Array.isArray(lines) ? lines : []).filter(({ what }) => what === 'erase');
    const { rows } = await habeas.accounts.query('SELECT count(*)::int AS n FROM invoices WHERE workspace_id = $1', [
      workspaces.silversmith,
    ]);
    const invoices = rows[0].n;
    const { rows: bills } = await habeas.accounts.query(
      'SELECT count(*)::int AS n FROM invoice_lines l JOIN invoices i ON i.id = l.invoice_id WHERE i.workspace_id = $1',
      [workspaces.silversmith],
    );
    const sums: Record<string, number> = {};
    for (const { recordClass, count, laws, until, systemId } of goes) {
      sums[recordClass] = (sums[recordClass] ?? 0) + Number(count);
      expect([systemId, laws.includes(`until ${until}`)]).toEqual(['account-db', true]);
      if (recordClass === 'invoice') expect([laws, until]).toEqual([law, '2033-12-31']);
    }
    // Her business ends today, and so does the contract about it, which is kept for seven years: in later years past 2033.
    const { rows: kept } = await habeas.ledger.query(
      `SELECT coalesce(sum(count) FILTER (WHERE due_on <= '2034-01-01'), 0)::int AS n, sum(count)::int AS all
       FROM register_entries WHERE record_class = 'subscription-contract' AND kind = 'retained'`,
    );
    expect(kept[0].all).toBeGreaterThan(0);
    const contract = kept[0].n === 0 ? {} : { 'subscription-contract': kept[0].n };
    expect(sums).toEqual({ invoice: invoices + bills[0].n, ...contract });
    const { stdout } = await habeas.must(['retention', 'sweep', '--as-of', '2034-01-01', '--dry-run']);
    const all = invoices + bills[0].n + kept[0].n;
    expect(stdout).toContain(`${all} records would be erased as of 2034-01-01. Nothing was done.`);
    expect(await list('claims')).toEqual([]);
  });

  it('is refused before its day without --dry-run', async () => {
    expect(refusal(await habeas.cli(['retention', 'sweep', '--as-of', '2034-01-01']))).toEqual([5, 'sweep-future']);
    expect(await list('claims')).toEqual([]);
  });

  it('reads back on their day the lines that expire, and completes the request with the last of them', async () => {
    const { s3 } = await testServers();
    const admin = s3Client({ ...s3 });
    const Bucket = habeas.logs?.bucket;
    for (;;) {
      const { Contents = [] } = await admin.send(new ListObjectsV2Command({ Bucket }));
      if (Contents.length === 0) break;
      const Objects = Contents.map(({ Key }) => ({ Key }));
      await admin.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    }
    admin.destroy();
    await habeas.ledger.query("UPDATE register_entries SET look_on = '2026-01-01' WHERE kind = 'expiring'");
    await trigger();
    await habeas.waitFor(trader, ({ state }) => state === 'completed' || state === 'awaiting_expiry');
    await eventually(async () => (await habeas.view(trader)).state === 'completed');
    expect((await list('entries')).filter(({ kind }) => kind === 'expiring')).toEqual([]);
  });

  it('asks two people about what a released hold had kept, and is not told otherwise by one', async () => {
    const { json } = await habeas.must(['holds', 'list', '--json']);
    const hold = String(pick(json, 'holds', 0, 'id'));
    await habeas.must(['holds', 'release', hold, '--reason', 'The claim was settled'], 'officer');
    await worker.kill();
    worker = await habeas.startWorker({ failpoint: 'sweep-after-effect:1' });
    const taken = await habeas.must(['retention', 'sweep', '--json']);
    expect(pick(taken.json, 'claims', 0)).toMatchObject({ state: 'claimed', records: 1 });
    await trigger();
    const claim = await eventually(async () => (await list('claims')).find(({ state }) => state === 'asked'));
    expect(claim).toMatchObject({ recordClasses: ['marketing-consent'], records: 1, asks: ['was-held'] });
    const shown = await habeas.must(['retention', 'show', String(claim.id)]);
    expect(shown.stdout).toContain('0 of 2');
    expect((await habeas.must(['tasks', 'list'])).stdout).toContain(String(claim.id));
    const voice = ['retention', 'approve', String(claim.id), '--contents', String(claim.about).slice(0, 12)];
    expect(refusal(await habeas.cli(voice, 'agent'))).toEqual([5, 'person-role']);
    await habeas.must(voice, 'officer');
    expect(refusal(await habeas.cli(voice, 'officer'))).toEqual([5, 'person-twice']);
    expect(await consents(`id = ${consent}`)).toMatch(/^1 /);
    expect((await habeas.must([...voice, '--json'], 'second-officer')).json).toMatchObject({ state: 'approved' });
  });

  it('goes on where the worker was killed between the effect and its being noted, and touches nobody else', async () => {
    await trigger();
    expect(await worker.ended).toMatchObject({ signal: 'SIGKILL' });
    const { rows } = await habeas.ledger.query('SELECT done_at FROM sweep_effects');
    expect(rows).toEqual([{ done_at: null }]);
    await habeas.startWorker();
    await eventually(async () => (await list('claims')).length === 0, { timeoutMs: 200_000 });
    expect(await consents(`id = ${consent}`)).toBe('0 ');
    expect(await consents(`id <> ${consent}`)).toBe(others);
    const { rows: books } = await habeas.ledger.query(
      'SELECT disposition, reason, evidence, count::int FROM dispositions WHERE request_id = $1 AND count > 0',
      [lead],
    );
    expect(books).toEqual([{ disposition: 'erased', reason: 'swept', evidence: 'read-back', count: 1 }]);
    expect((await habeas.must(['audit', 'verify', '--json'])).json).toMatchObject({ ok: true });
  });

  it('has a receipt that the worker made and anybody can check, which names no request and nothing of anybody', async () => {
    const { rows } = await habeas.ledger.query(
      "SELECT DISTINCT claim_id FROM sweep_lines WHERE what = 'done' AND record_class = 'marketing-consent'",
    );
    const batch = String(rows[0].claim_id);
    await eventually(
      async () => {
        const made = await habeas.ledger.query('SELECT 1 FROM sweep_receipts WHERE claim_id = $1', [batch]);
        return made.rows.length === 1;
      },
      { timeoutMs: 200_000 },
    );
    const file = join(tmpdir(), `${batch}.jws`);
    try {
      await habeas.must(['retention', 'receipt', batch, '--out', file]);
      const { json, stdout } = await habeas.must(['receipt', 'verify', file, '--json']);
      expect(json).toMatchObject({ ok: true, receipt: { batch, no: 1, state: 'done', claimed: { records: 1 } } });
      expect(pick(json, 'receipt', 'done', 0)).toMatchObject({ records: 1, erased: 1, evidence: 'read-back' });
      expect(pick(json, 'receipt', 'people')).toHaveLength(2);
      expect(stdout).not.toContain(cast.lead.email);
      // Numbers as such: the digits of a hash may be anything.
      for (const known of [lead, consent]) expect(stdout).not.toMatch(new RegExp(`(?<![0-9a-z])${known}(?![0-9a-z])`));
      // Whoever received it held nothing but what this system holds, and nobody is asked about them.
      const recipients = pick(json, 'receipt', 'recipients');
      expect((Array.isArray(recipients) ? recipients : []).map((one) => [one.recipient, one.outcome])).toEqual([
        ['e-mail', 'covered'],
        ['hosting', 'covered'],
      ]);
      expect((await habeas.must(['retention', 'show', batch])).stdout).toContain('covered');
      expect((await habeas.must(['tasks', 'list', '--json'])).json).toMatchObject({ notices: [] });
      const told = (answer: string) => habeas.cli(['retention', 'told', batch, 'hosting', answer], 'agent');
      expect(refusal(await told('sent'))).toEqual([5, 'sweep-told']);
      expect((await told('perhaps')).code).toBe(2);
      writeFileSync(
        file,
        readFileSync(file, 'utf8').replace(/^.{200}./, (head) => `${head.slice(0, -1)}~`),
      );
      expect((await habeas.cli(['receipt', 'verify', file])).code).toBe(6);
    } finally {
      for (const path of [file, `${file}.jwks.json`]) rmSync(path, { force: true });
    }
  });
});
