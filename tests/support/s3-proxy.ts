/**
 * An S3 endpoint that can be told to refuse: everything passes to the real server with its signature unchanged, except
 * what a test forbids, which gets the 403 that a bucket policy or a withdrawn key gives.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';

export interface S3Call {
  readonly method: string;
  readonly bucket: string;
}

const accessDenied =
  '<?xml version="1.0" encoding="UTF-8"?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>';

export class RefusingS3 {
  readonly endpoint: string;
  /** Calls that were answered with 403. */
  refused = 0;
  readonly #server: Server;
  readonly #target: URL;
  #forbids: (call: S3Call) => boolean = () => false;

  private constructor(server: Server, target: string, port: number) {
    this.#server = server;
    this.#target = new URL(target);
    this.endpoint = `http://127.0.0.1:${port}`;
    server.on('request', (incoming, outgoing) => this.#answer(incoming, outgoing));
  }

  static async before(endpoint: string): Promise<RefusingS3> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('the S3 proxy does not listen on a port');
    return new RefusingS3(server, endpoint, address.port);
  }

  /** From now on such calls are refused; `undefined` lets everything pass again. */
  forbid(rule: ((call: S3Call) => boolean) | undefined): void {
    this.#forbids = rule ?? (() => false);
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  #answer(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const { method = 'GET', url = '/' } = incoming;
    const bucket = url.split(/[/?]/)[1] ?? '';
    if (this.#forbids({ method, bucket })) {
      this.refused += 1;
      incoming.resume();
      outgoing.writeHead(403, { 'content-type': 'application/xml' }).end(accessDenied);
      return;
    }
    const { hostname: host, port } = this.#target;
    // Raw headers keep the signed ones as they were; only the hop's own `expect` has been answered here already.
    const headers = pairs(incoming.rawHeaders).filter(([name]) => name.toLowerCase() !== 'expect');
    const forward = request({ host, port, method, path: url, headers: headers.flat() }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      answer.pipe(outgoing);
    });
    forward.on('error', () => outgoing.destroy());
    incoming.pipe(forward);
  }
}

function pairs(flat: readonly string[]): [string, string][] {
  const found: [string, string][] = [];
  for (let at = 0; at + 1 < flat.length; at += 2) found.push([flat[at] ?? '', flat[at + 1] ?? '']);
  return found;
}
