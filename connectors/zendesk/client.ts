/**
 * The only file that talks to Zendesk: plain HTTP, JSON, cursor pagination. Every call is paced by the account's limits, has a time limit
 * and bounded retries that obey `Retry-After`, and ends at once when the attempt is cancelled. Objects are handed on as plain JSON. No
 * word of Zendesk's about a failure leaves this file. Files come from the account's own host and Zendesk's file hosts only, which get
 * the token in no case but the first.
 * Sources: developer.zendesk.com/api-reference/introduction/{pagination,rate-limits,security-and-auth}.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { HabeasError } from '../../src/errors.ts';
import type { CallContext } from '../contract.ts';
import { exchangeBytes, exchangeJson, type HttpAnswer, HttpFailure, type HttpRequest } from '../http.ts';
import type { Endpoint, Windows } from './limits.ts';
import { againOf, Missing, mapError } from './map-error.ts';
import type { Limits } from './settings.ts';

/** An object as Zendesk sends it. Personal data. */
export type ZendeskObject = Readonly<Record<string, unknown>> & { readonly id: number };

export interface Answer<T> {
  readonly body: T;
  /** The server's own clock (ISO 8601). */
  readonly asOf: string;
}

export interface Page {
  readonly objects: readonly ZendeskObject[];
  readonly asOf: string;
}

export type Query = Readonly<Record<string, string>>;

export interface Change {
  readonly method: 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly where: string;
  readonly body?: unknown;
  /** Where the endpoint has a limit of its own. */
  readonly endpoint?: Endpoint;
}

const pageSize = '100';
const [firstWaitMs, longestWaitMs, mostRedirects] = [200, 600_000, 3];

export class ZendeskClient {
  readonly #authorization: string;
  readonly #base: string;
  readonly #limits: Limits;
  readonly #windows: Windows;

  constructor(authorization: string, base: string, limits: Limits, windows: Windows) {
    this.#authorization = authorization;
    this.#base = base;
    this.#limits = limits;
    this.#windows = windows;
  }

  /** One object, which stands in the answer under `name`; undefined where there is none. */
  async get(
    context: CallContext,
    path: string,
    name: string,
    where: string,
    query: Query = {},
  ): Promise<Answer<ZendeskObject> | undefined> {
    try {
      const { body, asOf } = await this.#ask(context, where, path, query);
      return { body: objectIn(fieldIn(body, name, where), where), asOf };
    } catch (error) {
      if (error instanceof Missing) return undefined;
      throw error;
    }
  }

  /** Pages of a list in cursor pagination. Throws {@link Missing} where what is asked about is not there. */
  async *list(
    context: CallContext,
    path: string,
    name: string,
    where: string,
    query: Query = {},
    endpoint?: Endpoint,
  ): AsyncGenerator<Page> {
    let after: string | undefined;
    for (;;) {
      const asked: Query = {
        ...query,
        'page[size]': pageSize,
        ...(after === undefined ? {} : { 'page[after]': after }),
      };
      const { body, asOf } = await this.#ask(context, where, path, asked, endpoint);
      const objects = listIn(fieldIn(body, name, where), where);
      yield { objects, asOf };
      const next = nextIn(body, where);
      if (next === undefined) return;
      // More of nothing, or of the same again: whoever went on would never end, whoever stopped would leave out the rest.
      if (objects.length === 0 || next === after) throw new HabeasError('system-schema-drift', { where });
      after = next;
    }
  }

  /** A search, which answers in pages by number: one page of a hundred, and whether there would be more. */
  async search(
    context: CallContext,
    path: string,
    name: string,
    where: string,
    query: Query,
  ): Promise<{ readonly objects: readonly ZendeskObject[]; readonly isMore: boolean }> {
    const { body } = await this.#ask(context, where, path, { ...query, per_page: pageSize });
    const next = recordIn(body, where).next_page;
    return { objects: listIn(fieldIn(body, name, where), where), isMore: next !== null && next !== undefined };
  }

