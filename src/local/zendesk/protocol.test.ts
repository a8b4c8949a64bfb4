import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { runRemotely } from '../stand-in/remote.ts';
import { loadSampleRemotely } from './remote.ts';
import { startZendeskStandIn, type ZendeskStandIn } from './start.ts';
import { at, type Caller, callerOf, idAt } from './testing.ts';

const created_at = '2026-06-01T08:00:00Z';
const helmi = { id: 11, name: 'Helmi', email: 'helmi@hobe.example', created_at };

let standIn: ZendeskStandIn;
let call: Caller;
beforeAll(async () => {
  standIn = await startZendeskStandIn();
  call = callerOf(standIn);
});
afterAll(() => standIn.stop());
beforeEach(() => {
  standIn.control.reset();
  standIn.control.setPlan('unlimited');
  standIn.control.setClock('2026-11-01T08:00:00Z');
  standIn.control.load({ users: [helmi] });
});

describe('tokens', () => {
  it('that are unknown, revoked or somebody else’s are refused with 401', async () => {
    standIn.control.addToken('kadri@naidis.example', 'secret', 'agent');
    const kadri = callerOf(standIn, 'kadri@naidis.example', 'secret');
    expect((await kadri('GET', '/api/v2/users/11')).status).toBe(200);
    expect((await callerOf(standIn, 'mart@naidis.example', 'secret')('GET', '/api/v2/users/11')).status).toBe(401);
    standIn.control.revokeToken('secret');
    expect((await kadri('GET', '/api/v2/users/11')).status).toBe(401);
  });

  it('that may only read change nothing, and an agent’s export nothing', async () => {
    standIn.control.addToken('reader@naidis.example', 'reads', 'read');
    standIn.control.addToken('kadri@naidis.example', 'works', 'agent');
    const reader = callerOf(standIn, 'reader@naidis.example', 'reads');
    expect((await reader('GET', '/api/v2/incremental/users/cursor?start_time=0')).status).toBe(200);
    expect((await reader('DELETE', '/api/v2/users/11')).status).toBe(403);
    const kadri = callerOf(standIn, 'kadri@naidis.example', 'works');
    expect((await kadri('GET', '/api/v2/incremental/users/cursor?start_time=0')).status).toBe(403);
    const bearer = await fetch(`${standIn.url}/api/v2/users/11`, { headers: { Authorization: 'Bearer reads' } });
    expect(bearer.status).toBe(200);
  });
});

describe('limits', () => {
  it('of the plan are told in every answer, and kept with Retry-After until the minute is over', async () => {
    standIn.control.setPlan('team');
    const first = await call('GET', '/api/v2/users/11');
    expect(first.headers.get('x-rate-limit-remaining')).toBe('199');
    for (let n = 2; n <= 200; n++) await call('GET', '/api/v2/users/11');
    standIn.control.advanceClock(20);
    const refused = await call('GET', '/api/v2/users/11');
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBe('40');
    standIn.control.advanceClock(40);
    expect((await call('GET', '/api/v2/users/11')).status).toBe(200);
  });

  it('of an endpoint are counted apart from each other', async () => {
    standIn.control.setPlan('enterprise');
    for (let n = 1; n <= 10; n++) await call('GET', '/api/v2/incremental/users/cursor?start_time=0');
    expect((await call('GET', '/api/v2/incremental/tickets/cursor?start_time=0')).status).toBe(429);
    for (let n = 1; n <= 5; n++) await call('PUT', '/api/v2/users/11', { user: { notes: `${n}` } });
    expect((await call('PUT', '/api/v2/users/11', { user: { notes: 'x' } })).status).toBe(429);
    expect(at(await call('GET', '/api/v2/users/11'), 'user.notes')).toBe('5');
  });
});

