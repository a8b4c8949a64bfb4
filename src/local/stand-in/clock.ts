/**
 * The clock of a stand-in for a hosted vendor: another clock (the machine's, a test's), moved or stopped through the controls.
 * Everything that a vendor does after a while (jobs, the search index, forgetting idempotency keys) is done when the clock has
 * moved that far, and never by a timer.
 */

export class StandInClock {
  readonly #base: () => Date;
  #stoppedAtMs: number | undefined;
  #offsetMs = 0;

  constructor(base: () => Date) {
    this.#base = base;
  }

  nowMs(): number {
    return (this.#stoppedAtMs ?? this.#base().getTime()) + this.#offsetMs;
  }

  /** Seconds since 1970. */
  now(): number {
    return Math.floor(this.nowMs() / 1_000);
  }

  /** Stops the clock at an instant; null lets it run again from the base clock. */
  set(instant: string | null): void {
    this.#offsetMs = 0;
    this.#stoppedAtMs = instant === null ? undefined : Date.parse(instant);
    if (Number.isNaN(this.#stoppedAtMs)) throw new RangeError('not an instant');
  }

  advance(seconds: number): void {
    this.#offsetMs += seconds * 1_000;
  }

  /** What of it must outlive the process. */
  saved(): { stoppedAtMs: number | null; offsetMs: number } {
    return { stoppedAtMs: this.#stoppedAtMs ?? null, offsetMs: this.#offsetMs };
  }

  restore(saved: { stoppedAtMs: number | null; offsetMs: number }): void {
    this.#stoppedAtMs = saved.stoppedAtMs ?? undefined;
    this.#offsetMs = saved.offsetMs;
  }
}
