/**
 * One request from its text to its answer, in the order Stripe checks things: key, path, permission, parameters,
 * idempotency, endpoint. A request is carried out as a whole before the next one begins.
 */
import { createHash } from 'node:crypto';
import { type Match, matchRoute } from '../../stand-in/routing.ts';
import type { Account } from './account.ts';
import { type ErrorFacts, errorBody, StripeFault, unknownPath } from './errors.ts';
import type { Fault } from './faults.ts';
import { parseForm } from './form.ts';
import type { Answer } from './idempotency.ts';
import { Keys } from './keys.ts';
import { listParam } from './lists.ts';
import { type Params, readParams } from './params.ts';
import type { Route, World } from './routing.ts';
import type { JsonHash } from './types.ts';
import { render } from './view.ts';

export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

export interface ApiAnswer extends Answer {
  readonly headers: Readonly<Record<string, string>>;
  readonly changed: boolean;
  /** Whether the same request with the same idempotency key is answered with this. */
  readonly isKept: boolean;
}

/** A request that may be carried out. */
interface Call {
  readonly match: Match<Route>;
  readonly params: Params;
  readonly fault: Fault | undefined;
  readonly requestId: string;
  readonly isPreview: boolean;
}

export interface EngineParts {
  readonly account: Account;
  readonly routes: readonly Route[];
  readonly keys: Keys;
  /** What the clock has made due since the last request. */
  tick(): void;
}

const faultFacts: Readonly<Record<number, ErrorFacts>> = {
  409: {
    status: 409,
    code: 'lock_timeout',
    before: true,
    message:
      'This object cannot be accessed right now because another API request or Stripe process is currently accessing it. If you see this error intermittently, retry the request.',
  },
  429: {
    status: 429,
    code: 'rate_limit',
    before: true,
    message: 'Request rate limit exceeded. Learn more about rate limits here https://stripe.com/docs/rate-limits.',
  },
};

const apiError = (status: number): ErrorFacts => ({
  status,
  type: 'api_error',
  message: 'An unknown error occurred',
});

export class Engine {
  readonly #parts: EngineParts;
  #requests = 0;

  constructor(parts: EngineParts) {
    this.#parts = parts;
  }

  /** The answer, whether good or not. A fault of kind `status` takes its place, before or after the effect. */
  handle(request: ApiRequest, fault: Fault | undefined): ApiAnswer {
    const requestId = this.#requestId();
    this.#parts.tick();
    try {
      return this.#answer(request, fault?.kind === 'status' ? fault : undefined, requestId);
    } catch (error) {
      if (!(error instanceof StripeFault)) throw error;
      return this.#failed(error.facts, requestId, false);
    }
  }

  #answer(request: ApiRequest, fault: Fault | undefined, requestId: string): ApiAnswer {
    const { keys, routes } = this.#parts;
    const { key, permissions } = keys.authenticate(request.headers.authorization);
    checkVersion(request.headers['stripe-version']);
    const match = matchRoute(routes, request.method, request.path);
    if (match === undefined) throw unknownPath(request.method, request.path);
    Keys.permit(permissions, match.route.permission, request.method === 'GET' ? 'read' : 'write');
    const params = readParams(match.route.params, parseForm(textOf(request)));
    const idempotencyKey = request.method === 'POST' ? request.headers['idempotency-key'] : undefined;
    const isPreview = request.headers['stripe-version']?.endsWith('.preview') === true;
    const call: Call = { match, params, fault, requestId, isPreview };
    if (idempotencyKey === undefined) return this.#carryOut(call);
    return this.#once(`${key} ${idempotencyKey}`, request, () => this.#carryOut(call));
  }

  #once(key: string, request: ApiRequest, carryOut: () => ApiAnswer): ApiAnswer {
    const { idempotency, clock } = this.#parts.account;
    const fingerprint = createHash('sha256')
      .update(`${request.method} ${request.path}?${request.query}\n${request.body}`)
      .digest('hex');
    const kept = idempotency.find(key, fingerprint, clock.now());
    if (kept !== undefined) {
      const headers = {
        ...headersOf(kept.requestId),
        'Idempotent-Replayed': 'true',
        'Original-Request': kept.requestId,
      };
      return { ...kept, headers, changed: false, isKept: true };
    }
    const answer = carryOut();
    if (answer.isKept) {
      const { status, body, requestId } = answer;
      idempotency.keep(key, { status, body, requestId, fingerprint, at: clock.now() });
    }
    return answer;
  }

  #carryOut(call: Call): ApiAnswer {
    const { fault, requestId } = call;
    const status = fault?.status ?? 500;
    const faulty = faultFacts[status] ?? apiError(status);
    if (fault !== undefined && fault.effect !== 'after') return laterIf(fault, this.#failed(faulty, requestId, false));
    try {
      const body = this.#run(call);
      if (fault !== undefined) return laterIf(fault, this.#failed(faulty, requestId, true));
      const changed = call.match.route.method !== 'GET';
      const headers = headersOf(requestId);
      return { status: 200, body: JSON.stringify(body), requestId, headers, changed, isKept: true };
    } catch (error) {
      if (!(error instanceof StripeFault)) throw error;
      return this.#failed(error.facts, requestId, false);
    }
  }

  #run({ match: { route, ids }, params, isPreview }: Call): JsonHash {
    const { store, clock, redactionEnabled, origin } = this.#parts.account;
    const world: World = { store, clock, redactionEnabled, origin, preview: isPreview };
    const expand = listParam(params, 'expand').filter((path) => typeof path === 'string');
    return render(world, route.run(world, ids, params), expand);
  }

  #failed(facts: ErrorFacts, requestId: string, changed: boolean): ApiAnswer {
    const { status } = facts;
    const retry = status === 409 || status === 429;
    const headers = { ...headersOf(requestId), ...(retry ? { 'Stripe-Should-Retry': 'true' } : {}) };
    return {
      status,
      body: JSON.stringify(errorBody(facts)),
      requestId,
      headers,
      changed,
      isKept: facts.before !== true,
    };
  }

  #requestId(): string {
    this.#requests += 1;
    return `req_StandIn${String(this.#requests).padStart(8, '0')}`;
  }
}

function laterIf({ retryAfterSeconds }: Fault, answer: ApiAnswer): ApiAnswer {
  if (retryAfterSeconds === undefined) return answer;
  return { ...answer, headers: { ...answer.headers, 'Retry-After': String(retryAfterSeconds) } };
}

/** Versions are days with a release's name. */
const versionPattern = /^\d{4}-\d{2}-\d{2}(\.[a-z]+)?(;.*)?$/;

function checkVersion(version: string | undefined): void {
  if (version === undefined || versionPattern.test(version)) return;
  throw new StripeFault({ status: 400, before: true, message: `Invalid Stripe API version: ${version}` });
}

function headersOf(requestId: string): Record<string, string> {
  return { 'Request-Id': requestId };
}

/** Parameters of GET are in the query, all others' in either. */
function textOf(request: ApiRequest): string {
  return request.method !== 'GET' && request.body !== '' ? request.body : request.query;
}
