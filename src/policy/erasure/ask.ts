/**
 * Asks the legal basis, the laws and the money about one record. What nobody has answered ends with
 * `policy-answer-missing`, naming every answer by the place in the data map or the configuration that takes it. Pure.
 */

import type { CivilDate } from '../clock/index.ts';
import { type Eligibility, type ErasureTrigger, eligibility } from '../eligibility.ts';
import { type LegalBasis, legalBases } from '../legal-bases.ts';
import {
  type ClockEvent,
  isCopyIn,
  type MissingAnswer,
  openMoney,
  type RetentionFacts,
  refuseToPlan,
} from '../retention/index.ts';
import type { DatedFacts } from './record-facts.ts';
import type { Setting } from './setting.ts';

/**
 * What ends with the erasure: the person's account, a business of the person's own as well, or nothing because the account
 * goes on with a business that does.
 */
export type Ending = 'account' | 'business' | 'nothing';

export type Answer = Exclude<Eligibility, { outcome: 'refuse-to-plan' }>;

/** What the person can do about a contract that runs. */
export const howToEnd = 'The contract runs. End it and ask again, or have the workspace closed with the erasure.';

/** Whether the contract with the person decides alone: while it runs, nothing held for it is erased, nor anything asked. */
export function contractStands({ collection, context }: Setting, ending: Ending): boolean {
  return ending === 'nothing' && collection.legalBasis === 'contract' && asks[context.trigger];
}
const asks: Readonly<Record<ErasureTrigger, boolean>> = {
  ...{ erasure: true, 'account-closure': true, objection: false, 'consent-withdrawal': false },
  'customer-instruction': true,
};

export function ask(
  setting: Pick<Setting, 'collection' | 'context' | 'traits'>,
  facts: Pick<DatedFacts, 'events' | 'supply'>,
  ending: Ending,
): Answer {
  const { collection, context, traits } = setting;
  const answer = eligibility(
    {
      legalBasis: basisOf(collection.legalBasis, collection.collection),
      request: context.trigger,
      facts: {
        retention: {
          ...{ recordClass: collection.recordClass, supply: facts.supply, isCopy: isCopy(setting) },
          events: eventsOf(facts, ending, context.endedOn ?? context.asOf),
        },
        contract: ending === 'nothing' ? { state: 'runs', howToEnd } : { state: 'ended' },
        otherBases: traits.otherBases.map((basis) => basisOf(basis, `${collection.collection}: erase.otherBases`)),
        ...{ consentWithdrawn: false, objection: { state: 'none' }, exception: null },
        ...{ unlawful: false, lawDemandsErasure: false, collectedFromChild: false },
      },
    },
    context.retention,
    context.asOf,
  );
  if (answer.outcome === 'refuse-to-plan')
    throw refuseToPlan(answer.missing.map((one) => inTheMap(one, collection.collection)));
  return answer;
}

/** Whether the collection's system has only copies of its class. */
export const isCopy = ({ collection, context }: Pick<Setting, 'collection' | 'context'>): boolean =>
  isCopyIn(context.system?.id, collection.recordClass, context.retention);

export interface Money {
  readonly open: boolean;
  /** The last day on which a charge may be taken back; `null` where nothing but being settled ends it. */
  readonly until: CivilDate | null;
}

/**
 * Whether money is still open on the record. Providers differ in how long a charge may be taken back, and a record does not
 * say whose charge it was: the longest window that is configured counts, from the day it was settled.
 */
export function moneyOn({ collection, context }: Setting, facts: DatedFacts): Money {
  const where = `${collection.collection}: retention.money`;
  if (facts.money === undefined) {
    if (!moneyClasses.has(collection.recordClass)) return { open: false, until: null };
    throw refuseToPlan([{ answer: 'money', where }]);
  }
  if (facts.money === 'open') return { open: true, until: null };
  const providers = Object.keys(context.chargebackDays);
  if (providers.length === 0) return { open: false, until: null };
  const chargedOn = facts.settledOn;
  if (chargedOn === undefined)
    throw refuseToPlan([
      { answer: 'money', where: `${where} (the day on which it was settled; policy.chargebackDays)` },
    ]);
  const charges = providers.map((provider) => ({ provider, chargedOn }));
  const settled = { balanceOpen: false, refundOpen: false, disputeOpen: false, charges };
  const { open, chargebackUntil } = openMoney(settled, context.chargebackDays, context.asOf);
  return { open: open.length > 0, until: chargebackUntil };
}

/** Classes of which nothing goes before it is known that no money is open. */
const moneyClasses: ReadonlySet<string> = new Set([
  ...['invoice', 'payment', 'billing-contact', 'payment-method', 'billing-correspondence'],
]);

/** What ends today has ended today, unless the record knows its day; what goes on has not ended. */
function eventsOf({ events }: Pick<DatedFacts, 'events'>, ending: Ending, today: CivilDate): RetentionFacts['events'] {
  if (ending === 'nothing') return { closure: 'not-yet', ...events };
  const ended = (clock: ClockEvent): CivilDate => {
    const on = events[clock];
    return on === undefined || on === 'not-yet' ? today : on;
  };
  const closed = { ...events, closure: ended('closure') };
  return ending === 'business' ? { ...closed, 'term-expiry': ended('term-expiry') } : closed;
}

function basisOf(text: string, where: string): LegalBasis {
  if (isBasis(text)) return text;
  throw refuseToPlan([{ answer: 'legal-basis', where: `${where}: a legal basis that is none of Art. 6(1)` }]);
}

function isBasis(text: string): text is LegalBasis {
  return Object.hasOwn(legalBases, text);
}

/** Flags of a command mean nothing to a plan: the place in the data map is named instead. */
function inTheMap(missing: MissingAnswer, collection: string): MissingAnswer {
  const { answer, clock } = missing;
  if (clock === 'creation') return { answer, where: `${collection}: createdAt` };
  if (clock !== undefined) return { answer, where: `${collection}: retention.events.${clock}` };
  return answer === 'supply' ? { answer, where: `${collection}: retention.supply` } : missing;
}
