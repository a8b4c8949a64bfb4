/** What is wrong in the settings or the data map is said with its place; the map that comes with the connector is not. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import type { SystemId } from '../../src/ids.ts';
import { fieldRoles } from '../../src/policy/retention/index.ts';
import type { SystemConfig } from '../contract.ts';
import { eventWords, roleWords } from '../law-words.ts';
import { validate } from './validate.ts';

const shipped = () => parse(readFileSync(join(import.meta.dirname, 'data-map.yaml'), 'utf8'));
const apiKey = 'rk_test_12345678';

function mistakesOf(settings: object, change: (map: ReturnType<typeof shipped>) => void = () => undefined) {
  const dataMap = shipped();
  change(dataMap);
  const config: SystemConfig = {
    ...{ id: 'billing' as SystemId, name: 'Billing', rate: {}, concurrency: undefined },
    settings: { apiKey, ...settings },
    dataMap,
  };
  return validate(config).map(({ part, pointer }) => `${part} ${pointer}`);
}

describe('the configuration of a Stripe account', () => {
  it('is right as it comes', () => {
    expect(mistakesOf({})).toEqual([]);
    expect(mistakesOf({ eraseKey: 'rk_test_abcdefgh', apiBase: 'http://127.0.0.1:12111' })).toEqual([]);
  });

  it('takes no key of another mode, nor the reading one, for erasing', () => {
    expect(mistakesOf({ eraseKey: 'rk_live_abcdefgh' })).toEqual(['settings /eraseKey']);
    expect(mistakesOf({ eraseKey: apiKey })).toEqual(['settings /eraseKey']);
    expect(mistakesOf({ apiKey: 'pk_test_12345678' })).toEqual(['settings /apiKey']);
  });

  it('has no default for whose a customer is', () => {
    expect(mistakesOf({}, (map) => delete map.customer.kind)).toEqual(['dataMap /customer']);
    expect(mistakesOf({}, (map) => (map.customer.kind = { is: 'shop' }))).not.toEqual([]);
  });

  it('promises nothing that Stripe cannot do', () => {
    expect(mistakesOf({}, ({ collections }) => (collections.invoices.erase.whole = 'delete'))).toEqual([
      'dataMap /collections/invoices/erase/whole',
    ]);
    expect(mistakesOf({}, ({ collections }) => (collections.charges.erase.fields.receipt_email = 'empty'))).toEqual([
      'dataMap /collections/charges/erase/fields/receipt_email',
    ]);
    expect(mistakesOf({}, ({ collections }) => (collections.subscriptions.erase.fields.status = 'empty'))).toEqual([
      'dataMap /collections/subscriptions/erase/fields/status',
    ]);
    expect(mistakesOf({}, ({ collections }) => (collections.customers.own = ['shoe_size']))).toEqual([
      'dataMap /collections/customers/own/0',
    ]);
  });

  it('empties who a customer is, and lets the customer itself go as a whole', () => {
    expect(mistakesOf({}, ({ collections }) => (collections.customers.erase.whole = 'delete'))).toEqual([
      'dataMap /collections/customers/erase/whole',
    ]);
    expect(mistakesOf({}, ({ collections }) => (collections.customer_numbers.erase.whole = 'anonymise'))).toEqual([
      'dataMap /collections/customer_numbers/erase/whole',
    ]);
    expect(
      mistakesOf({}, ({ collections }) => (collections.customer_numbers.erase.fields = { id: 'document' })),
    ).toEqual(['dataMap /collections/customer_numbers/erase/fields/id']);
    expect(mistakesOf({}, ({ collections }) => delete collections.customer_numbers)).toEqual(['dataMap /collections']);
  });

  it('has the words of policy for what a field is to the law', () => {
    expect([...roleWords].sort()).toEqual(Object.keys(fieldRoles).sort());
    expect(eventWords.length).toBe(7);
  });
});
