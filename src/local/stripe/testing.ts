/** The official client, pointed at a stand-in, for tests: no retries of its own, so that a test sees every answer. */
import Stripe from 'stripe';
import type { StripeStandIn } from './start.ts';

export function clientOf(standIn: StripeStandIn, key = standIn.key): Stripe {
  const { host, port } = standIn;
  return new Stripe(key, { host, port, protocol: 'http', telemetry: false, maxNetworkRetries: 0, timeout: 5_000 });
}

/** What a call that must fail was told. */
export async function refusalOf(call: Promise<unknown>): Promise<Stripe.errors.StripeError> {
  try {
    await call;
  } catch (error) {
    if (error instanceof Stripe.errors.StripeError) return error;
    throw error;
  }
  throw new Error('was not refused');
}
