/**
 * Turns what the S3 client throws into catalogue codes: unreachable (wait), refused (somebody must act), not found.
 * Must never let a vendor's message through: it quotes keys, bodies and signed headers. `where` is the bucket's name,
 * which is configured. A HabeasError passes unchanged; an aborted call re-throws the signal's own reason, so that
 * Temporal sees its cancellation and not an AbortError.
 */
import { HabeasError } from '../errors.ts';

/** Always throws. `missing` is the code where the server says that the thing is not there. */
export function throwStorageFailure(
  error: unknown,
  bucket: string,
  signal?: AbortSignal,
  missing: 'storage-not-found' | 'storage-refused' = 'storage-not-found',
): never {
  if (signal?.aborted) throw signal.reason;
  if (error instanceof HabeasError) throw error;
  const status = statusOf(error);
  const where = bucket;
  if (status === undefined) {
    if (nameOf(error) === 'CredentialsProviderError') throw new HabeasError('storage-refused', { where, cause: error });
    if (isTransport(error)) throw new HabeasError('storage-unreachable', { where, cause: error });
    throw new HabeasError('internal', { where, cause: error });
  }
  // A missing bucket is a mistake of configuration, a missing object a fact about the object.
  if (nameOf(error) === 'NoSuchBucket') throw new HabeasError('storage-refused', { where, cause: error });
  // Somebody ended the upload: another attempt, or a life-cycle rule. Starting over helps.
  if (nameOf(error) === 'NoSuchUpload') throw new HabeasError('storage-unreachable', { where, cause: error });
  if (status === 404) throw new HabeasError(missing, { where, cause: error });
  if (status >= 500 || status === 429 || status === 408)
    throw new HabeasError('storage-unreachable', { where, cause: error });
  throw new HabeasError('storage-refused', { where, cause: error });
}

/** True where the server answered that it has no such operation (some S3 servers lack versions or uploads lists). */
export function isNotImplemented(error: unknown): boolean {
  return statusOf(error) === 501;
}

/** True where the server says that the upload or object is gone already. */
export function isAbsent(error: unknown): boolean {
  return statusOf(error) === 404 && nameOf(error) !== 'NoSuchBucket';
}

function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('$metadata' in error)) return undefined;
  const metadata = error.$metadata;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return undefined;
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined;
}

function nameOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'name' in error ? String(error.name) : '';
}

/** Sockets that were refused, reset, timed out or not resolved; Node names them by `code`, the SDK by `name`. */
function isTransport(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  // The SDK marks whatever leaves a call with `$metadata`: marked, and without a status, is a call without an answer.
  if ('$metadata' in error) return true;
  if (['TimeoutError', 'RequestTimeout', 'NetworkingError', 'AbortError'].includes(nameOf(error))) return true;
  if ('code' in error && typeof error.code === 'string' && /^(E[A-Z_]+|UND_ERR_.*|HPE_.*)$/.test(error.code)) {
    // Node's own complaints about arguments and streams are mistakes of ours, except that of a body cut short.
    return !error.code.startsWith('ERR_') || error.code === 'ERR_STREAM_PREMATURE_CLOSE';
  }
  return 'cause' in error && isTransport(error.cause);
}
