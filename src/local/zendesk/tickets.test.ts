import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startZendeskStandIn, type ZendeskStandIn } from './start.ts';
import { type Answered, at, type Caller, callerOf } from './testing.ts';

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
  const created_at = '2026-06-01T08:00:00Z';
  standIn.control.load({
    users: [
      { id: 11, name: 'Helmi Hõbe', email: 'helmi@hobe.example', created_at },
      { id: 12, name: 'Rasmus Rändur', email: 'rasmus@randur.example', created_at },
    ],
    tickets: [
      {
        id: 21,
        requester_id: 11,
        subject: 'Helmi Hõbe ei kuule muusikat',
        status: 'closed',
        email_cc_ids: [12],
        created_at,
        rating: { score: 'good', comment: 'Aitäh, Mart!', created_at },
        comments: [
          {
            id: 31,
            author_id: 11,
            created_at,
            byEmail: true,
            html_body: '<p>Helista <b>Helmile</b>: +372 0123</p><img src="http://jälgija.test/x.png">',
            attachments: [
              { id: 41, file_name: 'arve.pdf', content_type: 'application/pdf', base64: 'JVBERi0=' },
              {
                id: 42,
                file_name: 'suur.bin',
                content_type: 'application/octet-stream',
                filler: { head: 'XX', sizeBytes: 20_000_000 },
              },
            ],
          },
          { id: 32, author_id: 1, created_at, public: false, body: 'Kolleeg ütleb: ei maksa.' },
        ],
      },
      {
        id: 22,
        requester_id: 12,
        subject: 'Muu',
        status: 'open',
        created_at,
        comments: [{ id: 33, author_id: 12, created_at, body: 'Tere' }],
      },
    ],
  });
});

const get = (path: string): Promise<Answered> => call('GET', `/api/v2${path}`);

describe('reading', () => {
  it('finds tickets by who asked and who was copied in, with all that was said in them', async () => {
    expect(at(await get('/users/11/tickets/requested'), 'tickets')).toMatchObject([
      { id: 21, description: 'Helista Helmile: +372 0123' },
    ]);
    expect(at(await get('/users/12/tickets/ccd'), 'tickets')).toMatchObject([{ id: 21, collaborator_ids: [12] }]);
    const comments = await get('/tickets/21/comments?page[size]=100');
    expect(at(comments, 'comments')).toMatchObject([
      { id: 31, public: true, via: { source: { from: { address: 'helmi@hobe.example' } } } },
      { id: 32, public: false },
    ]);
    expect(at(await get('/satisfaction_ratings?score=received_with_comment'), 'satisfaction_ratings')).toMatchObject([
      { ticket_id: 21, requester_id: 11, comment: 'Aitäh, Mart!' },
    ]);
  });

  it('streams an attachment by its address, without credentials and with a redirection', async () => {
    const address = String(at(await get('/tickets/21/comments'), 'comments.0.attachments.1.content_url'));
    expect((await fetch(address, { redirect: 'manual' })).status).toBe(302);
    const file = await fetch(address);
    expect(file.headers.get('content-length')).toBe('20000000');
    expect((await file.arrayBuffer()).byteLength).toBe(20_000_000);
  });
});

describe('updating', () => {
  it('is impossible where a ticket is closed', async () => {
    const refused = await call('PUT', '/api/v2/tickets/21', { ticket: { subject: 'x' } });
    expect(refused).toMatchObject({ status: 422, body: { details: { status: [{}] } } });
  });

  it('leaves what was before in the audits, and the text of every mail that was sent', async () => {
    await call('PUT', '/api/v2/tickets/22', { ticket: { subject: 'Uus', comment: { body: 'Vastus Rasmusele' } } });
    const audits = await get('/tickets/22/audits');
    expect(at(audits, 'audits.1.events')).toMatchObject([
      { type: 'Change', field_name: 'subject', value: 'Uus', previous_value: 'Muu' },
      { type: 'Comment', body: 'Vastus Rasmusele' },
      { type: 'Notification', body: 'Vastus Rasmusele', recipients: [12] },
    ]);
  });
});

