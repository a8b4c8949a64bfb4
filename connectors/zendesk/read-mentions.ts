/**
 * Reads passages of others' messages that a person said are about the subject: each is found again by its mark in the message that it
 * stands in. One that is there no more (its ticket was deleted, its words were blacked out) is not read. Holds one message.
 */
import type { SubjectKey } from '../contract.ts';
import { keyCell } from '../rematch.ts';
import type { ZendeskObject } from './client.ts';
import { ticketAt } from './effect.ts';
import { compareIds, keyOf, partOf } from './keys.ts';
import { plainOf } from './mentions.ts';
import { commentsOf, idOf } from './objects.ts';
import { markOf, placesOf } from './passages.ts';
import { type Reading, writeRecord } from './read.ts';
import { start, type Writer } from './writer.ts';

const part = ({ key }: SubjectKey, field: string): string => partOf(key, field);

/** Marks by message by ticket, everything in an order that every attempt has. */
function marksOf(keys: readonly SubjectKey[]): ReadonlyMap<string, ReadonlyMap<string, readonly string[]>> {
  const tickets = new Map<string, Map<string, string[]>>();
  const accepted = keys.filter(({ collection }) => collection === 'mentions');
  const inOrder = [...accepted].sort(
    (a, b) =>
      compareIds(part(a, 'ticket_id'), part(b, 'ticket_id')) ||
      compareIds(part(a, 'id'), part(b, 'id')) ||
      (part(a, 'mark') < part(b, 'mark') ? -1 : 1),
  );
  for (const one of inOrder) {
    const comments = tickets.get(part(one, 'ticket_id')) ?? new Map<string, string[]>();
    tickets.set(part(one, 'ticket_id'), comments);
    comments.set(part(one, 'id'), [...(comments.get(part(one, 'id')) ?? []), part(one, 'mark')]);
  }
  return tickets;
}

export async function readMentions(reading: Reading, writer: Writer): Promise<void> {
  const { client, context, input, users } = reading;
  let asOf = new Date().toISOString();
  for (const [id, marks] of marksOf(input.keys)) {
    if (!writer.wantsTicket('', id)) continue;
    const ticket = await ticketAt(client, context, id);
    if (ticket === undefined) continue;
    const said = new Map<string, ZendeskObject>();
    for await (const { object: comment, asOf: at } of commentsOf(client, context, id)) {
      asOf = at;
      if (marks.has(idOf(comment))) said.set(idOf(comment), comment);
    }
    for (const [commentId, ofComment] of marks) {
      const comment = said.get(commentId);
      if (comment === undefined) continue;
      const text = plainOf(comment);
      const around = { user: users[0] ?? '', ticket, comment };
      for (const [no, mark] of ofComment.entries()) {
        const at = { ...start, ticket: id, file: commentId, part: no };
        const [found] = writer.wants(at) ? placesOf(text, mark) : [];
        if (found === undefined) continue;
        const passage = text.slice(found.from, found.to);
        const place = { ticket_id: idOf(ticket), id: idOf(comment), mark: markOf(passage) };
        const object = { id: comment.id, ticket_id: ticket.id, created_at: comment.created_at, passage };
        // Proved by itself: by where it was found and by what was found there.
        const chain = [keyCell(keyOf('mentions', place))];
        await writeRecord(reading, writer, { at, place, object, around, chain });
      }
    }
  }
  await writer.end(asOf);
}
