/**
 * Who is who in a conversation, made ready to be looked for: every part of every name with its stems, addresses by kind. The
 * subject's and the controller's own stand among them, so that they are left alone. Pure; personal data in memory only.
 */
import type { Participant } from '../../connectors/contract.ts';
import { fold } from './fold.ts';
import { stemsOf } from './name-forms.ts';
import { digitsOf, numbersAlike } from './phones.ts';

export type Whose = 'spared' | 'staff' | 'other';

/** One part of somebody's name. */
export interface NamePart {
  readonly person: number;
  readonly whose: Whose;
  /** The name itself rather than a stem made of it. */
  readonly isWhole: boolean;
  /** The part as folded, and the first letters of the person's other parts. */
  readonly part: string;
  readonly initials: ReadonlySet<string>;
}

export interface KnownPeople {
  /** By stem, folded. */
  readonly parts: ReadonlyMap<string, readonly NamePart[]>;
  /** First two letters of every stem: most words are none of them. */
  readonly beginnings: ReadonlySet<string>;
  readonly emails: ReadonlyMap<string, Whose>;
  /** By digits, in the forms that the number may be written in. */
  readonly phones: ReadonlyMap<string, Whose>;
  /** Anything else, folded: user names, postal addresses, account numbers. */
  readonly literals: ReadonlyMap<string, Whose>;
}

const titles = new Set('hr pr proua härra prl dr mr mrs ms miss prof ou oü as mtü tü and ja von van de la'.split(' '));

/** Everybody known; the subject's other names and addresses besides. */
export function knownPeople(participants: readonly Participant[]): KnownPeople {
  const parts = new Map<string, NamePart[]>();
  const beginnings = new Set<string>();
  const emails = new Map<string, Whose>();
  const phones = new Map<string, Whose>();
  const literals = new Map<string, Whose>();
  participants.forEach(({ who, names = [], addresses = [] }, person) => {
    const whose = whoseOf(who);
    const words = new Set(names.filter((name) => !name.includes('@')).flatMap(partsOfName));
    const initials = new Set([...words].map((word) => word[0] ?? ''));
    for (const part of words)
      stemsOf(part).forEach((stem, no) => {
        beginnings.add(stem.slice(0, 2));
        const same = parts.get(stem) ?? [];
        parts.set(stem, [...same, { person, whose, isWhole: no === 0, part, initials }]);
      });
    for (const address of [...addresses, ...names.filter((name) => name.includes('@'))]) {
      const value = fold(address.normalize('NFC').trim());
      if (value.includes('@')) add(emails, value, whose);
      else if (isNumber(value)) for (const form of numbersAlike(value)) add(phones, form, whose);
      else if (value.length >= 3) add(literals, value, whose);
    }
  });
  return { parts, beginnings, emails, phones, literals };
}

function whoseOf(who: Participant['who']): Whose {
  if (who === 'subject' || who === 'controller') return 'spared';
  return who === 'other' ? 'other' : 'staff';
}

/** The subject's own is left standing, also where somebody else is said to have it too. */
function add(map: Map<string, Whose>, value: string, whose: Whose): void {
  if (map.get(value) !== 'spared') map.set(value, whose);
}

/** Words of a name that can stand for somebody; a single letter or a title cannot. */
function partsOfName(name: string): readonly string[] {
  const words = fold(name.normalize('NFC')).match(/[\p{L}\p{M}]+(?:['’-][\p{L}\p{M}]+)*/gu) ?? [];
  return words.filter((word) => word.length > 1 && !titles.has(word));
}

function isNumber(value: string): boolean {
  return /^[+\d\s()./-]+$/.test(value) && digitsOf(value).length >= 5;
}
