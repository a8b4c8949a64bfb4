/**
 * Turns Stripe's OpenAPI description into checks by ajv. Stricter than the description: a field that it does not know is an
 * error too, so that a misspelt one in the stand-in shows.
 */
import { Ajv, type ValidateFunction } from 'ajv';

type Schema = { [name: string]: unknown };

interface Operation {
  readonly responses: {
    readonly [status: string]: { readonly content: { readonly [type: string]: { schema: Schema } } };
  };
}
export interface Description {
  readonly components: { readonly schemas: { readonly [name: string]: Schema } };
  readonly paths: { readonly [path: string]: { readonly [method: string]: Operation } };
}

const isSchema = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** OpenAPI 3.0 to JSON Schema: `nullable`, and objects closed. */
function converted(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(converted);
  if (!isSchema(schema)) return schema;
  const { nullable, ...rest } = schema;
  const result: Schema = {};
  for (const [name, value] of Object.entries(rest)) {
    if (name.startsWith('x-') || name === 'description' || name === 'format') continue;
    if (name === 'properties' && isSchema(value)) {
      result.properties = Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, converted(inner)]));
    } else result[name] = converted(value);
  }
  if (result.type === 'object' && result.properties !== undefined && result.additionalProperties === undefined) {
    result.additionalProperties = false;
  }
  return nullable === true ? { anyOf: [{ type: 'null' }, result] } : result;
}

/** Fields that Stripe's changelog names and that are newer than the pinned description (2026-08-26): anything may be in them. */
const newer: Readonly<Record<string, readonly string[]>> = {
  // 2026-09-30.endive: why an invoice is uncollectible.
  invoice: ['status_details'],
};

function withNewer(name: string, schema: Schema): unknown {
  const known = converted(schema);
  if (!isSchema(known) || !isSchema(known.properties)) return known;
  for (const field of newer[name] ?? []) known.properties[field] ??= {};
  return known;
}

export class AnswerChecks {
  readonly #ajv = new Ajv({ strict: false, allErrors: false, validateFormats: false });
  readonly #description: Description;

  constructor(description: Description) {
    this.#description = description;
    const schemas = Object.entries(description.components.schemas).map(([name, schema]) => [
      name,
      withNewer(name, schema),
    ]);
    this.#ajv.addSchema({ $id: 'stripe', components: { schemas: Object.fromEntries(schemas) } });
  }

  /** What is wrong with an answer to this operation; empty if nothing is. */
  faults(method: string, path: string, status: number, answer: unknown): string[] {
    const operation = this.#description.paths[path]?.[method.toLowerCase()];
    const response = operation?.responses[String(status)] ?? operation?.responses.default;
    const schema = response?.content['application/json']?.schema;
    if (schema === undefined) return [`Stripe does not describe ${method} ${path}`];
    const check = this.#checkOf(schema);
    return check(answer)
      ? []
      : (check.errors ?? []).map(
          ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
        );
  }

  #checkOf(schema: Schema): ValidateFunction {
    const text = JSON.stringify(converted(schema)).replaceAll('"#/components/', '"stripe#/components/');
    return this.#ajv.compile(JSON.parse(text) as Schema);
  }
}
