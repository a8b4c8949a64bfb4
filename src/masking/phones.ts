/**
 * Telephone numbers by libphonenumber's own tables (full metadata): whether digits are one, and the forms in which one number
 * may be written. Bounded work per call: never called with more than a few dozen characters. Pure.
 */
import { parsePhoneNumberFromString } from 'libphonenumber-js/max';

/** Numbers without a country code are read as this country's. */
const home = 'EE';

export function digitsOf(text: string): string {
  let digits = '';
  for (const one of text) if (one >= '0' && one <= '9') digits += one;
  return digits;
}

export interface PhoneVerdict {
  readonly isValid: boolean;
  readonly isPossible: boolean;
  readonly isMobile: boolean;
}

/** `text`: digits, with `+` before them where the country's code stands in it. */
export function phoneVerdict(text: string): PhoneVerdict {
  const number = parsePhoneNumberFromString(text, home);
  if (number === undefined) return { isValid: false, isPossible: false, isMobile: false };
  return { isValid: number.isValid(), isPossible: number.isPossible(), isMobile: number.getType() === 'MOBILE' };
}

/** The number as it is written in its country and abroad, where the tables know it. */
export function numbersWritten(text: string): readonly string[] {
  const number = parsePhoneNumberFromString(text, home);
  return number === undefined ? [] : [number.formatNational(), number.formatInternational()];
}

/** Digits of the same number with the country's code, without it, and as given. */
export function numbersAlike(text: string): readonly string[] {
  const given = digitsOf(text);
  const plus = text.trim().startsWith('00') ? `+${given.slice(2)}` : text;
  const number = parsePhoneNumberFromString(plus, home);
  const forms = new Set([given]);
  if (number !== undefined) {
    forms.add(digitsOf(number.number));
    forms.add(`00${digitsOf(number.number)}`);
    forms.add(digitsOf(number.nationalNumber));
    forms.add(`0${digitsOf(number.nationalNumber)}`);
    // As it is dialled in its own town.
    if (number.nationalNumber.length > 7) forms.add(number.nationalNumber.slice(-7));
  }
  return [...forms];
}
