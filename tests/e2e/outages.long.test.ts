/**
 * Systems that are down: for a minute, for good, midway, and silently; and an object storage that refuses. In every case
 * the request waits or parks with a code that a person can act on, is never completed without the missing part, and
 * ends with a whole package once the cause is mended. The systems are real, behind proxies that break them.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { catalogue } from '../../src/errors.ts';
import { cast } from '../../src/local/sample/cast.ts';
import { expectedOf, keysOf } from '../support/expected.ts';
import { freshInstallation, type Installation } from '../support/installation.ts';

const { colleague, companyContact, plusBase, sampleSubject, soleTrader, trialUser } = cast;

/** All that the package must hold of the account database. */
async function expectWhole(habeas: Installation, member: { email: string; userId: string }): Promise<void> {
  const zip = await habeas.mailedPackage(member.email);
  expect(zip.wrongInManifest()).toEqual([]);
  const expected = await expectedOf(habeas.accounts, member.userId);
  for (const [name, { exported }] of Object.entries(expected))
    expect([name, keysOf(name, zip.records('account-db', name))]).toEqual([name, exported]);
}

describe('a system that is down for a minute', () => {
  let habeas: Installation;
  beforeAll(async () => {
    habeas = await freshInstallation('minute', { attempts: 100 });
    await habeas.startWorker();
  });
  afterAll(() => habeas?.close());

  it('is waited for: the request goes on by itself when it is back, and nobody had to do anything', async () => {
    await habeas.accountsProxy.refuse();
    const request = await habeas.openVerified(sampleSubject.email);
    const waiting = await habeas.waitFor(request, ({ lanes }) => (lanes['account-db']?.attempts ?? 0) >= 2);
    expect(waiting.lanes['account-db']).toMatchObject({ state: 'running' });
    expect(waiting.tasks).toEqual([]);
    expect(habeas.mail.mails).toEqual([]);
    await habeas.accountsProxy.up();
    await habeas.waitForState(request, 'completed');
    const { rows } = await habeas.ledger.query('SELECT count(*)::int AS n FROM tasks WHERE kind = $1', ['unresolved']);
    expect(rows[0].n).toBe(0);
    await expectWhole(habeas, sampleSubject);
  });

  it('may break off in the middle of reading: what was read counts once', async () => {
    await habeas.accountsProxy.cutAfter(60_000);
    const request = await habeas.openVerified(soleTrader.email);
    await habeas.waitFor(request, ({ lanes }) => {
      const lane = lanes['account-db'];
      return lane?.stage === 'read' && lane.attempts >= 2;
    });
    await habeas.accountsProxy.up();
    await habeas.waitForState(request, 'completed');
    await expectWhole(habeas, soleTrader);
  });
});

describe('a system that is down for good', () => {
  let habeas: Installation;
  beforeAll(async () => {
    habeas = await freshInstallation('down', { attempts: 2 });
    await habeas.startWorker();
  });
  afterAll(() => habeas?.close());

  it('parks with its code, keeps the request open, is explained to the officer, and answers after the retry', async () => {
    await habeas.accountsProxy.refuse();
    const request = await habeas.openVerified(sampleSubject.email);
    const parked = await habeas.waitFor(
      request,
      ({ state, lanes }) => state === 'needs_decision' && lanes['account-db']?.state === 'parked',
    );
    expect(parked.lanes['account-db']).toMatchObject({ code: 'system-unreachable', attempts: 2 });
    expect(parked.tasks).toMatchObject([{ kind: 'unresolved', systemId: 'account-db', code: 'system-unreachable' }]);
    expect(habeas.mail.mails).toEqual([]);
    expect(await habeas.objects('packages')).toEqual([]);

    const { stdout } = await habeas.must(['requests', 'show', request]);
    const { what, todo } = catalogue['system-unreachable'];
    const text = unwrapped(stdout);
    for (const said of ['system-unreachable', what, todo]) expect(text).toContain(unwrapped(said));
    expect(text).toContain(`habeas requests retry ${request} account-db`);

    // Too early: it parks again, and is still not completed.
    await habeas.must(['requests', 'retry', request, 'account-db'], 'officer');
    await habeas.waitFor(request, ({ lanes, tasks }) => lanes['account-db']?.state === 'parked' && tasks.length === 1);

    await habeas.accountsProxy.up();
    await habeas.must(['requests', 'retry', request, 'account-db'], 'officer');
    const done = await habeas.waitForState(request, 'completed');
    expect(done.tasks).toEqual([]);
    await expectWhole(habeas, sampleSubject);
  });

  it('holds up no other system: the forum is read while the account database is parked in reading', async () => {
    await habeas.accountsProxy.cutAfter(60_000);
    const request = await habeas.openVerified(soleTrader.email);
    const parked = await habeas.waitFor(
      request,
      ({ lanes }) => lanes['account-db']?.state === 'parked' && lanes.forum?.state === 'done',
    );
    expect(parked.state).not.toBe('completed');
    await habeas.accountsProxy.up();
    await habeas.must(['requests', 'retry', request, 'account-db'], 'officer');
    await habeas.waitForState(request, 'completed');
    await expectWhole(habeas, soleTrader);
  });

  it('may also take connections and say nothing: the limit of time parks it', async () => {
    await habeas.accountsProxy.halfOpen();
    const request = await habeas.openVerified(trialUser.email);
    const parked = await habeas.waitFor(request, ({ lanes }) => lanes['account-db']?.state === 'parked');
    expect(['system-unreachable', 'system-timeout']).toContain(parked.lanes['account-db']?.code);
    await habeas.accountsProxy.up();
    await habeas.must(['requests', 'retry', request, 'account-db'], 'officer');
    await habeas.waitForState(request, 'completed');
    await expectWhole(habeas, trialUser);
  });

  it('refuses a retry where nothing is parked', async () => {
    const request = await habeas.openVerified(colleague.email);
    await habeas.waitForState(request, 'completed');
    const { code, stderr } = await habeas.cli(['requests', 'retry', request, 'account-db'], 'officer');
    expect(code).toBe(5);
    expect(stderr).toMatch(/code: +(lane-not-parked|state-final)/);
  });
});

