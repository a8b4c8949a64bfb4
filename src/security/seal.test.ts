/** Seals keep what they promise: nothing but exactly what was sealed, under its own name and key, ever comes out. */
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { seal, unseal } from './seal.ts';

const key = randomBytes(32);
const broken = { code: 'seal-broken' };

describe('a sealed object', () => {
  it('opens to the same bytes, whatever they are and whatever it is called', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 5000 }), fc.string({ maxLength: 300 }), async (bytes, name) => {
        const { bytes: sealed } = await seal(key, name, Buffer.from(bytes));
        expect(await unseal(key, name, sealed)).toEqual(Buffer.from(bytes));
      }),
      { numRuns: 60 },
    );
  });

  it('does not open when any one bit of it is flipped', async () => {
    const { bytes } = await seal(key, 'name', Buffer.from('Õie Tamm'));
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      await expect(unseal(key, 'name', flipped)).rejects.toMatchObject(broken);
    }
  });

  it('does not open when cut short anywhere, or made longer', async () => {
    const { bytes } = await seal(key, 'name', randomBytes(200));
    for (let length = 0; length < bytes.length; length += 1)
      await expect(unseal(key, 'name', bytes.subarray(0, length))).rejects.toMatchObject(broken);
    await expect(unseal(key, 'name', Buffer.concat([bytes, Buffer.of(0)]))).rejects.toMatchObject(broken);
  });

  it('does not open in the place of another, nor under another key', async () => {
    const one = await seal(key, 'staging/one', Buffer.from('one'));
    const two = await seal(key, 'staging/two', Buffer.from('two'));
    await expect(unseal(key, 'staging/one', two.bytes)).rejects.toMatchObject(broken);
    await expect(unseal(key, 'staging/two', one.bytes)).rejects.toMatchObject(broken);
    await expect(unseal(randomBytes(32), 'staging/one', one.bytes)).rejects.toMatchObject(broken);
  });

  it('shows nothing of its content and never looks the same twice', async () => {
    const marker = Buffer.from('marker-Õie-Tamm-48901010000');
    const first = await seal(key, 'name', Buffer.concat([marker, marker, marker]));
    const second = await seal(key, 'name', Buffer.concat([marker, marker, marker]));
    expect(first.bytes.includes(marker)).toBe(false);
    expect(first.bytes.equals(second.bytes)).toBe(false);
    expect(first.bytes.subarray(-16).toString('hex')).toBe(first.tag);
  });
});
