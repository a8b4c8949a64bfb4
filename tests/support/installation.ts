/**
 * An isolated Habeas for one test file, on the servers that the whole run shares: its own ledger, account database,
 * forum database, buckets, queue prefix, keys, people and `habeas.yaml`. In front of both systems stands a proxy that can
 * break, in front of S3 one that can refuse, and mails are caught in memory. Everything is done through the front door:
 * `cli` runs src/cli/main.ts in this process, the worker is a real process.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ListMultipartUploadsCommand, ListObjectVersionsCommand } from '@aws-sdk/client-s3';
import pg from 'pg';
import { main } from '../../src/cli/main.ts';
import { parseId } from '../../src/ids.ts';
import { migrateLedger } from '../../src/ledger/migrate.ts';
import { s3Client } from '../../src/local/s3.ts';
import { putSampleLogs } from '../../src/local/sample/load-logs.ts';
import { sampleBilling } from '../../src/local/sample/stripe.ts';
import { type StripeStandIn, startStripeStandIn } from '../../src/local/stripe/start.ts';
import type { ZendeskStandIn } from '../../src/local/zendesk/start.ts';
import { openStorage, type Storage } from '../../src/storage/objects.ts';
import { freshDesk } from './desk.ts';
import { freshForum } from './forum.ts';
import { type InstallationOptions, type PersonName, writeConfig } from './installation-config.ts';
import { type CaughtMail, MailCatcher } from './mail-catcher.ts';
import { PackageFile } from './package-file.ts';
import { FaultProxy } from './proxy.ts';
import { RefusingS3 } from './s3-proxy.ts';
import { freshSampleCompany } from './sample-company.ts';
import { eventually, freshBucket, freshDatabase, runFolder, testServers, uniquePrefix } from './servers.ts';
import { type WorkerOptions, WorkerProcess } from './worker-process.ts';

export interface CliRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** The last line of standard output as JSON, with `--json`; look into it with `toMatchObject` or `pick`. */
  readonly json: unknown;
}

/** What the ledger says of a request. */
export interface RequestView {
  readonly state: string;
  readonly identity: string;
  readonly lanes: Readonly<
    Record<string, { state: string; stage: string | null; code: string | null; attempts: number } | undefined>
  >;
  /** Open tasks. */
  readonly tasks: readonly { id: string; kind: string; systemId: string | null; code: string | null }[];
}

export class Installation {
  readonly label: string;
  readonly folder: string;
  readonly configFile: string;
  readonly prefix: string;
  readonly accounts: pg.Pool;
  readonly forum: pg.Pool;
  readonly ledger: pg.Pool;
  readonly accountsProxy: FaultProxy;
  readonly forumProxy: FaultProxy;
  readonly s3: RefusingS3;
  /** The bucket of the logs and the proxy before it, with the option `logs`. */
  readonly logs: { readonly bucket: string; readonly proxy: FaultProxy } | undefined;
  /** The Stripe stand-in, with the option `billing`. */
  readonly stripe: StripeStandIn | undefined;
  /** The Zendesk stand-in, with the option `desk`. */
  readonly zendesk: ZendeskStandIn | undefined;
  readonly mail: MailCatcher;
  readonly storage: Storage;
  readonly buckets: { readonly staging: string; readonly packages: string; readonly anchors: string };
  readonly temporal: { readonly address: string; readonly namespace: string };
  /** Everything that any command wrote, for the search for leaks. */
  readonly transcript: string[] = [];
  readonly workers: WorkerProcess[] = [];
  #isClosed = false;

