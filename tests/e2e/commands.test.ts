/**
 * What scripts rely on: `requests new --wait` ends with one number when the package is there, with another when a person
 * must act, with a third when it was refused or cancelled; with `--json` standard output is one document.
 */

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cast, workspaces } from '../../src/local/sample/cast.ts';
import { freshInstallation, type Installation, pick } from '../support/installation.ts';
import { PackageFile } from '../support/package-file.ts';
import { eventually } from '../support/servers.ts';

let habeas: Installation;
beforeAll(async () => {
  habeas = await freshInstallation('commands', { forum: false });
  await habeas.startWorker();
});
afterAll(() => habeas?.close());

const verified = (email: string) => ['--email', email, '--identity-method', 'logged-in', '--contact', email];
const newAndWait = (...flags: readonly string[]) =>
  habeas.cli(['requests', 'new', '--rights', 'access', ...flags, '--wait', '--json'], 'agent');

describe('habeas requests new --wait', () => {
  it('ends with 0 when the request is completed, and the package can be downloaded and checked', async () => {
    const run = await newAndWait(...verified(cast.trialUser.email));
    expect(run.code).toBe(0);
    expect(run.json).toMatchObject({ state: 'completed' });
    const id = String(pick(run.json, 'id') ?? pick(run.json, 'requestId'));
    const file = join(habeas.folder, 'oskar.zip');
    const download = await habeas.must(['package', 'download', id, '--out', file, '--json']);
    const zip = await PackageFile.read(await readFile(file));
    expect(download.stdout).toContain(zip.sha256);
    expect(zip.records('account-db', 'users')).toMatchObject([{ email: cast.trialUser.email }]);
  });

  it('ends with 10 when a candidate waits for a person, and lists the task', async () => {
    const run = await newAndWait(...verified(cast.caseLower.email));
    expect(run.code).toBe(10);
    expect(run.stdout).toMatch(/tsk_[0-9a-z]{26}/);
    expect(run.stdout).toContain('candidate');
  });

  it('ends with 10 when nobody has verified the identity', async () => {
    const run = await newAndWait('--email', cast.emoji.email);
    expect(run.code).toBe(10);
    expect(run.stdout).toContain('identity');
  });

  it('ends with 11 when the request is cancelled meanwhile', async () => {
    // A system that answers nothing keeps the request busy, with nothing for a person to do.
    await habeas.accountsProxy.halfOpen();
    const waiting = newAndWait(...verified(cast.formerMember.email));
    const id = await eventually(async () => {
      const { rows } = await habeas.ledger.query("SELECT id FROM requests WHERE state = 'locating'");
      return rows.length === 1 ? String(rows[0].id) : undefined;
    });
    await habeas.must(['requests', 'cancel', id, '--reason', 'Withdrawn by telephone'], 'officer');
    const run = await waiting;
    await habeas.accountsProxy.up();
    expect(run.json).toMatchObject({ id, state: 'cancelled' });
    expect(run.code).toBe(11);
  });
});

describe('a request by post', () => {
  it('needs no e-mail: it waits for somebody to search by hand, and is recorded as delivered on paper', async () => {
    const opened = await habeas.cli(
      [
        ...['requests', 'new', '--rights', 'access', '--channel', 'post', '--name', cast.trialUser.name],
        ...['--company', 'Ooter', '--postal-address', 'Riia 1, Tartu', '--received', '2026-11-02', '--json'],
      ],
      'agent',
    );
    expect(opened.code).toBe(0);
    const id = String(pick(opened.json, 'requestId') ?? pick(opened.json, 'id'));
    await habeas.waitForState(id, 'identity');
    await habeas.must(
      ['requests', 'identity', id, 'verified', '--method', 'id-document', '--contact', 'Riia 1, 51001 Tartu'],
      'agent',
    );
    // A name alone is only ever a candidate.
    const waiting = await habeas.waitFor(id, ({ tasks }) => tasks.some(({ kind }) => kind === 'candidate'));
    for (const { id: task } of waiting.tasks)
      await habeas.must(
        ['tasks', 'answer', task, '--answer', 'accept', '--reason', 'Same name, same street'],
        'officer',
      );
    await habeas.waitFor(id, ({ tasks }) => tasks.some(({ kind }) => kind === 'manual'));
    expect(habeas.mail.to('Riia 1, 51001 Tartu')).toEqual([]);
    const { stdout } = await habeas.must(['requests', 'show', id]);
    expect(stdout).toContain('2026-11-02');
    await habeas.must(['requests', 'delivered', id, '--method', 'post'], 'agent');
    const done = await habeas.waitForState(id, 'completed');
    expect(done.tasks).toEqual([]);
    const shown = await habeas.must(['requests', 'show', id, '--json']);
    expect(shown.json).toMatchObject({ packages: [{ deliveredBy: 'post' }] });
    await eventually(async () => (await habeas.objects('staging', `staging/${id}/`)).length === 0);
  });
});

