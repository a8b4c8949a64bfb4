/**
 * Everything that can be wrong in a PostgreSQL system's settings and data map without looking at the database, all at once,
 * each with a JSON pointer and what to write instead. Whatever could show one person's data to another has no default and
 * is a mistake here. What only the live schema can tell is `check`'s.
 */
import { checkConfig, parsedConfig } from '../check-config.ts';
import type { ConfigMistake, SystemConfig } from '../contract.ts';
import { pointer } from '../schema-mistakes.ts';
import { type Collection, type DataMap, DataMapSchema } from './data-map.ts';
import { noPersonalColumns, noPersonalTables, type Say, undecidedMistakes } from './declarations.ts';
import { defaultConcurrency, type Settings, SettingsSchema } from './settings.ts';
import { erasure, sharedRow, successors, zone } from './validate-erase.ts';
import { declared, endsAtSubject, hops, sameSet } from './validate-parts.ts';
import { verbMistakes } from './verb-map.ts';

const checks = {
  settings: { schema: SettingsSchema, meaning: connectionMistakes },
  dataMap: { schema: DataMapSchema, meaning: meaningMistakes, form: undecidedMistakes },
};

/** See the contract. */
export const validate = (config: SystemConfig): readonly ConfigMistake[] => checkConfig(config, checks);

/** What `validate` has found nothing in. */
export const parseConfig = (config: SystemConfig) => parsedConfig(config, checks);

function connectionMistakes(settings: Settings, config: SystemConfig): readonly ConfigMistake[] {
  const mistakes: ConfigMistake[] = [];
  for (const name of ['url', 'eraseUrl'] as const) {
    const url = settings[name];
    if (url !== undefined && !URL.canParse(url))
      mistakes.push({
        part: 'settings',
        pointer: `/${name}`,
        message:
          'This is not an address. Write postgres://user:password@host:port/database, special characters as %XX.',
      });
  }
  const needed = config.concurrency ?? defaultConcurrency;
  if (settings.maxConnections !== undefined && settings.maxConnections < needed)
    mistakes.push({
      part: 'settings',
      pointer: '/maxConnections',
      message: `Each of the ${needed} activity slots (\`concurrency\`) needs a connection: raise this or lower that.`,
    });
  return mistakes;
}

function meaningMistakes(map: DataMap): readonly ConfigMistake[] {
  const mistakes: ConfigMistake[] = [];
  const say: Say = (message, ...place) => mistakes.push({ part: 'dataMap', pointer: pointer(...place), message });
  const subject = map.collections[map.subject];
  if (subject === undefined)
    say('No collection of this name is declared below; name the one with a row per person.', 'subject');
  if (subject !== undefined && subject.owner !== 'person')
    say('The subject collection has a row per person: write `owner: person`.', 'collections', map.subject, 'owner');
  if (!Object.values(map.collections).some(({ identifiers }) => (identifiers?.length ?? 0) > 0))
    say(
      'Nobody can be found: declare `identifiers` on at least one collection, such as the e-mail column.',
      'collections',
    );
  customerKind(map, say);
  zone(map, say);
  sharedRow(map, say);
  successors(map, say);
  noPersonalTables(map, say);
  for (const [name, collection] of Object.entries(map.collections)) {
    columns(name, collection, say);
    fields(name, collection, say);
    noPersonalColumns(name, collection, say);
    reach(map, name, collection, say);
    direct(map, name, collection, say);
    workspace(map, name, collection, say);
    session(map, name, collection, say);
    erasure(map, name, collection, say);
    verbMistakes(name, collection, say);
  }
  return mistakes;
}

