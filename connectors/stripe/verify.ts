/**
 * Reads back every planned record by its name, with the key that only reads: what should be gone must not be there, what should
 * have changed must hold nothing in its fields, or who took over; what should be kept must be there. Counts only; changes nothing.
 */
import type { CallContext, PlannedRecord, VerifyInput } from '../contract.ts';
import type { CollectionName, DataMap } from './data-map.ts';
import { type Looking, leftOver, look } from './effect.ts';
import { streamsOfPart } from './erase.ts';

type Found = Parameters<VerifyInput['found']>[1][number];

/** See the contract. */
export async function verify(
  deps: Looking & { readonly map: DataMap },
  context: CallContext,
  input: VerifyInput,
): Promise<void> {
  for (const { stream, name } of streamsOfPart(input))
    for await (const chunk of input.planned.chunks(stream)) {
      const counts = new Map<string, Found>();
      for (const record of chunk.records) {
        context.signal.throwIfAborted();
        const one = { decision: record.decision.no, found: await foundOf(deps, context, name, record) };
        const key = `${one.decision} ${one.found}`;
        counts.set(key, { ...one, count: (counts.get(key)?.count ?? 0) + 1 });
      }
      await input.found(chunk, [...counts.values()]);
      context.progress();
    }
}

async function foundOf(
  { map, ...looking }: Looking & { readonly map: DataMap },
  context: CallContext,
  name: CollectionName,
  record: PlannedRecord,
): Promise<Found['found']> {
  const { action } = record.decision;
  const object = await look(looking, context, name, record.key);
  if (action === 'keep') return object === undefined ? 'missing' : 'kept';
  // A customer that has gone as a whole says nothing of anybody any more.
  if (object === undefined && name === 'customers') return 'changed';
  if (object === undefined) return 'gone';
  if (action === 'delete') return 'residue';
  return leftOver(name, map.collections[name], record, object).length === 0 ? 'changed' : 'residue';
}
