/**
 * One kind of object, in the order Stripe lists it (newest first; of one second, the later one first), and by
 * what it belongs to. Pages are found by their cursor's place, never by an offset: objects that are added while somebody pages do
 * not move what comes after the cursor, and a first page read again may begin with new ones.
 */
import { missing } from './errors.ts';
import type { StripeObject } from './types.ts';

export interface Page {
  readonly data: StripeObject[];
  readonly hasMore: boolean;
}

/** Fields by which objects are found without looking at all of them. */
const indexed = ['customer', 'charge', 'payment_intent', 'invoice', '_subscription', '_pdf', 'email'] as const;
export type Indexed = (typeof indexed)[number];
export interface IndexKey {
  readonly field: Indexed;
  readonly value: string;
}

export interface PageRequest {
  readonly limit: number;
  readonly startingAfter?: string | undefined;
  readonly endingBefore?: string | undefined;
  readonly within?: IndexKey | undefined;
  /** For the message of a cursor that is not there. */
  readonly noun: string;
  matches(object: StripeObject): boolean;
}

interface Entry {
  readonly object: StripeObject;
  readonly order: number;
  /** What the indexed fields were when the object was put. */
  keys: readonly IndexKey[];
}

export class Collection {
  readonly #entries = new Map<string, Entry>();
  /** Oldest first. */
  readonly #all: Entry[] = [];
  readonly #byKey = new Map<string, Entry[]>();
  #next = 0;

  get(id: string): StripeObject | undefined {
    return this.#entries.get(id)?.object;
  }

  /** All objects, oldest first. */
  values(): StripeObject[] {
    return this.#all.map(({ object }) => object);
  }

  /** Objects whose field is this, oldest first. */
  having(field: Indexed, value: string): StripeObject[] {
    return (this.#byKey.get(nameOf({ field, value })) ?? []).map(({ object }) => object);
  }

  ofCustomer(customer: string): StripeObject[] {
    return this.having('customer', customer);
  }

  /** Adds an object, or takes note that a known one has changed. */
  put(object: StripeObject): void {
    const keys = keysOf(object);
    const known = this.#entries.get(object.id);
    if (known === undefined) {
      const entry = { object, order: this.#next++, keys };
      this.#entries.set(object.id, entry);
      insert(this.#all, entry);
      this.#enlist(entry);
    } else {
      this.#delist(known);
      known.keys = keys;
      this.#enlist(known);
    }
  }

  remove(id: string): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    this.#entries.delete(id);
    this.#all.splice(placeOf(this.#all, entry), 1);
    this.#delist(entry);
  }

  page(request: PageRequest): Page {
    const entries = request.within === undefined ? this.#all : (this.#byKey.get(nameOf(request.within)) ?? []);
    const backwards = request.endingBefore !== undefined;
    const cursor = request.endingBefore ?? request.startingAfter;
    const start = this.#start(entries, cursor, backwards, request.noun);
    const step = backwards ? 1 : -1;
    const data: StripeObject[] = [];
    for (let at = start; at >= 0 && at < entries.length; at += step) {
      const object = entries[at]?.object;
      if (object === undefined || !request.matches(object)) continue;
      if (data.length === request.limit) return { data: backwards ? data.reverse() : data, hasMore: true };
      data.push(object);
    }
    return { data: backwards ? data.reverse() : data, hasMore: false };
  }

  #start(entries: readonly Entry[], cursor: string | undefined, backwards: boolean, noun: string): number {
    if (cursor === undefined) return entries.length - 1;
    const entry = this.#entries.get(cursor);
    if (entry === undefined) {
      throw missing(noun, cursor, { param: backwards ? 'ending_before' : 'starting_after', inPath: false });
    }
    const place = placeOf(entries, entry);
    if (backwards) return entries[place] === entry ? place + 1 : place;
    return place - 1;
  }

  #enlist(entry: Entry): void {
    for (const key of entry.keys) {
      const listed = this.#byKey.get(nameOf(key)) ?? [];
      insert(listed, entry);
      this.#byKey.set(nameOf(key), listed);
    }
  }

  #delist(entry: Entry): void {
    for (const key of entry.keys) {
      const listed = this.#byKey.get(nameOf(key)) ?? [];
      listed.splice(placeOf(listed, entry), 1);
      if (listed.length === 0) this.#byKey.delete(nameOf(key));
    }
  }
}

const nameOf = ({ field, value }: IndexKey): string => `${field} ${value}`;

function keysOf(object: StripeObject): IndexKey[] {
  return indexed.flatMap((field) => {
    const value = object[field];
    return typeof value === 'string' ? [{ field, value }] : [];
  });
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.object.created === b.object.created ? a.order < b.order : a.object.created < b.object.created;
}

/** Where the entry is, or would be. */
function placeOf(entries: readonly Entry[], entry: Entry): number {
  const last = entries.at(-1);
  if (last !== undefined && isBefore(last, entry)) return entries.length;
  let [low, high] = [0, entries.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const at = entries[middle];
    if (at !== undefined && isBefore(at, entry)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function insert(entries: Entry[], entry: Entry): void {
  entries.splice(placeOf(entries, entry), 0, entry);
}
