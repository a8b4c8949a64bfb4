/** What the company has answered, as every plan of erasure and every sweep takes it. Pure. */
import type { LoadedConfig } from '../config/load.ts';
import type { ErasureContext } from '../policy/erasure/index.ts';
import { retentionPolicy } from '../policy/retention/index.ts';

export type CompanyAnswers = Pick<ErasureContext, 'timeZone' | 'retention' | 'chargebackDays' | 'trigger'>;

export function companyAnswers({ controller, policy }: Pick<LoadedConfig, 'controller' | 'policy'>): CompanyAnswers {
  const { taxRegistrations, switchOn, periods, systemOfRecord } = policy.retention;
  const { country, financialYears, timeZone } = controller;
  return {
    timeZone,
    retention: retentionPolicy({ country, financialYears, taxRegistrations, switchOn, periods, systemOfRecord }),
    chargebackDays: policy.chargebackDays,
    trigger: 'erasure',
  };
}
