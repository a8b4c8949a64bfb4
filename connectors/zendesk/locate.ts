/**
 * Finds the person's users: by number, by the number that the company's own systems gave them (`external_id`), and by e-mail address, also one
 * that a merge left as a second one. One user that bears the very address is proved by it; several, another letter case, a shared mailbox,
 * an address that was given up or was never confirmed are for a person to decide. Every user that comes back is looked at again with
 * their identities: an answer that bears nothing of what was asked fails closed (`record-mismatch`), because a desk was seen that ignores a
 * filter and answers with everybody.
 *
 * Where the data map says so, passages about the person in others' tickets are proposed as well (mentions.ts), unless only keys are wanted.
 *
 * Search is behind by minutes, so that a user of just now may be missing; reading by number is not.
 * Source: developer.zendesk.com/api-reference/ticketing/users/users (Search Users), support.zendesk.com: Searching users.
 */
import { HabeasError } from '../../src/errors.ts';
import type {
  CallContext,
  Candidate,
  CandidateReason,
  Identifier,
  LocateInput,
  LocateResult,
  RecordRef,
  SubjectKey,
} from '../contract.ts';
import { folded, requireUsable } from '../identifiers.ts';
import type { ZendeskClient, ZendeskObject } from './client.ts';
import { type DataMap, isShared } from './data-map.ts';
import { partOf } from './keys.ts';
import { findMentions } from './mentions.ts';
import { idOf, userOf } from './objects.ts';
import { type Person, personOf } from './person.ts';

/** Kinds of identifiers that a user is found by. */
export const identifierKinds = (map: DataMap): readonly string[] => [
  ...['zendesk_user_id', 'email'],
  ...(map.user.externalId === undefined ? [] : [map.user.externalId]),
];

const shownCharacters = 200;

interface Hit {
  readonly person: Person;
  readonly identifier: Identifier;
  /** What is in doubt; undefined: the very value, and it names nobody else as far as this hit tells. */
  readonly doubt: CandidateReason | undefined;
}

const refOf = ({ user }: Person): RecordRef => ({ collection: 'users', key: [['id', idOf(user)]] });
const nameOf = ({ collection, key }: RecordRef): string => JSON.stringify([collection, key]);

/** See the contract. */
export async function locate(
  client: ZendeskClient,
  map: DataMap,
  context: CallContext,
  { identifiers, accepted, rejected, keysOnly = false }: LocateInput,
): Promise<LocateResult> {
  const kinds = identifierKinds(map);
  const known = identifiers.filter(({ kind }) => kinds.includes(kind));
  for (const identifier of known) requireUsable(identifier, identifier.kind !== 'email');
  const look = new Lookup(client, map, context);
  const hits: Hit[] = [];
  for (const identifier of known) hits.push(...(await look.up(identifier)));
  const doubted = doubtSeveral(hits);
  const out = new Set(rejected.map(nameOf));
  const proved = new Map<string, SubjectKey & { readonly person: Person }>();
  const mentions = accepted.filter((ref) => ref.collection === 'mentions' && !out.has(nameOf(ref)));
  for (const ref of accepted) {
    if (ref.collection === 'mentions') continue;
    const person = out.has(nameOf(ref)) ? undefined : await look.byId(partOf(ref.key, 'id'));
    if (person !== undefined) proved.set(nameOf(ref), { ...refOf(person), provedBy: 'accepted', person });
  }
  for (const { person, identifier, doubt } of doubted) {
    const name = nameOf(refOf(person));
    if (doubt === undefined && !out.has(name) && !proved.has(name))
      proved.set(name, { ...refOf(person), provedBy: identifier.kind, person });
  }
  const candidates = new Map<string, Candidate>();
  for (const { person, identifier, doubt } of doubted) {
    const name = nameOf(refOf(person));
    const before = candidates.get(name)?.reason;
    if (doubt === undefined || proved.has(name) || out.has(name)) continue;
    if (before !== undefined && precedence.indexOf(before) <= precedence.indexOf(doubt)) continue;
    candidates.set(name, { ref: refOf(person), reason: doubt, matchedBy: identifier.kind, display: displayOf(person) });
  }
  if (map.collections.mentions !== undefined && !keysOnly) {
    const users = [...proved.values()].map(({ person }) => person);
    const undecided = new Set([...candidates.values()].map(({ ref }) => partOf(ref.key, 'id')));
    const decided = new Set([...mentions, ...rejected].map(nameOf));
    for (const one of await findMentions(client, map, context, { identifiers, users, undecided }))
      if (!decided.has(nameOf(one.ref))) candidates.set(nameOf(one.ref), one);
  }
  return {
    keys: [
      ...[...proved.values()].map(({ person: _, ...key }) => key),
      ...mentions.map((ref): SubjectKey => ({ ...ref, provedBy: 'accepted' })),
    ],
    learnt: learnt(map, [...proved.values()], known, context),
    candidates: [...candidates.values()],
  };
}

/** Which reason a person is shown where several are true. */
const precedence: readonly CandidateReason[] = [
  ...(['several-accounts', 'shared-mailbox', 'other-case', 'former-address', 'unknown-account'] as const),
];

