/**
 * How many calls Zendesk takes: of all kinds a minute by plan, and of some endpoints besides. Kept as windows that slide, so that in no
 * stretch of that length there are more; waiting ends at once when the attempt is cancelled. Keeps the instants of the calls of one
 * window, nothing else. The limits are the account's and shared with agents: what Zendesk says itself (429, Retry-After) still counts.
 * Source: developer.zendesk.com/api-reference/introduction/rate-limits; .../ticketing/users/users (Permanently Delete User).
 */
import { setTimeout as delay } from 'node:timers/promises';

/** Calls a minute, by plan. */
export const plans = {
  'support-team': 200,
  'support-professional': 400,
  'support-enterprise': 700,
  'suite-team': 200,
  'suite-growth': 400,
  'suite-professional': 400,
  'suite-enterprise': 700,
  'suite-enterprise-plus': 2_500,
  'high-volume': 2_500,
} as const;

const minute = 60_000;

/** Endpoints with a limit of their own, for the whole account. */
export const endpoints = {
  'ticket-update': { calls: 100, perMs: minute },
  'ticket-delete': { calls: 400, perMs: minute },
  'deleted-list': { calls: 10, perMs: minute },
  'user-purge': { calls: 700, perMs: 10 * minute },
} as const;
export type Endpoint = keyof typeof endpoints;

export class Window {
  readonly #calls: number;
  readonly #perMs: number;
  readonly #now: () => number;
  /** When the last calls were made, oldest at `#at`. */
  readonly #made: number[] = [];
  #at = 0;

  constructor(calls: number, perMs: number, now: () => number = () => performance.now()) {
    this.#calls = calls;
    this.#perMs = perMs;
    this.#now = now;
  }

  /** Milliseconds until one more call may be made; 0: now. */
  get waitMs(): number {
    if (this.#made.length < this.#calls) return 0;
    return Math.max(0, (this.#made[this.#at] ?? 0) + this.#perMs - this.#now());
  }

  /** Waits for a place and takes it. */
  async take(signal: AbortSignal): Promise<void> {
    for (let wait = this.waitMs; wait > 0; wait = this.waitMs)
      await delay(wait, undefined, { signal }).catch(() => signal.throwIfAborted());
    if (this.#made.length < this.#calls) {
      this.#made.push(this.#now());
      return;
    }
    this.#made[this.#at] = this.#now();
    this.#at = (this.#at + 1) % this.#calls;
  }
}

/** More than any plan allows is a server of one's own, as a stand-in, which has no limits of Zendesk's endpoints either. */
const mostOfAnyPlan = Math.max(...Object.values(plans));

/** The windows of one account, shared by everything that calls it. */
export class Windows {
  readonly #isZendesk: boolean;
  readonly #all: Window;
  readonly #of = new Map<Endpoint, Window>();

  constructor(requestsPerMinute: number) {
    this.#isZendesk = requestsPerMinute <= mostOfAnyPlan;
    this.#all = new Window(requestsPerMinute, minute);
  }

  async take(endpoint: Endpoint | undefined, signal: AbortSignal): Promise<void> {
    if (endpoint !== undefined && this.#isZendesk) {
      const { calls, perMs } = endpoints[endpoint];
      const window = this.#of.get(endpoint) ?? new Window(calls, perMs);
      this.#of.set(endpoint, window);
      await window.take(signal);
    }
    await this.#all.take(signal);
  }
}
