/**
 * What the clock makes due: redactions that show, jobs that end, products that have forgotten somebody, tickets that were
 * deleted thirty days ago, suspended tickets of a fortnight. Done when a request comes, in the order in which it was due.
 */
import type { Account } from '../core/account.ts';
import { type Entity, isHash, numberOf, numbersOf, textOf } from '../core/types.ts';
import { addStatus, scrubUser } from './people.ts';
import { purgeTicket } from './tickets.ts';

const dayMs = 86_400_000;
/** https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/#list-deleted-tickets */
const keptAfterDeletionMs = 30 * dayMs;
/** https://developer.zendesk.com/api-reference/ticketing/tickets/suspended_tickets/ */
const suspendedMs = 14 * dayMs;

export function doDue(account: Account): void {
  const { store, clock } = account;
  const now = clock.nowMs();
  const due = store.all('effects').filter(({ _due }) => (numberOf(_due) ?? 0) <= now);
  for (const effect of due.sort((a, b) => (numberOf(a._due) ?? 0) - (numberOf(b._due) ?? 0))) {
    carryOut(account, effect);
    store.remove('effects', effect.id, now);
  }
  for (const ticket of store.having('tickets', '_deleted', 'yes'))
    if ((numberOf(ticket._deletedAt) ?? 0) + keptAfterDeletionMs <= now) purgeTicket(account, ticket);
  for (const { id, created_at } of store.all('suspended_tickets'))
    if (Date.parse(textOf(created_at) ?? '') + suspendedMs <= now) store.remove('suspended_tickets', id, now);
}

function carryOut(account: Account, effect: Entity): void {
  const { store, clock } = account;
  const now = clock.nowMs();
  if (effect._what === 'redaction') {
    const comment = store.get('comments', numberOf(effect.comment));
    if (comment !== undefined && isHash(effect.fields)) store.change('comments', comment, effect.fields, now);
  } else if (effect._what === 'attachment') {
    const attachment = store.get('attachments', numberOf(effect.attachment));
    if (attachment !== undefined) store.put('attachments', emptied(attachment), now);
  } else if (effect._what === 'purge') {
    for (const id of numbersOf(effect.tickets)) {
      const ticket = store.get('tickets', id);
      if (ticket?._deletedAt !== undefined) purgeTicket(account, ticket);
    }
  } else if (effect._what === 'delete') {
    for (const id of numbersOf(effect.tickets)) {
      const ticket = store.get('tickets', id);
      if (ticket !== undefined && ticket._deletedAt === undefined)
        store.change('tickets', ticket, { _deletedAt: now, _deletedBy: effect.by, _generatedMs: now }, now);
    }
  } else if (effect._what === 'deletion') {
    const { user_id, application, action } = effect;
    addStatus(account, { user_id, application, action }, numberOf(effect._due) ?? now);
    const user = store.get('users', numberOf(user_id));
    if (application === 'support' && action === 'complete' && user !== undefined) scrubUser(account, user);
  }
}

/** An empty file in the place of what was attached (https://developer.zendesk.com/api-reference/ticketing/tickets/ticket-attachments/#redact-comment-attachment). */
export function emptied(attachment: Entity): Entity {
  const { id, _comment, _token } = attachment;
  return { id, _comment, _token: `${_token}r`, file_name: 'redacted.txt', content_type: 'text/plain', _base64: '' };
}
