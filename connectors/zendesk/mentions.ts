/**
 * What is said of the person in tickets of others: found by what is theirs alone (a full name, an address, a telephone number), as the data
 * map allows (`user.mentionedBy`), by search and then in the words of every message of what search found. Each passage is a candidate of
 * its own that a named person accepts or rejects; nothing is read, given out or erased because something matched. Their own tickets, and those
 * of users about whom is still asked, are left out; of tickets they got copies of only what they did not see is looked at.
 *
 * Search is behind by minutes, and knows the beginnings of words: a name is sought by the forms in which Estonian declines its last word.
 * Source: developer.zendesk.com/api-reference/ticketing/ticket-management/search; support.zendesk.com: Zendesk Support search reference.
 */
import { HabeasError } from '../../src/errors.ts';
import { passagesAbout, type Subject } from '../../src/masking/mentions.ts';
import { stemsOf } from '../../src/masking/name-forms.ts';
import { numbersAlike, numbersWritten } from '../../src/masking/phones.ts';
import type { CallContext, Candidate, Identifier, RecordRef } from '../contract.ts';
import { idIn, type ZendeskClient, type ZendeskObject } from './client.ts';
import { type DataMap, isShared, type MentionedBy } from './data-map.ts';
import { compareIds, keyOf } from './keys.ts';
import { commentsOf, copiesTo, idAt, idOf } from './objects.ts';
import { markOf } from './passages.ts';
import type { Person } from './person.ts';

/** More than a person can decide one by one; the lane then waits for a data map that looks by less. */
const mostPassages = 100;
const shownAround = 200;

/** A message in plain words, as passages are found in it and named by. */
export function plainOf({ plain_body: plain, body }: ZendeskObject): string {
  if (typeof plain === 'string' && plain !== '') return plain;
  return typeof body === 'string' ? body : '';
}

/** What is known of the person, beside the identifiers. */
export interface AboutWhom {
  readonly identifiers: readonly Identifier[];
  /** Users that are proved to be the person's. */
  readonly users: readonly Person[];
  /** Numbers of users of whom nobody has said yet whether they are the person's. */
  readonly undecided: ReadonlySet<string>;
}

type Known = Pick<AboutWhom, 'identifiers' | 'users'>;
type Sought = Readonly<Record<MentionedBy, readonly string[]>>;

/** Passages that may be about the person. Fails with `too-many-candidates` where there are more than a person can decide. */
export async function findMentions(
  client: ZendeskClient,
  map: DataMap,
  context: CallContext,
  about: AboutWhom,
): Promise<readonly Candidate[]> {
  const sought = soughtOf(map, about);
  const subject = subjectIn(sought);
  const users = new Set(about.users.map(({ user }) => idOf(user)));
  const found = new Map<string, Candidate>();
  const left = new Set([...users, ...about.undecided]);
  for (const ticket of await ticketsWith(client, context, sought, left)) {
    if (left.has(idAt(ticket, 'requester_id'))) continue;
    const isCopied = [...users].some((user) => copiesTo(ticket, user).length > 0);
    for await (const { object: comment } of commentsOf(client, context, idOf(ticket))) {
      // What they saw of it, and what they wrote, is given out as theirs.
      if (isCopied && (comment.public === true || users.has(idAt(comment, 'author_id')))) continue;
      const text = plainOf(comment);
      for (const { from, to, kind } of passagesAbout(text, subject, mostPassages + 1)) {
        const key = keyOf('mentions', {
          ...{ ticket_id: idOf(ticket), id: idOf(comment), mark: markOf(text.slice(from, to)) },
        });
        const ref: RecordRef = { collection: 'mentions', key };
        const matchedBy = kind === 'name' || kind === 'phone' ? kind : 'email';
        const display = {
          ...{ ticket: idOf(ticket), written: String(comment.created_at ?? '').slice(0, 10) },
          ...{ passage: text.slice(from, to), around: text.slice(Math.max(0, from - shownAround), to + shownAround) },
        };
        found.set(JSON.stringify(key), { ref, reason: 'mentioned', matchedBy, display });
        if (found.size > mostPassages) throw new HabeasError('too-many-candidates', { where: 'mentions' });
      }
    }
  }
  return [...found.values()];
}

