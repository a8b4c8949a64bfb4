/**
 * Users (https://developer.zendesk.com/api-reference/ticketing/users/users/). As at Zendesk, a parameter that an endpoint does not
 * know is ignored: `/users?email=…` lists everybody.
 */
import { badRequest, invalid, notFound } from '../core/errors.ts';
import { listed } from '../core/paging.ts';
import { type Call, idOf, type Reply, type Route } from '../core/routing.ts';
import { type Entity, isHash, type JsonHash, textOf } from '../core/types.ts';
import { viewOf } from '../core/view.ts';
import { addIdentity, addUser, deleteUser, mergeUsers, refuseTaken } from '../objects/people.ts';
import { isLive } from '../objects/tickets.ts';
import { foundUsers } from './search.ts';

export const isActive = (user: Entity): boolean => user._deletedAt === undefined;

/** The user of this id, deleted or not; 404 if there never was one. */
export function userIn(call: Call, name = 'user_id'): Entity {
  const user = call.account.store.get('users', idOf(call, name));
  if (user === undefined) throw notFound();
  return user;
}

/** A user who may be changed. */
export function activeUser(call: Call): Entity {
  const user = userIn(call);
  if (!isActive(user)) throw notFound();
  return user;
}

const one = (call: Call, user: Entity | undefined): Reply => {
  if (user === undefined) throw notFound();
  return { body: { user: viewOf(call.account, 'users')(user) } };
};

const many = (call: Call, users: readonly Entity[]): Reply =>
  listed(call, { name: 'users', objects: users, view: viewOf(call.account, 'users') });

const updatable = [
  'name',
  'phone',
  'alias',
  'details',
  'notes',
  'tags',
  'external_id',
  'organization_id',
  'locale',
  'time_zone',
];

const picked = (given: JsonHash): JsonHash =>
  Object.fromEntries(updatable.flatMap((name) => (given[name] === undefined ? [] : [[name, given[name]]])));

function givenUser({ body }: Call): JsonHash {
  if (!isHash(body.user)) throw badRequest('Parameter user is required');
  return body.user;
}

function showMany(call: Call): Reply {
  const { store } = call.account;
  const [ids, external] = [call.query.get('ids'), call.query.get('external_ids')];
  if (ids === null && external === null) throw badRequest('ids or external_ids is required');
  const found =
    ids === null
      ? (external ?? '').split(',').flatMap((id) => store.having('users', 'external_id', id))
      : ids.split(',').flatMap((id) => store.get('users', Number(id)) ?? []);
  return many(call, found.filter(isActive));
}

function search(call: Call): Reply {
  const { query, account } = call;
  const [external, text] = [query.get('external_id'), query.get('query')];
  if (external === null && text === null) throw badRequest('query or external_id is required');
  if (external !== null) return many(call, account.store.having('users', 'external_id', external).filter(isActive));
  return many(call, foundUsers(account, text ?? ''));
}

function create(call: Call): Reply {
  const given = givenUser(call);
  if (textOf(given.name) === undefined) throw invalid('name', 'Name: is too short (minimum is 1 character)');
  const { email, user_fields = {}, verified = false } = given;
  const user = addUser(call.account, { ...picked(given), email, user_fields, verified });
  return { status: 201, ...one(call, user) };
}

/** An `email` becomes one more address of the user; who wants it to be the first one says so to the identity. */
function update(call: Call): Reply {
  const user = activeUser(call);
  const { account } = call;
  const given = givenUser(call);
  const email = textOf(given.email);
  refuseTaken(account, email, user.id);
  const before = isHash(user.user_fields) ? user.user_fields : {};
  const user_fields = isHash(given.user_fields) ? { ...before, ...given.user_fields } : before;
  const change = { ...picked(given), user_fields, updated_at: account.nowText(), _generatedMs: account.clock.nowMs() };
  account.store.change('users', user, change, account.clock.nowMs());
  const known = account.store.having('identities', 'user_id', user.id).some(({ value }) => value === email);
  if (email !== undefined && !known) addIdentity(account, user.id, { type: 'email', value: email });
  return one(call, account.store.get('users', user.id));
}

