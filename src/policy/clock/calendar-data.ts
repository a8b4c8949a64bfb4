/**
 * What Habeas knows about the holiday library's data: its version, which national lists were compared with the law, and
 * the few places where it is wrong for a statutory period. A correction that adds a day makes dates later, so each has a
 * source and a mark of V or S; a day that is only doubtful is removed or left out, because a missing holiday makes a date
 * earlier, never too late. Raise `correctionsVersion` with any change: both versions are stored with each date.
 */
import type { Confidence } from './rule-sets.ts';

/** Must equal the installed package; a test compares them. */
export const calendarLibrary = { name: 'date-holidays', version: '3.37.0' } as const;
export const correctionsVersion = 1;

/** National lists compared with the act itself. Every other list is the library's (from secondary sources): S. */
export const comparedWithLaw: Readonly<Record<string, { readonly law: string; readonly source: string }>> = {
  EE: {
    law: 'Public Holidays and Days of National Importance Act §§ 1, 2',
    source: 'https://www.riigiteataja.ee/en/compare_original/527122022003',
  },
};

export interface CalendarCorrection {
  readonly country: string;
  /** The regions it applies to; without, the whole country. */
  readonly regions?: readonly string[];
  /** The library's own rules that do not count. */
  readonly remove: readonly string[];
  /** Rules in the library's grammar that count as public holidays. */
  readonly add: readonly { readonly rule: string; readonly name: string }[];
  readonly why: string;
  readonly source: string;
  readonly confidence: Confidence;
}

export const calendarCorrections: readonly CalendarCorrection[] = [
  {
    country: 'CY',
    remove: ['orthodox -47'],
    add: [{ rule: 'orthodox -48', name: 'Clean Monday' }],
    why: 'The library puts Clean Monday on a Tuesday; it is 48 days before Orthodox Easter (27 February in 2023).',
    source: 'https://github.com/workalendar/workalendar/issues/739',
    confidence: 'S',
  },
  {
    country: 'IE',
    remove: [],
    add: [
      { rule: '03-17', name: 'Saint Patrick’s Day' },
      { rule: '12-26', name: 'Saint Stephen’s Day' },
    ],
    why: 'Public holidays which the library lists as bank holidays; their substitute Mondays are not counted.',
    source: 'Organisation of Working Time Act 1997, Second Schedule (citizensinformation.ie, public holidays)',
    confidence: 'S',
  },
  {
    country: 'ES',
    regions: ['CE', 'ML'],
    remove: ['9 Dhu al-Hijjah', '10 Dhu al-Hijjah', '1 Shawwal'],
    add: [],
    why: 'Predicted from the moon, fixed each year by decree: the prediction is not relied on.',
    source: 'date-holidays README: "islamic dates might not be correct"',
    confidence: 'V',
  },
];
