/**
 * How a name may stand in a text: as it is, and with the endings of the Estonian cases and the English possessive. The stems are
 * made generously (Tamm → Tamme, Maasikas → Maasika, Peeter → Peetri, Sepp → Sepa): one too many masks another word that
 * begins like a name, one too few shows a name. Pure.
 */

const vowels = 'aeiouõäöüy';
const endings = [
  ...[
    '',
    't',
    'd',
    'l',
    'le',
    'lt',
    'ga',
    's',
    'st',
    'sse',
    'ks',
    'gi',
    'ki',
    'legi',
    'lgi',
    'gagi',
    'de',
    'te',
    'dele',
    'tele',
    'dega',
    'tega',
  ],
] as const;
/** Longest first. */
const byLength = [...endings].sort((one, other) => other.length - one.length);

/** Stems of a folded name: the name itself first. */
export function stemsOf(name: string): readonly string[] {
  const stems = new Set([name]);
  const last = name.at(-1) ?? '';
  if (name.length < 3) return [...stems];
  const withVowels = (stem: string, some = 'aeiu') => {
    for (const vowel of some) stems.add(stem + vowel);
  };
  if (!vowels.includes(last)) withVowels(name);
  if (name.length > 3) {
    // Maasikas → Maasika; Saarne, Rebane → Rebase, Rebas(t).
    if (/[aeiou]s$/.test(name)) stems.add(name.slice(0, -1));
    if (name.endsWith('ne')) {
      stems.add(`${name.slice(0, -2)}se`);
      stems.add(`${name.slice(0, -2)}s`);
    }
    // Peeter → Peetri, Mihkel → Mihkli, Põder → Põdra.
    if (/[^aeiouõäöü][ea][lr]$/.test(name)) withVowels(name.slice(0, -2) + last, 'aei');
    // Sepp → Sepa, Kukk → Kuke, Matt → Mati; Kask → Kase, Kuusk → Kuuse; Mart → Mardi; Raud → Raua.
    if (/(pp|tt|kk)$/.test(name)) withVowels(name.slice(0, -1));
    if (/[^aeiouõäöü]k$/.test(name) && name.endsWith('sk')) withVowels(name.slice(0, -1));
    if (/[lnr]t$/.test(name)) withVowels(`${name.slice(0, -1)}d`);
    if (/[lnr]k$/.test(name)) withVowels(`${name.slice(0, -1)}g`);
    if (/[aeiouõäöü]d$/.test(name)) withVowels(name.slice(0, -1), 'au');
    if (/[aeiouõäöü]t$/.test(name)) withVowels(`${name.slice(0, -1)}d`);
  }
  if (name === 'mägi') stems.add('mäe');
  if (name === 'jõgi') stems.add('jõe');
  return [...stems];
}

/** Ways to take an ending off a folded word: what is left, longest ending first. */
export function* cutEndings(word: string): Generator<string> {
  // Smith'ile, O'Brien's: what follows the last apostrophe is the ending.
  const apostrophe = Math.max(word.lastIndexOf("'"), word.lastIndexOf('’'));
  if (apostrophe > 0) {
    const ending = word.slice(apostrophe + 1);
    const rest = 'aeiu'.includes(ending[0] ?? '-') ? ending.slice(1) : ending;
    if (endings.some((one) => one === ending || one === rest)) yield word.slice(0, apostrophe);
  }
  for (const ending of byLength)
    if (word.length > ending.length + 1 && word.endsWith(ending)) yield word.slice(0, word.length - ending.length);
}
