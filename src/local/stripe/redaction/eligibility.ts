/**
 * Whether objects can be redacted (https://docs.stripe.com/privacy/deletion-requests): what is unfinished must be finished
 * (intents cancelled, payment methods detached, invoices voided, disputes closed), and a transaction must be 90 days old.
 * With `fix`, a job finishes what it can by itself when it runs; age and a bank's dispute it cannot.
 */
import type { Store } from '../core/store.ts';
import type { JsonHash, StripeObject } from '../core/types.ts';
import { type Reached, reachOf, rootsOf } from './scope.ts';

interface Obstacle {
  readonly code: 'invalid_cascading_source' | 'invalid_state' | 'locked_by_other_job';
  readonly object: StripeObject;
  readonly message: string;
  readonly fixable: boolean;
}

const transactionAgeSeconds = 90 * 86_400;
const closedDisputes = ['lost', 'won', 'warning_closed', 'prevented'];
const finished = ['succeeded', 'canceled'];

/** What stands in the way of a job at this second. */
export function obstaclesOf(store: Store, job: StripeObject, now: number): Obstacle[] {
  const roots = rootsOf(job);
  const reached = reachOf(store, roots);
  const own = reached.flatMap((item) => stateOf(item, now));
  const locked = lockedBy(store, job);
  const other = reached.filter(({ object }) => locked.has(object.id)).map(({ object }) => lockOf(object));
  const rootIds = new Set(roots.map(({ id }) => id));
  const related = own.filter(({ object }) => !rootIds.has(object.id));
  const sources = related.length === 0 ? [] : reached.filter(({ object }) => rootIds.has(object.id));
  const fixable = related.every((obstacle) => obstacle.fixable);
  return [...own, ...other, ...sources.map(({ object }) => cascading(object, fixable))];
}

const cascading = (object: StripeObject, fixable: boolean): Obstacle => ({
  code: 'invalid_cascading_source',
  object,
  message: 'A related object is not in a state that can be redacted.',
  fixable,
});

const lockOf = (object: StripeObject): Obstacle => ({
  code: 'locked_by_other_job',
  object,
  message: 'The object is used in another redaction job.',
  fixable: false,
});

function stateOf({ kind, object }: Reached, now: number): Obstacle[] {
  const invalid = (message: string, fixable: boolean): Obstacle[] => [
    { code: 'invalid_state', object, message, fixable },
  ];
  const isYoung = now - object.created < transactionAgeSeconds;
  const tooYoung = 'Transactions can only be redacted after 90 days.';
  const status = String(object.status);
  switch (kind) {
    case 'payment_intents':
      if (!finished.includes(status)) {
        return invalid('PaymentIntent is not finalized. Confirm or cancel the payment intent.', true);
      }
      return status === 'succeeded' && isYoung ? invalid(tooYoung, false) : [];
    case 'charges':
    case 'refunds':
      return isYoung ? invalid(tooYoung, false) : [];
    case 'payment_methods':
      return object.customer === null ? [] : invalid('PaymentMethod is attached to a customer. Detach it.', true);
    case 'invoices':
      return ['draft', 'open'].includes(status) ? invalid('Invoice is not finalized. Void or delete it.', true) : [];
    case 'disputes':
      return closedDisputes.includes(status) ? [] : invalid('Dispute is open. Close it.', false);
    case 'subscriptions':
      return status === 'canceled' ? [] : invalid('Subscription is active. Cancel it.', true);
    default:
      return [];
  }
}

const unfinishedJobs = ['validating', 'ready', 'failed', 'redacting'];

function lockedBy(store: Store, job: JsonHash): ReadonlySet<string> {
  const others = store
    .in('redaction_jobs')
    .values()
    .filter((other) => other.id !== job.id && unfinishedJobs.includes(String(other.status)));
  return new Set(others.flatMap((other) => reachOf(store, rootsOf(other)).map(({ object }) => object.id)));
}
