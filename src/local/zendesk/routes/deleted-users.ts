/**
 * Users who were deleted, and deleting them permanently (https://developer.zendesk.com/api-reference/ticketing/users/users/#permanently-delete-user).
 * The list goes on to name those who are gone; how far it has come is told per product by the compliance deletion statuses.
 */
import { notFound } from '../core/errors.ts';
import { listed } from '../core/paging.ts';
import type { Call, Reply, Route } from '../core/routing.ts';
import type { Entity } from '../core/types.ts';
import { viewOf } from '../core/view.ts';
import { deletePermanently } from '../objects/people.ts';
import { isActive, userIn } from './users.ts';

/** As Zendesk shows a user who was deleted. */
function shown(call: Call, user: Entity) {
  const all = viewOf(call.account, 'users')(user);
  const names =
    'id url name email created_at updated_at time_zone phone shared_phone_number photo locale_id locale organization_id role active';
  return Object.fromEntries(names.split(' ').map((name) => [name, all[name] ?? null]));
}

const isMerged = (user: Entity): boolean => user._mergedInto !== undefined;

function list(call: Call): Reply {
  const objects = call.account.store.all('users').filter((user) => !isActive(user) && !isMerged(user));
  return listed(call, { name: 'deleted_users', objects, view: (user) => shown(call, user) });
}

/** Deleted, and not permanently yet: 404 for everybody else. */
function deletedUser(call: Call): Entity {
  const user = userIn(call, 'deleted_user_id');
  if (isActive(user) || user._forgottenAt !== undefined) throw notFound();
  return user;
}

function forget(call: Call): Reply {
  const user = deletedUser(call);
  deletePermanently(call.account, user, call.actorId);
  return { body: { deleted_user: shown(call, user) } };
}

function statuses(call: Call): Reply {
  const { store } = call.account;
  const user = userIn(call);
  const application = call.query.get('application');
  const lines = store.having('deletion_statuses', 'user_id', user.id);
  const objects = application === null ? lines : lines.filter((line) => line.application === application);
  const view = ({ id, ...line }: Entity) => line;
  return listed(call, { name: 'compliance_deletion_statuses', objects, view });
}

export const deletedUserRoutes: readonly Route[] = [
  { method: 'GET', path: '/api/v2/deleted_users', run: list },
  {
    method: 'GET',
    path: '/api/v2/deleted_users/count',
    run: ({ account }) => ({
      body: {
        count: {
          value: account.store.all('users').filter((user) => !isActive(user)).length,
          refreshed_at: account.nowText(),
        },
      },
    }),
  },
  {
    method: 'GET',
    path: '/api/v2/deleted_users/{deleted_user_id}',
    run: (call) => ({ body: { deleted_user: shown(call, deletedUser(call)) } }),
  },
  {
    method: 'DELETE',
    path: '/api/v2/deleted_users/{deleted_user_id}',
    limit: () => ({ name: 'permanent-user-deletion', requests: 700, seconds: 600 }),
    run: forget,
  },
  { method: 'GET', path: '/api/v2/users/{user_id}/compliance_deletion_statuses', run: statuses },
];
