/**
 * Reads a fideslang dataset (the YAML that privacy tools of that family keep of a database: collections, fields with data
 * categories, keys, identities, references) into plain values. Pure. Takes what it understands and says what it does not:
 * a file of another form is a mistake with its place, a reference it cannot follow is a note. Never guesses.
 */

export interface FidesReference {
  readonly collection: string;
  readonly field: string;
  /** `from`: rows here are found by values there; `to`: rows there by values here; `both`: either way. */
  readonly direction: 'from' | 'to' | 'both';
}

export interface FidesField {
  readonly name: string;
  /** Of the field and of what is nested in it; else of its collection or dataset. */
  readonly categories: readonly string[];
  readonly isKey: boolean;
  /** Kind of the identity whose value it holds. */
  readonly identity: string | undefined;
  readonly references: readonly FidesReference[];
}

export interface FidesCollection {
  readonly name: string;
  readonly description: string | undefined;
  readonly uses: readonly string[];
  /** Left out of that tool's own requests. */
  readonly isSkipped: boolean;
  readonly fields: readonly FidesField[];
}

export interface FidesDataset {
  readonly key: string;
  readonly collections: readonly FidesCollection[];
  /** What could not be followed: place and why. */
  readonly notes: readonly { readonly place: string; readonly what: string }[];
}

export interface FidesMistake {
  /** JSON pointer into the file. */
  readonly pointer: string;
  readonly problem: string;
  readonly remedy: string;
}

type Say = (pointer: string, problem: string, remedy: string) => void;

/** Every dataset of a parsed file, or what is wrong with it. */
export function readFides(value: unknown): {
  readonly datasets: readonly FidesDataset[];
  readonly mistakes: readonly FidesMistake[];
} {
  const mistakes: FidesMistake[] = [];
  const say: Say = (pointer, problem, remedy) => mistakes.push({ pointer, problem, remedy });
  const entry = at(value, 'dataset');
  const list = Array.isArray(entry) ? entry : entry === undefined ? [] : [entry];
  if (list.length === 0)
    say(
      '',
      'This is no fideslang file of datasets.',
      'It begins with `dataset:` and a list, each with `fides_key` and `collections`.',
    );
  const datasets = list.map((one, i) => datasetOf(one, Array.isArray(entry) ? `/dataset/${i}` : '/dataset', say));
  return { datasets: mistakes.length > 0 ? [] : datasets, mistakes };
}

function datasetOf(value: unknown, pointer: string, say: Say): FidesDataset {
  const key = text(value, 'fides_key');
  if (key === undefined) say(pointer, 'The dataset has no `fides_key`.', 'Add it; references name it.');
  const collections = listOf(value, 'collections');
  if (collections.length === 0) say(pointer, 'The dataset has no `collections`.', 'Add the tables.');
  const named = collections.map((one) => text(one, 'name') ?? '');
  const notes: { place: string; what: string }[] = [];
  const inherited = words(value, 'data_categories');
  const seen = new Set<string>();
  return {
    key: key ?? '',
    notes,
    collections: collections.map((one, i) => {
      const name = named[i] ?? '';
      const here = `${pointer}/collections/${i}`;
      if (name === '') say(here, 'The collection has no `name`.', 'Write the name of the table.');
      if (seen.has(name)) say(here, 'A collection of this name stands above.', 'Keep one of the two.');
      seen.add(name);
      const fields = listOf(one, 'fields');
      if (fields.length === 0) say(here, 'The collection has no `fields`.', 'Add its columns.');
      const categories = words(one, 'data_categories');
      const names = new Set<string>();
      return {
        name,
        description: text(one, 'description'),
        uses: [...words(one, 'data_uses'), ...words(one, 'data_purposes')],
        isSkipped: at(metaOf(one), 'skip_processing') === true,
        fields: fields.map((field, n) => {
          const read = fieldOf(field, categories.length > 0 ? categories : inherited, {
            dataset: key ?? '',
            collection: name,
            named,
            notes,
          });
          if (read.name === '' || names.has(read.name))
            say(
              `${here}/fields/${n}`,
              'The field has no `name`, or one that stands above.',
              'Write the name of the column.',
            );
          names.add(read.name);
          return read;
        }),
      };
    }),
  };
}

interface Place {
  readonly dataset: string;
  readonly collection: string;
  readonly named: readonly string[];
  readonly notes: { place: string; what: string }[];
}

function fieldOf(value: unknown, inherited: readonly string[], place: Place): FidesField {
  const name = text(value, 'name') ?? '';
  const meta = metaOf(value);
  const nested = nestedOf(value);
  const own = [value, ...nested].flatMap((one) => words(one, 'data_categories'));
  if (nested.some((one) => text(metaOf(one), 'identity') !== undefined || listOf(metaOf(one), 'references').length > 0))
    place.notes.push({
      place: `${place.collection}.${name}`,
      what: 'holds identities or references inside a column (JSON); only whole columns lead to a person',
    });
  return {
    name,
    categories: [...new Set(own.length > 0 ? own : inherited)],
    isKey: at(meta, 'primary_key') === true,
    identity: text(meta, 'identity'),
    references: listOf(meta, 'references').flatMap((one) => referenceOf(one, name, place)),
  };
}

/** Everything below a field, at any depth. */
function nestedOf(value: unknown): readonly unknown[] {
  return listOf(value, 'fields').flatMap((one) => [one, ...nestedOf(one)]);
}

function referenceOf(
  value: unknown,
  field: string,
  { dataset, collection, named, notes }: Place,
): readonly FidesReference[] {
  const place = `${collection}.${field}`;
  const target = text(value, 'field') ?? '';
  const other = text(value, 'dataset');
  if (other !== undefined && other !== dataset) {
    notes.push({ place, what: `refers to the dataset ${other}: that is another system, with a data map of its own` });
    return [];
  }
  // A collection may be named with its schema, so that the longest name that fits is meant.
  const [to] = named.filter((name) => target.startsWith(`${name}.`)).sort((a, b) => b.length - a.length);
  const column = to === undefined ? '' : target.slice(to.length + 1);
  if (to === undefined || column === '' || column.includes('.')) {
    notes.push({ place, what: 'refers to a field that is no column of a collection in this dataset' });
    return [];
  }
  const direction = text(value, 'direction');
  return [
    { collection: to, field: column, direction: direction === 'from' || direction === 'to' ? direction : 'both' },
  ];
}

/** The older spelling is read too. */
const metaOf = (value: unknown): unknown => at(value, 'fides_meta') ?? at(value, 'fidesops_meta');

function at(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;
}

function text(value: unknown, key: string): string | undefined {
  const found = at(value, key);
  return typeof found === 'string' && found !== '' ? found : undefined;
}

function listOf(value: unknown, key: string): readonly unknown[] {
  const found = at(value, key);
  return Array.isArray(found) ? found : [];
}

const words = (value: unknown, key: string): readonly string[] =>
  listOf(value, key).filter((word): word is string => typeof word === 'string');
