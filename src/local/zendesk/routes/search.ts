/**
 * Search (https://developer.zendesk.com/api-reference/ticketing/ticket-management/search/,
 * https://support.zendesk.com/hc/en-us/articles/4408886879258): a few minutes behind, without regard to case, and with words where
 * nobody asked for them: an address without its keyword is found in any text, also as the beginning of a longer one.
 */
import type { Account } from '../core/account.ts';
import { badRequest, invalid } from '../core/errors.ts';
import { textsOf } from '../core/markup.ts';
import { address, listed } from '../core/paging.ts';
import type { Call, Reply, Route } from '../core/routing.ts';
import { type Entity, type JsonHash, numbersOf } from '../core/types.ts';
import { viewOf } from '../core/view.ts';

interface Term {
  /** Undefined for words. */
  readonly keyword: string | undefined;
  readonly value: string;
  readonly isNegative: boolean;
}

const termsOf = (query: string): Term[] =>
  [...query.matchAll(/(-)?(?:([a-z_]+):)?(?:"([^"]*)"|([^\s"]+))/gi)].map(([, minus, keyword, quoted, word]) => ({
    keyword: keyword?.toLowerCase(),
    value: (quoted ?? word ?? '').toLowerCase(),
    isNegative: minus !== undefined,
  }));

const emailsOf = ({ email, _emails }: Entity): string[] =>
  [...(Array.isArray(_emails) ? _emails : []), email].flatMap((one) =>
    typeof one === 'string' ? [one.toLowerCase()] : [],
  );

const holds = (text: unknown, value: string): boolean => typeof text === 'string' && text.toLowerCase().includes(value);

function isUserLike(user: Entity, { keyword, value }: Term): boolean {
  if (keyword === 'email') return emailsOf(user).includes(value);
  if (keyword === 'name') return holds(user.name, value);
  if (keyword === 'external_id') return String(user.external_id ?? '').toLowerCase() === value;
  if (keyword === 'role') return user.role === value;
  if (keyword === 'phone') return holds(user.phone, value);
  if (keyword === 'notes' || keyword === 'details') return holds(user[keyword], value);
  if (keyword === 'type') return value === 'user';
  const text = [user.name, user.notes, user.details, user.phone, ...emailsOf(user)];
  return text.some((one) => holds(one, keyword === undefined ? value : `${keyword}:${value}`));
}

export function foundUsers(account: Account, query: string): Entity[] {
  const { store, clock } = account;
  const terms = termsOf(query);
  return store.search
    .seen('users', store.all('users'), clock.nowMs())
    .filter((user) => user._deletedAt === undefined)
    .filter((user) => terms.every((term) => isUserLike(user, term) !== term.isNegative));
}

/** Ids of users whom a value names: by id, address, or name. */
function usersNamed(account: Account, value: string, actorId: number): Set<number> {
  if (value === 'me') return new Set([actorId]);
  if (/^\d+$/.test(value)) return new Set([Number(value)]);
  const named = value.includes('@') ? `email:"${value}"` : `name:"${value}"`;
  return new Set(foundUsers(account, named).map(({ id }) => id));
}

function isTicketLike(account: Account, ticket: Entity, { keyword, value }: Term, actorId: number): boolean {
  const one = (id: unknown): boolean => typeof id === 'number' && usersNamed(account, value, actorId).has(id);
  const comments = () => account.store.having('comments', '_ticket', ticket.id);
  const isSaid = (text: string): boolean => comments().some((comment) => holds(textsOf(comment).plain, text));
  if (keyword === 'requester') return one(ticket.requester_id);
  if (keyword === 'submitter') return one(ticket.submitter_id);
  if (keyword === 'assignee') return one(ticket.assignee_id);
  if (keyword === 'cc') return [...numbersOf(ticket.email_cc_ids), ...numbersOf(ticket.follower_ids)].some(one);
  if (keyword === 'commenter') return comments().some(({ author_id }) => one(author_id));
  if (keyword === 'status') return ticket.status === value;
  if (keyword === 'subject') return holds(ticket.subject, value);
  if (keyword === 'description' || keyword === 'comment') return isSaid(value);
  if (keyword === 'tags') return Array.isArray(ticket.tags) && ticket.tags.includes(value);
  if (keyword === 'type') return value === 'ticket' || ticket.type === value;
  if (keyword?.startsWith('custom_field_') === true)
    return JSON.stringify(ticket.custom_fields ?? [])
      .toLowerCase()
      .includes(JSON.stringify(value));
  const text = keyword === undefined ? value : `${keyword}:${value}`;
  return String(ticket.id) === text || holds(ticket.subject, text) || isSaid(text);
}

