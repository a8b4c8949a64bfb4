/**
 * Ends case files after their own period: the key that opens the request as received, decisions, letters and receipts, with
 * what the case could be found by. A hold on the request freezes its case file. Then ends the keys of keyed hashes of which
 * none is left. What is signed or chained goes on verifying. Idempotent; whoever dies on the way is followed by the next run.
 */
import type { Deps } from '../deps.ts';
import { codeOf } from '../errors.ts';
import type { KeyId, RequestId } from '../ids.ts';
import { appendAudit } from '../ledger/audit.ts';
import { closeSpentKeys, dropLookups, hashKeyDestroyed, lockLookups } from '../ledger/keyed-hashes.ts';
import type { LedgerReader } from '../ledger/open.ts';
import { addMonths, type CivilDate } from '../policy/clock/index.ts';
import type { KeyStore } from '../security/keys.ts';
import { civilToday } from './today.ts';

type EndDeps = Pick<Deps, 'ledger' | 'keys' | 'config' | 'now'>;

/** The first day on which the case file of a request that ended then can no longer be opened. */
export function caseFileEnd({ keys, controller }: Deps['config'], endedAt: Date): CivilDate {
  return addMonths(civilToday(endedAt, controller.timeZone), keys.caseFileMonths);
}

/** What a case file is at, for people; null while the request is open. */
export async function caseFileOf(deps: Pick<Deps, 'ledger' | 'config'>, requestId: RequestId) {
  const { db } = deps.ledger;
  const row = await db.selectFrom('case_files').selectAll().where('request_id', '=', requestId).executeTakeFirst();
  if (row === undefined) return null;
  return {
    endsOn: caseFileEnd(deps.config, row.ended_at),
    destroyedAt: row.destroyed_at?.toISOString() ?? null,
    /** A hold stands on the request: it does not end while that is so. */
    isFrozen: row.destroyed_at === null && (await isHeld(db, requestId)),
  };
}

/** How many keys were destroyed. Fails after the last with what kept the first one alive. */
export async function endCaseFiles(deps: EndDeps): Promise<number> {
  const { config, ledger } = deps;
  const at = deps.now();
  const today = civilToday(at, config.controller.timeZone);
  const rows = await ledger.db
    .selectFrom('case_files')
    .select(['request_id', 'ended_at'])
    .where('destroyed_at', 'is', null)
    // A month has 28 days or more.
    .where('ended_at', '<', new Date(at.getTime() - config.keys.caseFileMonths * 27 * dayMs))
    .execute();
  let destroyed = 0;
  let failure: unknown;
  for (const { request_id: id, ended_at: endedAt } of rows) {
    if (caseFileEnd(config, endedAt) > today) continue;
    try {
      const ended = await endCaseFile(deps, id, at);
      destroyed += ended;
    } catch (error) {
      failure ??= error;
    }
  }
  if (failure !== undefined) throw failure;
  return destroyed + (await endHashKeys(deps, at));
}

const dayMs = 24 * 60 * 60_000;

async function endCaseFile({ ledger, keys }: EndDeps, requestId: RequestId, at: Date): Promise<number> {
  return ledger.db.transaction().execute(async (trx) => {
    await lockLookups(trx);
    // Against everybody: a hold that is being placed on it waits, and stands afterwards on what has ended.
    const { case_key_id: keyId } = await trx
      .selectFrom('requests')
      .select('case_key_id')
      .where('id', '=', requestId)
      .forUpdate()
      .executeTakeFirstOrThrow();
    if (await isHeld(trx, requestId)) return 0;
    // Their grounds are part of the file.
    const holds = await trx.selectFrom('holds').select('key_id').where('request_id', '=', requestId).execute();
    const ending = [keyId, ...holds.map((hold) => hold.key_id)];
    for (const id of ending) await destroyKey(keys, id);
    if ((await Promise.all(ending.map((id) => keys.exists(id)))).some((lives) => lives)) return 0;
    const marked = await trx
      .updateTable('case_files')
      .set({ destroyed_at: at })
      .where('request_id', '=', requestId)
      .where('destroyed_at', 'is', null)
      .returning('request_id')
      .executeTakeFirst();
    if (marked === undefined) return 0;
    await dropLookups(trx, requestId);
    const body = { key: keyId, 'hold-keys': holds.length };
    await appendAudit(trx, { requestId, kind: 'case-file-destroyed', body, at });
    return ending.length;
  });
}

async function isHeld(db: LedgerReader, requestId: RequestId): Promise<boolean> {
  const row = await db
    .selectFrom('holds')
    .select('id')
    .where('request_id', '=', requestId)
    .where('released_on', 'is', null)
    .executeTakeFirst();
  return row !== undefined;
}

async function endHashKeys({ ledger, keys }: EndDeps, at: Date): Promise<number> {
  const spent = await ledger.db.transaction().execute(async (trx) => {
    await lockLookups(trx);
    return closeSpentKeys(trx, at);
  });
  let destroyed = 0;
  for (const id of spent) {
    await destroyKey(keys, id);
    if (await keys.exists(id)) continue;
    await ledger.db.transaction().execute(async (trx) => {
      if (!(await hashKeyDestroyed(trx, id, at))) return;
      await appendAudit(trx, { requestId: 'system', kind: 'hash-key-destroyed', body: { key: id }, at });
      destroyed += 1;
    });
  }
  return destroyed;
}

export async function destroyKey(keys: KeyStore, keyId: KeyId): Promise<void> {
  await keys.destroy(keyId).catch((error: unknown) => {
    // A store restored without it has it no more; that is what was asked.
    if (codeOf(error) !== 'key-missing') throw error;
  });
}
