/**
 * Erasures of people whose workspace is their own business, closed with it or not, and of people without an account. What is
 * gone and changed is asked of the database by SQL written by hand (before-after.ts).
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { cast, tombstone, workspaces } from '../../src/local/sample/cast.ts';
import { differences, invoiceSums, othersDigests, stillNaming, takeCopy } from '../support/before-after.ts';
import { approve, countsOf, erased, plannedFor } from '../support/erasing.ts';
import { freshInstallation, type Installation, pick } from '../support/installation.ts';

const law = 'Accounting Act §12, VAT Act §36, Taxation Act §58: until 2033-12-31';

describe('an erasure', () => {
  let habeas: Installation;
  beforeAll(async () => {
    habeas = await freshInstallation('own', { erasure: true, logs: true });
    await habeas.startWorker();
  });
  afterAll(() => habeas?.close());
  beforeEach(() => takeCopy(habeas.accounts));

  const run = async (state: string, email: string, ...flags: readonly string[]) => {
    const id = await habeas.openErasure(email, ...flags);
    await approve(habeas, id);
    return erased(habeas, id, state);
  };
  const keysOf = async (sql: string): Promise<readonly string[]> => {
    const { rows } = await habeas.accounts.query(`${sql} ORDER BY 1`);
    return rows.map((row) => String(Object.values(row)[0]));
  };

  describe('of a sole trader who closes her workspace', () => {
    const person = { userId: cast.soleTrader.userId, workspaceId: workspaces.silversmith };

    it('takes the whole workspace, and leaves what the law keeps, without her', async () => {
      const shown = await run('awaiting_expiry', cast.soleTrader.email, '--close-workspace', workspaces.silversmith);
      const found = await differences(habeas.accounts);
      const ofWorkspace = (table: string) =>
        keysOf(`SELECT id::text FROM before.${table} WHERE workspace_id = ${workspaces.silversmith}`);
      for (const table of ['devices', 'playlists', 'schedules'] as const)
        expect([table, found[table]]).toEqual([table, { gone: await ofWorkspace(table), added: [], changed: {} }]);
      expect(found.playback_events?.gone).toEqual(
        await keysOf(
          `SELECT p.id::text FROM before.playback_events p JOIN before.devices d ON d.id = p.device_id
           WHERE d.workspace_id = ${workspaces.silversmith}`,
        ),
      );
      expect(found.invoice_lines).toBeUndefined();
      const unpaid = await keysOf(
        `SELECT id::text FROM before.invoices WHERE workspace_id = ${workspaces.silversmith} AND paid_on IS NULL`,
      );
      expect(found.invoices).toEqual({
        gone: [],
        added: [],
        changed: Object.fromEntries(
          (await ofWorkspace('invoices')).map((key) => [
            key,
            unpaid.includes(key) ? ['contact_user_id'] : ['contact_email', 'contact_name', 'contact_user_id'],
          ]),
        ),
      });
      const kept = (await ofWorkspace('invoices')).length;
      const lines = await keysOf(
        `SELECT l.invoice_id || '/' || l.line_no FROM before.invoice_lines l JOIN before.invoices i ON i.id = l.invoice_id
         WHERE i.workspace_id = ${workspaces.silversmith}`,
      );
      const accounts = countsOf(shown, 'account-db');
      expect(accounts).toMatchObject({ anonymised: 1, refused: 0, absent: 0, pending: 0, unverified: 0 });
      const laws = pick(accounts, 'kept');
      expect(Array.isArray(laws) ? laws.map((one) => [one.collection, one.keptBy, one.count]) : []).toEqual([
        ['invoice_lines', law, lines.length],
        ['invoices', law, kept],
        ['subscriptions', expect.stringMatching(/^Accounting Act §12, Taxation Act §58: until \d{4}-\d\d-\d\d$/), 1],
      ]);
      expect(await stillNaming(habeas.accounts, person.userId)).toEqual({});
    });

    it('leaves a workspace that says nothing of anybody', async () => {
      const { rows } = await habeas.accounts.query('SELECT * FROM workspaces WHERE id = $1', [workspaces.silversmith]);
      expect(rows).toMatchObject([
        {
          ...{ name: 'Closed workspace', owner_user_id: tombstone.userId, registry_code: null, vat_number: null },
          ...{ billing_customer_id: null, billing_email: null, street: null, city: null, postal_code: null },
        },
      ]);
    });
  });

  it('of a sole trader touches nobody else’s rows', async () => {
    const person = { userId: cast.caseLower.userId, workspaceId: '509' };
    const id = await habeas.openErasure(cast.caseLower.email, '--close-workspace', person.workspaceId);
    // The other account with that address in another case is not hers, nor are lines in the log that nothing proves.
    const answered = new Set<string>();
    for (;;) {
      const { tasks } = await habeas.waitFor(id, (view) => view.tasks.some((task) => !answered.has(task.id)));
      const candidates = tasks.filter(({ kind }) => kind === 'candidate');
      for (const task of candidates)
        await habeas.must(['tasks', 'answer', task.id, '--answer', 'reject', '--reason', 'Another person'], 'officer');
      for (const task of tasks) answered.add(task.id);
      if (candidates.length === 0) break;
    }
    await approve(habeas, id);
    await erased(habeas, id, 'awaiting_expiry');
    expect(await stillNaming(habeas.accounts, person.userId)).toEqual({});
    expect((await stillNaming(habeas.accounts, cast.caseUpper.userId)).users).toBe(1);
    const { before, after } = await othersDigests(habeas.accounts, person);
    expect(after).toEqual(before);
    expect(await invoiceSums(habeas.accounts, 'public')).toEqual(await invoiceSums(habeas.accounts, 'before'));
  });

  it('of a sole trader whose contract runs is refused and says how it ends; nothing is deleted', async () => {
    const { email } = cast.estonian;
    const id = await habeas.openErasure(email);
    await plannedFor(habeas, id);
    const { json, stdout } = await habeas.must(['requests', 'plan', id, '--json']);
    expect(stdout).not.toContain(email);
    const counts = pick(json, 'passes', 0, 'systems', 0, 'counts');
    expect(counts).toMatchObject({ erase: 0, anonymise: 0, detach: 0 });
    const text = (await habeas.must(['requests', 'plan', id])).stdout;
    expect(text).toContain('the contract runs; when it has ended it can be erased, and has to be asked for again');
    await approve(habeas, id);
    const shown = await erased(habeas, id, 'awaiting_expiry');
    expect(await differences(habeas.accounts)).toEqual({});
    const kept = pick(countsOf(shown, 'account-db'), 'kept');
    const account = Array.isArray(kept) ? kept.filter((one) => one.collection === 'users') : [];
    expect(account).toMatchObject([{ disposition: 'refused', reason: 'contract-runs', refusal: '17(1)', count: 1 }]);
    expect(await stillNaming(habeas.accounts, cast.estonian.userId)).toMatchObject({ users: 1, workspaces: 1 });
  });

  it('of somebody known by a newsletter consent only takes that consent', async () => {
    const consent = await keysOf(
      `SELECT id::text FROM before.marketing_consents WHERE lower(email) = '${cast.lead.email}'`,
    );
    expect(consent).toHaveLength(1);
    const shown = await run('completed', cast.lead.email);
    expect(await differences(habeas.accounts)).toEqual({
      marketing_consents: { gone: consent, added: [], changed: {} },
    });
    expect(countsOf(shown, 'account-db')).toMatchObject({ found: 1, erased: 1, retained: 0, refused: 0 });
    expect(countsOf(shown, 'logs')).toMatchObject({ found: 0 });
  });

  it('of somebody whom nobody knows finds nothing, erases nothing and ends', async () => {
    const shown = await run('completed', cast.unknown.email);
    expect(await differences(habeas.accounts)).toEqual({});
    for (const system of ['account-db', 'logs'])
      expect(countsOf(shown, system)).toMatchObject({ found: 0, erased: 0, anonymised: 0, expiring: 0, kept: [] });
    expect((await habeas.must(['audit', 'verify', '--json'])).json).toMatchObject({ ok: true });
  });
});
