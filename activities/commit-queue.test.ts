/** What the order of committing promises, whatever the order in which work gets ready. */
import { describe, expect, it } from '@jest/globals';
import { CommitQueue, capacity } from './commit-queue.ts';

function handle<T>() {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

describe('the queue of what is to be committed', () => {
  it('commits in the order in which work was added, small ones together', async () => {
    const batches: number[][] = [];
    const queue = new CommitQueue<number>(async (batch) => void batches.push([...batch]));
    const work = [handle<number>(), handle<number>(), handle<number>()];
    for (const { promise } of work) queue.add(1, false, () => promise);
    work[2]?.resolve(2);
    work[1]?.resolve(1);
    const ended = queue.drain();
    expect(batches).toEqual([]);
    work[0]?.resolve(0);
    await ended;
    expect(batches.flat()).toEqual([0, 1, 2]);
  });

  it('commits what is not urgent too, though nobody waits for it', async () => {
    const committed = handle<readonly number[]>();
    const queue = new CommitQueue<number>(async (batch) => committed.resolve(batch));
    queue.add(1, false, async () => 7);
    expect(await committed.promise).toEqual([7]);
  });

  it('commits nothing after what failed, and ends', async () => {
    const batches: number[][] = [];
    const queue = new CommitQueue<number>(async (batch) => void batches.push([...batch]));
    const [first, second, third] = [handle<number>(), handle<number>(), handle<number>()];
    for (const { promise } of [first, second, third]) queue.add(1, false, () => promise);
    third.resolve(2);
    first.resolve(0);
    const ended = queue.drain();
    second.reject(new Error('lost'));
    await ended;
    expect(batches.flat()).not.toContain(2);
    expect(queue.failure?.error).toEqual(new Error('lost'));
  });

  it('commits nothing more after a commit failed', async () => {
    let commits = 0;
    const queue = new CommitQueue<number>(async () => {
      commits += 1;
      throw new Error('superseded');
    });
    queue.add(1, true, async () => 0);
    await queue.drain();
    queue.add(1, true, async () => 1);
    await queue.drain();
    expect(commits).toBe(1);
  });

  it('has room for two full ones and no third until one is committed', async () => {
    const first = handle<number>();
    const queue = new CommitQueue<number>(async () => undefined);
    const full = capacity / 2;
    queue.add(full, true, () => first.promise);
    queue.add(full, true, async () => 1);
    let hasRoom = false;
    const room = queue.room(full).then(() => {
      hasRoom = true;
    });
    await Promise.resolve();
    expect(hasRoom).toBe(false);
    first.resolve(0);
    await room;
    expect(hasRoom).toBe(true);
  });
});
