/**
 * Faults that a test orders: the next requests that match fail in one of the ways a vendor fails. «after» means that the
 * effect is there and only its answer is lost: what a caller who was killed or cut off finds later.
 */
import { type FaultMatch, OrderedFaults } from '../../stand-in/faults.ts';

export interface Fault extends FaultMatch {
  /**
   * `status`: answered with that HTTP status. `silence`: never answered, the connection stays open. `close`: the connection
   * is closed without an answer; the official client then sends the request once more by itself, so order two of these.
   */
  readonly kind: 'status' | 'silence' | 'close';
  /** Of kind `status`: 409 (`lock_timeout`), 429 (`rate_limit`), 500, 503 … */
  readonly status?: number;
  /** Of kind `status`: sent as `Retry-After`. */
  readonly retryAfterSeconds?: number;
  /** Whether the request takes effect first. `before` if left out. */
  readonly effect?: 'before' | 'after';
}

export class Faults extends OrderedFaults<Fault> {}
