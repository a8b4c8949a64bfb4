/**
 * How a workflow waits for a vendor's job: by timers that double, for a week at most; what takes longer is handed over to the
 * register. Nothing of the job is known here, only that it runs.
 */
import { sleep } from '@temporalio/workflow';

const minuteMs = 60_000;
const longestMs = 6 * 60 * minuteMs;
/** So long a workflow waits. */
export const patienceMs = 7 * 24 * 60 * minuteMs;

/** The wait before a job is asked about the next time: one minute, doubling up to six hours. */
export const nextWaitMs = (asked: number): number => Math.min(minuteMs * 2 ** Math.min(asked, 20), longestMs);

/**
 * Asks until nothing runs any more. `isLast`: the time is up, and what still runs is to be handed over; whether it does even then is
 * for the caller to see.
 */
export async function askUntilDone<T extends { readonly running?: boolean }>(
  ask: (isLast: boolean) => Promise<T>,
): Promise<T> {
  let waitedMs = 0;
  for (let asked = 0; ; asked += 1) {
    const isLast = waitedMs >= patienceMs;
    const answer = await ask(isLast);
    if (answer.running !== true || isLast) return answer;
    const waitMs = nextWaitMs(asked);
    await sleep(waitMs);
    waitedMs += waitMs;
  }
}
