import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startZendeskStandIn, type ZendeskStandIn } from '../zendesk/start.ts';
import { at, type Caller, callerOf } from '../zendesk/testing.ts';
import { cast } from './cast.ts';
import { generateCompany } from './company.ts';
import { sampleDesk, sampleDeskDigest } from './desk.ts';
import { deskUserId } from './desk-cast.ts';

const company = generateCompany();
const desk = sampleDesk(company);
const userOf = (userId: string) => desk.users?.find(({ external_id }) => external_id === userId);
const textsOf = (requester: number): string[] =>
  (desk.tickets ?? [])
    .filter(({ requester_id }) => requester_id === requester)
    .flatMap(({ comments }) => comments.map(({ body = '' }) => body));

describe('the sample company’s support desk', () => {
  it('is the same every time', () => {
    expect(sampleDesk(generateCompany())).toEqual(desk);
    expect(sampleDeskDigest()).toBe(sampleDeskDigest());
  });

  it('knows every account under its number and address', () => {
    for (const { id, email, full_name } of company.users.slice(1))
      expect(userOf(id)).toMatchObject({ id: deskUserId(id), email, name: full_name });
  });

  it('speaks Estonian and English, and names somebody else in every conversation of the crowd', () => {
    const crowd = (desk.tickets ?? []).filter(({ id }) => id >= 1_001);
    expect(crowd).toHaveLength(120);
    const first = crowd.map(({ comments }) => comments[0]?.body ?? '');
    expect(first.some((text) => text.includes('Tere'))).toBe(true);
    expect(first.some((text) => text.includes('colleague'))).toBe(true);
    for (const { requester_id, comments } of crowd) {
      const text = comments.map(({ body }) => body).join('\n');
      const others = company.users.filter((user) => deskUserId(user.id) !== requester_id);
      expect(others.some(({ full_name }) => text.includes(full_name))).toBe(true);
      expect(text).not.toContain('{');
    }
  });

  it('names none of those whom `npm start` asks about outside the conversations written for them', () => {
    const crowd = JSON.stringify((desk.tickets ?? []).filter(({ id }) => id >= 1_001));
    for (const { name, email } of [cast.sampleSubject, cast.soleTrader, cast.playlistAuthor]) {
      expect(crowd).not.toContain(name);
      expect(crowd).not.toContain(email);
    }
  });

  it('has somebody with another address, somebody who was deleted, and a sender whom nothing should be let do', () => {
    expect(userOf(cast.twoWorkspaces.userId)).toMatchObject({ other_emails: ['rasmus.rändur@saar.example'] });
    expect(userOf(cast.formerMember.userId)).toMatchObject({ deleted: true });
    expect(textsOf(deskUserId(cast.formerMember.userId)).join()).toContain('Viivi');
    const hostile = JSON.stringify(desk.tickets?.find(({ id }) => id === 121));
    for (const part of ['<script>', 'https://kuri.test/pixel.gif', 'javascript:']) expect(hostile).toContain(part);
  });
});

describe('in the stand-in', () => {
  let standIn: ZendeskStandIn;
  let call: Caller;
  beforeAll(async () => {
    standIn = await startZendeskStandIn({ plan: 'unlimited' });
    standIn.control.load(desk);
    call = callerOf(standIn);
  });
  afterAll(() => standIn.stop());

  it('answers for its people, by number, address and conversation', async () => {
    const liis = deskUserId(cast.sampleSubject.userId);
    const found = await call('GET', `/api/v2/users/search?external_id=${cast.sampleSubject.userId}`);
    expect(at(found, 'users')).toMatchObject([{ id: liis, email: cast.sampleSubject.email }]);
    const requested = await call('GET', `/api/v2/users/${liis}/tickets/requested?page[size]=100`);
    expect(at(requested, 'tickets')).toMatchObject([{ id: 101 }, { id: 102 }]);
    expect(at(await call('GET', `/api/v2/users/${liis}/tickets/ccd`), 'tickets')).toMatchObject([{ id: 103 }]);
  });

  it('sends twenty megabytes that nobody holds, and a comment of five in one line', async () => {
    const files = at(await call('GET', '/api/v2/tickets/115/comments'), 'comments.0.attachments.0');
    expect(files).toMatchObject({ file_name: 'krõbin.wav', size: 20_000_000 });
    const line = String(at(await call('GET', '/api/v2/tickets/121/comments'), 'comments.1.plain_body'));
    expect(line.length).toBeGreaterThanOrEqual(5_000_000);
    expect(line).not.toContain('\n');
  });
});
