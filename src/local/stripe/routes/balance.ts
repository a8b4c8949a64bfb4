/**
 * A customer's balance (https://docs.stripe.com/api/customer_balance_transactions): money owed to the customer (negative) or
 * by it, moved by entries that are never deleted and whose description and metadata alone can be changed.
 */
import { inPath, newMetadata, refuseRedacted, setFields, setMetadata } from '../core/change.ts';
import { invalid, missing } from '../core/errors.ts';
import { answerList, numberParam, textParam } from '../core/lists.ts';
import { clearable, expand, integer, metadata, type Params, paging, required, text, times } from '../core/params.ts';
import type { Route, World } from '../core/routing.ts';
import { numberOf, type StripeObject } from '../core/types.ts';
import { balanceTransactionFrom } from '../objects/customers.ts';

const path = '/v1/customers/{customer}/balance_transactions';

function move(world: World, id: string | undefined, params: Params): StripeObject {
  const customer = inPath(world, 'customers', id);
  refuseRedacted(customer);
  const currency = textParam(params, 'currency') ?? 'eur';
  if (customer.currency !== null && customer.currency !== currency) {
    throw invalid(`The customer's balance is in ${customer.currency}.`, undefined, 'currency');
  }
  const { store, clock } = world;
  const amount = numberParam(params, 'amount') ?? 0;
  customer.currency = currency;
  customer.balance = numberOf(customer, 'balance') + amount;
  store.put('customers', customer, clock.nowMs());
  const entry = balanceTransactionFrom({
    id: store.newId('balance_transactions'),
    created: clock.now(),
    amount,
    currency,
    customer: customer.id,
    description: textParam(params, 'description') ?? null,
    ending_balance: customer.balance,
    metadata: newMetadata(params),
  });
  return store.put('balance_transactions', entry, clock.nowMs());
}

function entryOf(world: World, customer: string, id: string): StripeObject {
  inPath(world, 'customers', customer);
  const entry = inPath(world, 'balance_transactions', id, 'transaction');
  if (entry.customer !== customer) {
    throw missing('customer balance transaction', id, { param: 'transaction', inPath: true });
  }
  return entry;
}

export const balanceRoutes: readonly Route[] = [
  {
    method: 'GET',
    path,
    permission: 'customer',
    params: { ...paging, created: times, invoice: text },
    run: (world, { customer = '' }, params) => {
      inPath(world, 'customers', customer);
      return answerList({
        collection: world.store.in('balance_transactions'),
        url: `/v1/customers/${customer}/balance_transactions`,
        noun: 'customer balance transaction',
        params,
        where: { customer, invoice: textParam(params, 'invoice') },
      });
    },
  },
  {
    method: 'POST',
    path,
    permission: 'customer',
    params: {
      ...expand,
      amount: required(integer),
      currency: required(text),
      description: { ...text, max: 350 },
      metadata,
    },
    run: (world, ids, params) => move(world, ids.customer, params),
  },
  {
    method: 'GET',
    path: `${path}/{transaction}`,
    permission: 'customer',
    params: expand,
    run: (world, { customer = '', transaction = '' }) => entryOf(world, customer, transaction),
  },
  {
    method: 'POST',
    path: `${path}/{transaction}`,
    permission: 'customer',
    params: { ...expand, description: clearable({ ...text, max: 350 }), metadata },
    run: (world, { customer = '', transaction = '' }, params) => {
      const entry = entryOf(world, customer, transaction);
      refuseRedacted(entry);
      setFields(entry, params, ['description']);
      setMetadata(entry, params);
      return world.store.put('balance_transactions', entry, world.clock.nowMs());
    },
  },
];
