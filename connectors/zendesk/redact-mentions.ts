/**
 * Blacks passages about the person out of others' messages: the passages, and nothing else of the message or its ticket. All those of one
 * message at once, because a redaction shows later, and a second one made from what is shown would undo the first.
 */
import { HabeasError } from '../../src/errors.ts';
import type { PlannedRecord, PlannedSet, StreamDescription } from '../contract.ts';
import type { Became } from '../tally.ts';
import type { ZendeskObject } from './client.ts';
import { type CarryOut, type Effects, redact, type TicketLook } from './effect.ts';
import { partOf } from './keys.ts';
import { plainOf } from './mentions.ts';
import { idOf } from './objects.ts';
import { redactPassages } from './passages.ts';
import { Remains } from './remains.ts';

const htmlOf = ({ html_body: html }: ZendeskObject): string => (typeof html === 'string' ? html : '');

const messageOf = ({ key }: PlannedRecord): string => `${partOf(key, 'ticket_id')} ${partOf(key, 'id')}`;
const isKept = ({ decision }: PlannedRecord): boolean => decision.action === 'keep';

/** Marks of the passages that are to go from the same message as a record's, its own among them. */
export function marksBeside(records: readonly PlannedRecord[]): (record: PlannedRecord) => readonly string[] {
  const marks = new Map<string, string[]>();
  for (const record of records) {
    if (isKept(record)) continue;
    const message = messageOf(record);
    const known = marks.get(message) ?? [];
    marks.set(message, known);
    known.push(partOf(record.key, 'mark'));
  }
  return (record) => marks.get(messageOf(record)) ?? [];
}

/** Fails with `internal` where passages of one message would be redacted in two chunks, and the second undo the first. */
export async function requireWholeMessages(planned: PlannedSet, stream: StreamDescription): Promise<void> {
  const before = new Set<string>();
  for await (const { records } of planned.chunks(stream)) {
    const messages = new Set(records.filter((record) => !isKept(record)).map(messageOf));
    for (const message of messages) {
      if (before.has(message)) throw new HabeasError('internal', { where: 'mentions.chunks' });
      before.add(message);
    }
  }
}

/** The message's HTML with these passages marked; undefined where nothing of them is left. */
export async function redactionOf(
  comment: ZendeskObject,
  marks: readonly string[],
  remains: Remains,
): Promise<{ readonly html: string | undefined } | 'blocked'> {
  const { places, isPartly } = await remains.standing(comment, marks);
  if (isPartly) return 'blocked';
  if (places.length === 0) return { html: undefined };
  const html = redactPassages(htmlOf(comment), plainOf(comment), places);
  return html === undefined ? 'blocked' : { html };
}

export function redactMentions(effects: Effects, look: TicketLook, records: readonly PlannedRecord[]): CarryOut {
  const marksOf = marksBeside(records);
  const remains = new Remains(effects);
  const became = new Map<string, Became>();
  return async (record) => {
    const message = messageOf(record);
    const known = became.get(message) ?? (await redactIn(effects, look, record, { marks: marksOf(record), remains }));
    became.set(message, known);
    return known;
  };
}

/** What became of the message's passages; of one that is blacked out already nothing is to be done. */
async function redactIn(
  effects: Effects,
  look: TicketLook,
  { key }: PlannedRecord,
  { marks, remains }: { readonly marks: readonly string[]; readonly remains: Remains },
): Promise<Became> {
  const id = partOf(key, 'ticket_id');
  const ticket = await look.ticket(id);
  const comment = ticket === undefined ? undefined : await look.comment(id, partOf(key, 'id'));
  if (comment === undefined) return 'missing';
  const redaction = await redactionOf(comment, marks, remains);
  if (redaction === 'blocked') throw new HabeasError('erase-blocked', { where: 'mentions.passage' });
  if (redaction.html === undefined) return 'done';
  return redact(effects, idOf(comment), { ticket_id: Number(id), html_body: redaction.html });
}
