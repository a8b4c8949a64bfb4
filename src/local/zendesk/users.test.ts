import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startZendeskStandIn, type ZendeskStandIn } from './start.ts';
import { at, type Caller, callerOf, idAt } from './testing.ts';

let standIn: ZendeskStandIn;
let call: Caller;
beforeAll(async () => {
  standIn = await startZendeskStandIn({ plan: 'unlimited' });
  call = callerOf(standIn);
});
afterAll(() => standIn.stop());
beforeEach(() => {
  standIn.control.reset();
  standIn.control.setClock('2026-11-01T08:00:00Z');
});

const add = async (fields: object): Promise<number> =>
  idAt(await call('POST', '/api/v2/users', { user: { name: 'Helmi Hõbe', ...fields } }), 'user');
const write = async (email: string, fields: object = {}): Promise<number> =>
  idAt(
    await call('POST', '/api/v2/tickets', {
      ticket: { subject: 'Abi', requester: { name: 'Helmi', email }, comment: { body: 'Tere' }, ...fields },
    }),
    'ticket',
  );

describe('finding users', () => {
  it('by external id is exact, by an unknown parameter finds everybody', async () => {
    const id = await add({ email: 'helmi@hobe.example', external_id: '1013' });
    await add({ email: 'teine@hobe.example', external_id: '10131' });
    expect(at(await call('GET', '/api/v2/users/search.json?external_id=1013'), 'users')).toMatchObject([{ id }]);
    expect(at(await call('GET', '/api/v2/users?email=helmi@hobe.example'), 'count')).toBe(3);
  });

  it('by search is minutes behind, ignores case, and knows every address that somebody has', async () => {
    const id = await add({ email: 'Helmi@hobe.example' });
    await call('PUT', `/api/v2/users/${id}`, { user: { email: 'second@hobe.example' } });
    const search = (email: string) => call('GET', `/api/v2/users/search?query=email:${email}`);
    expect(at(await search('helmi@hobe.example'), 'users')).toEqual([]);
    standIn.control.advanceClock(120);
    expect(at(await search('helmi@HOBE.example'), 'users')).toMatchObject([{ id, email: 'Helmi@hobe.example' }]);
    expect(at(await search('second@hobe.example'), 'users')).toMatchObject([{ id, email: 'Helmi@hobe.example' }]);
    expect(at(await search('elmi@hobe.example'), 'users')).toEqual([]);
  });

  it('by an address without its keyword finds longer ones, too', async () => {
    await add({ email: 'ann@saar.example' });
    await add({ email: 'joann@saar.example' });
    standIn.control.advanceClock(120);
    expect(at(await call('GET', '/api/v2/users/search?query=ann@saar.example'), 'count')).toBe(2);
  });

  it('in pages by cursor leaves nobody out when somebody is deleted meanwhile', async () => {
    const ids = [await add({}), await add({}), await add({}), await add({})];
    const first = await call('GET', '/api/v2/users?page[size]=3');
    expect(at(first, 'meta.has_more')).toBe(true);
    await call('DELETE', `/api/v2/users/${ids[0]}`);
    const second = await call('GET', String(at(first, 'links.next')));
    expect(at(second, 'users')).toMatchObject([{ id: ids[2] }, { id: ids[3] }]);
    expect(at(second, 'meta.has_more')).toBe(false);
  });

  it('says nothing about an address that is taken but that it is', async () => {
    await add({ email: 'helmi@hobe.example' });
    const again = await call('POST', '/api/v2/users', { user: { name: 'Other', email: 'HELMI@hobe.example' } });
    expect(again).toMatchObject({ status: 422, body: { error: 'RecordInvalid' } });
  });
});

