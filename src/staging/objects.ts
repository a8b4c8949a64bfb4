/**
 * Sealed bytes of staged chunks. Small chunks share an object: it is fetched once for those that are read soon after one
 * another, and kept while they are; at most four such objects, of about a mebibyte each. Opens nothing.
 */
import { HabeasError } from '../errors.ts';
import type { StagedChunk } from '../ledger/package-facts.ts';

type Place = Pick<StagedChunk, 'object_name' | 'object_offset' | 'bytes'>;

const keptObjects = 4;

/** Fetches through `get`, each shared object once as long as it is kept. */
export function stagedObjects(
  get: (name: string) => Promise<Buffer>,
  chunks: Iterable<Place>,
): (chunk: Place) => Promise<Buffer> {
  const seen = new Set<string>();
  const shared = new Set<string>();
  for (const { object_name: name } of chunks) (seen.has(name) ? shared : seen).add(name);
  const kept = new Map<string, Promise<Buffer>>();
  return async (chunk) => {
    const { object_name: name } = chunk;
    if (!shared.has(name)) return partOf(await get(name), chunk);
    const object = kept.get(name) ?? get(name);
    // The one that was used last is kept longest; one that failed is fetched again.
    kept.delete(name);
    kept.set(name, object);
    object.catch(() => kept.delete(name));
    for (const old of kept.keys()) if (kept.size > keptObjects) kept.delete(old);
    return partOf(await object, chunk);
  };
}

function partOf(object: Buffer, { object_offset: offset, bytes }: Place): Buffer {
  // Cut short, or another object under this name.
  if (object.length < offset + bytes) throw new HabeasError('seal-broken');
  return object.subarray(offset, offset + bytes);
}
