/**
 * Which data a request to erase reaches, by its declared legal basis, for one class of records in one situation. Pure.
 * Every decision names the ground of Art. 17(1) and any exception of Art. 17(3); what law keeps is kept under any basis, and
 * beside it only what a named person recorded. Refuses to plan where nobody has decided what a basis means, or an answer
 * is missing. Holds that people placed are not its business: they are in holds.ts and can only keep more.
 */
import type { PersonId } from '../ids.ts';
import type { CivilDate } from './clock/civil-date.ts';
import type { ErasureException, ErasureGround, RecordedException, RefusalGround } from './grounds.ts';
import type { LegalBasis } from './legal-bases.ts';
import {
  type FieldRole,
  keptBy,
  type MissingAnswer,
  periodClass,
  type Retention,
  type RetentionFacts,
  type RetentionPolicy,
  retentionOf,
  stillRunning,
} from './retention/index.ts';

/** What asks: a right of the person, or the closure of an account, which is no right but ends contracts. */
export const erasureTriggers = {
  erasure: 'The person asks for erasure (Art. 17).',
  objection: 'The person objects (Art. 21).',
  'consent-withdrawal': 'The person withdraws consent (Art. 7(3)).',
  'account-closure': 'The account was closed.',
  'customer-instruction':
    'The customer whose workspace it is instructs that it is erased (Art. 28(3)(g); Data Act Art. 25(2)(h)).',
} as const;
export type ErasureTrigger = keyof typeof erasureTriggers;

export interface EligibilityFacts {
  readonly retention: Omit<RetentionFacts, 'publishedPeriod'>;
  /** `howToEnd`: what the person can do, in a sentence they are told. */
  readonly contract: { readonly state: 'ended' } | { readonly state: 'runs'; readonly howToEnd: string };
  readonly consentWithdrawn: boolean;
  /** Bases declared beforehand for the same purpose. */
  readonly otherBases: readonly LegalBasis[];
  readonly objection:
    | { readonly state: 'none' | 'pending' | 'upheld' }
    | { readonly state: 'overridden'; readonly by: PersonId; readonly why: 'compelling-grounds' | 'legal-claims' };
  readonly unlawful: boolean;
  /** A law of the Union or a Member State demands erasure (17(1)(e)). */
  readonly lawDemandsErasure: boolean;
  /** Collected from a child in an online service, by consent (17(1)(f)). */
  readonly collectedFromChild: boolean;
  /** Recorded by a named person for these records, with a reason kept in the case file. */
  readonly exception: { readonly ground: RecordedException; readonly by: PersonId } | null;
}

/** Why it is not erased yet; the person is told what would change it. */
export const notYet = {
  'contract-runs': 'The contract runs; when it has ended this can be erased, and has to be asked for again.',
  'period-runs': 'The period that the company has published has not ended.',
  'account-open': 'The period that the company has published begins when the account is closed.',
  'consent-stands': 'The person’s consent stands; it may be withdrawn at any time.',
  'objection-pending': 'The objection is being decided; until then the data is restricted (Art. 18(1)(d)).',
} as const;

export type Eligibility =
  | {
      readonly outcome: 'erase';
      readonly ground: ErasureGround;
      readonly exception: null;
      /** For {@link RetentionFacts}: a right ended the published period before its time. */
      readonly publishedPeriod: 'runs' | 'set-aside';
    }
  | {
      readonly outcome: 'keep';
      /** The ground that would have been met, where one is. */
      readonly ground: ErasureGround | null;
      readonly exception: ErasureException | null;
      readonly refusal: RefusalGround;
      /** Last day; `null` where no date ends it. */
      readonly until: CivilDate | null;
      /** As plan and receipt say it; `null` where a person decided. */
      readonly keptBy: string | null;
      /** What the law needs; other fields follow their own basis. Empty where a person kept the whole record. */
      readonly fields: readonly FieldRole[];
      /** Whether a ground for those other fields is met: no contract, consent or published period of their own stands. */
      readonly restMayGo: boolean;
    }
  | {
      readonly outcome: 'not-yet';
      readonly why: keyof typeof notYet;
      readonly refusal: '17(1)';
      readonly until: CivilDate | null;
      readonly howToEnd: string | null;
      readonly restricted: boolean;
    }
  /** The right does not reach data held on this basis. */
  | { readonly outcome: 'not-reached'; readonly refusal: '17(1)' | '21(1)' }
  | { readonly outcome: 'refuse-to-plan'; readonly missing: readonly MissingAnswer[] };

