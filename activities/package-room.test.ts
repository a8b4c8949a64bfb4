import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { PackageRoom, smallPackageBytes } from './package-room.ts';

const run = { signal: new AbortController().signal, progress: () => undefined };

/** Work that ends when it is told to. */
function held() {
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  let isBegun = false;
  const work = () => {
    isBegun = true;
    return ended;
  };
  return { work, end: () => end(), isBegun: () => isBegun };
}

describe('room for packages', () => {
  it('is for one large package at a time, and for small ones beside it', async () => {
    const room = new PackageRoom();
    const [first, second, small] = [held(), held(), held()];
    const building = [
      room.build(smallPackageBytes + 1, run, first.work),
      room.build(smallPackageBytes + 1, run, second.work),
      room.build(smallPackageBytes, run, small.work),
    ];
    await delay(1);
    expect([first, second, small].map(({ isBegun }) => isBegun())).toEqual([true, false, true]);
    first.end();
    await building[0];
    await delay(1);
    expect(second.isBegun()).toBe(true);
    second.end();
    small.end();
    await Promise.all(building);
  });

  it('goes on after one that failed', async () => {
    const room = new PackageRoom();
    await expect(room.build(2e9, run, () => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
    await expect(room.build(2e9, run, async () => 'built')).resolves.toBe('built');
  });

  it('lets go at once of one that was cancelled while it waited, and keeps the others in order', async () => {
    const room = new PackageRoom();
    const first = held();
    const building = room.build(2e9, run, first.work);
    const cancelled = new AbortController();
    const waiting = room.build(2e9, { ...run, signal: cancelled.signal }, async () => 'built');
    cancelled.abort(new Error('cancelled'));
    await expect(waiting).rejects.toThrow('cancelled');
    const third = held();
    const last = room.build(2e9, run, third.work);
    await delay(1);
    expect(third.isBegun()).toBe(false);
    first.end();
    third.end();
    await Promise.all([building, last]);
  });
});
