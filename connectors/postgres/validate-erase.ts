/**
 * What can be wrong in what a data map says of erasing, without looking at the database: a field of the person for which
 * nobody has said what becomes of it, a reference to the person's row that would stay, an anonymised record that would
 * still find the person. Each with its place and what to write. What only the live schema can tell is `check`'s.
 */
import { isTimeZone } from '../time-zone.ts';
import type { Collection, DataMap, Hop } from './data-map.ts';
import type { Say } from './declarations.ts';
import type { Erase, Told } from './erase-map.ts';
import { namings, subjectColumns } from './erase-traits.ts';
import { declared, endsAtSubject, hops, sameSet } from './validate-parts.ts';

/** The tombstone is one row of the subject's collection, and is there where a reference falls to it. */
export function sharedRow(map: DataMap, say: Say): void {
  const subject = map.collections[map.subject];
  const isNeeded = Object.values(map.collections).some(({ erase }) =>
    Object.values(erase?.fields ?? {}).some((strategy) => strategy === 'tombstone' || strategy === 'successor'),
  );
  if (map.tombstone === undefined) {
    if (isNeeded)
      say(
        'References fall to the shared tombstone row (`tombstone` or `successor` below): write its key here, as `{ id: "1" }`.',
        'tombstone',
      );
    return;
  }
  if (subject !== undefined && !sameSet(Object.keys(map.tombstone), subject.key))
    say(`Write the key of the one row in ${map.subject}: ${subject.key.join(', ')}.`, 'tombstone');
}

/** The zone in which an instant has its day. */
export function zone({ timeZone }: DataMap, say: Say): void {
  if (timeZone !== undefined && !isTimeZone(timeZone))
    say('This is no time zone; write one of the IANA list, as Europe/Tallinn.', 'timeZone');
}

/** Who may take a workspace over. */
export function successors(map: DataMap, say: Say): void {
  const config = map.customerKind;
  if (config?.successors === undefined) return;
  const at = ['customerKind', 'successors'] as const;
  const { collection: name, workspace, person, leftAt } = config.successors;
  const members = map.collections[name];
  if (members === undefined) {
    say('No collection of this name is declared below.', ...at, 'collection');
    return;
  }
  for (const part of ['workspace', 'person'] as const) {
    for (const [i, column] of config.successors[part].entries()) declared(members, column, say, ...at, part, i);
    const [columns, of] = part === 'workspace' ? [workspace, config.collection] : [person, map.subject];
    const key = map.collections[of]?.key;
    if (key !== undefined && key.length !== columns.length)
      say(`Name as many columns as the key of ${of} has (${key.join(', ')}), in its order.`, ...at, part);
  }
  if (leftAt !== undefined) declared(members, leftAt, say, ...at, 'leftAt');
}

/** Everything about erasing one collection. */
export function erasure(map: DataMap, name: string, collection: Collection, say: Say): void {
  references(map, name, collection, say);
  retention(map, name, collection, say);
  if (collection.erase === undefined) return;
  strategies(map, name, collection, collection.erase, say);
  for (const field of Object.keys(collection.erase.roles ?? {}))
    if (collection.erase.fields?.[field] === undefined)
      say(
        'A role is for a field that can be cleared beside the document: say in `erase.fields` how, or remove it here.',
        ...['collections', name, 'erase', 'roles', field],
      );
  unsaid(map, name, collection, collection.erase, say);
}

function references(map: DataMap, name: string, collection: Collection, say: Say): void {
  const subject = map.collections[map.subject];
  collection.references?.forEach((reference, i) => {
    const at = ['collections', name, 'references', i] as const;
    const { columns, toColumns } = reference;
    if (columns.length !== toColumns.length)
      say('`columns` and `toColumns` must have the same number of columns.', ...at);
    for (const [n, column] of columns.entries()) declared(collection, column, say, ...at, 'columns', n);
    if (subject === undefined) return;
    for (const [n, column] of toColumns.entries()) declared(subject, column, say, ...at, 'toColumns', n);
    if (!endsAtSubject(subject, reference))
      say(
        `References end at the subject's key (${subject.key.join(', ')}) or at a column of it that is a \`proof\` identifier.`,
        ...at,
        'toColumns',
      );
    const isPath = collection.reach?.some(({ via: [first] }) => first?.to === map.subject && same(first, reference));
    if (isPath === true)
      say('A path of `reach` begins so: then the record is the person’s. Keep one of the two.', ...at);
  });
  if (collection.references !== undefined && collection.erase === undefined)
    say('Say in `erase` what becomes of these references.', 'collections', name, 'references');
}

const same = (a: Pick<Hop, 'columns' | 'toColumns'>, b: Pick<Hop, 'columns' | 'toColumns'>): boolean =>
  JSON.stringify([a.columns, a.toColumns]) === JSON.stringify([b.columns, b.toColumns]);

