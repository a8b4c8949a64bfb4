/** Files in records become members of the package, and the records name them. */
import { describe, expect, it } from '@jest/globals';
import { PathsForFiles } from './record-files.ts';

const description = { files: ['document'] };
const pdf = (text: string) => ({
  name: 'A-1.pdf',
  type: 'application/pdf',
  base64: Buffer.from(text).toString('base64'),
});

function replaced(paths: PathsForFiles, record: object): string {
  const bytes = Buffer.from(`before${JSON.stringify(record)}after`);
  const end = paths.replace(bytes, 6, bytes.length - 5);
  expect(bytes.toString('utf8', 0, 6)).toBe('before');
  expect(bytes.toString('utf8', bytes.length - 5)).toBe('after');
  return bytes.toString('utf8', 6, end);
}

describe('a file in a record', () => {
  it('is named by its path beside the collection, numbered in order; a record without one stays as it is', () => {
    const paths = new PathsForFiles({ path: 'systems/billing/invoices', description });
    const long = 'x'.repeat(200);
    expect(replaced(paths, { id: '1', document: pdf(long) })).toBe('{"id":"1","document":"invoices/1.pdf"}');
    expect(replaced(paths, { id: '2', document: null })).toBe('{"id":"2","document":null}');
    expect(replaced(paths, { document: pdf(long), id: 'õ' })).toBe('{"document":"invoices/2.pdf","id":"õ"}');
  });

  it('has one path where it takes several records', () => {
    const paths = new PathsForFiles({ path: 'systems/support/attachments', description });
    const part = (more: boolean) => ({ document: { ...pdf('x'.repeat(200)), more } });
    const path = (no: number) => `{"document":"attachments/${no}.pdf"}`;
    expect([true, true, false, false].map((more) => replaced(paths, part(more)))).toEqual([1, 1, 1, 2].map(path));
  });

  it('is nothing else than a file: anything else fails closed', () => {
    for (const document of ['text', 7, { name: 'x' }, { ...pdf('x'), base64: 1 }])
      expect(() => replaced(new PathsForFiles({ path: 'a', description }), { document })).toThrow(
        expect.objectContaining({ code: 'package-chunk-broken' }),
      );
  });

  it('is looked for only where the collection says that there are some', () => {
    const record = { document: pdf('x') };
    expect(replaced(new PathsForFiles({ path: 'a', description: {} }), record)).toBe(JSON.stringify(record));
  });
});
