/**
 * What is answered with a package of content: access (Art. 15), portability (Art. 20), the export of a workspace on instruction. Their readings are pass 0 of a
 * request, which has one of them at most: two in one would read every system twice and give one package that is an answer
 * to neither. Says which one a request has; knows nothing of what it reaches (src/policy/access.ts, portability.ts). Pure but
 * for the one look-up.
 */
import type { RequestId } from '../ids.ts';
import type { LedgerReader } from './open.ts';
import type { Right } from './states.ts';

export const packageRights = ['access', 'portability', 'workspace-export'] as const satisfies readonly Right[];
export type PackageRight = (typeof packageRights)[number];
/** Those of a person: an open one holds that person's erasure. A customer's export of a workspace holds nobody's. */
export const packageRightsOfPersons = ['access', 'portability'] as const satisfies readonly PackageRight[];

export function isPackageRight(right: Right): right is PackageRight {
  return packageRights.some((one) => one === right);
}

/** The one that a request with these rights is answered by; undefined where it has none. */
export function packageRightIn(rights: readonly Right[]): PackageRight | undefined {
  return rights.find(isPackageRight);
}

/** Of a request as the ledger has it. */
export async function packageRightOf(db: LedgerReader, requestId: RequestId): Promise<PackageRight | undefined> {
  const rows = await db.selectFrom('request_rights').select('right').where('request_id', '=', requestId).execute();
  return packageRightIn(rows.map(({ right }) => right));
}
