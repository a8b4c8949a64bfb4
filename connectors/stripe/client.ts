/**
 * The only file that talks to Stripe, by the official library with the API version pinned. Every call is paced, has a time
 * limit and bounded retries that obey `Retry-After`, and ends at once when the attempt is cancelled. Objects are handed on as
 * plain JSON. Errors are mapped here and nowhere else; no message of Stripe's leaves this file, because it may quote who it is about.
 * Sources: Stripe API reference (Versioning, Pagination, Idempotent requests, Rate limits).
 */
import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import Stripe from 'stripe';
import { HabeasError } from '../../src/errors.ts';
import type { CallContext } from '../contract.ts';
import type { Pacer } from '../pacer.ts';
import { againOf, isRemembered, Missing, mapError } from './map-error.ts';
import type { Limits } from './settings.ts';

/** The version whose objects the shipped data map describes. */
export const apiVersion = '2026-10-28.endive';

/** An object as Stripe sends it. Personal data. */
export type StripeObject = { readonly id: string } & Readonly<Record<string, unknown>>;

export interface Answer<T> {
  readonly body: T;
  /** The server's own clock (ISO 8601). */
  readonly asOf: string;
}

export interface Page {
  readonly objects: readonly StripeObject[];
  readonly asOf: string;
}

/** Values of a query or a body; the empty string clears a field. */
export type Params = Readonly<Record<string, unknown>>;

/** As many as Stripe gives at once. */
const pageSize = 100;
const [firstWaitMs, longestWaitMs] = [200, 30_000];

export class StripeClient {
  readonly #stripe: Stripe;
  readonly #limits: Limits;
  readonly #pacer: Pacer;
  readonly #apiBase: string | undefined;

  readonly #version: string;

  /** `version`: of the API, where another one than the pinned has what is asked for. */
  constructor(apiKey: string, apiBase: string | undefined, limits: Limits, pacer: Pacer, version: string = apiVersion) {
    this.#version = version;
    this.#limits = limits;
    this.#pacer = pacer;
    this.#apiBase = apiBase;
    this.#stripe = new Stripe(apiKey, {
      apiVersion,
      telemetry: false,
      maxNetworkRetries: 0,
      timeout: limits.requestTimeoutMs,
      ...(apiBase === undefined ? {} : addressOf(apiBase)),
    });
  }

  /** One object; undefined where there is none. A customer that was deleted is an object (`deleted: true`). */
  async get(
    context: CallContext,
    path: string,
    where: string,
    query: Params = {},
  ): Promise<Answer<StripeObject> | undefined> {
    try {
      const { body, asOf } = await this.#ask(context, where, withQuery(path, query));
      return { body: objectIn(body, where), asOf };
    } catch (error) {
      if (error instanceof Missing) return undefined;
      throw error;
    }
  }

  /** Pages of a list, newest first, behind `after`. Throws {@link Missing} where what is asked about, or `after`, is not there. */
  async *list(context: CallContext, path: string, where: string, query: Params, after?: string): AsyncGenerator<Page> {
    let from = after;
    for (;;) {
      const asked = { ...query, limit: pageSize, ...(from === undefined ? {} : { starting_after: from }) };
      const { body, asOf } = await this.#ask(context, where, withQuery(path, asked));
      const { data, has_more: hasMore } = listIn(body, where);
      const objects = data.map((one) => objectIn(one, where));
      yield { objects, asOf };
      const last = objects.at(-1)?.id;
      if (!hasMore) return;
      // More of nothing, or of the same again: whoever went on would never end, whoever stopped would leave out the rest.
      if (last === undefined || last === from) throw new HabeasError('system-schema-drift', { where });
      from = last;
    }
  }

  /**
   * A file that Stripe names by its address, which needs no key; only addresses of Stripe, or of the stand-in that was configured.
   * Fails with `record-too-large` beyond what a record may hold.
   */
  async file(context: CallContext, address: string, where: string): Promise<Buffer> {
    const { signal } = context;
    if (!isOurs(address, this.#apiBase)) throw new HabeasError('system-schema-drift', { where });
    return this.#again(context, where, async () => {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(this.#limits.requestTimeoutMs)]);
      const answer = await fetch(address, { signal: limit, redirect: 'follow' }).catch(() => undefined);
      if (answer === undefined || answer.status >= 500 || answer.status === 429)
        throw new Unreached('system-unreachable', { where });
      if (!answer.ok) throw new HabeasError('system-failed', { where: `${where}: HTTP ${answer.status}` });
      return bytesOf(answer, where);
    });
  }

  /** Whether the list may be asked for. Throws {@link Missing} where what it belongs to is not there. */
  async mayList(context: CallContext, path: string, where: string): Promise<void> {
    const { body } = await this.#ask(context, where, withQuery(path, { limit: 1 }));
    listIn(body, where);
  }

  /**
   * Changes something; only what may be done twice. `key` names the effect within its request: Stripe answers a repeated key from
   * memory for about a day, which is a help and proves nothing. It remembers a failure of its own as well, so that after one the call is
   * made under a key of its own. Throws {@link Missing} and AlreadyOver.
   */
  async change(
    context: CallContext,
    method: 'POST' | 'DELETE',
    path: string,
    where: string,
    params: Params,
    key: readonly string[] | undefined,
  ): Promise<StripeObject> {
    let idempotencyKey = key && createHash('sha256').update(JSON.stringify(key)).digest('hex');
    const answer = await this.#again(context, where, async () => {
      const options = method === 'POST' && idempotencyKey !== undefined ? { idempotencyKey } : {};
      try {
        return await this.#once(context, method, path, method === 'POST' ? params : undefined, options);
      } catch (error) {
        if (isRemembered(error)) idempotencyKey = randomUUID();
        throw error;
      }
    });
    return objectIn(answer, where);
  }

  async #ask(context: CallContext, where: string, path: string): Promise<Answer<unknown>> {
    const body = await this.#again(context, where, () => this.#once(context, 'GET', path));
    return { body, asOf: dateOf(body) };
  }

  async #once(
    context: CallContext,
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    params?: Params,
    options: Stripe.RawRequestOptions = {},
  ): Promise<unknown> {
    const version = this.#version === apiVersion ? {} : { apiVersion: this.#version };
    const call = this.#stripe.rawRequest(method, path, params && { ...params }, { ...options, ...version });
    return orAborted(call, context.signal);
  }

  /** Makes the call, and again where that may help, at the pace that is configured. */
  async #again<T>(context: CallContext, where: string, call: () => Promise<T>): Promise<T> {
    const { signal } = context;
    for (let attempt = 1; ; attempt += 1) {
      await this.#pacer.ready(signal);
      signal.throwIfAborted();
      this.#pacer.charge(1);
      context.progress();
      try {
        return await call();
      } catch (error) {
        signal.throwIfAborted();
        const again = error instanceof Unreached ? { afterMs: undefined } : againOf(error);
        if (again === undefined || attempt >= this.#limits.attempts) throw mapError(error, where);
        const waitMs = again.afterMs ?? firstWaitMs * 2 ** (attempt - 1);
        await delay(Math.min(waitMs, longestWaitMs), undefined, { signal }).catch(() => signal.throwIfAborted());
      }
    }
  }
}

