/** Everything that can be wrong in settings and data map, all at once, each with a JSON pointer and what to write instead. */
import { HabeasError } from '../../src/errors.ts';
import type { ConfigMistake, SystemConfig } from '../contract.ts';
import { schemaMistakes } from '../schema-mistakes.ts';
import { type DataMap, DataMapSchema } from './data-map.ts';
import { type Settings, SettingsSchema } from './settings.ts';

/** See the contract. */
export function validate(config: SystemConfig): readonly ConfigMistake[] {
  const mistakes: ConfigMistake[] = schemaMistakes(SettingsSchema, config.settings ?? {}).map((one) => ({
    part: 'settings',
    ...one,
  }));
  if (config.rate.rowsPerSecond !== undefined)
    mistakes.push({ part: 'settings', pointer: '', message: '`rate.rowsPerSecond` caps nothing here: remove it.' });
  if (config.dataMap === undefined)
    return [
      ...mistakes,
      {
        part: 'dataMap',
        pointer: '',
        message: 'Name the data map of this system (`dataMap:`); begin with a copy of connectors/manual/data-map.yaml.',
      },
    ];
  return [
    ...mistakes,
    ...schemaMistakes(DataMapSchema, config.dataMap).map((one) => ({ part: 'dataMap' as const, ...one })),
  ];
}

/** What `validate` has found nothing in. */
export function parseConfig(config: SystemConfig): { readonly settings: Settings; readonly map: DataMap } {
  if (validate(config).length > 0) throw new HabeasError('config-invalid', { where: config.id });
  return { settings: checked<Settings>(config.settings), map: checked<DataMap>(config.dataMap) };
}

/** The edge: ajv has just shown that the value has this type. */
const checked = <T>(value: unknown): T => value as T;
