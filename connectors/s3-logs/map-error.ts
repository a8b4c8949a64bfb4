/**
 * What the S3 client and the network throw, as codes of the catalogue, in one place. Only the error's name, status and
 * code are looked at: messages quote object names, and object names may be about people. They are dropped, with the cause.
 * Source: Amazon S3 API Reference, "Error responses".
 */
import { type ErrorCode, HabeasError } from '../../src/errors.ts';

const byName: Readonly<Record<string, ErrorCode>> = {
  InvalidAccessKeyId: 'system-credentials',
  SignatureDoesNotMatch: 'system-credentials',
  ExpiredToken: 'system-credentials',
  InvalidToken: 'system-credentials',
  TokenRefreshRequired: 'system-credentials',
  CredentialsProviderError: 'system-credentials',
  AccessDenied: 'system-permission',
  AllAccessDisabled: 'system-permission',
  AccountProblem: 'system-permission',
  NoSuchBucket: 'system-schema-drift',
  PermanentRedirect: 'system-schema-drift',
  AuthorizationHeaderMalformed: 'system-schema-drift',
  SlowDown: 'system-unreachable',
  ServiceUnavailable: 'system-unreachable',
  InternalError: 'system-unreachable',
  RequestTimeTooSkewed: 'system-credentials',
  RequestTimeout: 'system-unreachable',
};

/** The error as a HabeasError. `where`: the configured place the failing call was about. */
export function mapError(error: unknown, where: string): HabeasError {
  if (error instanceof HabeasError) return error;
  const name = wordOf(error, 'name');
  const known = byName[name];
  if (known !== undefined) return new HabeasError(known, { where });
  const status = statusOf(error);
  if (status !== undefined && status >= 300) {
    if (status >= 500 || status === 429 || status === 408) return new HabeasError('system-unreachable', { where });
    if (status === 401) return new HabeasError('system-credentials', { where });
    if (status === 403) return new HabeasError('system-permission', { where });
    return new HabeasError('system-failed', { where: `S3 ${/^\w{1,60}$/.test(name) ? name : status}` });
  }
  const code = wordOf(error, 'code');
  if (/^(ERR_(TLS|SSL)|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|HOSTNAME_MISMATCH|EPROTO)/.test(code))
    return new HabeasError('system-tls', { where });
  // The client marks whatever leaves a call with `$metadata`: marked, and without a status, is a call without an answer.
  const isMarked = typeof error === 'object' && error !== null && '$metadata' in error;
  if (
    isMarked ||
    /^(E[A-Z_]+|UND_ERR_\w+|HPE_\w+)$/.test(code) ||
    /^(TimeoutError|AbortError|NetworkingError)$/.test(name)
  )
    return new HabeasError('system-unreachable', { where });
  return new HabeasError('internal', { where, cause: error });
}

/** What cannot be read of one object says nothing about the system: it is gone, or laid away where it cannot be read. */
export function isObjectFault(error: unknown): boolean {
  return ['NoSuchKey', 'NotFound', 'InvalidObjectState'].includes(wordOf(error, 'name'));
}

/** Damaged or cut-off gzip, told by zlib's own codes. */
export function isGzipFault(error: unknown): boolean {
  return /^Z_/.test(wordOf(error, 'code'));
}

function wordOf(error: unknown, key: 'name' | 'code'): string {
  if (error instanceof AggregateError && error.errors.length > 0) return wordOf(error.errors[0], key);
  if (typeof error !== 'object' || error === null || !(key in error)) return '';
  const word: unknown = Reflect.get(error, key);
  return typeof word === 'string' ? word : '';
}

function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('$metadata' in error)) return undefined;
  const metadata = error.$metadata;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return undefined;
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined;
}
