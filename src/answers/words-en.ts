/** What the letter with an answer says to the person, in English. Takes counts, dates and configuration only. */
import { answerLaw } from '../policy/answers.ts';
import type { AnswerWords } from './words.ts';

const art = (name: keyof typeof answerLaw): string => `Art. ${answerLaw[name].article}`;
const records = (count: string, isOne: boolean): string => (isOne ? 'One record' : `${count} records`);
const were = (what: string) => (count: string, isOne: boolean) =>
  `${records(count, isOne)} ${isOne ? 'was' : 'were'} ${what}`;

export const en: AnswerWords = {
  subject: (controller, receivedOn) => `Answer from ${controller} to your request of ${receivedOn}`,
  rights: {
    access: 'a copy of your personal data (GDPR Art. 15)',
    portability: 'your data to take along (GDPR Art. 20)',
    erasure: 'the erasure of your personal data (GDPR Art. 17)',
    rectification: 'the correction of your personal data (GDPR Art. 16)',
    restriction: 'the restriction of the processing of your personal data (GDPR Art. 18)',
    objection: 'an end to the processing that you object to (GDPR Art. 21)',
    'consent-withdrawal': 'your consent to be taken back (GDPR Art. 7(3))',
  },
  opening: ({ controller, receivedOn, asked }) => `On ${receivedOn} you asked ${controller} for ${asked}.`,
  answer: `This letter is the answer to it (${art('inform')}).`,
  unidentified: `Nobody could establish that whoever asked is the person the data is about, so that nothing was looked for, given, changed or erased (${art('unidentified')}). You may ask again with something that shows who you are.`,
  nothingFound: 'Every place that may hold personal data was searched. Nothing was found about you.',
  found: (count, isOne) =>
    `Every place that may hold personal data was searched; ${isOne ? 'one record was' : `${count} records were`} found. What became of them:`,
  became: {
    erased: were('erased'),
    anonymised: were('made anonymous: what pointed to you was removed for good'),
    absent: were('not there any more, or not to be changed'),
    retained: were('kept'),
    expiring: were('not erased yet; they go by themselves'),
    refused: were('left as they are'),
    referred: were('referred to the customer company on whose behalf they are held, which alone decides about them'),
    rectified: were('corrected'),
    restricted: were('restricted: they are stored and nothing else is done with them'),
    objected: were('taken out of the use that you objected to'),
    suppressed: were('taken out of direct marketing, or of the use you consented to'),
  },
  readBack: {
    erased: were('erased, and read back as gone'),
    rectified: were('corrected, and read back as corrected'),
  },
  reasons: {
    'as-asked': 'as you asked',
    'by-hand': 'done by hand by a named member of staff',
    'absolute-objection': 'an objection to direct marketing is always followed (Art. 21(3))',
    'objection-upheld': 'your objection was upheld (Art. 21(1))',
    'compelling-grounds':
      'compelling legitimate grounds of the company override your interests, rights and freedoms, as was decided in your case (Art. 21(1))',
    'legal-claims': 'they are needed for the establishment, exercise or defence of legal claims (Art. 21(1))',
    'found-accurate': 'they were examined and found accurate as they are (Art. 16)',
    'nothing-to-correct': 'they hold nothing of what you want corrected',
    'fixed-document':
      'an issued document such as an invoice is never edited; where it is wrong, it is corrected by a credit note or a new document',
    'not-reached': 'this right does not reach data held on this legal basis',
    'not-the-persons-data': 'they are the customer company’s own and not your personal data',
    processor: 'the company is only their processor (Art. 28)',
    eligible: 'a ground for erasure is met (Art. 17(1))',
    reference: 'they are another’s, and named you',
    'law-keeps': 'a law demands that they are kept (Art. 17(3)(b))',
    held: 'they are held by a pending matter, and looked at again when it ends',
    exception: 'an exception of the law applies (Art. 17(3))',
    'contract-runs': 'the contract runs; you may ask again when it has ended',
    'period-runs': 'the period that the company has published has not ended; they are erased when it has',
    'money-open': 'money is still open on them, or can still be charged back',
    'account-open': 'the period that the company has published begins when the account is closed',
    'consent-stands': 'your consent stands; you may withdraw it at any time',
    'objection-pending': 'your objection is being decided',
    'changed-hands': 'they had become another person’s, and were left alone',
    'new-relationship': 'they were made after the erasing began',
    expires: 'the store cannot erase single records; everything in it goes by itself after its time',
    'vendor-later': 'the provider lets go of them later than it was asked; it is asked again until it has',
    'soft-deleted': 'deleted and out of sight; gone for good by that day, on which it is looked at again',
    'on-its-way': 'deleted, and the system is still at it; it is looked at again when that should be done',
    swept: 'they were kept until nothing stood against erasing them any more',
    'history-remains': 'a history inside the system still tells what was there',
    '11(2)': 'the person cannot be identified (Art. 11(2))',
    '12(5)': 'the request is manifestly unfounded or excessive (Art. 12(5))',
    '15(4)': 'a copy would adversely affect the rights of others (Art. 15(4))',
    '17(1)': 'none of the grounds for erasure is met (Art. 17(1))',
    '17(3)(a)': 'they are needed for freedom of expression and information (Art. 17(3)(a))',
    '17(3)(b)': 'a law demands that they are kept (Art. 17(3)(b))',
    '17(3)(c)': 'they are needed for reasons of public interest in public health (Art. 17(3)(c))',
    '17(3)(d)': 'they are needed for archiving, research or statistics in the public interest (Art. 17(3)(d))',
    '17(3)(e)': 'they are needed for the establishment, exercise or defence of legal claims (Art. 17(3)(e))',
    '20(1)': 'they are not held by consent or contract, or were not given by you (Art. 20(1))',
    '20(4)': 'taking them along would adversely affect the rights of others (Art. 20(4))',
    '21(1)': 'compelling legitimate grounds override your objection (Art. 21(1))',
  },
  keptBy: (laws) => `kept by: ${laws}`,
  until: (day) => `until ${day}`,
  restriction: {
    asked: (since) =>
      `Since ${since} your data is stored and nothing else is done with it, but for what Art. 18(2) allows. You will be told before this ends (${art('beforeLifting')}).`,
    'while-examined': (since) =>
      `While this was examined, from ${since} on, the data in question was restricted. It is decided now, and the restriction will be lifted: you are told so by this letter, before it happens (${art('beforeLifting')}).`,
    kept: (since) => `What you objected to has been out of use since ${since}, and stays so.`,
  },
  suppressed: (since) =>
    `Since ${since} nobody writes to you for direct marketing. To keep it so, your address stays on a list from which it cannot be read.`,
  copies: (day) => `Backups still hold copies of what was erased; the last of them lapses by ${day}.`,
  told: (names) => `Of this were told, having received the data (${art('recipients')}): ${names}.`,
  untold: (names) => `Could not be told, or only with disproportionate effort: ${names}.`,
  disagree: {
    declined: `Not everything was done that you asked for; the reasons are above (${art('reasons')}). You may lodge a complaint with the supervisory authority (${art('complaint')}) and seek a judicial remedy in court (${art('remedy')}).`,
    done: `If you do not agree with this answer, you may lodge a complaint with the supervisory authority (${art('complaint')}) and seek a judicial remedy in court (${art('remedy')}).`,
  },
  authority: (name, url) => `Supervisory authority: ${name}, ${url}`,
  contact: (contact) =>
    contact === undefined
      ? 'If you did not ask for this, or have questions, please answer this letter.'
      : `If you did not ask for this, or have questions: ${contact}.`,
  number: 'Request',
};
