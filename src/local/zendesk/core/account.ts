/**
 * The one help desk that the stand-in is: its objects, its clock, how long things take, who may ask and how often. Delays and
 * plan are settings of whoever starts it; what they are if nobody says is in README.md, with what of it Zendesk documents.
 */
import type { StandInClock } from '../../stand-in/clock.ts';
import { Access } from './access.ts';
import { Limits } from './limits.ts';
import { Store } from './store.ts';

/** How long things take that Zendesk does after the answer, in milliseconds of the stand-in's clock. */
export interface Delays {
  /** Until search sees a change. */
  readonly searchMs: number;
  /** Until a redaction shows where comments and audits are read. */
  readonly redactionMs: number;
  /** Until a background job has ended; half of it until it has begun. */
  readonly jobMs: number;
  /** Until a product has ended forgetting a user who was permanently deleted. */
  readonly deletionMs: Readonly<Record<Application, number>>;
}

/** Areas of compliance: each says for itself when it has forgotten somebody. */
export const applications = ['support', 'chat', 'explore'] as const;
export type Application = (typeof applications)[number];

export const usualDelays: Delays = {
  searchMs: 120_000,
  redactionMs: 30_000,
  jobMs: 10_000,
  deletionMs: { support: 99_000, chat: 4 * 3_600_000, explore: 24 * 3_600_000 },
};

/** The user who is there from the beginning, whose token may do everything. */
export const adminId = 1;
export const adminEmail = 'admin@stand-in.example';

export class Account {
  store: Store;
  readonly access = new Access();
  readonly limits: Limits;
  readonly clock: StandInClock;
  readonly origin: () => string;
  /** Which sample was loaded. */
  sample: string | null = null;
  #delays: Delays = usualDelays;

  constructor(clock: StandInClock, origin: () => string) {
    this.clock = clock;
    this.origin = origin;
    this.limits = new Limits(() => clock.nowMs());
    this.store = this.#empty();
  }

  get delays(): Delays {
    return this.#delays;
  }

  set delays(delays: Delays) {
    this.#delays = delays;
    this.store.search.lagMs = delays.searchMs;
  }

  /** A desk that has just been opened; clock, delays, plan and tokens stay as they are. */
  reset(): void {
    this.store = this.#empty();
    this.store.search.lagMs = this.#delays.searchMs;
    this.limits.forget();
    this.sample = null;
  }

  /** The instant as the API writes it: ISO 8601 in whole seconds. */
  nowText(): string {
    return textOfMs(this.clock.nowMs());
  }

  #empty(): Store {
    const store = new Store();
    const at = '2024-01-02T08:00:00Z';
    const common = { created_at: at, updated_at: at };
    store.put(
      'users',
      { id: adminId, name: 'Stand-in Admin', role: 'admin', email: adminEmail, ...common },
      Number.NEGATIVE_INFINITY,
    );
    store.put(
      'identities',
      { id: 2, user_id: adminId, type: 'email', value: adminEmail, primary: true, verified: true, ...common },
      Number.NEGATIVE_INFINITY,
    );
    return store;
  }
}

export const textOfMs = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;