describe('redacting', () => {
  const marked = '<p>Helista <b><redact>Helmile</redact></b>: +372 0123</p><img src="http://jälgija.test/x.png">';

  it('is answered at once and shows after a while, in closed tickets too, and never in a subject or a sent mail', async () => {
    const answer = await call('PUT', '/api/v2/comment_redactions/31', { ticket_id: 21, html_body: marked });
    expect(at(answer, 'comment.body')).toBe('Helista ▇▇▇▇▇▇▇: +372 0123');
    expect(at(await get('/tickets/21/comments'), 'comments.0.body')).toContain('Helmile');
    standIn.control.advanceClock(30);
    expect(at(await get('/tickets/21/comments'), 'comments.0.body')).toBe('Helista ▇▇▇▇▇▇▇: +372 0123');
    expect(at(await get('/tickets/21'), 'ticket.description')).not.toContain('Helmile');
    expect(at(await get('/tickets/21/audits'), 'audits.0.events.3.body')).not.toContain('Helmile');
    expect(at(await get('/tickets/21'), 'ticket.subject')).toContain('Helmi');
    expect(at(await get('/tickets/21/audits'), 'audits.0.via.source.from.name')).toBe('Helmi Hõbe');
  });

  it('takes elements that are marked, and refuses HTML that is not the comment’s', async () => {
    const image = marked.replace('<img', '<img redact').replaceAll(/<\/?redact>/g, '');
    const answer = await call('PUT', '/api/v2/comment_redactions/31', { ticket_id: 21, html_body: image });
    expect(at(answer, 'comment.html_body')).toBe('<p>Helista <b>Helmile</b>: +372 0123</p>');
    const foreign = await call('PUT', '/api/v2/comment_redactions/31', { ticket_id: 21, html_body: '<p>x</p>' });
    expect(foreign.status).toBe(422);
  });

  it('twice before the first has shown adds up', async () => {
    await call('PUT', '/api/v2/tickets/22/comments/33/redact', { text: 'Te' });
    await call('PUT', '/api/v2/tickets/22/comments/33/redact', { text: 're' });
    standIn.control.advanceClock(30);
    expect(at(await get('/tickets/22/comments'), 'comments.0.body')).toBe('▇▇▇▇');
  });

  it('leaves an empty file in the place of an attachment', async () => {
    const before = await get('/tickets/21/comments');
    const address = String(at(before, 'comments.0.attachments.0.content_url'));
    await call('PUT', '/api/v2/comment_redactions/31', { ticket_id: 21, external_attachment_urls: [address] });
    standIn.control.advanceClock(30);
    expect(at(await get('/tickets/21/comments'), 'comments.0.attachments.0')).toMatchObject({
      id: 41,
      file_name: 'redacted.txt',
      size: 0,
    });
    expect((await fetch(address)).status).toBe(404);
  });
});

