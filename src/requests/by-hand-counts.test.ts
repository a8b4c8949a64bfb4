import { describe, expect, it } from '@jest/globals';
import { completeCounts, parseCounts } from './by-hand-counts.ts';

const collections = ['users', 'invoices', 'notes'];
const counts = (...texts: string[]) => completeCounts(parseCounts(texts), collections);
const refused = (where: string) => expect.objectContaining({ code: 'counts-invalid', where });

describe('counts of a system that was answered by hand', () => {
  it('say of every collection what was found, given, withheld and referred', () => {
    expect(counts('invoices=12:withheld=2:referred=3,users=1', 'notes=0')).toEqual([
      { collection: 'users', found: 1, exported: 1, withheld: 0, referred: 0 },
      { collection: 'invoices', found: 12, exported: 7, withheld: 2, referred: 3 },
      { collection: 'notes', found: 0, exported: 0, withheld: 0, referred: 0 },
    ]);
  });

  it('may say that nothing was found anywhere, in one word', () => {
    expect(counts('none').map(({ collection, found }) => [collection, found])).toEqual([
      ['users', 0],
      ['invoices', 0],
      ['notes', 0],
    ]);
    expect(() => counts('none,users=1')).toThrow(expect.objectContaining({ code: 'counts-invalid' }));
  });

  it('are refused where a collection is missing, named twice or unknown, and say which', () => {
    expect(() => counts('users=1')).toThrow(refused('--counts: missing invoices, notes'));
    expect(() => counts('users=1,invoices=0,notes=0,users=2')).toThrow(refused('--counts: users twice'));
    expect(() => counts('users=1,invoices=0,notes=0,secret=2')).toThrow(
      refused('--counts: a collection that this system does not have; it has users, invoices, notes'),
    );
  });

  it('are refused where more is withheld and referred than was found, or where they are no counts', () => {
    expect(() => counts('users=3:withheld=2:referred=2,invoices=0,notes=0')).toThrow(
      refused('--counts: users: more withheld and referred than found'),
    );
    for (const text of ['users', 'users=', 'users=-1', 'users=1.5', 'users=1:lost=1', 'users=1:withheld=1:withheld=1'])
      expect(() => counts(`${text},invoices=0,notes=0`)).toThrow(
        refused('--counts: COLLECTION=FOUND[:withheld=N][:referred=N],… or none'),
      );
  });
});
