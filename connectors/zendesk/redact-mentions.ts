/**
 * Blacks passages about the person out of others' messages: the passages, and nothing else of the message or its ticket. All those of one
 * message at once, because a redaction shows later, and a second one made from what is shown would undo the first.
 */
import { HabeasError } from '../../src/errors.ts';
import type { PlannedRecord } from '../contract.ts';
import type { Became } from '../tally.ts';
import type { ZendeskObject } from './client.ts';
import { type CarryOut, type Effects, redact, type TicketLook } from './effect.ts';
import { partOf } from './keys.ts';
import { plainOf } from './mentions.ts';
import { idOf } from './objects.ts';
import { placesOf, redactPassages } from './passages.ts';

const htmlOf = ({ html_body: html }: ZendeskObject): string => (typeof html === 'string' ? html : '');

/** Whether these passages of a message can be blacked out by a program; true where none is there any more. */
export function canRedact(comment: ZendeskObject, marks: readonly string[]): boolean {
  const plain = plainOf(comment);
  const places = marks.flatMap((mark) => placesOf(plain, mark));
  return places.length === 0 || redactPassages(htmlOf(comment), plain, places) !== undefined;
}

export function redactMentions(effects: Effects, look: TicketLook, records: readonly PlannedRecord[]): CarryOut {
  const messageOf = ({ key }: PlannedRecord): string => `${partOf(key, 'ticket_id')} ${partOf(key, 'id')}`;
  const marks = new Map<string, string[]>();
  for (const record of records)
    marks.set(messageOf(record), [...(marks.get(messageOf(record)) ?? []), partOf(record.key, 'mark')]);
  const became = new Map<string, Became>();
  return async (record) => {
    const message = messageOf(record);
    const known = became.get(message) ?? (await redactIn(effects, look, record, marks.get(message) ?? []));
    became.set(message, known);
    return known;
  };
}

/** What became of the message's passages; of one that is blacked out already nothing is to be done. */
async function redactIn(
  effects: Effects,
  look: TicketLook,
  { key }: PlannedRecord,
  marks: readonly string[],
): Promise<Became> {
  const id = partOf(key, 'ticket_id');
  const ticket = await look.ticket(id);
  const comment = ticket === undefined ? undefined : await look.comment(id, partOf(key, 'id'));
  if (comment === undefined) return 'missing';
  const plain = plainOf(comment);
  const places = marks.flatMap((mark) => placesOf(plain, mark));
  if (places.length === 0) return 'done';
  const html = redactPassages(htmlOf(comment), plain, places);
  if (html === undefined) throw new HabeasError('erase-blocked', { where: 'mentions.passage' });
  return redact(effects, idOf(comment), { ticket_id: Number(id), html_body: html });
}
