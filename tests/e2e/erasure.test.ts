/**
 * The main path of an erasure: the owner of a company's workspace leaves, from the command line to rows that are gone, on
 * real servers and with a real worker process. What must be gone, changed and untouched is asked of the database by SQL
 * written by hand (before-after.ts), not of anything of ours.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cast, tombstone, workspaces } from '../../src/local/sample/cast.ts';
import {
  type Difference,
  differences,
  invoiceSums,
  keysNaming,
  othersDigests,
  stillNaming,
  type TableName,
  tableNames,
  takeCopy,
} from '../support/before-after.ts';
import { countsOf, erased, plannedFor, refusal } from '../support/erasing.ts';
import { freshInstallation, type Installation, pick } from '../support/installation.ts';

const leaver = cast.playlistAuthor;
const successor = cast.emoji;
const law = 'Accounting Act §12, VAT Act §36, Taxation Act §58: until 2033-12-31';

describe('the owner of a company’s workspace who leaves', () => {
  let habeas: Installation;
  let requestId: string;
  let shown: unknown;
  beforeAll(async () => {
    habeas = await freshInstallation('erasure', { erasure: true, logs: true, approvals: { approval: 2 } });
    await takeCopy(habeas.accounts);
    await habeas.startWorker();
    requestId = await habeas.openErasure(leaver.email);
  });
  afterAll(() => habeas?.close());

  const untouched = async () => expect(await differences(habeas.accounts)).toEqual({});
  const naming = (name: TableName, where?: string) => keysNaming(habeas.accounts, name, leaver.userId, where);
  const each = (keys: readonly string[], columns: readonly string[]) =>
    Object.fromEntries(keys.map((key) => [key, columns]));

  const name = (userId: string, as: 'agent' | 'officer') =>
    habeas.cli(
      [
        ...['requests', 'successor', requestId, '--workspace', workspaces.danceStudio, '--user-id', userId],
        ...['--reason', 'Named by the board of the studio'],
      ],
      as,
    );
  const asked = () => habeas.waitFor(requestId, ({ tasks }) => tasks.some(({ kind }) => kind === 'successor'));
  const bothApprove = async () => {
    const { sha256 } = await plannedFor(habeas, requestId);
    for (const person of ['officer', 'second-officer'] as const)
      await habeas.must(['requests', 'approve', requestId, '--plan', sha256], person);
  };

  it('is not planned before somebody is named who takes the workspace over, and not she herself', async () => {
    const { tasks } = await asked();
    expect(tasks).toMatchObject([{ kind: 'successor', code: 'successor-needed', systemId: 'account-db' }]);
    expect(refusal(await name(leaver.userId, 'officer'))).toEqual([5, 'successor-unknown']);
    expect(refusal(await name(successor.userId, 'agent'))).toEqual([5, 'person-role']);
    await untouched();
  });

  it('is stopped where the system does not know who was named, and asks for another', async () => {
    // Of another company.
    expect((await name(cast.hotelOwner.userId, 'officer')).code).toBe(0);
    await bothApprove();
    const parked = await habeas.waitFor(requestId, ({ lanes }) => lanes['account-db']?.state === 'parked');
    expect(parked.lanes['account-db']).toMatchObject({ stage: 'prepare', code: 'successor-unknown' });
    await untouched();
    await habeas.must(['requests', 'retry', requestId, 'account-db'], 'officer');
    await asked();
    expect((await name(successor.userId, 'officer')).code).toBe(0);
  });

  it('has a plan that says what goes, what is kept by which law, and what goes on as another’s', async () => {
    await plannedFor(habeas, requestId);
    const { json } = await habeas.must(['requests', 'plan', requestId, '--json'], undefined);
    const classes = pick(json, 'passes', 0, 'systems', 0, 'classes');
    const class_ = (collection: string, act: string) =>
      Array.isArray(classes) ? classes.filter((one) => one.collection === collection && one.act === act) : [];
    expect(class_('users', 'erase')).toMatchObject([{ count: 1, ground: '17(1)(a)' }]);
    expect(class_('invoices', 'keep').map((one) => [one.keptBy, one.until, one.exception])).toEqual(
      class_('invoices', 'keep').map(() => [law, '2033-12-31', '17(3)(b)']),
    );
    expect(class_('invoices', 'keep')).not.toHaveLength(0);
    expect(class_('playlists', 'detach')).toMatchObject([{ count: (await naming('playlists')).length }]);
    const { stdout } = await habeas.must(['requests', 'plan', requestId]);
    expect(stdout).toContain(law);
    expect(stdout).toContain('take the person out of it');
    await untouched();
  });

  it('rejected by one is planned anew, and the plan that was rejected can no longer be approved', async () => {
    const rejected = await plannedFor(habeas, requestId);
    await habeas.must(['requests', 'reject', requestId, '--reason', 'The successor is to be asked again'], 'officer');
    await habeas.waitFor(requestId, ({ tasks }) => tasks.some(({ code }) => code === 'plan-rejected'));
    await habeas.must(['requests', 'retry', requestId], 'officer');
    await plannedFor(habeas, requestId, rejected.sha256);
    const stale = ['requests', 'approve', requestId, '--plan', rejected.sha256];
    expect(refusal(await habeas.cli(stale, 'officer'))).toEqual([5, 'plan-changed']);
    await untouched();
  });

  it('is approved by two: not by an agent, not by one person twice', async () => {
    const { sha256 } = await plannedFor(habeas, requestId);
    const voice = ['requests', 'approve', requestId, '--plan', sha256];
    expect(refusal(await habeas.cli(voice, 'agent'))).toEqual([5, 'person-role']);
    expect((await habeas.must([...voice, '--json'], 'officer')).json).toMatchObject({
      settled: false,
      peopleStillNeeded: 1,
    });
    expect(refusal(await habeas.cli(voice, 'officer'))).toEqual([5, 'person-twice']);
    await untouched();
    expect((await habeas.must([...voice, '--json'], 'second-officer')).json).toMatchObject({ settled: true });
    shown = await erased(habeas, requestId, 'awaiting_expiry');
  });

  it('is gone from every table, and where the row goes on only her columns have changed', async () => {
    const gone = (keys: readonly string[]): Difference => ({ gone: keys, added: [], changed: {} });
    const changed = (...parts: Readonly<Record<string, readonly string[]>>[]): Difference => ({
      ...{ gone: [], added: [] },
      changed: Object.assign({}, ...parts),
    });
    const whole = ['users', 'user_emails', 'personal_settings', 'sessions', 'support_notes'] as const;
    const expected: Partial<Record<TableName, Difference>> = {
      workspaces: changed(each(await naming('workspaces'), ['owner_user_id'])),
      workspace_members: {
        ...gone(await naming('workspace_members', 't.user_id = $1')),
        changed: each(await naming('workspace_members', 't.user_id <> $1'), ['invited_by']),
      },
      invitations: changed(
        each(await naming('invitations', 't.message IS NULL'), ['invited_by']),
        each(await naming('invitations', 't.message IS NOT NULL'), ['invited_by', 'message']),
      ),
      devices: changed(each(await naming('devices'), ['installed_by'])),
      playlists: changed(each(await naming('playlists'), ['owner_user_id'])),
      playlist_collaborators: {
        ...gone(await naming('playlist_collaborators', 't.user_id = $1')),
        changed: each(await naming('playlist_collaborators', 't.user_id <> $1'), ['added_by']),
      },
      schedules: changed(each(await naming('schedules'), ['created_by'])),
      playback_events: changed(each(await naming('playback_events'), ['started_by'])),
      subscriptions: changed(each(await naming('subscriptions'), ['ordered_by'])),
      // Whom to ask about an invoice stays until it is paid; that it was her account does not.
      invoices: changed(
        each(await naming('invoices', 't.paid_on IS NOT NULL'), ['contact_email', 'contact_name', 'contact_user_id']),
        each(await naming('invoices', 't.paid_on IS NULL'), ['contact_user_id']),
      ),
    };
    for (const name of [...whole, 'marketing_consents', 'audit_events'] as const)
      expected[name] = gone(await naming(name));
    expect(await differences(habeas.accounts)).toEqual(expected);
    expect(await stillNaming(habeas.accounts, leaver.userId)).toEqual({});
    // She was chosen for having something everywhere; without it the comparison would say little.
    for (const name of tableNames.filter((one) => one !== 'invoice_lines' && one !== 'staff_rota'))
      expect([name, (await naming(name)).length > 0]).toEqual([name, true]);
    expect(await naming('invoices', 't.paid_on IS NULL')).not.toEqual([]);
  });

  it('leaves everybody else’s rows as they were, in every table, and what was invoiced in every month', async () => {
    const { before, after } = await othersDigests(habeas.accounts, leaver);
    expect(after).toEqual(before);
    expect(await invoiceSums(habeas.accounts, 'public')).toEqual(await invoiceSums(habeas.accounts, 'before'));
  });

  it('leaves a workspace that its successor owns, and playlists that name the one shared tombstone', async () => {
    const { rows } = await habeas.accounts.query('SELECT owner_user_id FROM workspaces WHERE id = $1', [
      workspaces.danceStudio,
    ]);
    expect(rows).toEqual([{ owner_user_id: successor.userId }]);
    const authors = await habeas.accounts.query(
      'SELECT DISTINCT n.owner_user_id FROM playlists n JOIN before.playlists b USING (id) WHERE b.owner_user_id = $1',
      [leaver.userId],
    );
    expect(authors.rows).toEqual([{ owner_user_id: tombstone.userId }]);
  });

  it('is shown as gone, kept by law until a date, and waiting for the logs to expire', async () => {
    const invoices = (await naming('invoices')).length;
    const accounts = countsOf(shown, 'account-db');
    expect(accounts).toMatchObject({ retained: invoices, expiring: 0, absent: 0, pending: 0, unverified: 0 });
    expect(pick(accounts, 'found')).toBe(
      ['erased', 'anonymised', 'retained', 'refused', 'referred'].reduce(
        (sum, word) => sum + Number(pick(accounts, word)),
        0,
      ),
    );
    expect(Number(pick(countsOf(shown, 'logs'), 'expiring'))).toBeGreaterThan(0);
    expect(countsOf(shown, 'logs')).toMatchObject({ erased: 0, retained: 0, pending: 0 });
    const { stdout } = await habeas.must(['requests', 'show', requestId]);
    expect(stdout).toMatch(
      new RegExp(`Gone +${Number(pick(accounts, 'erased')) + Number(pick(accounts, 'anonymised'))}\n`),
    );
    expect(stdout).toContain(`${invoices} invoice kept: ${law}`);
    expect(stdout).toMatch(/Waiting +\d+ expire by themselves, the last by \d{4}-\d\d-\d\d/);
  });

  it('is in the register with what is kept and what expires, and nothing else of it is stored', async () => {
    const { json } = await habeas.must(['retention', 'list', '--json']);
    const entries = pick(json, 'entries');
    const sums: Record<string, number> = {};
    for (const entry of Array.isArray(entries) ? entries : []) {
      const name = `${entry.systemId} ${entry.collection} ${entry.kind}`;
      sums[name] = (sums[name] ?? 0) + entry.count;
      if (entry.systemId === 'account-db') expect(entry).toMatchObject({ keptBy: law, dueOn: '2034-01-01' });
    }
    expect(sums).toEqual({
      'account-db invoices retained': (await naming('invoices')).length,
      'logs access_log expiring': pick(countsOf(shown, 'logs'), 'expiring'),
    });
    const objects = await habeas.objects('staging');
    expect(objects.filter((name) => !name.startsWith(`register/${requestId}/`))).toEqual([]);
    // And the locators of what backups still hold.
    const { rows } = await habeas.ledger.query('select count(*)::int as n from register_entries where kind = $1', [
      'backup-copy',
    ]);
    const copies = Number(pick(rows[0], 'n'));
    expect(copies).toBeGreaterThan(0);
    expect(objects).toHaveLength((Array.isArray(entries) ? entries.length : 0) + copies);
  });

  it('can be found again by an officer with the register: exactly her invoices', async () => {
    const { json } = await habeas.must(['retention', 'list', '--json']);
    const keys: string[] = [];
    for (const entry of Array.from(
      Array.isArray(pick(json, 'entries')) ? Object.values(pick(json, 'entries') ?? {}) : [],
    ))
      if (pick(entry, 'collection') === 'invoices') {
        const opened = await habeas.must(
          ['retention', 'show', String(pick(entry, 'id')), '--open', '--json'],
          'officer',
        );
        const locators = pick(opened.json, 'locators');
        for (const one of Array.isArray(locators) ? locators : []) keys.push(String(pick(one, 'key', 0, 1)));
      }
    expect(keys.sort()).toEqual(await naming('invoices'));
  });

  it('leaves an audit chain that verifies', async () => {
    expect((await habeas.must(['audit', 'verify', '--json'])).json).toMatchObject({ ok: true });
  });

  it('has a receipt and evidence that verify without ledger or configuration, and whoever knows her address finds the case', async () => {
    const [receipt, evidence, keys] = ['receipt.jws', 'evidence.json', 'published.jwks.json'].map((name) =>
      join(habeas.folder, name),
    );
    await habeas.must(['requests', 'receipt', requestId, '--out', receipt ?? '']);
    await habeas.must(['requests', 'evidence', requestId, '--out', evidence ?? '']);
    await habeas.must(['receipt', 'keys', '--out', keys ?? '']);
    const offline = async (args: readonly string[]) => {
      const ran = await habeas.must([...args, '--json']);
      expect(ran.json).toMatchObject({ ok: true, findings: [] });
      return ran.json;
    };
    const checked = await offline(['receipt', 'verify', receipt ?? '', '--keys', keys ?? '']);
    expect(pick(checked, 'receipt', 'request')).toBe(requestId);
    await offline(['evidence', 'verify', evidence ?? '', '--keys', keys ?? '']);
    const text = readFileSync(evidence ?? '', 'utf8');
    for (const marker of [leaver.email, leaver.name, successor.email]) expect(text).not.toContain(marker);
    writeFileSync(evidence ?? '', text.replace('"found": ', '"found": 1'));
    const forged = await habeas.cli(['evidence', 'verify', evidence ?? '', '--json']);
    expect(forged.code).toBe(6);
    const found = await habeas.must(['requests', 'find', '--email', leaver.email.toUpperCase(), '--json']);
    expect(pick(found.json, 'requests', 0, 'id')).toBe(requestId);
  });

  it('is nobody in the account database when the same is asked again, and nothing changes', async () => {
    await takeCopy(habeas.accounts);
    requestId = await habeas.openErasure(leaver.email);
    // Without the account nothing proves whose the lines with her address are.
    const { tasks } = await habeas.waitFor(requestId, (view) => view.tasks.length > 0);
    expect(tasks).toMatchObject([{ kind: 'candidate', systemId: 'logs' }]);
    for (const { id } of tasks)
      await habeas.must(['tasks', 'answer', id, '--answer', 'reject', '--reason', 'Nothing shows that'], 'officer');
    await bothApprove();
    shown = await erased(habeas, requestId, 'completed');
    for (const system of ['account-db', 'logs'])
      expect(countsOf(shown, system)).toMatchObject({ found: 0, erased: 0, anonymised: 0, retained: 0 });
    await untouched();
  });
});
