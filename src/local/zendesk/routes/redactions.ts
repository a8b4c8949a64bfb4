/**
 * Redaction, three ways: marked HTML in the agent workspace (closed tickets too), a string in a comment, an attachment
 * (https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_comments/,
 * https://developer.zendesk.com/api-reference/ticketing/tickets/ticket-attachments/). The answer shows what will be so; until then, reading
 * shows what was. A subject, the notification mails in the audits and the sender's address in `via` are never redacted.
 */
import { badRequest, invalid, notFound } from '../core/errors.ts';
import { redacted, textsOf, unmarked, without } from '../core/markup.ts';
import { type Call, idOf, type Reply, type Route } from '../core/routing.ts';
import { type Entity, type JsonHash, numberOf, textOf } from '../core/types.ts';
import { viewOf } from '../core/view.ts';
import { emptied } from '../objects/due.ts';
import { liveTicket, refuseClosed } from '../objects/tickets.ts';
import { ticketIn } from './tickets.ts';

function commentOf(call: Call, ticket: Entity): Entity {
  const comment = call.account.store.get('comments', idOf(call, 'comment_id'));
  if (comment === undefined || comment._ticket !== ticket.id) throw notFound();
  return comment;
}

function later(call: Call, effect: JsonHash): void {
  const { store, clock, delays } = call.account;
  const now = clock.nowMs();
  store.put('effects', { ...effect, id: store.newId(), _due: now + delays.redactionMs }, now);
}

/** What is asked for twice before the first has shown adds up. */
function pendingOf(call: Call, comment: Entity): Entity {
  const own = call.account.store.all('effects').filter((effect) => effect.comment === comment.id);
  return Object.assign({ ...comment }, ...own.map(({ fields }) => fields));
}

function change(call: Call, comment: Entity, fields: JsonHash): Reply {
  later(call, { _what: 'redaction', comment: comment.id, fields });
  return { body: { comment: viewOf(call.account, 'comments')({ ...comment, ...fields, id: comment.id }) } };
}

function inWorkspace(call: Call): Reply {
  const { account, body } = call;
  const id = numberOf(body.ticket_id) ?? Number(body.ticket_id);
  if (!Number.isSafeInteger(id)) throw badRequest('Parameter ticket_id is required');
  const comment = pendingOf(call, commentOf(call, liveTicket(account, id)));
  const marked = textOf(body.html_body);
  const urls = Array.isArray(body.external_attachment_urls) ? body.external_attachment_urls : [];
  if (marked === undefined && urls.length === 0) throw badRequest('html_body or external_attachment_urls is required');
  const attachments = account.store.having('attachments', '_comment', comment.id);
  const view = viewOf(account, 'attachments');
  for (const url of urls) {
    const attachment = attachments.find((one) => view(one).content_url === url);
    if (attachment === undefined) throw invalid('external_attachment_urls', 'Attachment: is not of this comment');
    later(call, { _what: 'attachment', attachment: attachment.id });
  }
  if (marked === undefined) return { body: { comment: viewOf(account, 'comments')(comment) } };
  if (unmarked(marked) !== textsOf(comment).html)
    throw invalid('html_body', 'Html body: must be the comment’s, with nothing but redactions marked in it');
  return change(call, comment, { html_body: redacted(marked), body: undefined, _repeat: undefined });
}

function string(call: Call): Reply {
  const ticket = ticketIn(call);
  refuseClosed(ticket);
  const comment = pendingOf(call, commentOf(call, ticket));
  const text = textOf(call.body.text);
  if (text === undefined || text === '') throw badRequest('Parameter text is required');
  const { html, plain } = textsOf(comment);
  if (!plain.includes(text)) throw invalid('text', 'Text: is not in this comment');
  return change(call, comment, { html_body: without(html, text), body: without(plain, text), _repeat: undefined });
}

function attachment(call: Call): Reply {
  const ticket = ticketIn(call);
  refuseClosed(ticket);
  const comment = commentOf(call, ticket);
  const found = call.account.store.get('attachments', idOf(call, 'attachment_id'));
  if (found === undefined || found._comment !== comment.id) throw notFound();
  later(call, { _what: 'attachment', attachment: found.id });
  return { body: { attachment: viewOf(call.account, 'attachments')(emptied(found)) } };
}

function makePrivate(call: Call): Reply {
  const ticket = ticketIn(call);
  refuseClosed(ticket);
  const { store, clock } = call.account;
  store.change('comments', commentOf(call, ticket), { public: false }, clock.nowMs());
  return { body: {} };
}

const comment = '/api/v2/tickets/{ticket_id}/comments/{comment_id}';

export const redactionRoutes: readonly Route[] = [
  { method: 'PUT', path: '/api/v2/comment_redactions/{comment_id}', run: inWorkspace },
  { method: 'PUT', path: `${comment}/redact`, run: string },
  { method: 'PUT', path: `${comment}/attachments/{attachment_id}/redact`, run: attachment },
  { method: 'PUT', path: `${comment}/make_private`, run: makePrivate },
];
