/** What is typed as a record: the form, and that a mistake never repeats what was typed. */
import { describe, expect, it } from '@jest/globals';
import { newId } from '../ids.ts';
import { holdId, recordRef, registerId } from './arguments.ts';

describe('--record', () => {
  it('names a record by collection and key, with as many columns as the key has', () => {
    expect(recordRef('invoices:id=7012')).toEqual({ collection: 'invoices', key: [['id', '7012']] });
    expect(recordRef('workspace_members:workspace_id=501,user_id=1001')).toEqual({
      collection: 'workspace_members',
      key: [
        ['workspace_id', '501'],
        ['user_id', '1001'],
      ],
    });
  });

  it('takes any value: with colons, equals signs, spaces, and commas behind a backslash', () => {
    expect(recordRef('notes:title=a=b: c\\, d,no=2').key).toEqual([
      ['title', 'a=b: c, d'],
      ['no', '2'],
    ]);
  });

  it.each(['invoices', 'invoices:', 'invoices:7012', 'invoices:=7012', 'invoices:id=', ':id=7012', 'Invoices:id=7012'])(
    'refuses %s, and does not repeat it',
    (text) => {
      expect(() => recordRef(text)).toThrow(
        expect.objectContaining({ code: 'usage', where: '--record: COLLECTION:KEY=VALUE[,KEY=VALUE]' }),
      );
    },
  );
});

it('a hold and an entry of the register are known by their own ids only', () => {
  const [hold, entry] = [newId('hold'), newId('register')];
  expect(holdId(hold)).toBe(hold);
  expect(registerId(entry)).toBe(entry);
  for (const wrong of [entry, 'hld_1', undefined])
    expect(() => holdId(wrong)).toThrow(expect.objectContaining({ code: 'not-found' }));
  expect(() => registerId(hold)).toThrow(expect.objectContaining({ code: 'not-found' }));
});
