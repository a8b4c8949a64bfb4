/**
 * When and why the first month may be extended (GDPR Art. 12(3)): the grounds are a closed list, and the person must have
 * been informed within the month, so the notice leaves before the first due date. Pure; fails with
 * `clock-extension-ground`, `clock-extension-late`, `clock-extension-repeated`.
 */
import { HabeasError } from '../../errors.ts';
import { addDays, type CivilDate, parseCivilDate } from './civil-date.ts';
import { type RequestFacts, requestDates } from './request-clock.ts';
import { euRuleSet } from './rule-sets.ts';

/** The closed list, each with its sentence. System failure, staff absence and vendor delay are not on it. */
export const extensionGrounds = euRuleSet.extension.grounds;
export type ExtensionGround = keyof typeof extensionGrounds;

/** Narrows an operator's word to a ground; anything else is refused with `clock-extension-ground`. */
export function parseExtensionGround(text: string): ExtensionGround {
  if (text === 'complexity' || text === 'number') return text;
  throw new HabeasError('clock-extension-ground', { where: 'ground' });
}

export interface ExtensionOffer {
  /** Last day on which the notice may leave: the day before the first due date. */
  readonly noticeBy: CivilDate;
  readonly extendedDue: CivilDate;
  readonly extendedWorkTo: CivilDate;
}

/** What an extension would give, asked on `facts.asOf`; refused from the first due date on, and a second time. */
export function mayExtend(facts: RequestFacts): ExtensionOffer {
  if (facts.extension !== undefined && facts.extension !== null) throw new HabeasError('clock-extension-repeated');
  const asOf = parseCivilDate(facts.asOf, 'asOf');
  const dates = requestDates(facts);
  if (asOf >= dates.due) throw new HabeasError('clock-extension-late', { where: 'asOf' });
  return {
    noticeBy: addDays(dates.due, -1),
    extendedDue: dates.extendedDue,
    extendedWorkTo: dates.extendedWorkTo,
  };
}
