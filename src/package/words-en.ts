/** What a package and its letter say to the person, in English. Takes only configuration, counts and dates. */
import type { Words } from './words.ts';

export const en: Words = {
  title: 'Your personal data',
  standing: 'DRAFT, NOT AN ANSWER',
  standingWhy: (controller) =>
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
  unanswered:
    'This place is still being worked on. Whatever is found there follows in a later package; your request stays open until then.',
  unreadable: (records, files) =>
    `Parts of this place were damaged and could not be read: records: ${records}, files: ${files}. Whether they say anything about you is not known.`,
  byHand: (controller) => `${controller} looked through this place by hand.`,
  sentBefore: (where) => `Sent before, in ${where}; not repeated here.`,
  readAgain: (where) => `Looked through again since ${where}; what is given here takes the place of what is there.`,
  foundBefore: (where) => `What was found there before is in ${where}.`,
  part: (no) => `Package ${no}`,
  partNamed: (no, day) => `package ${no} of ${day}`,
  partMore:
    'This package holds what is ready. More follows: the places named in it as still being worked on come in a later package.',
  partLast: 'This is the last package: together with the earlier ones it covers every place that was searched.',
  partLastEmpty:
    'This is the last package. It holds no further data: the earlier ones hold everything that was found about you, from every place that was searched.',
  partEarlier: (parts) => `Sent before: ${parts}. Keep them; they are not repeated.`,
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
    'others-masked': () =>
      'You had not seen these records before. Other people in them are masked, because what concerns them is not yours to get (GDPR Art. 15(4)). Each mask says what it stands for.',
    privilege: () => 'Legal advice given to the company is not handed out.',
    'by-hand': (controller) => `answered by hand by ${controller}`,
    'not-portable': () =>
      'The right to take data along does not reach these records: they are not held by your consent or a contract with you, or you did not give them (Art. 20(1)).',
    'instructed-export': () => 'yours, as you instructed',
    'members-own': () => 'the data of a person in your workspace, who gets it by asking for it',
    'others-rights': () =>
      'These records also say something of other people; taking them along would adversely affect their rights (Art. 20(4)).',
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
  mailSubject: (controller, part) =>
    `Your personal data from ${controller}${part === undefined ? '' : `, package ${part}`} (draft)`,
  mailPartMore:
    'It holds what is ready. Not every place has answered yet: more follows in another letter, and your request stays open until then.',
  mailPartLast:
    'It is the last one. Together with the earlier packages, which it does not repeat, it covers every place that was searched.',
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
