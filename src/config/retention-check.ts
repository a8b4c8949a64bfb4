/**
 * What a company may say about retention: switch on rules of confidence M that exist, and nothing else by that name. Pure.
 * Part of cross-checks.ts.
 */
import { retentionRules } from '../policy/retention/index.ts';
import type { Look, Say } from './look.ts';

export function retention(look: Look, say: Say): void {
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
