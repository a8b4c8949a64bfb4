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
  readonly object: StripeObject | undefined;
  readonly visibleAtMs: number;
}

export class SearchIndex {
  readonly #seen = new Map<Kind, Map<string, StripeObject>>();
  #pending: Change[] = [];

  note(kind: Kind, id: string, object: StripeObject | undefined, nowMs: number): void {
    if (!searchable.has(kind)) return;
    const copy = object === undefined ? undefined : structuredClone(object);
    this.#pending.push({ kind, id, object: copy, visibleAtMs: nowMs + lagMs });
  }

  /** The objects as search knows them at this instant, newest first. */
  objects(kind: Kind, nowMs: number): StripeObject[] {
    const due = this.#pending.filter(({ visibleAtMs }) => visibleAtMs <= nowMs);
    this.#pending = this.#pending.filter(({ visibleAtMs }) => visibleAtMs > nowMs);
    for (const change of due) {
      const seen = this.#seen.get(change.kind) ?? new Map<string, StripeObject>();
      this.#seen.set(change.kind, seen);
      if (change.object === undefined) seen.delete(change.id);
      else seen.set(change.id, change.object);
    }
    return [...(this.#seen.get(kind)?.values() ?? [])].sort((a, b) => b.created - a.created);
  }
}
