/**
 * Writes one entry per record: the person's users and their other identities, the tickets they asked for with what was said in them, and of
 * tickets they got copies of what they saw, and passages in others' tickets that a person said are about them. What was said is walked once, ticket by ticket, into a stream of its own per kind. Holds
 * one page, and of a file one part, in memory. Fails with `system-schema-undeclared` at a field with a value that nobody declared.
 */
import { HabeasError } from '../../src/errors.ts';
import type { CallContext, ReadInput, RecordFacts, Sink } from '../contract.ts';
import { isEmpty } from '../declared.ts';
import { idIn, type ZendeskClient, type ZendeskObject } from './client.ts';
import type { DataMap } from './data-map.ts';
import { FactReader } from './facts.ts';
import { writeFile } from './files.ts';
import { keyOf, type Place } from './keys.ts';
import {
  attachmentsOf,
  commentsOf,
  copiesTo,
  idAt,
  identitiesOf,
  idOf,
  ticketsOf,
  userOf,
  usersOf,
} from './objects.ts';
import { People } from './people.ts';
import { readMentions } from './read-mentions.ts';
import { type Around, pick, wholeOf } from './records.ts';
import { type Stream, streamsOf, type Walk } from './streams.ts';
import { type Position, start, Writer } from './writer.ts';

export interface ReadDependencies {
  readonly client: ZendeskClient;
  readonly map: DataMap;
}

export interface Reading extends ReadDependencies {
  readonly context: CallContext;
  readonly facts: FactReader;
  readonly input: ReadInput;
  readonly users: readonly string[];
  readonly people: People;
  /** Every stream that this attempt opened. */
  readonly opened: Writer[];
}

/** See the contract. Every stream is opened: "nothing found" is an answer. */
export async function read({ client, map }: ReadDependencies, context: CallContext, input: ReadInput): Promise<void> {
  const reading: Reading = {
    ...{ client, map, context, input },
    facts: new FactReader(map),
    users: usersOf(input.keys),
    people: new People(client, context),
    opened: [],
  };
  const streams = streamsOf(map);
  const of = (walk: Walk): readonly Stream[] => streams.filter((stream) => stream.walk === walk);
  await readUsers(reading, of('user'));
  for (const stream of of('identities')) await readIdentities(reading, stream);
  for (const stream of of('tickets')) await readTickets(reading, stream, 'requested');
  await readSaid(reading, of('said'), 'requested');
  for (const stream of of('copied-tickets')) await readTickets(reading, stream, 'ccd');
  await readSaid(reading, of('copied-said'), 'ccd');
  for (const stream of of('mentions')) {
    // Of no user of theirs: their place is a ticket's.
    const writer = await openWriter(reading, input.sink, stream, ['']);
    if (writer !== undefined) await readMentions(reading, writer);
  }
}

async function openWriter(
  reading: Reading,
  sink: Sink,
  stream: Stream,
  users: readonly string[] = reading.users,
): Promise<Writer | undefined> {
  const { context, input, opened } = reading;
  const writer = await Writer.open(sink, context, stream, { want: input.want, users });
  if (writer !== undefined) opened.push(writer);
  return writer;
}

/** Of streams that one walk fills, each with a sink of its own. */
async function openBeside(reading: Reading, streams: readonly Stream[]): Promise<readonly Writer[]> {
  const writers: Writer[] = [];
  for (const stream of streams) {
    const writer = await openWriter(reading, reading.input.sink.beside(), stream);
    if (writer !== undefined) writers.push(writer);
  }
  return writers;
}

const cell = (text: string): Buffer => Buffer.from(text, 'utf8');

/** One walk over the users: each goes into the stream of those with notes of staff, or of those without. */
async function readUsers(reading: Reading, streams: readonly Stream[]): Promise<void> {
  const { client, context, users } = reading;
  const writers = await openBeside(reading, streams);
  let asOf = new Date().toISOString();
  for (const user of users) {
    const at = { ...start, user };
    const open = writers.filter((writer) => writer.wants(at));
    const found = open.length === 0 ? undefined : await userOf(client, context, user);
    if (found === undefined) continue;
    asOf = found.asOf;
    const { object } = found;
    for (const writer of open.filter(({ stream }) => hasNotes(object) === (stream.said === 'note'))) {
      const primary = writer.grant.want === 'facts' ? undefined : await primaryOf(reading, user);
      const chain = [cell(idOf(object))];
      await writeRecord(reading, writer, { at, place: { id: user }, object, around: { user, primary }, chain });
    }
  }
  for (const writer of writers) await writer.end(asOf);
}