/** Several users that bear one value now: none is proved by it. */
function doubtSeveral(hits: readonly Hit[]): readonly Hit[] {
  const answering = new Map<string, Set<string>>();
  const saidBy = ({ identifier: { kind, value } }: Hit): string => JSON.stringify([kind, value]);
  for (const hit of hits)
    if (hit.doubt === undefined)
      answering.set(saidBy(hit), (answering.get(saidBy(hit)) ?? new Set()).add(idOf(hit.person.user)));
  return hits.map((hit) =>
    hit.doubt === undefined && (answering.get(saidBy(hit))?.size ?? 0) > 1
      ? { ...hit, doubt: 'several-accounts' }
      : hit,
  );
}

/** What a proved user teaches: their numbers, and the addresses that they confirmed and that are nobody else's. */
function learnt(
  map: DataMap,
  proved: readonly { readonly person: Person }[],
  known: readonly Identifier[],
  { systemId }: CallContext,
): readonly Identifier[] {
  const told = new Set(known.map(({ kind, value }) => `${kind} ${value}`));
  const all = proved.flatMap(({ person: { user, emails } }): Identifier[] => {
    const { external_id: external } = user;
    const kind = map.user.externalId;
    return [
      { kind: 'zendesk_user_id', value: idOf(user), source: systemId },
      ...[...emails].flatMap(([value, isConfirmed]) =>
        isConfirmed && !isShared(map, value) ? [{ kind: 'email', value, source: systemId }] : [],
      ),
      ...(kind !== undefined && typeof external === 'string' && external !== ''
        ? [{ kind, value: external, source: systemId }]
        : []),
    ];
  });
  const one = new Map(all.map((identifier) => [`${identifier.kind} ${identifier.value}`, identifier]));
  return [...one].flatMap(([name, identifier]) => (told.has(name) ? [] : [identifier]));
}

class Lookup {
  readonly #client: ZendeskClient;
  readonly #map: DataMap;
  readonly #context: CallContext;

  constructor(client: ZendeskClient, map: DataMap, context: CallContext) {
    this.#client = client;
    this.#map = map;
    this.#context = context;
  }

  async up(identifier: Identifier): Promise<readonly Hit[]> {
    switch (identifier.kind) {
      case 'email':
        return this.#byEmail(identifier);
      case 'zendesk_user_id': {
        const person = identifier.to === undefined ? await this.byId(identifier.value) : undefined;
        return person === undefined ? [] : [{ person, identifier, doubt: undefined }];
      }
      default:
        return identifier.to === undefined ? this.#byExternalId(identifier) : [];
    }
  }

  async byId(id: string): Promise<Person | undefined> {
    if (!/^\d{1,16}$/.test(id)) return undefined;
    const found = await userOf(this.#client, this.#context, id);
    return found && this.#person(found.object);
  }

  async #byExternalId(identifier: Identifier): Promise<readonly Hit[]> {
    const where = 'users.external_id';
    const hits: Hit[] = [];
    for (const user of await this.#search({ external_id: identifier.value }, where)) {
      if (user.external_id !== identifier.value) throw new HabeasError('record-mismatch', { where });
      hits.push({ person: await this.#person(user), identifier, doubt: undefined });
    }
    return hits;
  }

  async #byEmail(identifier: Identifier): Promise<readonly Hit[]> {
    const where = 'users.email';
    const hits = new Map<string, Hit>();
    for (const email of spellings(identifier.value)) {
      // A quotation mark would end the value, and what follows would be words.
      if (/["\\]/.test(email)) continue;
      for (const user of await this.#search({ query: `email:"${email}"` }, where)) {
        if (hits.has(idOf(user))) continue;
        const person = await this.#person(user);
        const bears = [...person.emails.keys()].filter((one) => folded(one) === folded(identifier.value));
        if (bears.length === 0) throw new HabeasError('record-mismatch', { where });
        hits.set(idOf(user), { person, identifier, doubt: this.#doubtOf(identifier, person) });
      }
    }
    return [...hits.values()];
  }

  #doubtOf({ value, to }: Identifier, { user, emails }: Person): CandidateReason | undefined {
    const isConfirmed = emails.get(value);
    if (isConfirmed === undefined) return 'other-case';
    if (to !== undefined) return 'former-address';
    if (isShared(this.#map, value)) return 'shared-mailbox';
    // Anybody may add an address to their account; one that a mail came from is the account's own.
    return isConfirmed || user.email === value ? undefined : 'unknown-account';
  }

  async #search(query: Readonly<Record<string, string>>, where: string): Promise<readonly ZendeskObject[]> {
    const { objects, isMore } = await this.#client.search(this.#context, '/api/v2/users/search', 'users', where, query);
    if (isMore) throw new HabeasError('too-many-candidates', { where });
    return objects;
  }

  #person(user: ZendeskObject): Promise<Person> {
    return personOf(this.#client, this.#context, user);
  }
}

/** The address as given, and both ways in which Unicode composes it. Case does not matter to search. */
export function spellings(value: string): readonly string[] {
  return [...new Set([value, value.normalize('NFC'), value.normalize('NFD')])];
}

function displayOf({ user }: Person): Readonly<Record<string, string>> {
  const { name, email, created_at: created } = user;
  const shown = { name, email, created: typeof created === 'string' ? created.slice(0, 10) : undefined };
  return Object.fromEntries(
    Object.entries(shown).flatMap(([field, value]) =>
      typeof value === 'string' && value !== '' ? [[field, value.slice(0, shownCharacters)]] : [],
    ),
  );
}
