/** How a record is named, and where it is found again by that name. */
import type { RecordRef } from '../contract.ts';
import { idIn, type StripeObject } from './client.ts';
import type { CollectionName } from './data-map.ts';
import { idAt } from './roots.ts';

/** Fields that name a record. A tax number is found below its customer only. */
export const keyFields = (name: CollectionName): readonly string[] =>
  name === 'tax_ids' ? ['customer', 'id'] : ['id'];

/** A record's name, from the record itself. */
export function keyOf(name: CollectionName, record: StripeObject): RecordRef['key'] {
  return keyFields(name).map((field) => [field, field === 'id' ? record.id : idAt(record, field)] as const);
}

export function idOf(key: RecordRef['key']): string {
  return key.find(([field]) => field === 'id')?.[1] ?? '';
}

/** The path of a record. */
export function pathOf(name: CollectionName, key: RecordRef['key']): string {
  const id = idIn(idOf(key));
  const customer = key.find(([field]) => field === 'customer')?.[1] ?? '';
  if (name === 'customer_numbers') return `/v1/customers/${id}`;
  return name === 'tax_ids' ? `/v1/customers/${idIn(customer)}/tax_ids/${id}` : `/v1/${name}/${id}`;
}
