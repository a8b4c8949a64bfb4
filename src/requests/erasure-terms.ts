/**
 * What an erasure needs before it may be asked for: the answers that every plan needs and that have no default, all named at
 * once, so that nobody waits a month to learn of them one by one; and the workspaces that are closed with it. Pure. Refuses
 * with `policy-answer-missing`, `policy-country-unsupported`, `usage`.
 */
import type { LoadedConfig } from '../config/load.ts';
import { HabeasError } from '../errors.ts';
import { packageRightIn } from '../ledger/package-rights.ts';
import type { Right } from '../ledger/states.ts';
import { jurisdictionOf } from '../policy/retention/settings.ts';

/** Every answer that is missing, in one refusal. What single records need besides, their plan asks for. */
export function requireAnswers(
  config: { readonly controller: Pick<LoadedConfig['controller'], 'country' | 'financialYears'> } & {
    readonly policy: Pick<LoadedConfig['policy'], 'blastRadius' | 'downloadDays'>;
    readonly backups: LoadedConfig['backups'];
  },
  rights: readonly Right[],
): void {
  if (!rights.includes('erasure')) return;
  jurisdictionOf(config.controller.country);
  const missing = [
    ...(config.policy.blastRadius === undefined ? ['policy.blastRadius'] : []),
    ...(packageRightIn(rights) !== undefined && config.policy.downloadDays === undefined
      ? ['policy.downloadDays']
      : []),
    ...(config.controller.financialYears.length === 0 ? ['controller.financialYears'] : []),
    // What is erased lives on in copies: the person is told until when, and a restore must not bring it back.
    ...(config.backups === undefined ? ['backups'] : []),
  ];
  if (missing.length > 0) throw new HabeasError('policy-answer-missing', { where: missing.join('; ') });
}

const mostWorkspaces = 20;
const longestKey = 200;

/** The workspaces' keys as given, each once. Personal data. */
export function closingGiven(rights: readonly Right[], given: readonly string[] | undefined): readonly string[] {
  const keys = [...new Set((given ?? []).map((key) => key.normalize('NFC').trim()))];
  if (keys.length === 0) return [];
  if (!rights.includes('erasure')) throw new HabeasError('usage', { where: '--close-workspace: only with erasure' });
  if (keys.length > mostWorkspaces || keys.some((key) => key === '' || key.length > longestKey))
    throw new HabeasError('usage', { where: '--close-workspace' });
  return keys;
}
