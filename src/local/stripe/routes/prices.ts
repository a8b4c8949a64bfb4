/** As much of prices and products as a subscription needs (https://docs.stripe.com/api/prices). */
import { inParam, inPath, newMetadata, toJson } from '../core/change.ts';
import { hashParam, textParam } from '../core/lists.ts';
import { expand, hash, integer, newMetadataField, oneOf, type Params, required, text } from '../core/params.ts';
import type { Route, World } from '../core/routing.ts';
import type { JsonHash, StripeObject } from '../core/types.ts';
import { priceFrom, productFrom } from '../objects/billing.ts';

function createProduct(world: World, params: Params): StripeObject {
  const product = productFrom({
    id: world.store.newId('products'),
    created: world.clock.now(),
    name: textParam(params, 'name') ?? '',
    metadata: newMetadata(params),
  });
  return world.store.put('products', product, world.clock.nowMs());
}

function createPrice(world: World, params: Params): StripeObject {
  const given = hashParam(params, 'product_data');
  const named = textParam(params, 'product') ?? '';
  const product = given === undefined ? inParam(world, 'products', named, 'product') : createProduct(world, given);
  const recurring = toJson(hashParam(params, 'recurring')) as JsonHash | null;
  const price = priceFrom({
    id: world.store.newId('prices'),
    created: world.clock.now(),
    currency: textParam(params, 'currency') ?? 'eur',
    metadata: newMetadata(params),
    product: product.id,
    unit_amount: toJson(params.unit_amount),
    ...(recurring === null ? {} : { recurring }),
  });
  return world.store.put('prices', price, world.clock.nowMs());
}

export const priceRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: '/v1/prices',
    permission: 'plan',
    params: {
      ...expand,
      currency: required(text),
      metadata: newMetadataField,
      product: text,
      product_data: hash({ name: required(text), metadata: newMetadataField }),
      recurring: hash({ interval: required(oneOf('day', 'week', 'month', 'year')), interval_count: integer }),
      unit_amount: required(integer),
    },
    run: (world, _, params) => createPrice(world, params),
  },
  {
    method: 'GET',
    path: '/v1/prices/{price}',
    permission: 'plan',
    params: expand,
    run: (world, ids) => inPath(world, 'prices', ids.price),
  },
  {
    method: 'GET',
    path: '/v1/products/{id}',
    permission: 'product',
    params: expand,
    run: (world, ids) => inPath(world, 'products', ids.id),
  },
];
