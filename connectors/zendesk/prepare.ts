/**
 * Everything that stands against the plan, at once and without any effect: rights that the erasing token lacks, staff, whose users Zendesk
 * deletes only when they are staff no more, tickets that stay open and would keep it from deleting the user, texts that would have to go
 * from a ticket that stays, closed tickets, of which nothing can be emptied, and passages of others' messages that no program can find in
 * their HTML.
 */
import type { ErrorCode } from '../../src/errors.ts';
import type { CallContext, PlannedRecord, PrepareInput, PrepareReport } from '../contract.ts';
import type { CollectionName } from './data-map.ts';
import { fullFields, TicketLook, ticketAt } from './effect.ts';
import { type EraseDependencies, type PlannedTickets, plannedTickets, streamsOfPart } from './erase.ts';
import { partOf, ticketOf } from './keys.ts';
import { idOf, ticketsOf, userOf, usersOf } from './objects.ts';
import { marksBeside, redactionOf, requireWholeMessages } from './redact-mentions.ts';
import { Remains } from './remains.ts';
import { lookAtErasing } from './rights.ts';

type Refusal = PrepareReport['refusals'][number];

/** What goes with its ticket. */
const inTickets: ReadonlySet<CollectionName> = new Set<CollectionName>([
  ...(['comments', 'notes', 'attachments', 'satisfaction_ratings'] as const),
]);

/** See the contract. */
export async function prepare(
  { client, eraser, map }: EraseDependencies,
  context: CallContext,
  { keys, planned }: PrepareInput,
): Promise<PrepareReport> {
  const found = new Map<string, Refusal>();
  const refuse = (code: ErrorCode, where: string): void => void found.set(`${code} ${where}`, { code, where });
  for (const { where, error } of await lookAtErasing(eraser, map, context)) {
    if (error === undefined) continue;
    if (error.retryable || error.code === 'system-credentials') throw error;
    refuse(error.code, error.where ?? where);
  }
  const tickets = await plannedTickets(planned);
  const remains = new Remains({ client, map, context, users: usersOf(keys) });
  for (const part of ['dependants', 'subject-row'] as const)
    for (const { stream, name } of streamsOfPart({ planned, part })) {
      if (name === 'mentions') await requireWholeMessages(planned, stream);
      for await (const chunk of planned.chunks(stream)) {
        const look = new TicketLook(client, context);
        const marksOf = marksBeside(name === 'mentions' ? chunk.records : []);
        for (const record of chunk.records)
          if (record.decision.action !== 'keep')
            for (const where of await against({ client, context, tickets, look, remains, marksOf }, name, record))
              refuse('erase-blocked', where);
        context.progress();
      }
    }
  return { refusals: [...found.values()] };
}

interface Looking extends Pick<EraseDependencies, 'client'> {
  readonly context: CallContext;
  readonly tickets: PlannedTickets;
  readonly look: TicketLook;
  readonly remains: Remains;
  readonly marksOf: ReturnType<typeof marksBeside>;
}

/** Places that stand against one record's decision. */
async function against(
  { client, context, tickets, look, remains, marksOf }: Looking,
  name: CollectionName,
  record: PlannedRecord,
): Promise<readonly string[]> {
  const { key, decision } = record;
  const isDelete = decision.action === 'delete';
  if (inTickets.has(name)) return isDelete && !tickets.going.has(ticketOf(name, key)) ? [`${name}: tickets`] : [];
  if (name === 'tickets' && !isDelete) {
    const ticket = await ticketAt(client, context, partOf(key, 'id'));
    const isFixed = ticket?.status === 'closed' && fullFields(ticket, decision.fields).length > 0;
    return isFixed ? ['tickets.status: closed'] : [];
  }
  if (name === 'mentions') {
    const ticket = await look.ticket(ticketOf(name, key));
    const comment = ticket && (await look.comment(idOf(ticket), partOf(key, 'id')));
    const redaction = comment && (await redactionOf(comment, marksOf(record), remains));
    return redaction === 'blocked' ? ['mentions.passage'] : [];
  }
  if (name !== 'users' || !isDelete) return [];
  const user = await userOf(client, context, partOf(key, 'id'));
  if (user === undefined || user.object.active === false) return [];
  const places: string[] = user.object.role === 'end-user' ? [] : ['users.role'];
  for await (const { object: ticket } of ticketsOf(client, context, partOf(key, 'id'), 'requested')) {
    const isPlanned = tickets.going.has(idOf(ticket)) || tickets.staying.has(idOf(ticket));
    if (ticket.status !== 'closed' && !isPlanned) return [...places, 'users: tickets'];
  }
  return places;
}
