/** A caller of the Support API for tests of the stand-in, without any patience: every answer is seen as it comes. */
import { isHash, type Json, type JsonHash } from './core/types.ts';
import type { ZendeskStandIn } from './start.ts';

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly body: JsonHash;
}

export type Caller = (method: string, path: string, body?: unknown) => Promise<Answered>;

/** Calls as `email/token:…` by Basic authentication. A path, or an address that the stand-in gave. */
export function callerOf(standIn: ZendeskStandIn, email = standIn.email, token = standIn.token): Caller {
  const credentials = Buffer.from(`${email}/token:${token}`).toString('base64');
  return async (method, path, body) => {
    const response = await fetch(path.startsWith('http') ? path : `${standIn.url}${path}`, {
      method,
      headers: { Authorization: `Basic ${credentials}`, 'Content-Type': 'application/json' },
      signal: AbortSignal.timeout(60_000),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === '' ? {} : JSON.parse(text) };
  };
}

/** What stands at a place of an answer: `ticket.id`, `comments.0.html_body`. */
export function at({ body }: Answered, place: string): Json | undefined {
  let value: Json | undefined = body;
  for (const step of place.split('.'))
    value = Array.isArray(value) ? value[Number(step)] : isHash(value) ? value[step] : undefined;
  return value;
}

export function idAt(answer: Answered, place: string): number {
  const id = at(answer, `${place}.id`);
  if (typeof id !== 'number') throw new Error(`no id at ${place} of HTTP ${answer.status}`);
  return id;
}
