/**
 * What the Zendesk stand-in is made of: the objects of the Support API as plain JSON, by kind. A field whose name begins with
 * `_` is the stand-in's own note about an object and is never answered. Objects are never changed in place: whoever changes one
 * puts a new one in its place, so that what was there before can still be shown (the search index) or brought back.
 */

export type Json = null | boolean | number | string | readonly Json[] | JsonHash;
export interface JsonHash {
  readonly [field: string]: Json | undefined;
}

export interface Entity extends JsonHash {
  readonly id: number;
}

export const kinds = [
  'users',
  'identities',
  'organizations',
  'groups',
  'ticket_fields',
  'user_fields',
  'tickets',
  'comments',
  'attachments',
  'audits',
  'satisfaction_ratings',
  'suspended_tickets',
  'jobs',
  /** What will be so after a while. */
  'effects',
  /** One line of the compliance deletion statuses of a user. */
  'deletion_statuses',
] as const;
export type Kind = (typeof kinds)[number];

export const isHash = (value: unknown): value is JsonHash =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const textOf = (value: Json | undefined): string | undefined => (typeof value === 'string' ? value : undefined);

export const numberOf = (value: Json | undefined): number | undefined =>
  typeof value === 'number' ? value : undefined;

/** The numbers of a list; none of anything else. */
export const numbersOf = (value: Json | undefined): number[] =>
  Array.isArray(value) ? value.filter((one) => typeof one === 'number') : [];

/** The objects of a list; none of anything else. */
export const hashesOf = (value: Json | undefined): JsonHash[] =>
  Array.isArray(value) ? value.filter((one) => isHash(one)) : [];
