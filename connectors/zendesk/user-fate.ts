/**
 * What has become of a user: there, deleted but not for good, on its way out of the account's products, or gone. Zendesk says per product
 * when it has begun and when it has ended.
 * Source: developer.zendesk.com/api-reference/ticketing/users/users (Show Compliance Deletion Statuses, Permanently Delete User).
 */
import type { CallContext } from '../contract.ts';
import { idIn, type ZendeskClient } from './client.ts';
import { Missing } from './map-error.ts';
import { isForgotten } from './objects.ts';
import { dayAfter, type Fate } from './ticket-fates.ts';

/** In so many days Zendesk has deleted a user for good in every product (its deletion policy). */
export const deletionDays = 30;

export async function userFate(
  client: ZendeskClient,
  context: CallContext,
  products: readonly string[],
  id: string,
): Promise<Fate> {
  const found = await client.get(context, `/api/v2/users/${idIn(id)}`, 'user', 'users');
  if (found === undefined) return { is: 'gone' };
  if (found.body.active !== false) return { is: 'there' };
  const statuses = await statusesOf(client, context, id);
  const asked = statuses.find(({ action }) => action === 'request_deletion');
  const isComplete = (product: string): boolean =>
    statuses.some(({ application, action }) => application === product && action === 'complete');
  // A name that is gone says nothing of the other products.
  if (products.every(isComplete)) return isForgotten(found.body) ? { is: 'gone' } : { is: 'pending' };
  if (asked === undefined) return isForgotten(found.body) ? { is: 'pending' } : { is: 'hidden' };
  const until = dayAfter(asked.created_at, deletionDays);
  return { is: 'pending', ...(until === undefined ? {} : { until }) };
}

async function statusesOf(
  client: ZendeskClient,
  context: CallContext,
  id: string,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  try {
    const path = `/api/v2/users/${idIn(id)}/compliance_deletion_statuses`;
    return await client.lines(context, path, 'compliance_deletion_statuses', 'users');
  } catch (error) {
    if (error instanceof Missing) return [];
    throw error;
  }
}
