/**
 * The order in which prepared work is committed: as it came, each batch after the one before, several small ones
 * together. Most collections of most people are one small chunk, and a transaction for each would cost the ledger more
 * than the rows in it. What is urgent is committed at once, the rest after a moment at the latest; both earlier where
 * somebody waits for room or for the end. After a failure nothing more is committed. What is lost by a crash meanwhile
 * is done again, as ever. Never rejects by itself: who adds asks `failure`.
 */
interface Entry<T> {
  readonly weight: number;
  readonly isUrgent: boolean;
  value: { readonly of: T } | undefined;
  /** Prepared, or failed to be. */
  isSettled: boolean;
}

/** Weight that may be on its way at once; a full chunk weighs half of it. */
export const capacity = 32;
const delayMs = 150;

export class CommitQueue<T> {
  readonly #commit: (batch: readonly T[]) => Promise<void>;
  #entries: Entry<T>[] = [];
  #isCommitting = false;
  #isDue = false;
  #isTurning = false;
  #timer: NodeJS.Timeout | undefined;
  #failure: { readonly error: unknown } | undefined;
  #waiting: (() => void)[] = [];

  constructor(commit: (batch: readonly T[]) => Promise<void>) {
    this.#commit = commit;
  }

  get failure(): { readonly error: unknown } | undefined {
    return this.#failure;
  }

  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#turn();
  }

  /** Whatever does not fit beside others has the room alone. */
  hasRoom(weight: number): boolean {
    return this.#entries.length === 0 || this.#weight() + weight <= capacity;
  }

  /** Waits for room. */
  async room(weight: number): Promise<void> {
    while (this.#failure === undefined && !this.hasRoom(weight)) await this.#change();
  }

  /** Takes its place in the order now and is prepared from now on. */
  add(weight: number, isUrgent: boolean, prepare: () => Promise<T>): void {
    const entry: Entry<T> = { weight, isUrgent, value: undefined, isSettled: false };
    this.#entries.push(entry);
    void prepare()
      .then((of) => {
        entry.value = { of };
      })
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => {
        entry.isSettled = true;
        this.#turnSoon();
      });
  }

  /** Until nothing is on its way any more, committed or failed. */
  async drain(): Promise<void> {
    while (this.#entries.length > 0) await this.#change();
  }

  #weight(): number {
    return this.#entries.reduce((sum, entry) => sum + entry.weight, 0);
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#turn();
    });
  }

  #notify(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  /** When everything that got ready by the same event has: it is committed together. */
  #turnSoon(): void {
    if (this.#isTurning) return;
    this.#isTurning = true;
    setImmediate(() => {
      this.#isTurning = false;
      this.#turn();
    });
  }

  #turn(): void {
    if (this.#isCommitting) return;
    if (this.#failure !== undefined) {
      clearTimeout(this.#timer);
      const left = this.#entries.filter((entry) => !entry.isSettled);
      // Only where something changed: who waits asks again at once.
      const isChanged = left.length < this.#entries.length || left.length === 0;
      this.#entries = left;
      if (isChanged) this.#notify();
      return;
    }
    const batch: T[] = [];
    let isUrgent = this.#isDue || this.#waiting.length > 0;
    for (const { value, isUrgent: asks } of this.#entries) {
      if (value === undefined) break;
      batch.push(value.of);
      isUrgent ||= asks;
    }
    if (batch.length === 0) return;
    if (!isUrgent) {
      this.#timer ??= setTimeout(() => {
        this.#timer = undefined;
        this.#isDue = true;
        this.#turn();
      }, delayMs);
      return;
    }
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isDue = false;
    this.#isCommitting = true;
    void this.#commit(batch)
      .then(() => {
        this.#entries.splice(0, batch.length);
      })
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => {
        this.#isCommitting = false;
        this.#notify();
        this.#turn();
      });
  }
}
