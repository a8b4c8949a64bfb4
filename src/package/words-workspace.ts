/**
 * What a package of a whole workspace and its letter say otherwise than one of access: it goes to the customer who instructed it, and
 * holds what is the workspace's and nothing of what people in it have of their own. It is the answer, not a draft. Takes only
 * configuration, counts and dates.
 */
import type { Words } from './words.ts';
import { portabilityEn, portabilityEt } from './words-portability.ts';

type Workspace = Pick<
  Words,
  'title' | 'standing' | 'standingWhy' | 'about' | 'how' | 'readme' | 'mailSubject' | 'mailBody'
>;

export const workspaceEn: Workspace = {
  title: 'The data of your workspace',
  standing: 'Export of a workspace on your instruction (Regulation (EU) 2023/2854, Art. 25; GDPR Art. 28(3)(g))',
  standingWhy: (controller) =>
    `It holds everything that ${controller} has of your workspace, in a form that programs can read. What people in the workspace have of their own (their account, log-ins and settings) is counted and named below, and not handed over: each of them may ask ${controller} for it.`,
  about: (controller, receivedOn, builtOn) =>
    `You gave ${controller} this instruction on ${receivedOn}; this package was put together on ${builtOn}. It shows the workspace as it was then. You may hand it to any other provider.`,
  how: portabilityEn.how,
  readme: (controller) =>
    `This folder holds the data of your workspace at ${controller}, as JSON and CSV files in "systems".\nOpen index.html in a browser to read about it; datapackage.json describes the files to a program.`,
  mailSubject: (controller, part) =>
    `The data of your workspace at ${controller}${part === undefined ? '' : `, package ${part}`}`,
  mailBody: ({ controller, receivedOn, linkUntil, size, sha256, contact }) => [
    `On ${receivedOn} you instructed ${controller} to export your workspace. It lies ready for you as a zip file (${size}).`,
    `The link below works until ${linkUntil}. If it has ended before you have fetched the file, ask ${controller} for the file: for as long as it is kept, it is handed over to you in another way. Anyone who has the link can open the file: do not pass it on. After unpacking, open index.html in a browser.`,
    `To make sure that the file is complete and unchanged, compare its SHA-256 checksum with this one:\n${sha256}`,
    'In Windows: certutil -hashfile FILE SHA256 · on a Mac: shasum -a 256 FILE · in Linux: sha256sum FILE',
    'If you have also instructed that the workspace is erased, keep this file: after the agreed time nothing of it can be had again.',
    contact === undefined
      ? 'If you did not instruct this, please tell us by answering this letter.'
      : `If you did not instruct this, or have questions: ${contact}.`,
  ],
};

export const workspaceEt: Workspace = {
  title: 'Teie tööruumi andmed',
  standing:
    'Tööruumi väljastamine teie korraldusel (määrus (EL) 2023/2854, art 25; isikuandmete kaitse üldmäärus, art 28 lg 3 p g)',
  standingWhy: (controller) =>
    `Selles on kõik, mis ettevõttel ${controller} teie tööruumi kohta on, kujul, mida programmid oskavad lugeda. See, mis on tööruumi inimestel isiklikult (konto, sisselogimised ja seaded), on allpool loendatud ja nimetatud, kuid seda ei anta üle: igaüks neist võib seda ettevõttelt ${controller} ise küsida.`,
  about: (controller, receivedOn, builtOn) =>
    `Andsite ettevõttele ${controller} selle korralduse ${receivedOn}; pakett on koostatud ${builtOn} ja näitab tööruumi sellisena, nagu see siis oli. Võite anda selle mis tahes teisele teenuseosutajale.`,
  how: portabilityEt.how,
  readme: (controller) =>
    `Selles kaustas on teie tööruumi andmed ettevõttest ${controller}, JSON- ja CSV-failidena kaustas "systems".\nNende kohta lugemiseks avage brauseris fail index.html; datapackage.json kirjeldab faile programmile.`,
  mailSubject: (controller, part) =>
    `Teie tööruumi andmed: ${controller}${part === undefined ? '' : `, pakett ${part}`}`,
  mailBody: ({ controller, receivedOn, linkUntil, size, sha256, contact }) => [
    `Andsite ${receivedOn} korralduse väljastada teie tööruum (teenuseosutaja: ${controller}). See on teie jaoks valmis zip-failina (${size}).`,
    `Allolev link töötab kuni ${linkUntil}. Kui te selleks ajaks faili alla ei laadinud, küsige faili ettevõttelt ${controller}: kuni faili hoitakse, antakse see teile üle muul viisil. Faili saab avada igaüks, kellel on link: ärge seda edasi andke. Pärast lahtipakkimist avage brauseris fail index.html.`,
    `Et veenduda, et fail on terviklik ja muutmata, võrrelge selle SHA-256 kontrollsummat sellega:\n${sha256}`,
    'Windowsis: certutil -hashfile FAIL SHA256 · Macis: shasum -a 256 FAIL · Linuxis: sha256sum FAIL',
    'Kui andsite korralduse tööruum ka kustutada, hoidke see fail alles: pärast kokkulepitud aega ei ole sellest enam midagi võimalik saada.',
    contact === undefined
      ? 'Kui te seda korraldust ei andnud, andke meile sellest teada, vastates sellele kirjale.'
      : `Kui te seda korraldust ei andnud või kui teil on küsimusi: ${contact}.`,
  ],
};
