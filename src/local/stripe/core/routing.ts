/** What an endpoint of the stand-in is, and how a path finds its endpoint. */
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

export interface Match {
  readonly route: Route;
  readonly ids: Readonly<Record<string, string>>;
}

/** Fixed parts win over names: `/v1/customers/search` is not the customer «search». */
export function matchRoute(routes: readonly Route[], method: string, path: string): Match | undefined {
  const parts = path.split('/');
  let best: (Match & { readonly named: number }) | undefined;
  for (const route of routes) {
    if (route.method !== method) continue;
    const ids = idsOf(route.path.split('/'), parts);
    if (ids === undefined) continue;
    const named = Object.keys(ids).length;
    if (best === undefined || named < best.named) best = { route, ids, named };
  }
  return best;
}

function idsOf(wanted: readonly string[], parts: readonly string[]): Record<string, string> | undefined {
  if (wanted.length !== parts.length) return undefined;
  const ids: Record<string, string> = {};
  for (const [index, step] of wanted.entries()) {
    const part = parts[index] ?? '';
    if (step.startsWith('{')) {
      if (part === '') return undefined;
      ids[step.slice(1, -1)] = decodeURIComponent(part);
    } else if (step !== part) return undefined;
  }
  return ids;
}
