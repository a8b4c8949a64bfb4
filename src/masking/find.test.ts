import { describe, expect, test } from '@jest/globals';
import type { Participant } from '../../connectors/contract.ts';
import { findOthers } from './find.ts';
import { knownPeople } from './people.ts';

const people: readonly Participant[] = [
  { who: 'subject', names: ['Jaan Kask'], addresses: ['jaan.kask@kohvik.example', '+372 5123 4567'] },
  { who: 'staff', names: ['Mari Maasikas'], addresses: ['mari@sound.example'] },
  {
    who: 'other',
    names: ['Peeter Sepp', 'Peeter'],
    addresses: ['peeter.sepp@baar.example', '+372 5345 6789', 'psepp77'],
  },
  { who: 'controller', names: ['Sound Support'], addresses: ['support@sound.example'] },
];
const known = knownPeople(people);

/** The text with what is found in brackets. */
function marked(text: string): string {
  let out = '';
  let at = 0;
  for (const { from, to, kind, who } of findOthers(text, known)) {
    out += `${text.slice(at, from)}[${kind === 'name' && who === 'staff' ? 'staff' : kind}|${text.slice(from, to)}]`;
    at = to;
  }
  return out + text.slice(at);
}

describe('people of the conversation', () => {
  test.each([
    ['Mari Maasikas helistas.', '[staff|Mari Maasikas] helistas.'],
    ['Rääkisin Maasikaga ja Marile ka.', 'Rääkisin [staff|Maasikaga] ja [staff|Marile] ka.'],
    ['Peetri sõnul on Sepa arve maksmata.', '[name|Peetri] sõnul on [name|Sepa] arve maksmata.'],
    ['Jaan Kask ja Peeter Sepp', 'Jaan Kask ja [name|Peeter Sepp]'],
    ['Jaanile, Kase, Kaskile', 'Jaanile, Kase, Kaskile'],
    ['Said P. Sepp and Peeter’s wife', 'Said [name|P. Sepp] and [name|Peeter]’s wife'],
    ['sepp tegi ukse, maasikas on punane', 'sepp tegi ukse, maasikas on punane'],
    ['peeter ütles', '[name|peeter] ütles'],
    [
      'From support@sound.example to PEETER.SEPP@baar.example',
      'From support@sound.example to [email|PEETER.SEPP@baar.example]',
    ],
    ['kasutaja psepp77, mitte psepp777', 'kasutaja [address|psepp77], mitte psepp777'],
    ['tel 53456789, minu 5123 4567', 'tel [phone|53456789], minu 5123 4567'],
  ])('%s', (text, expected) => {
    expect(marked(text)).toBe(expected);
  });
});

describe('numbers of anybody', () => {
  test.each([
    ['IBAN EE38 2200 2210 2014 5685.', 'IBAN [iban|EE38 2200 2210 2014 5685].'],
    ['ee382200221020145685 ja edasi', '[iban|ee382200221020145685] ja edasi'],
    ['EE38 2200 2210 2014 5686', 'EE38 2200 2210 2014 5686'],
    ['kaart 4111 1111 1111 1111 kehtib', 'kaart [card|4111 1111 1111 1111] kehtib'],
    ['kaart 4111 1111 1111 1112 kehtib', 'kaart 4111 1111 1111 1112 kehtib'],
    ['isikukood 37605030299, mitte 37605030298', 'isikukood [personal-code|37605030299], mitte 37605030298'],
    ['helista +372 612 3456 või 5512 3456', 'helista [phone|+372 612 3456] või [phone|5512 3456]'],
    ['tellimus nr 55123456 summas 5 512 345 eurot', 'tellimus nr 55123456 summas 5 512 345 eurot'],
    ['27.11.2026, 2026-11-27, 192.168.10.10', '27.11.2026, 2026-11-27, 192.168.10.10'],
    ['npm i lodash@4.17.21, logo@2x.png, git@github.com:a/b', 'npm i lodash@4.17.21, logo@2x.png, git@github.com:a/b'],
    ['noreply@x.example', 'noreply@x.example'],
    ['mailto:kati%40x.example', 'mailto:[email|kati%40x.example]'],
  ])('%s', (text, expected) => {
    expect(marked(text)).toBe(expected);
  });
});
