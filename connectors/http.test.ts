/** What an exchange ends with: within its time, with the server’s status and wait, and never with a word of the answer. */
import { getEventListeners, once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from '@jest/globals';
import { exchangeBytes, exchangeJson, HttpFailure, type HttpRequest } from './http.ts';

let server: Server | undefined;

async function serve(listener: RequestListener): Promise<HttpRequest> {
  server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const signal = new AbortController().signal;
  return { method: 'GET', url: `http://127.0.0.1:${port}/x`, headers: {}, timeoutMs: 20_000, signal };
}

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

const failureOf = (call: Promise<unknown>): Promise<HttpFailure> =>
  call.then(
    () => Promise.reject(new Error('this was expected to fail')),
    (error: unknown) => {
      if (error instanceof HttpFailure) return error;
      throw error;
    },
  );

describe('an exchange over HTTP', () => {
  it('tells a status with the wait that the server asks for, and nothing of what it says', async () => {
    const request = await serve((_, answer) => answer.writeHead(429, { 'retry-after': '7' }).end('mari@x.example'));
    const failure = await failureOf(exchangeJson(request));
    expect(failure).toMatchObject({ kind: 'status', status: 429, afterMs: 7_000 });
    expect(inspect(failure, { depth: 9 })).not.toContain('mari');
  });

  it('says of an answer that is no JSON that it is none', async () => {
    const request = await serve((_, answer) => answer.end('<html>mari'));
    expect(await failureOf(exchangeJson(request))).toMatchObject({ kind: 'no-json' });
  });

  it('follows no redirect, and says where it leads', async () => {
    const request = await serve((_, answer) => answer.writeHead(302, { location: 'https://elsewhere.example/' }).end());
    expect(await failureOf(exchangeJson(request))).toMatchObject({
      status: 302,
      location: 'https://elsewhere.example/',
    });
  });

  it('goes on by a new connection where a kept one was closed', async () => {
    let asked = 0;
    const request = await serve((incoming, answer) => {
      asked += 1;
      if (asked === 2) incoming.socket.destroy();
      else answer.end('{"no":1}');
    });
    await exchangeJson(request);
    expect((await exchangeJson(request)).body).toEqual({ no: 1 });
    expect(asked).toBe(3);
  });

  it('ends where nothing comes for too long, before an answer and inside one', async () => {
    const silent = await serve(() => undefined);
    expect(await failureOf(exchangeJson({ ...silent, timeoutMs: 50 }))).toMatchObject({ kind: 'unreached' });
    server?.closeAllConnections();
    server?.close();
    const stalled = await serve((_, answer) => void answer.writeHead(200).write('half'));
    const pieces = exchangeBytes({ ...stalled, timeoutMs: 300 });
    expect(Buffer.from((await pieces.next()).value ?? []).toString()).toBe('half');
    expect(await failureOf(pieces.next())).toMatchObject({ kind: 'unreached' });
  });

  it('ends with the attempt’s own reason when it is cancelled', async () => {
    const request = await serve(() => undefined);
    const cancel = new AbortController();
    const reason = new Error('cancelled');
    const call = exchangeJson({ ...request, signal: cancel.signal });
    cancel.abort(reason);
    await expect(call).rejects.toBe(reason);
  });

  it('leaves nothing behind on the attempt’s signal, however it ends', async () => {
    const request = await serve((_, answer) => void answer.writeHead(200).end('{}'));
    await exchangeJson(request);
    for await (const _ of exchangeBytes(request)) break;
    await failureOf(exchangeJson({ ...request, url: request.url.replace(/:\d+/, ':1') }));
    expect(getEventListeners(request.signal, 'abort')).toEqual([]);
  });
});
