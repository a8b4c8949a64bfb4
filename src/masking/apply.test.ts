import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Participant } from '../../connectors/contract.ts';
import { maskRecord } from './apply.ts';
import { type Change, changeIn, reviewOf } from './changes.ts';
import { recordsToMask } from './numbered.ts';
import { knownPeople } from './people.ts';
import { proposeFor } from './propose.ts';
import { itemsIn } from './texts.ts';

const mari = [{ who: 'other', names: ['Mari Maasikas'] }] as const;
const files = ['document'];

/** The record as it is released. */
function released(
  record: string,
  changes: readonly Change[] = [],
  people: readonly Participant[] = mari,
): string | undefined {
  const bytes = Buffer.from(record);
  const { masks, isPrivileged } = proposeFor(
    { no: 0, bytes, from: 0, to: bytes.length },
    { people, known: knownPeople(people), files },
  );
  const privileged = isPrivileged ? [0] : [];
  const chunk = { bytes, offsets: Int32Array.from([0, bytes.length]) };
  const [one] = [...recordsToMask(chunk, { firstRecord: 0, firstMask: 0, masks, privileged })];
  if (one === undefined) throw new Error('no record');
  return maskRecord(one, reviewOf(changes), { language: 'en', files })?.toString();
}

const name = '⟦masked: the name of another person⟧';

describe('a record with masks', () => {
  test('keeps every byte that is not masked, numbers to the last digit', () => {
    const record = `{"n":12345678901234567890.10,"text":"Mari \\u00f5","deep":[{"Mari":1,"by":"Mari"},null,"x"], "e":{}}`;
    expect(released(record)).toBe(
      `{"n":12345678901234567890.10,"text":"${name} õ","deep":[{"Mari":1,"by":"${name}"},null,"x"], "e":{}}`,
    );
  });

  test('masks a number that is somebody’s, and leaves every other as it stands', () => {
    const record = '{"a":37605030299,"b":[37605030298,-37605030299,37605030299.0,1.5e7],"tel":53456789,"own":51234567}';
    const [phone, own] = [
      { who: 'other', addresses: ['+372 5345 6789'] },
      { who: 'subject', addresses: ['+372 5123 4567'] },
    ] as const;
    expect(released(record, [], [phone, own])).toBe(
      '{"a":"⟦masked: the personal identification code of another person⟧","b":[37605030298,-37605030299,37605030299.0,1.5e7],"tel":"⟦masked: the telephone number of another person⟧","own":51234567}',
    );
    expect(
      released(
        record,
        [
          { op: 'release', mask: 1 },
          { op: 'release', mask: 2 },
        ],
        [phone, own],
      ),
    ).toBe(record);
    const add = { op: 'add', record: 1, text: '37605030298', kind: 'rest', who: 'other' } as const;
    expect(released('{"n":37605030298}', [add])).toBe('{"n":"⟦masked: something that tells of another person⟧"}');
  });

  test('is the record itself where nothing is masked', () => {
    const record = `{"text":"nobody \\u00f5 \\/ here"}`;
    expect(released(record)).toBe(record);
  });

  test('shows a released passage, masks an added one, gives a reason of the reviewer’s', () => {
    const record = JSON.stringify({ text: 'Mari ja Kati, KATI!' });
    expect(released(record, [{ op: 'release', mask: 1 }])).toBe(record);
    const add = { op: 'add', record: 1, text: 'kati', kind: 'name', who: 'other' } as const;
    expect(released(record, [add])).toBe(JSON.stringify({ text: `${name} ja ${name}, ${name}!` }));
    const staff = { op: 'mask', mask: 1, kind: 'name', who: 'staff' } as const;
    expect(released(record, [{ op: 'release', mask: 1 }, staff])).toContain(
      '⟦masked: the name of a member of staff⟧ ja Kati',
    );
  });

  test('is withheld where a lawyer speaks, unless a reviewer gives it', () => {
    const record = JSON.stringify({ text: 'Meie advokaadi arvamus on lisatud.' });
    expect(released(record)).toBeUndefined();
    expect(released(record, [{ op: 'give', record: 1 }])).toBe(record);
    expect(released('{"text":"plain"}', [{ op: 'withhold', record: 1 }])).toBeUndefined();
  });

  test('gives no file that nobody looked into', () => {
    const record = JSON.stringify({
      document: { name: 'a.pdf', type: 'application/pdf', base64: 'TWFyaQ==' },
      other: 'x',
    });
    expect(released(record)).toBe(
      JSON.stringify({ document: { masked: '⟦masked: a file, which may be of another person⟧' }, other: 'x' }),
    );
    expect(released(record, [{ op: 'release', mask: 1 }])).toBe(record);
  });

  test('fails rather than giving out what was to be masked, where a proposal does not fit', () => {
    const bytes = Buffer.from('{"text":"Ma"}');
    const mask = { record: 0, item: 0, from: 0, to: 4, kind: 'name', who: 'other', no: 1 } as const;
    const record = { no: 1, bytes, from: 0, to: bytes.length, masks: [mask], isPrivileged: false };
    const about = { language: 'en', files };
    const broken = expect.objectContaining({ code: 'package-chunk-broken' });
    expect(() => maskRecord(record, reviewOf([]), about)).toThrow(broken);
    expect(() => maskRecord({ ...record, masks: [{ ...mask, item: 5 }] }, reviewOf([]), about)).toThrow(broken);
  });
});

test('texts of any JSON record are found as JSON.parse has them', () => {
  const texts = (value: unknown): string[] => {
    if (typeof value === 'string') return [value];
    if (typeof value !== 'object' || value === null) return [];
    return Object.values(value).flatMap(texts);
  };
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.constantFrom(0, 1), (record, space) => {
      const bytes = Buffer.from(JSON.stringify(record, null, space));
      const found = [...itemsIn(bytes, 0, bytes.length, [])]
        .filter(({ kind }) => kind === 'text')
        .map(({ from, to }): unknown => JSON.parse(bytes.toString('utf8', from, to)));
      expect(found).toEqual(texts(JSON.parse(bytes.toString())));
    }),
  );
});

test('a change that is none is not read as one', () => {
  expect(changeIn({ op: 'release', mask: 1 })).toEqual({ op: 'release', mask: 1 });
  for (const value of [null, {}, { op: 'release' }, { op: 'add', record: 1, text: 'x', kind: 'nose', who: 'other' }])
    expect(changeIn(value)).toBeUndefined();
});
