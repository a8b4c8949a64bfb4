/**
 * Connections to Temporal from the configuration: one for clients (the starter, schedules), one for workers. TLS with an
 * own CA, a client certificate and an API key are the same settings for a self-hosted service and for Temporal Cloud.
 * Secrets pass through and are never logged; errors are codes (`temporal-unreachable`, `temporal-tls`,
 * `temporal-credentials`, `temporal-namespace`), never a library's text.
 */
import { Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import type { LoadedConfig } from '../config/load.ts';
import { type ErrorCode, HabeasError } from '../errors.ts';
import { probeTls } from './tls-probe.ts';

type TemporalConfig = LoadedConfig['temporal'];

export interface ConnectOptions {
  /** Until the service must have answered; 10 s. */
  readonly timeoutMs?: number;
}

/** Address, TLS and API key, as both SDK connections take them. */
function options(config: TemporalConfig) {
  return {
    address: config.address,
    tls: config.tls === false ? false : tlsOf(config.tls),
    ...(config.apiKey === undefined ? {} : { apiKey: config.apiKey }),
  };
}

function tlsOf(tls: Exclude<TemporalConfig['tls'], false>) {
  const { serverName, ca, cert, key } = tls;
  return {
    ...(serverName === undefined ? {} : { serverNameOverride: serverName }),
    ...(ca === undefined ? {} : { serverRootCACertificate: Buffer.from(ca) }),
    ...(cert === undefined || key === undefined
      ? {}
      : { clientCertPair: { crt: Buffer.from(cert), key: Buffer.from(key) } }),
  };
}

/** A client's connection, after the service has answered for the configured namespace. */
export async function connectClient(config: TemporalConfig, connect: ConnectOptions = {}): Promise<Connection> {
  const connectTimeout = connect.timeoutMs ?? 10_000;
  let connection: Connection | undefined;
  try {
    if (config.tls !== false) await probeTls(config.address, config.tls, connectTimeout);
    connection = await Connection.connect({ ...options(config), connectTimeout });
    const { namespace } = config;
    const { workflowService } = connection;
    await connection.withDeadline(Date.now() + connectTimeout, () => workflowService.describeNamespace({ namespace }));
    return connection;
  } catch (error) {
    await connection?.close();
    throw connectionError(error);
  }
}

/** A worker's connection. Ask with {@link connectClient} first: its errors say more. */
export async function connectWorker(config: TemporalConfig): Promise<NativeConnection> {
  try {
    return await NativeConnection.connect(options(config));
  } catch (error) {
    throw connectionError(error);
  }
}

/** gRPC status numbers: https://grpc.io/docs/guides/status-codes/ */
const notFound = 5;
const permissionDenied = 7;
const unauthenticated = 16;

/** Any failure of a call to Temporal as a code. */
export function connectionError(error: unknown): HabeasError {
  if (error instanceof HabeasError) return error;
  return new HabeasError(connectionCode(error), { where: 'temporal.address', cause: error });
}

function connectionCode(error: unknown): ErrorCode {
  const texts: string[] = [];
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    const status = 'code' in at ? at.code : undefined;
    if (status === unauthenticated || status === permissionDenied) return 'temporal-credentials';
    if (status === notFound) return 'temporal-namespace';
    texts.push(at.message);
  }
  return isTlsFailure(texts.join(' ')) ? 'temporal-tls' : 'temporal-unreachable';
}

/** Node and rustls name the certificate or the handshake in what they say. */
function isTlsFailure(text: string): boolean {
  return /certificate|self[- ]signed|altname|\bSSL\b|\bTLS\b|handshake|UnknownIssuer|ERR_TLS|wrong version number/i.test(
    text,
  );
}
