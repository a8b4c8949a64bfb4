/**
 * The connector for PostgreSQL databases whose schema is the company's own, driven by a data map: finds people by the
 * identifiers the map declares, reads what is theirs and erases what policy decided. Composes the stages; owns no logic.
 * Read-only towards the system, but for the stages that use the login of `eraseUrl`; without it, it cannot erase.
 */
import type { CollectionDescription, Connector, Manifest, System, SystemConfig, Verb } from '../contract.ts';
import { describeCollection } from '../declared.ts';
import { createPacer } from '../pacer.ts';
import { workspaceKind } from '../workspace-kind.ts';
import { check } from './check.ts';
import { PostgresClient } from './client.ts';
import type { DataMap } from './data-map.ts';
import { DataMapSchema } from './data-map.ts';
import { erase } from './erase.ts';
import { eraseTraits } from './erase-traits.ts';
import { locate } from './locate.ts';
import { identifierColumns, isDirect } from './lookup.ts';
import { mapCheck } from './map-check.ts';
import { prepare } from './prepare.ts';
import { read } from './read.ts';
import { rectify } from './rectify.ts';
import { restrict } from './restrict.ts';
import { exclusivity, placeKinds } from './sessions.ts';
import { defaultConcurrency, limitsOf, SettingsSchema } from './settings.ts';
import { suppress } from './suppress.ts';
import { parseConfig, validate } from './validate.ts';
import { verbTraits } from './verb-map.ts';
import type { VerbDependencies } from './verbs.ts';
import { verify } from './verify.ts';
import { workspaceSystem } from './workspace.ts';

export const postgres: Connector = {
  kind: 'postgres',
  settingsSchema: SettingsSchema,
  dataMapSchema: DataMapSchema,
  validate,
  open,
};

function open(config: SystemConfig): System {
  const { settings, map } = parseConfig(config);
  const limits = limitsOf(settings, config.concurrency);
  const client = new PostgresClient(settings.url, limits);
  const eraser = settings.eraseUrl === undefined ? undefined : new PostgresClient(settings.eraseUrl, limits, 'erases');
  const pacer = createPacer(config.rate.rowsPerSecond);
  const workspace = workspaceSystem({ client, eraser, map, limits, pacer });
  return {
    manifest: manifestOf(map, config.concurrency, eraser !== undefined),
    collections: collectionsOf(map, eraser !== undefined),
    ...(placeKinds(map).length === 0
      ? {}
      : { exclusivity: (context, input) => exclusivity(client, map, context, input) }),
    check: (context) => check(client, eraser, map, context),
    mapCheck: (context) => mapCheck(client, map, context),
    locate: (context, input) => locate(client, map, context, input),
    read: (context, input) => read({ client, map, limits, pacer }, context, input),
    ...(eraser === undefined
      ? {}
      : {
          prepare: (context, input) => prepare({ client, eraser, map }, context, input),
          erase: (context, input) => erase({ eraser, map, pacer }, context, input),
          verify: (context, input) => verify({ client, map, pacer }, context, input),
          ...verbsOf({ client, eraser, map, pacer }),
        }),
    ...(workspace === undefined ? {} : { workspace }),
    async close() {
      await client.close();
      await eraser?.close();
    },
  };
}

/** The verbs that the data map declares for any collection. */
function verbsOf(deps: VerbDependencies): Pick<System, Verb> {
  const declared = declaredVerbs(deps.map);
  return {
    ...(declared.includes('restrict') ? { restrict: (context, input) => restrict(deps, context, input) } : {}),
    ...(declared.includes('rectify') ? { rectify: (context, input) => rectify(deps, context, input) } : {}),
    ...(declared.includes('suppress') ? { suppress: (context, input) => suppress(deps, context, input) } : {}),
  };
}

function declaredVerbs(map: DataMap): readonly Verb[] {
  const all = Object.values(map.collections);
  return verbs.filter((verb) => all.some((collection) => collection[verb] !== undefined));
}
const verbs = ['restrict', 'rectify', 'suppress'] as const satisfies readonly Verb[];

