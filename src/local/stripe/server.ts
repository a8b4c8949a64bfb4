/**
 * The stand-in over HTTP, on the loopback address only: Stripe's API under /v1, invoice PDFs under the address that
 * `invoice_pdf` names (which needs no key, as Stripe's does not), and the controls under /_control. Faults that lose a
 * connection are carried out here.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { answerControl, bodyOf, headersOf, splitOnce } from '../stand-in/http.ts';
import { type Control, runVerb } from './control.ts';
import type { Account } from './core/account.ts';
import type { ApiRequest, Engine } from './core/engine.ts';
import type { Fault, Faults } from './core/faults.ts';
import { invoicePdf } from './core/pdf.ts';

export interface ServerParts {
  readonly account: Account;
  readonly engine: Engine;
  readonly faults: Faults;
  readonly control: Control;
  /** Keeps the account: called after a request that changed something, before its answer. */
  keep(): void;
}

const apiVersion = '2026-10-28.endive';
const largestBodyBytes = 1_000_000;

export function makeServer(parts: ServerParts): Server {
  return createServer((request, response) => {
    respond(parts, request, response).catch((error: unknown) => {
      console.error(error);
      response.writeHead(500).end();
    });
  });
}

async function respond(parts: ServerParts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [path = '/', query = ''] = splitOnce(request.url ?? '/', '?');
  const body = await bodyOf(request, path.startsWith('/v1/') ? largestBodyBytes : Number.POSITIVE_INFINITY);
  if (path.startsWith('/_control/'))
    return answerControl(() => runVerb(parts.control, path.slice('/_control/'.length), body), response);
  if (path.startsWith('/invoice/')) return answerPdf(parts, path, response);
  answerApi(parts, { method: request.method ?? 'GET', path, query, body, headers: headersOf(request) }, response);
}

function answerApi(parts: ServerParts, request: ApiRequest, response: ServerResponse): void {
  const fault = parts.faults.take(request.method, request.path);
  if (fault !== undefined && fault.kind !== 'status') {
    lose(parts, request, fault, response);
    return;
  }
  const answer = parts.engine.handle(request, fault);
  if (answer.changed) parts.keep();
  see(parts, request, answer.status);
  response.writeHead(answer.status, {
    'Content-Type': 'application/json',
    Date: new Date(parts.account.clock.nowMs()).toUTCString(),
    'Stripe-Version': request.headers['stripe-version'] ?? apiVersion,
    ...(request.headers['idempotency-key'] === undefined
      ? {}
      : { 'Idempotency-Key': request.headers['idempotency-key'] }),
    ...answer.headers,
  });
  response.end(answer.body);
}

/** A request whose answer never comes, with or without its effect. */
function lose(parts: ServerParts, request: ApiRequest, fault: Fault, response: ServerResponse): void {
  if (fault.effect === 'after' && parts.engine.handle(request, undefined).changed) parts.keep();
  see(parts, request, null);
  if (fault.kind === 'close') response.socket?.destroy();
}

function see(parts: ServerParts, request: ApiRequest, status: number | null): void {
  const { method, path, query, body, headers } = request;
  const idempotencyKey = headers['idempotency-key'] ?? null;
  parts.control.see({
    method,
    path,
    query,
    body,
    status,
    idempotencyKey,
    apiVersion: headers['stripe-version'] ?? null,
  });
}

function answerPdf({ account }: ServerParts, path: string, response: ServerResponse): void {
  const token = path.split('/')[3] ?? '';
  const [invoice] = account.store.in('invoices').having('_pdf', token);
  if (invoice === undefined || !path.endsWith('/pdf')) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, { 'Content-Type': 'application/pdf' }).end(invoicePdf(invoice));
}