const subjectIn = ({ name, email, phone }: Sought): Subject => ({ names: name, addresses: [...email, ...phone] });

/** By what passages about the person are known. */
export const subjectOf = (map: DataMap, known: Known): Subject => subjectIn(soughtOf(map, known));

/** What is the person's alone, and long enough to be looked for. */
function soughtOf(map: DataMap, { identifiers, users }: Known): Sought {
  const by = new Set(map.user.mentionedBy ?? []);
  const theirs = (kind: MentionedBy): readonly string[] =>
    identifiers.filter((one) => one.kind === kind && one.to === undefined).map(({ value }) => value);
  const told = (...fields: readonly string[]): readonly string[] =>
    users.flatMap(({ user }) =>
      fields.flatMap((field) => {
        const value = user[field];
        return typeof value === 'string' ? [value] : [];
      }),
    );
  const confirmed = users.flatMap(({ emails }) => [...emails].flatMap(([value, isSure]) => (isSure ? [value] : [])));
  const unique = (kind: MentionedBy, values: readonly string[], isGood: (value: string) => boolean) =>
    by.has(kind) ? [...new Set(values.map((value) => value.trim()))].filter(isGood).sort() : [];
  return {
    email: unique('email', [...theirs('email'), ...confirmed], (one) => isAddress(one) && !isShared(map, one)),
    name: unique('name', [...theirs('name'), ...told('name', 'alias')], isFullName),
    phone: unique('phone', [...theirs('phone'), ...told('phone')], isPhone),
  };
}

const isAddress = (text: string): boolean => /^[^\s"\\@]+@[^\s"\\@]+\.[^\s"\\@]+$/.test(text);
/** Two words or more of two letters or more: a first name is anybody's. */
const isFullName = (text: string): boolean =>
  /^[\p{L}\p{M}][\p{L}\p{M}'’. -]{1,118}$/u.test(text) && (text.match(/[\p{L}\p{M}]{2,}/gu) ?? []).length > 1;
const isPhone = (text: string): boolean => /^[+\d\s()./-]{7,40}$/.test(text) && (text.match(/\d/g) ?? []).length > 6;

/**
 * Tickets that search finds, in the order of their numbers. Those that these users asked for are left out by search itself: somebody with
 * hundreds of their own has them not counted as others'. A desk that answers with something else fails closed.
 */
async function ticketsWith(
  client: ZendeskClient,
  context: CallContext,
  sought: Sought,
  leftOut: ReadonlySet<string>,
): Promise<readonly ZendeskObject[]> {
  const tickets = new Map<string, ZendeskObject>();
  const not = [...leftOut].sort(compareIds).map((user) => ` -requester:${idIn(user)}`);
  for (const phrase of phrasesOf(sought)) {
    const query = { query: `type:ticket "${phrase}"${not.join('')}` };
    const { objects, isMore } = await client.search(context, '/api/v2/search', 'results', 'mentions', query);
    if (isMore) throw new HabeasError('too-many-candidates', { where: 'mentions' });
    for (const one of objects) {
      if (one.result_type !== undefined && one.result_type !== 'ticket')
        throw new HabeasError('record-mismatch', { where: 'mentions' });
      tickets.set(idOf(one), one);
    }
  }
  return [...tickets].sort(([a], [b]) => compareIds(a, b)).map(([, ticket]) => ticket);
}

function phrasesOf({ email, name, phone }: Sought): ReadonlySet<string> {
  const names = name.flatMap((one) => {
    const words = one.toLowerCase().split(/\s+/);
    const last = words.pop() ?? '';
    return shortest(stemsOf(last)).map((stem) => [...words, stem].join(' '));
  });
  return new Set([
    ...email,
    ...phone.flatMap((one) => [one, ...numbersWritten(one), ...shortest(numbersAlike(one))]),
    ...names,
  ]);
}

/** Those that begin with no other: search finds a word by its beginning. */
const shortest = (words: readonly string[]): readonly string[] =>
  [...new Set(words)].filter((word) => !words.some((other) => other !== word && word.startsWith(other)));
