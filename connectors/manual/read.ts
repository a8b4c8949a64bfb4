/**
 * Content is a person's to look for (`by-hand-needed`). Of facts there are none: for erasure every collection is announced and
 * ended empty, so that the plan names the system; what is there is counted by the person who erases it, and replaces this.
 */
import type { CallContext, CollectionDescription, ReadInput } from '../contract.ts';
import { askAPerson } from './client.ts';

/** The collections that a person is asked about. */
export interface Asked {
  readonly collections: Readonly<Record<string, Pick<CollectionDescription, 'recordClass' | 'owner' | 'role'>>>;
}

/** See the contract. */
export async function read(map: Asked, context: CallContext, { want, sink, keys }: ReadInput): Promise<void> {
  if (want === 'content') askAPerson(context);
  const provedIn = keys[0]?.collection;
  if (provedIn === undefined) return;
  for (const [no, [collection, { recordClass, owner, role }]] of Object.entries(map.collections).entries()) {
    context.signal.throwIfAborted();
    const own = { fields: [], ownFields: [] } as const;
    const opened = await sink.open({
      no,
      collection,
      provedIn,
      recordClass,
      owner,
      role,
      ...own,
      reachedBy: 'by hand',
    });
    if (opened !== null) await sink.end(new Date().toISOString());
  }
}
