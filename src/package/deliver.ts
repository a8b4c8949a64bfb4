/**
 * Hands a package over: to the verified contact point and to nobody else, and only while the identity is verified and the
 * request goes on (looked up again here, after every wait). Intent, letter, outcome: a crash in between sends the letter
 * once more under the same Message-ID, never none. Without an e-mail address a person does it by hand. A draft never sets
 * `answeredAt`: the statutory clock runs on.
 */
import type { Deps } from '../deps.ts';
import { HabeasError } from '../errors.ts';
import { passFailpoint } from '../failpoint.ts';
import type { PackageId, RequestId } from '../ids.ts';
import { packageRightOf } from '../ledger/package-rights.ts';
import { getPackage, markDelivered, markSending } from '../ledger/packages.ts';
import { isFinal } from '../ledger/states.ts';
import { getSealed } from '../ledger/vault.ts';
import { sendLetter } from '../mail.ts';
import { contactOf } from '../requests/contact.ts';
import { deleteOn } from './keep-until.ts';
import { packageLetter } from './letter.ts';

export interface DeliverInput {
  readonly deps: Pick<Deps, 'ledger' | 'keys' | 'storage' | 'config' | 'now'>;
  readonly requestId: RequestId;
  readonly packageId: PackageId;
  readonly signal?: AbortSignal;
}

export async function deliverPackage({
  deps,
  requestId,
  packageId,
  signal,
}: DeliverInput): Promise<{ outcome: 'sent' | 'by-hand' }> {
  const { config, storage } = deps;
  const { db } = deps.ledger;
  const row = await getPackage(db, packageId);
  if (row.request_id !== requestId) throw new HabeasError('not-found', { where: 'package' });
  if (row.delivered_at !== null) return { outcome: 'sent' };
  if (row.deleted_at !== null) throw new HabeasError('package-deleted');
  const request = await db
    .selectFrom('requests')
    .select(['state', 'identity', 'language', 'received_on', 'contact_kind', 'contact_sealed'])
    .where('id', '=', requestId)
    .executeTakeFirstOrThrow();
  if (isFinal(request.state)) throw new HabeasError('state-final');
  if (request.identity !== 'verified' || request.contact_sealed === null) throw new HabeasError('identity-unverified');
  const contact = await getSealed(db, deps.keys, request.contact_sealed, contactOf);
  if (contact.kind !== 'email' || request.contact_kind !== 'email' || config.mail === undefined)
    return { outcome: 'by-hand' };

  const bucket = config.s3.packageBucket;
  const stored = await storage.head(bucket, row.object_name, signal);
  if (stored === undefined) throw new HabeasError('storage-not-found', { where: bucket });
  if (stored.sizeBytes !== row.size_bytes) throw new HabeasError('package-altered', { where: bucket });
  await db.transaction().execute((trx) => markSending(trx, packageId, deps.now()));
  passFailpoint('deliver-after-intent');
  signal?.throwIfAborted();
  const { linkHours } = config.policy;
  const link = await storage.presignGet(bucket, row.object_name, {
    expiresSeconds: linkHours * 3600,
    downloadName: `${packageId}.zip`,
  });
  await sendLetter(
    config.mail,
    packageLetter({
      language: request.language,
      right: (await packageRightOf(db, requestId)) ?? 'access',
      to: contact.value,
      from: config.mail.from,
      controller: config.controller,
      packageId,
      requestId,
      receivedOn: request.received_on,
      link,
      linkUntil: new Date(deps.now().getTime() + linkHours * 3_600_000),
      sizeBytes: row.size_bytes,
      sha256: row.sha256,
      part: { number: row.part, moreFollows: row.more_follows },
    }),
    { signal },
  );
  const at = deps.now();
  await db
    .transaction()
    .execute(async (trx) =>
      markDelivered(trx, { id: packageId, by: 'email', at, deleteOn: await deleteOn(trx, config, requestId, at) }),
    );
  return { outcome: 'sent' };
}