  constructor(parts: {
    label: string;
    folder: string;
    configFile: string;
    prefix: string;
    accountsUrl: string;
    forumUrl: string;
    ledgerUrl: string;
    accountsProxy: FaultProxy;
    forumProxy: FaultProxy;
    s3: RefusingS3;
    logs: Installation['logs'];
    stripe: Installation['stripe'];
    zendesk: Installation['zendesk'];
    mail: MailCatcher;
    storage: Storage;
    buckets: Installation['buckets'];
    temporal: Installation['temporal'];
  }) {
    this.label = parts.label;
    this.folder = parts.folder;
    this.configFile = parts.configFile;
    this.prefix = parts.prefix;
    this.accounts = new pg.Pool({ connectionString: parts.accountsUrl, max: 2 });
    this.forum = new pg.Pool({ connectionString: parts.forumUrl, max: 2 });
    this.ledger = new pg.Pool({ connectionString: parts.ledgerUrl, max: 4 });
    this.accountsProxy = parts.accountsProxy;
    this.forumProxy = parts.forumProxy;
    this.s3 = parts.s3;
    this.logs = parts.logs;
    this.stripe = parts.stripe;
    this.zendesk = parts.zendesk;
    this.mail = parts.mail;
    this.storage = parts.storage;
    this.buckets = parts.buckets;
    this.temporal = parts.temporal;
  }

  keyFile(person: PersonName): string {
    return join(this.folder, 'people', `${person}.key`);
  }

  /** Runs one command; `as` signs it. */
  async cli(args: readonly string[], as?: PersonName): Promise<CliRun> {
    const signed = as === undefined ? [] : ['--as', as, '--key', this.keyFile(as)];
    let stdout = '';
    let stderr = '';
    const code = await main([...args, ...signed, '--config', this.configFile], {
      out: (chunk) => {
        stdout += chunk;
      },
      err: (chunk) => {
        stderr += chunk;
      },
      input: async () => '',
      colour: { out: false, err: false },
      cwd: this.folder,
      env: { HOME: this.folder },
      interrupted: new AbortController().signal,
    });
    this.transcript.push(stdout, stderr);
    return { code, stdout, stderr, json: args.includes('--json') ? lastJson(stdout) : undefined };
  }

  /** As `cli`, and fails unless the command ended with 0. */
  async must(args: readonly string[], as?: PersonName): Promise<CliRun> {
    const run = await this.cli(args, as);
    if (run.code !== 0)
      throw new Error(`habeas ${args[0]} ${args[1]} ended with ${run.code}:\n${run.stderr}${run.stdout}`);
    return run;
  }

  /** Opens an access request by the agent; identity unverified. */
  open(...flags: readonly string[]): Promise<string> {
    return this.openFor('access', ...flags);
  }

  /** As `open`, for these rights. */
  async openFor(rights: string, ...flags: readonly string[]): Promise<string> {
    const { json } = await this.must(['requests', 'new', '--rights', rights, ...flags, '--json'], 'agent');
    const id = parseId('request', String(pick(json, 'requestId') ?? pick(json, 'id')));
    if (id === undefined) throw new Error('`requests new --json` told no request id');
    return id;
  }

  /** Opens one whose identity the agent has verified; the contact point is where the package goes. */
  openVerified(email: string, ...flags: readonly string[]): Promise<string> {
    return this.open('--email', email, '--identity-method', 'logged-in', '--contact', email, ...flags);
  }

  /** Opens an erasure of somebody whose identity the agent has verified. */
  openErasure(email: string, ...flags: readonly string[]): Promise<string> {
    return this.openFor('erasure', '--email', email, '--identity-method', 'logged-in', '--contact', email, ...flags);
  }

  async view(requestId: string): Promise<RequestView> {
    const [request, lanes, tasks] = await Promise.all([
      this.ledger.query('select state, identity from requests where id = $1', [requestId]),
      this.ledger.query('select system_id, state, stage, code, attempts from lanes where request_id = $1', [requestId]),
      this.ledger.query(
        'select id, kind, system_id, code from tasks where request_id = $1 and closed_at is null order by opened_at',
        [requestId],
      ),
    ]);
    return {
      ...request.rows[0],
      lanes: Object.fromEntries(lanes.rows.map(({ system_id, ...lane }) => [system_id, lane])),
      tasks: tasks.rows.map(({ system_id, ...task }) => ({ ...task, systemId: system_id })),
    };
  }

