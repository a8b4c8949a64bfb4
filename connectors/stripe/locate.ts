/**
 * Finds customers by stored id, by the e-mail address they bear now, and payments by id. Never by search, which lags behind and
 * matches parts. One private customer that bears the very address is proved by it; several, another letter case, a shared mailbox or
 * an address that was given up are for a person to decide. So is a sole trader's customer that only an address leads to: who looks
 * after a business's bills may give their own, and it proves no business. The contact of a company's customer is not the customer:
 * what is proved then is the person as the one whom that address names there.
 *
 * Stripe's e-mail filter is exact and case-sensitive, so other spellings are found only as far as they are asked for: small letters,
 * every word with a capital, and both compositions of Unicode.
 */
import { HabeasError } from '../../src/errors.ts';
import type {
  CallContext,
  Candidate,
  CandidateReason,
  CustomerKind,
  Identifier,
  LocateInput,
  LocateResult,
  RecordRef,
  SubjectKey,
} from '../contract.ts';
import { requireUsable } from '../identifiers.ts';
import { idIn, type StripeClient, type StripeObject } from './client.ts';
import type { DataMap } from './data-map.ts';
import {
  contactRef,
  customerRef,
  idAt,
  isDeleted,
  isShared,
  kindOf,
  paymentRef,
  provedNames,
  rootOf,
} from './roots.ts';

export const identifierKinds = ['stripe_customer_id', 'email', 'stripe_payment_intent_id'] as const;

/** Customers that one address may have; more is not one person. */
const most = 100;
const shownCharacters = 200;

interface Hit {
  readonly ref: RecordRef;
  readonly identifier: Identifier;
  /** What is in doubt; undefined: the very value, and it names nobody else as far as this hit tells. */
  readonly doubt: CandidateReason | undefined;
  readonly customer: StripeObject | undefined;
}

const nameOf = ({ collection, key }: RecordRef): string => JSON.stringify([collection, key]);

/** See the contract. */
export async function locate(
  client: StripeClient,
  map: DataMap,
  context: CallContext,
  { identifiers, accepted, rejected }: LocateInput,
): Promise<LocateResult> {
  const known = identifiers.filter(({ kind }) => identifierKinds.some((one) => one === kind));
  for (const identifier of known) requireUsable(identifier);
  const look = new Lookup(client, map, context, known);
  const hits: Hit[] = [];
  for (const identifier of known) hits.push(...(await look.up(identifier)));
  const out = new Set(rejected.map(nameOf));
  const proved = new Map<string, SubjectKey>();
  for (const ref of accepted)
    if (!out.has(nameOf(ref)) && (await look.isThere(ref))) proved.set(nameOf(ref), { ...ref, provedBy: 'accepted' });
  for (const hit of doubtSeveral(hits)) {
    const name = nameOf(hit.ref);
    if (hit.doubt === undefined && !out.has(name) && !proved.has(name))
      proved.set(name, { ...hit.ref, provedBy: hit.identifier.kind });
  }
  const candidates = new Map<string, Candidate>();
  for (const { ref, doubt, identifier, customer } of doubtSeveral(hits)) {
    const name = nameOf(ref);
    const before = candidates.get(name)?.reason;
    if (doubt === undefined || proved.has(name) || out.has(name)) continue;
    if (before !== undefined && precedence.indexOf(before) <= precedence.indexOf(doubt)) continue;
    candidates.set(name, { ref, reason: doubt, matchedBy: identifier.kind, display: displayOf(customer) });
  }
  return {
    keys: [...proved.values()],
    learnt: learnt([...proved.values()], known, context),
    candidates: [...candidates.values()],
  };
}

/** Which reason a person is shown where several are true. */
const precedence: readonly CandidateReason[] = [
  ...(['several-accounts', 'shared-mailbox', 'other-case', 'former-address', 'unknown-account'] as const),
];

/** Several customers that bear one address now: neither is proved by it. */
function doubtSeveral(hits: readonly Hit[]): readonly Hit[] {
  const answering = new Map<string, Set<string>>();
  for (const { identifier, doubt, ref } of hits) {
    const value = JSON.stringify([identifier.kind, identifier.value]);
    if (bears(doubt)) answering.set(value, (answering.get(value) ?? new Set()).add(nameOf(ref)));
  }
  return hits.map((hit) => {
    const { identifier, doubt } = hit;
    const several = (answering.get(JSON.stringify([identifier.kind, identifier.value]))?.size ?? 0) > 1;
    return bears(doubt) && several && identifier.kind === 'email' ? { ...hit, doubt: 'several-accounts' } : hit;
  });
}

/** The very address stands there now. */
const bears = (doubt: CandidateReason | undefined): boolean => doubt === undefined || doubt === 'unknown-account';

/** The number of a customer that is the person's own; a company's is the company's. An address is no unique value here. */
function learnt(
  proved: readonly SubjectKey[],
  known: readonly Identifier[],
  { systemId }: CallContext,
): readonly Identifier[] {
  const told = new Set(known.map(({ kind, value }) => `${kind} ${value}`));
  return proved.flatMap((key) => {
    const root = rootOf(key);
    if (root?.proved !== provedNames.customer || root.kind === 'company') return [];
    const one: Identifier = { kind: 'stripe_customer_id', value: root.id, source: systemId };
    return told.has(`${one.kind} ${one.value}`) ? [] : [one];
  });
}

