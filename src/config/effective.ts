/**
 * The configuration as the program uses it: secrets in their places, ids branded, paths absolute, defaults filled in. Owns
 * the type every room takes and the fingerprint a request stores. Built only from a file without mistakes; pure. Holds
 * secrets: never log it, never send it.
 */
import { dirname, resolve } from 'node:path';
import type { SystemConfig } from '../../connectors/contract.ts';
import type { PersonId, SystemId } from '../ids.ts';
import type { PersonRole } from '../ledger/states.ts';
import type { Recipient } from '../policy/notices.ts';
import { parsePeriod } from '../policy/retention/clocks.ts';
import type { PublishedPeriod } from '../policy/retention/rule.ts';
import { canonicalJson, type JsonValue, sha256Hex } from '../security/canonical.ts';
import { type ConfigFile, defaults, type Secret } from './schema.ts';

/** The file's type with each secret reference replaced by its text. */
type WithSecrets<T> = T extends Secret ? string : T extends object ? { [K in keyof T]: WithSecrets<T[K]> } : T;
export type ResolvedFile = WithSecrets<ConfigFile>;

export interface Person {
  readonly id: PersonId;
  readonly name: string;
  readonly roles: readonly PersonRole[];
  /** Where they are written to about tasks; without one they look at the list. */
  readonly email?: string | undefined;
  /** Ed25519, 32 bytes in base 64. */
  readonly publicKey: string;
}

export interface ConfiguredSystem extends SystemConfig {
  /** Kind of connector, known to the registry. */
  readonly connector: string;
}

