/**
 * What must not happen: nothing is looked for, read, packed or sent before a named person has verified who asks, nor
 * after the answer was that nobody can tell, nor after the request was cancelled. Connections to the systems are counted
 * by the proxies in front of them.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cast } from '../../src/local/sample/cast.ts';
import { freshInstallation, type Installation, pick } from '../support/installation.ts';
import { eventually } from '../support/servers.ts';

const { sampleSubject, soleTrader, emoji, trialUser } = cast;

let habeas: Installation;
beforeAll(async () => {
  habeas = await freshInstallation('unverified', { attempts: 100 });
  await habeas.startWorker();
});
afterAll(() => habeas?.close());

/** Everything that something could have been released into. */
async function traces() {
  return {
    connections: habeas.accountsProxy.accepted + habeas.forumProxy.accepted,
    staged: await habeas.objects('staging'),
    packages: await habeas.objects('packages'),
    mails: habeas.mail.mails.length,
  };
}
const none = { connections: 0, staged: [], packages: [], mails: 0 };

describe('a request whose identity nobody has verified', () => {
  it('releases nothing: no system was connected to, nothing was staged, packed or mailed', async () => {
    const request = await habeas.open('--email', sampleSubject.email);
    const waiting = await habeas.waitFor(request, ({ state, tasks }) => state === 'identity' && tasks.length > 0);
    expect(waiting).toMatchObject({ identity: 'unverified', tasks: [{ kind: 'identity' }] });
    expect(await traces()).toEqual(none);
    // Nor can a later step be asked for.
    for (const args of [
      ['requests', 'retry', request, 'account-db'],
      ['requests', 'delivered', request, '--method', 'post', '--date', '2026-11-01'],
      ['package', 'download', request],
    ])
      expect((await habeas.cli(args, args[0] === 'package' ? undefined : 'officer')).code).not.toBe(0);
    expect(await traces()).toEqual(none);
  });

  it('ends refused where nobody can be identified, and has looked for nothing', async () => {
    const request = await habeas.open('--email', soleTrader.email);
    await habeas.waitForState(request, 'identity');
    await habeas.must(
      ['requests', 'identity', request, 'unverifiable', '--reason', 'No answer to two letters'],
      'agent',
    );
    // Art. 12(4): the refusal is owed to the person within the same time limit; nobody was verified to whom it could be mailed.
    await habeas.waitFor(request, ({ tasks }) => tasks.some(({ code }) => code === 'answer-by-hand'));
    const alarms = async () =>
      pick((await habeas.must(['requests', 'show', request, '--json'])).json, 'clock', 'alarms');
    expect(await alarms()).not.toHaveLength(0);
    const { stdout } = await habeas.must(['requests', 'letter', request]);
    expect(stdout).toMatch(/Art\. 11\(2\)[\s\S]*Art\. 12\(4\)[\s\S]*Andmekaitse Inspektsioon/);
    expect(stdout).not.toContain(soleTrader.email);
    await habeas.must(['requests', 'delivered', request, '--method', 'post'], 'agent');
    const refused = await habeas.waitForState(request, 'refused');
    expect(refused).toMatchObject({ identity: 'unverifiable', tasks: [] });
    expect(await alarms()).toHaveLength(0);
    expect(await traces()).toEqual(none);
  });

  it('may be cancelled before anything was read', async () => {
    const request = await habeas.open('--email', emoji.email);
    await habeas.waitForState(request, 'identity');
    await habeas.must(['requests', 'cancel', request, '--reason', 'Withdrawn by the person'], 'officer');
    await habeas.waitForState(request, 'cancelled');
    expect(await traces()).toEqual(none);
    const late = await habeas.cli(
      ['requests', 'identity', request, 'verified', '--method', 'logged-in', '--contact', emoji.email],
      'agent',
    );
    expect(late.code).toBe(5);
    expect(await traces()).toEqual(none);
  });

  it('is sent only to the contact point that was verified, not to the address that asked', async () => {
    const request = await habeas.open('--email', trialUser.email);
    await habeas.waitForState(request, 'identity');
    await habeas.must(
      ['requests', 'identity', request, 'verified', '--method', 'id-document', '--contact', 'oskar.uus@kodune.test'],
      'agent',
    );
    await habeas.waitForState(request, 'completed');
    expect(habeas.mail.mails.map(({ to }) => to)).toEqual([['oskar.uus@kodune.test']]);
    expect((await habeas.mailedPackage('oskar.uus@kodune.test')).records('account-db', 'users')).toHaveLength(1);
  });
});

describe('a request that is cancelled while it is read', () => {
  it('builds no package, sends nothing and leaves nothing staged', async () => {
    const mails = habeas.mail.mails.length;
    const packages = await habeas.objects('packages');
    // The account database breaks off again and again, so that the reading does not end; the forum is read.
    await habeas.accountsProxy.cutAfter(60_000);
    const request = await habeas.openVerified(sampleSubject.email);
    await habeas.waitFor(
      request,
      ({ lanes }) => lanes['account-db']?.stage === 'read' && lanes.forum?.state === 'done',
    );
    await eventually(async () => (await habeas.objects('staging', `staging/${request}/`)).length > 0);
    await habeas.must(['requests', 'cancel', request, '--reason', 'Withdrawn by the person'], 'officer');
    await habeas.waitForState(request, 'cancelled');
    await habeas.accountsProxy.up();
    await eventually(async () => (await habeas.objects('staging', `staging/${request}/`)).length === 0);
    expect(await habeas.objects('packages')).toEqual(packages);
    expect(habeas.mail.mails).toHaveLength(mails);
    const { rows } = await habeas.ledger.query('SELECT count(*)::int AS n FROM packages WHERE request_id = $1', [
      request,
    ]);
    expect(rows[0].n).toBe(0);
  });
});
