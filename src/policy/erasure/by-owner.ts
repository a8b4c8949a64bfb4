/**
 * What becomes of a record by whose it is. A record of the person, or of a business of theirs that ends, goes as a whole;
 * a record of somebody else's business goes on, and the person is taken out of it; a record of others that only names the
 * person keeps everything but the name. Nothing of a workspace that goes on is ever deleted. Pure.
 */
import { ask, contractStands, type Ending, moneyOn } from './ask.ts';
import { detached, erased, refused } from './decisions.ts';
import { keptByNeed } from './needed.ts';
import { contractRuns, moneyWaits, notErased } from './not-erased.ts';
import type { DatedFacts } from './record-facts.ts';
import { dangling, namingFields, type Setting, successorsOf } from './setting.ts';
import type { RecordDecision } from './types.ts';

/** The person's own record, or one of a business of their own that ends. */
export function wholeRecord(setting: Setting, facts: DatedFacts, ending: Ending): RecordDecision {
  if (contractStands(setting, ending)) return contractRuns(setting, facts);
  const answer = ask(setting, facts, ending);
  if (answer.outcome !== 'erase') return notErased(setting, facts, answer, ending);
  const needed = keptByNeed(setting, facts, ending);
  if (needed !== undefined) return needed;
  const money = moneyOn(setting, facts);
  return money.open ? moneyWaits(setting, facts, money.until) : erased(setting.traits, answer.ground);
}

/** A record of a workspace that its customer wants erased: as a business that ends, and for the customer's reason. */
export function instructedRecord(setting: Setting, facts: DatedFacts): RecordDecision {
  const decision = wholeRecord(setting, facts, 'business');
  return decision.reason === 'eligible' ? { ...decision, reason: 'instructed' } : decision;
}

/**
 * A record of a business of the person's own that goes on: what rests on its contract stays, and of the rest the person is
 * taken out. It is deleted only with the business, which is for the request to say.
 */
export function ongoingRecord(setting: Setting, facts: DatedFacts): RecordDecision {
  if (contractStands(setting, 'nothing')) return contractRuns(setting, facts);
  const answer = ask(setting, facts, 'nothing');
  if (answer.outcome !== 'erase') return notErased(setting, facts, answer, 'nothing');
  const money = moneyOn(setting, facts);
  if (money.open) return moneyWaits(setting, facts, money.until);
  const { cuttable } = setting;
  if (cuttable.length === 0) return contractRuns(setting, facts);
  return detached(cuttable, successorsOf(setting, cuttable, facts.workspaceClosed), answer.ground, 'eligible');
}

/** A record of somebody else's business in which some fields are the person's. */
export function sharedRecord(setting: Setting, facts: DatedFacts, ending: Ending): RecordDecision {
  const { cuttable, rowStays } = setting;
  if (cuttable.length === 0) return othersRecord;
  if (contractStands(setting, ending)) return contractRuns(setting, facts);
  const isClosed = facts.workspaceClosed;
  const answer = ask(setting, facts, ending);
  // Where nothing but references made it the person's, nothing of the person is left that a law or a period could keep.
  const must = dangling(setting);
  if (answer.outcome !== 'erase') {
    if (must.length < cuttable.length || rowStays !== undefined) return notErased(setting, facts, answer, ending);
    const ground = answer.outcome === 'keep' ? answer.ground : null;
    return detached(must, successorsOf(setting, must, isClosed), ground ?? '17(1)(a)', 'reference');
  }
  const money = moneyOn(setting, facts);
  if (money.open) return moneyWaits(setting, facts, money.until);
  return detached(cuttable, successorsOf(setting, cuttable, isClosed), answer.ground, 'eligible');
}

/** A record of others that names the person in a column: the name goes with the person's own row, and stays with it. */
export function namingRecord(setting: Setting): RecordDecision {
  const { rowStays, context } = setting;
  const fields = namingFields(setting);
  if (rowStays === undefined) return detached(fields, [], context.subjectRow[0]?.ground ?? '17(1)(a)', 'reference');
  const { reason, ground, exception, refusal, keptBy, until } = rowStays;
  return refused({ reason, ground, exception, refusal: refusal ?? '17(1)', keptBy, until });
}

/** A record of somebody else's business that says nothing of the person. */
export const othersRecord: RecordDecision = refused({ reason: 'not-the-persons-data', refusal: '17(1)' });
