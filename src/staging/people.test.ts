import { expect, test } from '@jest/globals';
import { peopleIn } from './people.ts';

const key = '{"key":[["id","1"]],';
const people = [{ who: 'staff', names: ['Mari "],\\"record\\":" Maasikas'], addresses: ['mari@x.example'] }];
const read = (line: string) => peopleIn(Buffer.from(line), 0, Buffer.byteLength(line), 'tickets');

test('who takes part is read from before the record, whatever stands in it', () => {
  const record = { note: '],"people":[{"who":"other"}],"record":{' };
  const said = `"people":${JSON.stringify(people)},"record":${JSON.stringify(record)}}`;
  expect(read(`${key}${said}`)).toEqual(people);
  expect(read(`{"key":[["id","1"]],"by":[["id","7"]],${said}`)).toEqual(people);
  expect(read(`${key}"people":[{"who":"other"}],"record":{}}`)).toEqual([{ who: 'other', names: [], addresses: [] }]);
  expect(read(`${key}"people":[],"record":{}}`)).toEqual([]);
});

test.each([
  ['nobody is told', `${key}"record":{"note":"],\\"people\\":["}}`],
  ['behind the record', `${key}"record":[],"people":[]}`],
  ['another form', `${key}"people":[{"who":"friend"}],"record":{}}`],
  ['names that are none', `${key}"people":[{"who":"other","names":[1]}],"record":{}}`],
  ['no JSON', `${key}"people":[{],"record":{}}`],
])('fails closed: %s', (_what, line) => {
  expect(() => read(line)).toThrow(expect.objectContaining({ code: 'people-missing', where: 'tickets' }));
});