function foundTickets(account: Account, query: string, actorId: number): Entity[] {
  const { store, clock } = account;
  const terms = termsOf(query);
  return store.search
    .seen('tickets', store.all('tickets'), clock.nowMs())
    .filter((ticket) => ticket._deletedAt === undefined)
    .filter((ticket) => terms.every((term) => isTicketLike(account, ticket, term, actorId) !== term.isNegative));
}

interface Result {
  readonly kind: 'users' | 'tickets';
  readonly object: Entity;
}

function found({ account, actorId }: Call, query: string, type: string | undefined): Result[] {
  const wanted = type ?? /(?:^|\s)type:(\w+)/i.exec(query)?.[1]?.toLowerCase();
  const users = wanted === undefined || wanted === 'user' ? foundUsers(account, query) : [];
  const tickets = wanted === undefined || wanted === 'ticket' ? foundTickets(account, query, actorId) : [];
  return [
    ...tickets.map((object) => ({ kind: 'tickets', object }) as const),
    ...users.map((object) => ({ kind: 'users', object }) as const),
  ];
}

const shown = ({ account }: Call, { kind, object }: Result): JsonHash => ({
  ...viewOf(account, kind)(object),
  result_type: kind === 'users' ? 'user' : 'ticket',
});

const most = 1_000;

function search(call: Call): Reply {
  const query = queryOf(call);
  const size = Math.min(100, Number(call.query.get('per_page') ?? 100) || 100);
  const page = Math.max(1, Number(call.query.get('page') ?? 1) || 1);
  if ((page - 1) * size >= most)
    throw invalid('page', 'Requested response size was greater than Search Response Limits');
  const all = found(call, query, undefined);
  const hasNext = page * size < Math.min(all.length, most);
  return {
    body: {
      results: all.slice((page - 1) * size, page * size).map((result) => shown(call, result)),
      facets: null,
      next_page: hasNext ? address(call, { page: String(page + 1) }) : null,
      previous_page: page > 1 ? address(call, { page: String(page - 1) }) : null,
      count: all.length,
    },
  };
}

function queryOf(call: Call): string {
  const query = call.query.get('query');
  if (query === null) throw badRequest('Parameter query is required');
  return query;
}

function exported(call: Call): Reply {
  const query = queryOf(call);
  const type = call.query.get('filter[type]');
  if (type !== 'ticket' && type !== 'user') throw badRequest('filter[type] is required');
  if (/(?:^|\s)type:/i.test(query)) throw badRequest('type must not be in the query');
  if (!call.query.has('page[size]')) call.query.set('page[size]', '100');
  const results = found(call, query, type);
  const kind = type === 'user' ? 'users' : 'tickets';
  const view = (object: Entity) => shown(call, { kind, object });
  return listed(call, { name: 'results', objects: results.map(({ object }) => object), view, largestPage: most });
}

export const searchRoutes: readonly Route[] = [
  { method: 'GET', path: '/api/v2/search', run: search },
  {
    method: 'GET',
    path: '/api/v2/search/count',
    run: (call) => ({ body: { count: found(call, queryOf(call), undefined).length } }),
  },
  {
    method: 'GET',
    path: '/api/v2/search/export',
    limit: () => ({ name: 'search-export', requests: 100, seconds: 60 }),
    run: exported,
  },
];
