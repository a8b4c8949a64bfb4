/**
 * Which requests a test has ordered to fail: the next ones that match, the oldest order first. What failing means is each
 * stand-in's own (stripe/core/faults.ts, zendesk/core/faults.ts).
 */

export interface FaultMatch {
  /** GET, POST, PUT or DELETE; any if left out. */
  readonly method?: string;
  /** Exact path, or a path with `*` for one part: `/v1/customers/*`; any if left out. */
  readonly path?: string;
  /** How many matching requests pass first. */
  readonly skip?: number;
  /** How many requests fail, 1 if left out. */
  readonly times?: number;
}

export class OrderedFaults<F extends FaultMatch> {
  #ordered: { readonly fault: F; skip: number; left: number }[] = [];

  order(fault: F): void {
    this.#ordered.push({ fault, skip: fault.skip ?? 0, left: fault.times ?? 1 });
  }

  clear(): void {
    this.#ordered = [];
  }

  /** Uses up one fault for this request, the oldest first. */
  take(method: string, path: string): F | undefined {
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

function matches(fault: FaultMatch, method: string, path: string): boolean {
  if (fault.method !== undefined && fault.method !== method) return false;
  if (fault.path === undefined) return true;
  const [wanted, parts] = [fault.path.split('/'), path.split('/')];
  return wanted.length === parts.length && wanted.every((step, index) => step === '*' || step === parts[index]);
}
