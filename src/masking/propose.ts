/**
 * What is proposed to be masked in one record, and whether a lawyer's words may be in it. Proposals are numbers and kinds; the texts stay
 * where they are, in the staged record, which is never changed. Pure.
 */
import type { Participant } from '../../connectors/contract.ts';
import { findInWhole, findOthers } from './find.ts';
import type { MaskKind, MaskWho } from './kinds.ts';
import type { KnownPeople } from './people.ts';
import { mayBePrivileged } from './privilege.ts';
import { itemsIn, itemText } from './texts.ts';

/** One mask: in which item of its record, from where to where (UTF-16 offsets; of a file, nothing), and why. */
export interface Proposal {
  readonly record: number;
  readonly item: number;
  readonly from: number;
  readonly to: number;
  readonly kind: MaskKind;
  readonly who: MaskWho;
}

export interface RecordProposals {
  readonly masks: readonly Proposal[];
  /** Proposed to be withheld as a whole: legal advice to the controller. */
  readonly isPrivileged: boolean;
}

export function proposeFor(
  record: { readonly no: number; readonly bytes: Buffer; readonly from: number; readonly to: number },
  about: {
    readonly people: readonly Participant[];
    readonly known: KnownPeople;
    /** Fields that hold a file. */
    readonly files: readonly string[];
  },
): RecordProposals {
  const { no, bytes, from, to } = record;
  const masks: Proposal[] = [];
  let isPrivileged = about.people.some(({ who }) => who === 'counsel');
  for (const item of itemsIn(bytes, from, to, about.files)) {
    // Nobody can look into a file here; whoever does may release it.
    if (item.kind === 'file') {
      masks.push({ record: no, item: item.no, from: 0, to: 0, kind: 'file', who: 'other' });
      continue;
    }
    const text = itemText(bytes, item);
    if (item.kind === 'number') {
      for (const found of findInWhole(text, about.known)) masks.push({ record: no, item: item.no, ...found });
      continue;
    }
    isPrivileged ||= mayBePrivileged(text);
    for (const found of findOthers(text, about.known)) masks.push({ record: no, item: item.no, ...found });
  }
  return { masks, isPrivileged };
}
