/**
 * What portability needs before it may be asked for: not together with access in one request (each reads every system under a
 * policy of its own and is answered with a package of its own), and of every collection held by consent or contract where its
 * data comes from. Everything that is missing is named at once. Refuses with `rights-apart`, `policy-answer-missing`.
 */
import type { Deps } from '../deps.ts';
import { HabeasError } from '../errors.ts';
import { isPackageRight } from '../ledger/package-rights.ts';
import type { Right } from '../ledger/states.ts';
import { missingForPortability } from '../policy/portability.ts';

export function requirePortability({ systems, config }: Pick<Deps, 'systems' | 'config'>, rights: readonly Right[]) {
  if (!rights.includes('portability')) return;
  if (rights.filter(isPackageRight).length > 1) throw new HabeasError('rights-apart', { where: 'access, portability' });
  const missing = config.systems.flatMap(({ id }) =>
    missingForPortability(systems.get(id)?.collections ?? []).map((place) => `${id}: ${place}`),
  );
  if (missing.length > 0) throw new HabeasError('policy-answer-missing', { where: missing.join('; ') });
}
