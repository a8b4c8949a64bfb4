/**
 * Holds settings and data map of a system against their schemas and, where the form is right, against what they mean: every mistake
 * at once, each with a JSON pointer and what to write instead. The same for every connector; what they mean is the connector's.
 */
import type { Static, TSchema } from 'typebox';
import { HabeasError } from '../src/errors.ts';
import type { ConfigMistake, SystemConfig } from './contract.ts';
import { type SchemaMistake, schemaMistakes } from './schema-mistakes.ts';

interface Part<S extends TSchema> {
  readonly schema: S;
  /** Of what has the right form; none unless told. */
  readonly meaning?: (value: Static<S>, config: SystemConfig) => readonly ConfigMistake[];
}

export interface Checks<Settings extends TSchema, DataMap extends TSchema> {
  readonly settings: Part<Settings>;
  readonly dataMap: Part<DataMap> & {
    /** What to begin with where there is none, as `a copy of connectors/…`. */
    readonly begin?: string;
    /** The mistakes of form as they are told; as the schema has them unless given. */
    readonly form?: (value: unknown, mistakes: readonly SchemaMistake[]) => readonly SchemaMistake[];
  };
}

/** The edge: ajv has just shown that the value has this type. */
const checked = <T>(value: unknown): T => value as T;

export function checkConfig<S extends TSchema, M extends TSchema>(
  config: SystemConfig,
  { settings, dataMap }: Checks<S, M>,
): readonly ConfigMistake[] {
  const mistakes = ofPart(config, 'settings', settings, schemaMistakes(settings.schema, config.settings));
  if (config.dataMap === undefined) {
    const { begin } = dataMap;
    const message = `Name the data map of this system (\`dataMap:\`)${begin === undefined ? '' : `; begin with ${begin}`}.`;
    return [...mistakes, { part: 'dataMap', pointer: '', message }];
  }
  const form = schemaMistakes(dataMap.schema, config.dataMap);
  return [...mistakes, ...ofPart(config, 'dataMap', dataMap, dataMap.form?.(config.dataMap, form) ?? form)];
}

function ofPart<S extends TSchema>(
  config: SystemConfig,
  part: ConfigMistake['part'],
  { meaning }: Part<S>,
  form: readonly SchemaMistake[],
): readonly ConfigMistake[] {
  if (form.length > 0) return form.map((mistake) => ({ part, ...mistake }));
  return meaning?.(checked<Static<S>>(config[part]), config) ?? [];
}

/** What `checkConfig` finds nothing in; `config-invalid` otherwise. */
export function parsedConfig<S extends TSchema, M extends TSchema>(
  config: SystemConfig,
  checks: Checks<S, M>,
): { readonly settings: Static<S>; readonly map: Static<M> } {
  if (checkConfig(config, checks).length > 0) throw new HabeasError('config-invalid', { where: config.id });
  return { settings: checked<Static<S>>(config.settings), map: checked<Static<M>>(config.dataMap) };
}
