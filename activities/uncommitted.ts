/** Objects that an interrupted attempt stored and of which nothing got into the ledger: erased before the next one goes on. */
import type { Deps } from '../src/deps.ts';

/** Looks first: nearly always there is nothing, and erasing asks the storage more than once. */
export async function eraseBut(
  deps: Pick<Deps, 'storage' | 'config'>,
  folder: string,
  committed: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<void> {
  const bucket = deps.config.s3.stagingBucket;
  for await (const { name } of deps.storage.list(bucket, folder, signal)) {
    if (committed.has(name)) continue;
    await deps.storage.eraseAll(bucket, folder, { keep: committed, signal });
    return;
  }
}