export interface TlsSettings {
  readonly serverName: string | undefined;
  /** PEM texts. */
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

export type ApprovedKind = 'candidate' | 'blast-radius' | 'identity' | 'approval';

export interface LoadedConfig {
  /** Absolute path of the file it came from. */
  readonly file: string;
  /** Of the effective configuration without secret values, data maps included; the same on every machine. */
  readonly sha256: string;
  readonly controller: {
    readonly name: string;
    readonly country: string;
    readonly timeZone: string;
    readonly authority: { readonly name: string; readonly url: string };
    readonly contact: string | undefined;
    readonly financialYears: readonly { readonly from: string; readonly to: string }[];
  };
  readonly ledger: { readonly url: string };
  readonly keys: {
    readonly store: { readonly kind: 'files'; readonly path: string };
    /** 32 bytes. */
    readonly master: Buffer;
    readonly workingKeyDays: number;
    readonly caseFileMonths: number;
  };
  readonly temporal: {
    readonly address: string;
    readonly namespace: string;
    /** `false`: plain text. With nothing set inside: TLS with the system's certificates. */
    readonly tls: false | TlsSettings;
    readonly apiKey: string | undefined;
    /** Empty, or a slug; the queues' names put it first with a separator. */
    readonly queuePrefix: string;
  };
  readonly mail: { readonly url: string; readonly from: string; readonly replyTo: string | undefined } | undefined;
  readonly people: readonly Person[];
  readonly s3: {
    readonly endpoint: string | undefined;
    readonly region: string;
    readonly forcePathStyle: boolean;
    /** Both absent: the environment's own provider chain (instance roles). */
    readonly accessKeyId: string | undefined;
    readonly secretAccessKey: string | undefined;
    readonly stagingBucket: string;
    readonly packageBucket: string;
    /** The package bucket where none is configured. */
    readonly anchorBucket: string;
    /** Days of Object Lock on an anchor; absent: anchors are written without a lock. */
    readonly anchorRetentionDays: number | undefined;
    readonly serverSideEncryption: 'AES256' | 'aws:kms' | undefined;
  };
  readonly worker: {
    readonly retry: { readonly initialMs: number; readonly maxMs: number; readonly attempts: number };
    readonly activeRequests: number;
    /** Requests that fail by a system's fault until it is stopped; 0: never by itself. */
    readonly breaker: { readonly requests: number };
    readonly anchorSeconds: number;
  };
  readonly policy: {
    readonly profile: 'eu';
    readonly internalTargetDays: number;
    readonly countPauses: readonly ('identity' | 'scope')[];
    readonly packageDays: number;
    readonly linkHours: number;
    readonly retention: {
      readonly taxRegistrations: readonly string[];
      /** Ids of rules of confidence M. */
      readonly switchOn: readonly string[];
      readonly periods: readonly PublishedPeriod[];
      /** By class that a law keeps: the system that has the originals; absent: one system alone has records of it. */
      readonly systemOfRecord?: Readonly<Record<string, string>>;
    };
    /** Days in which a charge may be taken back, by payment provider; no default. */
    readonly chargebackDays: Readonly<Record<string, number>>;
    /** Between an approved, prepared erasure and its point of no return. */
    readonly coolingOffHours: number;
    /** Days to download before erasing; absent: access and erasure together are refused. */
    readonly downloadDays: number | undefined;
    /** Absent: nothing is planned. */
    readonly blastRadius: { readonly maxRecords: number; readonly timesMedian: number } | undefined;
    /** Different people who must give the same answer. */
    readonly approvals: Readonly<Record<ApprovedKind, number>>;
  };
  /** Absent: nobody has said, and nothing is erased. */
  readonly backups: readonly BackupSet[] | undefined;
  /** Who receives data, as configured (Art. 19). */
  readonly recipients?: readonly Recipient[];
  readonly systems: readonly ConfiguredSystem[];
}

/** Copies of some systems, the oldest of which is at most so old. */
export interface BackupSet {
  readonly id: string;
  /** Told to the person. */
  readonly name: string;
  readonly systems: readonly SystemId[];
  readonly maxAgeDays: number;
}

/** `keys.master` as written: 32 bytes in base 64 or in 64 hexadecimal digits; `undefined` for anything else. */
export function parseMasterKey(text: string): Buffer | undefined {
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex');
  return /^[A-Za-z0-9+/]{43}=$/.test(text) ? Buffer.from(text, 'base64') : undefined;
}

/** Data maps by position of the system in the file. */
export type DataMaps = ReadonlyMap<number, unknown>;

/** Puts the effective configuration together. `written` is the same file with its secret references unresolved. */
export function effectiveConfig(
  file: string,
  resolved: ResolvedFile,
  written: ConfigFile,
  maps: DataMaps,
): LoadedConfig {
  const { controller, temporal, s3, policy, worker } = resolved;
  const approvals = policy.approvals ?? {};
  const config: Omit<LoadedConfig, 'sha256'> = {
    file,
    controller: { ...controller, contact: controller.contact, financialYears: controller.financialYears ?? [] },
    ledger: resolved.ledger,
    keys: {
      store: { kind: 'files', path: resolve(dirname(file), resolved.keys.store.path) },
      master: parseMasterKey(resolved.keys.master) ?? Buffer.alloc(0),
      workingKeyDays: resolved.keys.workingKeyDays,
      caseFileMonths: resolved.keys.caseFileMonths,
    },
    temporal: {
      address: temporal.address,
      namespace: temporal.namespace,
      tls: tlsSettings(temporal.tls),
      apiKey: temporal.apiKey,
      queuePrefix: temporal.queuePrefix ?? '',
    },
    mail: resolved.mail === undefined ? undefined : { ...resolved.mail, replyTo: resolved.mail.replyTo },
    people: resolved.people.map((person) => ({ ...person, id: personId(person.id) })),
    s3: {
      endpoint: s3.endpoint,
      region: s3.region,
      forcePathStyle: s3.forcePathStyle ?? false,
      accessKeyId: s3.accessKeyId,
      secretAccessKey: s3.secretAccessKey,
      stagingBucket: s3.stagingBucket,
      packageBucket: s3.packageBucket,
      anchorBucket: s3.anchorBucket ?? s3.packageBucket,
      anchorRetentionDays: s3.anchorRetentionDays,
      serverSideEncryption: s3.serverSideEncryption,
    },
    worker: {
      retry: worker?.retry ?? defaults.retry,
      activeRequests: worker?.activeRequests ?? defaults.activeRequests,
      breaker: worker?.breaker ?? defaults.breaker,
      anchorSeconds: worker?.anchorSeconds ?? defaults.anchorSeconds,
    },
    policy: {
      profile: policy.profile,
      internalTargetDays: policy.internalTargetDays ?? defaults.internalTargetDays,
      countPauses: policy.countPauses ?? [],
      packageDays: policy.packageDays,
      linkHours: policy.linkHours ?? defaults.linkHours,
      retention: {
        taxRegistrations: policy.retention?.taxRegistrations ?? [],
        switchOn: policy.retention?.switchOn ?? [],
        periods: publishedPeriods(policy.retention?.periods),
        systemOfRecord: policy.retention?.systemOfRecord ?? {},
      },
      chargebackDays: policy.chargebackDays ?? {},
      coolingOffHours: policy.coolingOffHours ?? defaults.coolingOffHours,
      downloadDays: policy.downloadDays,
      blastRadius: policy.blastRadius,
      approvals: {
        candidate: approvals.candidate ?? defaults.peopleNeeded,
        'blast-radius': approvals['blast-radius'] ?? defaults.peopleNeeded,
        identity: approvals.identity ?? defaults.peopleNeeded,
        approval: approvals.approval ?? defaults.peopleNeeded,
      },
    },
    backups: resolved.backups?.map((backup) => ({ ...backup, systems: backup.systems.map(systemId) })),
    recipients: resolved.recipients ?? [],
    systems: resolved.systems.map((system, index) => ({
      id: systemId(system.id),
      name: system.name,
      connector: system.connector,
      settings: system.settings ?? {},
      dataMap: maps.get(index),
      rate: system.rate ?? {},
      concurrency: system.concurrency,
    })),
  };
  return { ...config, sha256: fingerprint(config, written, maps) };
}

/**
 * SHA-256 over what steers the program: the file with secret references as written (their names, never their values),
 * the defaults filled in, and the content of the data maps. Addresses of secrets and of this machine's folders are not
 * resolved in it, so that command line and workers agree.
 */
function fingerprint(config: Omit<LoadedConfig, 'sha256'>, written: ConfigFile, maps: DataMaps): string {
  const { worker, policy } = config;
  const systems = written.systems.map((system, index) => ({ ...system, dataMap: maps.get(index) ?? null }));
  return sha256Hex(canonicalJson(json({ ...written, worker, policy, systems })));
}

/** What came out of YAML is JSON already; this only says so to the compiler, and refuses what is not. */
function json(value: unknown): JsonValue {
  const plain: JsonValue = JSON.parse(JSON.stringify(value));
  return plain;
}

function tlsSettings(tls: ResolvedFile['temporal']['tls']): false | TlsSettings {
  if (tls === undefined || tls === false) return false;
  const given = tls === true ? {} : tls;
  return { serverName: given.serverName, ca: given.ca, cert: given.cert, key: given.key };
}

function publishedPeriods(
  periods: NonNullable<ResolvedFile['policy']['retention']>['periods'] = {},
): readonly PublishedPeriod[] {
  return Object.entries(periods).flatMap(([recordClass, { period, from, source, onErasure }]) => {
    const parsed = parsePeriod(period);
    return parsed === undefined
      ? []
      : [{ recordClass, period: parsed, from, source, ...(onErasure === undefined ? {} : { onErasure }) }];
  });
}

/** The file's schema has checked the shape of a slug; these two only brand it. */
const systemId = (text: string): SystemId => text as SystemId;
const personId = (text: string): PersonId => text as PersonId;
