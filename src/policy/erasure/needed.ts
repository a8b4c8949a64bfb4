/**
 * A record that others hang on (a customer, on which the documents hang that were issued to them) goes after the last of them: each is
 * decided by its own collection's basis and laws, and the longest wins. Nothing is cut out of the record for it: what else it says
 * of the person is a record of its own. Pure. Fails with `policy-answer-missing`, and with `erasure-undeclared` where nobody has declared
 * how what hangs on it is erased.
 */
import { HabeasError } from '../../errors.ts';
import type { CivilDate } from '../clock/index.ts';
import { type Answer, ask, type Ending } from './ask.ts';
import { notErased } from './not-erased.ts';
import type { DatedFacts, NeededFacts } from './record-facts.ts';
import type { Setting } from './setting.ts';
import type { RecordDecision } from './types.ts';

type Stays = Exclude<Answer, { outcome: 'erase' }>;

interface Need {
  readonly setting: Setting;
  readonly answer: Stays;
}

/** As what hangs on it is decided that stays longest; undefined where nothing does. */
export function keptByNeed(setting: Setting, facts: DatedFacts, ending: Ending): RecordDecision | undefined {
  const needs = facts.neededBy.flatMap((one): readonly Need[] => {
    const theirs = settingFor(setting, one);
    const answer = ask(theirs, one, ending);
    return answer.outcome === 'erase' ? [] : [{ setting: theirs, answer }];
  });
  const [first, ...others] = needs;
  if (first === undefined) return undefined;
  const last = others.reduce((longest, one) => (outlasts(one.answer, longest.answer) ? one : longest), first);
  return notErased(last.setting, facts, last.answer, ending);
}

function settingFor(setting: Setting, { collection: name }: NeededFacts): Setting {
  const collection = setting.context.system?.collections.find(({ collection: known }) => known === name);
  if (collection?.erase?.mode !== 'immediate') throw new HabeasError('erasure-undeclared', { where: name });
  return { ...setting, collection, traits: collection.erase, cuttable: [], references: [] };
}

/** What no date ends outlasts every date; of two that end together the one that a law keeps is named. */
function outlasts(one: Stays, other: Stays): boolean {
  const [a, b] = [untilOf(one), untilOf(other)];
  if (a === b) return one.outcome === 'keep' && other.outcome !== 'keep';
  return a === null || (b !== null && a > b);
}

const untilOf = (answer: Stays): CivilDate | null => (answer.outcome === 'not-reached' ? null : answer.until);
