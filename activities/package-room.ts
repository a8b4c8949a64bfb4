/**
 * Who may build a package now, so that the worker's memory stays bounded: small ones side by side, as many as the queue has
 * slots, large ones one after the other. Whoever waits says so again and again, or the watchdog would take it for stuck.
 */
import type { ActivityRun } from './stage.ts';

/** Staged bytes up to which a package is small: it needs a few mebibytes of memory. */
export const smallPackageBytes = 1024 * 1024;
const sayEveryMs = 30_000;

type Run = Pick<ActivityRun, 'signal' | 'progress'>;

export class PackageRoom {
  /** Ends when the large packages begun before have. */
  #last: Promise<void> = Promise.resolve();

  /** Runs `work` when there is room for it. Throws the signal's reason where that comes first. */
  async build<T>(bytes: number, run: Run, work: () => Promise<T>): Promise<T> {
    if (bytes <= smallPackageBytes) return work();
    const before = this.#last;
    let leave: () => void = () => undefined;
    const left = new Promise<void>((resolve) => {
      leave = resolve;
    });
    this.#last = before.then(() => left);
    try {
      await turn(before, run);
      return await work();
    } finally {
      leave();
    }
  }
}

async function turn(before: Promise<void>, { signal, progress }: Run): Promise<void> {
  const waiting = setInterval(progress, sayEveryMs);
  let stop: () => void = () => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
  });
  signal.addEventListener('abort', stop, { once: true });
  try {
    signal.throwIfAborted();
    await Promise.race([before, aborted]);
  } finally {
    clearInterval(waiting);
    signal.removeEventListener('abort', stop);
  }
}
