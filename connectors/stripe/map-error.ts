/**
 * What the Stripe client and the network throw, as codes of the catalogue, in one place. Only the error's class, status, code
 * and parameter name are looked at: messages quote identifiers, and are dropped with the cause.
 * Source: Stripe API reference, "Errors" and "Error codes"; "Rate limits".
 */
import Stripe from 'stripe';
import { type ErrorCode, HabeasError } from '../../src/errors.ts';

/** What was asked for is not there: never was, was deleted, or belongs to another account or mode. */
export class Missing extends Error {
  /** The parameter that named it, as `customer` or `starting_after`. */
  readonly parameter: string;

  constructor(parameter: string) {
    super('missing');
    this.parameter = parameter;
  }
}

/** The call may be made again, after so many milliseconds where the server says so. */
export interface Again {
  readonly afterMs: number | undefined;
}

/** Stripe says that what was to be ended has ended already, or that the object's state does not allow it. */
const overCodes = new Set(['resource_already_canceled', 'subscription_canceled', 'payment_method_unexpected_state']);

/** A call that had nothing to do any more. */
export class AlreadyOver extends Error {}

/** The error as a HabeasError, or what else it means to the caller. `where`: the configured place the call was about. */
export function mapError(error: unknown, where: string): HabeasError | Missing | AlreadyOver {
  if (error instanceof HabeasError || error instanceof Missing || error instanceof AlreadyOver) return error;
  if (!(error instanceof Stripe.errors.StripeError)) return new HabeasError('internal', { where });
  const known = codeOf(error);
  if (known !== undefined) return new HabeasError(known, { where });
  const code = error.code ?? '';
  // A 404 without that code is of an address that is not Stripe's, and says nothing of the object.
  if (code === 'resource_missing') return new Missing(error.param ?? '');
  if (overCodes.has(code)) return new AlreadyOver();
  const shown = /^\w{1,60}$/.test(code) ? code : String(error.statusCode ?? '');
  return new HabeasError('system-failed', { where: `${where}: Stripe ${shown}` });
}

/** Whether trying again by itself may help. */
export function againOf(error: unknown): Again | undefined {
  if (!(error instanceof Stripe.errors.StripeError)) return undefined;
  const code = codeOf(error);
  if (code !== 'system-unreachable' && code !== 'system-rate-limited') return undefined;
  const seconds = Number(error.headers?.['retry-after'] ?? Number.NaN);
  return { afterMs: Number.isFinite(seconds) && seconds >= 0 ? seconds * 1_000 : undefined };
}

/** Whether Stripe has failed by itself: it remembers that answer for the call's key, and would give it again. */
export function isRemembered(error: unknown): boolean {
  return error instanceof Stripe.errors.StripeError && (error.statusCode ?? 0) >= 500;
}

type StripeError = InstanceType<typeof Stripe.errors.StripeError>;

function codeOf(error: StripeError): ErrorCode | undefined {
  if (error instanceof Stripe.errors.StripeConnectionError) return isTls(error) ? 'system-tls' : 'system-unreachable';
  const status = error.statusCode ?? 0;
  if (status === 401) return 'system-credentials';
  if (status === 403) return 'system-permission';
  if (status === 429) return 'system-rate-limited';
  // 409: the same idempotency key is in use by a call that still runs. No status: an answer that is not Stripe's, as a proxy's.
  return status >= 500 || status === 409 || status < 400 ? 'system-unreachable' : undefined;
}

function isTls({ detail }: StripeError): boolean {
  const code = typeof detail === 'object' && detail !== null && 'code' in detail ? String(detail.code) : '';
  return /^(ERR_(TLS|SSL)|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|HOSTNAME_MISMATCH|EPROTO)/.test(code);
}
