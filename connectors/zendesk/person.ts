/** A user of the person's, with their e-mail addresses. Personal data, in memory only. */
import { HabeasError } from '../../src/errors.ts';
import type { CallContext } from '../contract.ts';
import type { ZendeskClient, ZendeskObject } from './client.ts';
import { identitiesOf, idOf } from './objects.ts';

export interface Person {
  readonly user: ZendeskObject;
  /** Every address of theirs, and whether it is confirmed. */
  readonly emails: ReadonlyMap<string, boolean>;
}

export async function personOf(client: ZendeskClient, context: CallContext, user: ZendeskObject): Promise<Person> {
  const emails = new Map<string, boolean>();
  if (typeof user.email === 'string' && user.email !== '') emails.set(user.email, user.verified === true);
  for await (const { object } of identitiesOf(client, context, idOf(user))) {
    if (object.type !== 'email' || typeof object.value !== 'string') continue;
    if (String(object.user_id) !== idOf(user)) throw new HabeasError('record-mismatch', { where: 'identities' });
    emails.set(object.value, object.verified === true);
  }
  return { user, emails };
}
