/**
 * A fideslang dataset becomes a data map in which everything that was declared is mapped, and in which nothing is guessed
 * that decides whose a record is: what is left open is exactly what validation refuses, and filling it in is enough.
 */
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { HabeasError } from '../../src/errors.ts';
import type { SystemId } from '../../src/ids.ts';
import { type FidesDataset, readFides } from './fides-dataset.ts';
import { importFides } from './import-fides.ts';
import { validate } from './validate.ts';

/** The edge: a slug written in this file. */
const systemId = (slug: string): SystemId => slug as SystemId;

const shop = `
dataset:
  - fides_key: shop
    name: Shop
    description: The shop's own database
    collections:
      - name: customers
        description: "One row per registered customer # and no guests"
        data_uses: [essential.service]
        fields:
          - name: id
            data_categories: [user.unique_id]
            fides_meta: { primary_key: True, data_type: integer }
          - name: email
            data_categories: [user.contact.email]
            fides_meta: { identity: email, data_type: string, length: 200 }
          - name: password_hash
            data_categories: [user.authorization.password]
          - name: delivery_id
            data_categories: [system.operations]
            fides_meta: { references: [{ dataset: shop, field: addresses.id, direction: to }] }
          - name: profile
            fides_meta: { data_type: object }
            fields:
              - { name: diet, data_categories: [user.health.condition] }
              - { name: nick, data_categories: [user.name] }
          - name: tier
          - name: no
            data_categories: [user.settings]
      - name: orders
        fields:
          - name: id
            data_categories: [system.operations]
            fides_meta: { primary_key: true }
          - name: customer_id
            data_categories: [user.unique_id]
            fides_meta: { references: [{ dataset: shop, field: customers.id, direction: from }] }
          - name: gift_for
            data_categories: [user.unique_id]
            fides_meta: { references: [{ dataset: shop, field: customers.id, direction: from }] }
          - name: ship_to
            data_categories: [system.operations]
            fides_meta: { references: [{ dataset: shop, field: addresses.id, direction: to }] }
          - name: charge
            data_categories: [user.payment]
            fides_meta: { references: [{ dataset: payments, field: charges.id, direction: to }] }
      - name: order_lines
        fields:
          - name: order_id
            data_categories: [system.operations]
            fidesops_meta: { primary_key: true, references: [{ dataset: shop, field: orders.id, direction: from }] }
          - name: line_no
            data_categories: [system.operations]
            fides_meta: { primary_key: true }
          - name: engraving
            data_categories: [user.content, user.provided.identifiable.name]
      - name: addresses
        fields:
          - { name: id, data_categories: [system.operations], fides_meta: { primary_key: true } }
          - { name: street, data_categories: [user.contact.address.street] }
      - name: crm.Newsletter Sign-ups
        fields:
          - { name: id, data_categories: [system.operations], fides_meta: { primary_key: true } }
          - { name: E-Mail, data_categories: [user.contact.email], fides_meta: { identity: email } }
      - name: audit
        fields:
          - { name: at, data_categories: [system.operations] }
          - { name: note, data_categories: [user.telepathy] }
      - name: vat_rates
        fields:
          - { name: country, data_categories: [system.operations], fides_meta: { primary_key: true } }
  - fides_key: payments
    collections:
      - name: charges
        fields: [{ name: id }]
`;

function datasetOf(text: string, key = 'shop'): FidesDataset {
  const { datasets, mistakes } = readFides(parse(text));
  expect(mistakes).toEqual([]);
  const found = datasets.find((one) => one.key === key);
  if (found === undefined) throw new Error('no such dataset');
  return found;
}
const imported = (text = shop) => importFides(datasetOf(text), { subject: 'customers', schema: 'public' });
const mistakesIn = (dataMap: unknown) =>
  validate({
    id: systemId('shop'),
    name: 'Shop',
    settings: { url: 'postgres://reader@db.example/shop' },
    dataMap,
    rate: {},
    concurrency: undefined,
  });

