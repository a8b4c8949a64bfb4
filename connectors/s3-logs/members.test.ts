import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { membersOf } from './members.ts';

it('a record’s fields come out as they were written: long numbers, escapes and spaces too', () => {
  const line = '{ "id" : 9007199254740993 , "a\\u0062" :"\\u0040\\/",\t"n":{ "x": [1 , "}" ]},"z":-1.50e+3,"t":true}\r';
  expect([...membersOf(line)]).toEqual([
    ['id', '9007199254740993'],
    ['ab', '"\\u0040\\/"'],
    ['n', '{ "x": [1 , "}" ]}'],
    ['z', '-1.50e+3'],
    ['t', 'true'],
  ]);
  expect([...membersOf('{}')]).toEqual([]);
});

it('every field of any record is found, and means what it meant', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.constantFrom(undefined, '\t'), (record, space) => {
      const text = JSON.stringify(record, null, space).replaceAll('\n', ' ');
      const back = Object.fromEntries([...membersOf(text)].map(([name, value]) => [name, JSON.parse(value)]));
      expect(back).toEqual(JSON.parse(JSON.stringify(record)));
    }),
  );
});
