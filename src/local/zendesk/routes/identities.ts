/** Addresses and numbers of users (https://developer.zendesk.com/api-reference/ticketing/users/user_identities/). */
import { badRequest, invalid, notFound } from '../core/errors.ts';
import { listed } from '../core/paging.ts';
import { type Call, idOf, type Reply, type Route } from '../core/routing.ts';
import { type Entity, isHash, textOf } from '../core/types.ts';
import { viewOf } from '../core/view.ts';
import { addIdentity, refreshEmail, refuseTaken } from '../objects/people.ts';
import { activeUser, userIn } from './users.ts';

const view = ({ account }: Call) => viewOf(account, 'identities');

function identityIn(call: Call): Entity {
  const identity = call.account.store.get('identities', idOf(call, 'identity_id'));
  if (identity === undefined || identity.user_id !== idOf(call, 'user_id')) throw notFound();
  return identity;
}

function list(call: Call): Reply {
  const objects = call.account.store.having('identities', 'user_id', userIn(call).id);
  return listed(call, { name: 'identities', objects, view: view(call) });
}

function create(call: Call): Reply {
  const user = activeUser(call);
  const given = call.body.identity;
  if (!isHash(given)) throw badRequest('Parameter identity is required');
  const [type, value] = [textOf(given.type), textOf(given.value)];
  if (type === undefined || value === undefined) throw invalid('value', 'Value: cannot be blank');
  if (type === 'email') refuseTaken(call.account, value, user.id);
  const identity = addIdentity(call.account, user.id, { type, value, verified: given.verified === true });
  return { status: 201, body: { identity: view(call)(identity) } };
}

function remove(call: Call): Reply {
  const identity = identityIn(call);
  call.account.store.remove('identities', identity.id, call.account.clock.nowMs());
  refreshEmail(call.account, Number(identity.user_id));
  return { status: 204 };
}

function makePrimary(call: Call): Reply {
  const chosen = identityIn(call);
  const { store, clock } = call.account;
  for (const identity of store.having('identities', 'user_id', idOf(call, 'user_id')))
    if (identity.type === chosen.type)
      store.change('identities', identity, { primary: identity.id === chosen.id }, clock.nowMs());
  refreshEmail(call.account, idOf(call, 'user_id'));
  return list(call);
}

const path = '/api/v2/users/{user_id}/identities';

export const identityRoutes: readonly Route[] = [
  { method: 'GET', path, run: list },
  { method: 'POST', path, run: create },
  {
    method: 'GET',
    path: `${path}/{identity_id}`,
    run: (call) => ({ body: { identity: view(call)(identityIn(call)) } }),
  },
  { method: 'DELETE', path: `${path}/{identity_id}`, run: remove },
  { method: 'PUT', path: `${path}/{identity_id}/make_primary`, run: makePrimary },
];
