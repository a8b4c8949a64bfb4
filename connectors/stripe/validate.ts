/**
 * Everything that can be wrong in the settings and the data map of a Stripe account without asking Stripe, all at once, each
 * with a JSON pointer and what to write instead. What only the live account can tell is `check`'s.
 */
import { checkConfig, parsedConfig } from '../check-config.ts';
import type { ConfigMistake, SystemConfig } from '../contract.ts';
import { pointer } from '../schema-mistakes.ts';
import { isTimeZone } from '../time-zone.ts';
import { changeable, deletable } from './changes.ts';
import { type Collection, type CollectionName, collectionNames, type DataMap, DataMapSchema } from './data-map.ts';
import { type Settings, SettingsSchema } from './settings.ts';

type Say = (message: string, ...place: readonly (string | number)[]) => void;

const checks = {
  settings: { schema: SettingsSchema, meaning: settingsMistakes },
  dataMap: {
    schema: DataMapSchema,
    meaning: meaningMistakes,
    begin: 'a copy of connectors/stripe/data-map.yaml',
  },
};

/** See the contract. */
export const validate = (config: SystemConfig): readonly ConfigMistake[] => checkConfig(config, checks);

/** What `validate` has found nothing in. */
export const parseConfig = (config: SystemConfig) => parsedConfig(config, checks);

function settingsMistakes(
  { apiKey, eraseKey, apiBase, redaction }: Settings,
  config: SystemConfig,
): readonly ConfigMistake[] {
  const mistakes: ConfigMistake[] = [];
  const say: Say = (message, ...place) => mistakes.push({ part: 'settings', pointer: pointer(...place), message });
  if (apiBase !== undefined && !URL.canParse(apiBase))
    say('This is not an address. Write https://host or https://host:port.', 'apiBase');
  if (eraseKey !== undefined && modeOf(eraseKey) !== modeOf(apiKey))
    say('One key is of the live account and the other of a sandbox; both must be of the same.', 'eraseKey');
  if (eraseKey !== undefined && eraseKey === apiKey)
    say('The key that reads must not be the one that erases: make two restricted keys.', 'eraseKey');
  if (redaction === true && eraseKey === undefined)
    say('Redactions are ordered with `eraseKey`: give it, or remove this.', 'redaction');
  if (config.rate.rowsPerSecond !== undefined)
    say('`rate.rowsPerSecond` caps nothing here: remove it, and write `requestsPerSecond` in `settings`.');
  return mistakes;
}

const modeOf = (key: string): boolean => /^.k_test_/.test(key);

function meaningMistakes(map: DataMap): readonly ConfigMistake[] {
  const mistakes: ConfigMistake[] = [];
  const say: Say = (message, ...place) => mistakes.push({ part: 'dataMap', pointer: pointer(...place), message });
  if (map.timeZone !== undefined && !isTimeZone(map.timeZone))
    say('There is no such time zone. Write it as `Europe/Tallinn`.', 'timeZone');
  for (const name of collectionNames) {
    fields(name, map.collections[name], say);
    erasing(name, map.collections[name], say);
  }
  return mistakes;
}

function fields(name: CollectionName, collection: Collection, say: Say): void {
  const at = ['collections', name] as const;
  for (const [field, { export: given, exportReason }] of Object.entries(collection.fields)) {
    if (given === false && exportReason === undefined)
      say(
        'Say in `exportReason` why this is never given out; an officer must be able to defend it.',
        ...at,
        'fields',
        field,
      );
    if (given !== false && exportReason !== undefined)
      say('`exportReason` stands only beside `export: false`.', ...at, 'fields', field, 'exportReason');
  }
  collection.own?.forEach((path, i) => {
    if (declared(collection, path, say, ...at, 'own', i) && collection.fields[topOf(path)]?.export === false)
      say('This field has `export: false` and can be nobody’s own; remove it here.', ...at, 'own', i);
  });
}

function erasing(name: CollectionName, collection: Collection, say: Say): void {
  const { erase } = collection;
  if (erase === undefined) return;
  const at = ['collections', name, 'erase'] as const;
  if (name === 'customer_numbers') {
    if (erase.whole !== 'delete')
      say(
        'A customer goes as a whole. Write `delete` here; where Stripe redacts, it is redacted instead.',
        ...at,
        'whole',
      );
    for (const path of Object.keys(erase.fields ?? {}))
      say('A customer as such has no fields to change; name them under `customers`.', ...at, 'fields', path);
    return;
  }
  if (name === 'customers' && erase.whole === 'delete')
    say(
      'What says who a customer is can only be emptied: write `anonymise` here. The customer itself goes by `customer_numbers`, after its documents.',
      ...at,
      'whole',
    );
  else if (erase.whole === 'delete' && !deletable.has(name))
    say('Stripe deletes no such record. Write `anonymise` here.', ...at, 'whole');
  if (erase.whole === 'anonymise' && Object.keys(erase.fields ?? {}).length === 0)
    say('Name in `fields` what a record loses, or what of it is part of a document.', ...at, 'fields');
  for (const [path, strategy] of Object.entries(erase.fields ?? {})) {
    declared(collection, path, say, ...at, 'fields', path);
    const possible = changeable[name].find(({ is }) => is.test(path))?.strategies ?? [];
    if (strategy !== 'document' && !possible.includes(strategy))
      say(
        `Stripe cannot do that to this field. Possible: ${[...possible, 'document'].join(', ')}.`,
        ...at,
        'fields',
        path,
      );
  }
  for (const path of Object.keys(erase.roles ?? {}))
    if (erase.fields?.[path] === undefined)
      say('Roles are for what stands in `fields`; name it there or remove it here.', ...at, 'roles', path);
}

const topOf = (path: string): string => path.split('.')[0] ?? '';

function declared(collection: Collection, path: string, say: Say, ...at: readonly (string | number)[]): boolean {
  if (Object.hasOwn(collection.fields, topOf(path))) return true;
  say('This field is not declared in `fields`; correct it or declare it there.', ...at);
  return false;
}