/** What staff wrote about the person on their user, for each other (`notes`, `details`): the person has not seen it. */
const hasNotes = ({ notes, details }: ZendeskObject): boolean => !isEmpty(notes) || !isEmpty(details);

async function primaryOf({ client, context }: Reading, user: string): Promise<ZendeskObject | undefined> {
  for await (const { object } of identitiesOf(client, context, user)) {
    // It becomes a part of the user's record, whose own chain says nothing of it.
    if (idAt(object, 'user_id') !== user) throw new HabeasError('record-mismatch', { where: 'identities' });
    if (isPrimary(object)) return object;
  }
  return undefined;
}

/** The address that the account goes by: it goes with the user and not before, and stands in the user's record. */
export const isPrimary = (identity: ZendeskObject): boolean => identity.type === 'email' && identity.primary === true;

/** Identities come in an order of Zendesk's own: whoever goes on looks for the last one that was kept. */
async function readIdentities(reading: Reading, stream: Stream): Promise<void> {
  const { client, context, users } = reading;
  const writer = await openWriter(reading, reading.input.sink, stream);
  if (writer === undefined) return;
  let asOf = new Date().toISOString();
  const { from } = writer;
  for (const user of users.slice(from === undefined ? 0 : users.indexOf(from.user))) {
    let [isBehind, isAny] = [user !== from?.user, false];
    for await (const { object, asOf: at } of identitiesOf(client, context, user)) {
      asOf = at;
      const id = idOf(object);
      if (isPrimary(object)) continue;
      isAny = true;
      if (isBehind) {
        const chain = [cell(idAt(object, 'user_id')), cell(user)];
        const position = { ...start, user, ticket: id };
        await writeRecord(reading, writer, {
          at: position,
          place: { user_id: user, id },
          object,
          around: { user },
          chain,
        });
      } else isBehind = id === from?.ticket;
    }
    if (isAny && !isBehind) throw new HabeasError('stream-changed', { where: 'identities' });
  }
  await writer.end(asOf);
}

async function readTickets(reading: Reading, stream: Stream, how: 'requested' | 'ccd'): Promise<void> {
  const { client, context, users } = reading;
  const writer = await openWriter(reading, reading.input.sink, stream);
  if (writer === undefined) return;
  let asOf = new Date().toISOString();
  for (const user of users)
    for await (const { object, asOf: at } of ticketsOf(client, context, user, how)) {
      asOf = at;
      if (isOwnCopy(object, user, how) || (how === 'requested' && isUnseen(object) !== (stream.said === 'note')))
        continue;
      const id = idOf(object);
      const position = { ...start, user, ticket: id };
      if (!writer.wants(position)) continue;
      const chain = [cell(saidOwner(object, user, how)), cell(user)];
      const around = { user, ticket: object };
      await writeRecord(reading, writer, { at: position, place: { id }, object, around, chain });
    }
  await writer.end(asOf);
}

/** Opened by staff about the person, and never shown to them. */
const isUnseen = (ticket: ZendeskObject): boolean => ticket.is_public === false;

/** What the ticket itself says of whose it is. */
function saidOwner(ticket: ZendeskObject, user: string, how: 'requested' | 'ccd'): string {
  if (how === 'requested') return idAt(ticket, 'requester_id');
  return copiesTo(ticket, user).length > 0 ? user : '';
}

/** Whoever asked for a ticket may be among those who get copies of it as well. */
const isOwnCopy = (ticket: ZendeskObject, user: string, how: 'requested' | 'ccd'): boolean =>
  how === 'ccd' && idAt(ticket, 'requester_id') === user;

