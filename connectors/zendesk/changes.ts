/**
 * What Zendesk can do to which record (API reference: the update, redact and delete calls of each): what a data map may ask for. Everything
 * else of an object is fixed. Data only.
 */
import type { CollectionName, strategies } from './data-map.ts';

export type Strategy = (typeof strategies)[number];

/** By collection, what may be done to a field of a record that stays. */
export const possibleStrategies: Readonly<Record<CollectionName, Readonly<Partial<Record<string, Strategy>>>>> = {
  users: {},
  identities: {},
  tickets: { subject: 'empty', custom_fields: 'empty', tags: 'empty', external_id: 'empty' },
  satisfaction_ratings: {},
  comments: { html_body: 'redact' },
  notes: { html_body: 'redact' },
  attachments: { content: 'redact' },
  copied_tickets: { copied_as: 'leave' },
  replies: { html_body: 'redact' },
  reply_attachments: { content: 'redact' },
  copied_comments: {},
  copied_attachments: {},
  mentions: { passage: 'redact' },
};

/** Collections whose records go altogether, with their ticket where they stand in one. */
export const deletable: ReadonlySet<CollectionName> = new Set<CollectionName>([
  ...(['users', 'identities', 'tickets', 'satisfaction_ratings', 'comments', 'notes', 'attachments'] as const),
]);
