/**
 * What a person says of a system they looked through by hand, as a front door hands it in, and the parts of it that every such answer
 * is checked for: a proof, and of what is kept the ground that policy knows today. Refuses with `proof-needed`,
 * `attachment-too-large`, `kept-ground`.
 */
import type { CollectionDescription } from '../../connectors/contract.ts';
import { HabeasError } from '../errors.ts';
import type { SystemId } from '../ids.ts';
import { keptParts } from '../ledger/hand-terms.ts';
import { keptByHand } from '../policy/kept-by-hand.ts';
import type { HandAnswer } from './by-hand-answer.ts';
import type { GivenCount, HandCount } from './by-hand-counts.ts';
import type { HandedFile } from './by-hand-files.ts';
import { companyAnswers } from './company-answers.ts';
import { type Attachment, maxAttachmentBytes } from './create.ts';
import type { SignedBy } from './people.ts';
import type { DecisionDeps } from './record.ts';
import { civilToday } from './today.ts';

export interface SaidByHand {
  /** Every collection of the system, or `none` where nothing was found in any. */
  readonly counts: readonly GivenCount[] | 'none';
  readonly proof: Attachment | undefined;
  /** For the package; needed where anything is given to the person. */
  readonly files: readonly HandedFile[];
  /** Of what is kept: `GROUND` for all, or `COLLECTION=GROUND`. */
  readonly grounds?: readonly string[] | undefined;
  /** Its last day: `DATE` for all, or `COLLECTION=DATE`. */
  readonly until?: readonly string[] | undefined;
  /** Of what was kept until now and is erased: the day on which its recipients were told, or `impossible`. */
  readonly told?: string | undefined;
  readonly reason?: string | undefined;
  readonly signedBy: SignedBy | undefined;
}

export function requireProof(proof: Attachment | undefined): Attachment {
  if (proof === undefined || proof.bytes.length === 0) throw new HabeasError('proof-needed', { where: '--proof' });
  if (proof.bytes.length > maxAttachmentBytes) throw new HabeasError('attachment-too-large', { where: '--proof' });
  return proof;
}

/** On which ground each collection keeps what it keeps, as policy knows it. */
export function keptOf(
  { config, now }: DecisionDeps,
  {
    given,
    systemId: system,
    collections,
    counts,
  }: {
    readonly given: SaidByHand;
    readonly systemId: SystemId;
    readonly collections: readonly CollectionDescription[];
    readonly counts: readonly HandCount[];
  },
): HandAnswer['kept'] {
  const parts = counts.flatMap((count) =>
    keptParts.flatMap((disposition) => ((count[disposition] ?? 0) > 0 ? [{ count, disposition }] : [])),
  );
  if (parts.length === 0) return [];
  const { retention, timeZone } = companyAnswers(config);
  const today = civilToday(now(), timeZone);
  return parts.map(({ count: { collection }, disposition }) => {
    const recordClass = collections.find((one) => one.collection === collection)?.recordClass ?? '';
    const [ground, until] = [forCollection(given.grounds, collection), forCollection(given.until, collection)];
    return { ...keptByHand({ disposition, recordClass, system, ground, until, today }, retention), collection };
  });
}

/** `COLLECTION=WORD` of this collection, else the last word that is of none. */
function forCollection(words: readonly string[] | undefined, collection: string): string | undefined {
  const own = words?.findLast((word) => word.startsWith(`${collection}=`));
  return own?.slice(collection.length + 1) ?? words?.findLast((word) => !word.includes('='));
}