/** Refused while something that they asked for is not closed. */
function remove(call: Call): Reply {
  const user = activeUser(call);
  const { account } = call;
  const open = account.store
    .having('tickets', 'requester_id', user.id)
    .some((ticket) => isLive(ticket) && ticket.status !== 'closed');
  if (open)
    throw invalid(
      'base',
      'User could not be deleted: the user is the requester of one or more tickets that are not closed',
    );
  return one(call, deleteUser(account, user));
}

function merge(call: Call): Reply {
  const from = activeUser(call);
  const { store } = call.account;
  const into = store.get('users', Number(givenUser(call).id));
  if (into === undefined || !isActive(into) || into.id === from.id) throw notFound();
  if (from.role !== 'end-user' || into.role !== 'end-user') throw invalid('base', 'Only end users can be merged');
  for (const ticket of store.having('tickets', 'requester_id', from.id))
    store.change('tickets', ticket, { requester_id: into.id }, call.account.clock.nowMs());
  mergeUsers(call.account, from, into);
  return one(call, store.get('users', into.id));
}

function related(call: Call): Reply {
  const { id } = userIn(call);
  const { store } = call.account;
  const count = (field: string): number => store.having('tickets', field, id).filter(isLive).length;
  return {
    body: {
      user_related: {
        assigned_tickets: count('assignee_id'),
        requested_tickets: count('requester_id'),
        ccd_tickets: count('email_cc_ids'),
        followed_tickets: count('follower_ids'),
      },
    },
  };
}

/** The tickets in which somebody has a part, whether or not they were deleted as a user. */
const ticketsBy =
  (field: string) =>
  (call: Call): Reply => {
    const { store } = call.account;
    const objects = store.having('tickets', field, userIn(call).id).filter(isLive);
    return listed(call, { name: 'tickets', objects, view: viewOf(call.account, 'tickets') });
  };

/** https://developer.zendesk.com/api-reference/introduction/rate-limits/#endpoint-rate-limits */
const updateLimit = (ids: Readonly<Record<string, string>>) => ({
  name: 'update-user',
  requests: 5,
  seconds: 60,
  scope: ids.user_id ?? '',
});

function list(call: Call): Reply {
  const roles = [...call.query.getAll('role[]'), ...call.query.getAll('role')];
  const users = call.account.store.all('users').filter(isActive);
  return many(call, roles.length === 0 ? users : users.filter(({ role }) => roles.includes(String(role))));
}

export const userRoutes: readonly Route[] = [
  { method: 'GET', path: '/api/v2/users', run: list },
  { method: 'POST', path: '/api/v2/users', run: create },
  { method: 'GET', path: '/api/v2/users/me', run: (call) => one(call, call.account.store.get('users', call.actorId)) },
  { method: 'GET', path: '/api/v2/users/show_many', run: showMany },
  { method: 'GET', path: '/api/v2/users/search', run: search },
  { method: 'GET', path: '/api/v2/users/{user_id}', run: (call) => one(call, userIn(call)) },
  { method: 'PUT', path: '/api/v2/users/{user_id}', limit: updateLimit, run: update },
  { method: 'DELETE', path: '/api/v2/users/{user_id}', run: remove },
  { method: 'PUT', path: '/api/v2/users/{user_id}/merge', needs: 'admin', run: merge },
  { method: 'GET', path: '/api/v2/users/{user_id}/related', run: related },
  { method: 'GET', path: '/api/v2/users/{user_id}/tickets/requested', run: ticketsBy('requester_id') },
  { method: 'GET', path: '/api/v2/users/{user_id}/tickets/ccd', run: ticketsBy('email_cc_ids') },
  { method: 'GET', path: '/api/v2/users/{user_id}/tickets/followed', run: ticketsBy('follower_ids') },
  { method: 'GET', path: '/api/v2/users/{user_id}/tickets/assigned', run: ticketsBy('assignee_id') },
];
