/**
 * Forty requests meet a system that is down: three fail by it, it is stopped by one incident, the others park without a
 * call, the officer sees what waits since when, and one resumption lets all of them finish, the earliest due first.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cast } from '../../src/local/sample/cast.ts';
import { freshInstallation, type Installation, pick } from '../support/installation.ts';
import { eventually } from '../support/servers.ts';

const people = [cast.trialUser, cast.colleague, cast.companyContact, cast.emoji, cast.formerMember];
const many = 40;
/** Requests that use the worker at once, unless configured otherwise. */
const activeRequests = 20;

let habeas: Installation;
/** In the order of opening; two were received on each of twenty days, mixed. */
const opened: { readonly id: string; readonly received: string }[] = [];

beforeAll(async () => {
  habeas = await freshInstallation('incidents', { forum: false, attempts: 1 });
  await habeas.startWorker();
});
afterAll(() => habeas?.close());

async function open(count: number): Promise<void> {
  for (let no = opened.length, end = no + count; no < end; no++) {
    // Neighbours in time are not neighbours in the order of due dates.
    const received = new Date(Date.now() - (1 + ((no * 7) % 20)) * 86_400_000).toISOString().slice(0, 10);
    const { email } = people[no % people.length] ?? cast.trialUser;
    opened.push({ id: await habeas.openVerified(email, '--received', received), received });
  }
}

async function count(sql: string): Promise<number> {
  const { rows } = await habeas.ledger.query(`select count(*)::int as n from ${sql}`);
  return rows[0].n;
}

const system = async () => pick((await habeas.must(['systems', 'list', '--json'])).json, 'systems', 0);
const oldest = () => opened.reduce((first, one) => (one.received < first.received ? one : first));

