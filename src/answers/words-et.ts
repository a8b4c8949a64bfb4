/** What the letter with an answer says to the person, in Estonian. Takes counts, dates and configuration only. */
import { answerLaw } from '../policy/answers.ts';
import type { AnswerWords } from './words.ts';

/** `art 12 lg 4`. */
const art = (name: keyof typeof answerLaw): string => `art ${answerLaw[name].article.replace(/\((\d+)\)$/, ' lg $1')}`;
const records = (count: string, isOne: boolean): string => (isOne ? 'Üks kirje' : `${count} kirjet`);
const were = (what: string) => (count: string, isOne: boolean) => `${records(count, isOne)} ${what}`;

export const et: AnswerWords = {
  subject: (controller, receivedOn) => `Vastus teie taotlusele (${receivedOn}): ${controller}`,
  rights: {
    access: 'koopia teie isikuandmetest (isikuandmete kaitse üldmäärus, art 15)',
    portability: 'andmete ülekandmine (isikuandmete kaitse üldmäärus, art 20)',
    erasure: 'isikuandmete kustutamine (isikuandmete kaitse üldmäärus, art 17)',
    rectification: 'isikuandmete parandamine (isikuandmete kaitse üldmäärus, art 16)',
    restriction: 'isikuandmete töötlemise piiramine (isikuandmete kaitse üldmäärus, art 18)',
    objection: 'vastuväide isikuandmete töötlemisele (isikuandmete kaitse üldmäärus, art 21)',
    'consent-withdrawal': 'nõusoleku tagasivõtmine (isikuandmete kaitse üldmäärus, art 7 lg 3)',
  },
  opening: ({ controller, receivedOn, asked }) =>
    `Te esitasite ${receivedOn} taotluse (vastutav töötleja: ${controller}). Taotluse sisu: ${asked}.`,
  answer: `See kiri on vastus sellele taotlusele (${art('inform')}).`,
  unidentified: `Ei olnud võimalik kindlaks teha, et taotluse esitaja on isik, keda andmed puudutavad. Seetõttu ei otsitud, antud, muudetud ega kustutatud midagi (${art('unidentified')}). Võite esitada uue taotluse koos millegagi, mis teie isikut kinnitab.`,
  nothingFound: 'Läbi otsiti iga koht, kus isikuandmeid võib olla. Teie kohta ei leitud midagi.',
  found: (count, isOne) =>
    `Läbi otsiti iga koht, kus isikuandmeid võib olla; leiti ${isOne ? 'üks kirje' : `${count} kirjet`}. Mis nendega tehti:`,
  became: {
    erased: were('kustutati'),
    anonymised: were('muudeti anonüümseks: see, mis teile osutas, eemaldati jäädavalt'),
    absent: were('ei olnud enam alles või ei olnud seal midagi muuta'),
    retained: were('säilitatakse'),
    expiring: were('ei ole veel kustutatud; need kaovad ise'),
    refused: were('jäeti muutmata'),
    referred: were('suunati kliendiks olevale ettevõttele, kelle nimel neid hoitakse ja kes üksi nende üle otsustab'),
    rectified: were('parandati'),
    restricted: were('piirati: neid ainult säilitatakse ja midagi muud nendega ei tehta'),
    objected: were('võeti välja kasutusest, millele te vastu vaidlesite'),
    suppressed: were('võeti välja otseturustusest või kasutusest, milleks olite nõusoleku andnud'),
  },
  readBack: {
    erased: were('kustutati ja kontrolliti, et neid enam ei ole'),
    rectified: were('parandati ja kontrolliti, et parandus on alles'),
  },
  reasons: {
    'as-asked': 'nii nagu te soovisite',
    'by-hand': 'tegi käsitsi nimeline töötaja',
    'absolute-objection': 'otseturustusele esitatud vastuväidet järgitakse alati (art 21 lg 3)',
    'objection-upheld': 'teie vastuväide rahuldati (art 21 lg 1)',
    'compelling-grounds':
      'teie juhtumis otsustati, et ettevõtte mõjuvad õiguspärased põhjused kaaluvad üles teie huvid, õigused ja vabadused (art 21 lg 1)',
    'legal-claims': 'neid on vaja õigusnõuete koostamiseks, esitamiseks või kaitsmiseks (art 21 lg 1)',
    'found-accurate': 'neid kontrolliti ja leiti, et need on õiged (art 16)',
    'nothing-to-correct': 'neis ei ole midagi sellest, mida soovite parandada',
    'fixed-document':
      'väljastatud dokumenti, näiteks arvet, ei muudeta kunagi; kui see on vale, parandatakse see kreeditarve või uue dokumendiga',
    'not-reached': 'see õigus ei laiene andmetele, mida sellel õiguslikul alusel hoitakse',
    'not-the-persons-data': 'need on kliendiks oleva ettevõtte omad ega ole teie isikuandmed',
    processor: 'ettevõte on nende suhtes ainult volitatud töötleja (art 28)',
    eligible: 'kustutamise alus on olemas (art 17 lg 1)',
    reference: 'need on kellegi teise omad ja nimetasid teid',
    'law-keeps': 'seadus nõuab nende säilitamist (art 17 lg 3 p b)',
    held: 'neid hoitakse pooleli oleva asja tõttu; kui see lõpeb, vaadatakse need uuesti üle',
    exception: 'kehtib seaduse erand (art 17 lg 3)',
    'contract-runs': 'leping kehtib; kui see on lõppenud, võite uuesti taotleda',
    'period-runs': 'ettevõtte avaldatud tähtaeg ei ole möödunud; kui see möödub, need kustutatakse',
    'money-open': 'nendega on raha veel tasumata või võib selle veel tagasi nõuda',
    'account-open': 'ettevõtte avaldatud tähtaeg algab konto sulgemisest',
    'consent-stands': 'teie nõusolek kehtib; võite selle igal ajal tagasi võtta',
    'objection-pending': 'teie vastuväite üle alles otsustatakse',
    'changed-hands': 'need olid saanud kellegi teise omaks ja jäeti puutumata',
    'new-relationship': 'need tekkisid pärast kustutamise algust',
    expires: 'hoidlast ei saa üksikuid kirjeid kustutada; kõik selles kaob ise oma aja möödudes',
    'vendor-later': 'teenusepakkuja kustutab need hiljem, kui paluti; talt küsitakse, kuni see on tehtud',
    'soft-deleted':
      'kustutatud ja ei ole enam näha; lõplikult kaob see nimetatud päevaks, mil seda uuesti kontrollitakse',
    'on-its-way': 'kustutatud, kuid süsteem tegeleb sellega veel; kui see peaks valmis olema, kontrollitakse uuesti',
    swept: 'neid hoiti, kuni miski enam kustutamist ei takistanud',
    'history-remains': 'süsteemi ajalugu näitab endiselt, mis seal oli',
    '11(2)': 'isikut ei ole võimalik tuvastada (art 11 lg 2)',
    '12(5)': 'taotlus on selgelt põhjendamatu või ülemäärane (art 12 lg 5)',
    '15(4)': 'koopia kahjustaks teiste õigusi (art 15 lg 4)',
    '17(1)': 'ükski kustutamise alus ei ole täidetud (art 17 lg 1)',
    '17(3)(a)': 'neid on vaja sõna- ja teabevabaduse jaoks (art 17 lg 3 p a)',
    '17(3)(b)': 'seadus nõuab nende säilitamist (art 17 lg 3 p b)',
    '17(3)(c)': 'neid on vaja avalikes huvides rahvatervise valdkonnas (art 17 lg 3 p c)',
    '17(3)(d)': 'neid on vaja avalikes huvides arhiveerimiseks, uurimiseks või statistikaks (art 17 lg 3 p d)',
    '17(3)(e)': 'neid on vaja õigusnõuete koostamiseks, esitamiseks või kaitsmiseks (art 17 lg 3 p e)',
    '20(1)': 'neid ei hoita nõusoleku ega lepingu alusel või te ei andnud neid ise (art 20 lg 1)',
    '20(4)': 'nende kaasavõtmine kahjustaks teiste õigusi (art 20 lg 4)',
    '21(1)': 'mõjuvad õiguspärased põhjused kaaluvad teie vastuväite üles (art 21 lg 1)',
  },
  keptBy: (laws) => `alus: ${laws}`,
  until: (day) => `kuni ${day}`,
  restriction: {
    asked: (since) =>
      `Alates ${since} teie andmeid ainult säilitatakse ja midagi muud nendega ei tehta, välja arvatud see, mida lubab art 18 lg 2. Enne piirangu lõppemist antakse teile sellest teada (${art('beforeLifting')}).`,
    'while-examined': (since) =>
      `Seni kui asja kontrolliti, oli nende andmete töötlemine alates ${since} piiratud. Nüüd on asi otsustatud ja piirang tühistatakse: selle kirjaga antakse teile sellest enne teada (${art('beforeLifting')}).`,
    kept: (since) => `See, millele te vastu vaidlesite, on alates ${since} kasutusest väljas ja jääb nii.`,
  },
  suppressed: (since) =>
    `Alates ${since} ei kirjutata teile otseturustuse eesmärgil. Et see nii jääks, on teie aadress nimekirjas, millest seda välja lugeda ei saa.`,
  copies: (day) => `Varukoopiates on kustutatu veel olemas; viimane neist kaob hiljemalt ${day}.`,
  told: (names) => `Andmete saajatest on sellest teavitatud (${art('recipients')}): ${names}.`,
  untold: (names) => `Teavitada ei olnud võimalik või oleks see nõudnud ebaproportsionaalseid jõupingutusi: ${names}.`,
  disagree: {
    declined: `Kõike, mida te soovisite, ei tehtud; põhjused on eespool (${art('reasons')}). Teil on õigus esitada kaebus järelevalveasutusele (${art('complaint')}) ja pöörduda õiguskaitsevahendi saamiseks kohtusse (${art('remedy')}).`,
    done: `Kui te selle vastusega ei nõustu, on teil õigus esitada kaebus järelevalveasutusele (${art('complaint')}) ja pöörduda õiguskaitsevahendi saamiseks kohtusse (${art('remedy')}).`,
  },
  authority: (name, url) => `Järelevalveasutus: ${name}, ${url}`,
  contact: (contact) =>
    contact === undefined
      ? 'Kui te seda taotlust ei esitanud või kui teil on küsimusi, vastake palun sellele kirjale.'
      : `Kui te seda taotlust ei esitanud või kui teil on küsimusi: ${contact}.`,
  number: 'Taotlus',
};