/** A file's server that may answer when asked again. */
class Unreached extends HabeasError {}

/** As much as fits into a record, encoded. */
const largestFileBytes = 5 * 1024 * 1024;

async function bytesOf(answer: Response, where: string): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const piece of answer.body ?? []) {
      length += piece.length;
      if (length > largestFileBytes) throw new HabeasError('record-too-large', { where });
      pieces.push(piece);
    }
  } catch (error) {
    throw error instanceof HabeasError ? error : new Unreached('system-unreachable', { where });
  }
  return Buffer.concat(pieces);
}

/** Whether the address is Stripe's, or on the host of the stand-in. */
function isOurs(address: string, apiBase: string | undefined): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname } = new URL(address);
  if (apiBase !== undefined) return hostname === new URL(apiBase).hostname;
  return protocol === 'https:' && (hostname === 'stripe.com' || hostname.endsWith('.stripe.com'));
}

/** The call's result, or the attempt's own reason as soon as it is cancelled. */
async function orAborted<T>(call: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([call, aborted]);
  } finally {
    if (stop !== undefined) signal.removeEventListener('abort', stop);
  }
}

function addressOf(apiBase: string): Stripe.StripeConfig {
  const { protocol, hostname, port } = new URL(apiBase);
  const isPlain = protocol === 'http:';
  return {
    host: hostname,
    port: port === '' ? (isPlain ? 80 : 443) : Number(port),
    protocol: isPlain ? 'http' : 'https',
  };
}

function withQuery(path: string, query: Params): string {
  const text = new URLSearchParams(
    Object.entries(query).flatMap(([name, value]): [string, string][] =>
      Array.isArray(value) ? value.map((one) => [`${name}[]`, String(one)]) : [[name, String(value)]],
    ),
  ).toString();
  return text === '' ? path : `${path}?${text}`;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An answer that is no object of Stripe's: something else answers at this address. */
function objectIn(value: unknown, where: string): StripeObject {
  if (!isRecord(value) || typeof value.id !== 'string' || value.id === '')
    throw new HabeasError('system-schema-drift', { where });
  return { ...value, id: value.id };
}

function listIn(value: unknown, where: string): { readonly data: readonly unknown[]; readonly has_more: boolean } {
  if (!isRecord(value) || !Array.isArray(value.data)) throw new HabeasError('system-schema-drift', { where });
  return { data: value.data, has_more: value.has_more === true };
}

/** The time that the server says it answered at, ours where it tells none. */
function dateOf(answer: unknown): string {
  const last = isRecord(answer) ? answer.lastResponse : undefined;
  const headers = isRecord(last) ? last.headers : undefined;
  const at = new Date(isRecord(headers) ? String(headers.date) : Number.NaN);
  return (Number.isNaN(at.getTime()) ? new Date() : at).toISOString();
}

/** An id as part of a path. */
export const idIn = (id: string): string => encodeURIComponent(id);
