/**
 * What Stripe's search would find: objects as they were a minute ago ("data is searchable in under 1 minute … don't use
 * search for read-after-write flows", https://docs.stripe.com/search). So a connector that looks people up by search
 * misses one who has just been added and finds one who has just been deleted.
 */
import type { Kind, StripeObject } from './types.ts';

const lagMs = 60_000;
const searchable: ReadonlySet<Kind> = new Set(['customers', 'charges', 'invoices', 'payment_intents', 'subscriptions']);

interface Change {
  readonly kind: Kind;
  readonly id: string;
  /** As JSON, so that a later change of the object does not show; undefined for one that is gone. */
  readonly json: string | undefined;
  readonly visibleAtMs: number;
}

export class SearchIndex {
  readonly #seen = new Map<Kind, Map<string, string>>();
  #pending: Change[] = [];

  /** Takes note of a change; one at the beginning of time (a fixture) is seen at once. */
  note(kind: Kind, id: string, object: StripeObject | undefined, nowMs: number): void {
    if (!searchable.has(kind)) return;
    const change = { kind, id, json: object && JSON.stringify(object), visibleAtMs: nowMs + lagMs };
    if (nowMs === Number.NEGATIVE_INFINITY) this.#see(change);
    else this.#pending.push(change);
  }

  /** The objects as search knows them at this instant, newest first. */
  objects(kind: Kind, nowMs: number): StripeObject[] {
    for (const change of this.#pending) if (change.visibleAtMs <= nowMs) this.#see(change);
    this.#pending = this.#pending.filter(({ visibleAtMs }) => visibleAtMs > nowMs);
    const seen = [...(this.#seen.get(kind)?.values() ?? [])].map((json) => JSON.parse(json) as StripeObject);
    return seen.sort((a, b) => b.created - a.created);
  }

  #see({ kind, id, json }: Change): void {
    const seen = this.#seen.get(kind) ?? new Map<string, string>();
    this.#seen.set(kind, seen);
    if (json === undefined) seen.delete(id);
    else seen.set(id, json);
  }
}