export interface EligibilityInput {
  readonly legalBasis: LegalBasis;
  readonly facts: EligibilityFacts;
  readonly request: ErasureTrigger;
}

/** What becomes of records of one class on `asOf`. */
export function eligibility(input: EligibilityInput, rules: RetentionPolicy, asOf: CivilDate): Eligibility {
  const { legalBasis, facts } = input;
  const undecided = [legalBasis, ...facts.otherBases].find(
    (basis) => basis === 'vital-interests' || basis === 'public-task',
  );
  if (undecided !== undefined)
    return refuse([{ answer: 'legal-basis', where: `legalBasis ${undecided}: erasure is not configured for it` }]);
  const law = retentionOf({ ...facts.retention, publishedPeriod: 'set-aside' }, rules);
  if (law.state === 'unanswered') return refuse(law.missing);
  const wanted = atOnce(facts) ?? byInstruction(input) ?? byBasis(input, rules, asOf);
  if (wanted.outcome === 'not-reached') return wanted;
  const met = wanted.outcome === 'erase' ? wanted.ground : null;
  // What is held because a law demands it is needed for as long as the law does.
  const ground = legalBasis === 'legal-obligation' && met === '17(1)(a)' ? null : met;
  if (facts.exception !== null) return kept(ground, facts.exception.ground);
  return keptByLaw(law, ground, met !== null, asOf) ?? wanted;
}

/** Grounds that no basis stands against. */
function atOnce({ unlawful, lawDemandsErasure }: EligibilityFacts): Eligibility | undefined {
  if (unlawful) return erase('17(1)(d)', 'set-aside');
  return lawDemandsErasure ? erase('17(1)(e)', 'set-aside') : undefined;
}

/** What was held for a customer's contract is needed for nothing once the customer says so: no period of the company's own stands against it. */
function byInstruction({ request }: EligibilityInput): Eligibility | undefined {
  return request === 'customer-instruction' ? erase('17(1)(a)', 'set-aside') : undefined;
}

function byBasis(input: EligibilityInput, rules: RetentionPolicy, asOf: CivilDate): Eligibility {
  const { legalBasis, facts, request } = input;
  const whenNotNeeded = (): Eligibility => notNeeded(input, rules, asOf);
  switch (legalBasis) {
    case 'consent': {
      if (request === 'objection') return { outcome: 'not-reached', refusal: '21(1)' };
      // Who asks for erasure of what they consented to withdraws that consent: withdrawing is as easy as giving (Art. 7(3)).
      const isWithdrawn = facts.consentWithdrawn || request === 'erasure' || request === 'consent-withdrawal';
      if (!isWithdrawn) return waits('consent-stands');
      const others = facts.otherBases.map((basis) =>
        byBasis({ ...input, legalBasis: basis, facts: { ...facts, otherBases: [] } }, rules, asOf),
      );
      const standing = others.find(({ outcome }) => outcome !== 'erase');
      return standing ?? erase(facts.collectedFromChild ? '17(1)(f)' : '17(1)(b)', 'set-aside');
    }
    case 'contract':
      if (request === 'objection') return { outcome: 'not-reached', refusal: '21(1)' };
      if (request === 'consent-withdrawal') return { outcome: 'not-reached', refusal: '17(1)' };
      if (facts.contract.state === 'runs') return waits('contract-runs', null, facts.contract.howToEnd);
      return whenNotNeeded();
    case 'legal-obligation':
      if (request === 'objection') return { outcome: 'not-reached', refusal: '21(1)' };
      if (request === 'consent-withdrawal') return { outcome: 'not-reached', refusal: '17(1)' };
      return whenNotNeeded();
    case 'legitimate-interests-marketing':
      if (request === 'erasure' || request === 'objection') return erase('17(1)(c)', 'set-aside');
      return request === 'consent-withdrawal' ? { outcome: 'not-reached', refusal: '17(1)' } : whenNotNeeded();
    case 'legitimate-interests':
      return byInterests(facts, request, whenNotNeeded);
    case 'vital-interests':
    case 'public-task':
      return refuse([{ answer: 'legal-basis', where: `legalBasis ${legalBasis}: erasure is not configured for it` }]);
    default:
      return legalBasis satisfies never;
  }
}

