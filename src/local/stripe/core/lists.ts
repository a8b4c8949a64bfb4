/** Stripe's lists: paging parameters, time filters, and the shape they are answered in. */
import type { Collection, Indexed } from './collection.ts';
import { badParameter } from './errors.ts';
import type { Param, Params } from './params.ts';
import { isHash, type Json, type JsonHash, type StripeObject } from './types.ts';

export function listOf(url: string, data: readonly JsonHash[], hasMore = false): JsonHash {
  return { object: 'list', data: [...data], has_more: hasMore, url };
}

export function textParam(params: Params, name: string): string | undefined {
  const value = params[name];
  return typeof value === 'string' ? value : undefined;
}

export function numberParam(params: Params, name: string): number | undefined {
  const value = params[name];
  return typeof value === 'number' ? value : undefined;
}

export function hashParam(params: Params, name: string): Params | undefined {
  const value = params[name];
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
}

export function listParam(params: Params, name: string): readonly Param[] {
  const value = params[name];
  return Array.isArray(value) ? value : [];
}

/** 1 to 100, 10 if nothing is said. */
export function limitOf(params: Params): number {
  const limit = numberParam(params, 'limit') ?? 10;
  if (limit < 1 || limit > 100) {
    throw badParameter('parameter_invalid_integer', 'limit', 'Invalid limit: must be between 1 and 100');
  }
  return limit;
}

/** Whether a time is the one, or within the range, that a parameter names. */
export function timeMatches(wanted: Param | undefined, time: Json | undefined): boolean {
  if (wanted === undefined) return true;
  if (typeof time !== 'number') return false;
  if (typeof wanted === 'number') return time === wanted;
  if (!isHash(wanted)) return false;
  const bound = (name: string): number | undefined => (typeof wanted[name] === 'number' ? wanted[name] : undefined);
  return (
    time > (bound('gt') ?? Number.NEGATIVE_INFINITY) &&
    time >= (bound('gte') ?? Number.NEGATIVE_INFINITY) &&
    time < (bound('lt') ?? Number.POSITIVE_INFINITY) &&
    time <= (bound('lte') ?? Number.POSITIVE_INFINITY)
  );
}

export interface ListRequest {
  readonly collection: Collection;
  readonly url: string;
  readonly noun: string;
  readonly params: Params;
  /** What these fields must be, where something is said. */
  readonly where?: Readonly<Partial<Record<Indexed, string | undefined>>>;
  readonly matches?: (object: StripeObject) => boolean;
}

/** One page. Two cursors at once are refused. */
export function answerList(request: ListRequest): JsonHash {
  const { collection, params, where = {}, matches = () => true } = request;
  const wanted = Object.entries(where).flatMap(([field, value]) =>
    value === undefined ? [] : [{ field: field as Indexed, value }],
  );
  const startingAfter = textParam(params, 'starting_after');
  const endingBefore = textParam(params, 'ending_before');
  if (startingAfter !== undefined && endingBefore !== undefined) {
    throw badParameter(
      undefined,
      'starting_after',
      'Received both starting_after and ending_before parameters. Please pass in only one.',
    );
  }
  const page = collection.page({
    limit: limitOf(params),
    startingAfter,
    endingBefore,
    within: wanted[0],
    noun: request.noun,
    matches: (object) =>
      wanted.every(({ field, value }) => object[field] === value) &&
      timeMatches(params.created, object.created) &&
      matches(object),
  });
  return listOf(request.url, page.data, page.hasMore);
}

/** A page of a list that is part of an object (an invoice's lines), in the order it is kept in. */
export function answerPart(url: string, all: readonly JsonHash[], params: Params): JsonHash {
  const limit = limitOf(params);
  const after = textParam(params, 'starting_after');
  const before = textParam(params, 'ending_before');
  const from = after === undefined ? 0 : all.findIndex(({ id }) => id === after) + 1;
  const to = before === undefined ? all.length : all.findIndex(({ id }) => id === before);
  if ((after !== undefined && from === 0) || to === -1) {
    throw badParameter('resource_missing', after === undefined ? 'ending_before' : 'starting_after', 'No such item');
  }
  const within = all.slice(from, to);
  const page = before === undefined ? within.slice(0, limit) : within.slice(-limit);
  return listOf(url, page, within.length > page.length);
}
