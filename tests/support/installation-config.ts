/**
 * The `habeas.yaml` of a test's installation, with its people's keys and its secrets as files beside it: what an operator
 * would have written. Waits are short: nothing in a test is worth a second.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { sampleRecipients } from '../../src/local/sample/recipients.ts';
import { sampleFinancialYears, sampleRetention, sampleSystemsOfRecord } from '../../src/local/sample/retention.ts';
import { fromRoot } from '../../src/root.ts';
import { newPersonKey } from '../../src/security/signing.ts';
import { forumMap } from './forum.ts';

/** People of every installation and what they may do; `stranger` has a key that nobody configured. */
const roles = {
  agent: ['agent'],
  officer: ['officer'],
  'second-officer': ['officer'],
  engineer: ['engineer'],
} as const;
export type PersonName = keyof typeof roles | 'stranger';

export interface InstallationOptions {
  /** Without the forum the account database is the only system. */
  readonly forum?: boolean;
  /** With the sample company's three months of server logs as a system that is scanned. */
  readonly logs?: boolean;
  /** With the sample company's Stripe account, in a stand-in. */
  readonly billing?: boolean;
  /** With the sample company's support desk, in a stand-in. */
  readonly desk?: boolean;
  /** With `desk`: others' tickets are searched for passages about the person. */
  readonly mentions?: true;
  /** Tries of a stage before its lane parks. Waits are short: nothing in a test is worth a second. */
  readonly attempts?: number;
  readonly approvals?: { readonly candidate?: number; readonly identity?: number; readonly approval?: number };
  /** With the company's answers about keeping, so that it can erase. Nothing cools off unless said. */
  readonly erasure?: true | { readonly coolingOffHours?: number; readonly downloadDays?: number };
  /** Settings of both systems' connectors, beside the URL. */
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly rowsPerSecond?: number;
}

