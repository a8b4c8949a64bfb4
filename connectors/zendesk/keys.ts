/** How a record is named, and what its name says. What is said in a ticket is found again below that ticket only. Pure. */
import type { RecordRef } from '../contract.ts';
import type { CollectionName } from './data-map.ts';

const below: Readonly<Record<CollectionName, readonly string[]>> = {
  users: ['id'],
  identities: ['user_id', 'id'],
  tickets: ['id'],
  satisfaction_ratings: ['ticket_id', 'id'],
  comments: ['ticket_id', 'id'],
  notes: ['ticket_id', 'id'],
  // A file that is longer than a record may be takes several, which follow each other.
  attachments: ['ticket_id', 'comment_id', 'id', 'part'],
  copied_tickets: ['id'],
  replies: ['ticket_id', 'id'],
  reply_attachments: ['ticket_id', 'comment_id', 'id', 'part'],
  copied_comments: ['ticket_id', 'id'],
  copied_attachments: ['ticket_id', 'comment_id', 'id', 'part'],
  // A passage of a message; the mark tells which, and nothing of what it says.
  mentions: ['ticket_id', 'id', 'mark'],
};

/** Fields that name a record. */
export const keyFields = (name: CollectionName): readonly string[] => below[name];

export type Place = Readonly<Record<string, string>>;

/** A record's name, from its place. */
export function keyOf(name: CollectionName, place: Place): RecordRef['key'] {
  return keyFields(name).map((field) => [field, place[field] ?? ''] as const);
}

/** One part of a name; the empty text where it has none. */
export const partOf = (key: RecordRef['key'], field: string): string => key.find(([name]) => name === field)?.[1] ?? '';

/** The ticket that a record is, or stands in. */
export const ticketOf = (name: CollectionName, key: RecordRef['key']): string =>
  partOf(key, name === 'tickets' || name === 'copied_tickets' ? 'id' : 'ticket_id');

/** Numbers as texts, in the order of the numbers. */
export function compareIds(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : a > b ? 1 : 0;
}