describe('deleting a ticket', () => {
  it('answers 204, hides it and keeps everything: it can be brought back', async () => {
    const kept = standIn.control.whereIs('Helista').length;
    expect((await call('DELETE', '/api/v2/tickets/21')).status).toBe(204);
    for (const path of ['/tickets/21', '/tickets/21/comments', '/tickets/21/audits'])
      expect((await get(path)).status).toBe(404);
    expect(at(await get('/users/11/tickets/requested'), 'tickets')).toEqual([]);
    expect(at(await get('/deleted_tickets'), 'deleted_tickets')).toMatchObject([
      { id: 21, subject: 'Helmi Hõbe ei kuule muusikat' },
    ]);
    expect(standIn.control.whereIs('Helista')).toHaveLength(kept);
    await call('PUT', '/api/v2/deleted_tickets/21/restore');
    expect(at(await get('/tickets/21'), 'ticket.status')).toBe('closed');
  });

  it('permanently is a job, at whose end nothing but a stub in the export is left', async () => {
    await call('DELETE', '/api/v2/tickets/21');
    const job = await call('DELETE', '/api/v2/deleted_tickets/21');
    expect(at(job, 'job_status.status')).toBe('queued');
    const status = async () => at(await get(`/job_statuses/${at(job, 'job_status.id')}`), 'job_status.status');
    standIn.control.advanceClock(5);
    expect(await status()).toBe('working');
    expect(at(await get('/deleted_tickets'), 'deleted_tickets')).toHaveLength(1);
    standIn.control.advanceClock(5);
    expect(await status()).toBe('completed');
    expect(at(await get('/deleted_tickets'), 'deleted_tickets')).toEqual([]);
    expect(standIn.control.whereIs('Helista')).toEqual([]);
    expect(standIn.control.whereIs('Mart!')).toEqual([]);
    standIn.control.advanceClock(60);
    const exported = await get('/incremental/tickets/cursor?start_time=0');
    expect(at(exported, 'tickets')).toMatchObject([{ id: 22 }, { id: 21, subject: 'SCRUBBED', status: 'deleted' }]);
  });

  it('is followed by its end after thirty days', async () => {
    await call('DELETE', '/api/v2/tickets/21');
    standIn.control.advanceClock(30 * 86_400);
    expect(standIn.control.whereIs('Helista')).toEqual([]);
  });
});

describe('a suspended ticket', () => {
  it('names its author by address, can be deleted, and is gone by itself after a fortnight', async () => {
    const author = { id: null, name: 'Peep', email: 'peep@peatatud.test' };
    standIn.control.load({
      suspended_tickets: [1, 2].map((id) => ({ id, author, subject: 'Re: x', cause: 'Detected as spam' })),
    });
    expect(at(await get('/suspended_tickets/1'), 'suspended_ticket.author.email')).toBe('peep@peatatud.test');
    expect((await call('DELETE', '/api/v2/suspended_tickets/1')).status).toBe(204);
    expect(at(await get('/suspended_tickets'), 'suspended_tickets')).toMatchObject([{ id: 2 }]);
    standIn.control.advanceClock(14 * 86_400);
    expect(at(await get('/suspended_tickets'), 'suspended_tickets')).toEqual([]);
    expect(standIn.control.whereIs('peep@peatatud.test')).toEqual([]);
  });
});

describe('search', () => {
  it('finds tickets by their people and words, and goes on finding for minutes what was deleted', async () => {
    const found = async (query: string) => at(await get(`/search?query=${encodeURIComponent(query)}`), 'results');
    expect(await found('type:ticket requester:helmi@hobe.example')).toMatchObject([{ id: 21, result_type: 'ticket' }]);
    expect(await found('type:ticket cc:rasmus@randur.example')).toMatchObject([{ id: 21 }]);
    const said = await found('type:ticket "ei maksa"');
    expect(said).toMatchObject([{ id: 21 }]);
    const requester = at(await get('/tickets/21'), 'ticket.requester_id');
    // A minus is a no, of each as often as it is said.
    expect(await found(`type:ticket "ei maksa" -requester:1 -requester:${requester}`)).toEqual([]);
    expect(await found('type:ticket "ei maksa" -requester:1')).toEqual(said);
    await call('DELETE', '/api/v2/tickets/21');
    expect(await found('type:ticket requester:helmi@hobe.example')).toMatchObject([{ id: 21 }]);
    standIn.control.advanceClock(120);
    expect(await found('type:ticket requester:helmi@hobe.example')).toEqual([]);
  });

  it('exports one type of objects by cursor', async () => {
    const page = await get('/search/export?query=created>2020-01-01&filter[type]=ticket&page[size]=1');
    expect(page.status).toBe(200);
    expect((await get('/search/export?query=type:ticket&filter[type]=ticket')).status).toBe(400);
  });
});
