/**
 * On which grounds a person who erases by hand may say that records of a class are kept: retained under a rule of law that
 * is in force for the class (a legal duty is never asserted that no law table has), or refused on a ground of the closed
 * list. A technical difficulty is neither. Nothing is kept under a rule for longer than the rule can keep what is there today. Pure;
 * fails with `kept-ground`, naming what may stand there, and `policy-answer-missing` for a financial year that nobody has named.
 */
import { HabeasError } from '../errors.ts';
import type { Disposition, DispositionReason } from '../ledger/states.ts';
import { type CivilDate, parseCivilDate } from './clock/index.ts';
import { type ErasureException, erasureExceptions, type RefusalGround, refusalGrounds } from './grounds.ts';
import { runClock } from './retention/clocks.ts';
import { citation, isCopyIn, type RetentionPolicy, type RetentionRule, rulesInForce } from './retention/index.ts';

/** Why records of one collection are kept: a row of `decisions`. No personal data. */
export interface KeptByHand {
  readonly disposition: Extract<Disposition, 'retained' | 'refused'>;
  /** As it was given: the id of a rule, or a ground of the law. */
  readonly ground: string;
  readonly reason: DispositionReason;
  readonly exception: ErasureException | null;
  readonly refusal: RefusalGround | null;
  readonly keptBy: string | null;
  /** The last day; null where no date ends a refusal. */
  readonly until: CivilDate | null;
}

/** Art. 17(1): no ground for erasure is met; Art. 17(3) without (b), which is a rule's to say. */
const refusals = ['17(1)', '17(3)(a)', '17(3)(c)', '17(3)(d)', '17(3)(e)'] as const satisfies readonly RefusalGround[];

export function keptByHand(
  asked: {
    readonly disposition: KeptByHand['disposition'];
    readonly recordClass: string;
    /** The system's id: of a class whose originals another system has, no law keeps what this one has. */
    readonly system: string;
    readonly ground: string | undefined;
    readonly until: string | undefined;
    /** The controller's day. */
    readonly today: string;
  },
  policy: RetentionPolicy,
): KeptByHand {
  const { disposition, recordClass, ground } = asked;
  const until = asked.until === undefined ? null : parseCivilDate(asked.until, '--until');
  if (until !== null && until < asked.today) throw new HabeasError('kept-ground', { where: '--until: a day to come' });
  if (disposition === 'retained') {
    const isCopy = isCopyIn(asked.system, recordClass, policy);
    const rules = isCopy
      ? []
      : rulesInForce(policy).filter(({ recordClasses }) => recordClasses.some((one) => one === recordClass));
    const rule = rules.find(({ id }) => id === ground);
    const known = rules.map(({ id }) => id).join(', ') || 'no rule keeps it; count it as refused, or erase it';
    if (rule === undefined) throw new HabeasError('kept-ground', { where: `--ground for ${recordClass}: ${known}` });
    if (until === null) throw new HabeasError('kept-ground', { where: `--until for ${recordClass}` });
    const last = longestUntil(rule, parseCivilDate(asked.today, 'today'), policy);
    if (until > last)
      throw new HabeasError('kept-ground', {
        where: `--until for ${recordClass}: ${rule.id} keeps until ${last} at most`,
      });
    const keptBy = `${citation(rule)}: until ${until}`;
    const law = { reason: 'law-keeps', exception: '17(3)(b)', refusal: null } as const;
    return { disposition, ground: rule.id, ...law, keptBy, until };
  }
  const refusal = refusals.find((one) => one === ground);
  if (refusal === undefined) throw new HabeasError('kept-ground', { where: `--ground: ${refusals.join(', ')}` });
  const keptBy = refusalGrounds[refusal];
  if (refusal === '17(1)')
    return { disposition, ground: refusal, reason: 'not-reached', exception: null, refusal, keptBy, until };
  const exception = isException(refusal) ? refusal : null;
  return { disposition, ground: refusal, reason: 'exception', exception, refusal, keptBy, until };
}

/**
 * The last day of a rule whose clock started today: what is there has been there since today at the latest, so that the rule keeps
 * nothing of it for longer. Where an event that starts the clock is still to come (a contract that runs), it is kept on when that day comes.
 */
export function longestUntil(
  { anchor, period }: Pick<RetentionRule, 'anchor' | 'period'>,
  today: CivilDate,
  { financialYears }: Pick<RetentionPolicy, 'financialYears'>,
): CivilDate {
  const ran = runClock(anchor, today, period, financialYears);
  if (ran !== undefined) return ran.end;
  const where = `controller.financialYears: the year that contains ${today.slice(0, 7)}`;
  throw new HabeasError('policy-answer-missing', { where });
}

const isException = (ground: string): ground is ErasureException => Object.hasOwn(erasureExceptions, ground);
