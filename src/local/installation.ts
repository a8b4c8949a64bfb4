/**
 * Owns the sample installation inside a local stack: databases, buckets, keys, two people, the sample company and the
 * `habeas.yaml` that points at all of it, so that every `habeas` command works here without a flag. Everything made is
 * kept: a second call only writes what changed (ports). Never used in production. Fails with what the pieces fail with.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { migrateLedger } from '../ledger/migrate.ts';
import { fromRoot } from '../root.ts';
import { newPersonKey } from '../security/signing.ts';
import { createDatabase } from './postgres.ts';
import { createBucket, logsBucket } from './s3.ts';
import { sampleDesk, sampleDeskDigest } from './sample/desk.ts';
import { eraserUrl, loadSampleCompany, readerUrl, sampleVersion } from './sample/load.ts';
import { putSampleLogs } from './sample/load-logs.ts';
import { sampleRecipients } from './sample/recipients.ts';
import { sampleFinancialYears, sampleRetention, sampleSystemsOfRecord } from './sample/retention.ts';
import { sampleBilling, sampleBillingDigest } from './sample/stripe.ts';
import type { LocalStack } from './stack.ts';
import { runRemotely } from './stand-in/remote.ts';
import { loadSampleRemotely } from './stripe/remote.ts';
import { loadSampleRemotely as loadDeskRemotely } from './zendesk/remote.ts';

export interface Installation {
  readonly configPath: string;
  /** Ids of the people of the installation; the first one acts unless `--as` says otherwise. */
  readonly people: readonly { readonly id: string; readonly keyFile: string }[];
}

const buckets = { staging: 'habeas-staging', packages: 'habeas-packages', anchors: 'habeas-anchors' } as const;

/** The people of the sample installation: a support agent and a compliance officer. */
const people = [
  { id: 'kadri', name: 'Kadri (customer support)', roles: ['agent', 'officer'] },
  { id: 'mart', name: 'Mart (compliance)', roles: ['officer', 'engineer'] },
] as const;

/** Creates what is missing and writes the configuration. */
export async function prepareInstallation(stack: LocalStack, log: (line: string) => void): Promise<Installation> {
  const secrets = secretFiles(stack.dir);
  const keys = people.map((person) => ({ ...person, ...personKey(stack.dir, person.id) }));
  await createDatabase(stack.postgres.url, 'habeas');
  await createDatabase(stack.postgres.url, 'account_db');
  await Promise.all([
    createBucket(stack.s3, buckets.staging),
    createBucket(stack.s3, buckets.packages, { versioning: true }),
    createBucket(stack.s3, buckets.anchors, { objectLock: true }),
    prepareAccounts(stack, secrets, log),
    prepareLogs(stack, log),
    prepareBilling(stack, log),
    prepareDesk(stack, log),
    migrateLedger(stack.postgres.urlFor('habeas')),
  ]);
  const configPath = writeConfig(stack, secrets, keys);
  return { configPath, people: keys.map(({ id, keyFile }) => ({ id, keyFile })) };
}

async function prepareAccounts(stack: LocalStack, secrets: SecretFiles, log: (line: string) => void): Promise<void> {
  const { readerPassword, eraserPassword } = secrets;
  const databaseUrl = stack.postgres.urlFor('account_db');
  const { outcome } = await loadSampleCompany({ databaseUrl, readerPassword, eraserPassword });
  if (outcome !== 'already-loaded') log('the sample company is loaded');
}

async function prepareLogs(stack: LocalStack, log: (line: string) => void): Promise<void> {
  await createBucket(stack.s3, logsBucket);
  if (await putSampleLogs(stack.s3, logsBucket)) log('the sample company’s logs are in their bucket');
}

/** The name changes with the account database's, so that a sample which brings its people back brings their billing back. */
async function prepareBilling(stack: LocalStack, log: (line: string) => void): Promise<void> {
  const name = `${await sampleVersion()} ${sampleBillingDigest()}`;
  // Least privilege, as with Stripe itself; a stand-in that starts anew knows its first key only.
  const reads = billingReads.map((resource) => `${resource}_read`);
  const writes = billingWrites.map((resource) => `${resource}_write`);
  await runRemotely(stack.stripe.url, 'addKey', billingKeys.apiKey, reads);
  await runRemotely(stack.stripe.url, 'addKey', billingKeys.eraseKey, writes);
  if (await loadSampleRemotely(stack.stripe.url, name, sampleBilling())) log('the sample company’s billing is loaded');
}

