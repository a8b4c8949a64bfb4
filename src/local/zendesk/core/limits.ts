/**
 * How often the desk may be asked: per account and minute by plan, and less for some endpoints
 * (https://developer.zendesk.com/api-reference/introduction/rate-limits/). Windows begin with the first request in them
 * and are of the stand-in's clock: where a test has stopped it, nothing is ever allowed again, as `Retry-After` says.
 */
import { tooMany } from './errors.ts';

/** Requests per minute. `unlimited` is no plan of Zendesk's: for tests of large amounts, endpoints' own limits included. */
export const plans = {
  team: 200,
  professional: 400,
  enterprise: 700,
  'enterprise-plus': 2_500,
  unlimited: Number.POSITIVE_INFINITY,
} as const;
export type Plan = keyof typeof plans;

/** A limit of an endpoint. `scope` keeps apart what is counted apart: a ticket, a user. */
export interface EndpointLimit {
  readonly name: string;
  readonly requests: number;
  readonly seconds: number;
  readonly scope?: string;
}

interface Window {
  readonly endsMs: number;
  count: number;
}

export class Limits {
  plan: Plan = 'enterprise-plus';
  readonly #now: () => number;
  readonly #windows = new Map<string, Window>();

  constructor(now: () => number) {
    this.#now = now;
  }

  forget(): void {
    this.#windows.clear();
  }

  /** Counts a request and returns the headers that tell about it; 429 where it is one too many. */
  count(limit: EndpointLimit | undefined): Record<string, string> {
    const perMinute = plans[this.plan];
    if (perMinute === Number.POSITIVE_INFINITY) return {};
    const window = this.#window('account', 60);
    window.count += 1;
    const remaining = Math.max(0, perMinute - window.count);
    const resets = this.#secondsTo(window);
    const headers = {
      'X-Rate-Limit': String(perMinute),
      'X-Rate-Limit-Remaining': String(remaining),
      'ratelimit-limit': String(perMinute),
      'ratelimit-remaining': String(remaining),
      'ratelimit-reset': String(resets),
    };
    if (window.count > perMinute) throw tooMany(resets, headers);
    return limit === undefined ? headers : { ...headers, ...this.#countEndpoint(limit, headers) };
  }

  #countEndpoint(limit: EndpointLimit, others: Record<string, string>): Record<string, string> {
    const window = this.#window(`${limit.name} ${limit.scope ?? ''}`, limit.seconds);
    window.count += 1;
    const left = Math.max(0, limit.requests - window.count);
    const resets = this.#secondsTo(window);
    const told = {
      [`Zendesk-RateLimit-${limit.name}`]: `total=${limit.requests}; remaining=${left}; resets=${resets}`,
    };
    if (window.count > limit.requests) throw tooMany(resets, { ...others, ...told });
    return told;
  }

  #window(key: string, seconds: number): Window {
    const now = this.#now();
    const known = this.#windows.get(key);
    // A clock that was moved backwards must not leave a window open for ever.
    if (known !== undefined && now < known.endsMs && known.endsMs - now <= seconds * 1_000) return known;
    const window = { endsMs: now + seconds * 1_000, count: 0 };
    this.#windows.set(key, window);
    return window;
  }

  #secondsTo(window: Window): number {
    return Math.max(1, Math.ceil((window.endsMs - this.#now()) / 1_000));
  }
}