function customerKind(map: DataMap, say: Say): void {
  const config = map.customerKind;
  if (config === undefined) return;
  const target = map.collections[config.collection];
  const subject = map.collections[map.subject];
  if (target === undefined) {
    say('No collection of this name is declared below.', 'customerKind', 'collection');
    return;
  }
  declared(target, config.column, say, 'customerKind', 'column');
  if (config.closedAt !== undefined) declared(target, config.closedAt, say, 'customerKind', 'closedAt');
  for (const [i, name] of config.owner.columns.entries())
    declared(target, name, say, 'customerKind', 'owner', 'columns', i);
  if (Object.keys(config.values).length === 0)
    say('Map every value of the column to company, sole-trader or person.', 'customerKind', 'values');
  if (subject !== undefined && !sameSet(config.owner.toColumns, subject.key))
    say(`Write the key of the subject collection: ${subject.key.join(', ')}.`, 'customerKind', 'owner', 'toColumns');
  if (config.owner.columns.length !== config.owner.toColumns.length)
    say('`columns` and `toColumns` must have the same number of columns.', 'customerKind', 'owner');
}

/** Windows of a place are taught to log systems: only of people's own sessions that the company itself answers for. */
function session(map: DataMap, name: string, collection: Collection, say: Say): void {
  if (collection.session === undefined) return;
  const at = ['collections', name, 'session'] as const;
  const { from, to, places } = collection.session;
  declared(collection, from, say, ...at, 'from');
  declared(collection, to, say, ...at, 'to');
  for (const [i, { column }] of places.entries()) declared(collection, column, say, ...at, 'places', i, 'column');
  if (name === map.subject) say('A row per person is no session; declare the collection of sessions.', ...at);
  if (collection.owner !== 'person' || collection.role === 'processor')
    say('`session` is for `owner: person` in the role of controller: it tells where a person was.', ...at);
  if (collection.reach === undefined) say('Say in `reach` whose session a row is.', ...at);
}

/** Columns named outside `fields` must be declared in `fields`. */
function columns(name: string, collection: Collection, say: Say): void {
  const at = ['collections', name] as const;
  for (const [i, column] of collection.key.entries()) declared(collection, column, say, ...at, 'key', i);
  if (new Set(collection.key).size !== collection.key.length) say('A column stands here twice.', ...at, 'key');
  if (collection.createdAt !== undefined) declared(collection, collection.createdAt, say, ...at, 'createdAt');
  if (collection.sharedMailbox !== undefined)
    declared(collection, collection.sharedMailbox.column, say, ...at, 'sharedMailbox', 'column');
  collection.identifiers?.forEach((identifier, i) => {
    for (const part of ['column', 'from', 'to'] as const) {
      const column = identifier[part];
      if (column !== undefined) declared(collection, column, say, ...at, 'identifiers', i, part);
    }
    if (identifier.from !== undefined && identifier.to === undefined)
      say('Name the column `to` beside `from`: until when the value was the person’s.', ...at, 'identifiers', i);
  });
}

function fields(name: string, collection: Collection, say: Say): void {
  for (const [field, { export: exported, exportReason }] of Object.entries(collection.fields)) {
    const at = ['collections', name, 'fields', field] as const;
    if (exported === false && exportReason === undefined)
      say('Say in `exportReason` why this is never given out; an officer must be able to defend it.', ...at);
    if (exported !== false && exportReason !== undefined)
      say('`exportReason` stands only beside `export: false`.', ...at, 'exportReason');
    if (exported === false && collection.key.includes(field))
      say('A key column names the record everywhere and cannot be kept back; choose another key.', ...at, 'export');
  }
}

