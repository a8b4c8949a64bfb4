/**
 * What an exchange with Zendesk ended with, as codes of the catalogue, in one place. Only the status is looked at: what Zendesk says of
 * a failure quotes names and addresses, and is dropped unread.
 * Source: developer.zendesk.com/api-reference/introduction/requests (Response format), .../introduction/rate-limits.
 */
import { HabeasError } from '../../src/errors.ts';
import { HttpFailure } from '../http.ts';

/** What was asked for is not there, or not to be seen any more. */
export class Missing extends Error {}

/** The call was understood and refused for the state of the thing (422), as of a closed ticket. */
export class Unprocessable extends Error {}

/** The error as a HabeasError, or what else it means to the caller. `where`: the configured place the call was about. */
export function mapError(error: unknown, where: string): Error {
  if (error instanceof HabeasError || error instanceof Missing || error instanceof Unprocessable) return error;
  if (!(error instanceof HttpFailure)) return new HabeasError('internal', { where });
  const { kind, status } = error;
  if (kind === 'tls') return new HabeasError('system-tls', { where });
  if (kind === 'no-json') return new HabeasError('system-schema-drift', { where });
  if (kind === 'unreached' || status >= 500 || status === 409) return new HabeasError('system-unreachable', { where });
  if (status === 401) return new HabeasError('system-credentials', { where });
  if (status === 403) return new HabeasError('system-permission', { where });
  if (status === 429) return new HabeasError('system-rate-limited', { where });
  if (status === 404 || status === 410) return new Missing();
  if (status === 422) return new Unprocessable();
  return new HabeasError('system-failed', { where: `${where}: HTTP ${status}` });
}

/** Whether trying again by itself may help, and how long the server says to wait. 409: two changes of one ticket at once. */
export function againOf(error: unknown): { readonly afterMs: number | undefined } | undefined {
  if (!(error instanceof HttpFailure)) return undefined;
  const { kind, status, afterMs } = error;
  const may = kind === 'unreached' || (kind === 'status' && (status >= 500 || status === 429 || status === 409));
  return may ? { afterMs } : undefined;
}
