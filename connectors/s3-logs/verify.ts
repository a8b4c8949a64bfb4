/**
 * Reading back: whether the objects in which the lines were are still listed. A line goes with its object and not before, so
 * nothing is scanned a second time; of an object that was replaced under its name it is not said that its lines are gone.
 * Lists one object at a time, reads none, changes nothing.
 */
import { HabeasError } from '../../src/errors.ts';
import type { CallContext, PlannedChunk, VerifyInput } from '../contract.ts';
import type { LogsClient, Place } from './client.ts';
import type { DataMap } from './data-map.ts';
import { placeOf } from './read.ts';
import type { Settings } from './settings.ts';

type Found = Parameters<VerifyInput['found']>[1][number];

/** See the contract. Lines belong to nobody's own row: they are all dependants. */
export async function verify(
  client: LogsClient,
  map: DataMap,
  settings: Settings,
  context: CallContext,
  { planned, part, found }: VerifyInput,
): Promise<void> {
  if (part === 'subject-row') return;
  for (const stream of planned.streams) {
    const collection = map.collections[stream.collection];
    if (collection === undefined) throw new HabeasError('stream-changed', { where: stream.collection });
    const { where } = placeOf(stream.collection, collection, settings);
    for await (const chunk of planned.chunks(stream)) await found(chunk, await lookAt(client, context, where, chunk));
  }
}

async function lookAt(
  client: LogsClient,
  context: CallContext,
  where: string,
  { records }: PlannedChunk,
): Promise<readonly Found[]> {
  const listed = new Map<string, boolean>();
  const counts = new Map<string, Found>();
  for (const { key, decision } of records) {
    const object = key.find(([name]) => name === 'object')?.[1];
    if (object === undefined || object === '') throw new HabeasError('stream-changed', { where });
    const isThere = listed.get(object) ?? (await isListed(client, context, { prefix: object, where }));
    listed.set(object, isThere);
    const what = decision.action === 'keep' ? (isThere ? 'kept' : 'missing') : isThere ? 'residue' : 'gone';
    const name = `${decision.no} ${what}`;
    counts.set(name, { decision: decision.no, found: what, count: (counts.get(name)?.count ?? 0) + 1 });
    context.progress();
  }
  return [...counts.values()];
}

async function isListed(client: LogsClient, context: CallContext, place: Place): Promise<boolean> {
  for await (const { objects } of client.list(context, place))
    if (objects.some(({ key }) => key === place.prefix)) return true;
  return false;
}
