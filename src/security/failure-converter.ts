/**
 * What of an error reaches Temporal: its catalogue code, as message and as type, and whether trying again can help, as
 * the catalogue says. No message, stack, cause text or details of anything thrown ever does; what has no code is
 * `internal`, and its text stays on the machine where it happened. Runs in the workflow sandbox too. Never throws.
 */
import {
  ApplicationFailure,
  DefaultFailureConverter,
  defaultPayloadConverter,
  type FailureConverter,
  type ProtoFailure,
  TemporalFailure,
} from '@temporalio/common';
import { catalogue, type ErrorCode, isErrorCode } from '../errors.ts';

const source = 'TypeScriptSDK';
const standard = new DefaultFailureConverter();

/** The catalogue code of anything thrown, also of what came back from Temporal. */
export function failureCode(error: unknown): ErrorCode {
  if (error instanceof ApplicationFailure) return codeOfType(error.type);
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const isOurs = error instanceof Error && error.name === 'HabeasError' && typeof code === 'string';
  return isOurs && isErrorCode(code) ? code : 'internal';
}

function codeOfType(type: string | null | undefined): ErrorCode {
  if (typeof type === 'string' && isErrorCode(type)) return type;
  // The SDK's own names for an activity that was interrupted by its worker.
  return type === 'CancelledFailure' || type === 'ActivityReset' || type === 'ActivityPause'
    ? 'worker-stopping'
    : 'internal';
}

function application(code: ErrorCode): ProtoFailure {
  return {
    message: code,
    source,
    applicationFailureInfo: { type: code, nonRetryable: !catalogue[code].retryable },
  };
}

/** The same failure with nothing in it but its kind, its code and the names of activities and ids. */
function bare(failure: ProtoFailure): ProtoFailure {
  if (failure.applicationFailureInfo) return application(codeOfType(failure.applicationFailureInfo.type));
  const cause = failure.cause ? { cause: bare(failure.cause) } : {};
  if (failure.activityFailureInfo) {
    // Activity type, ids, counters and our own opaque identity; nothing of it is text of a failure.
    return { message: 'activity failed', source, activityFailureInfo: failure.activityFailureInfo, ...cause };
  }
  if (failure.timeoutFailureInfo) {
    const timeoutType = failure.timeoutFailureInfo.timeoutType ?? null;
    return { message: 'timeout', source, timeoutFailureInfo: { timeoutType } };
  }
  if (failure.canceledFailureInfo) return { message: 'cancelled', source, canceledFailureInfo: {} };
  if (failure.terminatedFailureInfo) return { message: 'terminated', source, terminatedFailureInfo: {} };
  if (failure.serverFailureInfo) {
    const nonRetryable = failure.serverFailureInfo.nonRetryable ?? null;
    return { message: 'server', source, serverFailureInfo: { nonRetryable } };
  }
  return application('internal');
}

export const failureConverter: FailureConverter = {
  errorToFailure(error) {
    if (!(error instanceof TemporalFailure)) return application(failureCode(error));
    try {
      return bare(standard.errorToFailure(error, defaultPayloadConverter));
    } catch {
      return application('internal');
    }
  },
  failureToError(failure, payloadConverter, context) {
    return standard.failureToError(failure, payloadConverter, context);
  },
};
