/**
 * The errors of the Support API in its own shape: HTTP status, `error`, `description`, `details`
 * (https://developer.zendesk.com/api-reference/introduction/requests/#response-format). Thrown by handlers, rendered by the engine.
 */
import type { JsonHash } from './types.ts';

export class ZendeskFault extends Error {
  readonly status: number;
  readonly body: JsonHash;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, body: JsonHash, headers: Readonly<Record<string, string>> = {}) {
    super(`HTTP ${status}`);
    this.status = status;
    this.body = body;
    this.headers = headers;
  }
}

export const notFound = (): ZendeskFault =>
  new ZendeskFault(404, { error: 'RecordNotFound', description: 'Not found' });

export const unauthorized = (): ZendeskFault => new ZendeskFault(401, { error: "Couldn't authenticate you" });

export const forbidden = (): ZendeskFault =>
  new ZendeskFault(403, {
    error: 'Forbidden',
    description:
      'You do not have access to this page. Please contact the account owner of this help desk for further help.',
  });

export const badRequest = (description: string): ZendeskFault =>
  new ZendeskFault(400, { error: 'BadRequest', description });

/** A record that can not be so: what is wrong with which field. */
export const invalid = (field: string, description: string): ZendeskFault =>
  new ZendeskFault(422, {
    error: 'RecordInvalid',
    description: 'Record validation errors',
    details: { [field]: [{ description }] },
  });

export const tooMany = (retryAfterSeconds: number, headers: Readonly<Record<string, string>> = {}): ZendeskFault =>
  new ZendeskFault(
    429,
    { error: 'APIRateLimitExceeded', description: 'Number of allowed API requests per minute exceeded' },
    { ...headers, 'Retry-After': String(retryAfterSeconds) },
  );
