/**
 * Holds a value against a JSON Schema with ajv and says every difference as a mistake with its line. Owns the wording:
 * problems name keys and permitted words of the schema, never the value found. Used for habeas.yaml and offered to
 * connectors' schemas by tests; pure apart from ajv's cache of compiled schemas.
 */
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import formatsModule from 'ajv-formats';
import { didYouMean } from './did-you-mean.ts';
import { type Mistake, segment, showKey } from './mistakes.ts';
import type { Source } from './source.ts';

const ajv = new Ajv({ allErrors: true, verbose: true, strict: true, allowUnionTypes: true });
formatsModule.default(ajv, ['date', 'uri']);
const compiled = new WeakMap<object, ValidateFunction>();

interface SchemaNode {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
}

/** Every difference between the source's value and the schema. */
export function checkSchema(source: Source, schema: object): readonly Mistake[] {
  const validate = compiled.get(schema) ?? ajv.compile(schema);
  compiled.set(schema, validate);
  if (validate(source.value)) return [];
  const errors = withoutAlternatives(validate.errors ?? []);
  return errors
    .filter((error) => ![...source.refused].some((pointer) => isAtOrBelow(error.instancePath, pointer)))
    .map((error) => describe(source, schema, error));
}

/** Whether `pointer` is `above` or hangs below it. */
export function isAtOrBelow(pointer: string, above: string): boolean {
  return pointer === above || pointer.startsWith(`${above}/`);
}

/**
 * A value that fits none of several forms makes ajv list the differences to each. Where only one form has the value's
 * type, its differences are the mistake; else the one sentence "none of the forms".
 */
function withoutAlternatives(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  let kept = [...errors];
  for (const either of errors.filter(({ keyword }) => keyword === 'anyOf')) {
    const branchOf = (error: ErrorObject): string | undefined =>
      error !== either && error.schemaPath.startsWith(`${either.schemaPath}/`)
        ? error.schemaPath.slice(either.schemaPath.length + 1).split('/')[0]
        : undefined;
    const branches = new Map<string, ErrorObject[]>();
    for (const error of kept) {
      const branch = branchOf(error);
      if (branch !== undefined) branches.set(branch, [...(branches.get(branch) ?? []), error]);
    }
    const fitting = [...branches.values()].filter((branch) =>
      branch.every((e) => e.instancePath !== either.instancePath || !['type', 'const', 'enum'].includes(e.keyword)),
    );
    const single = fitting.length === 1 ? fitting[0] : undefined;
    kept = kept.filter((e) =>
      single === undefined
        ? branchOf(e) === undefined
        : e !== either && (branchOf(e) === undefined || single.includes(e)),
    );
  }
  return kept;
}

function describe(source: Source, schema: SchemaNode, error: ErrorObject): Mistake {
  const { instancePath: pointer, params, keyword } = error;
  const here = nodeOf(error.parentSchema);
  const hint = here.description === undefined ? '' : ` ${here.description}`;
  const say = (problem: string, remedy: string): Mistake => source.mistake(pointer, problem, `${remedy}${hint}`.trim());
  switch (keyword) {
    case 'required': {
      const name = String(params.missingProperty);
      const what = here.properties?.[name]?.description;
      return source.mistake(
        pointer,
        `\`${name}\` is missing here.`,
        `Add \`${name}:\`.${what === undefined ? '' : ` ${what}`}`,
        'key',
      );
    }
    case 'additionalProperties': {
      const name = String(params.additionalProperty);
      const shown = showKey(name);
      const at = `${pointer}/${shown === 'a key' ? '?' : segment(name)}`;
      const known = Object.keys(here.properties ?? {});
      const meant = didYouMean(name, known);
      const elsewhere = meant === undefined ? placesOf(schema, name) : [];
      const remedy =
        meant !== undefined
          ? `Did you mean \`${meant}\`?`
          : elsewhere.length > 0
            ? `It belongs under \`${elsewhere.join('` or `')}\`; look at the indentation.`
            : `Remove it. Known here: ${known.join(', ')}.`;
      return {
        ...source.mistake(
          `${pointer}/${segment(name)}`,
          `${shown === 'a key' ? 'A key' : shown} is not known here.`,
          remedy,
          'key',
        ),
        pointer: at,
      };
    }
    case 'type':
      return say(
        'The value is not of the kind asked for.',
        `Write ${typeWords[String(params.type)] ?? 'it as the schema says'}.`,
      );
    case 'enum':
      return say('This is none of the permitted words.', `Write one of: ${listOf(params.allowedValues)}.`);
    case 'const':
      return say('This is not the one permitted value.', `Write \`${String(params.allowedValue)}\`.`);
    case 'anyOf': {
      const words = error.schema;
      const consts = Array.isArray(words) ? words.map((w) => constOf(w)).filter((w) => w !== undefined) : [];
      return consts.length > 0
        ? say('This is none of the permitted words.', `Write one of: ${consts.join(', ')}.`)
        : say('This has none of the permitted forms.', '');
    }
    case 'pattern':
      return say('This is not of the form asked for.', `It must match ${String(params.pattern)}.`);
    case 'format':
      return say(`This is not ${formatWords[String(params.format)] ?? 'of the form asked for'}.`, 'Correct it.');
    case 'minimum':
    case 'maximum':
      return say(
        `This number is out of range: it must be ${String(params.comparison)} ${String(params.limit)}.`,
        'Correct the number.',
      );
    case 'minLength':
    case 'maxLength':
      return say(
        `This is too ${keyword === 'minLength' ? 'short' : 'long'}: ${String(params.limit)} characters.`,
        'Write it out.',
      );
    case 'minItems':
    case 'minProperties':
      return say(`This needs at least ${String(params.limit)} entry.`, 'Add one.');
    case 'uniqueItems':
      return say('The same entry stands here twice.', 'Keep one of them.');
    default:
      return say('This does not fit the schema.', 'Compare it with docs/habeas.schema.json.');
  }
}

const typeWords: Readonly<Record<string, string>> = {
  object: 'a mapping (`key: value` lines)',
  array: 'a list (`- entry` lines)',
  string: 'text (quote it where it looks like a number or a date)',
  integer: 'a whole number',
  number: 'a number',
  boolean: '`true` or `false`',
};
const formatWords: Readonly<Record<string, string>> = {
  date: 'a day that exists, as YYYY-MM-DD',
  uri: 'a full URL with its scheme',
};

const listOf = (words: unknown): string => (Array.isArray(words) ? words.map(String).join(', ') : '');

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
function constOf(schema: unknown): string | undefined {
  return isObject(schema) && 'const' in schema ? String(schema.const) : undefined;
}
function nodeOf(schema: unknown): SchemaNode {
  return isObject(schema) ? schema : {};
}

/** Dotted places of the schema where a key of this name is known. */
function placesOf(schema: SchemaNode, name: string, place: readonly string[] = []): readonly string[] {
  const found = Object.hasOwn(schema.properties ?? {}, name) ? [place.join('.') || 'the top level'] : [];
  for (const [key, child] of Object.entries(schema.properties ?? {}))
    found.push(...placesOf(child, name, [...place, key]));
  return schema.items === undefined ? found : [...found, ...placesOf(schema.items, name, place)];
}
