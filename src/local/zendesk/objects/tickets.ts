/**
 * Tickets, their comments, and the audits that nothing ever changes: made, updated, deleted, restored, purged. A ticket
 * that was deleted is in no list but `deleted_tickets` and the incremental export, and comes back whole if somebody wants it;
 * thirty days later, or when it is deleted permanently, a scrubbed stub is left
 * (https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/,
 * https://support.zendesk.com/hc/en-us/articles/4408834005530).
 */
import { type Account, textOfMs } from '../core/account.ts';
import { invalid, notFound } from '../core/errors.ts';
import { textsOf } from '../core/markup.ts';
import { type Entity, isHash, type Json, type JsonHash, numberOf, numbersOf, textOf } from '../core/types.ts';
import { apiVia } from '../core/view.ts';

export const isLive = (ticket: Entity): boolean => ticket._deletedAt === undefined;

/** The ticket of this id; 404 if there is none, or it was deleted. */
export function liveTicket(account: Account, id: number): Entity {
  const ticket = account.store.get('tickets', id);
  if (ticket === undefined || !isLive(ticket)) throw notFound();
  return ticket;
}

export function refuseClosed(ticket: Entity): void {
  if (ticket.status === 'closed') throw invalid('status', 'Status: closed prevents ticket update');
}

/** Fields that an update may set, and that its audit tells about. */
const writable = [
  'subject',
  'status',
  'priority',
  'type',
  'assignee_id',
  'group_id',
  'organization_id',
  'requester_id',
  'external_id',
  'due_at',
  'tags',
  'email_cc_ids',
  'follower_ids',
  'custom_fields',
] as const;

export function addTicket(account: Account, given: JsonHash, people: TicketPeople, by: number): Entity {
  const { store, clock } = account;
  const now = clock.nowMs();
  const at = account.nowText();
  const comment = isHash(given.comment) ? given.comment : undefined;
  if (comment === undefined) throw invalid('base', 'Description: cannot be blank');
  const fields = { ...pick(given), ...people, status: textOf(given.status) ?? 'new' };
  const id = store.newId();
  const ticket = { ...fields, id, submitter_id: by, via: apiVia, created_at: at, updated_at: at, _generatedMs: now };
  store.put('tickets', ticket, now);
  const created = Object.entries(fields).map(([field_name, value]) => ({
    type: 'Create',
    field_name,
    value: textual(value),
  }));
  addAudit(account, ticket, { by, comment: { author_id: people.requester_id, ...comment }, events: created });
  return store.get('tickets', id) ?? ticket;
}

export interface TicketPeople {
  readonly requester_id: number;
  readonly email_cc_ids?: number[];
  readonly follower_ids?: number[];
}

export function updateTicket(
  account: Account,
  ticket: Entity,
  given: JsonHash,
  people: Partial<TicketPeople>,
  by: number,
): Entity {
  refuseClosed(ticket);
  const fields: JsonHash = { ...pick(given), ...people };
  const events: JsonHash[] = [];
  for (const [field_name, value] of Object.entries(fields)) {
    if (JSON.stringify(ticket[field_name] ?? null) === JSON.stringify(value ?? null)) continue;
    events.push({ type: 'Change', field_name, value: textual(value), previous_value: textual(ticket[field_name]) });
  }
  const now = account.clock.nowMs();
  const change = { ...fields, updated_at: account.nowText(), _generatedMs: now };
  const changed = account.store.change('tickets', ticket, change, now);
  const comment = isHash(given.comment) ? { author_id: by, ...given.comment } : undefined;
  if (events.length > 0 || comment !== undefined) addAudit(account, changed, { by, comment, events });
  return changed;
}

const pick = (given: JsonHash): JsonHash =>
  Object.fromEntries(writable.flatMap((name) => (given[name] === undefined ? [] : [[name, given[name]]])));

/** Audits write most values as text. */
function textual(value: Json | undefined): Json {
  if (value === undefined) return null;
  return typeof value === 'number' ? String(value) : value;
}

interface Update {
  readonly by: number;
  readonly comment?: JsonHash | undefined;
  readonly events: readonly JsonHash[];
}

/** One update of a ticket: its comment, what changed, and the mail that told the requester, with its text in it. */
export function addAudit(account: Account, ticket: Entity, { by, comment, events }: Update): void {
  const { store, clock } = account;
  const now = clock.nowMs();
  const at = account.nowText();
  const audit = store.newId();
  const own: JsonHash[] = [];
  if (comment !== undefined) {
    const { author_id, body, html_body, public: isPublic } = comment;
    if (textOf(body) === undefined && textOf(html_body) === undefined)
      throw invalid('base', 'Comment: cannot be blank');
    const id = store.newId();
    const said = {
      id,
      _ticket: ticket.id,
      audit_id: audit,
      author_id,
      body,
      html_body,
      public: isPublic !== false,
      created_at: at,
    };
    store.put('comments', said, now);
    own.push({ id, type: 'Comment', _comment: id });
    if (isPublic !== false)
      own.push({
        id: store.newId(),
        type: 'Notification',
        subject: `[Re: ${ticket.subject ?? ''}]`,
        body: textsOf(said).plain,
        recipients: [Number(ticket.requester_id), ...numbersOf(ticket.email_cc_ids)],
      });
  }
  const all: JsonHash[] = [...events.map((event) => ({ id: store.newId(), ...event })), ...own];
  const entry = { id: audit, ticket_id: ticket.id, created_at: at, author_id: by, via: apiVia, events: all };
  store.put('audits', entry, now);
}

/** To where it can be restored from; everything in it stays as it is. */
export function deleteTicket(account: Account, ticket: Entity, by: number): void {
  const now = account.clock.nowMs();
  const deleted = { _deletedAt: now, _deletedBy: by, _generatedMs: now, updated_at: account.nowText() };
  account.store.change('tickets', ticket, deleted, now);
}

export function restoreTicket(account: Account, ticket: Entity): void {
  const now = account.clock.nowMs();
  const { _deletedAt, _deletedBy, ...before } = ticket;
  account.store.put('tickets', { ...before, id: ticket.id, _generatedMs: now, updated_at: account.nowText() }, now);
}

/** A stub is left, as the incremental export shows it. */
export function purgeTicket(account: Account, ticket: Entity): void {
  const { store, clock } = account;
  const now = clock.nowMs();
  for (const comment of store.having('comments', '_ticket', ticket.id)) {
    for (const { id } of store.having('attachments', '_comment', comment.id)) store.remove('attachments', id, now);
    store.remove('comments', comment.id, now);
  }
  for (const { id } of store.having('audits', 'ticket_id', ticket.id)) store.remove('audits', id, now);
  for (const { id } of store.having('satisfaction_ratings', 'ticket_id', ticket.id))
    store.remove('satisfaction_ratings', id, now);
  const { id, created_at, _deletedAt } = ticket;
  const stub = {
    id,
    created_at,
    updated_at: account.nowText(),
    subject: 'SCRUBBED',
    requester_id: null,
    status: 'deleted',
  };
  store.put('tickets', { ...stub, _description: 'SCRUBBED', _deletedAt, _scrubbed: true, _generatedMs: now }, now);
}

/** When the incremental export says that it changed. */
export const generatedMs = (object: Entity): number =>
  numberOf(object._generatedMs) ?? Date.parse(textOf(object.updated_at) ?? textOfMs(0));
