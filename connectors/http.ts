/**
 * One exchange with a vendor over HTTP, for connectors whose vendor has no official library: the time limits, the end of it when the
 * attempt is cancelled, JSON, and bytes that are streamed. Follows no redirect by itself, so that credentials never go where nobody
 * configured. Every failure is an {@link HttpFailure} with a status and the server's wait, never a word of the answer: that may
 * quote whom it is about. Decides nothing: what a status means and whether it is tried again is the connector's.
 */
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Longest wait for the answer, and between two pieces of a stream. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  /** The parsed body; undefined where there is none. */
  readonly body: unknown;
  /** The server's own clock (ISO 8601), ours where it tells none. */
  readonly asOf: string;
}

/** `unreached`: no answer, a broken one, or none in time. `tls`: the server's certificate. `status`: an answer that is no success. */
export class HttpFailure extends Error {
  readonly kind: 'unreached' | 'tls' | 'status' | 'no-json';
  readonly status: number;
  /** How long the server says to wait, where it says so. */
  readonly afterMs: number | undefined;
  /** Where a redirect leads. */
  readonly location: string | undefined;

  constructor(kind: HttpFailure['kind'], status = 0, afterMs?: number, location?: string) {
    super(`http ${kind} ${status}`);
    this.kind = kind;
    this.status = status;
    this.afterMs = afterMs;
    this.location = location;
  }
}

/** Sends and takes JSON. Any answer but a success is an {@link HttpFailure}. */
export async function exchangeJson(request: HttpRequest): Promise<HttpAnswer> {
  const patience = new Patience(request);
  try {
    const answer = await send(request, patience);
    const text = await answer.text().catch(patience.orUnreached);
    return { status: answer.status, body: parsed(text, answer.status), asOf: dateOf(answer) };
  } finally {
    patience.end();
  }
}

/** The bytes of an answer, piece by piece. Ends the connection when the caller stops. */
export async function* exchangeBytes(request: HttpRequest): AsyncGenerator<Uint8Array> {
  const patience = new Patience(request);
  try {
    const answer = await send(request, patience);
    const pieces = answer.body?.getReader();
    if (pieces === undefined) return;
    for (;;) {
      const { done, value } = await pieces.read().catch(patience.orUnreached);
      patience.renew();
      if (done) return;
      yield value;
      patience.renew();
    }
  } finally {
    patience.end();
  }
}

async function send(request: HttpRequest, patience: Patience): Promise<Response> {
  const answer = await fetchOnce(request, patience)
    // A connection that was kept open for the next request may have been closed by the other side in the meantime: that says nothing of
    // the server, and a new connection does. Whatever is sent here may be sent twice.
    .catch((error: unknown) => (wasClosed(error) ? fetchOnce(request, patience) : Promise.reject(error)))
    .catch(patience.orUnreached);
  patience.renew();
  if (answer.ok) return answer;
  // What it says is dropped unread, and the connection given back.
  await answer.body?.cancel().catch(() => undefined);
  const seconds = Number(answer.headers.get('retry-after') ?? Number.NaN);
  const afterMs = Number.isFinite(seconds) && seconds >= 0 ? seconds * 1_000 : undefined;
  throw new HttpFailure('status', answer.status, afterMs, answer.headers.get('location') ?? undefined);
}

function fetchOnce({ method, url, headers, body }: HttpRequest, { signal }: Patience): Promise<Response> {
  return fetch(url, {
    ...{ method, redirect: 'manual', signal },
    headers: body === undefined ? headers : { ...headers, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

/** Why an exchange was ended: never seen by anybody. One for all, because making one with its stack for each is most of what ending costs. */
const ended = new Error('the exchange has ended');

/**
 * Ends an exchange that is cancelled, or in which nothing came for too long. An attempt makes tens of thousands of exchanges: each leaves
 * the attempt's signal as it found it (`AbortSignal.any` would keep a trace of every one of them on it).
 */
class Patience {
  readonly #cancelled: AbortSignal;
  readonly #end = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #stop = (): void => this.#end.abort(ended);

  constructor({ signal, timeoutMs }: HttpRequest) {
    this.#cancelled = signal;
    this.#timer = setTimeout(this.#stop, timeoutMs);
    signal.addEventListener('abort', this.#stop, { once: true });
    if (signal.aborted) this.#stop();
  }

  get signal(): AbortSignal {
    return this.#end.signal;
  }

  renew(): void {
    this.#timer.refresh();
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#cancelled.removeEventListener('abort', this.#stop);
    this.#stop();
  }

  /** The attempt's own reason where it was cancelled; else what kept us from the answer. */
  readonly orUnreached = (error: unknown): never => {
    this.#cancelled.throwIfAborted();
    throw new HttpFailure(isTls(error) ? 'tls' : 'unreached');
  };
}

const isTls = (error: unknown): boolean =>
  /^(ERR_(TLS|SSL)|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|HOSTNAME_MISMATCH|EPROTO)/.test(causeOf(error));

const wasClosed = (error: unknown): boolean => ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'].includes(causeOf(error));

function causeOf(error: unknown): string {
  const cause = typeof error === 'object' && error !== null && 'cause' in error ? error.cause : undefined;
  return typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : '';
}

function parsed(text: string, status: number): unknown {
  if (text.trim() === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw new HttpFailure('no-json', status);
  }
}

function dateOf(answer: Response): string {
  const at = new Date(answer.headers.get('date') ?? Number.NaN);
  return (Number.isNaN(at.getTime()) ? new Date() : at).toISOString();
}
