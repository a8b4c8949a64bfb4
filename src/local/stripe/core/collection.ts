/**
 * One kind of object, in the order Stripe lists it (newest first; of one second, the later one first), and by customer.
 * Pages are found by their cursor's place, never by an offset: objects that are added while somebody pages do not move
 * what comes after the cursor, and a first page read again may begin with new ones.
 */
import { missing } from './errors.ts';
import type { StripeObject } from './types.ts';

export interface Page {
  readonly data: StripeObject[];
  readonly hasMore: boolean;
}

export interface PageRequest {
  readonly limit: number;
  readonly startingAfter?: string | undefined;
  readonly endingBefore?: string | undefined;
  readonly customer?: string | undefined;
  /** For the message of a cursor that is not there. */
  readonly noun: string;
  matches(object: StripeObject): boolean;
}

interface Entry {
  readonly object: StripeObject;
  readonly order: number;
  customer: string | undefined;
}

export class Collection {
  readonly #entries = new Map<string, Entry>();
  /** Oldest first. */
  readonly #all: Entry[] = [];
  readonly #byCustomer = new Map<string, Entry[]>();
  #next = 0;

  get(id: string): StripeObject | undefined {
    return this.#entries.get(id)?.object;
  }

  /** All objects, oldest first. */
  values(): StripeObject[] {
    return this.#all.map(({ object }) => object);
  }

  ofCustomer(customer: string): StripeObject[] {
    return (this.#byCustomer.get(customer) ?? []).map(({ object }) => object);
  }

  /** Adds an object, or takes note that a known one has changed. */
  put(object: StripeObject): void {
    const customer = typeof object.customer === 'string' ? object.customer : undefined;
    const known = this.#entries.get(object.id);
    if (known === undefined) {
      const entry = { object, order: this.#next++, customer };
      this.#entries.set(object.id, entry);
      insert(this.#all, entry);
      this.#enlist(entry);
    } else if (known.customer !== customer) {
      this.#delist(known);
      known.customer = customer;
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
    const entries = request.customer === undefined ? this.#all : (this.#byCustomer.get(request.customer) ?? []);
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
    if (entry.customer === undefined) return;
    const listed = this.#byCustomer.get(entry.customer) ?? [];
    insert(listed, entry);
    this.#byCustomer.set(entry.customer, listed);
  }

  #delist(entry: Entry): void {
    if (entry.customer === undefined) return;
    const listed = this.#byCustomer.get(entry.customer) ?? [];
    listed.splice(placeOf(listed, entry), 1);
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.object.created === b.object.created ? a.order < b.order : a.object.created < b.object.created;
}

/** Where the entry is, or would be. */
function placeOf(entries: readonly Entry[], entry: Entry): number {
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
