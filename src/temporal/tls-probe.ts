/**
 * One TLS handshake with the configured authority and name, before gRPC tries: gRPC keeps trying until its time is up and
 * then only says that it was. Tells a service that is not there from one that cannot be trusted. Sends nothing.
 */
import { isIP } from 'node:net';
import { connect } from 'node:tls';
import type { TlsSettings } from '../config/load.ts';
import { HabeasError } from '../errors.ts';

/** Resolves after a trusted handshake; `temporal-unreachable` or `temporal-tls` otherwise. */
export function probeTls(address: string, tls: TlsSettings, timeoutMs: number): Promise<void> {
  const { host, port } = splitAddress(address);
  const name = tls.serverName ?? host;
  return new Promise((resolve, reject) => {
    let isConnected = false;
    const socket = connect({
      host,
      port,
      ALPNProtocols: ['h2'],
      ...(isIP(name) === 0 ? { servername: name } : {}),
      ...(tls.ca === undefined ? {} : { ca: tls.ca }),
      ...(tls.cert === undefined || tls.key === undefined ? {} : { cert: tls.cert, key: tls.key }),
    });
    const fail = (cause: unknown) => {
      clearTimeout(timer);
      socket.destroy();
      const code = isConnected ? 'temporal-tls' : 'temporal-unreachable';
      reject(new HabeasError(code, { where: 'temporal.address', cause }));
    };
    const timer = setTimeout(() => fail(undefined), timeoutMs);
    socket.once('connect', () => {
      isConnected = true;
    });
    socket.once('error', fail);
    socket.once('close', () => fail(undefined));
    socket.once('secureConnect', () => {
      clearTimeout(timer);
      socket.removeAllListeners('close');
      socket.destroy();
      resolve();
    });
  });
}

/** host:port, [IPv6]:port, or a host with Temporal's own port. */
function splitAddress(address: string): { host: string; port: number } {
  const found = /^\[?([^\]]+?)\]?(?::(\d+))?$/.exec(address);
  return { host: found?.[1] ?? address, port: Number(found?.[2] ?? 7233) };
}
