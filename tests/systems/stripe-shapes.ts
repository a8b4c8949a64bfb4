/** Writes requests as Stripe's clients do, and makes one of each shape that a description of parameters allows. */
import type { Field, Spec } from '../../src/local/stripe/core/params.ts';
import { worldIds } from './stripe-world.ts';

/** Form encoding with brackets. */
export function encoded(params: unknown): string {
  const pairs: [string, string][] = [];
  const add = (name: string, value: unknown): void => {
    if (Array.isArray(value)) for (const [index, item] of value.entries()) add(`${name}[${index}]`, item);
    else if (typeof value === 'object' && value !== null) {
      for (const [key, inner] of Object.entries(value)) add(name === '' ? key : `${name}[${key}]`, inner);
    } else pairs.push([name, String(value)]);
  };
  add('', params);
  return new URLSearchParams(pairs).toString();
}

/** Puts the ids of the test's account in the place of their names. */
export function filled(value: unknown): unknown {
  if (typeof value === 'string') {
    return value.replace(
      /\{(\w+)\}/g,
      (whole, name: string) => (worldIds as Record<string, string>)[name] ?? `${name}_1${whole.length}`,
    );
  }
  if (Array.isArray(value)) return value.map(filled);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, filled(inner)]));
}

/** Stripe's own names in a path, where the test's account has several objects of a kind. */
const describedAs: Readonly<Record<string, string>> = {
  draft: 'invoice',
  open_intent: 'intent',
  loose_method: 'payment_method',
  failed_job: 'job',
  source: 'id',
  tax_id: 'id',
};

/** The path as Stripe's description has it. */
export function described(path: string): string {
  const renamed = path.replace(/\{(\w+)\}/g, (_, name: string) => `{${describedAs[name] ?? name}}`);
  return /^\/v1\/(credit_notes|products)\/\{\w+\}$/.test(renamed) ? renamed.replace(/\{\w+\}$/, '{id}') : renamed;
}

/** One request with everything set, one with everything unset that can be, and one for each value of a choice. */
export function shapesOf(spec: Spec): Record<string, unknown>[] {
  const shapes: Record<string, unknown>[] = [hashOf(spec, 'set'), hashOf(spec, 'unset')];
  for (const [name, field] of Object.entries(spec)) {
    for (const value of field.values ?? []) shapes.push({ ...hashOf(required(spec), 'set'), [name]: value });
    if (field.type === 'times') shapes.push({ ...hashOf(required(spec), 'set'), [name]: 1_700_000_000 });
  }
  return shapes;
}

const required = (spec: Spec): Spec =>
  Object.fromEntries(Object.entries(spec).filter(([, field]) => field.required === true));

/** `expand` is left out: which properties can be expanded is asked by the requests of stripe-requests.ts. */
function hashOf(spec: Spec, how: 'set' | 'unset'): Record<string, unknown> {
  const fields = Object.entries(spec).filter(([name]) => name !== 'expand');
  return Object.fromEntries(fields.map(([name, field]) => [name, sampleOf(field, how)]));
}

function sampleOf(field: Field, how: 'set' | 'unset'): unknown {
  if (how === 'unset' && field.clearable === true) return '';
  switch (field.type) {
    case 'integer':
      return 2;
    case 'boolean':
      return true;
    case 'enum':
      return field.values?.[0];
    case 'email':
      return 'helmi@hobe.example';
    case 'metadata':
      return { kept: '1', removed: '' };
    case 'hash':
      return hashOf(field.of ?? {}, how);
    case 'list':
      return [sampleOf(field.item ?? { type: 'string' }, how)];
    case 'times':
      return { gt: 1, gte: 1, lt: 2, lte: 2 };
    default:
      return 'text';
  }
}
