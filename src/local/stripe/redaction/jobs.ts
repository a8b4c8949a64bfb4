/**
 * A redaction job's life, moved on by the clock: validating → ready or failed; run → redacting → succeeded; cancelled ones
 * pass through canceling (https://docs.stripe.com/api/privacy/redaction-job). Once it runs it cannot be stopped.
 */
import type { World } from '../core/routing.ts';
import { type JsonHash, numberOf, type StripeObject } from '../core/types.ts';
import { obstaclesOf } from './eligibility.ts';
import { finish, redact } from './redact.ts';
import { reachOf, rootsOf } from './scope.ts';

/** How long the stand-in takes, in seconds. Stripe promises nothing; it once said up to seven days. */
const redactionTakes = { validating: 60, canceling: 1, redacting: 3_600 };

export function begin(world: World, job: StripeObject, status: 'validating' | 'canceling' | 'redacting'): StripeObject {
  job.status = status;
  job._since = world.clock.now();
  if (status === 'validating') setErrors(world, job, []);
  return world.store.put('redaction_jobs', job, world.clock.nowMs());
}

/** Carries jobs on as far as the clock has moved. */
export function moveJobs(world: World): void {
  const { store, clock } = world;
  for (const job of store.in('redaction_jobs').values()) {
    const waited = clock.now() - numberOf(job, '_since');
    if (job.status === 'validating' && waited >= redactionTakes.validating) validated(world, job);
    else if (job.status === 'canceling' && waited >= redactionTakes.canceling) job.status = 'canceled';
    else if (job.status === 'redacting' && waited >= redactionTakes.redacting) succeed(world, job);
    else continue;
    store.put('redaction_jobs', job, clock.nowMs());
  }
}

function validated(world: World, job: StripeObject): void {
  const obstacles = obstaclesOf(world.store, job, world.clock.now());
  const left = obstacles.filter(({ fixable }) => !(fixable && job.validation_behavior === 'fix'));
  setErrors(
    world,
    job,
    left.map(({ code, object, message }) => ({
      code,
      erroring_object: { id: object.id, object_type: object.object },
      message,
    })),
  );
  job.status = left.length === 0 ? 'ready' : 'failed';
}

function setErrors(world: World, job: StripeObject, errors: readonly JsonHash[]): void {
  const { store, clock } = world;
  for (const { id, _job } of store.in('redaction_errors').values()) {
    if (_job === job.id) store.remove('redaction_errors', id, clock.nowMs());
  }
  for (const error of errors) {
    const id = store.newId('redaction_errors');
    const object = 'privacy.redaction_job_validation_error';
    store.put('redaction_errors', { id, object, created: clock.now(), _job: job.id, ...error }, clock.nowMs());
  }
}

function succeed(world: World, job: StripeObject): void {
  const reached = reachOf(world.store, rootsOf(job));
  if (job.validation_behavior === 'fix') for (const item of reached) finish(world, item);
  // A draft that was finished is gone.
  for (const item of reached) if (world.store.in(item.kind).get(item.object.id) !== undefined) redact(world, item);
  job.status = 'succeeded';
}
