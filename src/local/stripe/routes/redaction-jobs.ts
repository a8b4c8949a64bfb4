/**
 * Redaction jobs, which are in preview (https://docs.stripe.com/privacy/redaction): only with a preview version in
 * `Stripe-Version`, and only for an account that takes part.
 */
import { inPath, toJson } from '../core/change.ts';
import { badParameter, invalid, missing, StripeFault, unknownPath } from '../core/errors.ts';
import { answerList, hashParam, listParam, textParam } from '../core/lists.ts';
import { expand, hash, list, oneOf, type Params, paging, required, text } from '../core/params.ts';
import type { Route, World } from '../core/routing.ts';
import type { JsonHash, StripeObject } from '../core/types.ts';
import { begin } from '../redaction/jobs.ts';
import { rootKinds } from '../redaction/scope.ts';

/** Identifiers in one job, of all kinds together. */
const mostIds = 10;
const behaviour = oneOf('error', 'fix');
const ids = list(text);
const statuses = ['canceled', 'canceling', 'created', 'failed', 'ready', 'redacting', 'succeeded', 'validating'];
const kindsOfRoots = [
  'charges',
  'checkout_sessions',
  'customers',
  'identity_verification_sessions',
  'invoices',
  'issuing_cardholders',
  'payment_intents',
  'radar_value_list_items',
  'setup_intents',
];

function create(world: World, params: Params): StripeObject {
  const given = hashParam(params, 'objects') ?? {};
  const all = Object.keys(given).flatMap((kind) => listParam(given, kind));
  if (all.length === 0) throw badParameter('parameter_missing', 'objects', 'Missing required param: objects.');
  if (all.length > mostIds) {
    throw badParameter(undefined, 'objects', `A redaction job can have at most ${mostIds} object identifiers.`);
  }
  for (const [kind, named] of Object.entries(given)) {
    const known = rootKinds.find((of) => of === kind);
    for (const [index, id] of (named as string[]).entries()) {
      const isThere = known !== undefined && world.store.in(known).get(id) !== undefined;
      if (isThere || world.store.deletedCustomers.has(id)) continue;
      throw missing(kind.slice(0, -1), id, { param: `objects[${kind}][${index}]`, inPath: false });
    }
  }
  const objects: JsonHash = Object.fromEntries(kindsOfRoots.map((kind) => [kind, toJson(given[kind])]));
  const job: StripeObject = {
    id: world.store.newId('redaction_jobs'),
    object: 'privacy.redaction_job',
    created: world.clock.now(),
    livemode: false,
    status: 'validating',
    validation_behavior: textParam(params, 'validation_behavior') ?? 'error',
    _objects: objects,
  };
  return begin(world, job, 'validating');
}

/** The job, if its status is one of these. */
function jobIn(world: World, id: string | undefined, statuses: readonly string[], verb: string): StripeObject {
  const job = inPath(world, 'redaction_jobs', id, 'job');
  if (statuses.includes(String(job.status))) return job;
  throw invalid(`A redaction job in status ${job.status} cannot be ${verb}; it must be ${statuses.join(' or ')}.`);
}

function route(method: 'GET' | 'POST', path: string, params: Route['params'], run: Route['run']): Route {
  return {
    method,
    path,
    permission: 'redaction_job',
    params,
    run: (world, named, given) => {
      if (world.preview !== true) throw unknownPath(method, path);
      if (!world.redactionEnabled) {
        throw new StripeFault({ status: 403, message: 'This account does not have access to redaction jobs.' });
      }
      return run(world, named, given);
    },
  };
}

const jobs = '/v1/privacy/redaction_jobs';

export const redactionRoutes: readonly Route[] = [
  route('GET', jobs, { ...paging, status: oneOf(...statuses) }, (world, _, params) =>
    answerList({
      collection: world.store.in('redaction_jobs'),
      url: jobs,
      noun: 'redaction job',
      params,
      matches: ({ status }) => params.status === undefined || status === params.status,
    }),
  ),
  route(
    'POST',
    jobs,
    {
      ...expand,
      objects: required(hash(Object.fromEntries(kindsOfRoots.map((kind) => [kind, ids])))),
      validation_behavior: behaviour,
    },
    (world, _, params) => create(world, params),
  ),
  route('GET', `${jobs}/{job}`, expand, (world, { job }) => inPath(world, 'redaction_jobs', job, 'job')),
  route('POST', `${jobs}/{job}`, { ...expand, validation_behavior: behaviour }, (world, ids, params) => {
    const job = jobIn(world, ids.job, ['validating', 'ready', 'failed'], 'updated');
    job.validation_behavior = textParam(params, 'validation_behavior') ?? job.validation_behavior ?? null;
    return world.store.put('redaction_jobs', job, world.clock.nowMs());
  }),
  route('POST', `${jobs}/{job}/validate`, expand, (world, { job }) =>
    begin(world, jobIn(world, job, ['failed'], 'validated'), 'validating'),
  ),
  route('POST', `${jobs}/{job}/run`, expand, (world, { job }) =>
    begin(world, jobIn(world, job, ['ready'], 'run'), 'redacting'),
  ),
  route('POST', `${jobs}/{job}/cancel`, expand, (world, { job }) =>
    begin(world, jobIn(world, job, ['ready', 'failed'], 'canceled'), 'canceling'),
  ),
  route('GET', `${jobs}/{job}/validation_errors`, paging, (world, { job = '' }, params) => {
    inPath(world, 'redaction_jobs', job, 'job');
    return answerList({
      collection: world.store.in('redaction_errors'),
      url: `${jobs}/${job}/validation_errors`,
      noun: 'redaction job validation error',
      params,
      matches: ({ _job }) => _job === job,
    });
  }),
];
