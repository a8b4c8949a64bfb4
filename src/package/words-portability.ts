/**
 * What a package of portability (Art. 20) and its letter say otherwise than one of access: what it is, which data it holds and
 * which not, what the files are for, and the right to complain and to go to court (Art. 12(4)). It is the answer, not a draft.
 * Takes only configuration, counts and dates.
 */
import type { Words } from './words.ts';

type Portability = Pick<
  Words,
  'title' | 'standing' | 'standingWhy' | 'about' | 'how' | 'readme' | 'mailSubject' | 'mailBody'
>;

export const portabilityEn: Portability = {
  title: 'Your data to take along',
  standing: 'Answer to your request for data portability (GDPR Art. 20)',
  standingWhy: (controller) =>
    `It holds the data that you gave ${controller}, or that was recorded while you used the service, and that is processed automatically by your consent or for a contract with you. Whatever else was found is counted and named below with the reason why this right does not reach it; you may ask for a copy of all of it under the right of access (Art. 15). If you do not agree, you may complain to the supervisory authority and go to court.`,
  about: (controller, receivedOn, builtOn) =>
    `${controller} is responsible for this data (the “controller”). You asked to take it along on ${receivedOn}; this package was put together on ${builtOn}. You may hand it to any other controller; ${controller} must not hinder you.`,
  how: [
    'JSON files hold every value exactly as it is stored. One line is one record. They are for the program that is to take the data over.',
    "CSV files open in a spreadsheet. Where a text begins with = + - @ (or with a tab), an apostrophe (') was put before it, so that the spreadsheet does not run it as a formula; numbers are left alone.",
    'datapackage.json describes every file and every field for programs, in the open Data Package form (datapackage.org).',
    'Large lists are split over several files: name.json, name-2.json and so on.',
    'manifest-sha256.txt lists the SHA-256 checksum of every other file. To check them, open a terminal in this folder and run: sha256sum -c manifest-sha256.txt',
  ],
  readme: (controller) =>
    `This folder holds the personal data that you may take along from ${controller}, as JSON and CSV files in "systems".\nOpen index.html in a browser to read about it; datapackage.json describes the files to a program.`,
  mailSubject: (controller, part) =>
    `Your data to take along from ${controller}${part === undefined ? '' : `, package ${part}`}`,
  mailBody: ({ controller, receivedOn, linkUntil, size, sha256, contact }) => [
    `On ${receivedOn} you asked ${controller} for your data in a form that you can take along. It lies ready for you as a zip file (${size}); what it does not hold is named in it with the reason.`,
    `The link below works until ${linkUntil}. Anyone who has the link can open the file: do not pass it on. After unpacking, open index.html in a browser.`,
    `To make sure that the file is complete and unchanged, compare its SHA-256 checksum with this one:\n${sha256}`,
    'In Windows: certutil -hashfile FILE SHA256 · on a Mac: shasum -a 256 FILE · in Linux: sha256sum FILE',
    'If you do not agree with this answer, you may complain to the supervisory authority, which the package names, and go to court.',
    contact === undefined
      ? 'If you did not ask for this, please tell us by answering this letter.'
      : `If you did not ask for this, or have questions: ${contact}.`,
  ],
};

export const portabilityEt: Portability = {
  title: 'Teie andmed kaasavõtmiseks',
  standing: 'Vastus teie taotlusele andmete ülekandmiseks (isikuandmete kaitse üldmäärus, art 20)',
  standingWhy: (controller) =>
    `Selles on andmed, mille andsite ettevõttele ${controller} või mis salvestati siis, kui te teenust kasutasite, ja mida töödeldakse automaatselt teie nõusolekul või teiega sõlmitud lepingu alusel. Kõik muu, mis leiti, on allpool loendatud koos põhjusega, miks see õigus sellele ei laiene; kõigi andmete koopiat võite küsida andmetega tutvumise õiguse alusel (art 15). Kui te ei nõustu, võite esitada kaebuse järelevalveasutusele ja pöörduda kohtusse.`,
  about: (controller, receivedOn, builtOn) =>
    `Nende andmete eest vastutab ${controller} (vastutav töötleja). Te soovisite ${receivedOn} andmed kaasa võtta; see pakett on koostatud ${builtOn}. Võite anda selle mis tahes teisele vastutavale töötlejale; ${controller} ei tohi seda takistada.`,
  how: [
    'JSON-failides on iga väärtus täpselt nii, nagu see on salvestatud. Üks rida on üks kirje. Need on mõeldud programmile, mis andmed üle võtab.',
    "CSV-failid avanevad tabelarvutusprogrammis. Kui tekst algab märgiga = + - @ (või tabeldusmärgiga), on selle ette pandud ülakoma ('), et programm seda valemina ei käivitaks; arvud on jäetud muutmata.",
    'Fail datapackage.json kirjeldab programmidele iga faili ja välja avatud Data Package’i kujul (datapackage.org).',
    'Suured loendid on jagatud mitmeks failiks: nimi.json, nimi-2.json ja nii edasi.',
    'Failis manifest-sha256.txt on iga teise faili SHA-256 kontrollsumma. Kontrollimiseks avage selles kaustas käsurida ja käivitage: sha256sum -c manifest-sha256.txt',
  ],
  readme: (controller) =>
    `Selles kaustas on isikuandmed, mille võite ettevõttest ${controller} kaasa võtta, JSON- ja CSV-failidena kaustas "systems".\nNende kohta lugemiseks avage brauseris fail index.html; datapackage.json kirjeldab faile programmile.`,
  mailSubject: (controller, part) =>
    `Teie andmed kaasavõtmiseks: ${controller}${part === undefined ? '' : `, pakett ${part}`}`,
  mailBody: ({ controller, receivedOn, linkUntil, size, sha256, contact }) => [
    `Te küsisite ${receivedOn} oma andmeid kujul, mille saab kaasa võtta (vastutav töötleja: ${controller}). Need on teie jaoks valmis zip-failina (${size}); mida selles ei ole, on seal nimetatud koos põhjusega.`,
    `Allolev link töötab kuni ${linkUntil}. Faili saab avada igaüks, kellel on link: ärge seda edasi andke. Pärast lahtipakkimist avage brauseris fail index.html.`,
    `Et veenduda, et fail on terviklik ja muutmata, võrrelge selle SHA-256 kontrollsummat sellega:\n${sha256}`,
    'Windowsis: certutil -hashfile FAIL SHA256 · Macis: shasum -a 256 FAIL · Linuxis: sha256sum FAIL',
    'Kui te selle vastusega ei nõustu, võite esitada kaebuse järelevalveasutusele, kes on paketis nimetatud, ja pöörduda kohtusse.',
    contact === undefined
      ? 'Kui te neid andmeid ei küsinud, andke meile sellest teada, vastates sellele kirjale.'
      : `Kui te neid andmeid ei küsinud või kui teil on küsimusi: ${contact}.`,
  ],
};
