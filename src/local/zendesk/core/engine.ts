/**
 * One request from its text to its answer: token, rate limit, path, right, endpoint. A request is carried out as a whole before the
 * next one begins, and one that is refused has changed nothing.
 */
import { matchRoute } from '../../stand-in/routing.ts';
import { Access } from './access.ts';
import type { Account } from './account.ts';
import { badRequest, notFound, tooMany, ZendeskFault } from './errors.ts';
import type { Fault } from './faults.ts';
import type { Route } from './routing.ts';
import { isHash, type JsonHash } from './types.ts';

export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

export interface ApiAnswer {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface EngineParts {
  readonly account: Account;
  readonly routes: readonly Route[];
  /** What the clock has made due since the last request. */
  tick(): void;
}

export class Engine {
  readonly #parts: EngineParts;
  #requests = 0;

  constructor(parts: EngineParts) {
    this.#parts = parts;
  }

  /** The answer, whether good or not. A fault of kind `status` takes its place; `accepted` lets nothing happen. */
  handle(request: ApiRequest, fault: Fault | undefined): ApiAnswer {
    this.#requests += 1;
    this.#parts.tick();
    const { store, clock } = this.#parts.account;
    store.begin();
    try {
      const answer = this.#answer(request, fault);
      if (fault?.kind === 'accepted') store.rollback(clock.nowMs(), ['jobs']);
      store.commit();
      return answer;
    } catch (error) {
      store.rollback(clock.nowMs());
      if (!(error instanceof ZendeskFault)) throw error;
      return this.#rendered(error.status, error.body, error.headers);
    }
  }

  #answer(request: ApiRequest, fault: Fault | undefined): ApiAnswer {
    const { account, routes } = this.#parts;
    const actor = account.access.authenticate(request.headers.authorization);
    const match = matchRoute(routes, request.method, request.path.replace(/\.json$/, ''));
    const limited = account.limits.count(match?.route.limit?.(match.ids, account));
    if (match === undefined) throw notFound();
    Access.permit(actor, request.method, match.route.needs ?? 'agent');
    const faulty = fault?.kind === 'status' ? fault : undefined;
    if (faulty !== undefined && faulty.effect !== 'after') throw faultOf(faulty);
    const [identity] = account.store.having('identities', 'email', actor.email.toLowerCase());
    const reply = match.route.run({
      account,
      actor,
      actorId: Number(identity?.user_id ?? 0),
      ids: match.ids,
      path: request.path,
      query: new URLSearchParams(request.query),
      body: bodyOf(request),
    });
    if (faulty === undefined) return this.#rendered(reply.status ?? 200, reply.body, limited);
    const told = faultOf(faulty);
    return this.#rendered(told.status, told.body, told.headers);
  }

  #rendered(status: number, body: JsonHash | undefined, headers: Readonly<Record<string, string>>): ApiAnswer {
    const requestId = `stand-in-${String(this.#requests).padStart(8, '0')}`;
    return {
      status,
      body: body === undefined ? '' : JSON.stringify(body),
      headers: { ...headers, 'X-Zendesk-Request-Id': requestId },
    };
  }
}

function faultOf({ status = 500, retryAfterSeconds }: Fault): ZendeskFault {
  if (status === 429) return tooMany(retryAfterSeconds ?? 1);
  const headers = retryAfterSeconds === undefined ? {} : { 'Retry-After': String(retryAfterSeconds) };
  return new ZendeskFault(status, { error: 'InternalError', description: 'Something went wrong' }, headers);
}

function bodyOf({ method, body, headers }: ApiRequest): JsonHash {
  if (method === 'GET' || body === '') return {};
  if (headers['content-type']?.startsWith('application/json') !== true) throw badRequest('Content-Type is not JSON');
  try {
    const value: unknown = JSON.parse(body);
    if (isHash(value)) return value;
  } catch {
    // Said below.
  }
  throw badRequest('The request body is not valid JSON');
}
