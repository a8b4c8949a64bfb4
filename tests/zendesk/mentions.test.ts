/**
 * What is said of a person in others' tickets: proposed to a named person passage by passage, read and blacked out only where that person
 * said yes, and never more of the ticket than the passage.
 */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Candidate, PlannedSet, RecordRef, SubjectKey, System } from '../../connectors/contract.ts';
import type { FixtureComment, FixtureTicket } from '../../src/local/zendesk/fixtures.ts';
import { startZendeskStandIn, type ZendeskStandIn } from '../../src/local/zendesk/start.ts';
import { type Decided, MemoryJournal, planOf } from '../conformance/memory-plan.ts';
import { MemorySink } from '../conformance/memory-sink.ts';
import { context, dataMap, systemAt } from './desk.ts';

const [jaan, kalju, agent, namesake] = [5_000_000_001, 5_000_000_002, 5_000_000_003, 5_000_000_004];
const created_at = '2026-01-10T08:00:00Z';
const eraser = 'eraser-token';
const email = 'jaan@x.example';
const user: SubjectKey = { collection: 'users', key: [['id', String(jaan)]], provedBy: 'email' };

describe('passages about the person in others’ tickets', () => {
  let desk: ZendeskStandIn;
  let system: System;

  beforeEach(async () => {
    const delays = { searchMs: 0, redactionMs: 0, jobMs: 0, deletionMs: { support: 0, chat: 0, explore: 0 } };
    desk = await startZendeskStandIn({ plan: 'unlimited', delays });
    desk.control.addToken('eraser@stand-in.example', eraser, 'admin');
    desk.control.load({
      users: [
        { id: jaan, name: 'Jaan Kask', created_at, email, phone: '+372 5123 4567' },
        { id: kalju, name: 'Kalju Kivi', created_at, email: 'kalju@x.example' },
        { id: agent, name: 'Agent Saar', created_at, email: 'saar@desk.example', role: 'agent' },
        { id: namesake, name: 'Jaan Tamm', created_at, email: 'tamm@x.example' },
      ],
    });
    system = at();
  });
  afterEach(() => desk.stop());

  const at = (map: unknown = dataMap(), settings: object = {}): System =>
    systemAt(desk.url, desk.token, { eraseToken: eraser, ...settings }, map).system;

  const said = (body: string, more: Partial<FixtureComment> = {}): FixtureComment => ({
    ...{ author_id: kalju, created_at, body },
    ...more,
  });
  const ticket = (
    id: number,
    comments: readonly FixtureComment[],
    more: Partial<FixtureTicket> = {},
  ): FixtureTicket => ({
    ...{ id, requester_id: kalju, subject: 'Arve', status: 'closed', created_at },
    comments: comments.map((one, no) => ({ id: id * 10 + no, ...one })),
    ...more,
  });

  async function proposed(
    decided: { readonly accepted?: readonly RecordRef[]; readonly rejected?: readonly RecordRef[] } = {},
    of = system,
  ) {
    return of.locate(context(), {
      identifiers: [{ kind: 'email', value: email, source: 'request' }],
      ...{ accepted: [], rejected: [], ...decided },
    });
  }
  const passages = (candidates: readonly Candidate[]) =>
    candidates.map(({ matchedBy, display }) => [display.ticket, matchedBy, display.passage]);

  async function readAll(keys: readonly SubjectKey[], want: 'content' | 'facts' = 'content'): Promise<MemorySink> {
    const sink = new MemorySink(keys, { want });
    await system.read(context(), { keys, want, sink });
    return sink;
  }

  const passagesGo = ({ collection }: { readonly collection: string }): Decided =>
    collection === 'mentions' ? { action: 'detach', fields: ['passage'] } : { action: 'keep', fields: [] };
  /** The first passage goes, and what comes behind it stays. */
  function keepsSecond(): (stream: { readonly collection: string }) => Decided {
    let passagesSeen = 0;
    return (stream) => {
      if (stream.collection === 'mentions') passagesSeen += 1;
      return passagesSeen > 1 ? { action: 'keep', fields: [] } : passagesGo(stream);
    };
  }
  const plan = async (keys: readonly SubjectKey[]) => planOf(await readAll(keys, 'facts'), passagesGo);

  async function erase(keys: readonly SubjectKey[], planned: PlannedSet): Promise<MemoryJournal> {
    const journal = new MemoryJournal();
    await system.erase?.(context(), { keys, planned, part: 'dependants', journal });
    return journal;
  }

  async function found(keys: readonly SubjectKey[], planned: PlannedSet, of = system): Promise<Record<string, number>> {
    const sums: Record<string, number> = {};
    await of.verify?.(context(), {
      ...{ keys, planned, part: 'dependants' },
      async found(_chunk, told) {
        for (const one of told) sums[one.found] = (sums[one.found] ?? 0) + one.count;
      },
    });
    return sums;
  }

  /** What somebody else blacks out in the desk. */
  async function byHand(comment: number, marked: string): Promise<void> {
    const { status } = await fetch(`${desk.url}/api/v2/comment_redactions/${comment}`, {
      ...{ method: 'PUT', headers: { authorization: `Bearer ${eraser}`, 'content-type': 'application/json' } },
      body: JSON.stringify({
        ticket_id: Math.trunc(comment / 10),
        html_body: `<div class="zd-comment" dir="auto">${marked}</div>`,
      }),
    });
    expect(status).toBe(200);
  }
  const changesMade = (): readonly unknown[] =>
    desk.control.requests().filter(({ method, status }) => method !== 'GET' && (status ?? 500) < 400);
  const refs = async () => (await proposed()).candidates.map(({ ref }) => ref);
  const blocked = { code: 'erase-blocked', where: 'mentions.passage' };

  it('are proposed by full name in any case of it, by address and by number, one candidate each, and nothing else is', async () => {
    desk.control.load({
      tickets: [
        ticket(21, [
          said('Tere! Jaan Kasele ütlesime sama. Ilm oli ilus.'),
          said('Helista 5123 4567', { public: false }),
        ]),
        ticket(22, [said('Kirjuta talle:\njaan@x.example\nKalju')]),
        ticket(23, [said('Jaan Tamm helistas. Jaan helistas. Kask kukkus.'), said('jaan@x.example.org, 5123 4568')]),
      ],
    });
    const { keys, candidates } = await proposed();
    expect(keys).toEqual([user]);
    expect(passages(candidates)).toEqual([
      ['21', 'name', 'Jaan Kasele ütlesime sama.'],
      ['21', 'phone', 'Helista 5123 4567'],
      ['22', 'email', 'jaan@x.example'],
    ]);
    for (const { reason, display } of candidates) {
      expect(reason).toBe('mentioned');
      expect(display.around).toContain(display.passage);
    }
    expect(new Set(candidates.map(({ ref }) => JSON.stringify(ref))).size).toBe(3);
    expect(JSON.stringify(candidates.map(({ ref }) => ref))).not.toMatch(/Jaan|Kas|5123|jaan/);
  });

  it('are not proposed from their own tickets, nor from what they saw or wrote in one that they got copies of', async () => {
    desk.control.load({
      tickets: [
        ticket(
          31,
          [said('Jaan Kask siin', { author_id: jaan }), said('Jaan Kask maksab', { public: false, author_id: agent })],
          {
            requester_id: jaan,
          },
        ),
        ticket(32, [said('Jaan Kask oli ka'), said('Jaan Kask siin', { author_id: jaan, public: false })], {
          ...{ status: 'open', email_cc_ids: [jaan] },
        }),
      ],
    });
    expect((await proposed()).candidates).toEqual([]);
    desk.control.load({
      tickets: [
        ticket(33, [said('Tere'), said('Jaan Kask valetab.', { public: false, author_id: agent })], {
          ...{ status: 'open', email_cc_ids: [jaan] },
        }),
      ],
    });
    expect(passages((await proposed()).candidates)).toEqual([['33', 'name', 'Jaan Kask valetab.']]);
  });

  it('are found where more than a hundred tickets are the person’s own, or those of somebody of whom nobody said yet who it is', async () => {
    const own = (from: number, requester_id: number) =>
      Array.from({ length: 101 }, (_, no) =>
        ticket(from + no, [said('Jaan Kask siin', { author_id: requester_id })], { requester_id }),
      );
    desk.control.load({ tickets: [...own(1_000, jaan), ticket(35, [said('Jaan Kask helistas.')])] });
    expect(passages((await proposed()).candidates)).toEqual([['35', 'name', 'Jaan Kask helistas.']]);
    const double = 5_000_000_005;
    desk.control.load({
      users: [{ id: double, name: 'Jaan Kask', created_at, email: 'Jaan@x.example' }],
      tickets: own(2_000, double),
    });
    const { candidates } = await proposed();
    expect(candidates.map(({ ref, reason }) => [ref.collection, reason])).toEqual([
      ['users', 'other-case'],
      ['mentions', 'mentioned'],
    ]);
  });

  it('are not read and not erased by a match: without a yes the books know of none, and others’ messages stay byte for byte', async () => {
    desk.control.load({ tickets: [ticket(41, [said('Jaan Kask helistas.')])] });
    const { keys, candidates } = await proposed();
    expect(candidates).toHaveLength(1);
    const before = JSON.stringify([desk.control.object('tickets', 41), desk.control.object('comments', 410)]);
    const sink = await readAll(keys);
    expect(sink.lines('mentions')).toEqual([]);
    expect(sink.lines().join('')).not.toContain('helistas');
    expect([...sink.streams.values()].some(({ description }) => description.collection === 'mentions')).toBe(true);
    desk.control.forgetRequests();
    const planned = await plan(keys);
    await erase(keys, planned);
    expect(desk.control.requests().filter(({ method }) => method !== 'GET')).toEqual([]);
    expect(JSON.stringify([desk.control.object('tickets', 41), desk.control.object('comments', 410)])).toBe(before);
    // A no is for good, and what was said yes to is not asked again.
    const refs = candidates.map(({ ref }) => ref);
    expect(await proposed({ rejected: refs })).toMatchObject({ keys, candidates: [] });
    const accepted = await proposed({ accepted: refs });
    expect(accepted.candidates).toEqual([]);
    expect(accepted.keys).toEqual([user, ...refs.map((ref) => ({ ...ref, provedBy: 'accepted' }))]);
  });

  it('once a person has said yes are given out as the passage alone, with whoever is in it', async () => {
    desk.control.load({
      tickets: [ticket(51, [said('Arve on lisas. Jaan Kask helistas Kaljule. Minu PIN on 1234.')])],
    });
    const { keys } = await proposed({ accepted: (await proposed()).candidates.map(({ ref }) => ref) });
    const sink = await readAll(keys);
    const [line = '', ...others] = sink.lines('mentions');
    expect(others).toEqual([]);
    const { people, record } = JSON.parse(line);
    expect(record).toEqual({ id: 510, ticket_id: 51, created_at, passage: 'Jaan Kask helistas Kaljule.' });
    expect(people).toEqual([
      { who: 'subject', names: ['Jaan Kask'], addresses: [email, '+372 5123 4567'] },
      { who: 'other', names: ['Kalju Kivi'], addresses: ['kalju@x.example'] },
    ]);
    const [stream] = [...sink.streams.values()].filter(({ description }) => description.collection === 'mentions');
    expect(stream?.description).toMatchObject({ owner: 'workspace', unseen: true, provedIn: 'mentions' });
    const [facts = ''] = (await readAll(keys, 'facts')).lines('mentions');
    expect(JSON.parse(facts).facts).toEqual({ createdAt: '2026-01-10T08:00:00.000Z' });
    expect(facts).not.toContain('helistas');
  });

  it('that another has changed since are not read: what was said yes to is those words and no others', async () => {
    desk.control.load({ tickets: [ticket(61, [said('Jaan Kask helistas.')])] });
    const { keys } = await proposed({ accepted: (await proposed()).candidates.map(({ ref }) => ref) });
    await byHand(610, 'Jaan Kask <redact>helistas</redact>.');
    expect((await readAll(keys)).lines('mentions')).toEqual([]);
  });

  it('are blacked out and nothing beside them, all of one message at once, also where a redaction shows late', async () => {
    const html_body =
      '<p>Arve on lisas. <b>Jaan</b> Kask helistas. Ilm oli ilus.</p><p>Kiri: <a href="mailto:jaan@x.example">jaan@x.example</a>. Kalju</p>';
    desk.control.load({
      tickets: [ticket(71, [{ author_id: kalju, created_at, html_body, public: false }, said('Muu jutt')])],
    });
    const first = (await proposed()).candidates;
    expect(passages(first)).toEqual([
      ['71', 'name', 'Jaan Kask helistas.'],
      ['71', 'email', 'Kiri: jaan@x.example.'],
    ]);
    const { keys } = await proposed({ accepted: first.map(({ ref }) => ref) });
    const planned = await plan(keys);
    expect(await system.prepare?.(context(), { keys, planned })).toEqual({ refusals: [] });
    desk.control.setDelays({ redactionMs: 60_000 });
    desk.control.forgetRequests();
    await erase(keys, planned);
    const changes = desk.control.requests().filter(({ method }) => method !== 'GET');
    expect(changes.map(({ method, path }) => [method, path])).toEqual([['PUT', '/api/v2/comment_redactions/710']]);
    expect(await found(keys, planned)).toEqual({ residue: 2 });
    desk.control.advanceClock(120);
    expect(await found(keys, planned)).toEqual({ changed: 2 });
    expect(desk.control.object('comments', 710)?.html_body).toBe(
      '<p>Arve on lisas. <b>▇▇▇▇</b> ▇▇▇▇ ▇▇▇▇▇▇▇▇. Ilm oli ilus.</p><p>▇▇▇▇▇ ▇▇▇▇▇▇▇▇▇▇▇▇▇▇</a>. Kalju</p>',
    );
    expect(desk.control.object('tickets', 71)).toMatchObject({
      status: 'closed',
      requester_id: kalju,
      subject: 'Arve',
    });
    expect(JSON.stringify(desk.control.object('comments', 711))).toContain('Muu jutt');
    // Twice is once.
    desk.control.forgetRequests();
    const again = await erase(keys, planned);
    expect([...again.outcomes.values()].flat()).toMatchObject([{ disposition: 'anonymised', count: 2 }]);
    expect(desk.control.requests().filter(({ method }) => method !== 'GET')).toEqual([]);
  });

  it('in a mail that went out are told as a history that remains', async () => {
    desk.control.load({ tickets: [ticket(72, [said('Jaan Kask helistas.')])] });
    const { keys } = await proposed({ accepted: (await proposed()).candidates.map(({ ref }) => ref) });
    const planned = await plan(keys);
    await erase(keys, planned);
    expect(await found(keys, planned)).toEqual({ 'history-remains': 1 });
  });

  it('that no program can find in a message’s HTML are a refusal before anything is erased', async () => {
    desk.control.load({
      tickets: [
        ticket(73, [
          said('Jõgi. Jaan Kask helistas.', {
            html_body: '<p>J&otilde;gi. Jaan Kask helistas. Jaan Kask helistas.</p>',
          }),
        ]),
      ],
    });
    const { keys } = await proposed({ accepted: (await proposed()).candidates.map(({ ref }) => ref) });
    const planned = await plan(keys);
    expect(await system.prepare?.(context(), { keys, planned })).toEqual({
      refusals: [{ code: 'erase-blocked', where: 'mentions.passage' }],
    });
    await expect(erase(keys, planned)).rejects.toMatchObject({ code: 'erase-blocked', where: 'mentions.passage' });
  });

  it('of which somebody else’s redaction took a part are for a person as long as they name the subject, and no other passage is', async () => {
    desk.control.load({
      tickets: [
        ticket(74, [said('Jaan Kask helistas koos Mari Maaga. Jaan Kask maksis.', { public: false }), said('Muu')]),
      ],
    });
    const [yes, no] = await refs();
    const { keys } = await proposed({ accepted: yes ? [yes] : [], rejected: no ? [no] : [] });
    const planned = await plan(keys);
    expect(await system.prepare?.(context(), { keys, planned })).toEqual({ refusals: [] });
    await byHand(740, 'Jaan Kask helistas koos <redact>Mari Maaga</redact>. Jaan Kask maksis.');
    desk.control.forgetRequests();
    expect(await found(keys, planned)).toEqual({ residue: 1 });
    expect(await system.prepare?.(context(), { keys, planned })).toEqual({ refusals: [blocked] });
    await expect(erase(keys, planned)).rejects.toMatchObject(blocked);
    expect(changesMade()).toEqual([]);
    await byHand(740, '<redact>Jaan Kask</redact> helistas koos ▇▇▇▇ ▇▇▇▇▇. Jaan Kask maksis.');
    desk.control.forgetRequests();
    expect(await system.prepare?.(context(), { keys, planned })).toEqual({ refusals: [] });
    await erase(keys, planned);
    expect(changesMade()).toEqual([]);
    expect(await found(keys, planned)).toEqual({ changed: 1 });
    expect(JSON.stringify(desk.control.object('comments', 740))).toContain('. Jaan Kask maksis.');
  });

  it('that stand beside one which is gone, with blocks in them before anybody said yes, are blacked out like any', async () => {
    desk.control.load({
      tickets: [ticket(75, [said('Jaan Kask helistas. Jaan Kask tuli koos ▇▇▇▇ ▇▇▇▇▇.', { public: false })])],
    });
    const { keys } = await proposed({ accepted: await refs() });
    const planned = await plan(keys);
    await byHand(750, '<redact>Jaan Kask helistas.</redact> Jaan Kask tuli koos ▇▇▇▇ ▇▇▇▇▇.');
    expect(await system.prepare?.(context(), { keys, planned })).toEqual({ refusals: [] });
    expect(await found(keys, planned)).toEqual({ changed: 1, residue: 1 });
    await erase(keys, planned);
    expect(await found(keys, planned)).toEqual({ changed: 2 });
  });

  it('of one message that come in two chunks are refused before any of them is blacked out', async () => {
    desk.control.load({ tickets: [ticket(76, [said('Jaan Kask helistas. Jaan Kask tuli.')])] });
    const { keys } = await proposed({ accepted: await refs() });
    const sink = await readAll(keys, 'facts');
    const [planned, ofOne] = [planOf(sink, passagesGo, 1), planOf(sink, keepsSecond(), 1)];
    const twice = { code: 'internal', where: 'mentions.chunks' };
    desk.control.forgetRequests();
    await expect(system.prepare?.(context(), { keys, planned })).rejects.toMatchObject(twice);
    await expect(erase(keys, planned)).rejects.toMatchObject(twice);
    expect(changesMade()).toEqual([]);
    // Of what is kept nothing can be undone.
    expect(await system.prepare?.(context(), { keys, planned: ofOne })).toEqual({ refusals: [] });
  });

  it('are looked for where the data map says so, and by nothing that it does not name', async () => {
    desk.control.load({ tickets: [ticket(81, [said('Jaan Kask: jaan@x.example või 5123 4567')])] });
    const byPhone = dataMap();
    byPhone.user.mentionedBy = ['phone'];
    expect((await proposed({}, at(byPhone))).candidates.map(({ matchedBy }) => matchedBy)).toEqual(['phone']);
    const without = dataMap();
    delete without.user.mentionedBy;
    delete without.collections.mentions;
    desk.control.forgetRequests();
    expect((await proposed({}, at(without))).candidates).toEqual([]);
    expect(desk.control.requests().map(({ path }) => path)).not.toContain('/api/v2/search');
    expect(at(without).collections.map(({ collection }) => collection)).not.toContain('mentions');
  });

  it('beyond a hundred, and a desk that answers a search with something else, end the look-up', async () => {
    desk.control.load({
      tickets: [
        ticket(
          91,
          Array.from({ length: 101 }, (_, no) => said(`Jaan Kask helistas ${no} korda`)),
        ),
      ],
    });
    await expect(proposed()).rejects.toMatchObject({ code: 'too-many-candidates', where: 'mentions' });
    const ask = globalThis.fetch;
    globalThis.fetch = async (url, options) =>
      String(url).includes('/api/v2/search?')
        ? new Response(JSON.stringify({ results: [{ id: 1, result_type: 'user' }], next_page: null }))
        : ask(url, options);
    try {
      await expect(proposed()).rejects.toMatchObject({ code: 'record-mismatch', where: 'mentions' });
    } finally {
      globalThis.fetch = ask;
    }
  });
});
