/** A customer's tax ids (https://docs.stripe.com/api/customer_tax_ids): made and deleted, never changed. */
import { inPath, refuseRedacted } from '../core/change.ts';
import { missing } from '../core/errors.ts';
import { answerList, textParam } from '../core/lists.ts';
import { expand, oneOf, paging, required, text } from '../core/params.ts';
import type { Route, World } from '../core/routing.ts';
import type { StripeObject } from '../core/types.ts';
import { taxIdFrom } from '../objects/customers.ts';

/** Some of the many kinds that Stripe knows. */
export const taxIdType = oneOf('eu_vat', 'eu_oss_vat', 'gb_vat', 'no_vat', 'ch_vat');

export function addTaxId(world: World, customer: string, type: string, value: string): StripeObject {
  const id = world.store.newId('tax_ids');
  const taxId = taxIdFrom({ id, created: world.clock.now(), customer, type, value });
  return world.store.put('tax_ids', taxId, world.clock.nowMs());
}

function ofCustomer(world: World, customer: string, id: string): StripeObject {
  const taxId = inPath(world, 'tax_ids', id);
  if (taxId.customer !== customer) throw missing('tax ID', id, { param: 'id', inPath: true });
  return taxId;
}

export const taxIdRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/v1/customers/{customer}/tax_ids',
    permission: 'customer',
    params: paging,
    run: (world, { customer = '' }, params) => {
      inPath(world, 'customers', customer);
      const url = `/v1/customers/${customer}/tax_ids`;
      return answerList({ collection: world.store.in('tax_ids'), url, noun: 'tax ID', params, where: { customer } });
    },
  },
  {
    method: 'POST',
    path: '/v1/customers/{customer}/tax_ids',
    permission: 'customer',
    params: { ...expand, type: required(taxIdType), value: required(text) },
    run: (world, { customer = '' }, params) => {
      refuseRedacted(inPath(world, 'customers', customer));
      return addTaxId(world, customer, textParam(params, 'type') ?? '', textParam(params, 'value') ?? '');
    },
  },
  {
    method: 'GET',
    path: '/v1/customers/{customer}/tax_ids/{id}',
    permission: 'customer',
    params: expand,
    run: (world, { customer = '', id = '' }) => ofCustomer(world, customer, id),
  },
  {
    method: 'DELETE',
    path: '/v1/customers/{customer}/tax_ids/{id}',
    permission: 'customer',
    params: {},
    run: (world, { customer = '', id = '' }) => {
      ofCustomer(world, customer, id);
      world.store.remove('tax_ids', id, world.clock.nowMs());
      return { id, object: 'tax_id', deleted: true };
    },
  },
];