  /** Until the ledger says so. Fails at once where the request has ended otherwise; what the ledger said last is told. */
  async waitFor(requestId: string, holds: (view: RequestView) => boolean, timeoutMs = 60_000): Promise<RequestView> {
    let last: RequestView | undefined;
    const stayed = (cause?: unknown) => {
      const log = this.workers.map((worker) => worker.output.slice(-4_000)).join('\n--\n');
      return new Error(`the request stayed at ${JSON.stringify(last, null, 1)}\n${log}`, { cause });
    };
    const seen = await eventually(
      async () => {
        last = await this.view(requestId);
        if (holds(last)) return last;
        return ['completed', 'awaiting_expiry', 'refused', 'cancelled'].includes(last.state) ? 'over' : undefined;
      },
      { timeoutMs, everyMs: 40 },
    ).catch((cause: unknown) => {
      throw stayed(cause);
    });
    if (seen === 'over') throw stayed();
    return seen;
  }

  waitForState(requestId: string, state: string): Promise<RequestView> {
    return this.waitFor(requestId, (view) => view.state === state);
  }

  async startWorker(options: WorkerOptions = {}): Promise<WorkerProcess> {
    const worker = await WorkerProcess.start(this.configFile, this.folder, options);
    this.workers.push(worker);
    if (!this.#isClosed) return worker;
    // A hook that ran out of time goes on behind the end of its file; a worker that it starts would outlive it.
    await worker.kill();
    throw new Error('the installation is closed');
  }

  /** Names of the objects in a bucket. */
  async objects(bucket: keyof Installation['buckets'], prefix = ''): Promise<string[]> {
    const names: string[] = [];
    for await (const { name } of this.storage.list(this.buckets[bucket], prefix)) names.push(name);
    return names;
  }

  /** Names of all versions and delete markers in a bucket, as the server lists them. */
  async versions(bucket: keyof Installation['buckets']): Promise<string[]> {
    const client = s3Client((await testServers()).s3);
    try {
      const listed = await client.send(new ListObjectVersionsCommand({ Bucket: this.buckets[bucket] }));
      return [...(listed.Versions ?? []), ...(listed.DeleteMarkers ?? [])].flatMap(({ Key }) => Key ?? []);
    } finally {
      client.destroy();
    }
  }

  /** The package behind the link in the only mail with one to this address; a letter with an answer has none. */
  async mailedPackage(address: string): Promise<PackageFile> {
    const mails = this.mail.to(address).filter(({ body }) => body.includes('X-Amz-Signature='));
    if (mails.length !== 1) throw new Error(`${mails.length} mails came where one was expected`);
    return this.packageOf(mails[0]);
  }

  /** The package behind the link in a mail, fetched as its reader would: without credentials. */
  async packageOf(mail: CaughtMail | undefined): Promise<PackageFile> {
    const link = /https?:\/\/[^\s"<>]+X-Amz-Signature=[0-9a-f]+[^\s"<>]*/.exec(mail?.body ?? '')?.[0];
    if (link === undefined) throw new Error(`the mail has no link:\n${mail?.body}`);
    const answer = await fetch(link.replaceAll('&amp;', '&'));
    if (!answer.ok) throw new Error(`the link answers ${answer.status}`);
    return PackageFile.read(Buffer.from(await answer.arrayBuffer()));
  }

  /** Multipart uploads that were begun and neither finished nor given up. */
  async unfinishedUploads(bucket: keyof Installation['buckets']): Promise<number> {
    const client = s3Client((await testServers()).s3);
    const answer = await client.send(new ListMultipartUploadsCommand({ Bucket: this.buckets[bucket] }));
    client.destroy();
    return answer.Uploads?.length ?? 0;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.workers.filter((worker) => worker.isRunning).map((worker) => worker.kill()));
    await Promise.all([this.accounts.end(), this.forum.end(), this.ledger.end()]);
    await Promise.all([this.accountsProxy.close(), this.forumProxy.close(), this.s3.close(), this.mail.close()]);
    await this.logs?.proxy.close();
    await this.stripe?.stop();
    await this.zendesk?.stop();
    this.storage.close();
  }
}

