/**
 * One record and what is to become of it: looked at, changed where it is not yet so, and looked at again where Zendesk would not have the
 * change. Everything here may run twice. What Zendesk says about an effect is never believed: `verify` reads again.
 */
import { HabeasError } from '../../src/errors.ts';
import type { CallContext, PlannedRecord } from '../contract.ts';
import type { Became } from '../tally.ts';
import { type Change, idIn, type ZendeskClient, type ZendeskObject } from './client.ts';
import type { CollectionName } from './data-map.ts';
import type { EraseDependencies, PlannedTickets } from './erase.ts';
import { partOf, ticketOf } from './keys.ts';
import { Missing, Unprocessable } from './map-error.ts';
import { attachmentsOf, commentsOf, copiesTo, idAt, idOf, ticketsOf, userOf } from './objects.ts';
import { isGoneFile } from './records.ts';
import { block, isRedacted, redactAll } from './redact.ts';
import { redactMentions } from './redact-mentions.ts';

export interface Effects extends EraseDependencies {
  readonly context: CallContext;
  readonly name: CollectionName;
  /** The person's; empty where a register's entry is due, and nobody tells whose a record has become. */
  readonly users: ReadonlySet<string>;
  readonly tickets: PlannedTickets;
}

export type CarryOut = (record: PlannedRecord) => Promise<Became>;

/** How records of a chunk are erased; what was learnt for one chunk is not taken for true in the next. */
export function carryOut(effects: Effects, records: readonly PlannedRecord[]): CarryOut {
  const { name } = effects;
  switch (name) {
    case 'users':
      return (record) => removeUser(effects, record);
    case 'identities':
      return (record) => removeIdentity(effects, record);
    case 'tickets':
      return (record) =>
        record.decision.action === 'delete' ? removeTicket(effects, record) : emptyTicket(effects, record);
    case 'copied_tickets':
      return (record) => leaveTicket(effects, record);
    case 'copied_comments':
    case 'copied_attachments':
      throw new HabeasError('plan-changed', { where: name });
    case 'mentions':
      return redactMentions(effects, new TicketLook(effects.client, effects.context), records);
    default:
      return saidIn(effects, new TicketLook(effects.client, effects.context));
  }
}

/** Tickets as they are now, remembered as long as one chunk takes. */
export class TicketLook {
  readonly #client: ZendeskClient;
  readonly #context: CallContext;
  #last: { readonly id: string; readonly ticket: ZendeskObject | undefined } | undefined;
  #said: { readonly id: string; readonly comments: ReadonlyMap<string, ZendeskObject> } | undefined;

  constructor(client: ZendeskClient, context: CallContext) {
    this.#client = client;
    this.#context = context;
  }