function byInterests(facts: EligibilityFacts, request: ErasureTrigger, whenNotNeeded: () => Eligibility): Eligibility {
  switch (facts.objection.state) {
    case 'upheld':
      return erase('17(1)(c)', 'set-aside');
    case 'pending':
      return { ...waits('objection-pending'), restricted: true };
    case 'overridden': {
      const claims = facts.objection.why === 'legal-claims';
      return { ...kept(null, claims ? '17(3)(e)' : null), refusal: claims ? '17(3)(e)' : '21(1)' };
    }
    case 'none':
      // An objection that nobody has recorded yet is pending, not absent.
      if (request === 'objection') return { ...waits('objection-pending'), restricted: true };
      return request === 'consent-withdrawal' ? { outcome: 'not-reached', refusal: '17(1)' } : whenNotNeeded();
    default:
      return facts.objection satisfies never;
  }
}

/**
 * No longer needed once the company's own published period has ended, or the request itself ends it because the company
 * published that nothing needs the data once the person leaves (17(1)(a)). Which of the two is asked for, never guessed.
 */
function notNeeded({ facts, request }: EligibilityInput, rules: RetentionPolicy, asOf: CivilDate): Eligibility {
  const periods = rules.published.filter(({ recordClass }) => recordClass === periodClass(facts.retention));
  // Who has a contract that runs does not leave: nothing ends with their request.
  const leaves = request === 'erasure' && facts.contract.state === 'ended';
  const endsNow = leaves && periods.length > 0 && periods.every(({ onErasure }) => onErasure === 'ends');
  const publishedPeriod = endsNow ? 'set-aside' : 'runs';
  const retention = retentionOf({ ...facts.retention, publishedPeriod }, rules);
  if (retention.state === 'unanswered') return refuse(retention.missing);
  const own = retention.state === 'held' ? retention.holds.filter(({ by }) => by === 'published-period') : [];
  const running = stillRunning(own, asOf);
  const open = leaves && periods.some(({ onErasure }) => onErasure === undefined);
  if (running.length > 0 && open)
    return refuse([
      { answer: 'on-erasure', where: `policy.retention.periods.${periodClass(facts.retention)}.onErasure` },
    ]);
  if (running.some(({ end }) => end === null)) return waits('account-open');
  const until = running.map(({ end }) => end).reduce((a, b) => (a !== null && b !== null && a > b ? a : b), null);
  return until === null ? erase('17(1)(a)', publishedPeriod) : waits('period-runs', until);
}

/** What law keeps on that day (17(3)(b)): only what a running rule needs, and until the last of them ends. */
function keptByLaw(
  law: Retention,
  ground: ErasureGround | null,
  restMayGo: boolean,
  asOf: CivilDate,
): Eligibility | undefined {
  if (law.state !== 'held') return undefined;
  const running = stillRunning(law.holds, asOf);
  if (running.length === 0) return undefined;
  const fields = [...new Set(running.flatMap((hold) => hold.fields))];
  return { ...kept(ground, '17(3)(b)'), until: law.until, keptBy: keptBy(law, asOf) ?? null, fields, restMayGo };
}

const erase = (ground: ErasureGround, publishedPeriod: 'runs' | 'set-aside') =>
  ({ outcome: 'erase', ground, exception: null, publishedPeriod }) as const;

function kept(
  ground: ErasureGround | null,
  exception: ErasureException | null,
): Extract<Eligibility, { outcome: 'keep' }> {
  const refusal = exception ?? '21(1)';
  return { outcome: 'keep', ground, exception, refusal, until: null, keptBy: null, fields: [], restMayGo: false };
}

const waits = (why: keyof typeof notYet, until: CivilDate | null = null, howToEnd: string | null = null) =>
  ({ outcome: 'not-yet', why, refusal: '17(1)', until, howToEnd, restricted: false }) as const;

const refuse = (missing: readonly MissingAnswer[]) => ({ outcome: 'refuse-to-plan', missing }) as const;
