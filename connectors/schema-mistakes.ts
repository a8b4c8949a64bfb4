/**
 * Holds a value against a JSON Schema and says every mistake at once, each with a JSON pointer and a remedy. Shared by all
 * connectors. Quotes configuration keys and permitted words only, never a value, which may be a secret in the wrong place.
 */
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';

const ajv = new Ajv({ allErrors: true, verbose: true, strict: true, strictTypes: false, strictRequired: false });
const compiled = new WeakMap<object, ValidateFunction>();

export interface SchemaMistake {
  readonly pointer: string;
  readonly message: string;
}

/** Empty where the value fits. */
export function schemaMistakes(schema: object, value: unknown): readonly SchemaMistake[] {
  const validate = compiled.get(schema) ?? ajv.compile(schema);
  compiled.set(schema, validate);
  if (validate(value)) return [];
  const errors = validate.errors ?? [];
  const choices = errors.filter(({ keyword }) => keyword === 'anyOf').map(({ schemaPath }) => schemaPath);
  return errors
    .filter(({ schemaPath }) => !choices.some((choice) => schemaPath.startsWith(`${choice}/`)))
    .map((error) => ({ pointer: pointerOf(error), message: messageOf(error) }));
}

/** Joins parts into a JSON pointer (RFC 6901). */
export function pointer(...parts: readonly (string | number)[]): string {
  return parts.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

function pointerOf(error: ErrorObject): string {
  if (error.keyword !== 'additionalProperties') return error.instancePath;
  return error.instancePath + pointer(String(error.params.additionalProperty));
}

function messageOf(error: ErrorObject): string {
  const { params, keyword } = error;
  const hint = descriptionOf(error.parentSchema);
  const say = (sentence: string): string => (hint === '' ? sentence : `${sentence} ${hint}`);
  switch (keyword) {
    case 'additionalProperties': {
      const known = propertiesOf(error.parentSchema);
      return known.length === 0
        ? 'This name is not of the form allowed here: small letters, digits, `_` and `-`, at most 40 characters.'
        : `This key is not known here; remove it or write one of: ${known.join(', ')}.`;
    }
    case 'required':
      return `\`${String(params.missingProperty)}\` is missing; add it, there is no default.`;
    case 'anyOf':
    case 'const':
    case 'enum': {
      const words = wordsOf(keyword === 'const' ? [{ const: params.allowedValue }] : error.schema);
      return say(words.length === 0 ? 'This has none of the permitted forms.' : `Write one of: ${words.join(', ')}.`);
    }
    case 'type':
      return say(`Write this as ${typeWords[String(params.type)] ?? 'the schema says'}.`);
    case 'minItems':
    case 'minProperties':
      return say('At least one entry is needed.');
    case 'pattern':
      return say('This is not of the form asked for.');
    case 'minimum':
    case 'maximum':
      return say(`This must be ${String(params.comparison)} ${String(params.limit)}.`);
    default:
      return say(`This is not allowed: ${error.message ?? keyword}.`);
  }
}

const typeWords: Readonly<Record<string, string>> = {
  object: 'a mapping (`key: value` lines)',
  array: 'a list (`- entry` lines)',
  string: 'text (in quotes where it looks like a number)',
  integer: 'a whole number',
  boolean: '`true` or `false`',
};

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function descriptionOf(schema: unknown): string {
  return isObject(schema) && 'description' in schema ? String(schema.description) : '';
}

function propertiesOf(schema: unknown): readonly string[] {
  return isObject(schema) && 'properties' in schema && isObject(schema.properties)
    ? Object.keys(schema.properties)
    : [];
}

function wordsOf(schemas: unknown): readonly string[] {
  if (!Array.isArray(schemas)) return [];
  return schemas.flatMap((schema: unknown) => {
    if (typeof schema === 'string') return [schema];
    return isObject(schema) && 'const' in schema ? [String(schema.const)] : [];
  });
}
