/**
 * What tests and the local stack may do to the stand-in and Stripe would not let anybody do. The same verbs are under
 * `POST /_control/<verb>` with a JSON list of arguments, for a stand-in that runs as a process of its own.
 */
import { createHash } from 'node:crypto';
import { canonicalJson, type JsonValue } from '../../security/canonical.ts';
import { runVerbOf } from '../stand-in/http.ts';
import type { Account } from './core/account.ts';
import type { Fault, Faults } from './core/faults.ts';
import type { Keys } from './core/keys.ts';
import { type Json, type JsonHash, type Kind, kindNames, type StripeObject } from './core/types.ts';
import { type Fixture, loadFixture } from './fixtures.ts';
import { disputeFrom } from './objects/payments.ts';

export interface ControlParts {
  readonly account: Account;
  readonly keys: Keys;
  readonly faults: Faults;
  /** Carries out what the clock has made due, and keeps the state if it is kept. */
  settle(): void;
}

/** Method, path and status of a request that came in. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly body: string;
  readonly idempotencyKey: string | null;
  readonly apiVersion: string | null;
  /** HTTP status, or null for one that was not answered. */
  readonly status: number | null;
}

export class Control {
  readonly #parts: ControlParts;
  readonly #seen: SeenRequest[] = [];

  constructor(parts: ControlParts) {
    this.#parts = parts;
  }

  /** Stops the clock at an instant (ISO 8601); null lets it run. */
  setClock(instant: string | null): void {
    this.#parts.account.clock.set(instant);
    this.#parts.settle();
  }

  advanceClock(seconds: number): void {
    this.#parts.account.clock.advance(seconds);
    this.#parts.settle();
  }

  now(): string {
    return new Date(this.#parts.account.clock.nowMs()).toISOString();
  }

  orderFault(fault: Fault): void {
    this.#parts.faults.order(fault);
  }

  clearFaults(): void {
    this.#parts.faults.clear();
  }

  /** A secret key, or a restricted one with its permissions (`customer_read`, `invoice_read` …). */
  addKey(key: string, permissions: 'all' | readonly string[] = 'all'): void {
    this.#parts.keys.add(key, permissions);
  }

  revokeKey(key: string): void {
    this.#parts.keys.revoke(key);
  }

  /** Whether the account takes part in the preview of redaction jobs; it does not unless told. */
  enableRedaction(enabled: boolean): void {
    this.#parts.account.redactionEnabled = enabled;
    this.#parts.settle();
  }

  load(fixture: Fixture): void {
    loadFixture(this.#parts.account.store, fixture);
    this.#parts.settle();
  }

  /** Makes the account anew with a sample, unless it is this sample already. Whether it was loaded now. */
  loadSample(name: string, fixture: Fixture): boolean {
    const { account } = this.#parts;
    if (account.sample === name) return false;
    this.reset();
    account.sample = name;
    this.load(fixture);
    return true;
  }

  /** Forgets all objects, ordered faults and kept answers; keys and clock stay. */
  reset(): void {
    this.#parts.account.reset();
    this.#parts.faults.clear();
    this.#seen.length = 0;
    this.#parts.settle();
  }

  /** A cardholder disputes a charge. */
  dispute(chargeId: string, fields: JsonHash = {}): StripeObject {
    const { store, clock } = this.#parts.account;
    const charge = store.in('charges').get(chargeId);
    if (charge === undefined) throw new RangeError(`no charge ${chargeId}`);
    charge.disputed = true;
    store.put('charges', charge, clock.nowMs());
    const { amount = 0, currency = 'eur', payment_intent = null } = charge;
    const dispute = disputeFrom({
      id: store.newId('disputes'),
      created: clock.now(),
      amount,
      currency,
      payment_intent,
      charge: chargeId,
      ...fields,
    });
    return structuredClone(store.put('disputes', dispute, clock.nowMs()));
  }

  /** Changes fields of an object as Stripe's own processes would (a subscription past due, a dispute won). */
  setFields(kind: Kind, id: string, fields: JsonHash): void {
    const { store, clock } = this.#parts.account;
    const object = store.in(kind).get(id);
    if (object === undefined) throw new RangeError(`no ${kind} ${id}`);
    store.put(kind, Object.assign(object, structuredClone(fields)), clock.nowMs());
    this.#parts.settle();
  }

  /** One object as it is kept, or null; for a deleted customer what Stripe answers. */
  object(kind: Kind, id: string): StripeObject | null {
    const { store } = this.#parts.account;
    return structuredClone(store.in(kind).get(id) ?? null);
  }

  /** Ids of all objects of a kind, oldest first. */
  ids(kind: Kind): string[] {
    return this.#parts.account.store
      .in(kind)
      .values()
      .map(({ id }) => id);
  }

  isDeleted(customer: string): boolean {
    return this.#parts.account.store.deletedCustomers.has(customer);
  }

  /** Everything that names this customer, and the customer itself, by kind. */
  ofCustomer(customer: string): Partial<Record<Kind, StripeObject[]>> {
    const { store } = this.#parts.account;
    const found: Partial<Record<Kind, StripeObject[]>> = {};
    for (const kind of kindNames) {
      const own = kind === 'customers' ? [store.in(kind).get(customer)] : store.in(kind).ofCustomer(customer);
      const objects = own.filter((object) => object !== undefined);
      if (objects.length > 0) found[kind] = structuredClone(objects);
    }
    return found;
  }

  /** Takes a customer and everything that names it out of the account, as if it had never been there. */
  forget(customer: string): void {
    const { store, clock } = this.#parts.account;
    for (const kind of kindNames)
      for (const { id } of this.ofCustomer(customer)[kind] ?? []) store.remove(kind, id, clock.nowMs());
    store.deletedCustomers.delete(customer);
    this.#parts.settle();
  }

  /** SHA-256 of every object by kind and id: what of it differs has changed. */
  digests(): Record<string, string> {
    const { store } = this.#parts.account;
    const digests: Record<string, string> = {};
    for (const kind of kindNames) {
      for (const object of store.in(kind).values()) digests[`${kind}/${object.id}`] = digestOf(object);
    }
    return digests;
  }

  /** SHA-256 of the whole state. */
  digest(): string {
    const { deletedCustomers } = this.#parts.account.store;
    return digestOf({ objects: this.digests(), deleted: [...deletedCustomers].sort() });
  }

  /** Requests since the start or the last `forgetRequests`, in order. They hold what was sent: for tests only. */
  requests(): SeenRequest[] {
    return structuredClone(this.#seen);
  }

  forgetRequests(): void {
    this.#seen.length = 0;
  }

  /** Called by the server. */
  see(request: SeenRequest): void {
    this.#seen.push(request);
    if (this.#seen.length > seenAtMost) this.#seen.shift();
  }
}

const seenAtMost = 10_000;

const digestOf = (value: Json): string =>
  createHash('sha256')
    .update(canonicalJson(value as JsonValue))
    .digest('hex');

const verbs = [
  'setClock',
  'advanceClock',
  'now',
  'orderFault',
  'clearFaults',
  'addKey',
  'revokeKey',
  'enableRedaction',
  'load',
  'loadSample',
  'reset',
  'dispute',
  'setFields',
  'object',
  'ids',
  'isDeleted',
  'ofCustomer',
  'forget',
  'digests',
  'digest',
  'requests',
  'forgetRequests',
] as const satisfies readonly (keyof Control)[];

/** Carries out a verb of `/_control/`; undefined if there is none of that name. */
export function runVerb(control: Control, name: string, body: string): { readonly result: unknown } | undefined {
  return runVerbOf(control, verbs, name, body);
}