/** As with billing. A stand-in that starts anew knows its own token only, and takes its usual time. */
async function prepareDesk({ zendesk }: LocalStack, log: (line: string) => void): Promise<void> {
  const name = `${await sampleVersion()} ${sampleDeskDigest()}`;
  const { reader, eraser } = deskTokens;
  await runRemotely(zendesk.url, 'addToken', reader.email, reader.token, 'read');
  await runRemotely(zendesk.url, 'addToken', eraser.email, eraser.token, 'admin');
  await runRemotely(zendesk.url, 'setDelays', sampleDelays);
  if (await loadDeskRemotely(zendesk.url, name, sampleDesk())) log('the sample company’s support desk is loaded');
}

/** Nobody waits a day for a sample: whatever Zendesk does after its answer is done after a second. */
const sampleDelays = {
  searchMs: 1_000,
  redactionMs: 1_000,
  jobMs: 500,
  deletionMs: { support: 1_000, chat: 1_000, explore: 1_000 },
} as const;

const deskTokens = {
  reader: { email: 'habeas@naidisheli.example', token: 'stand-in-reader-0000000000000000' },
  eraser: { email: 'habeas-kustutaja@naidisheli.example', token: 'stand-in-eraser-0000000000000000' },
} as const;

const billingKeys = { apiKey: 'rk_test_51Reader000000000000', eraseKey: 'rk_test_51Eraser000000000000' } as const;
/** Permissions as connectors/stripe/README.md lists them. */
const billingReads = [
  'customer',
  'subscription',
  'invoice',
  'charge',
  'dispute',
  'payment_intent',
  'payment_method',
] as const;
const billingWrites = ['customer', 'subscription', 'payment_method'] as const;

interface SecretFiles {
  readonly readerPassword: string;
  readonly eraserPassword: string;
  readonly masterFile: string;
}

function secretFiles(dir: string): SecretFiles {
  const folder = join(dir, 'secrets');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const once = (name: string, make: () => string): string => {
    const file = join(folder, name);
    if (!existsSync(file)) writePrivate(file, make());
    return file;
  };
  const password = (role: string): string =>
    readFileSync(
      once(`account-db-${role}`, () => randomBytes(24).toString('hex')),
      'utf8',
    ).trim();
  return {
    readerPassword: password('reader'),
    eraserPassword: password('eraser'),
    masterFile: once('master-key', () => `${randomBytes(32).toString('base64')}\n`),
  };
}

function personKey(dir: string, id: string): { keyFile: string; publicKey: string } {
  const folder = join(dir, 'people');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const keyFile = join(folder, `${id}.key`);
  const publicFile = join(folder, `${id}.pub`);
  if (!existsSync(keyFile) || !existsSync(publicFile)) {
    const made = newPersonKey();
    writePrivate(publicFile, `${made.publicKey}\n`);
    writePrivate(keyFile, made.privateKeyPem);
  }
  return { keyFile, publicKey: readFileSync(publicFile, 'utf8').trim() };
}

