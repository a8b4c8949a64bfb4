/**
 * What becomes of one record, and of a million of one stream: what is the same for the stream is prepared once, and records
 * with the same days and words are decided once. Pure.
 */
import type { CollectionDescription, RecordFacts, StreamDescription } from '../../../connectors/contract.ts';
import { HabeasError } from '../../errors.ts';
import { addDays } from '../clock/index.ts';
import { refuseToPlan } from '../retention/index.ts';
import type { Ending } from './ask.ts';
import { namingRecord, ongoingRecord, othersRecord, sharedRecord, wholeRecord } from './by-owner.ts';
import { expiring, referred } from './decisions.ts';
import { type DatedFacts, datedFacts, dayReader, sameness } from './record-facts.ts';
import { settingOf } from './setting.ts';
import type { ErasureContext, RecordDecision } from './types.ts';
import { isOwnBusiness } from './whose.ts';

/** Decides one record. Whoever decides many of a stream makes a planner once. */
export function planRecord(
  stream: StreamDescription,
  collection: CollectionDescription,
  facts: RecordFacts,
  context: ErasureContext,
): RecordDecision {
  return recordPlanner(stream, collection, context)(facts);
}

/**
 * Decides records of one stream. Records that are decided alike get the same object. Nothing fails before the first record:
 * a collection in which nothing was found needs no declaration.
 */
export function recordPlanner(
  stream: StreamDescription,
  collection: CollectionDescription,
  context: ErasureContext,
): (facts: RecordFacts) => RecordDecision {
  if (stream.role === 'processor') return () => referred;
  const day = dayReader(context.timeZone);
  let decide: Decider | undefined;
  let decided = new Map<string, RecordDecision>();
  const same = new Map<string, RecordDecision>();
  return (facts) => {
    const createdOn = facts.createdAt === undefined ? '' : day(facts.createdAt, `${stream.collection}: createdAt`);
    const text = sameness(facts, createdOn, context.closing);
    const known = decided.get(text);
    if (known !== undefined) return known;
    decide ??= deciderOf(stream, collection, context);
    const decision = decide(datedFacts(facts, day, context.closing, stream.collection));
    const form = JSON.stringify(decision);
    const first = same.get(form) ?? decision;
    same.set(form, first);
    // Bounded: a stream whose records differ in several days each would fill the memory with texts.
    if (decided.size >= maxRemembered) decided = new Map();
    decided.set(text, first);
    return first;
  };
}
const maxRemembered = 100_000;

type Decider = (facts: DatedFacts) => RecordDecision;

function deciderOf(stream: StreamDescription, collection: CollectionDescription, context: ErasureContext): Decider {
  const where = stream.collection;
  const traits = collection.erase;
  if (traits === undefined) throw new HabeasError('erasure-undeclared', { where });
  if (traits.mode === 'rewrite') throw new HabeasError('rewrite-unsupported', { where });
  if (traits.mode === 'expiry')
    return ({ created }) => {
      if (created === undefined) throw refuseToPlan([{ answer: 'created', where: `${where}: createdAt` }]);
      return expiring(addDays(created, traits.days), traits.balancing.en);
    };
  const isOwn = isOwnBusiness(stream);
  const isNamed = stream.isReference === true;
  const setting = settingOf(stream, collection, traits, context, !isNamed && (stream.owner === 'person' || isOwn));
  const account: Ending = context.ownBusinessOpen ? 'nothing' : 'account';
  if (isNamed) return () => namingRecord(setting);
  if (stream.owner === 'person') return (facts) => wholeRecord(setting, facts, account);
  if (!isOwn) {
    if (stream.ownFields.length === 0) return () => othersRecord;
    return (facts) => sharedRecord(setting, facts, account);
  }
  return (facts) => {
    if (context.closing.size > 0 && !facts.knowsWorkspace)
      throw refuseToPlan([{ answer: 'workspace', where: `${where}: workspace` }]);
    return facts.closed ? wholeRecord(setting, facts, 'business') : ongoingRecord(setting, facts);
  };
}
