/**
 * Faults that a test orders: the next requests that match fail in one of the ways a vendor fails. «after» means that the
 * effect is there and only its answer is lost: what a caller who was killed or cut off finds later.
 */

export interface Fault {
  /** GET, POST or DELETE; any if left out. */
  readonly method?: string;
  /** Exact path, or a path with `*` for one part: `/v1/customers/*`; any if left out. */
  readonly path?: string;
  /** How many matching requests pass first. */
  readonly skip?: number;
  /** How many requests fail, 1 if left out. */
  readonly times?: number;
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

export class Faults {
  #ordered: { readonly fault: Fault; skip: number; left: number }[] = [];

  order(fault: Fault): void {
    this.#ordered.push({ fault, skip: fault.skip ?? 0, left: fault.times ?? 1 });
  }

  clear(): void {
    this.#ordered = [];
  }

  /** Uses up one fault for this request, the oldest first. */
  take(method: string, path: string): Fault | undefined {
    for (const ordered of this.#ordered) {
      if (!matches(ordered.fault, method, path)) continue;
      if (ordered.skip > 0) {
        ordered.skip -= 1;
        continue;
      }
      if (ordered.left === 0) continue;
      ordered.left -= 1;
      return ordered.fault;
    }
    return undefined;
  }
}

function matches(fault: Fault, method: string, path: string): boolean {
  if (fault.method !== undefined && fault.method !== method) return false;
  if (fault.path === undefined) return true;
  const [wanted, parts] = [fault.path.split('/'), path.split('/')];
  return wanted.length === parts.length && wanted.every((step, index) => step === '*' || step === parts[index]);
}
