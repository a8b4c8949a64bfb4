/**
 * Lists in pages, both ways of the Support API: cursors (`page[size]`, `page[after]`, `page[before]`) and, where a request has
 * none of these, offsets (`page`, `per_page`), which move when somebody deletes while somebody else reads
 * (https://developer.zendesk.com/api-reference/introduction/pagination/).
 */
import { badRequest } from './errors.ts';
import type { Call, Reply } from './routing.ts';
import type { Entity, JsonHash } from './types.ts';

const largestPage = 100;

export interface Listing {
  /** The name of the list in the answer. */
  readonly name: string;
  readonly objects: readonly Entity[];
  view(object: Entity): JsonHash;
  readonly largestPage?: number;
}

/** A page of the objects, in their order or, if the request asks for it, the other way round. */
export function listed(call: Call, listing: Listing): Reply {
  const { query } = call;
  const newestFirst = query.get('sort_order') === 'desc' || query.get('sort')?.startsWith('-') === true;
  const objects = newestFirst ? [...listing.objects].reverse() : listing.objects;
  const isCursor = ['page[size]', 'page[after]', 'page[before]'].some((name) => query.has(name));
  return isCursor ? byCursor(call, { ...listing, objects }) : byOffset(call, { ...listing, objects });
}

function byCursor(call: Call, { name, objects, view, largestPage: largest = largestPage }: Listing): Reply {
  const { query } = call;
  const size = sizeOf(query.get('page[size]'), largest, 'page[size]');
  const [after, before] = [placeOf(query.get('page[after]')), placeOf(query.get('page[before]'))];
  const place = after ?? before;
  // By id and not by offset: what was deleted meanwhile moves nothing.
  const isRising = (objects[0]?.id ?? 0) <= (objects.at(-1)?.id ?? 0);
  const isBehind = ({ id }: Entity): boolean => (isRising ? id > (place ?? 0) : id < (place ?? 0));
  const isAhead = ({ id }: Entity): boolean => (isRising ? id < (place ?? 0) : id > (place ?? 0));
  let [page, hasMore]: [readonly Entity[], boolean] = [[], false];
  if (before !== undefined && after === undefined) {
    const ahead = objects.filter(isAhead);
    [page, hasMore] = [ahead.slice(-size), ahead.length > size];
  } else {
    const from = after === undefined ? 0 : firstBehind(objects, isBehind);
    [page, hasMore] = [objects.slice(from, from + size), objects.length > from + size];
  }
  const [first, last] = [cursorOf(page[0]), cursorOf(page.at(-1))];
  return {
    body: {
      [name]: page.map(view),
      meta: { has_more: hasMore, after_cursor: last, before_cursor: first },
      links: {
        next: last && address(call, { 'page[after]': last }),
        prev: first && address(call, { 'page[before]': first }),
      },
    },
  };
}

function byOffset(call: Call, { name, objects, view, largestPage: largest = largestPage }: Listing): Reply {
  const { query } = call;
  const size = sizeOf(query.get('per_page'), largest, 'per_page');
  const page = Math.max(1, Number(query.get('page') ?? '1') || 1);
  const last = Math.ceil(objects.length / size);
  return {
    body: {
      [name]: objects.slice((page - 1) * size, page * size).map(view),
      next_page: page < last ? address(call, { page: String(page + 1) }) : null,
      previous_page: page > 1 ? address(call, { page: String(page - 1) }) : null,
      count: objects.length,
    },
  };
}

/** Where what is behind the cursor begins: objects are in order, so that half of them are ruled out at a time. */
function firstBehind(objects: readonly Entity[], isBehind: (object: Entity) => boolean): number {
  let [low, high] = [0, objects.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const object = objects[middle];
    if (object !== undefined && isBehind(object)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** More than the largest page is not an error: Zendesk gives the largest. */
function sizeOf(given: string | null, largest: number, name: string): number {
  if (given === null) return largest;
  const size = Number(given);
  if (!Number.isInteger(size) || size < 1) throw badRequest(`${name} is not valid`);
  return Math.min(size, largest);
}

const cursorOf = (object: Entity | undefined): string | null =>
  object === undefined ? null : Buffer.from(JSON.stringify({ o: 'id', v: object.id })).toString('base64url');

function placeOf(cursor: string | null): number | undefined {
  if (cursor === null || cursor === '') return undefined;
  try {
    const { v } = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as { readonly v?: unknown };
    if (typeof v === 'number') return v;
  } catch {
    // Said below.
  }
  throw badRequest('page[after] and page[before] take a cursor of an earlier page');
}

/** This request's address with other parameters. */
export function address({ account, path, query }: Call, other: Readonly<Record<string, string>>): string {
  const next = new URLSearchParams(query);
  if ('page[after]' in other) next.delete('page[before]');
  if ('page[before]' in other) next.delete('page[after]');
  for (const [name, value] of Object.entries(other)) next.set(name, value);
  return `${account.origin()}${path}?${next}`;
}