describe('deleting a user', () => {
  it('is refused while a ticket of theirs is not closed', async () => {
    const ticket = await write('helmi@hobe.example');
    const id = at(await call('GET', `/api/v2/tickets/${ticket}`), 'ticket.requester_id');
    for (const status of ['open', 'solved']) {
      await call('PUT', `/api/v2/tickets/${ticket}`, { ticket: { status } });
      expect((await call('DELETE', `/api/v2/users/${id}`)).status).toBe(422);
    }
    await call('PUT', `/api/v2/tickets/${ticket}`, { ticket: { status: 'closed' } });
    expect((await call('DELETE', `/api/v2/users/${id}`)).status).toBe(200);
  });

  it('hides them from every search and list, and leaves name and notes readable by id, and what they wrote', async () => {
    const ticket = await write('helmi@hobe.example', { status: 'closed' });
    const id = at(await call('GET', `/api/v2/tickets/${ticket}`), 'ticket.requester_id');
    await call('PUT', `/api/v2/users/${id}`, { user: { notes: 'elab Tartus' } });
    await call('DELETE', `/api/v2/users/${id}`);
    standIn.control.advanceClock(120);
    expect(at(await call('GET', '/api/v2/users/search?query=email:helmi@hobe.example'), 'users')).toEqual([]);
    expect(at(await call('GET', `/api/v2/users/${id}/identities`), 'identities')).toEqual([]);
    expect(at(await call('GET', `/api/v2/users/${id}`), 'user')).toMatchObject({
      active: false,
      email: null,
      name: 'Helmi',
      notes: 'elab Tartus',
    });
    expect(at(await call('GET', `/api/v2/users/${id}/tickets/requested`), 'tickets')).toMatchObject([{ id: ticket }]);
  });

  it('permanently needs them to be deleted first, and ends per product, each in its own time', async () => {
    const id = await add({ email: 'helmi@hobe.example' });
    expect((await call('DELETE', `/api/v2/deleted_users/${id}`)).status).toBe(404);
    await call('DELETE', `/api/v2/users/${id}`);
    expect((await call('DELETE', `/api/v2/deleted_users/${id}`)).status).toBe(200);
    const told = async (): Promise<string[]> => {
      const lines = at(
        await call('GET', `/api/v2/users/${id}/compliance_deletion_statuses`),
        'compliance_deletion_statuses',
      );
      return (lines as { application: string; action: string }[]).map((line) => `${line.application} ${line.action}`);
    };
    expect(await told()).toEqual(['all request_deletion']);
    expect(at(await call('GET', `/api/v2/users/${id}`), 'user.name')).toBe('Helmi Hõbe');
    standIn.control.advanceClock(99);
    expect(await told()).toEqual(['all request_deletion', 'support started', 'support complete']);
    expect(at(await call('GET', `/api/v2/users/${id}`), 'user.name')).toBe('Permanently Deleted User');
    standIn.control.advanceClock(86_400);
    expect(await told()).toHaveLength(7);
    expect(at(await call('GET', '/api/v2/deleted_users'), 'deleted_users')).toMatchObject([{ id }]);
  });

  it('lets whoever writes again be somebody new', async () => {
    const ticket = await write('helmi@hobe.example', { status: 'closed' });
    const before = at(await call('GET', `/api/v2/tickets/${ticket}`), 'ticket.requester_id');
    await call('DELETE', `/api/v2/users/${before}`);
    const again = at(await call('GET', `/api/v2/tickets/${await write('helmi@hobe.example')}`), 'ticket.requester_id');
    expect(again).not.toBe(before);
  });
});

describe('merging two users', () => {
  it('gives one the addresses and tickets of the other, who is gone from the lists', async () => {
    const ticket = await write('old@hobe.example');
    const from = at(await call('GET', `/api/v2/tickets/${ticket}`), 'ticket.requester_id');
    const into = await add({ email: 'new@hobe.example' });
    await call('PUT', `/api/v2/users/${from}/merge`, { user: { id: into } });
    expect(at(await call('GET', `/api/v2/tickets/${ticket}`), 'ticket.requester_id')).toBe(into);
    expect(at(await call('GET', `/api/v2/users/${into}/identities`), 'identities')).toMatchObject([
      { value: 'old@hobe.example', primary: false },
      { value: 'new@hobe.example', primary: true },
    ]);
    expect(at(await call('GET', `/api/v2/users/${from}`), 'user')).toMatchObject({ active: false, email: null });
  });
});
