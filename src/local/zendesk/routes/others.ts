/**
 * What else a desk holds about people: satisfaction ratings, suspended tickets, attachments, custom fields, organizations, groups
 * (https://developer.zendesk.com/api-reference/ticketing/ticket-management/satisfaction_ratings/,
 * https://developer.zendesk.com/api-reference/ticketing/tickets/suspended_tickets/).
 */
import { notFound } from '../core/errors.ts';
import { listed } from '../core/paging.ts';
import { type Call, idOf, type Reply, type Route } from '../core/routing.ts';
import type { Entity, Kind } from '../core/types.ts';
import { viewOf } from '../core/view.ts';
import { isLive } from '../objects/tickets.ts';
import { idsIn } from './tickets.ts';

function find(call: Call, kind: Kind, name: string): Entity {
  const object = call.account.store.get(kind, idOf(call, name));
  if (object === undefined) throw notFound();
  return object;
}

const listOf =
  (kind: Kind, name: string = kind) =>
  (call: Call): Reply =>
    listed(call, { name, objects: call.account.store.all(kind), view: viewOf(call.account, kind) });

const showOf =
  (kind: Kind, name: string) =>
  (call: Call): Reply => ({
    body: { [name]: viewOf(call.account, kind)(find(call, kind, 'id')) },
  });

/** Those of tickets that were deleted are in no list. Every score of the filter's kind. */
function ratings(call: Call): Reply {
  const { store } = call.account;
  const wanted = call.query.get('score');
  const objects = store.all('satisfaction_ratings').filter(({ ticket_id, score, comment }) => {
    const ticket = store.get('tickets', Number(ticket_id));
    if (ticket !== undefined && !isLive(ticket)) return false;
    if (wanted === null) return true;
    const [, word, withComment] = /^(.*?)(_with_comment|_without_comment)?$/.exec(wanted) ?? [];
    const isOf = word === 'received' ? score === 'good' || score === 'bad' : score === word;
    return isOf && (withComment === undefined || (withComment === '_with_comment') === (typeof comment === 'string'));
  });
  return listed(call, { name: 'satisfaction_ratings', objects, view: viewOf(call.account, 'satisfaction_ratings') });
}

function removeSuspended(call: Call): Reply {
  const { id } = find(call, 'suspended_tickets', 'id');
  call.account.store.remove('suspended_tickets', id, call.account.clock.nowMs());
  return { status: 204 };
}

function removeManySuspended(call: Call): Reply {
  for (const id of idsIn(call)) call.account.store.remove('suspended_tickets', id, call.account.clock.nowMs());
  return { status: 204 };
}

export const otherRoutes: readonly Route[] = [
  { method: 'GET', path: '/api/v2/satisfaction_ratings', needs: 'admin', run: ratings },
  {
    method: 'GET',
    path: '/api/v2/satisfaction_ratings/{id}',
    needs: 'admin',
    run: showOf('satisfaction_ratings', 'satisfaction_rating'),
  },
  { method: 'GET', path: '/api/v2/suspended_tickets', run: listOf('suspended_tickets') },
  { method: 'GET', path: '/api/v2/suspended_tickets/{id}', run: showOf('suspended_tickets', 'suspended_ticket') },
  { method: 'DELETE', path: '/api/v2/suspended_tickets/destroy_many', run: removeManySuspended },
  { method: 'DELETE', path: '/api/v2/suspended_tickets/{id}', run: removeSuspended },
  { method: 'GET', path: '/api/v2/attachments/{id}', run: showOf('attachments', 'attachment') },
  { method: 'GET', path: '/api/v2/ticket_fields', run: listOf('ticket_fields') },
  { method: 'GET', path: '/api/v2/user_fields', run: listOf('user_fields') },
  { method: 'GET', path: '/api/v2/organizations', run: listOf('organizations') },
  { method: 'GET', path: '/api/v2/organizations/{id}', run: showOf('organizations', 'organization') },
  { method: 'GET', path: '/api/v2/groups', run: listOf('groups') },
  { method: 'GET', path: '/api/v2/groups/{id}', run: showOf('groups', 'group') },
];
