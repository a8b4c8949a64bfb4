/**
 * Which right of a request is answered with a package: access or portability, of which it has one at most. The same question as
 * src/ledger/package-rights.ts answers for the ledger, asked of ids and words only. Pure.
 */
import type { PackageRight } from '../src/ledger/package-rights.ts';
import type { Right } from '../src/ledger/states.ts';

export function packageRightIn(rights: readonly Right[]): PackageRight | undefined {
  return rights.find((right): right is PackageRight => right === 'access' || right === 'portability');
}