export function writeConfig(
  folder: string,
  options: InstallationOptions,
  at: {
    ledgerUrl: string;
    accountsUrl: string;
    accountsEraseUrl: string;
    forumUrl: string;
    mailUrl: string;
    temporal: { address: string; namespace: string; queuePrefix: string };
    s3: { endpoint: string; region: string; accessKeyId: string; secretAccessKey: string };
    buckets: { readonly staging: string; readonly packages: string; readonly anchors: string };
    /** Bucket and endpoint of the logs, where they are a system. */
    logs: { readonly endpoint: string; readonly bucket: string } | undefined;
    /** Address and keys of the Stripe account, where it is a system. */
    billing: { readonly apiBase: string; readonly apiKey: string; readonly eraseKey: string } | undefined;
    /** Address and tokens of the support desk, where it is a system. */
    desk: { readonly apiBase: string; readonly token: string; readonly eraseToken: string } | undefined;
  },
): string {
  const secret = (name: string, value: string) => {
    writeFileSync(join(folder, name), `${value}\n`, { mode: 0o600 });
    return { file: name };
  };
  const people = Object.entries(roles).map(([id, held]) => ({
    id,
    name: id,
    roles: held,
    publicKey: writeKey(folder, id),
  }));
  writeKey(folder, 'stranger');
  writeFileSync(join(folder, 'forum.map.yaml'), stringify(forumMap));
  const shared = {
    connector: 'postgres',
    ...(options.rowsPerSecond === undefined ? {} : { rate: { rowsPerSecond: options.rowsPerSecond } }),
  };
  const settings = (url: { file: string }) => ({ url, connectTimeoutMs: 2_000, ...options.settings });
  const accountDb = {
    ...shared,
    id: 'account-db',
    name: 'Account database',
    dataMap: fromRoot('examples', 'sample-company', 'account-db.map.yaml'),
    settings: {
      ...settings(secret('accounts-url', at.accountsUrl)),
      eraseUrl: secret('accounts-erase-url', at.accountsEraseUrl),
    },
  };
  const forum = {
    ...shared,
    id: 'forum',
    name: 'Customer forum',
    dataMap: 'forum.map.yaml',
    settings: settings(secret('forum-url', at.forumUrl)),
  };
  const s3 = {
    region: at.s3.region,
    forcePathStyle: true,
    accessKeyId: secret('s3-id', at.s3.accessKeyId),
    secretAccessKey: secret('s3-secret', at.s3.secretAccessKey),
  };
  const logs = at.logs && {
    id: 'logs',
    name: 'Server logs',
    connector: 's3-logs',
    dataMap: fromRoot('examples', 'sample-company', 'logs.map.yaml'),
    settings: { s3: { ...s3, ...at.logs }, connectTimeoutMs: 2_000, requestTimeoutMs: 5_000, idleTimeoutMs: 5_000 },
  };
  const billing = at.billing && {
    id: 'billing',
    name: 'Billing',
    connector: 'stripe',
    dataMap: fromRoot('examples', 'sample-company', 'billing.map.yaml'),
    settings: {
      apiKey: secret('stripe-key', at.billing.apiKey),
      eraseKey: secret('stripe-erase-key', at.billing.eraseKey),
      ...{ apiBase: at.billing.apiBase, requestsPerSecond: 10_000, requestTimeoutMs: 5_000 },
    },
  };
  const desk = at.desk && {
    id: 'support-desk',
    name: 'Support desk',
    connector: 'zendesk',
    dataMap: options.mentions === true ? searchingMap(folder) : deskMap,
    settings: {
      subdomain: 'naidisheli',
      token: secret('zendesk-token', at.desk.token),
      eraseToken: secret('zendesk-erase-token', at.desk.eraseToken),
      ...{ apiBase: at.desk.apiBase, requestsPerMinute: 10_000_000, requestTimeoutMs: 5_000, verifySeconds: 0 },
    },
  };
  // The forum's data map says nothing of erasing: where the company erases, it is left out.
  const systems = [
    accountDb,
    ...(options.forum === false || options.erasure !== undefined ? [] : [forum]),
    ...(logs === undefined ? [] : [logs]),
    ...(billing === undefined ? [] : [billing]),
    ...(desk === undefined ? [] : [desk]),
  ];
  const config = {
    version: 1,
    controller: {
      name: 'Näidisheli OÜ',
      ...(options.erasure === undefined ? {} : { financialYears: sampleFinancialYears }),
      country: 'EE',
      timeZone: 'Europe/Tallinn',
      authority: { name: 'Andmekaitse Inspektsioon', url: 'https://www.aki.ee/' },
    },
    ledger: { url: secret('ledger-url', at.ledgerUrl) },
    keys: {
      store: { kind: 'files', path: 'keys' },
      master: secret('master-key', randomBytes(32).toString('base64')),
      workingKeyDays: 30,
      caseFileMonths: 36,
    },
    temporal: { address: at.temporal.address, namespace: at.temporal.namespace, queuePrefix: at.temporal.queuePrefix },
    mail: { url: at.mailUrl, from: 'Näidisheli <andmekaitse@naidisheli.example>' },
    people,
    s3: {
      ...s3,
      endpoint: at.s3.endpoint,
      stagingBucket: at.buckets.staging,
      packageBucket: at.buckets.packages,
      anchorBucket: at.buckets.anchors,
      anchorRetentionDays: 1,
    },
    worker: { retry: { initialMs: 50, maxMs: 250, attempts: options.attempts ?? 3 }, anchorSeconds: 1 },
    policy: {
      profile: 'eu',
      packageDays: 14,
      ...(options.approvals === undefined ? {} : { approvals: options.approvals }),
      ...erasurePolicy(options),
      ...retentionOf(options),
    },
    backups: [{ id: 'nightly', name: 'Nightly copies', systems: ['account-db'], maxAgeDays: 35 }],
    // Nobody has copies of their own: what is erased here is erased with them.
    recipients: sampleRecipients.map(({ id, name }) => ({
      ...{ id, name, kind: 'processor' },
      within: systems.map((system) => system.id),
    })),
    systems,
  };
  const file = join(folder, 'habeas.yaml');
  writeFileSync(file, stringify(config));
  return file;
}

const deskMap = fromRoot('examples', 'sample-company', 'support-desk.map.yaml');

/** The sample company's map with what the map that comes with the connector says of passages in others' tickets. */
function searchingMap(folder: string): string {
  const [sample, shipped] = [deskMap, fromRoot('connectors', 'zendesk', 'data-map.yaml')].map((file) =>
    parse(readFileSync(file, 'utf8')),
  );
  sample.user.mentionedBy = shipped.user.mentionedBy;
  sample.collections.mentions = shipped.collections.mentions;
  writeFileSync(join(folder, 'support-desk.map.yaml'), stringify(sample));
  return 'support-desk.map.yaml';
}

function erasurePolicy({ erasure }: InstallationOptions): object {
  if (erasure === undefined) return {};
  return {
    blastRadius: { maxRecords: 5_000, timesMedian: 1_000 },
    ...{ coolingOffHours: 0, downloadDays: 0 },
    ...(erasure === true ? {} : erasure),
  };
}

/** Where the sample's billing is a system, it has the originals of invoices. */
function retentionOf({ erasure, billing }: InstallationOptions): object {
  const retention = {
    ...(erasure === undefined ? {} : sampleRetention),
    ...(billing === true ? { systemOfRecord: sampleSystemsOfRecord } : {}),
  };
  return Object.keys(retention).length === 0 ? {} : { retention };
}

function writeKey(folder: string, id: string): string {
  const { publicKey, privateKeyPem } = newPersonKey();
  const file = join(folder, 'people', `${id}.key`);
  writeFileSync(file, privateKeyPem, { mode: 0o600 });
  return publicKey;
}
