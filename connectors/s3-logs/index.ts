/**
 * The connector for logs in S3: NDJSON, packed or not, driven by a data map. Scans everything once for a person, by the
 * identifiers and windows that the other systems told. Composes the stages; owns no logic. Read-only towards the system: its
 * lines are not erased but expire.
 */
import type { CollectionDescription, Connector, Manifest, System, SystemConfig } from '../contract.ts';
import { describeCollection } from '../declared.ts';
import { createPacer } from '../pacer.ts';
import { check } from './check.ts';
import { LogsClient } from './client.ts';
import { type DataMap, DataMapSchema, identifierFields } from './data-map.ts';
import { erase } from './erase.ts';
import { eraseTraitsOf } from './expiry.ts';
import { locate } from './locate.ts';
import { prepare } from './prepare.ts';
import { read } from './read.ts';
import { defaultConcurrency, limitsOf, SettingsSchema } from './settings.ts';
import { parseConfig, validate } from './validate.ts';
import { verify } from './verify.ts';

export const s3Logs: Connector = {
  kind: 's3-logs',
  settingsSchema: SettingsSchema,
  dataMapSchema: DataMapSchema,
  validate,
  open,
};

function open(config: SystemConfig): System {
  const { settings, map } = parseConfig(config);
  const limits = limitsOf(settings);
  const client = new LogsClient(settings, limits, createPacer(settings.bytesPerSecond));
  return {
    manifest: manifestOf(map, config.concurrency),
    collections: collectionsOf(map),
    check: (context) => check(client, map, settings, context),
    locate: (_context, input) => locate(map, input),
    read: (context, input) => read({ client, map, settings, maxLineBytes: limits.maxLineBytes }, context, input),
    prepare: (context) => prepare(client, map, settings, context),
    erase: (_context, input) => erase(input),
    verify: (context, input) => verify(client, map, settings, context, input),
    close: async () => client.close(),
  };
}

function manifestOf(map: DataMap, concurrency: number | undefined): Manifest {
  const declared = identifierFields(map);
  const kinds = [...new Set(declared.map(({ kind }) => kind))];
  return {
    kind: 's3-logs',
    stages: ['check', 'locate', 'read', 'prepare', 'erase', 'verify'],
    rights: ['access', 'erasure'],
    needs: kinds.map((kind) => ({
      kind,
      unique: declared.some((one) => one.kind === kind && one.strength === 'strong'),
      caseSensitive: !declared.some((one) => one.kind === kind && one.caseInsensitive === true),
    })),
    gives: [],
    locateCost: 'scan',
    erase: {
      mode: 'expiry',
      reversible: false,
      timeToGone: 'The declared time to live of each log, counted from when its object was stored.',
      alreadyGone: 'An object that is no longer listed has expired.',
      sideEffects: ['None: nothing is written or deleted; the bucket’s own lifecycle lets go of whole objects.'],
    },
    concurrency: concurrency ?? defaultConcurrency,
    verifiedAgainst: ['SeaweedFS 4 (real S3 server)'],
    verification: 'real-server',
    canRefuse: [
      'system-unreachable',
      'system-tls',
      'system-credentials',
      'system-permission',
      'system-failed',
      'system-schema-drift',
      'system-schema-undeclared',
      'identifier-unusable',
      'too-many-candidates',
      'record-mismatch',
      'stream-changed',
      'expiry-not-enforced',
      'rewrite-unsupported',
    ],
    weaknesses: [
      'Finds only lines that bear a declared identifier; lines that tell of a person in free text or under another name are not found.',
      'An address typed in a query string proves the line to be about its holder, not that the holder typed it.',
      'Everything below the prefixes is read for every request: the time grows with the logs, not with the person.',
      'An interrupted scan goes on at the last full chunk of what was found; for a person with few lines it begins again.',
      'Objects written or replaced during the scan may be missing; deleted logs, other versions and backups are not seen.',
      'Lines and objects that cannot be read are counted and told, not searched.',
      'Single lines are not erased: they expire with their object, and until then are what the balancing says.',
    ],
  };
}

function collectionsOf(map: DataMap): readonly CollectionDescription[] {
  return Object.entries(map.collections).map(([name, collection]) => ({
    ...describeCollection(name, collection),
    owner: collection.owner,
    erase: eraseTraitsOf(collection),
  }));
}
