/**
 * Everything that the letter with an answer says to the person, in Estonian and English (words-et.ts, words-en.ts). Plain words:
 * the reader is no lawyer. Takes counts, dates and configuration only; the articles come from src/policy/answers.ts.
 */
import type { DispositionReason } from '../ledger/states.ts';
import type { PersonsRight } from '../policy/answers.ts';
import type { RefusalGround } from '../policy/grounds.ts';
import { en } from './words-en.ts';
import { et } from './words-et.ts';

export type Language = 'et' | 'en';

/** What may have become of records of a right that a letter answers. */
export type AnswerDisposition =
  | 'erased'
  | 'anonymised'
  | 'absent'
  | 'retained'
  | 'expiring'
  | 'refused'
  | 'referred'
  | 'rectified'
  | 'restricted'
  | 'objected'
  | 'suppressed';

/** What a person is told to have been read back. */
const toldRead = ['erased', 'rectified'] as const satisfies readonly AnswerDisposition[];
type ToldRead = (typeof toldRead)[number];

export function isToldRead(disposition: AnswerDisposition): disposition is ToldRead {
  return toldRead.some((one) => one === disposition);
}

/** Reasons of packages and of customers' instructions, which no letter gives. */
type OfOthers =
  | 'own'
  | 'own-fields'
  | 'own-business'
  | 'others-masked'
  | 'privilege'
  | 'not-portable'
  | 'others-rights'
  | 'instructed'
  | 'instructed-export'
  | 'members-own';

/** Why: of what was refused on a ground of the law, that ground. */
export type AnswerReason = Exclude<DispositionReason, OfOthers> | RefusalGround | 'history-remains';

export interface AnswerWords {
  readonly subject: (controller: string, receivedOn: string) => string;
  /** After "you asked for". */
  readonly rights: Readonly<Record<PersonsRight, string>>;
  readonly opening: (of: {
    readonly controller: string;
    readonly receivedOn: string;
    readonly asked: string;
  }) => string;
  readonly answer: string;
  /** Nobody could say who asked. */
  readonly unidentified: string;
  readonly nothingFound: string;
  readonly found: (count: string, isOne: boolean) => string;
  readonly became: Readonly<Record<AnswerDisposition, (count: string, isOne: boolean) => string>>;
  /** In the place of `became` where it was read again afterwards. */
  readonly readBack: Readonly<Record<ToldRead, (count: string, isOne: boolean) => string>>;
  readonly reasons: Readonly<Record<AnswerReason, string>>;
  readonly keptBy: (laws: string) => string;
  readonly until: (day: string) => string;
  readonly restriction: Readonly<Record<'asked' | 'while-examined' | 'kept', (since: string) => string>>;
  readonly suppressed: (since: string) => string;
  readonly copies: (day: string) => string;
  readonly told: (names: string) => string;
  readonly untold: (names: string) => string;
  /** Of something that was not done as asked (Art. 12(4)), and of everything else. */
  readonly disagree: Readonly<Record<'declined' | 'done', string>>;
  readonly authority: (name: string, url: string) => string;
  readonly contact: (contact: string | undefined) => string;
  readonly number: string;
}

const all: Readonly<Record<Language, AnswerWords>> = { en, et };

export function wordsFor(language: Language): AnswerWords {
  return all[language];
}
