/**
 * The dates of a customer's instruction: end of notice, end of the moving, and the first day on which anything may be erased.
 * What was agreed is taken, within what the law allows; where nothing was agreed, no notice is asked for and the moving may
 * take its longest. Pure. Refuses with `instruction-dates`, naming the flag.
 */
import { HabeasError } from '../../errors.ts';
import { addDays, addMonths, type CivilDate, later, parseCivilDate } from '../clock/civil-date.ts';
import { windowEnd } from '../open-access.ts';
import { switchingRules } from './rules.ts';

export interface AgreedDates {
  /** Last day of the notice; the day of receipt unless given. */
  readonly noticeEnds?: string | undefined;
  /** Last day of the moving; thirty days after the notice unless given. */
  readonly transitionEnds?: string | undefined;
  /** Whole days in which the export can be retrieved; the law's least unless given. */
  readonly retrievalDays?: number | undefined;
}

export interface InstructionDates {
  readonly noticeEnds: CivilDate;
  /** The export is delivered by then. */
  readonly transitionEnds: CivilDate;
  readonly retrievalDays: number;
}

const mostRetrievalDays = 3650;

export function instructionDates(received: CivilDate, agreed: AgreedDates): InstructionDates {
  const { notice, transition, retrieval } = switchingRules;
  const day = (text: string | undefined, flag: string, otherwise: CivilDate): CivilDate =>
    text === undefined ? otherwise : parseCivilDate(text, flag);
  const noticeEnds = day(agreed.noticeEnds, '--notice-ends', received);
  if (noticeEnds < received || noticeEnds > addMonths(received, notice.months))
    throw new HabeasError('instruction-dates', { where: '--notice-ends' });
  const latest = addDays(noticeEnds, transition.days);
  const transitionEnds = day(agreed.transitionEnds, '--transition-ends', latest);
  if (transitionEnds < noticeEnds || transitionEnds > latest)
    throw new HabeasError('instruction-dates', { where: '--transition-ends' });
  const retrievalDays = agreed.retrievalDays ?? retrieval.days;
  const isWhole = Number.isInteger(retrievalDays) && retrievalDays <= mostRetrievalDays;
  if (!isWhole || retrievalDays < retrieval.days)
    throw new HabeasError('instruction-dates', { where: '--retrieval-days' });
  return { noticeEnds, transitionEnds, retrievalDays };
}

/**
 * The first day on which may be erased. The window runs from the end of the moving; where the export reached the customer later,
 * from then, because nobody can retrieve what is not there.
 */
export function erasableFrom(
  { transitionEnds, retrievalDays }: Pick<InstructionDates, 'transitionEnds' | 'retrievalDays'>,
  delivered: CivilDate,
): CivilDate {
  return windowEnd(later(transitionEnds, delivered), retrievalDays);
}