/** What policy is told comes from the record or from the one row that its joins lead to. */
function retention(map: DataMap, name: string, collection: Collection, say: Say): void {
  const told = (told: Told | undefined, ...part: readonly string[]): void => {
    if (told === undefined) return;
    const at = ['collections', name, 'retention', ...part] as const;
    const end = told.via === undefined ? collection : hops(map, collection, told.via, say, ...at, 'via');
    if (end !== undefined) declared(end, told.column, say, ...at, 'column');
    told.via?.forEach(({ to, toColumns }, i) => {
      const target = map.collections[to];
      if (target !== undefined && !sameSet(toColumns, target.key))
        say(
          `One record, one answer: join to the key of ${to} (${target.key.join(', ')}).`,
          ...at,
          'via',
          i,
          'toColumns',
        );
    });
  };
  for (const [event, one] of Object.entries(collection.retention?.events ?? {})) told(one, 'events', event);
  told(collection.retention?.supply, 'supply');
  told(collection.retention?.money, 'money');
}

/** Strategies that cannot be carried out, or would leave the person in the record. */
function strategies(map: DataMap, name: string, collection: Collection, erase: Erase, say: Say): void {
  const naming = new Set(subjectColumns(map, name));
  const subjectStays = map.collections[map.subject]?.erase?.whole === 'anonymise';
  const match = new Map((collection.identifiers ?? []).map((one) => [one.column, one.match]));
  const owner = map.customerKind?.collection === name ? map.customerKind.owner.columns : [];
  for (const [field, strategy] of Object.entries(erase.fields ?? {})) {
    const tell = (message: string): void => say(message, 'collections', name, 'erase', 'fields', field);
    const isSimple = typeof strategy === 'string';
    if (collection.fields[field] === undefined)
      tell(`This column is not declared in \`fields\` of ${collection.table}; correct it or declare it there.`);
    else if (collection.key.includes(field)) {
      if (strategy !== 'keep') tell('A key column names the record and cannot change: write `keep`.');
    } else if (strategy === 'successor') {
      if (!owner.includes(field)) tell('`successor` is for the columns of `customerKind.owner`; write another word.');
      else if (map.customerKind?.successors === undefined)
        tell('Say in `customerKind.successors` who may take a workspace over.');
    } else if (strategy === 'tombstone') {
      if (!naming.has(field))
        tell(
          `Only a reference to ${map.subject} falls to the tombstone; this column is in no path and no \`references\`.`,
        );
    } else if (naming.has(field)) {
      if (strategy === 'keep' && !subjectStays)
        tell(`The person's own row cannot go while this names it: write 'null' or tombstone.`);
      else if (!isSimple || strategy === 'random' || strategy === 'empty')
        tell(`This refers to ${map.subject}: write 'null' (in quotes) or tombstone.`);
    } else if (erase.whole === 'anonymise' && match.has(field)) {
      if (strategy === 'keep' || (match.get(field) === 'proof' && !isSimple))
        tell("This identifier would still find the person, or one for several: write random or 'null'.");
    }
  }
  for (const { columns, toColumns } of namings(map, name)) {
    const fallen = columns.filter((column) => ['tombstone', 'successor'].includes(wordOf(erase.fields?.[column])));
    if (fallen.length === 0) continue;
    const at = ['collections', name, 'erase', 'fields', fallen[0] ?? ''] as const;
    const subject = map.collections[map.subject];
    if (fallen.length < columns.length)
      say(`The columns ${columns.join(', ')} refer together: write the same word for each.`, ...at);
    if (subject !== undefined && !sameSet(toColumns, subject.key))
      say(`The tombstone is named by the key of ${map.subject}; this column refers to another: write 'null'.`, ...at);
  }
}

const wordOf = (strategy: unknown): string => (typeof strategy === 'string' ? strategy : '');

/** Fields of the person for which nobody has said what becomes of them. */
function unsaid(map: DataMap, name: string, collection: Collection, erase: Erase, say: Say): void {
  const at = ['collections', name, 'erase', 'fields'] as const;
  const missing = new Map<string, string>();
  const demand = (field: string, why: string): void => {
    // A key column can only be kept.
    if (collection.key.includes(field)) return;
    if (collection.fields[field] !== undefined && erase.fields?.[field] === undefined && !missing.has(field))
      missing.set(field, why);
  };
  const own = [...(collection.reach ?? []).flatMap((path) => path.own ?? []), ...(collection.direct?.own ?? [])];
  for (const field of own) demand(field, 'It is the person’s own (`own`) in a record that goes on');
  for (const field of collection.references?.flatMap(({ columns }) => columns) ?? [])
    demand(field, 'It names a person (`references`) in a record that goes on');
  if (collection.owner === 'workspace' && collection.role !== 'processor')
    for (const field of subjectColumns(map, name)) demand(field, 'It names a person in a record that goes on');
  if (erase.whole === 'anonymise')
    for (const field of Object.keys(collection.fields)) demand(field, 'The record is anonymised, and stays');
  for (const [field, why] of missing)
    say(`Say what becomes of \`${field}\`: keep, 'null', empty, random, tombstone or a constant. ${why}.`, ...at);
}
