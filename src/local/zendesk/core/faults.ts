/**
 * Faults that a test orders: the next requests that match fail in one of the ways a vendor fails. «after» means that the
 * effect is there and only its answer is lost.
 */
import { type FaultMatch, OrderedFaults } from '../../stand-in/faults.ts';

export interface Fault extends FaultMatch {
  /**
   * `status`: answered with that HTTP status. `silence`: never answered, the connection stays open. `close`: the connection
   * is closed without an answer. `cut`: half of the answer, then the connection is closed. `accepted`: answered as if it had
   * been done, and nothing is done, now or later.
   */
  readonly kind: 'status' | 'silence' | 'close' | 'cut' | 'accepted';
  /** Of kind `status`: 409, 429, 500, 503 … */
  readonly status?: number;
  /** Of kind `status`: sent as `Retry-After`. */
  readonly retryAfterSeconds?: number;
  /** Whether the request takes effect first. `before` if left out; a `cut` answer comes after it. */
  readonly effect?: 'before' | 'after';
}

export class Faults extends OrderedFaults<Fault> {}
