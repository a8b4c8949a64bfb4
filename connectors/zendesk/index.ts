/**
 * The connector for Zendesk Support: users and their identities, tickets, what was said in them, files, ratings, driven by a data map that
 * says why each is held and what becomes of it. Composes the stages; owns no logic. Read-only towards Zendesk, but for the stages
 * that use `eraseToken`; without it, it cannot erase.
 */
import type { CollectionDescription, Connector, Manifest, System, SystemConfig } from '../contract.ts';
import { describeCollection } from '../declared.ts';
import { check } from './check.ts';
import { ZendeskClient } from './client.ts';
import { collectionOf, type DataMap, DataMapSchema, mappedNames } from './data-map.ts';
import { erase } from './erase.ts';
import { eraseTraitsOf } from './erase-traits.ts';
import { keyFields } from './keys.ts';
import { Windows } from './limits.ts';
import { identifierKinds, locate } from './locate.ts';
import { prepare } from './prepare.ts';
import { read } from './read.ts';
import { authorizationOf, baseOf, defaultConcurrency, limitsOf, SettingsSchema } from './settings.ts';
import { deletionDays } from './user-fate.ts';
import { parseConfig, validate } from './validate.ts';
import { verify } from './verify.ts';

export const zendesk: Connector = {
  kind: 'zendesk',
  settingsSchema: SettingsSchema,
  dataMapSchema: DataMapSchema,
  validate,
  open,
};

function open(config: SystemConfig): System {
  const { settings, map } = parseConfig(config);
  const limits = limitsOf(settings);
  const { products } = limits;
  // The rate is the account's: reading and erasing share it.
  const windows = new Windows(limits.requestsPerMinute);
  const { token, email, eraseToken, eraseEmail } = settings;
  const clientOf = (secret: string, agent: string | undefined): ZendeskClient =>
    new ZendeskClient(authorizationOf(secret, agent), baseOf(settings), limits, windows);
  const client = clientOf(token, email);
  const eraser = eraseToken === undefined ? undefined : clientOf(eraseToken, eraseEmail);
  return {
    manifest: manifestOf(map, config.concurrency, eraser !== undefined),
    collections: collectionsOf(map),
    check: (context) => check(client, eraser, map, context),
    locate: (context, input) => locate(client, map, context, input),
    read: (context, input) => read({ client, map }, context, input),
    ...(eraser === undefined
      ? {}
      : {
          prepare: (context, input) => prepare({ client, eraser, map, products }, context, input),
          erase: (context, input) => erase({ client, eraser, map, products }, context, input),
          verify: (context, input) => verify({ client, map, limits }, context, input),
        }),
    close: async () => undefined,
  };
}

const erasing: NonNullable<Manifest['erase']> = {
  mode: 'immediate',
  reversible: false,
  timeToGone:
    'Tickets and texts within minutes. A user is forgotten product by product, which Zendesk reports and which may take up to 30 days.',
  // A user that nobody has asked to forget for good stays out of sight for ever: of `hidden` there is no most.
  goneWithinDays: { pending: deletionDays },
  alreadyGone:
    'What is not found, a ticket of which only a stub is left, a user of whom Zendesk has forgotten everything, and a text that is blocks already.',
  sideEffects: [
    'Tickets of the person that stay are closed before the user is deleted.',
    'Webhooks and triggers of the account run on every change.',
    'What the person wrote in tickets of others is blacked out there for everybody.',
  ],
};

const mentioning = [
  'What is said of the person in tickets of others is found by search, which is minutes behind, and in messages only: subjects, own fields and files of such tickets are not looked at.',
  'Somebody who is called by a first name, a nickname or a wrongly written name in another’s ticket is not found.',
];

const eraseCodes = [
  'erasure-undeclared',
  'erase-blocked',
  'plan-changed',
  'vendor-job-runs',
] as const satisfies Manifest['canRefuse'];

const eraseWeaknesses = [
  'Where tickets stay, their audits keep the mails that were sent, the addresses they came from and what fields held before: told as a history that remains.',
  'Ratings cannot be erased without their ticket.',
  'A closed ticket of others goes on naming the number of the person’s user.',
  'Help centre, chat and voice have records of their own that only the deletion of the user reaches.',
];

function manifestOf(map: DataMap, concurrency: number | undefined, erases: boolean): Manifest {
  return {
    kind: 'zendesk',
    stages: ['check', 'locate', 'read', ...(erases ? (['prepare', 'erase', 'verify'] as const) : [])],
    rights: ['access', ...(erases ? (['erasure'] as const) : [])],
    needs: identifierKinds(map).map((kind) => ({ kind, unique: kind !== 'email', caseSensitive: true })),
    gives: identifierKinds(map),
    locateCost: 'lookup',
    concurrency: concurrency ?? defaultConcurrency,
    verifiedAgainst: ['A stand-in of our own with the documented behaviour of the Zendesk Support API v2'],
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
      'identifier-unusable',
      'too-many-candidates',
      'record-mismatch',
      'stream-changed',
      ...(erases ? eraseCodes : []),
    ],
    weaknesses: [
      'Search is minutes behind: a user of just now is found by number, not yet by address.',
      'A user that was deleted, but not for good, is found by number only; Zendesk forgets the address at once.',
      'Suspended tickets, which Zendesk drops after 14 days, are not looked at: they belong to no user yet.',
      'Of a file on an internal note only the name is given out: nobody masks a file.',
      'Recordings of calls and messages of chats that are no comments are not read.',
      'Internal notes on a ticket of which the person only got copies are not read.',
      ...(map.collections.mentions === undefined
        ? ['What is said of the person in tickets of others is not searched.']
        : mentioning),
      ...(erases ? eraseWeaknesses : []),
    ],
  };
}

function collectionsOf(map: DataMap): readonly CollectionDescription[] {
  return mappedNames(map).map((name) => {
    const collection = collectionOf(map, name);
    return {
      ...describeCollection(name, collection),
      owner: name.startsWith('copied_') || name === 'mentions' ? 'workspace' : 'person',
      ...(name.endsWith('attachments') ? { files: ['content'] } : {}),
      key: keyFields(name),
      erase: eraseTraitsOf(name, collection),
    };
  });
}