function writeConfig(
  stack: LocalStack,
  secrets: SecretFiles,
  keys: readonly { id: string; name: string; roles: readonly string[]; keyFile: string; publicKey: string }[],
): string {
  const accounts = stack.postgres.urlFor('account_db');
  const secret = (name: string, value: string) => {
    writePrivate(join(stack.dir, 'secrets', name), `${value}\n`);
    return { file: join('secrets', name) };
  };
  const s3 = {
    endpoint: stack.s3.endpoint,
    region: stack.s3.region,
    forcePathStyle: true,
    accessKeyId: secret('s3-access-key-id', stack.s3.accessKeyId),
    secretAccessKey: secret('s3-secret-access-key', stack.s3.secretAccessKey),
  };
  // A server of somebody else's has no reader: then `systems check` says that the key may write.
  const reading = stack.s3.reader ?? stack.s3;
  const logsKeys = {
    accessKeyId: secret('logs-access-key-id', reading.accessKeyId),
    secretAccessKey: secret('logs-secret-access-key', reading.secretAccessKey),
  };
  const config = {
    version: 1,
    controller: {
      name: 'Näidisheli OÜ',
      country: 'EE',
      timeZone: 'Europe/Tallinn',
      authority: { name: 'Andmekaitse Inspektsioon', url: 'https://www.aki.ee/' },
      contact: 'andmekaitse@naidisheli.example',
      financialYears: sampleFinancialYears,
    },
    ledger: { url: secret('ledger-url', stack.postgres.urlFor('habeas')) },
    keys: {
      store: { kind: 'files', path: 'keys' },
      master: { file: 'secrets/master-key' },
      workingKeyDays: 30,
      caseFileMonths: 36,
    },
    temporal: { address: stack.temporal.address, namespace: stack.temporal.namespace },
    mail: { url: stack.smtp.url, from: 'Näidisheli <andmekaitse@naidisheli.example>' },
    people: keys.map(({ id, name, roles, publicKey }) => ({ id, name, roles, publicKey })),
    s3: {
      ...s3,
      stagingBucket: buckets.staging,
      packageBucket: buckets.packages,
      anchorBucket: buckets.anchors,
      anchorRetentionDays: 1,
    },
    policy: {
      profile: 'eu',
      internalTargetDays: 28,
      packageDays: 14,
      linkHours: 72,
      // Nobody waits for a sample to cool off, or for anybody to download it.
      coolingOffHours: 0,
      downloadDays: 0,
      // A person with more than this in one table is no person of this company's.
      blastRadius: { maxRecords: 2_000, timesMedian: 100 },
      retention: { ...sampleRetention, systemOfRecord: sampleSystemsOfRecord },
    },
    // Nobody makes copies of the sample company, but somebody might: see `habeas restore replay --help`.
    backups: [
      { id: 'nightly', name: 'Nightly copies of the account database', systems: ['account-db'], maxAgeDays: 35 },
    ],
    recipients: sampleRecipients,
    systems: [
      {
        id: 'account-db',
        name: 'Account database',
        connector: 'postgres',
        dataMap: fromRoot('examples', 'sample-company', 'account-db.map.yaml'),
        settings: {
          url: secret('account-db-url', readerUrl(accounts, secrets.readerPassword)),
          eraseUrl: secret('account-db-erase-url', eraserUrl(accounts, secrets.eraserPassword)),
        },
      },
      {
        id: 'logs',
        name: 'Server logs',
        connector: 's3-logs',
        dataMap: fromRoot('examples', 'sample-company', 'logs.map.yaml'),
        settings: { s3: { ...s3, ...logsKeys, bucket: logsBucket } },
      },
      {
        id: 'billing',
        name: 'Billing',
        connector: 'stripe',
        dataMap: fromRoot('examples', 'sample-company', 'billing.map.yaml'),
        settings: {
          apiKey: secret('stripe-key', billingKeys.apiKey),
          eraseKey: secret('stripe-erase-key', billingKeys.eraseKey),
          apiBase: stack.stripe.url,
        },
      },
      {
        id: 'support-desk',
        name: 'Support desk',
        connector: 'zendesk',
        dataMap: fromRoot('examples', 'sample-company', 'support-desk.map.yaml'),
        settings: {
          subdomain: 'naidisheli',
          token: secret('zendesk-token', deskTokens.reader.token),
          eraseToken: secret('zendesk-erase-token', deskTokens.eraser.token),
          apiBase: stack.zendesk.url,
          plan: 'suite-enterprise-plus',
          products: ['support', 'chat', 'explore'],
        },
      },
    ],
  };
  const header = '# Written anew whenever the local stack starts: addresses may change. Edit a copy, not this file.\n';
  const file = join(stack.dir, 'habeas.yaml');
  writePrivate(file, header + stringify(config));
  writePrivate(join(stack.dir, 'people', 'use.json'), `${JSON.stringify(firstPerson(keys))}\n`);
  return file;
}

function firstPerson(keys: readonly { id: string; keyFile: string }[]): { id: string; key: string } | null {
  const first = keys[0];
  return first === undefined ? null : { id: first.id, key: first.keyFile };
}

/** Written whole or not at all, readable by this user only. */
function writePrivate(file: string, text: string): void {
  const temporary = `${file}.${process.pid}`;
  writeFileSync(temporary, text, { mode: 0o600 });
  renameSync(temporary, file);
}
