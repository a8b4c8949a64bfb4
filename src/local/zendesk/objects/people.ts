/**
 * Users and their identities: found, made, renamed, merged, deleted. A deleted user is there still, without the addresses by which
 * anybody would look for them; only permanent deletion takes name and notes, and each product after a while of its own
 * (https://developer.zendesk.com/api-reference/ticketing/users/users/).
 */
import { type Account, applications, textOfMs } from '../core/account.ts';
import { invalid } from '../core/errors.ts';
import { type Entity, type JsonHash, textOf } from '../core/types.ts';

/** Who has this address, as primary or as another one. */
export function userOf(account: Account, email: string): Entity | undefined {
  const [identity] = account.store.having('identities', 'email', email.toLowerCase());
  return identity && account.store.get('users', Number(identity.user_id));
}

export function addUser(account: Account, fields: JsonHash): Entity {
  const { store, clock } = account;
  const at = account.nowText();
  const email = textOf(fields.email);
  refuseTaken(account, email, undefined);
  const id = store.newId();
  const user = { role: 'end-user', ...fields, id, email: null, created_at: at, updated_at: at };
  store.put('users', user, clock.nowMs());
  if (email !== undefined) addIdentity(account, id, { type: 'email', value: email, primary: true });
  return store.get('users', id) ?? user;
}

export function refuseTaken(account: Account, email: string | undefined, but: number | undefined): void {
  const other = email === undefined ? undefined : userOf(account, email);
  if (other !== undefined && other.id !== but)
    throw invalid('email', `Email: ${email} is already being used by another user`);
}

export function addIdentity(account: Account, userId: number, fields: JsonHash): Entity {
  const { store, clock } = account;
  const at = account.nowText();
  const identity = { ...fields, id: store.newId(), user_id: userId, created_at: at, updated_at: at };
  store.put('identities', identity, clock.nowMs());
  refreshEmail(account, userId);
  return identity;
}

/** The user's `email` is the primary identity's; search finds by all of them. */
export function refreshEmail(account: Account, userId: number): void {
  const { store, clock } = account;
  const user = store.get('users', userId);
  if (user === undefined) return;
  const own = store.having('identities', 'user_id', userId).filter(({ type }) => type === 'email');
  const primary = own.find((identity) => identity.primary === true) ?? own[0];
  if (primary !== undefined && primary.primary !== true)
    store.change('identities', primary, { primary: true }, clock.nowMs());
  const email = textOf(primary?.value) ?? null;
  const emails = own.map(({ value }) => String(value));
  store.change('users', user, { email, _emails: emails, updated_at: account.nowText() }, clock.nowMs());
}

/** The identities of one become another's, and so do the tickets; the one is gone as a deleted user is. */
export function mergeUsers(account: Account, from: Entity, into: Entity): void {
  const { store, clock } = account;
  const now = clock.nowMs();
  for (const identity of store.having('identities', 'user_id', from.id))
    store.change('identities', identity, { user_id: into.id, primary: false }, now);
  store.change('users', from, { email: null, _emails: [], _deletedAt: now, _mergedInto: into.id }, now);
  refreshEmail(account, into.id);
}

/** `active: false`: out of every list and search, and readable by id. */
export function deleteUser(account: Account, user: Entity): Entity {
  const { store, clock } = account;
  const now = clock.nowMs();
  for (const { id } of store.having('identities', 'user_id', user.id)) store.remove('identities', id, now);
  const fields = { email: null, _emails: [], _deletedAt: now, updated_at: account.nowText() };
  return store.change('users', user, fields, now);
}

/** Asked for once; every area of compliance says for itself when it has begun and when it has ended. */
export function deletePermanently(account: Account, user: Entity, by: number): void {
  const { store, clock, delays } = account;
  const now = clock.nowMs();
  store.change('users', user, { _forgottenAt: now }, now);
  addStatus(account, { user_id: user.id, application: 'all', action: 'request_deletion', executer_id: by }, now);
  for (const application of applications) {
    const done = delays.deletionMs[application];
    for (const [action, afterMs] of [
      ['started', Math.ceil(done / 16)],
      ['complete', done],
    ] as const)
      store.put(
        'effects',
        { id: store.newId(), _due: now + afterMs, _what: 'deletion', user_id: user.id, application, action },
        now,
      );
  }
}

export function addStatus(account: Account, fields: JsonHash, atMs: number): void {
  const { store } = account;
  const id = store.newId();
  const line = { account_subdomain: 'stand-in', executer_id: null, ...fields, id, created_at: textOfMs(atMs) };
  store.put('deletion_statuses', line, atMs);
}

/** What is left of a user who was permanently deleted. */
export function scrubUser(account: Account, user: Entity): void {
  const { created_at, role, _deletedAt, _forgottenAt } = user;
  const left = { id: user.id, name: 'Permanently Deleted User', role, created_at, updated_at: account.nowText() };
  account.store.put('users', { ...left, _deletedAt, _forgottenAt, _emails: [] }, account.clock.nowMs());
}
