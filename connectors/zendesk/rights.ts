/**
 * Which rights a token has, found out without side effects: every list is asked for one object, and every change is asked of an object that
 * does not exist, which Zendesk refuses for lack of the right, or, where the token has it, for lack of the object. That the right is
 * looked at first is an assumption (README).
 */
import { HabeasError } from '../../src/errors.ts';
import type { Looked } from '../check-report.ts';
import type { CallContext } from '../contract.ts';
import { idIn, type ZendeskClient } from './client.ts';
import type { CollectionName, DataMap } from './data-map.ts';
import { Missing, Unprocessable } from './map-error.ts';

/** No object has this number: the first ones that there are would be deleted by looking. */
const nobody = String(Number.MAX_SAFE_INTEGER);

const one = { 'page[size]': '1' } as const;

/** Whether everything can be read that the connector reads. */
export async function lookAtReading(client: ZendeskClient, context: CallContext): Promise<readonly Looked[]> {
  const me: { id?: string } = {};
  const looks: readonly (readonly [where: string, look: () => Promise<unknown>])[] = [
    [
      'users',
      async () => {
        const found = await client.get(context, '/api/v2/users/me', 'user', 'users');
        if (found === undefined) throw new HabeasError('system-schema-drift', { where: 'users' });
        me.id = String(found.body.id);
      },
    ],
    ['identities', () => client.may(context, `/api/v2/users/${idIn(me.id ?? nobody)}/identities`, 'identities', one)],
    ['tickets', () => client.may(context, '/api/v2/tickets', 'tickets', one)],
    ['comments', () => client.may(context, `/api/v2/tickets/${nobody}/comments`, 'comments', one)],
    ['satisfaction_ratings', () => client.may(context, '/api/v2/satisfaction_ratings', 'satisfaction_ratings', one)],
    ['deleted_tickets', () => client.may(context, '/api/v2/deleted_tickets', 'deleted_tickets', one)],
    ['deleted_users', () => client.may(context, '/api/v2/deleted_users', 'deleted_users', one)],
  ];
  const looked: Looked[] = [];
  for (const [where, look] of looks) looked.push({ where, error: await errorOf(look) });
  return looked;
}

type Change = readonly [method: 'PUT' | 'DELETE', path: string, body?: object];

/** The changes that the map can ask for in a collection. */
function changesOf({ collections }: DataMap, name: CollectionName): readonly Change[] {
  const erase = collections[name]?.erase;
  const isDelete = erase?.whole === 'delete';
  const hasFields = Object.keys(erase?.fields ?? {}).length > 0;
  switch (name) {
    case 'users':
      return isDelete
        ? [
            ['DELETE', `/api/v2/users/${nobody}`],
            ['DELETE', `/api/v2/deleted_users/${nobody}`],
          ]
        : [];
    case 'identities':
      return isDelete ? [['DELETE', `/api/v2/users/${nobody}/identities/${nobody}`]] : [];
    case 'tickets':
      return [
        ...(hasFields ? [['PUT', `/api/v2/tickets/${nobody}`, { ticket: {} }] as const] : []),
        ...(isDelete
          ? [['DELETE', `/api/v2/tickets/${nobody}`] as const, ['DELETE', `/api/v2/deleted_tickets/${nobody}`] as const]
          : []),
      ];
    case 'copied_tickets':
      return hasFields ? [['PUT', `/api/v2/tickets/${nobody}`, { ticket: {} }]] : [];
    case 'comments':
    case 'notes':
      return [['PUT', `/api/v2/comment_redactions/${nobody}`, { ticket_id: Number(nobody), html_body: '' }]];
    case 'attachments':
      return [['PUT', `/api/v2/tickets/${nobody}/comments/${nobody}/attachments/${nobody}/redact`]];
    default:
      return [];
  }
}

/** Whether everything can be changed that the data map changes. */
export async function lookAtErasing(
  eraser: ZendeskClient,
  map: DataMap,
  context: CallContext,
): Promise<readonly Looked[]> {
  const looked: Looked[] = [];
  const names: readonly CollectionName[] = [
    ...(['users', 'identities', 'tickets', 'copied_tickets', 'comments', 'notes', 'attachments'] as const),
  ];
  for (const where of names)
    for (const [method, path, body] of changesOf(map, where))
      looked.push({ where, error: await errorOf(() => eraser.change(context, { method, path, where, body })) });
  return looked;
}

async function errorOf(call: () => Promise<unknown>): Promise<HabeasError | undefined> {
  try {
    await call();
    return undefined;
  } catch (error) {
    if (error instanceof Missing || error instanceof Unprocessable) return undefined;
    // A body that says nothing of a thing that is not there: what is wrong with it is not the right.
    if (error instanceof HabeasError && error.code === 'system-failed') return undefined;
    if (error instanceof HabeasError) return error;
    throw error;
  }
}
