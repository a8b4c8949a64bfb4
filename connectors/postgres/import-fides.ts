/**
 * A first data map from a fideslang dataset: tables, keys, identifiers, paths and categories as the dataset declares them.
 * Whatever decides whose a record is, or what is told to the person, is not guessed: there stands `TODO`, which validation
 * refuses with its place until a person has decided. Pure: plain values in, the file's text and what to decide out.
 */
import { HabeasError } from '../../src/errors.ts';
import { categoryOf, isPersonal, isSecret } from './fides-categories.ts';
import type { FidesCollection, FidesDataset, FidesField } from './fides-dataset.ts';
import { type FidesHop, fidesPaths } from './fides-paths.ts';
import { oneLine, preamble, scalar, slugOf, slugs } from './fides-text.ts';

export interface ImportChoice {
  /** Name of the collection with one row per person; must be given where several could be. */
  readonly subject: string | undefined;
  /** Schema of tables that are named without one. */
  readonly schema: string;
}

export interface ImportedMap {
  readonly text: string;
  readonly subject: string;
  readonly mapped: {
    readonly collections: number;
    readonly fields: number;
    readonly identifiers: number;
    readonly paths: number;
    readonly noPersonalData: number;
  };
  /** What a person must decide before the map is accepted: each stands as `TODO` in it. */
  readonly decisions: readonly Remark[];
  /** What to look at: nothing refuses it. */
  readonly notes: readonly Remark[];
}

export interface Remark {
  readonly place: string;
  readonly what: string;
}

/** Makes the map. `usage` where it is not clear which collection is the subject's. */
export function importFides(dataset: FidesDataset, choice: ImportChoice): ImportedMap {
  const subject = subjectOf(dataset, choice.subject);
  const paths = fidesPaths(dataset, subject);
  const names = slugs(dataset.collections);
  const writer = new Writer(dataset, subject, paths, names, choice.schema);
  return writer.write();
}

function subjectOf({ collections }: FidesDataset, wanted: string | undefined): FidesCollection {
  const able = collections.filter(({ fields }) => fields.some(({ identity }) => identity !== undefined));
  const [only] = able;
  const found =
    wanted !== undefined ? collections.find(({ name }) => name === wanted) : able.length === 1 ? only : undefined;
  if (found !== undefined) return found;
  const known = able.length === 0 || wanted !== undefined ? collections : able;
  throw new HabeasError('usage', { where: `--subject: ${known.map(({ name }) => name).join(', ')}` });
}

class Writer {
  readonly #dataset: FidesDataset;
  readonly #subject: FidesCollection;
  readonly #paths: ReadonlyMap<string, readonly (readonly FidesHop[])[]>;
  readonly #names: ReadonlyMap<string, string>;
  readonly #schema: string;
  readonly #decisions: Remark[] = [];
  readonly #notes: Remark[] = [];
  readonly #lines: string[] = [];
  #identifiers = 0;
  #pathCount = 0;

  constructor(
    dataset: FidesDataset,
    subject: FidesCollection,
    paths: ReadonlyMap<string, readonly (readonly FidesHop[])[]>,
    names: ReadonlyMap<string, string>,
    schema: string,
  ) {
    this.#dataset = dataset;
    this.#subject = subject;
    this.#paths = paths;
    this.#names = names;
    this.#schema = schema;
  }