  /** A short list whose lines have no numbers, all of it. Throws {@link Missing}. */
  async lines(
    context: CallContext,
    path: string,
    name: string,
    where: string,
  ): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const { body } = await this.#ask(context, where, path, { 'page[size]': pageSize });
    const list = fieldIn(body, name, where);
    if (!Array.isArray(list)) throw new HabeasError('system-schema-drift', { where });
    return list.map((one) => recordIn(one, where));
  }

  /** Whether it may be asked for. Throws {@link Missing} where there is no such thing. */
  async may(context: CallContext, path: string, where: string, query: Query = {}): Promise<void> {
    await this.#ask(context, where, path, query);
  }

  /** The bytes of a file of which an attachment tells the address. Throws {@link Missing} where it is not there any more. */
  async *file(context: CallContext, address: string, where: string): AsyncGenerator<Uint8Array> {
    let url = address;
    for (let redirects = 0; redirects <= mostRedirects; redirects += 1) {
      const headers = this.#isOurs(url, where) ? { authorization: this.#authorization } : {};
      const request: HttpRequest = { ...this.#request(context, 'GET', url), headers };
      const opened = await this.#again(context, where, undefined, () => openFile(request));
      if (!('location' in opened)) return yield* piecesOf(context, opened, where);
      url = URL.canParse(opened.location, url) ? new URL(opened.location, url).href : '';
    }
    throw new HabeasError('system-schema-drift', { where });
  }

  /** Changes something; only what may be done twice. Throws {@link Missing} and Unprocessable. */
  async change(context: CallContext, { method, path, where, body, endpoint }: Change): Promise<unknown> {
    const request = { ...this.#request(context, method, this.#base + path), ...(body === undefined ? {} : { body }) };
    return (await this.#again(context, where, endpoint, () => exchangeJson(request))).body;
  }

  #ask(context: CallContext, where: string, path: string, query: Query, endpoint?: Endpoint): Promise<HttpAnswer> {
    const text = new URLSearchParams(query).toString();
    const url = `${this.#base}${path}${text === '' ? '' : `?${text}`}`;
    return this.#again(context, where, endpoint, () => exchangeJson(this.#request(context, 'GET', url)));
  }

  #request({ signal }: CallContext, method: HttpRequest['method'], url: string): HttpRequest {
    const headers = { authorization: this.#authorization, accept: 'application/json' };
    return { method, url, headers, timeoutMs: this.#limits.requestTimeoutMs, signal };
  }

  /** Makes the call, and again where that may help, as fast as the account allows. */
  async #again<T>(
    context: CallContext,
    where: string,
    endpoint: Endpoint | undefined,
    call: () => Promise<T>,
  ): Promise<T> {
    const { signal } = context;
    for (let attempt = 1; ; attempt += 1) {
      await this.#windows.take(endpoint, signal);
      signal.throwIfAborted();
      context.progress();
      try {
        return await call();
      } catch (error) {
        signal.throwIfAborted();
        const again = againOf(error);
        if (again === undefined || attempt >= this.#limits.attempts) throw mapError(error, where);
        const waitMs = again.afterMs ?? firstWaitMs * 2 ** (attempt - 1);
        await delay(Math.min(waitMs, longestWaitMs), undefined, { signal }).catch(() => signal.throwIfAborted());
      }
    }
  }

  /** Whether the address is the account's own. Elsewhere only Zendesk's file hosts are asked, and without the token. */
  #isOurs(address: string, where: string): boolean {
    if (!URL.canParse(address)) throw new HabeasError('system-schema-drift', { where });
    const [at, base] = [new URL(address), new URL(this.#base)];
    if (at.origin === base.origin) return true;
    // Zendesk writes addresses by its own name, also where it is reached by way of another.
    if (base.protocol === 'http:' && at.protocol === 'http:' && at.hostname === base.hostname) return true;
    const isFileHost = /(^|\.)(zdusercontent|zendesk)\.com$/.test(at.hostname);
    if (at.protocol !== 'https:' || !isFileHost) throw new HabeasError('system-schema-drift', { where });
    return false;
  }
}

interface OpenFile {
  readonly first: IteratorResult<Uint8Array, unknown>;
  readonly rest: AsyncGenerator<Uint8Array>;
}

/** The first piece and how to go on, or where the file is said to be. */
async function openFile(request: HttpRequest): Promise<OpenFile | { readonly location: string }> {
  const rest = exchangeBytes(request);
  try {
    return { first: await rest.next(), rest };
  } catch (error) {
    const isElsewhere = error instanceof HttpFailure && error.status >= 300 && error.status < 400;
    if (isElsewhere && error.location !== undefined) return { location: error.location };
    throw error;
  }
}

async function* piecesOf(context: CallContext, { first, rest }: OpenFile, where: string): AsyncGenerator<Uint8Array> {
  try {
    for (let piece = first; piece.done !== true; piece = await rest.next()) {
      context.progress();
      yield piece.value;
    }
  } catch (error) {
    context.signal.throwIfAborted();
    throw mapError(error, where);
  } finally {
    await rest.return(undefined);
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function recordIn(value: unknown, where: string): Readonly<Record<string, unknown>> {
  if (!isRecord(value)) throw new HabeasError('system-schema-drift', { where });
  return value;
}

const fieldIn = (value: unknown, name: string, where: string): unknown => recordIn(value, where)[name];

/** An answer that is no object of Zendesk's: something else answers at this address. */
function objectIn(value: unknown, where: string): ZendeskObject {
  if (!isRecord(value) || typeof value.id !== 'number' || !Number.isSafeInteger(value.id))
    throw new HabeasError('system-schema-drift', { where });
  return { ...value, id: value.id };
}

function listIn(value: unknown, where: string): readonly ZendeskObject[] {
  if (!Array.isArray(value)) throw new HabeasError('system-schema-drift', { where });
  return value.map((one) => objectIn(one, where));
}

/** The cursor behind a page, where there is more. */
function nextIn(body: unknown, where: string): string | undefined {
  const meta = recordIn(fieldIn(body, 'meta', where), where);
  if (meta.has_more !== true) return undefined;
  if (typeof meta.after_cursor !== 'string' || meta.after_cursor === '')
    throw new HabeasError('system-schema-drift', { where });
  return meta.after_cursor;
}

/** A number as part of a path; anything else names nothing here. */
export function idIn(id: string): string {
  if (!/^\d{1,16}$/.test(id)) throw new Missing();
  return id;
}
