/**
 * What tests and the local stack may do to the stand-in and Zendesk would not let anybody do. The same verbs are under
 * `POST /_control/<verb>` with a JSON list of arguments, for a stand-in that runs as a process of its own.
 */
import { createHash } from 'node:crypto';
import { canonicalJson, type JsonValue } from '../../security/canonical.ts';
import { runVerbOf } from '../stand-in/http.ts';
import type { Right } from './core/access.ts';
import { type Account, type Delays, usualDelays } from './core/account.ts';
import type { Fault, Faults } from './core/faults.ts';
import type { Plan } from './core/limits.ts';
import { type Entity, type Kind, kinds, numberOf } from './core/types.ts';
import { type Fixture, loadFixture } from './fixtures.ts';
import { doDue } from './objects/due.ts';

export interface ControlParts {
  readonly account: Account;
  readonly faults: Faults;
  /** Keeps the state if it is kept. */
  keep(): void;
}

/** A request that came in. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly body: string;
  /** Whether it carried credentials. */
  readonly isAuthorized: boolean;
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
    this.#settle();
  }

  advanceClock(seconds: number): void {
    this.#parts.account.clock.advance(seconds);
    this.#settle();
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

  /** Lets somebody in: by `email/token:…` or as a Bearer token. */
  addToken(email: string, token: string, right: Right = 'admin'): void {
    this.#parts.account.access.add(token, { email, right });
  }

  revokeToken(token: string): void {
    this.#parts.account.access.revoke(token);
  }

  /** How often the desk may be asked. */
  setPlan(plan: Plan): void {
    this.#parts.account.limits.plan = plan;
    this.#parts.account.limits.forget();
  }

  /** How long things take from now on; what is left out takes as long as usual. */
  setDelays(delays: Partial<Delays>): void {
    this.#parts.account.delays = { ...usualDelays, ...delays };
  }

  load(fixture: Fixture): void {
    loadFixture(this.#parts.account, fixture);
    this.#settle();
  }

  /** Makes the desk anew with a sample, unless it is this sample already. Whether it was loaded now. */
  loadSample(name: string, fixture: Fixture): boolean {
    const { account } = this.#parts;
    if (account.sample === name) return false;
    this.reset();
    account.sample = name;
    this.load(fixture);
    return true;
  }

  /** Forgets all objects, ordered faults and counted requests; tokens, plan, delays and clock stay. */
  reset(): void {
    this.#parts.account.reset();
    this.#parts.faults.clear();
    this.#seen.length = 0;
    this.#parts.keep();
  }

  /** One object as it is kept, or null. */
  object(kind: Kind, id: number): Entity | null {
    return this.#parts.account.store.get(kind, id) ?? null;
  }

  /** Ids of all objects of a kind, in order. */
  ids(kind: Kind): number[] {
    return this.#parts.account.store.all(kind).map(({ id }) => id);
  }

  /** Everything that belongs to a user, and the user itself, by kind. */
  ofUser(user: number): Partial<Record<Kind, readonly Entity[]>> {
    const { store } = this.#parts.account;
    const own = store.get('users', user);
    const tickets = store.having('tickets', 'requester_id', user);
    const onTickets = (kind: Kind, field: string) => tickets.flatMap(({ id }) => store.having(kind, field, id));
    const found: Partial<Record<Kind, readonly Entity[]>> = {
      users: own === undefined ? [] : [own],
      identities: store.having('identities', 'user_id', user),
      tickets,
      comments: onTickets('comments', '_ticket'),
      audits: onTickets('audits', 'ticket_id'),
      satisfaction_ratings: onTickets('satisfaction_ratings', 'ticket_id'),
    };
    return Object.fromEntries(Object.entries(found).filter(([, objects]) => objects.length > 0));
  }

  /** Whether this text stands anywhere in what is kept, and where: `kind/id`. For tests that look for what was left behind. */
  whereIs(text: string): string[] {
    const { store } = this.#parts.account;
    const written = JSON.stringify(text).slice(1, -1);
    return kinds.flatMap((kind) =>
      store.all(kind).flatMap((object) => (JSON.stringify(object).includes(written) ? [`${kind}/${object.id}`] : [])),
    );
  }

  /** When the last of what is due later is due; null where nothing is. */
  lastDue(): string | null {
    const due = this.#parts.account.store.all('effects').map(({ _due }) => numberOf(_due) ?? 0);
    return due.length === 0 ? null : new Date(Math.max(...due)).toISOString();
  }

  /** SHA-256 of every object by kind and id: what of it differs has changed. */
  digests(): Record<string, string> {
    const { store } = this.#parts.account;
    return Object.fromEntries(
      kinds.flatMap((kind) => store.all(kind).map((object) => [`${kind}/${object.id}`, digestOf(object)])),
    );
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

  #settle(): void {
    doDue(this.#parts.account);
    this.#parts.keep();
  }
}

const seenAtMost = 10_000;

/** Objects are never changed in place, so that one that is still there has the digest that it had. */
const digested = new WeakMap<Entity, string>();

function digestOf(value: Entity): string {
  const known = digested.get(value);
  if (known !== undefined) return known;
  const written = canonicalJson(JSON.parse(JSON.stringify(value)) as JsonValue);
  const digest = createHash('sha256').update(written).digest('hex');
  digested.set(value, digest);
  return digest;
}

const verbs = [
  'setClock',
  'advanceClock',
  'now',
  'orderFault',
  'clearFaults',
  'addToken',
  'revokeToken',
  'setPlan',
  'setDelays',
  'load',
  'loadSample',
  'reset',
  'object',
  'ids',
  'ofUser',
  'whereIs',
  'lastDue',
  'digests',
  'requests',
  'forgetRequests',
] as const satisfies readonly (keyof Control)[];

/** Carries out a verb of `/_control/`; undefined if there is none of that name. */
export function runVerb(control: Control, name: string, body: string): { readonly result: unknown } | undefined {
  return runVerbOf(control, verbs, name, body);
}