describe('a system that is down for everybody', () => {
  it('is stopped by itself when three requests have failed by it, once, with the cause', async () => {
    await habeas.accountsProxy.refuse();
    await open(3);
    const stopped = await eventually(async () => {
      const seen = await system();
      return pick(seen, 'state') === 'stopped' && pick(seen, 'requestsAffected') === 3 ? seen : undefined;
    });
    expect(stopped).toMatchObject({
      cause: 'system-unreachable',
      incident: { code: 'system-tripped', by: 'breaker', openedBy: null },
      next: 'habeas systems resume account-db',
    });
    const warned = habeas.workers.flatMap(({ output }) => output.match(/"msg":"system-tripped"/g) ?? []);
    expect(warned).toHaveLength(1);
  });

  it('is called by none of the other thirty-seven, although it is mended: they park at once, under the same incident', async () => {
    await habeas.accountsProxy.up();
    const calls = habeas.accountsProxy.accepted;
    await open(many - 3);
    await eventually(async () => (await count("tasks where kind = 'unresolved' and closed_at is null")) === many);
    expect(habeas.accountsProxy.accepted).toBe(calls);
    expect(await count("lanes where state = 'parked' and code = 'system-unreachable'")).toBe(3);
    expect(await count("lanes where state = 'parked' and code = 'system-tripped' and attempts = 1")).toBe(many - 3);
    expect(await count('incidents')).toBe(1);
    expect(await count("audit where request_id = 'system' and kind = 'incident-opened'")).toBe(1);
  });

  it('shows how many wait for it and when the first is due, as one line of what is to be done', async () => {
    const { json } = await habeas.must(['requests', 'show', oldest().id, '--json']);
    expect(await system()).toMatchObject({
      requestsAffected: many,
      earliestDueOn: pick(json, 'clock', 'workToOn'),
      lanes: { parked: many },
    });
    const tasks = await habeas.must(['tasks', 'list']);
    const lines = tasks.stdout.split('\n').filter((line) => line.includes('account-db'));
    expect(lines).toEqual([
      expect.stringMatching(
        new RegExp(
          `${pick(json, 'clock', 'workToOn')}.* ${many} requests .*system-unreachable, stopped .*habeas systems resume account-db$`,
        ),
      ),
    ]);
    const all = await habeas.must(['tasks', 'list', '--json']);
    expect(pick(all.json, 'tasks')).toHaveLength(many);
  });

  it('is not called for one request alone either: a retry is refused with the incident', async () => {
    const run = await habeas.cli(['requests', 'retry', oldest().id, 'account-db', '--json'], 'officer');
    expect([run.code, pick(run.json, 'error', 'code')]).toEqual([5, 'system-tripped']);
    const stopped = await habeas.cli(
      ['systems', 'pause', 'account-db', '--reason', 'to be sure', '--json'],
      'engineer',
    );
    expect(pick(stopped.json, 'error', 'code')).toBe('system-paused-already');
  });

  it('answers all forty after one resumption, the earliest due first and no more at once than there is room for', async () => {
    expect((await habeas.cli(['systems', 'check', 'account-db'])).code).toBe(0);
    const { rows } = await habeas.ledger.query('select max(at) as at from audit');
    const { json } = await habeas.must(['systems', 'resume', 'account-db', '--json'], 'engineer');
    expect(json).toMatchObject({ systemId: 'account-db', requests: many });
    await eventually(async () => (await count("requests where state = 'completed'")) === many, { timeoutMs: 240_000 });
    expect(await system()).toMatchObject({ state: 'open', incident: null, requestsAffected: 0, earliestDueOn: null });
    expect(await count('tasks where closed_at is null')).toBe(0);

    const states = await habeas.ledger.query(
      `select request_id as id, body::json ->> 'state' as state from audit
       where kind = 'state' and at > $1 order by at, request_id`,
      [rows[0].at],
    );
    const active = new Set<string>();
    const begun: string[] = [];
    let most = 0;
    for (const { id, state } of states.rows) {
      if (['locating', 'reading', 'packaging', 'delivering'].includes(state)) active.add(id);
      else active.delete(id);
      if (!begun.includes(id)) begun.push(id);
      most = Math.max(most, active.size);
    }
    expect(most).toBeLessThanOrEqual(activeRequests);
    // Three of them wait for their own decision to be written, which moves them back by as many places at most.
    // Five people asked them all, and what one of them asked again is due as what they asked before: many are due on one day.
    const { rows: due } = await habeas.ledger.query('select id, work_to_on::text as day from requests order by day');
    const latest = due[activeRequests + 2]?.day;
    expect(latest < due.at(-1)?.day).toBe(true);
    for (const id of begun.slice(0, 10)) expect(due.find((one) => one.id === id)?.day <= latest).toBe(true);
  });
});

describe('all systems at once', () => {
  it('are stopped and resumed by one command, which says of each what became of it; a second time changes nothing', async () => {
    const all = (verb: 'pause' | 'resume') =>
      habeas.cli(['systems', verb, '--all', '--reason', 'the data centre moves', '--json'], 'engineer');
    const stopped = await all('pause');
    expect([stopped.code, stopped.json]).toMatchObject([
      0,
      { ok: true, systems: [{ systemId: 'account-db', changed: true, code: null }] },
    ]);
    const again = await all('pause');
    expect([again.code, again.json]).toMatchObject([
      0,
      { ok: true, systems: [{ systemId: 'account-db', changed: false, code: 'system-paused-already' }] },
    ]);
    expect(await system()).toMatchObject({
      state: 'stopped',
      cause: 'system-paused',
      incident: { openedBy: 'engineer' },
    });
    const resumed = await habeas.must(['systems', 'resume', '--all'], 'engineer');
    expect(resumed.stdout).toBe(
      'account-db may be called again; 0 waiting request(s) go on, the earliest due first.\n',
    );
    const nothing = await habeas.must(['systems', 'resume', '--all'], 'engineer');
    expect(nothing.stdout).toBe('account-db is not stopped.\n');
  });

  it.each([[['systems', 'resume']], [['systems', 'resume', 'account-db', '--all']]])(
    'are meant by --all alone: `habeas %j` is refused',
    async (args) => {
      expect((await habeas.cli(args, 'engineer')).code).toBe(2);
    },
  );
});
