/**
 * Tickets that were deleted: for thirty days they can be read about, brought back, or deleted permanently by a job
 * (https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/#list-deleted-tickets).
 */

import { textOfMs } from '../core/account.ts';
import { notFound } from '../core/errors.ts';
import { listed } from '../core/paging.ts';
import { type Call, idOf, type Reply, type Route } from '../core/routing.ts';
import { type Entity, numberOf } from '../core/types.ts';
import { restoreTicket } from '../objects/tickets.ts';
import { startJob } from './jobs.ts';
import { idsIn } from './tickets.ts';

function deletedTicket({ account }: Call, id: number): Entity {
  const ticket = account.store.get('tickets', id);
  if (ticket?._deletedAt === undefined || ticket._scrubbed === true) throw notFound();
  return ticket;
}

function list(call: Call): Reply {
  const { store } = call.account;
  const view = ({ id, subject, status, _deletedAt, _deletedBy }: Entity) => ({
    id,
    subject,
    actor: { id: _deletedBy ?? null, name: store.get('users', numberOf(_deletedBy))?.name ?? null },
    deleted_at: textOfMs(numberOf(_deletedAt) ?? 0),
    previous_state: status,
  });
  return listed(call, { name: 'deleted_tickets', objects: store.having('tickets', '_deleted', 'yes'), view });
}

function purge(call: Call): Reply {
  const tickets = [deletedTicket(call, idOf(call, 'ticket_id')).id];
  return startJob(call, 'Bulk Delete Ticket', tickets, [{ _what: 'purge', tickets }]);
}

function purgeMany(call: Call): Reply {
  const tickets = idsIn(call);
  return startJob(call, 'Bulk Delete Ticket', tickets, [{ _what: 'purge', tickets }]);
}

function restore(call: Call): Reply {
  restoreTicket(call.account, deletedTicket(call, idOf(call, 'ticket_id')));
  return { body: {} };
}

const path = '/api/v2/deleted_tickets';

export const deletedTicketRoutes: readonly Route[] = [
  { method: 'GET', path, limit: () => ({ name: 'deleted-tickets', requests: 10, seconds: 60 }), run: list },
  { method: 'DELETE', path: `${path}/destroy_many`, run: purgeMany },
  { method: 'DELETE', path: `${path}/{ticket_id}`, run: purge },
  { method: 'PUT', path: `${path}/{ticket_id}/restore`, run: restore },
];