const erasing: NonNullable<Manifest['erase']> = {
  mode: 'immediate',
  reversible: false,
  timeToGone:
    'Gone from every query when the transaction commits; the bytes stay in the table’s file until vacuum, and in write-ahead logs, replicas and backups until those are recycled.',
  alreadyGone: 'A row that is not there is counted as absent; asking again changes nothing.',
  sideEffects: [
    'Triggers that the data map accepts run.',
    'Replication and change feeds carry the deletions and changes on.',
  ],
};

const eraseWeaknesses = [
  'A row that came after the plan and refers to one that is to be deleted stands in its way until it is gone.',
  'Random numbers, UUIDs, bytes and short words cannot be told from other values when read back.',
];

const eraseCodes = [
  'erasure-undeclared',
  'erase-unfit',
  'erase-login-elsewhere',
  'erase-permission',
  'erase-blocked',
  'reference-uncovered',
  'cascade-beyond-plan',
  'trigger-unaccepted',
  'foreign-key-cycle',
  'tombstone-missing',
  'successor-unknown',
  'map-index-missing',
  'stream-changed',
  'plan-changed',
  'collateral-damage',
  'deed-undeclared',
  'deed-not-kept',
] as const satisfies Manifest['canRefuse'];

function manifestOf(map: DataMap, concurrency: number | undefined, erases: boolean): Manifest {
  const declared = identifierColumns(map);
  const columns = declared.map(({ identifier }) => identifier);
  const teaching = declared.filter((one) => !isDirect(one.collection, one.identifier)).map((one) => one.identifier);
  const kinds = [...new Set(columns.map(({ kind }) => kind))];
  return {
    kind: 'postgres',
    stages: [
      'check',
      'locate',
      'read',
      ...(erases ? ['prepare' as const, 'erase' as const, 'verify' as const, ...declaredVerbs(map)] : []),
    ],
    rights: ['access', ...(erases ? (['erasure'] as const) : [])],
    needs: kinds.map((kind) => ({
      kind,
      unique: columns.some((column) => column.kind === kind && column.match === 'proof'),
      caseSensitive: !columns.some((column) => column.kind === kind && column.caseInsensitive === true),
    })),
    gives: [
      ...new Set([
        ...teaching.filter(({ match, to }) => match === 'proof' || to !== undefined).map(({ kind }) => kind),
        ...placeKinds(map),
      ]),
    ],
    ...(placeKinds(map).length === 0 ? {} : { exclusivity: placeKinds(map) }),
    ...(map.customerKind === undefined ? {} : { workspace: { needs: [workspaceKind] } }),
    locateCost: 'lookup',
    concurrency: concurrency ?? defaultConcurrency,
    verifiedAgainst: ['PostgreSQL 18 (real server)'],
    verification: 'real-server',
    ...(erases ? { erase: erasing } : {}),
    canRefuse: [
      'system-unreachable',
      'system-tls',
      'system-credentials',
      'system-permission',
      'system-rows-hidden',
      'system-timeout',
      'system-conflict',
      'system-failed',
      'system-schema-drift',
      'system-schema-undeclared',
      'system-key-unproved',
      'customer-kind-unmapped',
      'supply-unmapped',
      'identifier-unusable',
      'too-many-candidates',
      'workspace-too-large',
      'record-mismatch',
      ...(erases ? eraseCodes : []),
    ],
    weaknesses: [
      'Finds people who have no row in the subject collection only in collections that declare `direct`, by the identifiers declared there, up to 1,000 records a look-up.',
      'Free text that mentions a person is not searched; only declared columns lead to a person.',
      'Rows deleted before the read, and copies in backups and replicas, are not seen.',
      ...(erases ? eraseWeaknesses : []),
      'A read that outlasts the longest snapshot goes on with a newer one; what changed in between may show both ways.',
    ],
  };
}

function collectionsOf(map: DataMap, changes: boolean): readonly CollectionDescription[] {
  return Object.entries(map.collections).map(([name, collection]) => ({
    ...describeCollection(name, collection),
    owner: collection.owner,
    key: collection.key,
    erase: eraseTraits(map, name),
    ...(changes ? { verbs: verbTraits(collection) } : {}),
  }));
}
