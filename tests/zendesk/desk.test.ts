/**
 * What a desk does that no other system does: merged people, files longer than a record, tickets that stay, a history nobody can change,
 * tickets that keep a user from being deleted, and people who come back after they were deleted.
 */
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { PlannedSet, System } from '../../connectors/contract.ts';
import type { FixtureTicket } from '../../src/local/zendesk/fixtures.ts';
import { startZendeskStandIn, type ZendeskStandIn } from '../../src/local/zendesk/start.ts';
import { type Decided, type FoundRecord, MemoryJournal, planOf } from '../conformance/memory-plan.ts';
import { MemorySink } from '../conformance/memory-sink.ts';
import { context, dataMap, keysOf, systemAt } from './desk.ts';

const [mari, friend, agent] = [5_000_000_001, 5_000_000_002, 5_000_000_003];
const created_at = '2026-01-10T08:00:00Z';
const eraser = 'eraser-token';
const asked = (kind: string, value: string) => ({ kind, value, source: 'request' });

describe('a support desk', () => {
  let desk: ZendeskStandIn;
  let system: System;

  beforeEach(async () => {
    const delays = { searchMs: 0, redactionMs: 0, jobMs: 0, deletionMs: { support: 0, chat: 0, explore: 0 } };
    desk = await startZendeskStandIn({ plan: 'unlimited', delays });
    desk.control.addToken('eraser@stand-in.example', eraser, 'admin');
    desk.control.load({
      users: [
        { id: mari, name: 'Mari', created_at, email: 'mari@x.example', other_emails: ['m.maasikas@old.example'] },
        { id: friend, name: 'Kalju', created_at, email: 'kalju@x.example' },
        { id: agent, name: 'Agent Saar', created_at, email: 'saar@desk.example', role: 'agent' },
      ],
    });
    system = at();
  });
  afterEach(() => desk.stop());

  const at = (settings: object = {}, map?: unknown): System =>
    systemAt(desk.url, desk.token, { eraseToken: eraser, ...settings }, map).system;

  const ticket = (id: number, more: Partial<FixtureTicket> = {}): FixtureTicket => ({
    ...{ id, requester_id: mari, subject: 'Arve', status: 'closed', created_at },
    comments: [{ id: id * 10, author_id: mari, created_at, body: 'Tere, Mari siin' }],
    ...more,
  });

  async function readAll(who = mari, want: 'content' | 'facts' = 'content', of = system): Promise<MemorySink> {
    const sink = new MemorySink(keysOf(who), { want });
    await of.read(context(), { keys: keysOf(who), want, sink });
    return sink;
  }

  const everything = ({ collection }: { readonly collection: string }): Decided => {
    if (collection === 'replies') return { action: 'anonymise', fields: ['html_body'] };
    if (collection === 'reply_attachments') return { action: 'anonymise', fields: ['content'] };
    if (collection === 'copied_tickets') return { action: 'detach', fields: ['copied_as'] };
    return { action: collection.startsWith('copied_') ? 'keep' : 'delete', fields: [] };
  };

  async function plan(
    decide: (stream: { collection: string }, record: FoundRecord) => Decided = everything,
    of = system,
  ) {
    return planOf(await readAll(mari, 'facts', of), decide);
  }

  async function erase(planned: PlannedSet, of = system): Promise<void> {
    for (const part of ['dependants', 'subject-row'] as const)
      await of.erase?.(context(), { keys: keysOf(mari), planned, part, journal: new MemoryJournal() });
  }

  async function found(planned: PlannedSet, of = system): Promise<Readonly<Record<string, number>>> {
    const sums: Record<string, number> = {};
    for (const part of ['dependants', 'subject-row'] as const)
      await of.verify?.(context(), {
        ...{ keys: keysOf(mari), planned, part },
        async found({ stream }, told) {
          for (const one of told) {
            const name = `${stream.collection} ${one.found}`;
            sums[name] = (sums[name] ?? 0) + one.count;
          }
        },
      });
    return sums;
  }

  /** What is deleted and not gone: which records are meant, and whether their day is told. */
  async function waiting(planned: PlannedSet, of = system) {
    const all: unknown[] = [];
    for (const part of ['dependants', 'subject-row'] as const)
      await of.verify?.(context(), {
        ...{ keys: keysOf(mari), planned, part },
        async found({ stream }, told) {
          for (const { found: what, keys, until } of told)
            if (what === 'hidden' || what === 'pending') all.push([stream.collection, what, keys, until !== undefined]);
        },
      });
    return all;
  }

  it('finds whoever was merged into another by the address that the merge left', async () => {
    const { keys } = await system.locate(context(), {
      ...{ identifiers: [asked('email', 'm.maasikas@old.example')], accepted: [], rejected: [] },
    });
    expect(keys).toEqual([{ ...keysOf(mari)[0], provedBy: 'email' }]);
  });

  it('gives a file that is longer than a record in parts that follow each other', async () => {
    const sizeBytes = 9_000_001;
    const attachments = [{ id: 77, file_name: 'a.png', content_type: 'image/png', filler: { head: 'PNG', sizeBytes } }];
    desk.control.load({
      tickets: [ticket(11, { comments: [{ id: 110, author_id: mari, created_at, body: 'pilt', attachments }] })],
    });
    const lines = (await readAll()).lines('attachments').map((line) => JSON.parse(line));
    expect(lines.map(({ key, record }) => [key.at(-1), record.content.more])).toEqual([
      [['part', '0'], true],
      [['part', '1'], true],
      [['part', '2'], undefined],
    ]);
    const whole = Buffer.concat(lines.map(({ record }) => Buffer.from(record.content.base64, 'base64')));
    const answer = await fetch(`${desk.url}/attachments/token/t77/?name=a.png`);
    const bytes = Buffer.from(await answer.arrayBuffer());
    expect(whole.length).toBe(sizeBytes);
    const sha256 = (of: Buffer) => createHash('sha256').update(of).digest('hex');
    expect(sha256(whole)).toBe(sha256(bytes));
  });

  it('shows of another’s ticket what the person saw, and of their own what staff noted with whoever is in it', async () => {
    const said = (author_id: number, body: string, isPublic = true) => ({
      author_id,
      created_at,
      body,
      public: isPublic,
    });
    desk.control.load({
      tickets: [
        ticket(11, { comments: [said(mari, 'küsimus'), said(agent, 'märkus Kaljust', false)] }),
        ticket(12, {
          ...{ requester_id: friend, status: 'open', email_cc_ids: [mari] },
          comments: [said(friend, 'Kalju kiri'), said(mari, 'Mari vastus'), said(agent, 'salajane', false)],
        }),
      ],
    });
    const sink = await readAll();
    const texts = (of: string) => sink.lines(of).map((line) => JSON.parse(line).record.plain_body);
    expect(texts('copied_comments')).toEqual(['Kalju kiri']);
    expect(texts('replies')).toEqual(['Mari vastus']);
    expect(sink.lines().join('')).not.toContain('salajane');
    const [note] = sink.lines('notes').map((line) => JSON.parse(line));
    expect(note.people.map(({ who, names }: { who: string; names: string[] }) => [who, names])).toEqual([
      ['subject', ['Mari']],
      ['staff', ['Agent Saar']],
    ]);
  });

  it('takes what staff wrote on a user for what the person has not seen, and a user without it for theirs', async () => {
    const noted = 5_000_000_009;
    desk.control.load({
      users: [{ id: noted, name: 'Rita', created_at, email: 'rita@x.example', notes: 'Kalju kaebas tema üle' }],
    });
    const lines = async (who: number) => (await readAll(who)).lines('users').map((line) => JSON.parse(line));
    const [theirs] = await lines(mari);
    expect(theirs.people).toBeUndefined();
    const unseen = await lines(noted);
    expect(unseen.map(({ record }) => record.notes)).toEqual(['Kalju kaebas tema üle']);
    expect(unseen[0].people).toEqual([{ who: 'subject', names: ['Rita'], addresses: ['rita@x.example'] }]);
  });

  it.each([
    ['users/show_many', 'users', 'users'],
    [`users/${mari}/identities`, 'identities', 'identities'],
  ])('keeps nothing of others where %s answers with everybody', async (path, list, where) => {
    desk.control.load({
      tickets: [ticket(11, { comments: [{ author_id: agent, created_at, body: 'märkus', public: false }] })],
    });
    const ask = globalThis.fetch;
    const others = [
      { id: friend, user_id: friend, type: 'email', primary: true, value: 'kalju@x.example', name: 'Kalju' },
    ];
    const everybody = JSON.stringify({ [list]: others, meta: { has_more: false } });
    globalThis.fetch = async (url, options) =>
      String(url).includes(path) ? new Response(everybody, { status: 200 }) : ask(url, options);
    try {
      await expect(readAll()).rejects.toMatchObject({ code: 'record-mismatch', where });
    } finally {
      globalThis.fetch = ask;
    }
  });

  it('waits as long as the desk says before it asks again', async () => {
    desk.control.load({ tickets: [ticket(11)] });
    const path = `/api/v2/users/${mari}`;
    desk.control.orderFault({ method: 'GET', path, kind: 'status', status: 429, retryAfterSeconds: 0, times: 2 });
    expect((await readAll()).lines('users')).toHaveLength(1);
    desk.control.orderFault({ method: 'GET', path, kind: 'status', status: 429, retryAfterSeconds: 0, times: 9 });
    await expect(readAll(mari, 'content', at({ attempts: 2 }))).rejects.toMatchObject({ code: 'system-rate-limited' });
  });

  it('tells of a text that was redacted, and that the audits keep, as a history that remains', async () => {
    desk.control.load({
      tickets: [
        ticket(12, {
          ...{ requester_id: friend, status: 'open', email_cc_ids: [mari] },
          comments: [{ id: 120, author_id: mari, created_at, body: 'Mari vastus', byEmail: true }],
        }),
      ],
    });
    const planned = await plan();
    await erase(planned);
    expect(await found(planned)).toMatchObject({ 'replies history-remains': 1, 'users gone': 1 });
    expect(JSON.stringify(desk.control.object('comments', 120))).not.toContain('vastus');
  });

  it('redacts what is said where tickets stay, and lets the tickets be', async () => {
    const map = dataMap();
    map.collections.tickets.erase = { whole: 'anonymise', fields: { subject: 'empty' } };
    map.collections.satisfaction_ratings.erase = undefined;
    for (const name of ['comments', 'notes'])
      map.collections[name].erase = { whole: 'anonymise', fields: { html_body: 'redact' } };
    map.collections.attachments.erase = { whole: 'anonymise', fields: { content: 'redact' } };
    const staying = at({}, map);
    desk.control.load({ tickets: [ticket(11, { status: 'open' })] });
    const stays = ({ collection }: { readonly collection: string }): Decided => {
      if (collection === 'tickets') return { action: 'anonymise', fields: ['subject'] };
      if (collection === 'comments') return { action: 'anonymise', fields: ['html_body'] };
      return everything({ collection });
    };
    const planned = await plan(stays, staying);
    expect(await staying.prepare?.(context(), { keys: keysOf(mari), planned })).toEqual({ refusals: [] });
    await erase(planned, staying);
    // The ticket's audits go on telling its first subject.
    expect(await found(planned, staying)).toMatchObject({ 'tickets history-remains': 1, 'users gone': 1 });
    // What stays is closed before the user goes.
    expect(desk.control.object('tickets', 11)).toMatchObject({ status: 'closed', subject: '▇' });
    expect(JSON.stringify(desk.control.object('comments', 110))).not.toContain('Mari siin');
  });

  it('lets no ticket that nobody planned be in the way silently, and says so before anything is erased', async () => {
    desk.control.load({ tickets: [ticket(11)] });
    const planned = await plan();
    desk.control.load({ tickets: [ticket(13, { status: 'open' })] });
    const report = await system.prepare?.(context(), { keys: keysOf(mari), planned });
    expect(report?.refusals).toEqual([{ code: 'erase-blocked', where: 'users: tickets' }]);
    await expect(erase(planned)).rejects.toMatchObject({ code: 'erase-blocked', where: 'users: tickets' });
    expect(desk.control.object('tickets', 13)).toMatchObject({ status: 'open' });
  });

  it('is not done with a user before every product has forgotten them, and after long enough hands that over', async () => {
    desk.control.setDelays({ searchMs: 0, redactionMs: 0, jobMs: 0 });
    const products = at({ products: ['support', 'explore'] });
    const planned = await plan(everything, products);
    const journal = new MemoryJournal();
    const subjectRow = (handOver: boolean, by = journal) =>
      products.erase?.(context(), { keys: keysOf(mari), planned, part: 'subject-row', journal: by, handOver });
    await subjectRow(false);
    expect(journal.open).toBe(1);
    expect(await found(planned, products)).toMatchObject({ 'users pending': 1 });
    expect(await waiting(planned, products)).toEqual([['users', 'pending', [[['id', String(mari)]]], true]]);
    const handed = new MemoryJournal();
    await subjectRow(true, handed);
    const from = expect.stringMatching(/^\d{4}-\d\d-\d\d$/);
    expect(handed.waiting).toEqual([expect.objectContaining({ code: 'vendor-job-runs', from })]);
    desk.control.advanceClock(25 * 3_600);
    await subjectRow(false);
    expect(journal.open).toBe(0);
    expect(await found(planned, products)).toMatchObject({ 'users gone': 1 });
  });

  it('asks for the account’s deleted tickets once a look, whatever was planned in them', async () => {
    desk.control.load({ tickets: [11, 12, 13].map((id) => ticket(id)) });
    const planned = await plan();
    await erase(planned);
    desk.control.forgetRequests();
    expect(await found(planned)).toMatchObject({ 'tickets gone': 3, 'comments gone': 3, 'users gone': 1 });
    const lists = desk.control.requests().filter(({ path }) => path === '/api/v2/deleted_tickets');
    expect(lists).toHaveLength(1);
  });

  it('leaves alone whoever was deleted and writes again: a new user, whom no key of the old one leads to', async () => {
    desk.control.load({ tickets: [ticket(11)] });
    const planned = await plan();
    await erase(planned);
    await fetch(`${desk.url}/api/v2/tickets`, {
      ...{ method: 'POST', headers: { authorization: `Bearer ${desk.token}`, 'content-type': 'application/json' } },
      body: JSON.stringify({
        ticket: {
          subject: 'Uus',
          comment: { body: 'Tere jälle' },
          requester: { name: 'Mari', email: 'mari@x.example' },
        },
      }),
    });
    const before = desk.control.whereIs('Tere jälle');
    expect(before).not.toEqual([]);
    expect(await found(planned)).toEqual(expect.objectContaining({ 'users gone': 1, 'tickets gone': 1 }));
    expect((await readAll()).count).toBe(0);
    await erase(planned);
    expect(desk.control.whereIs('Tere jälle')).toEqual(before);
    const { keys } = await system.locate(context(), {
      ...{ identifiers: [asked('email', 'mari@x.example')], accepted: [], rejected: [] },
    });
    expect(keys).toHaveLength(1);
    expect(keys).not.toEqual([{ ...keysOf(mari)[0], provedBy: 'email' }]);
  });
});
