/** What an endpoint of the stand-in is. */
import type { StandInClock } from '../../stand-in/clock.ts';
import type { Params, Spec } from './params.ts';
import type { Store } from './store.ts';
import type { JsonHash } from './types.ts';

/** What handlers may use. */
export interface World {
  readonly store: Store;
  readonly clock: StandInClock;
  /** Whether the account takes part in the preview of redaction jobs. */
  readonly redactionEnabled: boolean;
  /** The request names a preview version of the API. */
  readonly preview?: boolean;
  /** Where PDF files are read, e.g. `http://127.0.0.1:12111`. */
  origin(): string;
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Stripe's path with names in braces, as in its OpenAPI file. */
  readonly path: string;
  /** The permission of a restricted key, without `_read` or `_write`. */
  readonly permission: string;
  readonly params: Spec;
  run(world: World, ids: Readonly<Record<string, string>>, params: Params): JsonHash;
}
