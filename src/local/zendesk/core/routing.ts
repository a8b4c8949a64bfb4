/** What an endpoint of the stand-in is. */
import type { Actor } from './access.ts';
import type { Account } from './account.ts';
import { notFound } from './errors.ts';
import type { EndpointLimit } from './limits.ts';
import type { JsonHash } from './types.ts';

/** One request that may be carried out. */
export interface Call {
  readonly account: Account;
  readonly actor: Actor;
  /** Id of the user whom the token belongs to. */
  readonly actorId: number;
  readonly ids: Readonly<Record<string, string>>;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: JsonHash;
}

export interface Reply {
  /** 200 if left out; 204 without a body. */
  readonly status?: number;
  readonly body?: JsonHash;
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Zendesk's path without `.json`, with names in braces. */
  readonly path: string;
  /** Whether it takes an administrator; `agent` if left out. */
  readonly needs?: 'agent' | 'admin';
  limit?(ids: Readonly<Record<string, string>>, account: Account): EndpointLimit;
  run(call: Call): Reply;
}

/** The number that a path has under this name; 404 if it is none. */
export function idOf(call: Call, name: string): number {
  const id = Number(call.ids[name]);
  if (!Number.isSafeInteger(id)) throw notFound();
  return id;
}
