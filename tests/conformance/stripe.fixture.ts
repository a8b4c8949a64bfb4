/**
 * A Stripe account in the stand-in (src/local/stripe/) for the `stripe` connector, with the data map that the connector comes
 * with: private customers with a subscription, invoices, charges, a refund, payment methods, and tax numbers in bulk. Faults are a TCP
 * proxy, the stand-in's keys and permissions; the ignored filter is done on the wire, where the request passes.
 */
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { parse } from 'yaml';
import type { RecordRef, SystemConfig } from '../../connectors/contract.ts';
import { stripe } from '../../connectors/stripe/index.ts';
import type { SystemId } from '../../src/ids.ts';
import { kindNames } from '../../src/local/stripe/core/types.ts';
import { type StripeStandIn, startStripeStandIn } from '../../src/local/stripe/start.ts';
import { fromRoot } from '../../src/root.ts';
import { FaultProxy } from '../support/proxy.ts';
import type { EraseWorld, Faults, Fixture, Plan, Planted, World } from './fixture.ts';

const dataMap = parse(readFileSync(fromRoot('connectors', 'stripe', 'data-map.yaml'), 'utf8'));

const readerKey = 'rk_test_reader0000';
const eraserKey = 'rk_test_eraser0000';
const resources = ['customer', 'subscription', 'invoice', 'charge', 'dispute', 'payment_intent', 'payment_method'];
const reading = resources.map((one) => `${one}_read`);
const erasing = ['customer', 'subscription', 'charge', 'payment_method'].map((one) => `${one}_write`);

export const stripeFixture: Fixture = { kind: 'stripe', idKind: 'stripe_customer_id', erases: 'immediate', start };

/** The edge: a slug written in this file. */
const systemId = (slug: string): SystemId => slug as SystemId;

async function start(): Promise<World> {
  const standIn = await startStripeStandIn();
  const { control } = standIn;
  control.addKey(readerKey, reading);
  control.addKey(eraserKey, erasing);
  const address = `http://${standIn.host}:${standIn.port}`;
  const proxy = await FaultProxy.before(address);
  const config: SystemConfig = {
    id: systemId('billing'),
    name: 'Billing',
    settings: {
      apiKey: readerKey,
      eraseKey: eraserKey,
      apiBase: proxy.through(address).replace(/\/$/, ''),
      requestsPerSecond: 10_000,
    },
    dataMap,
    rate: {},
    concurrency: undefined,
  };
  const system = stripe.open(config);
  const impatient = stripe.open({
    ...config,
    settings: { ...Object(config.settings), requestTimeoutMs: 1_000, attempts: 1 },
  });
  return {
    system,
    impatient,
    bulk: 'tax_ids',
    bulkFields: { marked: 'value', plain: 'country' },
    collections: Object.keys(dataMap.collections),
    plant: async (plan) => plant(standIn, plan),
    unplant: async ({ ref }) => control.forget(ref.key[0]?.[1] ?? ''),
    async listen(work) {
      proxy.heard = [];
      proxy.listenIn = true;
      try {
        await work();
      } finally {
        proxy.listenIn = false;
      }
      return Buffer.concat(proxy.heard);
    },
    async isAtRest() {
      control.forgetRequests();
      await delay(30);
      return control.requests().length === 0;
    },
    faults: faultsOf(standIn, proxy),
    erase: eraseWorld(standIn, proxy),
    async stop() {
      await system.close();
      await impatient.close();
      await proxy.close();
      await standIn.stop();
    },
  };
}

function faultsOf({ control }: StripeStandIn, proxy: FaultProxy): Faults {
  return {
    refused: () => proxy.refuse(),
    halfOpen: () => proxy.halfOpen(),
    stallAfter: (bytes) => proxy.stallAfter(bytes),
    cutAfter: (bytes) => proxy.cutAfter(bytes),
    slow: () => proxy.slowly(8_000),
    async revokeCredentials() {
      control.revokeKey(readerKey);
      control.revokeKey(eraserKey);
    },
    async revokePermission() {
      control.addKey(
        readerKey,
        reading.filter((one) => one !== 'customer_read'),
      );
    },
    async ignoresFilter() {
      const everybody = control.ids('customers');
      proxy.rewrite = (said) => {
        const blind = said
          .toString('latin1')
          .replace(/email=[^& ]*/g, (filter) => ''.padEnd(filter.length, '&'))
          .replace(/cus_\w+/g, (id) => everybody.find((other) => other !== id && other.length === id.length) ?? id);
        return Buffer.from(blind, 'latin1');
      };
    },
    async mend() {
      proxy.rewrite = (said) => said;
      control.addKey(readerKey, reading);
      control.addKey(eraserKey, erasing);
      await proxy.up();
    },
  };
}

/** Stands in the number of everything of one person, also of what belongs to nobody any more. */
const tagOf = ({ ref }: Planted): string => (ref.key[0]?.[1] ?? '').slice('cus_'.length);

