/**
 * Where a person's records are in Zendesk and how each says whose it is: their identities, the tickets they asked for, the tickets they got
 * copies of, and what was said in one. Lists one page at a time; what a record says is compared, never what was asked for. Tickets come in
 * the order of their numbers, else it fails with `system-schema-drift`: whoever went on behind one would leave some out.
 * Sources: developer.zendesk.com/api-reference/ticketing/{users/users,users/user_identities,tickets/tickets,tickets/ticket_comments}.
 */
import { HabeasError } from '../../src/errors.ts';
import type { CallContext, SubjectKey } from '../contract.ts';
import { idIn, type ZendeskClient, type ZendeskObject } from './client.ts';
import { compareIds, partOf } from './keys.ts';
import { Missing } from './map-error.ts';

export interface Found {
  readonly object: ZendeskObject;
  readonly asOf: string;
}

/** What is left of a user of whom Zendesk has forgotten everything. */
export const forgottenName = 'Permanently Deleted User';

export const isForgotten = (user: ZendeskObject): boolean => user.active === false && user.name === forgottenName;

/** Solved tickets are closed by themselves later, and until then may be opened again. */
export const closedStates: ReadonlySet<unknown> = new Set(['solved', 'closed']);

/** The numbers of the person's users, the same order in every attempt. */
export function usersOf(keys: readonly SubjectKey[]): readonly string[] {
  const ids = keys.filter(({ collection }) => collection === 'users').map(({ key }) => partOf(key, 'id'));
  return [...new Set(ids)].sort(compareIds);
}

export const idOf = ({ id }: ZendeskObject): string => String(id);

/** The number that a field holds, as text; the empty text where it holds none. */
export const idAt = (object: ZendeskObject, field: string): string => {
  const value = object[field];
  return typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : '';
};

/** The user, unless there is none or nothing is left of them. One that was deleted, but not for good, is still held. */
export async function userOf(client: ZendeskClient, context: CallContext, id: string): Promise<Found | undefined> {
  const found = await client.get(context, `/api/v2/users/${idIn(id)}`, 'user', 'users');
  if (found === undefined || isForgotten(found.body)) return undefined;
  if (idOf(found.body) !== id) throw new HabeasError('record-mismatch', { where: 'users' });
  return { object: found.body, asOf: found.asOf };
}

export const identitiesOf = (client: ZendeskClient, context: CallContext, user: string): AsyncGenerator<Found> =>
  listed(client, context, `/api/v2/users/${idIn(user)}/identities`, 'identities', 'identities', {}, false);

/** Tickets that the person asked for, or got copies of. */
export const ticketsOf = (
  client: ZendeskClient,
  context: CallContext,
  user: string,
  how: 'requested' | 'ccd',
): AsyncGenerator<Found> =>
  listed(client, context, `/api/v2/users/${idIn(user)}/tickets/${how}`, 'tickets', 'tickets', { sort: 'id' }, true);

/** What was said in a ticket, oldest first, internal notes too, each with its files. */
export const commentsOf = (client: ZendeskClient, context: CallContext, ticket: string): AsyncGenerator<Found> =>
  listed(client, context, `/api/v2/tickets/${idIn(ticket)}/comments`, 'comments', 'comments', inlineToo, false);

const inlineToo = { include_inline_images: 'true' } as const;

/** Empty where what it belongs to is gone. */
async function* listed(
  client: ZendeskClient,
  context: CallContext,
  path: string,
  name: string,
  where: string,
  query: Readonly<Record<string, string>>,
  isOrdered: boolean,
): AsyncGenerator<Found> {
  let last = '';
  try {
    for await (const { objects, asOf } of client.list(context, path, name, where, query))
      for (const object of objects) {
        if (isOrdered && last !== '' && compareIds(last, idOf(object)) >= 0)
          throw new HabeasError('system-schema-drift', { where });
        last = idOf(object);
        yield { object, asOf };
      }
  } catch (error) {
    if (!(error instanceof Missing)) throw error;
  }
}

/** How a ticket says that this user gets copies: as `cc`, `follower` or, in an account of the older kind, `collaborator`. */
export function copiesTo(ticket: ZendeskObject, user: string): readonly string[] {
  const names = [
    ['cc', ticket.email_cc_ids],
    ['follower', ticket.follower_ids],
  ] as const;
  const ways = names.flatMap(([way, ids]) => (isAmong(ids, user) ? [way] : []));
  return ways.length === 0 && isAmong(ticket.collaborator_ids, user) ? ['collaborator'] : ways;
}

const isAmong = (ids: unknown, user: string): boolean => Array.isArray(ids) && ids.some((id) => String(id) === user);

/** The files of a comment. */
export function attachmentsOf(comment: ZendeskObject): readonly ZendeskObject[] {
  const { attachments } = comment;
  if (attachments === undefined || attachments === null) return [];
  if (!Array.isArray(attachments)) throw new HabeasError('system-schema-drift', { where: 'comments.attachments' });
  return attachments
    .map((one: unknown) => {
      if (typeof one !== 'object' || one === null || !('id' in one) || typeof one.id !== 'number')
        throw new HabeasError('system-schema-drift', { where: 'comments.attachments' });
      return { ...one, id: one.id };
    })
    .sort((a, b) => compareIds(idOf(a), idOf(b)));
}