  write(): ImportedMap {
    const { collections, key, notes } = this.#dataset;
    const aside = collections.filter((one) => this.#isAside(one));
    const mapped = collections.filter((one) => !aside.includes(one));
    const subject = this.#slug(this.#subject.name);
    this.#lines.push(
      ...preamble.map((line) => `# ${line}`.trimEnd()),
      `# Source: the fideslang dataset ${oneLine(key)}.`,
    );
    this.#lines.push('version: 1', `subject: ${subject}`);
    this.#notes.push({
      place: 'subject',
      what: `${this.#subject.name} is taken as the collection with one row per person`,
    });
    if (aside.length > 0)
      this.#lines.push(
        '',
        '# With a reason each, which an officer can defend; or as a collection below.',
        'noPersonalData:',
      );
    for (const one of aside) {
      this.#lines.push(`  ${scalar(this.#table(one.name))}: TODO`);
      this.#decide(
        `noPersonalData.${this.#table(one.name)}`,
        one.isSkipped
          ? 'it is skipped in the dataset: the reason why it holds no personal data, or a collection of its own'
          : 'nothing in the dataset says that it is of a person: the reason why not, or a collection of its own',
      );
    }
    this.#lines.push('', 'collections:');
    for (const [i, one] of mapped.entries()) {
      if (i > 0) this.#lines.push('');
      this.#collection(one);
    }
    return {
      text: `${this.#lines.join('\n')}\n`,
      subject,
      mapped: {
        collections: mapped.length,
        fields: mapped.reduce((sum, { fields }) => sum + fields.length, 0),
        identifiers: this.#identifiers,
        paths: this.#pathCount,
        noPersonalData: aside.length,
      },
      decisions: this.#decisions,
      notes: [...this.#notes, ...notes],
    };
  }

  /** Tables of which nothing says that they lead to a person or are about one. */
  #isAside(one: FidesCollection): boolean {
    if (one.name === this.#subject.name || one.fields.some(({ identity }) => identity !== undefined)) return false;
    if (this.#waysOf(one).length > 0) return false;
    return one.isSkipped || !one.fields.some(({ categories }) => isPersonal(categories));
  }

  #collection(one: FidesCollection): void {
    const name = this.#slug(one.name);
    const isSubject = one.name === this.#subject.name;
    const say = (line: string): void => void this.#lines.push(`    ${line}`);
    this.#lines.push(`  ${name}:`);
    if (one.description !== undefined) say(`# ${oneLine(one.description)}`);
    if (one.uses.length > 0) say(`# Data uses there: ${oneLine(one.uses.join(', '))}`);
    say(`table: ${scalar(this.#table(one.name))}`);
    const key = one.fields.filter(({ isKey }) => isKey).map((field) => scalar(field.name));
    say(`key: ${key.length === 0 ? 'TODO' : `[${key.join(', ')}]`}`);
    if (key.length === 0) this.#decide(`${name}.key`, 'the primary key; the dataset declares none');
    say(`owner: ${isSubject ? 'person' : 'TODO'}`);
    for (const word of register) say(`${word}: ${word === 'recipients' ? '[TODO]' : 'TODO'}`);
    this.#decide(name, [...(isSubject ? [] : ['owner']), ...register].join(', '));
    this.#identifiersOf(one, name);
    this.#reach(one, name, isSubject);
    say('fields:');
    for (const field of one.fields) this.#field(one, field, name);
  }

  #identifiersOf(one: FidesCollection, name: string): void {
    const fields = one.fields.filter(({ identity }) => identity !== undefined);
    if (fields.length === 0) return;
    this.#lines.push('    identifiers:');
    for (const field of fields) {
      const kind = kinds[field.identity ?? ''] ?? slugOf(field.identity ?? '');
      this.#lines.push(`      - { column: ${scalar(field.name)}, kind: ${kind}, match: TODO }`);
      this.#identifiers += 1;
      this.#decide(
        `${name}.identifiers.${field.name}`,
        `does an exact match prove who it is (proof), or only suggest it (candidate)?`,
      );
    }
  }

  #reach(one: FidesCollection, name: string, isSubject: boolean): void {
    if (isSubject) return;
    const ways = this.#waysOf(one);
    const known = one.fields.filter(({ identity }) => identity !== undefined).map((field) => scalar(field.name));
    if (ways.length === 0 && known.length > 0) {
      // The dataset finds these rows by the identity itself, and no account stands behind them.
      this.#lines.push(`    direct: { by: [${known.join(', ')}], unless: [] }`);
      return;
    }
    if (ways.length === 0) {
      this.#lines.push('    reach: TODO');
      this.#decide(`${name}.reach`, 'no reference in the dataset leads from here to the subject’s key');
      return;
    }
    this.#lines.push('    reach:');
    for (const [i, way] of ways.entries()) {
      const shared = way.filter(({ isShared }) => isShared).map(({ to }) => this.#slug(to));
      const place = `${name}.reach[${i}]`;
      const hops = way.map(
        ({ column, to, toColumn }) =>
          `{ columns: [${scalar(column)}], to: ${this.#slug(to)}, toColumns: [${scalar(toColumn)}] }`,
      );
      if (shared.length > 0)
        this.#lines.push(
          `      # Several rows of ${shared.join(', ')} may share one of these: is it then nobody else's?`,
        );
      this.#lines.push('      - via:', ...hops.map((hop) => `          - ${hop}`));
      this.#pathCount += 1;
      this.#notes.push({
        place,
        what: `${[name, ...way.map(({ to }) => this.#slug(to))].join(' → ')}: is whoever it leads to the one the row is about?${shared.length > 0 ? ` Several rows of ${shared.join(', ')} may share one.` : ''}`,
      });
    }
    if (known.length > 0)
      this.#notes.push({ place: `${name}.direct`, what: 'add `direct` where it also knows people without an account' });
  }

  #field(one: FidesCollection, field: FidesField, name: string): void {
    const category = categoryOf(field.categories, field.isKey || field.references.length > 0);
    const secret = isSecret(field.categories);
    this.#lines.push(
      `      ${scalar(field.name)}: { category: ${category ?? 'TODO'}${secret ? ', export: TODO' : ''} }`,
    );
    const place = `${name}.fields.${field.name}`;
    if (category === undefined)
      this.#decide(
        `${place}.category`,
        field.categories.length === 0 ? 'the dataset gives none' : `the dataset says ${field.categories.join(', ')}`,
      );
    if (secret)
      this.#decide(
        `${place}.export`,
        'a secret of the account: `export: false` with an `exportReason`, or remove the key',
      );
    if (one.isSkipped && field === one.fields[0])
      this.#notes.push({ place: name, what: 'the dataset skips it; it leads to a person all the same' });
  }

  #waysOf(one: FidesCollection): readonly (readonly FidesHop[])[] {
    return this.#paths.get(one.name) ?? [];
  }

  #table = (name: string): string => (name.includes('.') ? name : `${this.#schema}.${name}`);
  #slug = (name: string): string => this.#names.get(name) ?? slugOf(name);
  #decide = (place: string, what: string): void => void this.#decisions.push({ place, what });
}

/** What the register of Art. 30 says of each collection, and no dataset tells. */
const register = ['role', 'recordClass', 'category', 'purpose', 'legalBasis', 'provenance', 'recipients'] as const;

const kinds: Readonly<Record<string, string>> = { email: 'email', phone_number: 'phone', ip_address: 'ip' };