describe('a system that a person has stopped', () => {
  it('is not called while it is stopped, and its lanes wake by themselves when it is resumed', async () => {
    await habeas.must(['systems', 'pause', 'account-db', '--reason', 'Migration this evening'], 'engineer');
    const connections = habeas.accountsProxy.accepted;
    const request = await habeas.openVerified(cast.playlistAuthor.email);
    const parked = await habeas.waitFor(request, ({ lanes }) => lanes['account-db']?.state === 'parked');
    expect(parked.lanes['account-db']).toMatchObject({ code: 'system-paused' });
    expect(habeas.accountsProxy.accepted).toBe(connections);
    await habeas.must(['systems', 'resume', 'account-db', '--reason', 'Migration is over'], 'engineer');
    await habeas.waitForState(request, 'completed');
  });
});

describe('a customer’s instruction', () => {
  it('is opened with its mandate, reviewed by a second person by its hash, and ends with the export and a receipt', async () => {
    const mandate = join(habeas.folder, 'mandate.pdf');
    await writeFile(mandate, '%PDF the board of Kuukala');
    const open = ['instructions', 'new', '--workspace', workspaces.cafe, '--contact', 'juhatus@kuukala.example'];
    expect((await habeas.cli([...open, '--mandate', mandate], 'agent')).stderr).toContain('one of --export, --erase');
    const opened = await habeas.cli([...open, '--mandate', mandate, '--export', '--json'], 'agent');
    expect(opened.code).toBe(0);
    const id = String(pick(opened.json, 'requestId'));
    const hash = String(pick(opened.json, 'mandateSha256'));
    const approve = [
      'instructions',
      'approve-mandate',
      id,
      '--mandate',
      hash.slice(0, 12),
      '--workspace',
      workspaces.cafe,
      '--json',
    ];
    const own = await habeas.cli(approve, 'agent');
    expect([own.code === 0, own.stdout.includes('mandate-own')]).toEqual([false, true]);
    expect((await habeas.must(['tasks', 'list'], 'officer')).stdout).toContain(`habeas instructions show ${id}`);

    const copy = join(habeas.folder, 'read.pdf');
    const shown = await habeas.must(['instructions', 'show', id, '--open-mandate', copy], 'officer');
    expect(shown.stdout).toContain(`habeas instructions approve-mandate ${id} --mandate ${hash.slice(0, 12)}`);
    for (const [label, value] of [
      ['Workspace', workspaces.cafe],
      ['Export goes to', 'juhatus@kuukala.example'],
    ])
      expect(shown.stdout).toMatch(new RegExp(`${label} +${value}`));
    expect(await readFile(copy, 'utf8')).toBe('%PDF the board of Kuukala');
    await habeas.must(approve, 'officer');
    await habeas.waitForState(id, 'completed');
    const list = await habeas.must(['instructions', 'list', '--json']);
    expect(list.json).toMatchObject({ instructions: [{ id, act: 'export', state: 'completed', mandate: 'accepted' }] });
    expect((await habeas.must(['instructions', 'list'])).stdout).toContain(id);

    const file = join(habeas.folder, 'cafe.zip');
    await habeas.must(['package', 'download', id, '--out', file]);
    const zip = await PackageFile.read(await readFile(file));
    const { rows } = await habeas.accounts.query('SELECT count(*)::int AS n FROM devices WHERE workspace_id = $1', [
      workspaces.cafe,
    ]);
    expect(zip.records('account-db', 'devices')).toHaveLength(rows[0].n);
    expect(zip.records('account-db', 'workspaces')).toMatchObject([{ id: workspaces.cafe }]);
    const receipt = await habeas.must(['requests', 'receipt', id]);
    expect(receipt.stdout).toContain(`SHA-256 ${hash}; accepted`);
    expect(receipt.stdout).toContain('Export of the workspace');
  });
});
