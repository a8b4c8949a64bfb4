/** What a package and its letter say to the person, in Estonian. Takes only configuration, counts and dates. */
import type { Words } from './words.ts';

export const et: Words = {
  title: 'Teie isikuandmed',
  standing: 'MUSTAND, EI OLE VASTUS',
  standingWhy: (controller) =>
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
  unanswered:
    'Selle kohaga töö alles käib. Kõik, mis sealt leitakse, tuleb hilisemas paketis; seni jääb teie taotlus avatuks.',
  unreadable: (records, files) =>
    `Osa sellest kohast on rikutud ja seda ei saanud lugeda: kirjeid ${records}, faile ${files}. Kas seal on midagi teie kohta, ei ole teada.`,
  byHand: (controller) => `${controller} vaatas selle koha läbi käsitsi.`,
  sentBefore: (where) => `Saadetud varem: ${where}; siin seda ei korrata.`,
  readAgain: (where) => `Pärast varasemat saatmist (${where}) uuesti läbi vaadatud; siin antu asendab seal antut.`,
  foundBefore: (where) => `Mis sealt varem leiti: ${where}.`,
  part: (no) => `Pakett ${no}`,
  partNamed: (no, day) => `pakett ${no} (${day})`,
  partMore:
    'Selles paketis on see, mis on valmis. Järgneb veel: kohad, mille juures on öeldud, et töö alles käib, tulevad hilisemas paketis.',
  partLast: 'See on viimane pakett: koos varasematega hõlmab see kõiki kohti, kust otsiti.',
  partLastEmpty:
    'See on viimane pakett. Uusi andmeid selles ei ole: varasemates on kõik, mis teie kohta leiti, kõigist kohtadest, kust otsiti.',
  partEarlier: (parts) => `Varem saadetud: ${parts}. Hoidke need alles; neid ei korrata.`,
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
    'others-masked': () =>
      'Neid kirjeid te varem näinud ei olnud. Teised inimesed on neis varjatud, sest nende andmed ei kuulu teile väljastamisele (isikuandmete kaitse üldmäärus, art 15 lg 4). Iga varjatud koht ütleb, mis seal on.',
    privilege: () => 'Ettevõttele antud õigusnõu ei väljastata.',
    'by-hand': (controller) => `${controller} vastas käsitsi`,
    'not-portable': () =>
      'Andmete kaasavõtmise õigus nendele kirjetele ei laiene: neid ei hoita teie nõusolekul ega teiega sõlmitud lepingu alusel või ei ole te neid ise andnud (art 20 lg 1).',
    'instructed-export': () => 'teie oma, nagu te korraldasite',
    'members-own': () => 'teie tööruumi kuuluva inimese andmed, mida tema võib ise küsida',
    'others-rights': () =>
      'Need kirjed räägivad ka teistest inimestest; nende kaasavõtmine kahjustaks teiste õigusi (art 20 lg 4).',
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
  mailSubject: (controller, part) =>
    `Teie isikuandmed: ${controller}${part === undefined ? '' : `, pakett ${part}`} (mustand)`,
  mailPartMore:
    'Selles on see, mis on valmis. Kõik kohad ei ole veel vastanud: ülejäänu tuleb järgmise kirjaga ja seni jääb teie taotlus avatuks.',
  mailPartLast: 'See on viimane. Koos varasemate pakettidega, mida see ei korda, hõlmab see kõiki kohti, kust otsiti.',
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
