/**
 * Describes and reads the parameters of an endpoint. What is not described is refused (`parameter_unknown`), as Stripe
 * refuses it: a connector that sends what Stripe does not know is caught here. An empty value unsets a parameter that can
 * be unset (it is read as null) and is an error (`parameter_invalid_empty`) for every other.
 */
import { badParameter } from './errors.ts';
import type { Form, FormHash } from './form.ts';

export type Param = null | boolean | number | string | Param[] | Params;
export interface Params {
  [name: string]: Param | undefined;
}

export interface Field {
  readonly type: 'string' | 'integer' | 'boolean' | 'enum' | 'metadata' | 'hash' | 'list' | 'times' | 'email';
  readonly values?: readonly string[];
  readonly of?: Spec;
  readonly item?: Field;
  readonly max?: number;
  /** An empty value unsets it. */
  readonly clearable?: boolean;
  readonly required?: boolean;
}
export type Spec = Readonly<Record<string, Field>>;

export const text: Field = { type: 'string', max: 5_000 };
export const email: Field = { type: 'email', max: 512, clearable: true };
export const integer: Field = { type: 'integer' };
export const flag: Field = { type: 'boolean' };
export const metadata: Field = { type: 'metadata', clearable: true };
/** Of an object that is being made: there is nothing to empty. */
export const newMetadataField: Field = { type: 'metadata' };
/** A time, or a range of times by gt, gte, lt and lte. */
export const times: Field = { type: 'times' };
export const oneOf = (...values: readonly string[]): Field => ({ type: 'enum', values });
export const hash = (of: Spec): Field => ({ type: 'hash', of });
export const list = (item: Field): Field => ({ type: 'list', item });
export const clearable = (field: Field): Field => ({ ...field, clearable: true });
export const required = (field: Field): Field => ({ ...field, required: true });

const addressParts = hash({
  city: clearable(text),
  country: clearable(text),
  line1: clearable(text),
  line2: clearable(text),
  postal_code: clearable(text),
  state: clearable(text),
});
export const address = clearable(addressParts);
/** Where it can be set and not emptied. */
export const newShipping = hash({
  address: required(addressParts),
  name: required(clearable(text)),
  phone: clearable(text),
});
export const shipping = clearable(newShipping);
export const expand: Spec = { expand: list(text) };
export const paging: Spec = { ...expand, limit: integer, starting_after: text, ending_before: text };

/** Reads a form by its description. */
export function readParams(spec: Spec, form: FormHash, prefix = ''): Params {
  const read: Params = {};
  for (const [name, value] of Object.entries(form)) {
    const field = Object.hasOwn(spec, name) ? spec[name] : undefined;
    const path = prefix === '' ? name : `${prefix}[${name}]`;
    if (field === undefined) throw badParameter('parameter_unknown', path, `Received unknown parameter: ${path}`);
    read[name] = readField(field, value, path);
  }
  for (const [name, field] of Object.entries(spec)) {
    const path = prefix === '' ? name : `${prefix}[${name}]`;
    if (field.required === true && read[name] === undefined) {
      throw badParameter('parameter_missing', path, `Missing required param: ${path}.`);
    }
  }
  return read;
}

function readField(field: Field, value: Form, path: string): Param {
  if (value === '') {
    if (field.clearable === true) return null;
    throw badParameter(
      'parameter_invalid_empty',
      path,
      `You passed an empty string for '${path}'. We assume empty values are an attempt to unset a parameter; however '${path}' cannot be unset. You should remove '${path}' from your request or supply a non-empty value.`,
    );
  }
  switch (field.type) {
    case 'hash':
      if (typeof value === 'string' || Array.isArray(value)) throw badParameter(undefined, path, 'Invalid object');
      return readParams(field.of ?? {}, value, path);
    case 'list':
      if (!Array.isArray(value)) throw badParameter(undefined, path, 'Invalid array');
      return value.map((item, index) => readField(field.item ?? text, item, `${path}[${index}]`));
    case 'metadata':
      return readMetadata(value, path);
    case 'times':
      return typeof value === 'string' ? toInteger(value, path) : readTimes(value, path);
    default:
      if (typeof value !== 'string') throw badParameter(undefined, path, 'Invalid string');
      return readScalar(field, value, path);
  }
}

function readScalar(field: Field, value: string, path: string): Param {
  if (field.type === 'integer') return toInteger(value, path);
  if (field.type === 'boolean') {
    if (value !== 'true' && value !== 'false') throw badParameter(undefined, path, `Invalid boolean: ${value}`);
    return value === 'true';
  }
  if (field.type === 'enum' && !(field.values ?? []).includes(value)) {
    throw badParameter(undefined, path, `Invalid ${path}: must be one of ${(field.values ?? []).join(', ')}`);
  }
  if (value.length > (field.max ?? 5_000)) {
    throw badParameter(undefined, path, `Invalid string: must be at most ${field.max ?? 5_000} characters`);
  }
  if (field.type === 'email' && !/^[^\s@]+@[^\s@]+$/u.test(value)) {
    throw badParameter('email_invalid', path, `Invalid email address: ${value}`);
  }
  return value;
}

function toInteger(value: string, path: string): number {
  if (/^-?\d{1,15}$/.test(value)) return Number(value);
  throw badParameter('parameter_invalid_integer', path, `Invalid integer: ${value}`);
}

function readTimes(value: Form, path: string): Params {
  if (typeof value === 'string' || Array.isArray(value)) throw badParameter(undefined, path, 'Invalid object');
  return readParams({ gt: integer, gte: integer, lt: integer, lte: integer }, value, path);
}

/** At most 50 keys of 40 characters with values of 500; a key with an empty value is read as null. */
function readMetadata(value: Form, path: string): Params {
  if (typeof value === 'string') throw badParameter(undefined, path, 'Invalid object');
  const read: Params = {};
  for (const [key, inner] of Object.entries(value)) {
    if (typeof inner !== 'string') throw badParameter(undefined, `${path}[${key}]`, 'Metadata values must be strings');
    if (key.length > 40) throw badParameter(undefined, path, 'Metadata keys can be at most 40 characters');
    if (inner.length > 500) throw badParameter(undefined, path, 'Metadata values can be at most 500 characters');
    read[key] = inner === '' ? null : inner;
  }
  return read;
}
