/**
 * Who must be told when data was rectified, erased or restricted (Art. 19), and when a notice is settled. Pure, and data. A
 * processor acts on the company's instruction and confirms; an independent controller is notified, and what it does then is its
 * own affair: it is never told as erased. Where a data map names somebody of whom nobody has said in which role they receive
 * the data, they are notified too: nobody is left out.
 *
 * Sources: GDPR Art. 4(9) (a processor is a recipient), Art. 19 ("unless this proves impossible or involves disproportionate
 * effort"), Art. 28(3)(a) and (g) (a processor acts on documented instructions).
 */
import { sha256Hex } from '../security/canonical.ts';

/** So soon recipients of what the retention sweep erased should be told: Art. 19 has no day of its own, a month is that of Art. 12(3). */
export const tellWithinDays = 30;

/** In which role a recipient has the data. */
export const recipientKinds = {
  processor: 'Acts on the company’s instruction: is instructed, and confirms.',
  controller: 'Decides for itself: is notified.',
  joint: 'Decides together with the company: is notified.',
  unlisted: 'Named by a data map only; nobody has said in which role: is notified.',
} as const satisfies Readonly<Record<string, string>>;
export type RecipientKind = keyof typeof recipientKinds;

/** What has come of a notice; the first two may change. */
export const noticeStates = {
  open: 'Not told yet.',
  sent: 'Told; of a processor: instructed, and has not confirmed.',
  acknowledged: 'Told, and has confirmed.',
  impossible: 'Could not be told, or only with disproportionate effort; the reason is in the case file.',
  covered: 'Holds nothing but what a system of the company holds: what was changed there is changed with it.',
} as const satisfies Readonly<Record<string, string>>;
export type NoticeState = keyof typeof noticeStates;

/** What a person may say of one. */
export const noticeAnswers = ['sent', 'acknowledged', 'impossible'] as const satisfies readonly NoticeState[];
export type NoticeAnswer = (typeof noticeAnswers)[number];

/** Dispositions of which recipients are told, by the right. Kept, expiring and refused records are told when they go. */
export const toldOf = {
  erasure: ['erased', 'anonymised'],
  rectification: ['rectified'],
  restriction: ['restricted'],
} as const satisfies Readonly<Record<string, readonly string[]>>;
export type NoticeRight = keyof typeof toldOf;

/** Whether nobody waits for it any more. An instruction is carried out when the processor says so, not when it was sent. */
export function isSettled(kind: RecipientKind, state: NoticeState): boolean {
  return state === 'sent' ? kind !== 'processor' : state !== 'open';
}

/** A recipient as configured. */
export interface Recipient {
  readonly id: string;
  /** As data maps name it. */
  readonly name: string;
  readonly kind: Exclude<RecipientKind, 'unlisted'>;
  /** How a person reaches it; shown in the task. */
  readonly contact?: string | undefined;
  /** Systems of the company of which it holds what they hold and nothing else (hosting). Of processors only. */
  readonly within?: readonly string[] | undefined;
}

/** Records of one collection that were changed, and who receives that collection, by the names of the data map. */
export interface Changed {
  readonly right: NoticeRight;
  readonly systemId: string;
  readonly collection: string;
  readonly count: number;
  readonly recipients: readonly string[];
}

/** One recipient and what it is told of. */
export interface Notice {
  readonly right: NoticeRight;
  readonly recipient: string;
  readonly name: string;
  readonly kind: RecipientKind;
  readonly contact: string | null;
  readonly isCovered: boolean;
  readonly records: number;
  readonly of: readonly Pick<Changed, 'systemId' | 'collection' | 'count'>[];
}

/** A notice a recipient and right, in the order of the recipients' ids. */
export function noticesFor(changed: readonly Changed[], listed: readonly Recipient[]): readonly Notice[] {
  const notices = new Map<string, Notice>();
  for (const one of changed) {
    if (one.count === 0) continue;
    for (const name of new Set(one.recipients)) {
      const known = listed.find((recipient) => recipient.name === name || recipient.id === name);
      const { id, kind } = known ?? { id: unlistedId(name), kind: 'unlisted' };
      const place = `${id} ${one.right}`;
      const before = notices.get(place);
      const isWithin = known?.kind === 'processor' && known.within?.includes(one.systemId) === true;
      notices.set(place, {
        ...{ right: one.right, recipient: id, name: known?.name ?? name, kind, contact: known?.contact ?? null },
        isCovered: isWithin && before?.isCovered !== false,
        records: (before?.records ?? 0) + one.count,
        of: [...(before?.of ?? []), { systemId: one.systemId, collection: one.collection, count: one.count }],
      });
    }
  }
  return [...notices.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, notice]) => notice);
}

/** The same for the same name, a slug. */
const unlistedId = (name: string): string => `unlisted-${sha256Hex(name).slice(0, 12)}`;
