/**
 * What a company may say about retention: switch on rules of confidence M that exist, and name countries that have rules.
 * Pure. Part of cross-checks.ts.
 */
import { catalogue } from '../errors.ts';
import { jurisdictions, retentionRules } from '../policy/retention/index.ts';
import type { Look, Say } from './look.ts';

export function retention(look: Look, say: Say): void {
  const countries = Object.keys(jurisdictions);
  for (const pointer of look.entries('/policy/retention/taxRegistrations')) {
    const country = look.text(pointer);
    if (country === undefined || !/^[A-Z]{2}$/.test(country) || countries.includes(country)) continue;
    say(pointer, catalogue['policy-country-unsupported'].what, `Countries with rules: ${countries.join(', ')}.`);
  }
  const off = retentionRules.filter(({ confidence }) => confidence === 'M').map(({ id }) => id);
  for (const pointer of look.entries('/policy/retention/switchOn')) {
    const id = look.text(pointer);
    if (id === undefined || off.includes(id)) continue;
    const known = retentionRules.some((rule) => rule.id === id);
    say(
      pointer,
      known ? 'This retention rule is in force already.' : 'There is no retention rule of this id.',
      known ? 'Take it out.' : `Rules that can be switched on: ${off.join(', ')}; docs/retention.md lists every rule.`,
    );
  }
}
