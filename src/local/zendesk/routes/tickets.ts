/**
 * Tickets, and what hangs on them to be read (https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/,
 * https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_audits/). Deleting answers 204 and erases nothing.
 */
import { badRequest, invalid, notFound } from '../core/errors.ts';
import { listed } from '../core/paging.ts';
import { type Call, idOf, type Reply, type Route } from '../core/routing.ts';
import { type Entity, hashesOf, isHash, type JsonHash, numberOf, numbersOf, textOf } from '../core/types.ts';
import { viewOf } from '../core/view.ts';
import { addUser, userOf } from '../objects/people.ts';
import { addTicket, deleteTicket, isLive, liveTicket, type TicketPeople, updateTicket } from '../objects/tickets.ts';
import { startJob } from './jobs.ts';

const one = (call: Call, ticket: Entity): Reply => ({ body: { ticket: viewOf(call.account, 'tickets')(ticket) } });

export const ticketIn = (call: Call): Entity => liveTicket(call.account, idOf(call, 'ticket_id'));

const many = (call: Call, objects: readonly Entity[]): Reply =>
  listed(call, { name: 'tickets', objects, view: viewOf(call.account, 'tickets') });

function given({ body }: Call): JsonHash {
  if (!isHash(body.ticket)) throw badRequest('Parameter ticket is required');
  return body.ticket;
}

/** The ids of up to a hundred. */
export function idsIn(call: Call): number[] {
  const ids = (call.query.get('ids') ?? '')
    .split(',')
    .filter((id) => id !== '')
    .map(Number);
  if (ids.length === 0 || ids.length > 100 || ids.some((id) => !Number.isSafeInteger(id)))
    throw badRequest('ids takes 1 to 100 ids');
  return ids;
}

function showMany(call: Call): Reply {
  const tickets = idsIn(call).flatMap((id) => call.account.store.get('tickets', id) ?? []);
  return many(call, tickets.filter(isLive));
}

function create(call: Call): Reply {
  const fields = given(call);
  const { account, actorId } = call;
  const requester = requesterOf(call, fields) ?? actorId;
  const ccs = peopleIn(call, fields.email_ccs, numbersOf(fields.email_cc_ids ?? fields.collaborator_ids));
  const followers = peopleIn(call, fields.followers, numbersOf(fields.follower_ids));
  const people = { requester_id: requester, email_cc_ids: ccs, follower_ids: followers };
  return { status: 201, ...one(call, addTicket(account, fields, people, actorId)) };
}

function update(call: Call): Reply {
  const ticket = ticketIn(call);
  const fields = given(call);
  const people: { -readonly [K in keyof TicketPeople]?: TicketPeople[K] } = {};
  const requester = requesterOf(call, fields);
  if (requester !== undefined) people.requester_id = requester;
  if (fields.email_ccs !== undefined)
    people.email_cc_ids = peopleIn(call, fields.email_ccs, numbersOf(ticket.email_cc_ids));
  if (fields.followers !== undefined)
    people.follower_ids = peopleIn(call, fields.followers, numbersOf(ticket.follower_ids));
  return one(call, updateTicket(call.account, ticket, fields, people, call.actorId));
}

/** Somebody who is not known is made a user: so does one come back who was deleted, as another user. */
function requesterOf({ account }: Call, fields: JsonHash): number | undefined {
  const id = numberOf(fields.requester_id);
  if (id !== undefined) {
    const user = account.store.get('users', id);
    if (user === undefined || user._deletedAt !== undefined) throw invalid('requester', 'Requester: is not valid');
    return id;
  }
  if (!isHash(fields.requester)) return undefined;
  const email = textOf(fields.requester.email);
  if (email === undefined) throw invalid('requester', 'Requester: Email: cannot be blank');
  return (userOf(account, email) ?? addUser(account, { name: fields.requester.name ?? email, email })).id;
}

/** `[{user_id | user_email, action: put | delete}]`, over who is there already. */
function peopleIn({ account }: Call, changes: JsonHash[string], before: readonly number[]): number[] {
  const people = new Set(before);
  for (const { user_id, user_email, user_name, action } of hashesOf(changes)) {
    const email = textOf(user_email);
    const known = email === undefined ? (numberOf(user_id) ?? Number(user_id)) : userOf(account, email)?.id;
    if (action === 'delete') {
      if (known !== undefined) people.delete(known);
    } else people.add(known ?? addUser(account, { name: user_name ?? email ?? '', email }).id);
  }
  return [...people];
}

function remove(call: Call): Reply {
  deleteTicket(call.account, ticketIn(call), call.actorId);
  return { status: 204 };
}

function removeMany(call: Call): Reply {
  const tickets = idsIn(call);
  return startJob(call, 'Bulk Delete Ticket', tickets, [{ _what: 'delete', tickets, by: call.actorId }]);
}

const onTicket =
  (name: string, kind: 'comments' | 'audits', field: string) =>
  (call: Call): Reply => {
    const objects = call.account.store.having(kind, field, ticketIn(call).id);
    return listed(call, { name, objects, view: viewOf(call.account, kind) });
  };

function audit(call: Call): Reply {
  const found = call.account.store.get('audits', idOf(call, 'audit_id'));
  if (found === undefined || found.ticket_id !== ticketIn(call).id) throw notFound();
  return { body: { audit: viewOf(call.account, 'audits')(found) } };
}

const peopleOf =
  (...fields: readonly string[]) =>
  (call: Call): Reply => {
    const ticket = ticketIn(call);
    const ids = [...new Set(fields.flatMap((field) => numbersOf(ticket[field])))];
    const objects = ids.flatMap((id) => call.account.store.get('users', id) ?? []);
    return listed(call, { name: 'users', objects, view: viewOf(call.account, 'users') });
  };

const path = '/api/v2/tickets';
/** https://developer.zendesk.com/api-reference/introduction/rate-limits/#endpoint-rate-limits */
const updateLimit = (ids: Readonly<Record<string, string>>) => ({
  name: 'update-ticket',
  requests: 30,
  seconds: 600,
  scope: ids.ticket_id ?? '',
});
const deleteLimit = () => ({ name: 'delete-ticket', requests: 400, seconds: 60 });

export const ticketRoutes: readonly Route[] = [
  { method: 'GET', path, run: (call) => many(call, call.account.store.all('tickets').filter(isLive)) },
  { method: 'POST', path, run: create },
  { method: 'GET', path: `${path}/show_many`, run: showMany },
  { method: 'DELETE', path: `${path}/destroy_many`, run: removeMany },
  { method: 'GET', path: `${path}/{ticket_id}`, run: (call) => one(call, ticketIn(call)) },
  { method: 'PUT', path: `${path}/{ticket_id}`, limit: updateLimit, run: update },
  { method: 'DELETE', path: `${path}/{ticket_id}`, limit: deleteLimit, run: remove },
  { method: 'GET', path: `${path}/{ticket_id}/comments`, run: onTicket('comments', 'comments', '_ticket') },
  { method: 'GET', path: `${path}/{ticket_id}/audits`, run: onTicket('audits', 'audits', 'ticket_id') },
  { method: 'GET', path: `${path}/{ticket_id}/audits/{audit_id}`, run: audit },
  { method: 'GET', path: `${path}/{ticket_id}/collaborators`, run: peopleOf('email_cc_ids', 'follower_ids') },
  { method: 'GET', path: `${path}/{ticket_id}/email_ccs`, run: peopleOf('email_cc_ids') },
  { method: 'GET', path: `${path}/{ticket_id}/followers`, run: peopleOf('follower_ids') },
];
