/** What becomes of one record. Pure. */
import type { CollectionDescription, RecordFacts, StreamDescription } from '../../../connectors/contract.ts';
import { HabeasError } from '../../errors.ts';
import type { ErasureContext, RecordDecision } from './types.ts';

/** Decides one record. Whoever decides many of a stream makes a planner once. */
export function planRecord(
  stream: StreamDescription,
  collection: CollectionDescription,
  facts: RecordFacts,
  context: ErasureContext,
): RecordDecision {
  return recordPlanner(stream, collection, context)(facts);
}

/** Decides records of one stream. Records that are decided alike get the same object. */
export function recordPlanner(
  stream: StreamDescription,
  _collection: CollectionDescription,
  _context: ErasureContext,
): (facts: RecordFacts) => RecordDecision {
  return () => {
    if (stream.role !== 'processor') throw new HabeasError('erasure-undeclared', { where: stream.collection });
    return {
      ...{ action: 'keep', disposition: 'referred', reason: 'processor', ground: null, exception: null, refusal: null },
      ...{ keptBy: null, until: null, fields: [], detached: false, successor: [] },
    };
  };
}