  /** Undefined where it was deleted, for good or not. */
  async ticket(id: string): Promise<ZendeskObject | undefined> {
    if (this.#last?.id !== id) this.#last = { id, ticket: await ticketAt(this.#client, this.#context, id) };
    return this.#last.ticket;
  }

  async comment(ticket: string, id: string): Promise<ZendeskObject | undefined> {
    if (this.#said?.id !== ticket) {
      const comments = new Map<string, ZendeskObject>();
      for await (const { object } of commentsOf(this.#client, this.#context, ticket))
        comments.set(idOf(object), object);
      this.#said = { id: ticket, comments };
    }
    return this.#said.comments.get(id);
  }
}

export async function ticketAt(
  client: ZendeskClient,
  context: CallContext,
  id: string,
): Promise<ZendeskObject | undefined> {
  const found = await client.get(context, `/api/v2/tickets/${idIn(id)}`, 'ticket', 'tickets');
  if (found === undefined || found.body.status === 'deleted') return undefined;
  if (idOf(found.body) !== id) throw new HabeasError('record-mismatch', { where: 'tickets' });
  return found.body;
}

/** Whether a ticket is still the person's, as far as anybody can tell. */
const isStill = ({ users }: Effects, ticket: ZendeskObject): boolean =>
  users.size === 0 || users.has(idAt(ticket, 'requester_id'));

/** Makes the change; `missing` where what it was about is not there. */
export async function change({ eraser, context }: Effects, asked: Change): Promise<'done' | 'missing'> {
  try {
    await eraser.change(context, asked);
    return 'done';
  } catch (error) {
    if (error instanceof Missing) return 'missing';
    if (error instanceof Unprocessable) throw new HabeasError('erase-blocked', { where: asked.where });
    throw error;
  }
}

/** Deleted, and then deleted for good; a ticket that somebody deleted is only half gone. */
async function removeTicket(effects: Effects, { key }: PlannedRecord): Promise<Became> {
  const { client, context } = effects;
  const id = partOf(key, 'id');
  const ticket = await ticketAt(client, context, id);
  if (ticket !== undefined) {
    if (!isStill(effects, ticket)) return 'changed-hands';
    await change(effects, {
      ...{ method: 'DELETE', path: `/api/v2/tickets/${idIn(id)}`, where: 'tickets', endpoint: 'ticket-delete' },
    });
  }
  const purged = await change(effects, {
    ...{ method: 'DELETE', path: `/api/v2/deleted_tickets/${idIn(id)}`, where: 'tickets', endpoint: 'ticket-delete' },
  });
  return ticket === undefined && purged === 'missing' ? 'missing' : 'done';
}

/** What of these fields of a ticket has something in it. */
export function fullFields(ticket: ZendeskObject, fields: readonly string[]): readonly string[] {
  return fields.filter((field) => {
    const value = ticket[field];
    if (field === 'subject') return value !== emptySubject;
    if (field !== 'custom_fields')
      return Array.isArray(value) ? value.length > 0 : value !== null && value !== undefined;
    return filledFields(value).length > 0;
  });
}

/** A ticket cannot be without a subject. */
export const emptySubject = block;

function filledFields(value: unknown): readonly { readonly id: unknown; readonly value: null }[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((one: unknown) => {
    if (typeof one !== 'object' || one === null || !('id' in one) || !('value' in one)) return [];
    const isNothing = one.value === null || one.value === '' || one.value === false;
    return isNothing || (Array.isArray(one.value) && one.value.length === 0) ? [] : [{ id: one.id, value: null }];
  });
}

async function emptyTicket(effects: Effects, { key, decision }: PlannedRecord): Promise<Became> {
  const id = partOf(key, 'id');
  const ticket = await ticketAt(effects.client, effects.context, id);
  if (ticket === undefined) return 'missing';
  const full = fullFields(ticket, decision.fields);
  if (full.length === 0) return 'done';
  if (!isStill(effects, ticket)) return 'changed-hands';
  const empty = (field: string): unknown => {
    if (field === 'subject') return emptySubject;
    if (field === 'custom_fields') return filledFields(ticket[field]);
    return Array.isArray(ticket[field]) ? [] : null;
  };
  const body = { ticket: Object.fromEntries(full.map((field) => [field, empty(field)])) };
  return change(effects, update(id, 'tickets', body));
}

const update = (id: string, where: string, body: object): Change => ({
  ...{ method: 'PUT', path: `/api/v2/tickets/${idIn(id)}`, where, body, endpoint: 'ticket-update' },
});

/** The person gets no more copies. A closed ticket changes no more, and is sent to nobody. */
async function leaveTicket(effects: Effects, { key }: PlannedRecord): Promise<Became> {
  const { client, context, users } = effects;
  const id = partOf(key, 'id');
  const ticket = await ticketAt(client, context, id);
  if (ticket === undefined) return 'missing';
  const named = [...users].filter((user) => copiesTo(ticket, user).length > 0);
  if (named.length === 0 || ticket.status === 'closed') return 'done';
  const ways = new Set(named.flatMap((user) => copiesTo(ticket, user)));
  const remove = named.map((user_id) => ({ user_id: Number(user_id), action: 'delete' }));
  const body = {
    ...(ways.has('cc') ? { email_ccs: remove } : {}),
    ...(ways.has('follower') ? { followers: remove } : {}),
    ...(ways.has('collaborator') ? { collaborator_ids: othersIn(ticket.collaborator_ids, users) } : {}),
  };
  return change(effects, update(id, 'copied_tickets', { ticket: body }));
}

const othersIn = (ids: unknown, users: ReadonlySet<string>): readonly unknown[] =>
  Array.isArray(ids) ? ids.filter((one: unknown) => !users.has(String(one))) : [];

/** What stands in a ticket: goes with it where it goes, else texts and files are redacted, and nothing else can be done. */
function saidIn(effects: Effects, look: TicketLook): CarryOut {
  const { name, tickets } = effects;
  // What the person wrote in another's ticket is theirs, and the ticket is not.
  const isReply = name === 'replies' || name === 'reply_attachments';
  return async ({ key, decision }) => {
    const id = ticketOf(name, key);
    const ticket = await look.ticket(id);
    if (ticket === undefined) return 'missing';
    if (!isReply && !isStill(effects, ticket)) return 'changed-hands';
    if (decision.action === 'delete') {
      // Nothing is done here: it goes with its ticket, and where that stays nothing of it can go.
      if (tickets.going.has(id)) return 'done';
      throw new HabeasError('erase-blocked', { where: name });
    }
    const isFile = name.endsWith('attachments');
    const comment = await look.comment(id, partOf(key, isFile ? 'comment_id' : 'id'));
    if (comment === undefined) return 'missing';
    return isFile ? redactFile(effects, comment, key) : redactComment(effects, comment, id);
  };
}

async function redactComment(effects: Effects, comment: ZendeskObject, ticket: string): Promise<Became> {
  const html = typeof comment.html_body === 'string' ? comment.html_body : '';
  if (isRedacted(html)) return 'done';
  return redact(effects, idOf(comment), { ticket_id: Number(ticket), html_body: redactAll(html) });
}

async function redactFile(effects: Effects, comment: ZendeskObject, key: PlannedRecord['key']): Promise<Became> {
  const file = attachmentsOf(comment).find((one) => idOf(one) === partOf(key, 'id'));
  if (file === undefined) return 'missing';
  if (isGoneFile(file)) return 'done';
  const urls = [String(file.content_url ?? '')];
  return redact(effects, idOf(comment), {
    ticket_id: Number(ticketOf('attachments', key)),
    external_attachment_urls: urls,
  });
}

export const redact = (effects: Effects, comment: string, body: object): Promise<Became> =>
  change(effects, {
    ...{ method: 'PUT', path: `/api/v2/comment_redactions/${idIn(comment)}`, where: effects.name, body },
    endpoint: 'ticket-update',
  });

async function removeIdentity(effects: Effects, { key }: PlannedRecord): Promise<Became> {
  const path = `/api/v2/users/${idIn(partOf(key, 'user_id'))}/identities/${idIn(partOf(key, 'id'))}`;
  const found = await effects.client.get(effects.context, path, 'identity', 'identities');
  if (found === undefined) return 'missing';
  await change(effects, { method: 'DELETE', path, where: 'identities' });
  return 'done';
}

/** Deleted, and then deleted for good; before that, whatever of the person's stays is closed, because it would keep Zendesk from it. */
async function removeUser(effects: Effects, { key }: PlannedRecord): Promise<Became> {
  const { client, context } = effects;
  const id = partOf(key, 'id');
  const found = await userOf(client, context, id);
  if (found === undefined) return 'missing';
  if (found.object.active !== false) {
    await closeTickets(effects, id);
    await change(effects, { method: 'DELETE', path: `/api/v2/users/${idIn(id)}`, where: 'users' });
  }
  await change(effects, {
    ...{ method: 'DELETE', path: `/api/v2/deleted_users/${idIn(id)}`, where: 'users', endpoint: 'user-purge' },
  });
  return 'done';
}

/** Only tickets of the plan: one that came later is a new conversation, and stops the deletion. */
async function closeTickets(effects: Effects, user: string): Promise<void> {
  const { client, context, tickets } = effects;
  for await (const { object: ticket } of ticketsOf(client, context, user, 'requested')) {
    if (ticket.status === 'closed') continue;
    if (!tickets.staying.has(idOf(ticket))) throw new HabeasError('erase-blocked', { where: 'users: tickets' });
    await change(effects, update(idOf(ticket), 'users: tickets', { ticket: { status: 'closed' } }));
  }
}