describe('faults', () => {
  const order = standInFault;

  it('answer instead, before or after the effect', async () => {
    order({ kind: 'status', status: 500, method: 'PUT', path: '/api/v2/users/*' });
    expect((await call('PUT', '/api/v2/users/11', { user: { notes: 'a' } })).status).toBe(500);
    expect(at(await call('GET', '/api/v2/users/11'), 'user.notes')).toBeNull();
    order({ kind: 'status', status: 429, retryAfterSeconds: 7, effect: 'after', method: 'PUT' });
    const limited = await call('PUT', '/api/v2/users/11', { user: { notes: 'b' } });
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '7']);
    expect(at(await call('GET', '/api/v2/users/11'), 'user.notes')).toBe('b');
  });

  it('lose the connection, before the answer or in the middle of it', async () => {
    for (const kind of ['close', 'cut'] as const) {
      order({ kind, path: '/api/v2/users/11' });
      await expect(call('GET', '/api/v2/users/11')).rejects.toThrow();
    }
    expect(standIn.control.requests().filter(({ status }) => status === null)).toHaveLength(2);
  });

  it('never answer, with the effect there', async () => {
    order({ kind: 'silence', effect: 'after', method: 'DELETE', path: '/api/v2/users/11' });
    const giveUp = new AbortController();
    const asked = fetch(`${standIn.url}/api/v2/users/11`, {
      method: 'DELETE',
      headers: { Authorization: `Bearer ${standIn.token}` },
      signal: giveUp.signal,
    });
    const refused = expect(asked).rejects.toThrow();
    // The next answer comes after the silence has begun.
    while (!standIn.control.requests().some(({ status }) => status === null)) await call('GET', '/api/v2/users/1');
    expect(at(await call('GET', '/api/v2/users/11'), 'user.active')).toBe(false);
    giveUp.abort();
    await refused;
  });

  it('accept and do nothing, a job that completes without having deleted included', async () => {
    order({ kind: 'accepted', method: 'DELETE', path: '/api/v2/users/*' });
    expect((await call('DELETE', '/api/v2/users/11')).status).toBe(200);
    expect(at(await call('GET', '/api/v2/users/11'), 'user.active')).toBe(true);

    const comment = { body: 'Tere' };
    const made = await call('POST', '/api/v2/tickets', { ticket: { subject: 'A', requester_id: 11, comment } });
    const ticket = idAt(made, 'ticket');
    await call('DELETE', `/api/v2/tickets/${ticket}`);
    order({ kind: 'accepted', method: 'DELETE', path: '/api/v2/deleted_tickets/*' });
    const job = await call('DELETE', `/api/v2/deleted_tickets/${ticket}`);
    standIn.control.advanceClock(60);
    const ended = await call('GET', `/api/v2/job_statuses/${at(job, 'job_status.id')}`);
    expect(at(ended, 'job_status')).toMatchObject({ status: 'completed', results: [{ success: true }] });
    expect(at(await call('GET', '/api/v2/deleted_tickets'), 'deleted_tickets')).toMatchObject([{ id: ticket }]);
  });
});

function standInFault(fault: Parameters<ZendeskStandIn['control']['orderFault']>[0]): void {
  standIn.control.orderFault(fault);
}

describe('a desk with a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'zendesk-stand-in-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is there again as it was left, what is still to come included, even after being killed', async () => {
    const dataFile = join(folder, 'desk.ndjson');
    const first = await startZendeskStandIn({ dataFile });
    first.control.setClock('2026-11-01T08:00:00Z');
    expect(first.control.loadSample('one', { users: [helmi] })).toBe(true);
    const asFirst = callerOf(first);
    await asFirst('DELETE', '/api/v2/users/11');
    await asFirst('DELETE', '/api/v2/deleted_users/11');
    const digests = first.control.digests();
    // The first one is still there, and never came to an end: as if it had been killed.
    const second = await startZendeskStandIn({ dataFile });
    expect(second.control.digests()).toEqual(digests);
    expect(second.control.loadSample('one', { users: [helmi] })).toBe(false);
    second.control.advanceClock(99);
    expect(at(await callerOf(second)('GET', '/api/v2/users/11'), 'user.name')).toBe('Permanently Deleted User');
    await Promise.all([first.stop(), second.stop()]);
    const third = await startZendeskStandIn({ dataFile });
    expect(third.control.object('users', 11)).toMatchObject({ name: 'Permanently Deleted User' });
    expect(third.control.loadSample('two', { users: [{ ...helmi, id: 12 }] })).toBe(true);
    await third.stop();
    const fourth = await startZendeskStandIn({ dataFile });
    expect(fourth.control.ids('users')).toEqual([1, 12]);
    await fourth.stop();
    expect(statSync(dataFile).mode & 0o077).toBe(0);
  });
});

describe('the controls over HTTP', () => {
  it('do what they do in the same process', async () => {
    expect(await runRemotely(standIn.url, 'now')).toBe('2026-11-01T08:00:00.000Z');
    expect(await loadSampleRemotely(standIn.url, 'one', { users: [{ ...helmi, id: 13 }] })).toBe(true);
    expect(await runRemotely(standIn.url, 'object', 'users', 13)).toMatchObject({ name: 'Helmi' });
    await expect(runRemotely(standIn.url, 'nothing')).rejects.toThrow('nothing');
  });
});
