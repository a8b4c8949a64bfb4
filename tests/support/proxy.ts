/**
 * A TCP proxy that breaks on command, in front of a real server: the way a system "is down" in a test. `refuse` is a port
 * nobody listens on, `halfOpen` a server that takes connections and says nothing, `cutAfter` one that dies midway,
 * `stallAfter` one that falls silent midway without closing, `slowly` one behind a thin line. Counts the connections it
 * took and keeps what was said to the server, so that a test can say what was never sent.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

type Mode =
  | { readonly kind: 'up' }
  | { readonly kind: 'half-open' }
  | { readonly kind: 'cut'; readonly bytes: number }
  | { readonly kind: 'stall'; readonly bytes: number }
  | { readonly kind: 'slow'; readonly bytesPerTick: number }
  | { readonly kind: 'say'; readonly answer: Buffer };

export class FaultProxy {
  readonly port: number;
  /** Connections taken since the beginning. */
  accepted = 0;
  /** What clients said to the server since `heard` was last emptied; kept only while `listenIn` is on. */
  heard: Buffer[] = [];
  listenIn = false;
  /** Changes what clients say before the server hears it; must keep the length. */
  rewrite: (said: Buffer) => Buffer = (said) => said;
  readonly #target: { readonly host: string; readonly port: number };
  readonly #server: Server;
  readonly #open = new Set<Socket>();
  #mode: Mode = { kind: 'up' };

  private constructor(server: Server, target: { host: string; port: number }) {
    this.#server = server;
    this.#target = target;
    this.port = portOf(server);
    server.on('connection', (client) => this.#take(client));
  }

  /** Listens on a free port and passes everything to the host and port of `url`. */
  static async before(url: string): Promise<FaultProxy> {
    const { hostname, port } = new URL(url);
    const server = createServer({ allowHalfOpen: true });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new FaultProxy(server, { host: hostname, port: Number(port) });
  }

  /** The same URL by way of this proxy. */
  through(url: string): string {
    const moved = new URL(url);
    moved.hostname = '127.0.0.1';
    moved.port = String(this.port);
    return moved.href;
  }

  /** Everything passes, from the next connection on; what hung is reset. */
  async up(): Promise<void> {
    this.#become({ kind: 'up' });
    await this.#listen();
  }

  /** Nobody listens; what was open is reset. */
  async refuse(): Promise<void> {
    if (this.#server.listening) {
      const closed = once(this.#server, 'close');
      this.#server.close();
      this.#become(this.#mode);
      await closed;
    }
  }

  /** Connections are taken, and nothing passes either way. */
  async halfOpen(): Promise<void> {
    this.#become({ kind: 'half-open' });
    await this.#listen();
  }

  /** Every next connection is reset when the server has sent that many bytes. */
  async cutAfter(bytes: number): Promise<void> {
    this.#become({ kind: 'cut', bytes });
    await this.#listen();
  }

  /** Every next connection falls silent, without closing, when the server has sent that many bytes. */
  async stallAfter(bytes: number): Promise<void> {
    this.#become({ kind: 'stall', bytes });
    await this.#listen();
  }

  /** Every next connection gets the server's bytes in small portions, one per turn of the event loop. */
  async slowly(bytesPerTick: number): Promise<void> {
    this.#become({ kind: 'slow', bytesPerTick });
    await this.#listen();
  }

  /** Every next connection is answered with these bytes, whatever it says, and ended. */
  async say(answer: Buffer): Promise<void> {
    this.#become({ kind: 'say', answer });
    await this.#listen();
  }

  async close(): Promise<void> {
    await this.refuse();
  }

  #become(mode: Mode): void {
    this.#mode = mode;
    for (const socket of this.#open) socket.resetAndDestroy();
  }

  async #listen(): Promise<void> {
    if (this.#server.listening) return;
    this.#server.listen(this.port, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  #take(client: Socket): void {
    this.accepted += 1;
    this.#watch(client);
    const mode = this.#mode;
    if (mode.kind === 'half-open') return;
    if (mode.kind === 'say') {
      client.once('data', () => client.end(mode.answer));
      return;
    }
    const server = connect({ ...this.#target, allowHalfOpen: true });
    this.#watch(server);
    client.on('data', (data) => {
      if (this.listenIn) this.heard.push(data);
      if (!server.write(this.rewrite(data))) {
        client.pause();
        server.once('drain', () => client.resume());
      }
    });
    client.once('end', () => server.end());
    if (mode.kind === 'up') server.pipe(client);
    else if (mode.kind === 'stall') stallInto(server, client, mode.bytes);
    else if (mode.kind === 'slow') trickleInto(server, client, mode.bytesPerTick);
    else cutInto(server, client, mode.bytes);
    client.once('close', () => server.destroy());
    server.once('close', () => client.destroy());
  }

  #watch(socket: Socket): void {
    this.#open.add(socket);
    // A reset is what these sockets are for.
    socket.on('error', () => undefined);
    socket.once('close', () => this.#open.delete(socket));
  }
}

function cutInto(from: Socket, to: Socket, bytes: number): void {
  let left = bytes;
  from.on('data', (data) => {
    to.write(data.subarray(0, left));
    left -= data.length;
    if (left <= 0) to.resetAndDestroy();
  });
}

function stallInto(from: Socket, to: Socket, bytes: number): void {
  let left = bytes;
  from.on('data', (data) => {
    if (left > 0) to.write(data.subarray(0, left));
    left -= data.length;
    if (left <= 0) from.pause();
  });
}

function trickleInto(from: Socket, to: Socket, bytesPerTick: number): void {
  from.on('data', (data) => {
    from.pause();
    let at = 0;
    const next = (): void => {
      if (to.destroyed) return;
      to.write(data.subarray(at, at + bytesPerTick));
      at += bytesPerTick;
      if (at < data.length) setImmediate(next);
      else from.resume();
    };
    next();
  });
}

function portOf(server: Server): number {
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy does not listen on a port');
  return address.port;
}
