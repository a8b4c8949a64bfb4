/**
 * Everything a package and its letter say to the person, in Estonian and English (words-et.ts, words-en.ts). Plain words:
 * the reader is no lawyer and no engineer. Takes only configuration, counts and dates; knows no record.
 */
import type { PackageRight } from '../ledger/package-rights.ts';
import type { AccessReason } from '../ledger/states.ts';
import { en } from './words-en.ts';
import { et } from './words-et.ts';
import { dayInWords } from './words-format.ts';
import { portabilityEn, portabilityEt } from './words-portability.ts';
import { workspaceEn, workspaceEt } from './words-workspace.ts';

export { dayInWords, instantInWords, numberInWords, sizeInWords } from './words-format.ts';

export type Language = 'et' | 'en';

export interface Words {
  readonly title: string;
  /** What the package is: a draft, or the answer. */
  readonly standing: string;
  readonly standingWhy: (controller: string) => string;
  readonly about: (controller: string, receivedOn: string, builtOn: string) => string;
  readonly contact: (contact: string) => string;
  readonly authority: string;
  readonly contents: string;
  readonly contentsIntro: string;
  readonly system: string;
  readonly outcome: string;
  readonly found: (records: string, collections: number) => string;
  readonly nothingFound: string;
  readonly unanswered: string;
  /** Parts that could not be read. */
  readonly unreadable: (records: string, files: string) => string;
  readonly byHand: (controller: string) => string;
  /** Of what is in an earlier package, as `partNamed` names it. */
  readonly sentBefore: (where: string) => string;
  readonly readAgain: (where: string) => string;
  readonly foundBefore: (where: string) => string;
  readonly part: (no: string) => string;
  readonly partNamed: (no: string, day: string) => string;
  readonly partMore: string;
  readonly partLast: string;
  readonly partLastEmpty: string;
  readonly partEarlier: (parts: string) => string;
  readonly notAsked: string;
  /** With what was not given, as `notGiven` and `referred` say it. */
  readonly onlyNotGiven: (counts: string) => string;
  readonly lookedIn: string;
  readonly purpose: string;
  readonly legalBasis: string;
  readonly category: string;
  readonly provenance: string;
  readonly recipients: string;
  readonly noRecipients: string;
  readonly records: string;
  readonly asOf: string;
  readonly given: (count: string) => string;
  readonly notGiven: (count: string) => string;
  readonly referred: (count: string) => string;
  readonly reasons: Readonly<Record<AccessReason, (controller: string) => string>>;
  readonly bases: Readonly<Record<string, string>>;
  readonly look: string;
  readonly files: string;
  readonly firstRecords: (shown: string, all: string) => string;
  readonly cutValues: string;
  readonly noValue: string;
  readonly back: string;
  readonly howTitle: string;
  readonly how: readonly string[];
  readonly requestNumber: string;
  readonly readme: (controller: string) => string;
  /** `part` where the request has several packages. */
  readonly mailSubject: (controller: string, part: string | undefined) => string;
  readonly mailPartMore: string;
  readonly mailPartLast: string;
  readonly mailBody: (letter: LetterFacts) => readonly string[];
  readonly mailLink: string;
}

export interface LetterFacts {
  readonly controller: string;
  readonly receivedOn: string;
  readonly linkUntil: string;
  readonly size: string;
  readonly sha256: string;
  readonly contact: string | undefined;
}

const all: Readonly<Record<PackageRight, Readonly<Record<Language, Words>>>> = {
  access: { en, et },
  portability: { en: { ...en, ...portabilityEn }, et: { ...et, ...portabilityEt } },
  'workspace-export': { en: { ...en, ...workspaceEn }, et: { ...et, ...workspaceEt } },
};

/** What differs from a package of access is in words-portability.ts and words-workspace.ts. */
export function wordsFor(language: Language, right: PackageRight = 'access'): Words {
  return all[right][language];
}

/** One of the packages of a request. */
export interface PartFacts {
  readonly number: number;
  readonly moreFollows: boolean;
  /** It holds nothing but the word that nothing more follows. */
  readonly isEmpty: boolean;
  readonly earlier: readonly EarlierPart[];
}

export interface EarlierPart {
  readonly part: number;
  readonly builtOn: string;
}

/** Whether the request has more packages than this one; most have not, and hear nothing of numbers. */
export function isSeries({ number, moreFollows }: Pick<PartFacts, 'number' | 'moreFollows'>): boolean {
  return number > 1 || moreFollows;
}

/** What the cover says of the package's place among the others. */
export function partLines(language: Language, part: PartFacts): readonly string[] {
  const words = wordsFor(language);
  const named = part.earlier.map((one) => partInWords(language, one));
  return [
    words.part(String(part.number)),
    part.moreFollows ? words.partMore : part.isEmpty ? words.partLastEmpty : words.partLast,
    ...(named.length === 0 ? [] : [words.partEarlier(named.join(', '))]),
  ];
}

export function partInWords(language: Language, { part, builtOn }: EarlierPart): string {
  return wordsFor(language).partNamed(String(part), dayInWords(language, builtOn));
}
