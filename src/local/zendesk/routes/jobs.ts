/**
 * Background jobs: an answer that says that something will be done
 * (https://developer.zendesk.com/api-reference/ticketing/ticket-management/job_statuses/). `completed` says that the job has
 * ended; whether each item was done is in its results.
 */
import { createHash } from 'node:crypto';
import { notFound } from '../core/errors.ts';
import { listed } from '../core/paging.ts';
import type { Call, Reply, Route } from '../core/routing.ts';
import { type Entity, type JsonHash, numberOf, numbersOf } from '../core/types.ts';

export function startJob(call: Call, type: string, items: readonly number[], effects: readonly JsonHash[]): Reply {
  const { store, clock, delays } = call.account;
  const now = clock.nowMs();
  const id = store.newId();
  const _key = createHash('sha256').update(`job ${id}`).digest('hex').slice(0, 32);
  const job = { id, _key, _type: type, _items: [...items], _begins: now + delays.jobMs / 2, _ends: now + delays.jobMs };
  store.put('jobs', job, now);
  for (const effect of effects) store.put('effects', { ...effect, id: store.newId(), _due: job._ends }, now);
  return { body: { job_status: view(call, job) } };
}

function view(call: Call, job: Entity): JsonHash {
  const now = call.account.clock.nowMs();
  const [begins, ends] = [numberOf(job._begins) ?? 0, numberOf(job._ends) ?? 0];
  const items = numbersOf(job._items);
  const status = now < begins ? 'queued' : now < ends ? 'working' : 'completed';
  const isDone = status === 'completed';
  return {
    id: job._key,
    job_type: job._type,
    url: `${call.account.origin()}/api/v2/job_statuses/${job._key}.json`,
    total: items.length,
    progress: isDone ? items.length : 0,
    status,
    message: isDone ? `Completed at ${call.account.nowText()}` : null,
    results: isDone
      ? items.map((id, index) => ({ index, id, action: 'delete', success: true, status: 'Deleted' }))
      : null,
  };
}

export const jobRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/api/v2/job_statuses',
    run: (call) =>
      listed(call, { name: 'job_statuses', objects: call.account.store.all('jobs'), view: (job) => view(call, job) }),
  },
  {
    method: 'GET',
    path: '/api/v2/job_statuses/{key}',
    run: (call) => {
      const [job] = call.account.store.having('jobs', '_key', call.ids.key ?? '');
      if (job === undefined) throw notFound();
      return { body: { job_status: view(call, job) } };
    },
  },
];
