/**
 * Idempotent requests as Stripe documents them (https://docs.stripe.com/api/idempotent_requests): POST only; the first
 * answer that an endpoint gave, a 500 included, is given again for the same key and parameters; other parameters are an
 * error; nothing is kept of a request that was refused before its endpoint began; forgotten after 24 hours.
 */
import { StripeFault } from './errors.ts';

const keptSeconds = 24 * 60 * 60;
const longestKey = 255;

export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly requestId: string;
}

export interface KeptAnswer extends Answer {
  /** Method, path and parameters of the first request. */
  readonly fingerprint: string;
  readonly at: number;
}

export class IdempotentAnswers {
  readonly #kept = new Map<string, KeptAnswer>();

  /** The kept answer for this key; throws for other parameters. `now` in seconds. */
  find(key: string, fingerprint: string, now: number): Answer | undefined {
    if (key.length > longestKey) {
      throw new StripeFault({ status: 400, before: true, message: 'Idempotency keys can be at most 255 characters' });
    }
    const kept = this.#kept.get(key);
    if (kept === undefined) return undefined;
    if (now - kept.at >= keptSeconds) {
      this.#kept.delete(key);
      return undefined;
    }
    if (kept.fingerprint === fingerprint) return kept;
    throw new StripeFault({
      status: 400,
      type: 'idempotency_error',
      before: true,
      message: `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${key}' if you meant to execute a different request.`,
    });
  }

  keep(key: string, answer: KeptAnswer): void {
    this.#kept.set(key, answer);
  }

  saved(): [string, KeptAnswer][] {
    return [...this.#kept];
  }

  restore(saved: readonly (readonly [string, KeptAnswer])[]): void {
    for (const [key, answer] of saved) this.#kept.set(key, answer);
  }
}
