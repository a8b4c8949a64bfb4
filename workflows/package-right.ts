/**
 * Which right of a request is answered with a package: access, portability or the export of a workspace, of which it has one at most; and whether it gives
 * or erases at all. The same questions as src/ledger/package-rights.ts and states.ts answer for the ledger, asked of words only. Pure.
 */
import type { PackageRight } from '../src/ledger/package-rights.ts';
import type { Right } from '../src/ledger/states.ts';

const packageRights: readonly Right[] = ['access', 'portability', 'workspace-export'];

export function packageRightIn(rights: readonly Right[]): PackageRight | undefined {
  return rights.find((right): right is PackageRight => packageRights.includes(right));
}

/** Rights that act come one by one: such a request neither gives nor erases, whatever its lanes remember. */
export function isActing(rights: readonly Right[]): boolean {
  return rights.length > 0 && packageRightIn(rights) === undefined && !rights.includes('erasure');
}
