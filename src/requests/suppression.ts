/**
 * The suppression list as front doors use it: is this address not to be written to, and which of a mailing system's
 * own are. Addresses are compared in memory; none is stored, logged or kept. Refuses with `identifier-unusable`.
 */
import type { Deps } from '../deps.ts';
import { HabeasError } from '../errors.ts';
import type { DecisionId } from '../ids.ts';
import { ledgerId } from '../ledger/migrate.ts';
import { consentsAmong, endSuppression, type Suppression, suppressedAmong } from '../ledger/suppressions.ts';
import { parseCivilDate } from '../policy/clock/index.ts';
import type { SuppressionPurpose } from '../policy/rights/grounds.ts';
import { isEmail } from './identifiers.ts';
import { authorise, type SignedBy } from './people.ts';
import { type DecisionDeps, insertDecision, prepareDecision, reasonGiven } from './record.ts';
import { civilToday } from './today.ts';

type SuppressionDeps = Pick<Deps, 'ledger' | 'keys'>;

/** Null: the list has nothing against writing to it. */
export async function checkSuppression(
  deps: SuppressionDeps,
  given: { readonly email: string; readonly purpose: SuppressionPurpose },
): Promise<Suppression | null> {
  const [found] = await suppressedAmong(deps.ledger.db, deps.keys, [addressIn(given.email)], given.purpose);
  return found ?? null;
}

/** The last day on which its holder consented anew after an entry; null where they never did. */
export async function consentedAnew(
  deps: SuppressionDeps,
  given: { readonly email: string; readonly purpose: SuppressionPurpose },
): Promise<string | null> {
  const [consents = []] = await consentsAmong(deps.ledger.db, deps.keys, [addressIn(given.email)], given.purpose);
  return (
    consents
      .map(({ on }) => on)
      .sort()
      .at(-1) ?? null
  );
}

export interface LiftedSuppression {
  readonly purpose: SuppressionPurpose;
  readonly consentedOn: string;
  readonly decisionId: DecisionId;
  /** What stood until now. */
  readonly ended: Suppression;
}

/**
 * Ends an entry because its holder has consented anew (Arts 4(11), 7): a signed decision with the day of the consent and where it
 * is shown. The address is in neither. Refuses with `suppression-none`, `suppression-consent`, `reason-needed`, `person-…`.
 */
export async function liftSuppression(
  deps: DecisionDeps,
  given: {
    readonly email: string;
    readonly purpose: SuppressionPurpose;
    readonly consented: string | undefined;
    readonly reason: string | undefined;
    readonly signedBy: SignedBy | undefined;
  },
): Promise<LiftedSuppression> {
  const { purpose, signedBy } = given;
  const person = authorise(deps.config.people, signedBy, 'consent');
  if (signedBy === undefined) throw new HabeasError('person-needed');
  const reason = reasonGiven(given.reason);
  const address = addressIn(given.email);
  const at = deps.now();
  if (given.consented === undefined) throw new HabeasError('suppression-consent', { where: '--consented' });
  const consentedOn = parseCivilDate(given.consented, '--consented');
  if (consentedOn > civilToday(at, deps.config.controller.timeZone))
    throw new HabeasError('suppression-consent', { where: '--consented' });
  // Before a key is made for the reason: nothing may come of it.
  const standing = await checkSuppression(deps, { email: address, purpose });
  if (standing === null) throw new HabeasError('suppression-none', { where: '--email' });
  const prepared = await prepareDecision(deps, {
    ...{ kind: 'consent', requestId: null, taskId: null, systemId: null, answer: 'consented', sealable: { reason } },
    // Outlives the case files of the requests that put the address there.
    keyId: await deps.keys.create('register'),
    details: { purpose, consented: consentedOn, request: standing.requestId },
    ...{ person, signedBy, at, ledger: await ledgerId(deps.ledger.db) },
  });
  const ended = await deps.ledger.db.transaction().execute(async (trx) => {
    await insertDecision(trx, prepared, null, 'applied');
    const end = { purpose, consentedOn, by: person.id, decisionId: prepared.id, at };
    return endSuppression(trx, deps.keys, address, end);
  });
  return { purpose, consentedOn, decisionId: prepared.id, ended };
}

function addressIn(text: string): string {
  const address = text.trim();
  if (!isEmail(address)) throw new HabeasError('identifier-unusable', { where: '--email' });
  return address;
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
