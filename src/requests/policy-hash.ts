/**
 * The hash of everything that policy decides an erasure by, beside the records themselves: rules of law in force, published
 * periods, financial years, chargeback windows, systems of record, and what the data maps say of each collection. A plan keeps it; where it
 * differs before the point of no return, the plan is made anew, and where it differs from an entry's of the register, its day is
 * computed anew. No personal data. Fails with `system-not-configured`.
 */
import type { CollectionDescription } from '../../connectors/contract.ts';
import type { LoadedConfig } from '../config/load.ts';
import type { Deps } from '../deps.ts';
import { HabeasError } from '../errors.ts';
import type { SystemId } from '../ids.ts';
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
  const { taxRegistrations, periods, systemOfRecord } = policy.retention;
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
      json(systemOfRecord ?? {}),
    ]),
  );
}

/**
 * Names what a system's records are decided and changed by: the company's answers, the laws, what the data map declares. A plan
 * that was approved under another name is not carried out.
 */
export function roundPolicySha256({ config, systems }: Pick<Deps, 'config' | 'systems'>, systemId: SystemId): string {
  const collections = systems.get(systemId)?.collections;
  const configured = config.systems.find(({ id }) => id === systemId);
  if (collections === undefined || configured === undefined)
    throw new HabeasError('system-not-configured', { where: systemId });
  // Policy sees traits; the connector goes by the whole map.
  const map = sha256Hex(JSON.stringify(configured.dataMap ?? null));
  return sha256Hex(`habeas round policy v1\n${policySha256(config, [{ id: systemId, collections }])}\n${map}`);
}

const unordered = (list: readonly unknown[]): readonly string[] => list.map((one) => canonicalJson(json(one))).sort();

/** What JSON says of it: members that are undefined are no members. */
function json(value: unknown): JsonValue {
  const plain: JsonValue = JSON.parse(JSON.stringify(value));
  return plain;
}
