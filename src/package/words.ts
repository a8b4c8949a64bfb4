/**
 * Everything a package and its letter say to the person, in Estonian and English, in one place. Plain words: the reader is
 * no lawyer and no engineer. Takes only configuration, counts and dates; knows no record.
 */
import type { DispositionReason } from '../ledger/states.ts';

export type Language = 'et' | 'en';

export interface Words {
  readonly title: string;
  readonly draft: string;
  readonly draftWhy: (controller: string) => string;
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
  readonly reasons: Readonly<Record<DispositionReason, (controller: string) => string>>;
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
  readonly mailSubject: (controller: string) => string;
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

const en: Words = {
  title: 'Your personal data',
  draft: 'DRAFT, NOT AN ANSWER',
  draftWhy: (controller) =>
    `This package shows the data that was found about you. It does not yet contain everything the law requires of an answer (how long data is kept, your rights, transfers, automated decisions). ${controller} still owes you that answer, and its time limit goes on.`,
  about: (controller, receivedOn, builtOn) =>
    `${controller} is responsible for this data (the “controller”). You asked for it on ${receivedOn}; this package was put together on ${builtOn}.`,
  contact: (contact) => `Questions about your data: ${contact}.`,
  authority: 'You may complain to the supervisory authority:',
  contents: 'What was looked at',
  contentsIntro: 'Every place where personal data may be held is named here, also where nothing was found.',
  system: 'Place',
  outcome: 'Outcome',
  found: (records, collections) =>
    `${records} ${records === '1' ? 'record' : 'records'} given, in ${collections} ${collections === 1 ? 'list' : 'lists'}`,
  nothingFound: 'Nothing was found about you.',
  unanswered: 'This place could not be read yet, for technical reasons. The request stays open until it is.',
  notAsked: 'This place was set up after your request and was not searched for it.',
  onlyNotGiven: (counts) => `Records were found; none is given, for the reasons stated: ${counts}.`,
  lookedIn: 'Also looked in, without finding anything about you:',
  purpose: 'What it is used for',
  legalBasis: 'Why that is allowed',
  category: 'Kind of data',
  provenance: 'Where it comes from',
  recipients: 'Who receives it',
  noRecipients: 'nobody outside the company',
  records: 'Records',
  asOf: 'As it was on',
  given: (count) => `${count} given`,
  notGiven: (count) => `${count} not given`,
  referred: (count) => `${count} referred to the customer company`,
  reasons: {
    own: () => 'These records are about you.',
    'own-fields': () =>
      'Of these records you get the fields that are about you. The rest is the customer company’s own, not your personal data.',
    'own-business': () => 'These records belong to your own business.',
    'not-the-persons-data': () =>
      'These records are the customer company’s own. They are not your personal data and are not given.',
    'by-hand': (controller) => `answered by hand by ${controller}`,
    processor: (controller) =>
      `${controller} holds these only on behalf of a customer company, which alone decides about them. ${controller} must pass your request on to that company.`,
  },
  bases: {
    consent: 'your consent (GDPR Art. 6(1)(a))',
    contract: 'a contract with you, or steps towards one (GDPR Art. 6(1)(b))',
    'legal-obligation': 'a legal obligation (GDPR Art. 6(1)(c))',
    'vital-interests': 'somebody’s vital interests (GDPR Art. 6(1)(d))',
    'public-task': 'a task in the public interest (GDPR Art. 6(1)(e))',
    'legitimate-interests': 'legitimate interests (GDPR Art. 6(1)(f))',
    'legitimate-interests-marketing': 'legitimate interests: direct marketing (GDPR Art. 6(1)(f))',
  },
  look: 'Look at it',
  files: 'All of it',
  firstRecords: (shown, all) =>
    shown === all
      ? all === '1'
        ? 'One record.'
        : `All ${all} records.`
      : `The first ${shown} of ${all} records; the files beside this page have all of them.`,
  cutValues: 'Long values are cut here and end with …; the JSON file has them whole.',
  noValue: 'no value',
  back: 'Back to the overview',
  howTitle: 'About the files',
  how: [
    'JSON files hold every value exactly as it is stored. One line is one record.',
    "CSV files open in a spreadsheet. Where a text begins with = + - @ (or with a tab), an apostrophe (') was put before it, so that the spreadsheet does not run it as a formula; numbers are left alone.",
    'Large lists are split over several files: name.json, name-2.json and so on.',
    'manifest-sha256.txt lists the SHA-256 checksum of every other file. To check them, open a terminal in this folder and run: sha256sum -c manifest-sha256.txt',
  ],
  requestNumber: 'Request',
  readme: (controller) =>
    `This folder holds the personal data that ${controller} found about you.\nOpen index.html in a browser; no internet connection is needed.`,
  mailSubject: (controller) => `Your personal data from ${controller} (draft)`,
  mailBody: ({ controller, receivedOn, linkUntil, size, sha256, contact }) => [
    `On ${receivedOn} you asked ${controller} for your personal data. What was found so far lies ready for you as a zip file (${size}).`,
    `The link below works until ${linkUntil}. Anyone who has the link can open the file: do not pass it on. After unpacking, open index.html in a browser.`,
    `To make sure that the file is complete and unchanged, compare its SHA-256 checksum with this one:\n${sha256}`,
    'In Windows: certutil -hashfile FILE SHA256 · on a Mac: shasum -a 256 FILE · in Linux: sha256sum FILE',
    contact === undefined
      ? 'If you did not ask for this, please tell us by answering this letter.'
      : `If you did not ask for this, or have questions: ${contact}.`,
  ],
  mailLink: 'Download the file',
};

const et: Words = {
  title: 'Teie isikuandmed',
  draft: 'MUSTAND, EI OLE VASTUS',
  draftWhy: (controller) =>
    `See pakett näitab andmeid, mis teie kohta leiti. Selles ei ole veel kõike, mida seadus vastuselt nõuab (kui kaua andmeid säilitatakse, teie õigused, andmete edastamine, automaatsed otsused). ${controller} on teile selle vastuse endiselt võlgu ja vastamise tähtaeg jookseb edasi.`,
  about: (controller, receivedOn, builtOn) =>
    `Nende andmete eest vastutab ${controller} (vastutav töötleja). Te küsisite neid ${receivedOn}; see pakett on koostatud ${builtOn}.`,
  contact: (contact) => `Küsimused oma andmete kohta: ${contact}.`,
  authority: 'Teil on õigus esitada kaebus järelevalveasutusele:',
  contents: 'Kust otsiti',
  contentsIntro: 'Siin on nimetatud iga koht, kus isikuandmeid võib olla, ka siis, kui midagi ei leitud.',
  system: 'Koht',
  outcome: 'Tulemus',
  found: (records, collections) =>
    `Antud ${records} ${records === '1' ? 'kirje' : 'kirjet'} (loendeid: ${collections})`,
  nothingFound: 'Teie kohta ei leitud midagi.',
  unanswered: 'Seda kohta ei saanud tehnilistel põhjustel veel lugeda. Taotlus jääb avatuks, kuni see on tehtud.',
  notAsked: 'See koht võeti kasutusele pärast teie taotlust ja sealt selle taotluse jaoks ei otsitud.',
  onlyNotGiven: (counts) => `Kirjeid leiti, kuid ühtegi neist ei anta; põhjused on allpool: ${counts}.`,
  lookedIn: 'Vaadati ka siit, kuid teie kohta ei leitud midagi:',
  purpose: 'Milleks kasutatakse',
  legalBasis: 'Miks see on lubatud',
  category: 'Andmete liik',
  provenance: 'Kust andmed pärinevad',
  recipients: 'Kellele edastatakse',
  noRecipients: 'mitte kellelegi väljaspool ettevõtet',
  records: 'Kirjeid',
  asOf: 'Seisuga',
  given: (count) => `antud ${count}`,
  notGiven: (count) => `andmata ${count}`,
  referred: (count) => `kliendist ettevõttele suunatud ${count}`,
  reasons: {
    own: () => 'Need kirjed on teie kohta.',
    'own-fields': () =>
      'Nendest kirjetest antakse teile väljad, mis puudutavad teid. Ülejäänu kuulub kliendist ettevõttele ega ole teie isikuandmed.',
    'own-business': () => 'Need kirjed kuuluvad teie enda ettevõtlusele.',
    'not-the-persons-data': () =>
      'Need kirjed kuuluvad kliendist ettevõttele. Need ei ole teie isikuandmed ja neid ei anta.',
    'by-hand': (controller) => `${controller} vastas käsitsi`,
    processor: (controller) =>
      `${controller} hoiab neid ainult kliendist ettevõtte ülesandel ja nende üle otsustab üksnes see ettevõte. ${controller} peab teie taotluse sellele ettevõttele edastama.`,
  },
  bases: {
    consent: 'teie nõusolek (isikuandmete kaitse üldmäärus, art 6 lg 1 p a)',
    contract: 'teiega sõlmitud leping või selle ettevalmistamine (isikuandmete kaitse üldmäärus, art 6 lg 1 p b)',
    'legal-obligation': 'seadusest tulenev kohustus (isikuandmete kaitse üldmäärus, art 6 lg 1 p c)',
    'vital-interests': 'kellegi eluliste huvide kaitse (isikuandmete kaitse üldmäärus, art 6 lg 1 p d)',
    'public-task': 'avalikes huvides olev ülesanne (isikuandmete kaitse üldmäärus, art 6 lg 1 p e)',
    'legitimate-interests': 'õigustatud huvi (isikuandmete kaitse üldmäärus, art 6 lg 1 p f)',
    'legitimate-interests-marketing': 'õigustatud huvi: otseturundus (isikuandmete kaitse üldmäärus, art 6 lg 1 p f)',
  },
  look: 'Vaata',
  files: 'Kõik andmed',
  firstRecords: (shown, all) =>
    shown === all
      ? all === '1'
        ? 'Üks kirje.'
        : `Kõik kirjed (${all}).`
      : `Esimesed ${shown} kirjet ${all}-st; kõik kirjed on selle lehe kõrval olevates failides.`,
  cutValues: 'Pikad väärtused on siin lühendatud ja lõpevad märgiga …; JSON-failis on need tervikuna.',
  noValue: 'väärtus puudub',
  back: 'Tagasi ülevaatesse',
  howTitle: 'Failide kohta',
  how: [
    'JSON-failides on iga väärtus täpselt nii, nagu see on salvestatud. Üks rida on üks kirje.',
    "CSV-failid avanevad tabelarvutusprogrammis. Kui tekst algab märgiga = + - @ (või tabeldusmärgiga), on selle ette pandud ülakoma ('), et programm seda valemina ei käivitaks; arvud on jäetud muutmata.",
    'Suured loendid on jagatud mitmeks failiks: nimi.json, nimi-2.json ja nii edasi.',
    'Failis manifest-sha256.txt on iga teise faili SHA-256 kontrollsumma. Kontrollimiseks avage selles kaustas käsurida ja käivitage: sha256sum -c manifest-sha256.txt',
  ],
  requestNumber: 'Taotlus',
  readme: (controller) =>
    `Selles kaustas on isikuandmed, mille ${controller} teie kohta leidis.\nAvage brauseris fail index.html; internetiühendust ei ole vaja.`,
  mailSubject: (controller) => `Teie isikuandmed: ${controller} (mustand)`,
  mailBody: ({ controller, receivedOn, linkUntil, size, sha256, contact }) => [
    `Te küsisite ${receivedOn} oma isikuandmeid (vastutav töötleja: ${controller}). Seni leitud andmed on teie jaoks valmis zip-failina (${size}).`,
    `Allolev link töötab kuni ${linkUntil}. Faili saab avada igaüks, kellel on link: ärge seda edasi andke. Pärast lahtipakkimist avage brauseris fail index.html.`,
    `Et veenduda, et fail on terviklik ja muutmata, võrrelge selle SHA-256 kontrollsummat sellega:\n${sha256}`,
    'Windowsis: certutil -hashfile FAIL SHA256 · Macis: shasum -a 256 FAIL · Linuxis: sha256sum FAIL',
    contact === undefined
      ? 'Kui te neid andmeid ei küsinud, andke meile sellest teada, vastates sellele kirjale.'
      : `Kui te neid andmeid ei küsinud või kui teil on küsimusi: ${contact}.`,
  ],
  mailLink: 'Laadi fail alla',
};

const all: Readonly<Record<Language, Words>> = { en, et };

export function wordsFor(language: Language): Words {
  return all[language];
}

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
