/**
 * Repeatable numbers for the sample company: sfc32 (Chris Doty-Humphrey's Small Fast Counter, 32 bit, public domain),
 * seeded by FNV-1a over a label. Every part of the sample draws from a stream of its own label, so that a change in one
 * table does not move the others. Never for keys, ids of Habeas or anything that must not be guessed.
 */

export interface Rng {
  /** 0 … 2^32 - 1. */
  uint32(): number;
  /** A whole number from `low` to `high`, both included. */
  int(low: number, high: number): number;
  /** One of the list; throws on an empty list. */
  pick<T>(list: readonly T[]): T;
  /** True in `percent` of 100 draws. */
  chance(percent: number): boolean;
  /** Lower-case hexadecimal of that many bytes. */
  hex(bytes: number): string;
  /** Shaped as a version 4 UUID. */
  uuid(): string;
}

/** The seed of the published sample company; another one gives another company with the same cast. */
export const sampleSeed = 'naidisheli-2026';

/** A stream of numbers that depends on nothing but seed and label. */
export function stream(seed: string, label: string): Rng {
  const start = fnv1a(`${seed}/${label}`);
  let [a, b, c, counter] = [start, start ^ 0x9e3779b9, start ^ 0x85ebca6b, 1];

  const uint32 = (): number => {
    const result = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + result;
    c |= 0;
    return result >>> 0;
  };
  for (let round = 0; round < 15; round++) uint32();

  const int = (low: number, high: number): number => low + (uint32() % (high - low + 1));
  const hex = (bytes: number): string => {
    let text = '';
    for (let i = 0; i < bytes; i++) text += (uint32() >>> 24).toString(16).padStart(2, '0');
    return text;
  };
  return {
    uint32,
    int,
    hex,
    pick<T>(list: readonly T[]): T {
      const chosen = list[int(0, list.length - 1)];
      if (chosen === undefined) throw new RangeError('pick from an empty list');
      return chosen;
    },
    chance: (percent) => int(1, 100) <= percent,
    uuid: () => {
      const h = hex(16);
      return `${h.slice(0, 8)}-${h.slice(8, 12)}-4${h.slice(13, 16)}-a${h.slice(17, 20)}-${h.slice(20, 32)}`;
    },
  };
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text, 'utf8')) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
