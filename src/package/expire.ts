/**
 * Deletes the packages whose days are over, and those of ended requests that were never delivered: every version and
 * every unfinished upload, read back, then the ledger's row and the audit chain. One that fails stays for the next hour
 * and does not hold up the others.
 */
import type { Deps } from '../deps.ts';
import { codeOf } from '../errors.ts';
import { markDeleted, packagesToDelete } from '../ledger/packages.ts';
import { civilToday } from '../requests/today.ts';
import { eraseOrphans } from './build.ts';

export interface ExpireOptions {
  readonly signal?: AbortSignal;
  readonly progress?: () => void;
}

/** `left` is how many were due and are still there. */
export async function expirePackages(
  deps: Pick<Deps, 'ledger' | 'storage' | 'config' | 'now' | 'log'>,
  { signal, progress }: ExpireOptions = {},
): Promise<{ deleted: number; left: number }> {
  const { db } = deps.ledger;
  const bucket = deps.config.s3.packageBucket;
  const due = await packagesToDelete(db, civilToday(deps.now(), deps.config.controller.timeZone));
  let deleted = 0;
  for (const row of due) {
    signal?.throwIfAborted();
    try {
      let erased = await deps.storage.eraseAll(bucket, row.object_name, { signal });
      if (row.ended) {
        // Nothing is built any more: what attempts that died have left goes too.
        const rest = await eraseOrphans(deps, row.request_id, signal);
        erased = { versions: erased.versions + rest.versions, uploads: erased.uploads + rest.uploads };
      }
      await db.transaction().execute((trx) => markDeleted(trx, { id: row.id, at: deps.now(), ...erased }));
      deleted += 1;
    } catch (error) {
      signal?.throwIfAborted();
      deps.log.warn(
        { requestId: row.request_id, packageId: row.id, code: codeOf(error), err: error },
        'package-not-deleted',
      );
    }
    progress?.();
  }
  return { deleted, left: due.length - deleted };
}
