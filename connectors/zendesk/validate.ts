/**
 * Everything that can be wrong in the settings and the data map of a Zendesk account without asking Zendesk, all at once, each
 * with a JSON pointer and what to write instead. What only the live account can tell is `check`'s.
 */
import { checkConfig, parsedConfig } from '../check-config.ts';
import type { ConfigMistake, SystemConfig } from '../contract.ts';
import { pointer } from '../schema-mistakes.ts';
import { isTimeZone } from '../time-zone.ts';
import { deletable, possibleStrategies } from './changes.ts';
import {
  type Collection,
  type CollectionName,
  collectionOf,
  type DataMap,
  DataMapSchema,
  mappedNames,
} from './data-map.ts';
import { type Settings, SettingsSchema } from './settings.ts';

type Say = (message: string, ...place: readonly (string | number)[]) => void;

const checks = {
  settings: { schema: SettingsSchema, meaning: settingsMistakes },
  dataMap: {
    schema: DataMapSchema,
    meaning: meaningMistakes,
    begin: 'a copy of connectors/zendesk/data-map.yaml',
  },
};

/** See the contract. */
export const validate = (config: SystemConfig): readonly ConfigMistake[] => checkConfig(config, checks);

/** What `validate` has found nothing in. */
export const parseConfig = (config: SystemConfig) => parsedConfig(config, checks);

function settingsMistakes(settings: Settings, config: SystemConfig): readonly ConfigMistake[] {
  const { apiBase, token, email, eraseToken, eraseEmail } = settings;
  const mistakes: ConfigMistake[] = [];
  const say: Say = (message, ...place) => mistakes.push({ part: 'settings', pointer: pointer(...place), message });
  if (apiBase !== undefined && !URL.canParse(apiBase))
    say('This is not an address. Write https://host or https://host:port.', 'apiBase');
  if (eraseEmail !== undefined && eraseToken === undefined)
    say('There is no `eraseToken` that this agent could have; write one or remove this.', 'eraseEmail');
  if (eraseToken !== undefined && eraseToken === token && eraseEmail === email)
    say('The token that reads must not be the one that erases: make two.', 'eraseToken');
  if (config.rate.rowsPerSecond !== undefined)
    say('`rate.rowsPerSecond` caps nothing here: remove it, and write `requestsPerMinute` in `settings`.');
  return mistakes;
}

function meaningMistakes(map: DataMap): readonly ConfigMistake[] {
  const mistakes: ConfigMistake[] = [];
  const say: Say = (message, ...place) => mistakes.push({ part: 'dataMap', pointer: pointer(...place), message });
  if (map.timeZone !== undefined && !isTimeZone(map.timeZone))
    say('There is no such time zone. Write it as `Europe/Tallinn`.', 'timeZone');
  if (map.user.externalId === 'email' || map.user.externalId === 'zendesk_user_id')
    say('An `external_id` is a number of your own systems: name its kind, as `user_id`.', 'user', 'externalId');
  if (map.collections.mentions !== undefined && map.user.mentionedBy === undefined)
    say('Say in `user.mentionedBy` by what passages about the person are looked for.', 'collections', 'mentions');
  if (map.collections.mentions === undefined && map.user.mentionedBy !== undefined)
    say('Say in `collections.mentions` what such passages are held for, or remove this.', 'user', 'mentionedBy');
  for (const name of mappedNames(map)) {
    fields(name, collectionOf(map, name), say);
    erasing(map, name, say);
  }
  return mistakes;
}

function fields(name: CollectionName, collection: Collection, say: Say): void {
  for (const part of ['fields', 'customFields'] as const)
    for (const [field, { export: given, exportReason }] of Object.entries(collection[part] ?? {})) {
      const at = ['collections', name, part, field] as const;
      if (given === false && exportReason === undefined)
        say('Say in `exportReason` why this is never given out; an officer must be able to defend it.', ...at);
      if (given !== false && exportReason !== undefined)
        say('`exportReason` stands only beside `export: false`.', ...at, 'exportReason');
    }
  if (collection.customFields !== undefined && name !== 'users' && name !== 'tickets')
    say('Only users and tickets have fields of your own. Remove this here.', 'collections', name, 'customFields');
}

/** What stands in a ticket goes with it, and stays where it stays. */
const inTickets: ReadonlySet<CollectionName> = new Set<CollectionName>([
  ...(['comments', 'notes', 'attachments', 'satisfaction_ratings'] as const),
]);

function erasing(map: DataMap, name: CollectionName, say: Say): void {
  const { collections } = map;
  const { erase, fields: declared } = collectionOf(map, name);
  if (erase === undefined) return;
  const at = ['collections', name, 'erase'] as const;
  const possible = possibleStrategies[name];
  if (erase.whole === 'delete' && !deletable.has(name))
    say('This goes with the ticket that it is another’s of. Write `anonymise` here.', ...at, 'whole');
  if (erase.whole === 'delete' && inTickets.has(name) && collections.tickets.erase?.whole !== 'delete')
    say('What is said in a ticket goes with the ticket, and `tickets` stay. Write `anonymise` here.', ...at, 'whole');
  if (erase.whole === 'anonymise' && inTickets.has(name) && collections.tickets.erase?.whole === 'delete')
    say('The tickets go, and what is said in them goes with them. Write `delete` here.', ...at, 'whole');
  if (erase.whole === 'anonymise' && Object.keys(possible).length > 0 && Object.keys(erase.fields ?? {}).length === 0)
    say(`Name in \`fields\` what a record loses: ${Object.keys(possible).join(', ')}.`, ...at, 'fields');
  for (const [field, strategy] of Object.entries(erase.fields ?? {})) {
    if (!Object.hasOwn(declared, field))
      say('This field is not declared in `fields`; correct it or declare it there.', ...at, 'fields', field);
    if (possible[field] !== strategy)
      say(
        possible[field] === undefined
          ? `Zendesk can change nothing of this field. Possible: ${Object.keys(possible).join(', ') || 'none'}.`
          : `Zendesk cannot do that to this field. Write ${possible[field]}.`,
        ...at,
        'fields',
        field,
      );
  }
}