function eraseWorld(standIn: StripeStandIn, proxy: FaultProxy): EraseWorld {
  const { control } = standIn;
  const digestOf = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex');
  const kindOf = ({ collection }: RecordRef) => kindNames.find((kind) => kind === collection) ?? 'customers';
  const idOf = ({ key }: RecordRef): string => key.find(([name]) => name === 'id')?.[1] ?? '';
  return {
    decide({ collection }) {
      switch (collection) {
        case 'customers':
          return { action: 'anonymise', fields: ['email', 'name', 'description'] };
        case 'customer_numbers':
        case 'tax_ids':
          return { action: 'delete', fields: [] };
        case 'payment_methods':
          return { action: 'anonymise', fields: ['billing_details', 'customer'] };
        case 'subscriptions':
          return { action: 'detach', fields: ['status', 'default_payment_method'] };
        default:
          return { action: 'keep', fields: [] };
      }
    },
    async others(person) {
      return digestOf(Object.entries(control.digests()).filter(([name]) => !name.includes(tagOf(person))));
    },
    async kept(person) {
      const own = Object.entries(control.digests()).filter(([name]) => name.includes(tagOf(person)));
      const documents = own.filter(([name]) => /^(invoices|charges|refunds|payment_intents)\//.test(name));
      return digestOf([documents, control.object('subscriptions', `sub_${tagOf(person)}_0`)?.items ?? null]);
    },
    async arrive(person) {
      const customer = `cus_${tagOf(person)}`;
      const id = `txi_${tagOf(person)}_late`;
      control.load({
        tax_ids: [{ id, created: since + 1_000_000, customer, value: `EE${person.marker}`, country: 'EE' }],
      });
      return {
        collection: 'tax_ids',
        key: [
          ['customer', customer],
          ['id', id],
        ],
      };
    },
    async remove(ref) {
      const customer = ref.key.find(([name]) => name === 'customer')?.[1] ?? '';
      await fetch(`http://${standIn.host}:${standIn.port}/v1/customers/${customer}/tax_ids/${idOf(ref)}`, {
        method: 'DELETE',
        headers: { Authorization: `Bearer ${standIn.key}` },
      });
    },
    async has(ref) {
      return control.object(kindOf(ref), idOf(ref)) !== null;
    },
    async deletesNothing() {
      // Every deletion hits another's record of the same name.
      const decoy = randomBytes(8).toString('hex');
      plantAs(standIn, { email: 'decoy@x.example', records: 200 }, decoy);
      proxy.rewrite = (said) =>
        Buffer.from(
          said
            .toString('latin1')
            .replace(/(DELETE \/v1\/customers\/cus_)(\w{16})(\/tax_ids\/txi_)\w{16}/g, `$1${decoy}$3${decoy}`),
          'latin1',
        );
    },
    async revokeErasing() {
      control.addKey(
        eraserKey,
        erasing.filter((one) => one !== 'customer_write'),
      );
    },
  };
}

const since = Date.parse('2026-01-10T08:00:00Z') / 1_000;

function plant(standIn: StripeStandIn, plan: Plan): Planted {
  return plantAs(standIn, plan, randomBytes(8).toString('hex'));
}

function plantAs({ control }: StripeStandIn, plan: Plan, tag: string): Planted {
  const marker = `M${randomBytes(8).toString('hex')}`;
  const customer = `cus_${tag}`;
  const said = `${marker} õ "\\ \t\n🎵`;
  const of = (prefix: string, no: number) => ({ id: `${prefix}_${tag}_${no}`, created: since + no, customer });
  const times = <T>(count: number, make: (no: number) => T): T[] => Array.from({ length: count }, (_, no) => make(no));
  const details = { name: said, email: plan.email, phone: null, address: null };
  control.load({
    customers: [
      {
        id: customer,
        created: since,
        email: plan.email,
        name: said,
        description: said,
        invoice_prefix: marker,
        metadata: { customer_kind: 'person', workspace_id: tag },
      },
    ],
    subscriptions: [{ ...of('sub', 0), description: said }],
    invoices: times(3, (no) => ({
      ...of('in', no),
      status: 'paid',
      number: `NH-${no}`,
      customer_name: said,
      customer_email: plan.email,
      lines: times(25, (line) => ({
        id: `il_${tag}_${no}_${line}`,
        object: 'line_item',
        description: `${line} ${said}`,
        amount: 100,
      })),
    })),
    payment_intents: [{ ...of('pi', 0), amount: 100, status: 'succeeded', latest_charge: `ch_${tag}_0` }],
    charges: times(2, (no) => ({
      ...of('ch', no),
      receipt_email: plan.email,
      amount: 100,
      description: said,
      billing_details: details,
      ...(no === 0 ? { amount_refunded: 50, payment_intent: `pi_${tag}_0` } : {}),
    })),
    refunds: [{ ...of('re', 0), amount: 50, charge: `ch_${tag}_0`, metadata: { said } }],
    payment_methods: times(2, (no) => ({ ...of('pm', no), billing_details: details })),
    tax_ids: times(plan.records, (no) => ({ ...of('txi', no), value: `EE${marker}${no}`, country: 'EE' })),
  });
  return {
    ref: {
      collection: 'customers',
      key: [
        ['id', customer],
        ['kind', 'person'],
      ],
    },
    identifiers: [
      { kind: 'stripe_customer_id', value: customer, source: 'request' },
      { kind: 'email', value: plan.email, source: 'request' },
      { kind: 'stripe_payment_intent_id', value: `pi_${tag}_0`, source: 'request' },
    ],
    marker,
    expected: new Map([
      ['customers', 1],
      ['subscriptions', 1],
      ['invoices', 3],
      ['charges', 2],
      ['refunds', 1],
      ['payment_methods', 2],
      ['tax_ids', plan.records],
      ['customer_numbers', 1],
    ]),
  };
}
