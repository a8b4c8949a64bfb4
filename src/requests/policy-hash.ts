/**
 * The hash of everything that policy decides an erasure by, beside the records themselves: rules of law in force, published
 * periods, financial years, chargeback windows, and what the data maps say of each collection. A plan keeps it; where it
 * differs before the point of no return, the plan is made anew. No personal data.
 */
import type { CollectionDescription } from '../../connectors/contract.ts';
import type { LoadedConfig } from '../config/load.ts';
import { retentionPolicy, rulesInForce } from '../policy/retention/index.ts';
import { canonicalJson, type JsonValue, sha256Hex } from '../security/canonical.ts';

export interface PolicySettings {
  readonly controller: Pick<LoadedConfig['controller'], 'country' | 'financialYears' | 'timeZone'>;
  readonly policy: Pick<LoadedConfig['policy'], 'retention' | 'chargebackDays'>;
}

export interface MappedSystem {
  readonly id: string;
  readonly collections: readonly CollectionDescription[];
}

/** SHA-256, lower-case hex. The order of systems, collections, periods and years makes no difference. */
export function policySha256({ controller, policy }: PolicySettings, systems: readonly MappedSystem[]): string {
  const { country, financialYears, timeZone } = controller;
  const { taxRegistrations, periods } = policy.retention;
  const rules = rulesInForce(retentionPolicy({ country, financialYears, ...policy.retention }));
  const collections = systems.flatMap(({ id: system, collections: all }) =>
    all.map(({ collection, owner, role, recordClass, legalBasis, erase }) => ({
      ...{ system, collection, owner, role, recordClass, legalBasis, erase },
    })),
  );
  return sha256Hex(
    canonicalJson([
      'habeas erasure policy v1',
      { country, timeZone },
      ...[taxRegistrations, rules, periods, financialYears, collections].map(unordered),
      json(policy.chargebackDays),
    ]),
  );
}

const unordered = (list: readonly unknown[]): readonly string[] => list.map((one) => canonicalJson(json(one))).sort();

/** What JSON says of it: members that are undefined are no members. */
function json(value: unknown): JsonValue {
  const plain: JsonValue = JSON.parse(JSON.stringify(value));
  return plain;
}
