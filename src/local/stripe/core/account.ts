/**
 * The one account that the stand-in is: its objects, clock, kept answers and what it takes part in; and how all of it is
 * kept between starts. Keys that were added and faults are not kept.
 */
import type { StandInClock } from '../../stand-in/clock.ts';
import { IdempotentAnswers, type KeptAnswer } from './idempotency.ts';
import type { World } from './routing.ts';
import { type SavedStore, Store } from './store.ts';

export interface SavedAccount {
  readonly version: 1;
  readonly store: SavedStore;
  readonly clock: { stoppedAtMs: number | null; offsetMs: number };
  readonly idempotency: readonly (readonly [string, KeptAnswer])[];
  readonly redactionEnabled: boolean;
  readonly sample: string | null;
}

export class Account implements World {
  store = new Store();
  idempotency = new IdempotentAnswers();
  redactionEnabled = false;
  /** Which sample was loaded. */
  sample: string | null = null;
  readonly clock: StandInClock;
  readonly origin: () => string;

  constructor(clock: StandInClock, origin: () => string) {
    this.clock = clock;
    this.origin = origin;
  }

  /** An account that has just been opened; the clock stays as it is. */
  reset(): void {
    this.store = new Store();
    this.idempotency = new IdempotentAnswers();
    this.redactionEnabled = false;
    this.sample = null;
  }

  saved(): SavedAccount {
    const { redactionEnabled, sample } = this;
    const [store, clock, idempotency] = [this.store.saved(), this.clock.saved(), this.idempotency.saved()];
    return { version: 1, store, clock, idempotency, redactionEnabled, sample };
  }

  restore(saved: SavedAccount): void {
    this.store.load(saved.store);
    this.idempotency.restore(saved.idempotency);
    this.clock.restore(saved.clock);
    this.redactionEnabled = saved.redactionEnabled;
    this.sample = saved.sample;
  }
}
