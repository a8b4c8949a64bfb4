/**
 * The door in front of a real S3 server as a company would have set it for a reader of its logs: everything passes with its
 * signature unchanged, nothing may be written. A test can take rights away, as a policy or a withdrawn key would, and make
 * a listing ignore its prefix. Counts the calls that are under way.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';

export type Refusal = 'AccessDenied' | 'InvalidAccessKeyId' | 'SlowDown' | 'NoSuchKey';
const statuses: Readonly<Record<Refusal, number>> = {
  AccessDenied: 403,
  InvalidAccessKeyId: 403,
  SlowDown: 503,
  NoSuchKey: 404,
};

export interface Call {
  readonly method: string;
  /** Decoded, with the bucket. */
  readonly path: string;
  readonly isListing: boolean;
  /** Of a listing. */
  readonly prefix: string;
}

export class LogsFront {
  readonly endpoint: string;
  /** Calls whose answer has not ended. */
  busy = 0;
  /** What was asked, for tests that count. */
  readonly calls: Call[] = [];
  /** Which calls are refused, besides those that write. */
  refuses: (call: Call) => Refusal | undefined = () => undefined;
  /** Objects that are gone, though they are listed. */
  vanishes: ((call: Call) => boolean) | undefined;
  /** Writing calls reach the server. */
  mayWrite = false;
  /** Names that every listing answers with, whatever was asked. */
  lists: readonly string[] | undefined;
  /** The body that every listing answers with. */
  answers: string | undefined;
  readonly #server: Server;
  readonly #target: URL;

  private constructor(server: Server, target: string, port: number) {
    this.#server = server;
    this.#target = new URL(target);
    this.endpoint = `http://127.0.0.1:${port}`;
    server.on('request', (incoming, outgoing) => this.#answer(incoming, outgoing));
  }

  static async before(endpoint: string): Promise<LogsFront> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('the door does not listen on a port');
    return new LogsFront(server, endpoint, address.port);
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  #refusalOf(call: Call): Refusal | undefined {
    if (call.method !== 'GET' && call.method !== 'HEAD') return this.mayWrite ? undefined : 'AccessDenied';
    return this.vanishes?.(call) === true ? 'NoSuchKey' : this.refuses(call);
  }

  #answer(incoming: IncomingMessage, outgoing: ServerResponse): void {
    this.busy += 1;
    outgoing.once('close', () => {
      this.busy -= 1;
    });
    const { method = 'GET', url = '/' } = incoming;
    const [path = '', query = ''] = url.split('?');
    const call = {
      method,
      path: decodeURIComponent(path),
      isListing: query.includes('list-type=2'),
      prefix: new URLSearchParams(query).get('prefix') ?? '',
    };
    this.calls.push(call);
    const refusal = this.#refusalOf(call);
    if (refusal !== undefined) {
      incoming.resume();
      const body = `<Error><Code>${refusal}</Code><Message>${call.path} is not for you</Message></Error>`;
      outgoing.writeHead(statuses[refusal], { 'content-type': 'application/xml' }).end(body);
      return;
    }
    if (call.isListing && this.answers !== undefined && call.prefix.startsWith('access/')) {
      outgoing.writeHead(200, { 'content-type': 'application/xml', date: new Date().toUTCString() }).end(this.answers);
      return;
    }
    if (call.isListing && this.lists !== undefined) {
      const names = this.lists.map((name) => `<Contents><Key>${name}</Key><Size>9</Size></Contents>`).join('');
      outgoing.writeHead(200, { 'content-type': 'application/xml' });
      outgoing.end(`<ListBucketResult><IsTruncated>false</IsTruncated>${names}</ListBucketResult>`);
      return;
    }
    const { hostname: host, port } = this.#target;
    const { rawHeaders } = incoming;
    const forward = request({ host, port, method, path: url, headers: rawHeaders }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      answer.pipe(outgoing);
      answer.on('error', () => outgoing.destroy());
    });
    forward.on('error', () => outgoing.destroy());
    outgoing.once('close', () => forward.destroy());
    incoming.pipe(forward);
  }
}