class Lookup {
  readonly #client: StripeClient;
  readonly #map: DataMap;
  readonly #context: CallContext;
  readonly #emails: readonly string[];

  constructor(client: StripeClient, map: DataMap, context: CallContext, known: readonly Identifier[]) {
    this.#client = client;
    this.#map = map;
    this.#context = context;
    this.#emails = known.flatMap(({ kind, value, to }) =>
      kind === 'email' && to === undefined && !isShared(map, value) ? [value] : [],
    );
  }

  async up(identifier: Identifier): Promise<readonly Hit[]> {
    switch (identifier.kind) {
      case 'email':
        return this.#byEmail(identifier);
      case 'stripe_customer_id':
        return this.#byCustomer(identifier, identifier.value);
      default:
        return this.#byPayment(identifier);
    }
  }

  /** Whether what a person accepted is still what they saw. */
  async isThere(ref: RecordRef): Promise<boolean> {
    const root = rootOf(ref);
    if (root === undefined || root.proved === provedNames.payment) return false;
    const customer = await this.#customer(root.id);
    if (customer === undefined || isDeleted(customer)) return false;
    if (root.proved === provedNames.contact) return customer.email === root.email;
    return kindOf(this.#map, customer) === root.kind;
  }

  async #byEmail(identifier: Identifier): Promise<readonly Hit[]> {
    const hits = new Map<string, Hit>();
    for (const email of spellings(identifier.value)) {
      let count = 0;
      for await (const { objects } of this.#client.list(this.#context, '/v1/customers', 'customers.email', { email })) {
        count += objects.length;
        if (count > most) throw new HabeasError('too-many-candidates', { where: 'customers.email' });
        for (const customer of objects) {
          // A server that ignores the filter would show us somebody else's customer as this person's.
          if (customer.email !== email) throw new HabeasError('record-mismatch', { where: 'customers.email' });
          const kind = kindOf(this.#map, customer);
          const doubt = doubtOf(this.#map, identifier, email, kind);
          const ref = kind === 'company' ? contactRef(customer.id, email) : customerRef(customer.id, kind);
          if (!hits.has(nameOf(ref))) hits.set(nameOf(ref), { ref, identifier, doubt, customer });
        }
      }
    }
    return [...hits.values()].reverse();
  }

  /** A company's customer whose number is known is the person's only where an address of theirs says so. */
  async #byCustomer(identifier: Identifier, id: string): Promise<readonly Hit[]> {
    if (identifier.to !== undefined) return [];
    const customer = await this.#customer(id);
    if (customer === undefined) return [];
    const kind = kindOf(this.#map, customer);
    const refs =
      kind === 'company' && this.#emails.length > 0
        ? this.#emails.map((email) => contactRef(id, email))
        : [customerRef(id, kind)];
    return refs.map((ref) => ({ ref, identifier, doubt: undefined, customer }));
  }

  async #byPayment(identifier: Identifier): Promise<readonly Hit[]> {
    const { value } = identifier;
    if (!/^pi_[A-Za-z0-9_]+$/.test(value) || identifier.to !== undefined) return [];
    const found = await this.#client.get(this.#context, `/v1/payment_intents/${idIn(value)}`, 'payment_intents');
    if (found === undefined) return [];
    if (found.body.id !== value) throw new HabeasError('record-mismatch', { where: 'payment_intents' });
    const customer = idAt(found.body, 'customer');
    if (customer !== '') return this.#byCustomer(identifier, customer);
    return [{ ref: paymentRef(value), identifier, doubt: undefined, customer: undefined }];
  }

  async #customer(id: string): Promise<StripeObject | undefined> {
    if (!/^[A-Za-z0-9_-]{3,}$/.test(id)) return undefined;
    const found = await this.#client.get(this.#context, `/v1/customers/${idIn(id)}`, 'customers');
    if (found !== undefined && found.body.id !== id) throw new HabeasError('record-mismatch', { where: 'customers' });
    return found?.body;
  }
}

function doubtOf(
  map: DataMap,
  { value, to }: Identifier,
  email: string,
  kind: CustomerKind,
): CandidateReason | undefined {
  if (email !== value) return 'other-case';
  if (to !== undefined) return 'former-address';
  if (isShared(map, email)) return 'shared-mailbox';
  return kind === 'sole-trader' ? 'unknown-account' : undefined;
}

/** The address as given first, then as others may have typed it. */
export function spellings(value: string): readonly string[] {
  const at = value.lastIndexOf('@');
  const [local, domain] = [value.slice(0, at).toLowerCase(), value.slice(at).toLowerCase()];
  const capitals = local.replace(
    /(^|[._-])(\p{L})/gu,
    (_, before: string, letter: string) => before + letter.toUpperCase(),
  );
  const forms = [value, local + domain, capitals + domain];
  return [...new Set([value, ...forms.flatMap((form) => [form.normalize('NFC'), form.normalize('NFD')])])];
}

function displayOf(customer: StripeObject | undefined): Readonly<Record<string, string>> {
  const { name, email, created }: Readonly<Record<string, unknown>> = customer ?? {};
  const day = typeof created === 'number' ? new Date(created * 1_000).toISOString().slice(0, 10) : undefined;
  const shown = { name, email, created: day };
  return Object.fromEntries(
    Object.entries(shown).flatMap(([field, value]) =>
      typeof value === 'string' && value !== '' ? [[field, value.slice(0, shownCharacters)]] : [],
    ),
  );
}
