/**
 * What is masked and why: every mask is of one of these kinds, about one of these people, and its text in the package is the
 * reason itself. Pure words and types; nothing here looks at a text.
 */

/** What stands under a mask → the words for it in the package. `rest`: a reviewer found it, no pattern did. */
const what = {
  name: { en: 'the name', et: 'nimi' },
  email: { en: 'the e-mail address', et: 'e-posti aadress' },
  phone: { en: 'the telephone number', et: 'telefoninumber' },
  iban: { en: 'the account number (IBAN)', et: 'kontonumber (IBAN)' },
  'personal-code': { en: 'the personal identification code', et: 'isikukood' },
  card: { en: 'the card number', et: 'kaardinumber' },
  address: { en: 'the address or user name', et: 'aadress või kasutajanimi' },
  file: { en: 'a file, which may be', et: 'fail, mis võib olla' },
  rest: { en: 'something that tells', et: 'andmed' },
} as const;
export type MaskKind = keyof typeof what;
export const maskKinds: readonly MaskKind[] = [
  'name',
  'email',
  'phone',
  'iban',
  'personal-code',
  'card',
  'address',
  'file',
  'rest',
];

/** Of whom, and why that is masked. */
const whose = {
  staff: {
    en: (thing: string) => `${thing} of a member of staff`,
    et: (thing: string) => `töötaja ${thing}`,
    why: 'names of staff are given only where indispensable (C-579/21)',
  },
  other: {
    en: (thing: string) => `${thing} of another person`,
    et: (thing: string) => `teise inimese ${thing}`,
    why: 'what concerns another person is not the subject’s to get (Art. 15(4))',
  },
} as const;
export type MaskWho = keyof typeof whose;

export interface MaskReason {
  readonly kind: MaskKind;
  readonly who: MaskWho;
}

/** What stands in the package instead; ⟦ and ⟧ occur in no ordinary text. */
export function maskText({ kind, who }: MaskReason, language: string): string {
  const of = whose[who];
  const et = language.startsWith('et');
  return et ? `⟦varjatud: ${of.et(what[kind].et)}⟧` : `⟦masked: ${of.en(what[kind].en)}⟧`;
}

/** What a reviewer reads. */
export function maskSentence({ kind, who }: MaskReason): string {
  return `${whose[who].en(what[kind].en)}: ${whose[who].why}`;
}

export function isMaskKind(text: string): text is MaskKind {
  return Object.hasOwn(what, text);
}

export function isMaskWho(text: string): text is MaskWho {
  return Object.hasOwn(whose, text);
}

/** A passage of one text: UTF-16 offsets, `to` exclusive. */
export interface Found extends MaskReason {
  readonly from: number;
  readonly to: number;
}
