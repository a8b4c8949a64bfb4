/**
 * Which rights a key has, found out without side effects: every list is asked for one object, and every change is asked of an
 * object that does not exist, which Stripe refuses for lack of the right, or, where the key has it, for lack of the object.
 * That the right is looked at first is what restricted keys are seen to do; Stripe does not promise it (README).
 */
import { HabeasError } from '../../src/errors.ts';
import type { Looked } from '../check-report.ts';
import type { CallContext } from '../contract.ts';
import type { StripeClient } from './client.ts';
import { type CollectionName, collectionNames, type DataMap } from './data-map.ts';
import { AlreadyOver, Missing } from './map-error.ts';
import { jobsPath } from './redaction.ts';

/** Nobody's: Stripe's own ids have no underscore behind the prefix's. */
const nobody = (prefix: string): string => `${prefix}_habeas_check`;

/** By place: what is asked for one object. Disputes tell whether money is open, payments who paid without a customer. */
const reads: Readonly<Record<CollectionName | 'disputes' | 'payment_intents', string>> = {
  customers: '/v1/customers',
  subscriptions: '/v1/subscriptions',
  invoices: '/v1/invoices',
  charges: '/v1/charges',
  refunds: '/v1/refunds',
  payment_methods: `/v1/customers/${nobody('cus')}/payment_methods`,
  tax_ids: `/v1/customers/${nobody('cus')}/tax_ids`,
  customer_numbers: '/v1/customers',
  disputes: '/v1/disputes',
  payment_intents: '/v1/payment_intents',
};

type Change = readonly [method: 'POST' | 'DELETE', path: string];
const post = (path: string): Change => ['POST', path];
const remove = (path: string): Change => ['DELETE', path];

/** The changes that the map can ask for in a collection. */
function changesOf(map: DataMap, name: CollectionName, redacts: boolean): readonly Change[] {
  const erase = map.collections[name].erase;
  const all = Object.values(erase?.fields ?? {});
  const some = all.some((strategy) => strategy === 'empty' || strategy === 'successor');
  switch (name) {
    case 'customers':
      return some ? [post(`/v1/customers/${nobody('cus')}`)] : [];
    case 'customer_numbers':
      return erase === undefined || redacts ? [] : [remove(`/v1/customers/${nobody('cus')}`)];
    case 'subscriptions':
      return [
        ...(some ? [post(`/v1/subscriptions/${nobody('sub')}`)] : []),
        ...(all.includes('cancel') ? [remove(`/v1/subscriptions/${nobody('sub')}`)] : []),
      ];
    case 'payment_methods':
      return [
        ...(some ? [post(`/v1/payment_methods/${nobody('pm')}`)] : []),
        ...(all.includes('detach') ? [post(`/v1/payment_methods/${nobody('pm')}/detach`)] : []),
      ];
    case 'charges':
      return some ? [post(`/v1/charges/${nobody('ch')}`)] : [];
    case 'tax_ids':
      return erase?.whole === 'delete' ? [remove(`/v1/customers/${nobody('cus')}/tax_ids/${nobody('txi')}`)] : [];
    default:
      return [];
  }
}

/** Whether everything can be read that the connector reads. */
export async function lookAtReading(client: StripeClient, context: CallContext): Promise<readonly Looked[]> {
  const looked: Looked[] = [];
  for (const [where, path] of Object.entries(reads))
    looked.push({ where, error: await errorOf(() => client.mayList(context, path, where)) });
  return looked;
}

/** Whether everything can be changed that the data map changes. */
export async function lookAtErasing(
  { eraser, redactor }: { readonly eraser: StripeClient; readonly redactor?: StripeClient | undefined },
  map: DataMap,
  context: CallContext,
): Promise<readonly Looked[]> {
  const looked: Looked[] = [];
  if (redactor !== undefined) {
    const where = 'redaction_jobs';
    looked.push({ where, error: await errorOf(() => redactor.mayList(context, jobsPath, where)) });
    const nobodys = `${jobsPath}/${nobody('prj')}/run`;
    looked.push({ where, error: await errorOf(() => redactor.change(context, 'POST', nobodys, where, {}, undefined)) });
  }
  for (const where of collectionNames)
    for (const [method, path] of changesOf(map, where, redactor !== undefined))
      looked.push({
        where,
        error: await errorOf(() => eraser.change(context, method, path, where, {}, undefined)),
      });
  return looked;
}

async function errorOf(call: () => Promise<unknown>): Promise<HabeasError | undefined> {
  try {
    await call();
    return undefined;
  } catch (error) {
    if (error instanceof Missing || error instanceof AlreadyOver) return undefined;
    if (error instanceof HabeasError) return error;
    throw error;
  }
}
