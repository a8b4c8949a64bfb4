/**
 * Destroys pages of the register that are looked at no more, and the register key with the last page under it; both read back.
 * The row tells of a page until it is gone, so that another attempt finds it. One that fails stays for the next hour.
 */
import type { Deps } from '../src/deps.ts';
import { codeOf } from '../src/errors.ts';
import { registerFolder } from '../src/ledger/register.ts';
import { leftovers, markDestroyed, opensMore } from '../src/ledger/sweep-pages.ts';
import type { ActivityRun } from './stage.ts';

const atOnce = 1000;

export async function destroyLeftovers(
  deps: Pick<Deps, 'ledger' | 'storage' | 'keys' | 'config' | 'now' | 'log'>,
  run: ActivityRun,
): Promise<void> {
  const { db } = deps.ledger;
  const bucket = deps.config.s3.stagingBucket;
  for (const entry of await leftovers(db, atOnce)) {
    run.signal.throwIfAborted();
    try {
      const isLast = !(await opensMore(db, entry.key_id));
      const place = { requestId: entry.request_id, systemId: entry.system_id, round: entry.round };
      // With the last page goes what an interrupted attempt has left of the round.
      await deps.storage.eraseAll(bucket, isLast ? registerFolder(place) : entry.object_name, { signal: run.signal });
      if (isLast)
        await deps.keys.destroy(entry.key_id).catch((error: unknown) => {
          if (codeOf(error) !== 'key-missing') throw error;
        });
      await db.transaction().execute((trx) => markDestroyed(trx, entry, isLast, deps.now()));
    } catch (error) {
      run.signal.throwIfAborted();
      deps.log.warn({ requestId: entry.request_id, code: codeOf(error), err: error }, 'register-page-not-destroyed');
    }
    run.progress();
  }
}