/** Every place where `TODO` stands. */
function todos(value: unknown, at = ''): readonly string[] {
  if (value === 'TODO') return [at];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => todos(child, `${at}/${key}`));
}

describe('a data map from a fideslang dataset', () => {
  it('has the tables, keys, identities, references and categories that the dataset declares, in its order', () => {
    const { text, mapped } = imported();
    const map = parse(text);
    expect(map.subject).toBe('customers');
    expect(Object.keys(map.collections)).toEqual([
      'customers',
      'orders',
      'order_lines',
      'addresses',
      'newsletter_sign-ups',
      'audit',
    ]);
    expect(map.collections.customers).toMatchObject({ table: 'public.customers', key: ['id'], owner: 'person' });
    expect(Object.entries(map.collections.customers.fields)).toEqual([
      ['id', { category: 'reference' }],
      ['email', { category: 'contact' }],
      ['password_hash', { category: 'account', export: 'TODO' }],
      ['delivery_id', { category: 'reference' }],
      // Nested in a column of JSON: the most sensitive of what it holds.
      ['profile', { category: 'special-category' }],
      ['tier', { category: 'TODO' }],
      ['no', { category: 'preference' }],
    ]);
    expect(map.collections.order_lines).toMatchObject({
      key: ['order_id', 'line_no'],
      reach: [
        {
          via: [
            { columns: ['order_id'], to: 'orders', toColumns: ['id'] },
            { columns: ['customer_id'], to: 'customers', toColumns: ['id'] },
          ],
        },
      ],
      fields: { engraving: { category: 'identity' } },
    });
    expect(map.collections['newsletter_sign-ups']).toMatchObject({
      table: 'crm.Newsletter Sign-ups',
      identifiers: [{ column: 'E-Mail', kind: 'email', match: 'TODO' }],
      direct: { by: ['E-Mail'], unless: [] },
    });
    expect(mapped).toEqual({ collections: 6, fields: 21, identifiers: 2, paths: 4, noPersonalData: 1 });
  });

  it('follows a reference only in the direction in which rows are found by it, and says where rows may be shared', () => {
    const { text, notes } = imported();
    const { collections } = parse(text);
    expect(collections.orders.reach.map(({ via }: { via: { columns: string[] }[] }) => via[0]?.columns)).toEqual([
      ['customer_id'],
      ['gift_for'],
    ]);
    // An address is found by the order that names it; by the customer's own column no path may end.
    expect(collections.addresses.reach).toEqual([
      {
        via: [
          { columns: ['id'], to: 'orders', toColumns: ['ship_to'] },
          { columns: ['customer_id'], to: 'customers', toColumns: ['id'] },
        ],
      },
    ]);
    const said = notes.map(({ place, what }) => `${place}: ${what}`).join('\n');
    expect(said).toContain(
      'addresses.reach[0]: addresses → orders → customers: is whoever it leads to the one the row is about? Several rows of orders may share one.',
    );
    expect(said).toContain('orders.charge: refers to the dataset payments');
  });

  it('leaves open whose a record is, what proves, and what the person is told; exactly that is refused, with its place', () => {
    const { text, decisions } = imported();
    const map = parse(text);
    const open = todos(map);
    for (const place of [
      ...[
        '/collections/orders/owner',
        '/collections/orders/role',
        '/collections/orders/purpose',
        '/collections/customers/role',
      ],
      ...['/collections/customers/identifiers/0/match', '/collections/audit/reach', '/collections/audit/key'],
      ...[
        '/collections/audit/fields/note/category',
        '/noPersonalData/public.vat_rates',
        '/collections/orders/recipients/0',
      ],
    ])
      expect(open).toContain(place);
    const refused = mistakesIn(map);
    expect([...new Set(refused.map(({ pointer }) => pointer))].sort()).toEqual([...open].sort());
    for (const { message } of refused) expect(message).toContain('TODO');
    // Each is told: one line for what every collection lacks, one for each of the others.
    const told = decisions.map(({ place, what }) => (place.includes('.') ? 1 : what.split(', ').length));
    expect(told.reduce((sum, n) => sum + n, 0)).toBe(open.length);
  });

  it('is accepted as soon as a person has decided, and not before the last decision', () => {
    const map = parse(imported().text);
    const answers: Readonly<Record<string, unknown>> = {
      ...{ owner: 'person', role: 'controller', recordClass: 'account', legalBasis: 'contract', match: 'proof' },
      ...{ category: 'account', purpose: 'To sell', provenance: 'Given by the person', export: true, key: ['at'] },
      ...{ 'public.vat_rates': 'Rates of countries' },
      reach: [{ via: [{ columns: ['at'], to: 'customers', toColumns: ['id'] }] }],
    };
    const decide = (value: unknown, name = ''): unknown => {
      if (value === 'TODO') return /^\d+$/.test(name) ? 'Hosting OÜ (hosting)' : answers[name];
      if (Array.isArray(value)) return value.map((child, i) => decide(child, String(i)));
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, decide(child, key)]));
    };
    const decided = decide(map);
    expect(mistakesIn(decided)).toEqual([]);
    const almost = parse(JSON.stringify(decided));
    almost.collections.orders.provenance = 'TODO';
    expect(mistakesIn(almost).map(({ pointer }) => pointer)).toEqual(['/collections/orders/provenance']);
  });

  it('does not guess who the subject is where several collections know people', () => {
    const guess = () => importFides(datasetOf(shop), { subject: undefined, schema: 'public' });
    expect(guess).toThrow(HabeasError);
    expect(guess).toThrow(/--subject: customers, crm\.Newsletter Sign-ups/);
    expect(() => importFides(datasetOf(shop), { subject: 'people', schema: 'public' })).toThrow(
      /--subject: customers, orders/,
    );
  });

  it('keeps text of the dataset from becoming structure of the data map', () => {
    const nasty = `
dataset:
  - fides_key: "k\\nsubject: other"
    collections:
      - name: "people: [x]"
        description: "first\\ncollections: {}\\u2028owner: person"
        fields:
          - { name: "id }\\n      evil: { category: account", data_categories: [user], fides_meta: { primary_key: true } }
          - { name: "true", data_categories: [user.contact.email], fides_meta: { identity: "E-Mail: x" } }
          - { name: "null", data_categories: [user.name] }
          - { name: __proto__, data_categories: [user.name] }
`;
    const dataset = datasetOf(nasty, 'k\nsubject: other');
    const map = parse(importFides(dataset, { subject: undefined, schema: 'public' }).text);
    expect(Object.keys(map)).toEqual(['version', 'subject', 'collections']);
    const [collection] = Object.values<{ table: string; owner: string; fields: object; identifiers: unknown }>(
      map.collections,
    );
    expect(collection).toMatchObject({ table: 'public.people: [x]', owner: 'person' });
    expect(Object.keys(collection?.fields ?? {})).toEqual([
      'id }\n      evil: { category: account',
      'true',
      'null',
      '__proto__',
    ]);
    expect(collection?.identifiers).toEqual([{ column: 'true', kind: 'e-mail_x', match: 'TODO' }]);
  });
});

describe('a file that is no dataset', () => {
  it.each([
    ['a: 1', ''],
    ['dataset: []', ''],
    ['dataset: [{ collections: [{ name: a, fields: [{ name: b }] }] }]', '/dataset/0'],
    ['dataset: [{ fides_key: k }]', '/dataset/0'],
    ['dataset: [{ fides_key: k, collections: [{ name: a }] }]', '/dataset/0/collections/0'],
    [
      'dataset: [{ fides_key: k, collections: [{ name: a, fields: [{ nam: b }] }] }]',
      '/dataset/0/collections/0/fields/0',
    ],
    [
      'dataset: [{ fides_key: k, collections: [{ name: a, fields: [{ name: b }, { name: b }] }] }]',
      '/dataset/0/collections/0/fields/1',
    ],
  ])('is told with its place: %s', (text, pointer) => {
    expect(readFides(parse(text)).mistakes.map((one) => one.pointer)).toEqual([pointer]);
  });
});
