/**
 * The errors that Stripe documents (https://docs.stripe.com/api/errors, https://docs.stripe.com/error-codes), in its own
 * shape: HTTP status, type, code, param and a message. Thrown by handlers, rendered by the engine.
 */
import type { JsonHash } from './types.ts';

export type ErrorType = 'api_error' | 'card_error' | 'idempotency_error' | 'invalid_request_error';

export interface ErrorFacts {
  readonly status: number;
  readonly type?: ErrorType;
  readonly code?: string;
  readonly param?: string;
  readonly message: string;
  /** The request was refused before an endpoint began: no idempotent result is kept for it. */
  readonly before?: boolean;
}

export class StripeFault extends Error {
  readonly facts: ErrorFacts;

  constructor(facts: ErrorFacts) {
    super(facts.message);
    this.facts = facts;
  }
}

export function errorBody(facts: ErrorFacts): JsonHash {
  const error: JsonHash = {};
  if (facts.code !== undefined) {
    error.code = facts.code;
    error.doc_url = `https://stripe.com/docs/error-codes/${facts.code.replaceAll('_', '-')}`;
  }
  error.message = facts.message;
  if (facts.param !== undefined) error.param = facts.param;
  error.type = facts.type ?? 'invalid_request_error';
  return { error };
}

/** 404 for the object a path names, 400 for one that a parameter names. */
export function missing(
  noun: string,
  id: string,
  where: { readonly param: string; readonly inPath: boolean },
): StripeFault {
  return new StripeFault({
    status: where.inPath ? 404 : 400,
    code: 'resource_missing',
    param: where.param,
    message: `No such ${noun}: '${id}'`,
  });
}

export function invalid(message: string, code?: string, param?: string): StripeFault {
  return new StripeFault({
    status: 400,
    message,
    ...(code === undefined ? {} : { code }),
    ...(param === undefined ? {} : { param }),
  });
}

/** A request whose parameters were not accepted. */
export function badParameter(code: string | undefined, param: string, message: string): StripeFault {
  return new StripeFault({ status: 400, param, message, before: true, ...(code === undefined ? {} : { code }) });
}

export const unknownPath = (method: string, path: string): StripeFault =>
  new StripeFault({
    status: 404,
    before: true,
    message: `Unrecognized request URL (${method}: ${path}). Please see https://stripe.com/docs or we can help at https://support.stripe.com/.`,
  });
