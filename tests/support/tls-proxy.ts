/**
 * A TLS door before the plain Temporal server: HTTP/2 with certificates made for this test, which lets in only calls that
 * carry the API key, as a hosted Temporal does. Gives the authority that signed its certificate, and a stranger's.
 */
import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';

export interface TlsDoor {
  /** host:port */
  readonly address: string;
  /** PEM of the authority that signed its certificate, and of one that did not. */
  readonly ca: string;
  readonly strangersCa: string;
  /** Calls that were let through. */
  readonly calls: () => number;
  close(): Promise<void>;
}

export async function openTlsDoor(plainAddress: string, apiKey: string): Promise<TlsDoor> {
  const [authority, stranger] = await Promise.all([newAuthority(), newAuthority()]);
  const { key, cert } = await authority.issue();
  const upstream = http2.connect(`http://${plainAddress}`);
  const sessions = new Set<http2.ServerHttp2Session>();
  let calls = 0;
  const server = http2.createSecureServer({ key, cert });
  server.on('session', (session) => {
    sessions.add(session);
    session.on('close', () => sessions.delete(session));
    session.on('error', () => undefined);
  });
  server.on('tlsClientError', () => undefined);
  server.on('stream', (stream, headers) => {
    stream.on('error', () => undefined);
    if (headers.authorization !== `Bearer ${apiKey}`) {
      // https://grpc.io/docs/guides/status-codes/: 16 is UNAUTHENTICATED.
      const refusal = { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '16' };
      stream.respond(refusal, { endStream: true });
      return;
    }
    calls += 1;
    forward(upstream, stream, headers);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `localhost:${port}`,
    ca: authority.pem,
    strangersCa: stranger.pem,
    calls: () => calls,
    close: async () => {
      for (const session of sessions) session.destroy();
      upstream.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** One call through, with its trailers: gRPC's status is in them. */
function forward(
  upstream: http2.ClientHttp2Session,
  stream: http2.ServerHttp2Stream,
  headers: http2.IncomingHttpHeaders,
): void {
  const { authorization: _key, ':scheme': _scheme, ...passed } = headers;
  const call = upstream.request({ ...passed, ':scheme': 'http' });
  let trailers: http2.IncomingHttpHeaders = {};
  call.on('error', () => stream.close());
  call.on('response', (answer, flags) => {
    const isWhole = (flags & http2.constants.NGHTTP2_FLAG_END_STREAM) !== 0;
    if (!stream.destroyed) stream.respond(answer, { endStream: isWhole, waitForTrailers: !isWhole });
  });
  call.on('trailers', (given) => {
    trailers = given;
  });
  stream.on('wantTrailers', () => stream.sendTrailers(trailers));
  stream.on('close', () => call.close());
  stream.pipe(call);
  call.pipe(stream);
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** An authority of its own, which issues certificates for this machine. */
async function newAuthority() {
  // The certificate library finds its parts by decorators, which need this first.
  await import('reflect-metadata');
  const x509 = await import('@peculiar/x509');
  const { subtle } = globalThis.crypto;
  const pair = () => subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const keys = await pair();
  const notBefore = new Date(Date.now() - 60_000);
  const notAfter = new Date(Date.now() + 3_600_000);
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: '01',
    name: 'CN=Habeas test authority',
    notBefore,
    notAfter,
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
    ],
  });
  return {
    pem: ca.toString('pem'),
    issue: async () => {
      const own = await pair();
      const cert = await x509.X509CertificateGenerator.create({
        serialNumber: '02',
        subject: 'CN=localhost',
        issuer: ca.subject,
        notBefore,
        notAfter,
        signingAlgorithm: algorithm,
        publicKey: own.publicKey,
        signingKey: keys.privateKey,
        extensions: [
          new x509.SubjectAlternativeNameExtension([
            { type: 'dns', value: 'localhost' },
            { type: 'ip', value: '127.0.0.1' },
          ]),
          new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        ],
      });
      const key = Buffer.from(await subtle.exportKey('pkcs8', own.privateKey)).toString('base64');
      return {
        cert: cert.toString('pem'),
        key: `-----BEGIN PRIVATE KEY-----\n${key}\n-----END PRIVATE KEY-----\n`,
      };
    },
  };
}
