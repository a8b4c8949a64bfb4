/**
 * What becomes of one record, and of a million of one stream: what is the same for the stream is prepared once, and records
 * with the same days and words are decided once. Pure.
 */
import type { CollectionDescription, RecordFacts, StreamDescription } from '../../../connectors/contract.ts';
import { HabeasError } from '../../errors.ts';
import { addDays } from '../clock/index.ts';
import { refuseToPlan } from '../retention/index.ts';
import type { Ending } from './ask.ts';
import { instructedRecord, namingRecord, ongoingRecord, othersRecord, sharedRecord, wholeRecord } from './by-owner.ts';
import { expiring, referred } from './decisions.ts';
import { memory } from './memory.ts';
import { type DatedFacts, datedFacts, dayReader } from './record-facts.ts';
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
  // Only a customer's instruction asks about a workspace. People who go with it are decided as if each had asked.
  if (stream.role === 'processor' && stream.ofWorkspace !== true) return () => referred;
  const day = dayReader(context.timeZone);
  const remembered = memory(context.closing);
  const same = new Map<string, RecordDecision>();
  let decide: Decider | undefined;
  return (facts) => {
    const at = collection.erase?.mode === 'expiry' ? (facts.storedAt ?? facts.createdAt) : facts.createdAt;
    const created = at === undefined ? undefined : day(at, `${stream.collection}: createdAt`);
    const place = remembered(facts, created);
    if (place.decision !== undefined) return place.decision;
    decide ??= deciderOf(stream, collection, context);
    const decision = decide(datedFacts(facts, created, day, context.closing, stream.collection));
    const form = JSON.stringify(decision);
    const first = same.get(form) ?? decision;
    same.set(form, first);
    place.decision = first;
    return first;
  };
}

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
  if (stream.ofWorkspace === true) {
    // Also years later, when the sweep asks again: the instruction stands.
    const setting = settingOf(stream, collection, traits, { ...context, trigger: 'customer-instruction' }, true);
    return (facts) => instructedRecord(setting, facts);
  }
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
