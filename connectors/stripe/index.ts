/**
 * The connector for Stripe: customers, subscriptions, invoices, charges, refunds, payment methods and tax numbers, driven by a data
 * map that says whose each customer is and what becomes of it. Composes the stages; owns no logic. Read-only towards Stripe,
 * but for the stages that use `eraseKey`; without it, it cannot erase.
 */
import type { CollectionDescription, Connector, Manifest, System, SystemConfig } from '../contract.ts';
import { describeCollection } from '../declared.ts';
import { createPacer } from '../pacer.ts';
import { check } from './check.ts';
import { apiVersion, StripeClient } from './client.ts';
import { collectionNames, type DataMap, DataMapSchema } from './data-map.ts';
import { erase } from './erase.ts';
import { eraseTraitsOf } from './erase-traits.ts';
import { keyFields } from './keys.ts';
import { identifierKinds, locate } from './locate.ts';
import { prepare } from './prepare.ts';
import { read } from './read.ts';
import { previewVersion } from './redaction.ts';
import { defaultConcurrency, limitsOf, SettingsSchema } from './settings.ts';
import { parseConfig, validate } from './validate.ts';
import { verify } from './verify.ts';
import { workspaceNeeds, workspaceSystem } from './workspace.ts';

export const stripe: Connector = {
  kind: 'stripe',
  settingsSchema: SettingsSchema,
  dataMapSchema: DataMapSchema,
  validate,
  open,
};

function open(config: SystemConfig): System {
  const { settings, map } = parseConfig(config);
  const limits = limitsOf(settings);
  // The rate is the account's: reading and erasing share it.
  const pacer = createPacer(limits.requestsPerSecond);
  const client = new StripeClient(settings.apiKey, settings.apiBase, limits, pacer);
  const eraser =
    settings.eraseKey === undefined ? undefined : new StripeClient(settings.eraseKey, settings.apiBase, limits, pacer);
  const redactor =
    settings.eraseKey === undefined || settings.redaction !== true
      ? undefined
      : new StripeClient(settings.eraseKey, settings.apiBase, limits, pacer, previewVersion);
  // Reads only, in the version that shows what is redacted.
  const preview =
    redactor === undefined
      ? undefined
      : new StripeClient(settings.apiKey, settings.apiBase, limits, pacer, previewVersion);
  const collections = collectionsOf(map, redactor !== undefined);
  const stages: Pick<System, 'locate' | 'prepare' | 'erase' | 'verify'> = {
    locate: (context, input) => locate(client, map, context, input),
    ...(eraser === undefined
      ? {}
      : {
          prepare: (context, input) => prepare({ client, eraser, redactor, map }, context, input),
          erase: (context, input) => erase({ client, eraser, redactor, preview, map }, context, input),
          verify: (context, input) => verify({ client, preview, map }, context, input),
        }),
  };
  return {
    manifest: manifestOf(config.concurrency, eraser !== undefined, redactor !== undefined),
    collections,
    check: (context) => check(client, { eraser, redactor }, map, context),
    ...stages,
    read: (context, input) => read({ client, map }, context, input),
    workspace: workspaceSystem({ client, map }, stages, collections),
    close: async () => undefined,
  };
}

const erasing: NonNullable<Manifest['erase']> = {
  mode: 'immediate',
  reversible: false,
  timeToGone:
    'Gone from every answer of Stripe at once. Events and request logs show what was there for up to 30 days and longer; Stripe itself keeps what the law asks of it.',
  alreadyGone:
    'A customer that answers `deleted`, a record that is not found, and a subscription that has ended are counted as what they are; asking again changes nothing.',
  sideEffects: [
    'Stripe sends the events of every change to the account’s webhooks, with what the object says afterwards.',
    'Deleting a customer detaches its means of payment, removes its tax numbers and ends its subscriptions.',
  ],
};

const eraseCodes = [
  'erasure-undeclared',
  'erase-blocked',
  'customer-in-use',
  'document-fixed',
  'vendor-job-runs',
  'vendor-not-yet',
  'vendor-reaches-more',
  'vendor-job-refused',
  'money-open',
  'successor-unknown',
  'plan-changed',
] as const satisfies Manifest['canRefuse'];

const withoutRedaction =
  'What stands on a finalised invoice, a charge or a refund is fixed: Stripe lets nobody change it, and without `redaction: true` it stays when its law has ended. Such records are told as not gone, and looked at again every 30 days.';
const withRedaction =
  'What stands on a finalised invoice, a charge or a refund is redacted by a job of Stripe’s when its law has ended and everything bound to it goes too; a payment of the last 90 days waits until it is older. Amounts, dates and numbers stay.';

const eraseWeaknesses = [
  'A customer goes after the last document that names it, and only while it is empty and nobody uses it. What ended subscriptions say stays at their number.',
  'A means of payment that was detached can still be asked for by its number; its brand and last four digits stay there, its holder does not.',
];

function manifestOf(concurrency: number | undefined, erases: boolean, redacts: boolean): Manifest {
  return {
    kind: 'stripe',
    stages: ['check', 'locate', 'read', ...(erases ? (['prepare', 'erase', 'verify'] as const) : [])],
    rights: ['access', ...(erases ? (['erasure'] as const) : [])],
    needs: identifierKinds.map((kind) => ({ kind, unique: kind !== 'email', caseSensitive: true })),
    gives: ['stripe_customer_id'],
    workspace: { needs: [...workspaceNeeds] },
    locateCost: 'lookup',
    concurrency: concurrency ?? defaultConcurrency,
    verifiedAgainst: [`A stand-in of our own with the documented behaviour of Stripe API ${apiVersion}`],
    verification: 'stand-in',
    ...(erases ? { erase: erasing } : {}),
    canRefuse: [
      'system-unreachable',
      'system-tls',
      'system-credentials',
      'system-permission',
      'system-rate-limited',
      'system-failed',
      'system-schema-drift',
      'system-schema-undeclared',
      'customer-kind-unmapped',
      'supply-unmapped',
      'identifier-unusable',
      'too-many-candidates',
      'record-mismatch',
      'stream-changed',
      ...(erases ? eraseCodes : []),
    ],
    weaknesses: [
      'E-mail addresses are matched exactly; another spelling is found only in small letters and with capitals at the beginning of words.',
      'A sole trader’s customer that only an e-mail address leads to is proposed to a person: the address may be a bookkeeper’s.',
      'The contact of a company is found by the address that its customer bears now; under a former one only where the customer’s number is given too.',
      'Of a company’s records the person is found where the record bears their address; a name in a free text is not searched.',
      'Payments without a customer are found by the number of the payment only.',
      ...(erases ? [redacts ? withRedaction : withoutRedaction, ...eraseWeaknesses] : []),
    ],
  };
}

function collectionsOf(map: DataMap, redacts: boolean): readonly CollectionDescription[] {
  return collectionNames.map((name) => {
    const collection = map.collections[name];
    return {
      ...describeCollection(name, collection),
      owner: 'workspace',
      fields: [...new Set([...Object.keys(collection.fields), ...(collection.own ?? [])])],
      ...(name === 'invoices' ? { files: ['invoice_pdf'] } : {}),
      key: keyFields(name),
      erase: eraseTraitsOf(name, collection, redacts),
    };
  });
}
