/**
 * Incremental exports by cursor (https://developer.zendesk.com/documentation/ticketing/managing-tickets/using-the-incremental-export-api/):
 * in the order of change, deleted tickets and stubs of scrubbed ones among them, and nothing of the last minute.
 */
import { badRequest, invalid } from '../core/errors.ts';
import { address } from '../core/paging.ts';
import type { Call, Reply, Route } from '../core/routing.ts';
import type { Entity } from '../core/types.ts';
import { viewOf } from '../core/view.ts';
import { generatedMs } from '../objects/tickets.ts';

const recentMs = 60_000;
const largestPage = 1_000;

interface Place {
  readonly atMs: number;
  readonly id: number;
}

const incremental =
  (kind: 'tickets' | 'users') =>
  (call: Call): Reply => {
    const { account, query } = call;
    const now = account.clock.nowMs();
    const from = startOf(query, now);
    const size = Math.min(largestPage, Number(query.get('per_page') ?? largestPage) || largestPage);
    const behind = account.store
      .all(kind)
      .filter((object) => isBehind(object, from) && generatedMs(object) <= now - recentMs)
      .sort((a, b) => generatedMs(a) - generatedMs(b) || a.id - b.id);
    const page = behind.slice(0, size);
    const last = page.at(-1);
    const cursor = cursorOf(last === undefined ? from : { atMs: generatedMs(last), id: last.id });
    const next = new URLSearchParams(query);
    next.delete('start_time');
    return {
      body: {
        [kind]: page.map(viewOf(account, kind)),
        after_cursor: cursor,
        after_url: address({ ...call, query: next }, { cursor }),
        before_cursor: null,
        before_url: null,
        end_of_stream: behind.length <= size,
      },
    };
  };

const isBehind = (object: Entity, { atMs, id }: Place): boolean =>
  generatedMs(object) > atMs || (generatedMs(object) === atMs && object.id > id);

function startOf(query: URLSearchParams, now: number): Place {
  const cursor = query.get('cursor');
  if (cursor !== null) {
    const [atMs, id] = Buffer.from(cursor, 'base64url').toString('utf8').split('|').map(Number);
    if (atMs === undefined || id === undefined || Number.isNaN(atMs + id)) throw badRequest('cursor is not valid');
    return { atMs, id };
  }
  const start = Number(query.get('start_time') ?? Number.NaN);
  if (!Number.isInteger(start)) throw badRequest('start_time is required');
  if (start * 1_000 > now - recentMs)
    throw invalid('start_time', 'Too recent start_time. Use a start_time older than 60 seconds');
  return { atMs: start * 1_000, id: 0 };
}

const cursorOf = ({ atMs, id }: Place): string => Buffer.from(`${atMs}|${id}`).toString('base64url');

const limit: Route['limit'] = () => ({ name: 'incremental-exports', requests: 10, seconds: 60 });

export const incrementalRoutes: readonly Route[] = [
  { method: 'GET', path: '/api/v2/incremental/tickets/cursor', needs: 'admin', limit, run: incremental('tickets') },
  { method: 'GET', path: '/api/v2/incremental/users/cursor', needs: 'admin', limit, run: incremental('users') },
];
