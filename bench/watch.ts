/**
 * Owns telling who waits for a request that it has come where it was to come: one look for all of them, every 10 ms. Fails for
 * everybody where the look fails, or where nothing came within the bench's patience.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { RequestId } from '../src/ids.ts';
import { patienceMs } from './stage-times.ts';

const lookEveryMs = 10;

export interface Watch {
  until(requestId: RequestId): Promise<void>;
  end(): Promise<void>;
}

/** `arrived` says which of those that are waited for have come; `check` throws where nothing can come any more. */
export function watch(arrived: (ids: readonly RequestId[]) => Promise<readonly RequestId[]>, check: () => void): Watch {
  const waiting = new Map<RequestId, () => void>();
  let isEnding = false;
  let waitingSince = Date.now();
  const loop = async () => {
    while (!isEnding) {
      check();
      if (waiting.size === 0) waitingSince = Date.now();
      else {
        if (Date.now() - waitingSince > patienceMs) throw new Error(`nothing came within ${patienceMs} ms`);
        for (const id of await arrived([...waiting.keys()])) {
          waiting.get(id)?.();
          waiting.delete(id);
          waitingSince = Date.now();
        }
      }
      await delay(lookEveryMs);
    }
  };
  const failed = loop();
  failed.catch(() => undefined);
  return {
    until: (id) => Promise.race([new Promise<void>((resolve) => waiting.set(id, resolve)), failed]),
    end: async () => {
      isEnding = true;
      await failed;
    },
  };
}