function reach(map: DataMap, name: string, collection: Collection, say: Say): void {
  const at = ['collections', name] as const;
  const isSubject = name === map.subject;
  if (isSubject && collection.reach !== undefined)
    say('The subject collection is where paths end; it has no `reach`.', ...at, 'reach');
  if (!isSubject && collection.reach === undefined && collection.direct === undefined)
    say('Say in `reach` how a row leads to the subject; without a path its records would be left out.', ...at);
  if (isSubject && collection.sharedMailbox === undefined) return;
  if (!isSubject && collection.sharedMailbox !== undefined)
    say('Declare `sharedMailbox` on the subject collection; it speaks of the account.', ...at, 'sharedMailbox');
  collection.reach?.forEach((path, i) => {
    const end = hops(map, collection, path.via, say, ...at, 'reach', i, 'via');
    const last = path.via.at(-1);
    if (end !== undefined && last !== undefined && last.to !== map.subject)
      say(
        `The last hop must end at the subject collection (${map.subject}).`,
        ...at,
        'reach',
        i,
        'via',
        path.via.length - 1,
        'to',
      );
    else if (end !== undefined && last !== undefined && !endsAtSubject(end, last))
      say(
        `Paths end at the subject's key (${end.key.join(', ')}) or at a column of it that is a \`proof\` identifier.`,
        ...at,
        'reach',
        i,
        'via',
        path.via.length - 1,
        'toColumns',
      );
    own(collection, path.own, say, ...at, 'reach', i, 'own');
  });
}

/** The fields that are a person's own of a workspace's record. */
function own(
  collection: Collection,
  listed: readonly string[] | undefined,
  say: Say,
  ...at: readonly (string | number)[]
): void {
  listed?.forEach((field, n) => {
    if (collection.fields[field] === undefined) say('This field is not declared in `fields`.', ...at, n);
    else if (collection.fields[field]?.export === false)
      say('This field has `export: false` and can be nobody’s own; remove it here.', ...at, n);
  });
  if (listed !== undefined && collection.owner === 'person')
    say('`own` is for `owner: workspace`: of a person’s record every field is the person’s.', ...at);
}

/** Rows about people without an account: whom they name, and which paths lead to that same person's account. */
function direct(map: DataMap, name: string, collection: Collection, say: Say): void {
  if (collection.direct === undefined) return;
  const { by, unless } = collection.direct;
  const at = ['collections', name, 'direct'] as const;
  if (name === map.subject) say('The subject collection is the accounts; remove `direct` here.', ...at);
  for (const [i, column] of by.entries())
    if (!collection.identifiers?.some((identifier) => identifier.column === column))
      say('Declare this column in `identifiers` of this collection: its kind, and whether it proves.', ...at, 'by', i);
  for (const [i, column] of unless.entries())
    if (!collection.reach?.some(({ via }) => via[0]?.columns.includes(column)))
      say('No path of `reach` begins with this column; add the path, or remove the column here.', ...at, 'unless', i);
  own(collection, collection.direct.own, say, ...at, 'own');
}

function workspace(map: DataMap, name: string, collection: Collection, say: Say): void {
  const at = ['collections', name] as const;
  // What a processor holds is referred as a whole: whose workspace it is matters only where a customer instructs.
  const mayBeMissing = collection.owner === 'person' || collection.role === 'processor';
  if (mayBeMissing && collection.workspace === undefined) return;
  if (map.customerKind === undefined)
    say(
      'Declare `customerKind` at the top: without it nobody knows whether a workspace is a person’s own.',
      ...at,
      mayBeMissing ? 'workspace' : 'owner',
    );
  if (collection.workspace === undefined) {
    say(
      'Say in `workspace` how a row leads to its workspace (an empty list for the workspace collection itself).',
      ...at,
    );
    return;
  }
  const end = hops(map, collection, collection.workspace, say, ...at, 'workspace');
  if (end === undefined || map.customerKind === undefined) return;
  const endName = collection.workspace.at(-1)?.to ?? name;
  if (endName !== map.customerKind.collection)
    say(`This must end at the collection of \`customerKind\` (${map.customerKind.collection}).`, ...at, 'workspace');
  collection.workspace.forEach((hop, i) => {
    const to = map.collections[hop.to];
    if (to !== undefined && !sameSet(hop.toColumns, to.key))
      say(
        `A row belongs to one workspace: join to the key of ${hop.to} (${to.key.join(', ')}).`,
        ...at,
        'workspace',
        i,
        'toColumns',
      );
  });
}
