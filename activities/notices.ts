/**
 * Opens what must be asked about recipients (Art. 19), once each: who received records that were changed, by the data maps and
 * the configuration of this day. What a person must tell them is sealed under the request's working key. Says how many notices
 * nobody has settled yet; asked again it opens nothing twice. Ids, configured words and counts only.
 */
import type { Deps } from '../src/deps.ts';
import { HabeasError } from '../src/errors.ts';
import type { RequestId } from '../src/ids.ts';
import { lockRequest } from '../src/ledger/lanes.ts';
import { addNotice, changedIn, noticesOf } from '../src/ledger/notices.ts';
import type { LedgerTransaction } from '../src/ledger/open.ts';
import { type Notice, noticesFor } from '../src/policy/notices.ts';
import { askAboutNotice } from '../src/requests/notices.ts';

type NoticeDeps = Pick<Deps, 'keys' | 'config' | 'systems' | 'now'>;

export async function openNotices(
  deps: NoticeDeps,
  trx: LedgerTransaction,
  requestId: RequestId,
): Promise<{ left: number }> {
  await lockRequest(trx, requestId, 'alone');
  const changed = (await changedIn(trx, requestId)).map((one) => {
    const described = deps.systems
      .get(one.systemId)
      ?.collections.find(({ collection }) => collection === one.collection);
    // Whoever received it must be told, and only the data map knows who did.
    if (described === undefined) throw new HabeasError('package-system-unknown', { where: one.systemId });
    return { ...one, recipients: described.recipients };
  });
  const known = await noticesOf(trx, requestId);
  const at = deps.now();
  for (const notice of noticesFor(changed, deps.config.recipients ?? [])) {
    if (known.some(({ recipient, right }) => recipient === notice.recipient && right === notice.right)) continue;
    const taskId = notice.isCovered
      ? null
      : await askAboutNotice(deps, trx, { requestId, notice, words: wordsOf(deps, notice), at });
    await addNotice(trx, { requestId, notice, taskId, at });
  }
  const left = (await noticesOf(trx, requestId)).filter((one) => one.settled_at === null).length;
  return { left };
}

/** What may have been corrected in records of a notice; null where a person looked for it, because nobody has declared it. */
function wordsOf({ systems }: Pick<NoticeDeps, 'systems'>, { of }: Notice): readonly string[] | null {
  const words = of.map(({ systemId, collection }) => {
    const described = [...systems].find(([id]) => id === systemId)?.[1].collections;
    return described?.find((one) => one.collection === collection)?.verbs?.rectify;
  });
  return words.includes(undefined) ? null : words.flatMap((one) => Object.keys(one ?? {}));
}
