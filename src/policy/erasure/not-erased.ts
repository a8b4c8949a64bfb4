/**
 * What is not erased: kept by a law and cut down to what the law needs, or refused with what would end the refusal. In
 * both, nothing is left that points to a row of the person that goes. Pure.
 */
import type { CivilDate } from '../clock/index.ts';
import { notYet } from '../eligibility.ts';
import { type FieldRole, fieldFate, periodClass } from '../retention/index.ts';
import { type Answer, type Ending, howToEnd, isCopy, moneyOn } from './ask.ts';
import { type Refused, refused, retained } from './decisions.ts';
import type { DatedFacts } from './record-facts.ts';
import { dangling, roleOf, type Setting, successorsOf } from './setting.ts';
import type { RecordDecision } from './types.ts';

/** Any answer but `erase`. */
export function notErased(
  setting: Setting,
  facts: DatedFacts,
  answer: Exclude<Answer, { outcome: 'erase' }>,
  ending: Ending,
): RecordDecision {
  switch (answer.outcome) {
    case 'keep': {
      const { ground, exception, refusal, until, keptBy } = answer;
      if (exception !== '17(3)(b)')
        return refusedWith(setting, facts, { reason: 'exception', ground, exception, refusal, until, keptBy });
      // While the contract goes on, it needs what stands beside the document.
      const mayCut = answer.restMayGo && ending !== 'nothing';
      const cut = cutOf(setting, facts, answer.fields, mayCut);
      return retained(answer, cut, successorsOf(setting, cut, facts.workspaceClosed));
    }
    case 'not-yet': {
      const { why: reason, refusal, until } = answer;
      return refusedWith(setting, facts, { reason, refusal, until, keptBy: ends(setting, answer) });
    }
    case 'not-reached':
      return refusedWith(setting, facts, { reason: 'not-reached', refusal: answer.refusal });
    default:
      return answer satisfies never;
  }
}

/** The contract with the person runs. */
export const contractRuns = (setting: Setting, facts: DatedFacts): RecordDecision =>
  refusedWith(setting, facts, { reason: 'contract-runs', refusal: '17(1)', keptBy: howToEnd });

/** Money is open on it: a claim of either side still rests on the record. */
export const moneyWaits = (setting: Setting, facts: DatedFacts, until: CivilDate | null): RecordDecision =>
  refusedWith(setting, facts, {
    ...{ reason: 'money-open', refusal: '17(1)', until },
    keptBy:
      until === null
        ? 'Money is still open on it. When it is settled it can be erased, and has to be asked for again.'
        : `Until ${until} it can still be charged back; then it is erased.`,
  });

/** Nothing of it is erased; only what points to the person's own row goes where that row goes. */
function refusedWith(setting: Setting, facts: DatedFacts, why: Refused): RecordDecision {
  const fields = dangling(setting);
  const decision = refused(why);
  if (fields.length === 0) return decision;
  return { ...decision, action: 'detach', fields, successor: successorsOf(setting, fields, facts.workspaceClosed) };
}

/**
 * What goes of a record that a law keeps: never what a running rule needs, nor what waits for money. An issued document is
 * never edited, so a field goes only where the data map says that it is none of it.
 */
function cutOf(setting: Setting, facts: DatedFacts, kept: readonly FieldRole[], mayCut: boolean): readonly string[] {
  const must = dangling(setting);
  const beside = mayCut
    ? setting.cuttable.filter((field) => !must.includes(field) && !kept.includes(roleOf(setting, field)))
    : [];
  const moneyOpen = beside.length > 0 && moneyOn(setting, facts).open;
  const goes = beside.filter((field) => fieldFate(roleOf(setting, field), kept, moneyOpen) === 'own-basis');
  return setting.cuttable.filter((field) => must.includes(field) || goes.includes(field));
}

/** How a `not yet` ends. */
function ends(setting: Setting, answer: Extract<Answer, { outcome: 'not-yet' }>): string {
  if (answer.howToEnd !== null) return answer.howToEnd;
  if (answer.until === null) return notYet[answer.why];
  const published = periodClass({ recordClass: setting.collection.recordClass, isCopy: isCopy(setting) });
  const period = setting.context.retention.published.find(({ recordClass }) => recordClass === published);
  return `${period?.source ?? 'Published policy'}: until ${answer.until}; then it is erased`;
}
