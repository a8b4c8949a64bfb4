/**
 * Somebody who was erased and comes back has a key of their own, which no old key leads to: they are counted as a new relationship, in the
 * same figure as records that came under an old key, and nothing of theirs is read, staged or touched.
 */
import { afterEach, describe, expect, it } from '@jest/globals';
import { codeOf } from '../../src/errors.ts';
import { startZendeskStandIn, type ZendeskStandIn } from '../../src/local/zendesk/start.ts';
import { erasureCounts } from '../../src/requests/erasure-counts.ts';
import { rowOf } from '../workflow/erasing-system.ts';
import { dataMap, systemAt } from '../zendesk/desk.ts';
import { accountDb, type ErasingDesk, newErasingDesk } from './erasing-desk.ts';

const email = 'anna.marker@example.ee';

async function toErased(desk: ErasingDesk): Promise<void> {
  await desk.toPlanned();
  await desk.toNoReturn();
  await desk.erase();
  await desk.verify();
  await desk.erase('subject-row');
}

const counted = async (desk: ErasingDesk): Promise<number | undefined> =>
  (await erasureCounts(desk.deps.ledger.db, desk.requestId)).get(desk.id())?.newRelationship;

describe('whoever comes back', () => {
  let desk: ErasingDesk;
  afterEach(() => desk.end());

  it('is counted by what they made since, once, however often it is looked, and left alone', async () => {
    const system = accountDb();
    desk = await newErasingDesk('back', { 'account-db': system });
    await toErased(desk);
    Object.assign(system.options, { accounts: [...system.options.accounts, { id: '70', proofs: { email } }] });
    const since = { createdAt: '2026-11-23T10:00:00Z' };
    system.insert('accounts', rowOf('70', '70', since));
    system.insert('notes', rowOf('back-1', '70', since), rowOf('before-1', '70', { createdAt: '2026-11-22' }));
    system.calls.length = 0;
    expect(await desk.verify('subject-row')).toMatchObject({ residue: 0, late: 0, newer: 2 });
    expect(system.calls).toEqual(['verify subject-row', 'locate', 'read']);
    expect(await counted(desk)).toBe(2);
    await desk.verify('subject-row');
    expect(await counted(desk)).toBe(2);
    expect(system.left('accounts')).toContain('70');
    expect(system.left('notes')).toEqual(expect.arrayContaining(['back-1', 'before-1']));
    const { rows } = await desk.world.asOwner('select count(*)::int as n from rounds');
    expect(rows).toEqual([{ n: 1 }]);
  });

  it('is nobody where nobody came: what is under a key that was known is the other look’s to count', async () => {
    const system = accountDb();
    desk = await newErasingDesk('back-nobody', { 'account-db': system });
    await toErased(desk);
    system.insert('notes', rowOf('new-1', '7', { createdAt: '2026-11-23T10:00:00Z' }));
    expect(await desk.verify('subject-row')).toMatchObject({ newer: 0 });
    expect(await counted(desk)).toBe(0);
  });

  it('is not counted where the system answers with somebody else', async () => {
    const system = accountDb();
    desk = await newErasingDesk('back-other', { 'account-db': system });
    await toErased(desk);
    Object.assign(system.options, { accounts: [...system.options.accounts, { id: '70', proofs: { email } }] });
    const read = system.read.bind(system);
    system.read = async (context, input) => {
      await input.sink.open({ ...(await anyStream(desk)), collection: 'notes' });
      await input.sink.entry(
        Buffer.from('{"key":[["id","1"]],"facts":{"createdAt":"2026-11-23T10:00:00Z"}}\n'),
        [Buffer.from('8'), Buffer.from('8')],
        Buffer.from('1'),
      );
      await read(context, input);
    };
    const error = await desk.verify('subject-row').catch((thrown: unknown) => thrown);
    expect(JSON.stringify(error)).toContain('record-mismatch');
    expect(codeOf(error)).not.toBe('erase-residue');
    expect(await counted(desk)).toBe(0);
  });
});

const anyStream = async (desk: ErasingDesk) => {
  const stream = { no: 0, provedIn: 'accounts', recordClass: 'account', owner: 'person', role: 'controller' } as const;
  return { ...stream, fields: [], ownFields: [], requestId: desk.requestId };
};

describe('a support desk’s user who was deleted and writes again', () => {
  let desk: ErasingDesk;
  let standIn: ZendeskStandIn;
  afterEach(async () => {
    await desk.end();
    await standIn.stop();
  });

  it('is reported as a new relationship, and their new ticket is as it was', async () => {
    const delays = { searchMs: 0, redactionMs: 0, jobMs: 0, deletionMs: { support: 0, chat: 0, explore: 0 } };
    standIn = await startZendeskStandIn({ plan: 'unlimited', delays });
    const { control } = standIn;
    control.setClock('2026-11-23T08:00:00Z');
    control.addToken('eraser@stand-in.example', 'eraser-token', 'admin');
    const [anna, created_at] = [5_000_000_001, '2026-01-10T08:00:00Z'];
    control.load({
      users: [{ id: anna, name: 'Anna Marker', created_at, email }],
      tickets: [
        {
          ...{ id: 11, requester_id: anna, subject: 'Arve', status: 'closed', created_at },
          comments: [{ id: 110, author_id: anna, created_at, body: 'Tere' }],
        },
      ],
    });
    const map = dataMap();
    for (const collection of Object.values<Record<string, unknown>>(map.collections))
      collection.recordClass = 'account';
    const { system } = systemAt(standIn.url, standIn.token, { eraseToken: 'eraser-token' }, map);
    desk = await newErasingDesk('back-desk', { 'account-db': system });
    await toErased(desk);
    expect(control.object('users', anna)).toMatchObject({ name: 'Permanently Deleted User' });
    control.setClock('2026-11-23T10:00:00Z');
    await fetch(`${standIn.url}/api/v2/tickets`, {
      ...{ method: 'POST', headers: { authorization: `Bearer ${standIn.token}`, 'content-type': 'application/json' } },
      body: JSON.stringify({
        ticket: { subject: 'Uus', comment: { body: 'Tere jälle' }, requester: { name: 'Anna Marker', email } },
      }),
    });
    // More is said of them by others than anybody could be asked about: nobody is to be asked any more.
    const kalju = 5_000_000_002;
    control.load({
      users: [{ id: kalju, name: 'Kalju Kivi', created_at, email: 'kalju@example.ee' }],
      tickets: Array.from({ length: 101 }, (_, no) => ({
        ...{ id: 500 + no, requester_id: kalju, subject: 'Arve', status: 'closed', created_at },
        comments: [{ id: 5_000 + no, author_id: kalju, created_at, body: 'Anna Marker helistas.' }],
      })),
    });
    const before = control.digests();
    expect(control.whereIs('Tere jälle')).not.toEqual([]);
    // The user, the ticket and what was said in it.
    expect(await desk.verify('subject-row')).toMatchObject({ residue: 0, newer: 3 });
    expect(await counted(desk)).toBe(3);
    expect(control.digests()).toEqual(before);
  });
});
