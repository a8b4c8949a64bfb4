/**
 * What is written of an object: its granted fields, in the order granted, as Zendesk sends them but for what is made up here (which ticket a
 * comment stands in, how the person got copies, the company's own fields by name) and for what is nobody's to see: where an agent sat when
 * they wrote. Fails with `system-schema-undeclared` at a field with a value that the map does not declare. Pure.
 */
import { HabeasError } from '../../src/errors.ts';
import { isEmpty } from '../declared.ts';
import type { ZendeskObject } from './client.ts';
import { type CollectionName, collectionOf, type DataMap } from './data-map.ts';
import { attachmentsOf, copiesTo, idAt } from './objects.ts';

/** What a record is made from beside the object itself. */
export interface Around {
  /** The person's user that led here. */
  readonly user: string;
  readonly ticket?: ZendeskObject | undefined;
  readonly comment?: ZendeskObject | undefined;
  /** Of a user: the address that the account goes by, which cannot be taken from it alone. */
  readonly primary?: ZendeskObject | undefined;
}

/** As whose collection the objects of another are declared. */
const kinds: Readonly<Partial<Record<CollectionName, CollectionName>>> = {
  notes: 'comments',
  replies: 'comments',
  reply_attachments: 'attachments',
  copied_tickets: 'tickets',
  copied_comments: 'comments',
  copied_attachments: 'attachments',
};

/** Longest text that stands in a record twice: as HTML and as plain text. */
const longestTwice = 2_000_000;

/** The object with what is known around it. */
export function wholeOf(name: CollectionName, map: DataMap, object: ZendeskObject, around: Around): ZendeskObject {
  requireDeclared(name, map, object);
  switch (kinds[name] ?? name) {
    case 'users':
      return { ...object, user_fields: userFields(map, object), primary_identity: around.primary ?? null };
    case 'tickets':
      return name === 'tickets'
        ? { ...object, custom_fields: ticketFields(map, object) }
        : { ...object, copied_as: copiesTo(object, around.user) };
    case 'comments':
      return commentOf(object, around);
    case 'satisfaction_ratings':
    case 'identities':
    case 'mentions':
      return object;
    default:
      return { ...object, ticket_id: around.ticket?.id, comment_id: around.comment?.id };
  }
}

function commentOf(object: ZendeskObject, { user, ticket }: Around): ZendeskObject {
  const files = attachmentsOf(object).map(({ id, file_name }) => ({ id, file_name }));
  const { html_body: html, plain_body: plain, metadata } = object;
  const isLong = typeof html === 'string' && typeof plain === 'string' && html.length + plain.length > longestTwice;
  return {
    ...object,
    ticket_id: ticket?.id,
    attachments: files,
    plain_body: isLong && html !== '' ? null : plain,
    metadata: idAt(object, 'author_id') === user ? metadata : null,
  };
}

/** The granted fields, in order. */
export function pick(object: Readonly<Record<string, unknown>>, granted: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    granted.flatMap((field) => (object[field] === undefined ? [] : [[field, object[field]] as const])),
  );
}

/** A field that nobody has declared would be left out of the answer silently: nothing is given before somebody has. */
function requireDeclared(name: CollectionName, map: DataMap, object: ZendeskObject): void {
  const as = kinds[name] ?? name;
  const declared = collectionOf(map, as).fields;
  for (const [field, value] of Object.entries(object))
    if (!Object.hasOwn(declared, field) && !isEmpty(value)) throw undeclared(`${as}.${shown(field)}`);
}

const shown = (field: string): string => (/^\w{1,64}$/.test(field) ? field : '(other)');
const undeclared = (where: string): HabeasError => new HabeasError('system-schema-undeclared', { where });

interface Named {
  readonly name: string;
  readonly value: unknown;
}

/** The company's own fields of a ticket that have a value and may be given out. */
function ticketFields(map: DataMap, ticket: ZendeskObject): readonly Named[] {
  const { custom_fields: fields } = ticket;
  if (isEmpty(fields)) return [];
  if (!Array.isArray(fields)) throw new HabeasError('system-schema-drift', { where: 'tickets.custom_fields' });
  return fields.flatMap((one: unknown) => {
    const isField = typeof one === 'object' && one !== null && 'id' in one && 'value' in one;
    if (!isField) throw new HabeasError('system-schema-drift', { where: 'tickets.custom_fields' });
    return named(map, 'tickets', String(one.id), one.value);
  });
}

function userFields(map: DataMap, user: ZendeskObject): readonly Named[] {
  const { user_fields: fields } = user;
  if (isEmpty(fields) || typeof fields !== 'object' || fields === null) return [];
  return Object.entries(fields).flatMap(([key, value]) => named(map, 'users', key, value));
}

function named(map: DataMap, of: 'tickets' | 'users', key: string, value: unknown): readonly Named[] {
  if (isEmpty(value)) return [];
  const declared = map.collections[of].customFields ?? {};
  const field = Object.hasOwn(declared, key) ? declared[key] : undefined;
  if (field === undefined) throw undeclared(`${of}.customFields.${shown(key)}`);
  return field.export === false ? [] : [{ name: field.label?.en ?? key, value }];
}

/** What Zendesk puts in the place of a file that was redacted: an empty one of this name. */
const isRedactedFile = ({ file_name: name, size }: ZendeskObject): boolean =>
  name === 'redacted.txt' && typeof size === 'number' && size <= 16;

/** Of an attachment: whether it is no file any more, or none that anybody should open. */
export const isTaken = (attachment: ZendeskObject): boolean =>
  attachment.deleted === true || attachment.malware_scan_result === 'malware_found' || isRedactedFile(attachment);

/** Of an attachment: whether nothing of what it was is left. */
export const isGoneFile = (attachment: ZendeskObject): boolean =>
  attachment.deleted === true || isRedactedFile(attachment);
