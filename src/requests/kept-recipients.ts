/**
 * Whoever received what was kept by hand and is erased now must be told (Art. 19). The notices of its request were settled when that was
 * over, and no batch of the sweep erases it: whoever erases it tells them, and says so in the answer that they sign. Who they are is
 * known by the data map and the configuration of the day. Configured words only. Fails with `stream-changed`, `kept-untold`,
 * `clock-date-invalid`, `delivery-date`.
 */
import type { CollectionDescription } from '../../connectors/contract.ts';
import type { Deps } from '../deps.ts';
import { HabeasError } from '../errors.ts';
import type { SystemId } from '../ids.ts';
import { type Notice, noticesFor } from '../policy/notices.ts';
import { noticeVoice } from './notices.ts';

/** Names of whom the person who answers says that they were told, and on which day; null: it was impossible, and the reason says why. */
export interface KeptTold {
  readonly on: string | null;
  readonly recipients: readonly string[];
}

/** Those who hold nothing but what the system itself holds are not among them. */
export function keptRecipients(
  { config }: Pick<Deps, 'config'>,
  systemId: SystemId,
  collections: readonly CollectionDescription[],
  changed: readonly { readonly collection: string; readonly count: number }[],
): readonly Notice[] {
  const all = changed.map(({ collection, count }) => {
    const recipients = collections.find((one) => one.collection === collection)?.recipients;
    if (recipients === undefined) throw new HabeasError('stream-changed', { where: collection });
    return { right: 'erasure' as const, systemId, collection, count, recipients };
  });
  return noticesFor(all, config.recipients ?? []).filter(({ isCovered }) => !isCovered);
}

/** `told`: a day, or `impossible`. Undefined where nobody had to be told. */
export function keptTold(
  deps: Pick<Deps, 'config' | 'now'>,
  notices: readonly Notice[],
  told: string | undefined,
): KeptTold | undefined {
  if (notices.length === 0) return undefined;
  const recipients = notices.map(({ name }) => name);
  if (told === undefined) throw new HabeasError('kept-untold', { where: `--told: ${recipients.join(', ')}` });
  const { on } = noticeVoice(deps, told === 'impossible' ? told : 'sent', told, deps.now(), '--told');
  return { on, recipients };
}
