/**
 * The suppression list as front doors use it: is this address not to be written to, and which of a mailing system's
 * own are. Addresses are compared in memory; none is stored, logged or kept. Refuses with `identifier-unusable`.
 */
import type { Deps } from '../deps.ts';
import { HabeasError } from '../errors.ts';
import { type Suppression, suppressedAmong } from '../ledger/suppressions.ts';
import type { SuppressionPurpose } from '../policy/rights/grounds.ts';
import { isEmail } from './identifiers.ts';

type SuppressionDeps = Pick<Deps, 'ledger' | 'keys'>;

/** Null: the list has nothing against writing to it. */
export async function checkSuppression(
  deps: SuppressionDeps,
  given: { readonly email: string; readonly purpose: SuppressionPurpose },
): Promise<Suppression | null> {
  const address = given.email.trim();
  if (!isEmail(address)) throw new HabeasError('identifier-unusable', { where: '--email' });
  const [found] = await suppressedAmong(deps.ledger.db, deps.keys, [address], given.purpose);
  return found ?? null;
}

const pageSize = 5_000;

/**
 * Of a mailing system's own addresses, those that are (or, `suppressed` false, are not) on the list, in their order. A line
 * that is no address is refused by its number: a list that was read wrongly must not look clean.
 */
export async function* sift(
  deps: SuppressionDeps,
  lines: Iterable<string> | AsyncIterable<string>,
  { purpose, suppressed }: { readonly purpose: SuppressionPurpose; readonly suppressed: boolean },
): AsyncGenerator<string> {
  let page: string[] = [];
  let no = 0;
  const flush = async (): Promise<readonly string[]> => {
    const found = await suppressedAmong(deps.ledger.db, deps.keys, page, purpose);
    const kept = page.filter((_, i) => (found[i] !== null) === suppressed);
    page = [];
    return kept;
  };
  for await (const line of lines) {
    no += 1;
    const address = line.trim();
    if (address === '') continue;
    if (!isEmail(address)) throw new HabeasError('identifier-unusable', { where: `--from: line ${no}` });
    page.push(address);
    if (page.length === pageSize) yield* await flush();
  }
  yield* await flush();
}
