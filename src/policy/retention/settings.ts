/**
 * From `habeas.yaml` to a retention policy. The country is the controller's establishment; the seller's place and tax
 * registrations decide, not the customer's. Fails with `policy-country-unsupported`, `clock-country-unknown` and
 * `policy-financial-year-invalid`; never falls back to another country.
 */
import { HabeasError } from '../../errors.ts';
import { type FinancialYears, financialYears } from './financial-years.ts';
import { retentionRules } from './laws/index.ts';
import type { RetentionPolicy } from './retention-of.ts';
import { type Jurisdiction, jurisdictions, type PublishedPeriod } from './rule.ts';

/** The part of the configuration that retention reads. */
export interface RetentionSettings {
  readonly country: string;
  readonly taxRegistrations?: readonly string[];
  readonly financialYears: FinancialYears | readonly { readonly from: string; readonly to: string }[];
  readonly switchOn?: readonly string[];
  readonly periods?: readonly PublishedPeriod[];
  readonly systemOfRecord?: Readonly<Record<string, string>> | undefined;
}

export function retentionPolicy(settings: RetentionSettings): RetentionPolicy {
  const years = settings.financialYears;
  return {
    country: jurisdictionOf(settings.country),
    taxRegistrations: (settings.taxRegistrations ?? []).map((country) => jurisdictionOf(country)),
    financialYears: 'containing' in years ? years : financialYears(years),
    rules: retentionRules,
    switchedOn: new Set(settings.switchOn),
    published: settings.periods ?? [],
    systemOfRecord: settings.systemOfRecord ?? {},
  };
}

/** Reads `CC` or `CC-REGION` in either case; `UK` is the United Kingdom. Retention does not differ by region. */
export function jurisdictionOf(country: string): Jurisdiction {
  const code = /^([A-Z]{2})(?:-[A-Z0-9]{1,3})?$/.exec(country.toUpperCase())?.[1];
  if (code === undefined) throw new HabeasError('clock-country-unknown', { where: 'country' });
  const known = code === 'UK' ? 'GB' : code;
  if (isJurisdiction(known)) return known;
  const list = Object.keys(jurisdictions).join(', ');
  throw new HabeasError('policy-country-unsupported', { where: `country: rules exist for ${list}` });
}

function isJurisdiction(code: string): code is Jurisdiction {
  return Object.hasOwn(jurisdictions, code);
}