/** One walk over what was said in the tickets, into a sink of its own per stream. */
async function readSaid(reading: Reading, streams: readonly Stream[], how: 'requested' | 'ccd'): Promise<void> {
  const { client, context, users } = reading;
  const writers = await openBeside(reading, streams);
  let asOf = new Date().toISOString();
  for (const user of writers.length === 0 ? [] : users)
    for await (const { object: ticket, asOf: at } of ticketsOf(client, context, user, how)) {
      asOf = at;
      const id = idOf(ticket);
      if (isOwnCopy(ticket, user, how)) continue;
      const open = writers.filter((writer) => writer.wantsTicket(user, id));
      for (const writer of open.filter(({ stream }) => stream.name === 'satisfaction_ratings'))
        await readRating(reading, writer, user, ticket);
      if (open.some(({ stream }) => stream.said !== undefined))
        await readComments(reading, open, { user, ticket, how });
    }
  for (const writer of writers) await writer.end(asOf);
}

async function readRating(reading: Reading, writer: Writer, user: string, ticket: ZendeskObject): Promise<void> {
  const { satisfaction_rating: given } = ticket;
  const id = typeof given === 'object' && given !== null && 'id' in given ? given.id : undefined;
  const at = { ...start, user, ticket: idOf(ticket) };
  if (typeof id !== 'number' || !writer.wants(at)) return;
  const path = `/api/v2/satisfaction_ratings/${idIn(String(id))}`;
  const found = await reading.client.get(reading.context, path, 'satisfaction_rating', 'satisfaction_ratings');
  if (found === undefined) return;
  const object = found.body;
  const chain = [cell(idAt(object, 'requester_id')), cell(user)];
  const place = { ticket_id: idOf(ticket), id: idOf(object) };
  await writeRecord(reading, writer, { at, place, object, around: { user, ticket }, chain });
}

interface InTicket {
  readonly user: string;
  readonly ticket: ZendeskObject;
  readonly how: 'requested' | 'ccd';
}

async function readComments(
  reading: Reading,
  writers: readonly Writer[],
  { user, ticket, how }: InTicket,
): Promise<void> {
  const { client, context } = reading;
  const id = idOf(ticket);
  // A comment does not say which ticket it is of: what is asked for by the ticket's number is compared with the ticket.
  const owner = [cell(id), cell(idOf(ticket)), cell(saidOwner(ticket, user, how)), cell(user)];
  let no = 0;
  for await (const { object: comment } of commentsOf(client, context, id)) {
    no += 1;
    const said = saidAs(comment, user, how);
    const isOwn = said === 'own';
    const chain = isOwn ? [cell(idAt(comment, 'author_id')), cell(user)] : owner;
    const around: Around = { user, ticket, comment };
    for (const writer of writers.filter(({ stream }) => stream.said === said)) {
      const at = { ...start, user, ticket: id, comment: no };
      const isFiles = writer.stream.name.endsWith('attachments');
      if (!isFiles) {
        const place = { ticket_id: id, id: idOf(comment) };
        if (writer.wants(at)) await writeRecord(reading, writer, { at, place, object: comment, around, chain });
        continue;
      }
      for (const file of attachmentsOf(comment))
        await writeFile(reading, writer, { at: { ...at, file: idOf(file) }, object: file, around, chain });
    }
  }
}

/** Undefined: nothing of it is read. Internal notes in another's ticket were neither sent to the person nor are they theirs. */
function saidAs(comment: ZendeskObject, user: string, how: 'requested' | 'ccd'): Stream['said'] {
  const isOwn = idAt(comment, 'author_id') === user;
  if (how === 'requested') return isOwn || comment.public === true ? 'seen' : 'note';
  if (isOwn) return 'own';
  return comment.public === true ? 'others' : undefined;
}

export interface ToWrite {
  readonly at: Position;
  readonly place: Place;
  readonly object: ZendeskObject;
  readonly around: Around;
  readonly chain: readonly Buffer[];
}

export async function writeRecord(
  { map, facts, people }: Reading,
  writer: Writer,
  { at, place, object, around, chain }: ToWrite,
): Promise<void> {
  const { name, collection, description } = writer.stream;
  const isFacts = writer.grant.want === 'facts';
  const told: RecordFacts | Record<string, unknown> = isFacts
    ? facts.factsOf(name, collection, object, around.ticket)
    : pick(wholeOf(name, map, object, around), writer.grant.fields);
  const who = !isFacts && description.unseen === true ? await people.of(object, around) : undefined;
  await writer.write(at, keyOf(name, place), told, chain, who);
}
