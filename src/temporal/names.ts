/**
 * Names of task queues, schedules and workflow types: configured slugs and fixed words only, never anything of a person.
 * workflows/activities.ts spells the queues in the same way from the prefix it is told.
 */
import type { LoadedConfig } from '../config/load.ts';
import type { SystemId } from '../ids.ts';

type TemporalConfig = Pick<LoadedConfig['temporal'], 'queuePrefix'>;

/** What stands before every queue's name: empty, or the configured prefix with its separator. */
export function prefixOf({ queuePrefix }: TemporalConfig): string {
  return queuePrefix === '' ? '' : `${queuePrefix}-`;
}

export const mainQueue = (config: TemporalConfig): string => `${prefixOf(config)}habeas`;
export const packageQueue = (config: TemporalConfig): string => `${prefixOf(config)}habeas-package`;
export const systemQueue = (config: TemporalConfig, id: SystemId): string => `${prefixOf(config)}habeas-sys-${id}`;

export const expiryScheduleId = (config: TemporalConfig): string => `${prefixOf(config)}habeas-package-expiry`;
export const sweepScheduleId = (config: TemporalConfig): string => `${prefixOf(config)}habeas-sweep`;

/** Every configured word that may appear in a payload. */
export function configuredSlugs(
  config: Pick<LoadedConfig, 'systems' | 'temporal'>,
  identifierKinds: Iterable<string>,
): ReadonlySet<string> {
  const words = [...config.systems.map((system) => system.id), prefixOf(config.temporal), ...identifierKinds];
  return new Set(words.filter((word) => word !== ''));
}