/** A value inside parsed JSON; undefined where the way there does not exist. */
export function pick(value: unknown, ...path: readonly (string | number)[]): unknown {
  let at = value;
  for (const step of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, step)) return undefined;
    at = Reflect.get(at, step);
  }
  return at;
}

function lastJson(text: string): unknown {
  const line = text.trimEnd().split('\n').at(-1) ?? '';
  return line === '' ? undefined : JSON.parse(line);
}

/** The sample company's Stripe account in a stand-in, with one key that reads and one that erases. */
async function freshBilling() {
  const standIn = await startStripeStandIn();
  const [apiKey, eraseKey] = ['rk_test_reader0000', 'rk_test_eraser0000'];
  for (const key of [apiKey, eraseKey]) standIn.control.addKey(key);
  standIn.control.load(sampleBilling());
  return { standIn, access: { apiBase: `http://${standIn.host}:${standIn.port}`, apiKey, eraseKey } };
}

/** The sample company's logs in a bucket of their own, behind a proxy that can break. */
async function freshLogs(label: string): Promise<{ readonly bucket: string; readonly proxy: FaultProxy }> {
  const access = await freshBucket(`${label}-logs`);
  await putSampleLogs(access, access.bucket);
  return { bucket: access.bucket, proxy: await FaultProxy.before(access.endpoint) };
}

export async function freshInstallation(label: string, options: InstallationOptions = {}): Promise<Installation> {
  const servers = await testServers();
  const prefix = uniquePrefix(label);
  const folder = join(runFolder(), prefix);
  mkdirSync(join(folder, 'people'), { recursive: true, mode: 0o700 });
  const ledger = await freshDatabase(`${label}_ledger`);
  const [accounts, staging, packages, anchors, s3, mail] = await Promise.all([
    freshSampleCompany(`${label}_accounts`),
    freshBucket(`${label}-staging`),
    freshBucket(`${label}-packages`, { versioning: true }),
    freshBucket(`${label}-anchors`, { objectLock: true }),
    RefusingS3.before(servers.s3.endpoint),
    MailCatcher.listen(),
    migrateLedger(ledger.url),
  ]);
  const forum = await freshForum(label);
  const accountsProxy = await FaultProxy.before(accounts.readerUrl);
  const forumProxy = await FaultProxy.before(forum.readerUrl);
  const logs = options.logs === true ? await freshLogs(label) : undefined;
  const billing = options.billing === true ? await freshBilling() : undefined;
  const desk = options.desk === true ? await freshDesk() : undefined;
  const configFile = writeConfig(folder, options, {
    ledgerUrl: ledger.url,
    accountsUrl: accountsProxy.through(accounts.readerUrl),
    accountsEraseUrl: accountsProxy.through(accounts.eraserUrl),
    forumUrl: forumProxy.through(forum.readerUrl),
    mailUrl: mail.url,
    temporal: { ...servers.temporal, queuePrefix: prefix },
    s3: { ...servers.s3, endpoint: s3.endpoint },
    buckets: { staging: staging.bucket, packages: packages.bucket, anchors: anchors.bucket },
    logs: logs && { bucket: logs.bucket, endpoint: `http://127.0.0.1:${logs.proxy.port}` },
    billing: billing?.access,
    desk: desk?.access,
  });
  return new Installation({
    label,
    folder,
    configFile,
    prefix,
    accountsUrl: accounts.url,
    forumUrl: forum.url,
    ledgerUrl: ledger.url,
    accountsProxy,
    forumProxy,
    s3,
    logs,
    stripe: billing?.standIn,
    zendesk: desk?.standIn,
    mail,
    storage: openStorage({ ...servers.s3, forcePathStyle: true }),
    buckets: { staging: staging.bucket, packages: packages.bucket, anchors: anchors.bucket },
    temporal: servers.temporal,
  });
}
