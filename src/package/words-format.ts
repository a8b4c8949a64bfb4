/** Days, instants, numbers and sizes as a person reads them in their language. Pure. */
import type { Language } from './words.ts';

const locales: Readonly<Record<Language, string>> = { en: 'en-GB', et: 'et-EE' };

/** Making a format takes thousands of times as long as using it. One per language, zone and kind: a handful. */
const formats = new Map<string, Intl.DateTimeFormat | Intl.NumberFormat>();

function dates(language: Language, timeZone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const name = JSON.stringify([language, timeZone, options]);
  const known = formats.get(name);
  if (known instanceof Intl.DateTimeFormat) return known;
  const made = new Intl.DateTimeFormat(locales[language], { ...options, timeZone });
  formats.set(name, made);
  return made;
}

function numbers(language: Language, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const name = JSON.stringify([language, options]);
  const known = formats.get(name);
  if (known instanceof Intl.NumberFormat) return known;
  const made = new Intl.NumberFormat(locales[language], options);
  formats.set(name, made);
  return made;
}

/** 5 March 2026 · 5. märts 2026, for a day written YYYY-MM-DD. */
export function dayInWords(language: Language, day: string): string {
  return dates(language, 'UTC', { dateStyle: 'long' }).format(new Date(`${day}T00:00:00Z`));
}

/** Day and minute in the controller's time zone, with the zone's name. */
export function instantInWords(language: Language, at: Date, timeZone: string): string {
  return dates(language, timeZone, {
    year: 'numeric',
    month: 'long',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    timeZoneName: 'short',
  }).format(at);
}

export function numberInWords(language: Language, value: number): string {
  return numbers(language, {}).format(value);
}

/** 1.4 MB, in decimal units as file managers show them. */
export function sizeInWords(language: Language, bytes: number): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'];
  const step = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(bytes, 1)) / 3));
  return numbers(language, {
    style: 'unit',
    unit: units[step] ?? 'byte',
    unitDisplay: 'short',
    maximumFractionDigits: 1,
  }).format(bytes / 1000 ** step);
}
