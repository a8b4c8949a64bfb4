/**
 * Everything the stand-in remembers: objects by kind, customers that were deleted, and what the search index has seen so
 * far. Objects are changed in place by handlers and then put again. Ids are Stripe's in form and counted, so that the same
 * requests give the same ids.
 */
import { Collection } from './collection.ts';
import { SearchIndex } from './search-index.ts';
import { type Kind, kindNames, kinds, type StripeObject } from './types.ts';

export interface SavedStore {
  readonly objects: Readonly<Partial<Record<Kind, StripeObject[]>>>;
  readonly deletedCustomers: readonly string[];
  readonly counter: number;
}

export class Store {
  readonly search = new SearchIndex();
  readonly deletedCustomers = new Set<string>();
  readonly #collections: Record<Kind, Collection>;
  #counter = 0;

  constructor() {
    this.#collections = Object.fromEntries(kindNames.map((kind) => [kind, new Collection()])) as Record<
      Kind,
      Collection
    >;
  }

  in(kind: Kind): Collection {
    return this.#collections[kind];
  }

  put(kind: Kind, object: StripeObject, nowMs: number): StripeObject {
    this.#collections[kind].put(object);
    this.search.note(kind, object.id, object, nowMs);
    return object;
  }

  remove(kind: Kind, id: string, nowMs: number): void {
    this.#collections[kind].remove(id);
    this.search.note(kind, id, undefined, nowMs);
  }

  newId(kind: Kind): string {
    return this.newIdWith(kinds[kind]);
  }

  newIdWith(prefix: string): string {
    this.#counter += 1;
    return `${prefix}1StandIn${String(this.#counter).padStart(14, '0')}`;
  }

  /** The object that an id names, whatever its kind. */
  byId(id: string): { kind: Kind; object: StripeObject } | undefined {
    for (const kind of kindNames) {
      if (!id.startsWith(kinds[kind])) continue;
      const object = this.#collections[kind].get(id);
      return object === undefined ? undefined : { kind, object };
    }
    return undefined;
  }

  saved(): SavedStore {
    const objects = Object.fromEntries(kindNames.map((kind) => [kind, this.#collections[kind].values()]));
    return { objects, deletedCustomers: [...this.deletedCustomers], counter: this.#counter };
  }

  /** Takes objects in as they are. Search has seen them for a long time. */
  load(saved: SavedStore): void {
    for (const kind of kindNames) {
      for (const object of saved.objects[kind] ?? []) this.put(kind, object, Number.NEGATIVE_INFINITY);
    }
    for (const id of saved.deletedCustomers) this.deletedCustomers.add(id);
    this.#counter = Math.max(this.#counter, saved.counter);
  }
}
