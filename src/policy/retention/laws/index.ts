/** Every retention rule that ships, in the order in which laws are named, and the version that is stored with each date. */
import type { RetentionRule } from '../rule.ts';
import { countryProfiles } from './country-profiles.ts';
import { estonia } from './estonia.ts';
import { oneStopShop } from './one-stop-shop.ts';

/** Raised with any change of a rule. */
export const lawTables = { version: 1, asOf: '2026-11-23' } as const;

export const retentionRules: readonly RetentionRule[] = [...estonia, ...countryProfiles, ...oneStopShop];
