/**
 * The stand-in over HTTP, on the loopback address only: the Support API under /api/v2, attachments under the address that
 * `content_url` names (by its token, which needs no credentials, through a redirection as at Zendesk), and the controls under
 * /_control. Faults that lose a connection are carried out here.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { answerControl, bodyOf, headersOf, splitOnce } from '../stand-in/http.ts';
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
  if (isControl) return answerControl(() => runVerb(parts.control, path.slice('/_control/'.length), body), response);
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
