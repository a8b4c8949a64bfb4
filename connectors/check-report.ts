/** What `check` found out, place by place, as its report: each finding once, and what stands above them. Pure. */
import type { HabeasError } from '../src/errors.ts';
import type { CheckReport } from './contract.ts';

type Finding = CheckReport['findings'][number];

/** What looking at one place ended with; undefined: nothing stands against it. */
export interface Looked {
  readonly where: string;
  readonly error: HabeasError | undefined;
}

/** A system that nothing says is out of reach is reached; one that is, and refuses no credentials, takes them. */
export function reportOf(findings: readonly Finding[]): Pick<CheckReport, 'ok' | 'findings'> {
  const without = (what: Finding['what']) => !findings.some((finding) => finding.what === what && !finding.ok);
  const isReached = without('reachable');
  return {
    ok: findings.every(({ ok }) => ok),
    findings: [
      ...(isReached ? [{ what: 'reachable', ok: true } as const] : []),
      ...(isReached && without('credentials') ? [{ what: 'credentials', ok: true } as const] : []),
      ...findings,
    ],
  };
}

/** Of a vendor whose every place was asked. */
export function reportOfPlaces(looked: readonly Looked[]): Pick<CheckReport, 'ok' | 'findings'> {
  return reportOf([...new Map(looked.map((one) => [JSON.stringify(findingOf(one)), findingOf(one)])).values()]);
}

function findingOf({ where, error }: Looked): Finding {
  if (error === undefined) return { what: 'permission', ok: true, where };
  const { code } = error;
  return { what: whatOf(code), ok: false, code, where: error.where ?? where };
}

/** What a failure of looking says something of. */
export function whatOf(code: HabeasError['code']): Finding['what'] {
  if (code === 'system-permission') return 'permission';
  if (code === 'system-credentials') return 'credentials';
  if (code === 'system-schema-drift') return 'schema';
  return 'reachable';
}
