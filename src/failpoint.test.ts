/** A failpoint is armed by its exact name or not at all. */
import { describe, expect, it } from '@jest/globals';
import { parseFailpoint, passFailpoint } from './failpoint.ts';

describe('failpoints', () => {
  it('are named with the pass that kills, the first unless given', () => {
    expect(parseFailpoint('read-after-put:3')).toEqual({ name: 'read-after-put', pass: 3 });
    expect(parseFailpoint('package-mid-upload')).toEqual({ name: 'package-mid-upload', pass: 1 });
    expect(parseFailpoint(undefined)).toBeUndefined();
    expect(parseFailpoint('')).toBeUndefined();
  });

  it.each(['read-after-putt:1', 'read-after-put:0', 'read-after-put:x', ':1'])('refuse %s', (text) => {
    expect(() => parseFailpoint(text)).toThrow(expect.objectContaining({ code: 'usage' }));
  });

  it('do nothing unless armed', () => {
    expect(() => passFailpoint('read-after-put')).not.toThrow();
  });
});
