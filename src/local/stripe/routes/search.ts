/** Search (https://docs.stripe.com/search): over what was there a minute ago, and in any case of letters. */

import { badParameter } from '../core/errors.ts';
import { limitOf, textParam } from '../core/lists.ts';
import { expand, integer, required, text } from '../core/params.ts';
import type { Route } from '../core/routing.ts';
import { searchClause } from '../core/search-query.ts';
import type { Kind } from '../core/types.ts';

function searchOf(kind: Kind, permission: string): Route {
  const url = `/v1/${kind}/search`;
  return {
    method: 'GET',
    path: url,
    permission,
    params: { ...expand, limit: integer, page: text, query: required(text) },
    run: (world, _, params) => {
      const matches = searchClause(textParam(params, 'query') ?? '');
      const found = world.store.search.objects(kind, world.clock.nowMs()).filter(matches);
      const start = pageStart(textParam(params, 'page'));
      const end = start + limitOf(params);
      const hasMore = end < found.length;
      const next = hasMore ? Buffer.from(String(end)).toString('base64url') : null;
      return { object: 'search_result', url, data: found.slice(start, end), has_more: hasMore, next_page: next };
    },
  };
}

function pageStart(page: string | undefined): number {
  if (page === undefined) return 0;
  const start = Number(Buffer.from(page, 'base64url').toString('latin1'));
  if (!Number.isSafeInteger(start)) throw badParameter(undefined, 'page', 'Invalid page');
  return start;
}

export const searchRoutes: readonly Route[] = [
  searchOf('customers', 'customer'),
  searchOf('charges', 'charge'),
  searchOf('invoices', 'invoice'),
  searchOf('payment_intents', 'payment_intent'),
  searchOf('subscriptions', 'subscription'),
];
