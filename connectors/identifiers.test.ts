import { describe, expect, it } from '@jest/globals';
import { folded, isUsable, requireUsable } from './identifiers.ts';

describe('which identifiers may be sent to a system', () => {
  it('lets through what people and systems really have', () => {
    for (const email of ['a+b@x.ee', "o'neil&co@kuld.example", 'õie@põld.ee', 'null@tuhi.example', 'me@ee'])
      expect(isUsable('email', email)).toBe(true);
    for (const id of ['7', '42', '11', '9007199254740993', '6d75cd21-4b93-402b-a8d5-08a580ac1d47'])
      expect(isUsable('user_id', id, true)).toBe(true);
    expect(isUsable('name', 'Ülo Õun')).toBe(true);
    expect(isUsable('name', '李小龙')).toBe(true);
  });

  it('refuses what points to nobody or to everybody', () => {
    const none = [
      '',
      ' ',
      '\t',
      '%',
      '%%%',
      '***',
      '-',
      '...',
      'ab',
      'aaa',
      'null',
      'None',
      'UNKNOWN',
      'test',
      ' mari@x.ee',
    ];
    for (const value of [...none, '\ud800abc', 'a\u0000bc', 'x'.repeat(1_001)])
      expect(isUsable('email', value)).toBe(false);
    for (const value of ['nobody', '@x.ee', 'mari@', '*@x.ee', '%@x.ee', 'mari@*', 'mari@%', 'a b@x.ee'])
      expect(isUsable('email', value)).toBe(false);
    for (const value of ['0', '000', '-1', '-42', '00000000-0000-0000-0000-000000000000', 'null', '%'])
      expect(isUsable('user_id', value, true)).toBe(false);
  });

  it('names the kind in its error and never the value', () => {
    expect(() => requireUsable({ kind: 'email', value: 'secret', source: 'request' })).toThrow(/\[email\]$/);
    expect(() => requireUsable({ kind: 'email', value: 'secret', source: 'request' })).not.toThrow(/secret/);
  });

  it('folds letter case at least as widely as databases do', () => {
    for (const [a, b] of [
      ['İLKER', 'ilker'],
      ['ILKER', 'ılker'],
      ['ΟΔΟΣ', 'οδος'],
      ['ÕIE', 'õie'.normalize('NFD')],
    ] as const)
      expect(folded(a)).toBe(folded(b));
    expect(folded('õie')).not.toBe(folded('oie'));
  });
});