describe('an object storage that refuses', () => {
  let habeas: Installation;
  beforeAll(async () => {
    habeas = await freshInstallation('s3', { attempts: 2 });
    await habeas.startWorker();
  });
  afterAll(() => habeas?.close());

  it('the package: the request is not closed and nothing is sent; after the repair and a retry it is', async () => {
    const { packages } = habeas.buckets;
    habeas.s3.forbid(({ method, bucket }) => bucket === packages && (method === 'PUT' || method === 'POST'));
    const request = await habeas.openVerified(companyContact.email);
    const stuck = await habeas.waitFor(request, ({ tasks }) => tasks.some(({ kind }) => kind === 'unresolved'));
    expect(habeas.s3.refused).toBeGreaterThan(0);
    expect(stuck.tasks).toMatchObject([{ kind: 'unresolved', systemId: null, code: 'storage-refused' }]);
    expect(['completed', 'delivering']).not.toContain(stuck.state);
    expect(habeas.mail.mails).toEqual([]);
    expect(await habeas.objects('packages')).toEqual([]);

    habeas.s3.forbid(undefined);
    await habeas.must(['requests', 'retry', request], 'officer');
    await habeas.waitForState(request, 'completed');
    await expectWhole(habeas, companyContact);
    expect(await habeas.objects('packages')).toHaveLength(1);
  });

  it('the staging: the lane parks with the code; after the repair and a retry the request completes', async () => {
    const { staging } = habeas.buckets;
    habeas.s3.forbid(({ method, bucket }) => bucket === staging && method === 'PUT');
    const request = await habeas.openVerified(plusBase.email);
    const parked = await habeas.waitFor(request, ({ lanes }) => lanes['account-db']?.state === 'parked');
    expect(parked.lanes['account-db']).toMatchObject({ stage: 'read', code: 'storage-refused' });
    habeas.s3.forbid(undefined);
    await habeas.must(['requests', 'retry', request, 'account-db'], 'officer');
    await habeas.waitForState(request, 'completed');
    await expectWhole(habeas, plusBase);
  });
});

describe('books that do not balance', () => {
  let habeas: Installation;
  beforeAll(async () => {
    habeas = await freshInstallation('books', { attempts: 2 });
    await habeas.startWorker();
  });
  afterAll(() => habeas?.close());

  it('never complete: the request waits for a person with the code, and completes when they do', async () => {
    const { packages } = habeas.buckets;
    habeas.s3.forbid(({ method, bucket }) => bucket === packages && method !== 'GET');
    const request = await habeas.openVerified(companyContact.email);
    await habeas.waitFor(request, ({ tasks }) => tasks.some(({ code }) => code === 'storage-refused'));
    const lose = (sign: string) =>
      habeas.ledger.query(
        `UPDATE streams SET found = found ${sign} 1 WHERE (request_id, system_id, round, stream_no) =
           (SELECT request_id, system_id, round, stream_no FROM streams WHERE request_id = $1 AND disposition = 'withheld'
            OR request_id = $1 AND collection = 'sessions' ORDER BY stream_no LIMIT 1)`,
        [request],
      );
    await lose('+');
    habeas.s3.forbid(undefined);
    await habeas.must(['requests', 'retry', request], 'officer');
    // The question is asked first, then the state says that the request waits for its answer.
    const waiting = await habeas.waitFor(
      request,
      ({ tasks, state }) => state === 'needs_decision' && tasks.some(({ code }) => code === 'books-unbalanced'),
    );
    expect(waiting).toMatchObject({ state: 'needs_decision', tasks: [{ kind: 'unresolved', systemId: null }] });
    const { stdout } = await habeas.must(['requests', 'show', request]);
    expect(unwrapped(stdout)).toContain(unwrapped(catalogue['books-unbalanced'].what));
    await lose('-');
    await habeas.must(['requests', 'retry', request], 'officer');
    await habeas.waitForState(request, 'completed');
  });
});

/** Text without the line ends and spaces that a terminal's width puts in. */
function unwrapped(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
