/**
 * Everything that can be wrong in the settings and the data map of logs in S3 without looking at the bucket, all at once,
 * each with a JSON pointer and what to write instead. Whatever could show one person's lines to another has no default
 * and is a mistake here. What only the objects can tell is `check`'s.
 */
import { checkConfig, parsedConfig } from '../check-config.ts';
import type { ConfigMistake, SystemConfig } from '../contract.ts';
import { pointer } from '../schema-mistakes.ts';
import { type Collection, type DataMap, DataMapSchema, type FieldPath, pathOf } from './data-map.ts';
import { dayPattern } from './days.ts';
import { type Settings, SettingsSchema } from './settings.ts';

type Say = (message: string, ...place: readonly (string | number)[]) => void;

const checks = {
  settings: { schema: SettingsSchema, meaning: settingsMistakes },
  dataMap: { schema: DataMapSchema, meaning: meaningMistakes },
};

/** See the contract. */
export const validate = (config: SystemConfig): readonly ConfigMistake[] => checkConfig(config, checks);

/** What `validate` has found nothing in. */
export const parseConfig = (config: SystemConfig) => parsedConfig(config, checks);

function settingsMistakes({ s3, from }: Settings, config: SystemConfig): readonly ConfigMistake[] {
  const mistakes: ConfigMistake[] = [];
  const say: Say = (message, ...place) => mistakes.push({ part: 'settings', pointer: pointer(...place), message });
  if (s3.endpoint !== undefined && !URL.canParse(s3.endpoint))
    say('This is not an address. Write https://host or https://host:port.', 's3', 'endpoint');
  if ((s3.accessKeyId === undefined) !== (s3.secretAccessKey === undefined))
    say('Write both `accessKeyId` and `secretAccessKey`, or neither (the worker’s own role is used then).', 's3');
  if (from !== undefined && new Date(`${from}T00:00:00Z`).toJSON()?.slice(0, 10) !== from)
    say('There is no such day. Write YYYY-MM-DD.', 'from');
  if (config.rate.rowsPerSecond !== undefined)
    say('`rate.rowsPerSecond` caps nothing here: remove it, and write `bytesPerSecond` in `settings`.');
  return mistakes;
}

function meaningMistakes(map: DataMap): readonly ConfigMistake[] {
  const mistakes: ConfigMistake[] = [];
  const say: Say = (message, ...place) => mistakes.push({ part: 'dataMap', pointer: pointer(...place), message });
  const collections = Object.entries(map.collections);
  for (const [name, collection] of collections) {
    identifiers(name, collection, say);
    fields(name, collection, say);
    const other = collections.find(([one, { prefix }]) => one < name && overlaps(prefix, collection.prefix));
    if (other !== undefined)
      say(
        `Objects of \`${other[0]}\` lie below this prefix too; their lines would be read twice.`,
        'collections',
        name,
        'prefix',
      );
    if (collection.date !== undefined && dayPattern(collection.date) === undefined)
      say('Write `{yyyy}`, `{mm}` and `{dd}`, each once; `*` stands for anything.', 'collections', name, 'date');
  }
  return [...mistakes, ...strengths(map)];
}

const overlaps = (a: string, b: string): boolean => a.startsWith(b) || b.startsWith(a);

function identifiers(name: string, collection: Collection, say: Say): void {
  collection.identifiers.forEach((identifier, i) => {
    const at = ['collections', name, 'identifiers', i] as const;
    declared(collection, identifier.field, say, ...at, 'field');
    if (identifier.in === 'query' && identifier.parameters === undefined)
      say('Name in `parameters` under which names the identifier stands in the query string.', ...at);
    if (identifier.in === 'value' && identifier.parameters !== undefined)
      say('`parameters` is for `in: query`; remove it here.', ...at, 'parameters');
    if (identifier.strength === 'weak' && identifier.caseInsensitive === true)
      say('A weak value is compared by its very bytes; remove this.', ...at, 'caseInsensitive');
  });
  if (collection.sharedMailboxes !== undefined && !collection.identifiers.some(({ kind }) => kind === 'email'))
    say(
      'Shared mailboxes are addresses: declare an identifier of kind `email`.',
      'collections',
      name,
      'sharedMailboxes',
    );
}

/** A kind that proves in one log and not in another would make the same value two things. */
function strengths(map: DataMap): readonly ConfigMistake[] {
  const known = new Map<string, string>();
  const mistakes: ConfigMistake[] = [];
  for (const [name, { identifiers: declaredHere }] of Object.entries(map.collections))
    declaredHere.forEach(({ kind, strength }, i) => {
      const before = known.get(kind);
      known.set(kind, before ?? strength);
      if (before !== undefined && before !== strength)
        mistakes.push({
          part: 'dataMap',
          pointer: pointer('collections', name, 'identifiers', i, 'strength'),
          message: `This kind is \`${before}\` elsewhere in this map; a kind is strong or weak everywhere.`,
        });
    });
  return mistakes;
}

function fields(name: string, collection: Collection, say: Say): void {
  const at = ['collections', name] as const;
  declared(collection, collection.time, say, ...at, 'time');
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
  collection.display?.forEach((field, i) => {
    declared(collection, field, say, ...at, 'display', i);
    if (collection.fields[field]?.export === false)
      say('This field is never given out, and not shown either; remove it here.', ...at, 'display', i);
  });
  collection.own?.forEach((field, i) => {
    declared(collection, field, say, ...at, 'own', i);
    if (collection.fields[field]?.export === false)
      say('This field has `export: false` and can be nobody’s own; remove it here.', ...at, 'own', i);
  });
  if (collection.own !== undefined && collection.owner === 'person')
    say('`own` is for `owner: workspace`: of a person’s line every field is the person’s.', ...at, 'own');
}

function declared(collection: Collection, field: FieldPath, say: Say, ...at: readonly (string | number)[]): void {
  const [top = ''] = pathOf(field);
  if (!Object.hasOwn(collection.fields, top))
    say('This field is not declared in `fields`; correct it or declare it there.', ...at);
}
