/**
 * The stand-in over HTTP, on the loopback address only: the Support API under /api/v2, attachments under the address that
 * `content_url` names (by its token, which needs no credentials, through a redirection as at Zendesk), and the controls under
 * /_control. Faults that lose a connection are carried out here.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Control, runVerb } from './control.ts';
import type { Account } from './core/account.ts';
import { contentOf, sizeOf } from './core/content.ts';
import type { ApiAnswer, ApiRequest, Engine } from './core/engine.ts';
import type { Fault, Faults } from './core/faults.ts';

export interface ServerParts {
  readonly account: Account;
  readonly engine: Engine;
  readonly faults: Faults;
  readonly control: Control;
  /** Keeps the desk: called after every request, before its answer. */
  keep(): void;
}

/** A comment of five megabytes comes back, marked, when it is redacted. */
const largestBodyBytes = 32_000_000;

export function makeServer(parts: ServerParts): Server {
  return createServer((request, response) => {
    respond(parts, request, response).catch((error: unknown) => {
      console.error(error);
      if (response.headersSent) response.destroy();
      else response.writeHead(500).end();
    });
  });
}

async function respond(parts: ServerParts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [path = '/', query = ''] = splitOnce(request.url ?? '/', '?');
  const isControl = path.startsWith('/_control/');
  const body = await bodyOf(request, isControl ? Number.POSITIVE_INFINITY : largestBodyBytes);
  if (isControl) return answerControl(parts, path.slice('/_control/'.length), body, response);
  const api: ApiRequest = { method: request.method ?? 'GET', path, query, body, headers: headersOf(request) };
  const fault = parts.faults.take(api.method, path);
  if (path.startsWith('/attachments/') || path.startsWith('/content/')) return answerFile(parts, api, fault, response);
  answerApi(parts, api, fault, response);
}

function answerApi(parts: ServerParts, request: ApiRequest, fault: Fault | undefined, response: ServerResponse): void {
  if (fault?.kind === 'silence' || fault?.kind === 'close') {
    lose(parts, request, fault, response);
    return;
  }
  const answer = parts.engine.handle(request, fault);
  parts.keep();
  if (fault?.kind === 'cut') {
    see(parts, request, null);
    send(parts, answer, response, answer.body.slice(0, Math.ceil(answer.body.length / 2)));
    return;
  }
  see(parts, request, answer.status);
  send(parts, answer, response);
}

/** All of the answer, or its first half and then the end of the connection. */
function send({ account }: ServerParts, answer: ApiAnswer, response: ServerResponse, half?: string): void {
  response.writeHead(answer.status, {
    ...(answer.body === '' ? {} : { 'Content-Type': 'application/json; charset=utf-8' }),
    ...(half === undefined ? {} : { 'Content-Length': Buffer.byteLength(answer.body) }),
    Date: new Date(account.clock.nowMs()).toUTCString(),
    ...answer.headers,
  });
  if (half === undefined) response.end(answer.body);
  else response.write(half, () => response.socket?.destroy());
}

/** A request whose answer never comes, with or without its effect. */
function lose(parts: ServerParts, request: ApiRequest, fault: Fault, response: ServerResponse): void {
  if (fault.effect === 'after') {
    parts.engine.handle(request, undefined);
    parts.keep();
  }
  see(parts, request, null);
  if (fault.kind === 'close') response.socket?.destroy();
}

function see({ control }: ServerParts, request: ApiRequest, status: number | null): void {
  const { method, path, query, body, headers } = request;
  control.see({ method, path, query, body, status, isAuthorized: headers.authorization !== undefined });
}

/** `/attachments/token/<token>/` leads to `/content/<token>`, where the file is. */
async function answerFile(
  parts: ServerParts,
  request: ApiRequest,
  fault: Fault | undefined,
  response: ServerResponse,
): Promise<void> {
  const isContent = request.path.startsWith('/content/');
  const token = request.path.split('/')[isContent ? 2 : 3] ?? '';
  const [attachment] = parts.account.store.having('attachments', '_token', token);
  const status =
    fault?.kind === 'status' ? (fault.status ?? 500) : attachment === undefined ? 404 : isContent ? 200 : 302;
  see(parts, request, fault === undefined || fault.kind === 'status' ? status : null);
  if (fault?.kind === 'silence') return;
  if (fault?.kind === 'close') response.socket?.destroy();
  else if (attachment === undefined || status >= 400) response.writeHead(status).end();
  else if (!isContent) response.writeHead(302, { Location: `${parts.account.origin()}/content/${token}` }).end();
  else {
    response.writeHead(200, {
      'Content-Type': String(attachment.content_type ?? 'application/octet-stream'),
      'Content-Length': sizeOf(attachment),
    });
    if (fault?.kind === 'cut') {
      const [first = Buffer.alloc(0)] = contentOf(attachment);
      response.write(first.subarray(0, Math.ceil(first.length / 2)), () => response.socket?.destroy());
      return;
    }
    // Whoever reads it may go away in the middle.
    await pipeline(Readable.from(contentOf(attachment)), response).catch(() => undefined);
  }
}

function answerControl(parts: ServerParts, verb: string, body: string, response: ServerResponse): void {
  try {
    const done = runVerb(parts.control, verb, body);
    response.writeHead(done === undefined ? 404 : 200, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify(done ?? { error: 'no such verb' }));
  } catch (error) {
    response.writeHead(400, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify({ error: error instanceof Error ? error.message : 'failed' }));
  }
}

async function bodyOf(request: IncomingMessage, largest: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > largest) throw new RangeError('body too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function headersOf(request: IncomingMessage): Record<string, string | undefined> {
  const entries = Object.entries(request.headers);
  return Object.fromEntries(entries.map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]));
}

function splitOnce(text: string, sign: string): [string, string] {
  const at = text.indexOf(sign);
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
