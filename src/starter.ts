/**
 * Tells workflows that the ledger has news: listens for front doors' notifications, polls for what a lost connection
 * missed, and signals `wake` (starting the workflow where there is none), the earliest due first. New work, and requests
 * that a resumed system lets go on, are held back while `activeRequests` requests use the worker; what uses it already,
 * and a cancellation, never waits. A request is not signalled again and again: it has a back-off until its workflow has
 * read. Sends an id and nothing else; never ends by itself.
 */
import { type Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import pg from 'pg';
import type { Deps } from './deps.ts';
import { codeOf, HabeasError } from './errors.ts';
import type { RequestId } from './ids.ts';
import { countActive, type Sleeper, settleClosed, sleepers, wakeChannel, workflowSeqs } from './ledger/wake.ts';
import { connectionError } from './temporal/connect.ts';
import { mainQueue } from './temporal/names.ts';

export interface StarterOptions {
  readonly pollMs?: number;
  /** First wait before the same news are signalled again; doubles up to a minute. */
  readonly againMs?: number;
}

export interface Starter {
  /** Looks once; resolves when everything that may be signalled was. For tests and for the end of a front door's work. */
  look(): Promise<void>;
  stop(): Promise<void>;
}

type StarterDeps = Pick<Deps, 'ledger' | 'config' | 'log'>;

interface Told {
  readonly seq: number;
  readonly waitMs: number;
  readonly againAt: number;
  /** Somebody ended its workflow outside Habeas: it will never begin, and keeps no room from others. */
  readonly isClosed: boolean;
}

interface Taking {
  /** The workflow's number when it was given room. */
  readonly workflowSeq: number;
  /** Until when it counts; undefined: its workflow has not read yet. */
  readonly until: number | undefined;
}

const longestMs = 60_000;
/** How long a request keeps its room after its workflow has read, where that changed nothing of its state. */
const settlingMs = 5_000;
const signalsAtOnce = 8;
/** How long one signal may take. */
const signalMs = 10_000;
const readAtOnce = 500;

export function startStarter(deps: StarterDeps, client: Client, options: StarterOptions = {}): Starter {
  const { pollMs = 2_000, againMs = 2_000 } = options;
  const told = new Map<RequestId, Told>();
  /** Requests that were given room and have not changed their state since. */
  const taking = new Map<RequestId, Taking>();
  let looking: Promise<void> | undefined;
  let isDirty = false;
  let isStopped = false;

  /** One look at a time; a call during it makes it look once more. */
  function look(): Promise<void> {
    isDirty = true;
    looking ??= (async () => {
      while (isDirty && !isStopped) {
        isDirty = false;
        await lookOnce().catch((error: unknown) => {
          deps.log.warn({ code: codeOf(error), err: error }, 'starter-failed');
        });
      }
    })().finally(() => {
      looking = undefined;
    });
    return looking;
  }

  async function lookOnce(): Promise<void> {
    const { db } = deps.ledger;
    await db.transaction().execute(settleClosed);
    const found = await sleepers(db, readAtOnce);
    const ids = new Set(found.map(({ id }) => id));
    for (const id of told.keys()) if (!ids.has(id)) told.delete(id);
    await settle(ids);
    let room = deps.config.worker.activeRequests - (await countActive(db)) - taking.size;
    const due: Sleeper[] = [];
    for (const one of found) {
      const before = told.get(one.id);
      if (before !== undefined && before.seq === one.seq && before.againAt > Date.now()) continue;
      const needsRoom = one.needsRoom && before === undefined;
      if (needsRoom && room <= 0) continue;
      if (needsRoom) {
        room -= 1;
        taking.set(one.id, { workflowSeq: one.workflowSeq, until: undefined });
      }
      due.push(one);
    }
    for (let from = 0; from < due.length; from += signalsAtOnce) {
      await Promise.all(due.slice(from, from + signalsAtOnce).map(signal));
    }
  }

  /**
   * Who was given room counts until its workflow has changed its state, or a burst would pass the limit: between reading
   * its decision and saying what it does, a workflow is neither asleep nor at work. One that only reads settles by time.
   */
  async function settle(asleep: ReadonlySet<RequestId>): Promise<void> {
    const now = await workflowSeqs(deps.ledger.db, [...taking.keys()]);
    for (const [id, { workflowSeq, until }] of taking) {
      const seq = now.get(id);
      const hasMoved = seq === undefined || seq > workflowSeq;
      if (hasMoved || told.get(id)?.isClosed === true) taking.delete(id);
      else if (asleep.has(id)) taking.set(id, { workflowSeq, until: undefined });
      else if (until === undefined) taking.set(id, { workflowSeq, until: Date.now() + settlingMs });
      else if (until <= Date.now()) taking.delete(id);
    }
  }

  async function signal({ id, seq }: Sleeper): Promise<void> {
    const before = told.get(id);
    const waitMs = before?.seq === seq ? Math.min(before.waitMs * 2, longestMs) : againMs;
    told.set(id, { seq, waitMs, againAt: Date.now() + waitMs, isClosed: before?.isClosed ?? false });
    try {
      // One call that is never answered must not keep everybody else asleep.
      await client.withDeadline(Date.now() + signalMs, () =>
        client.workflow.signalWithStart('subjectRequest', {
          workflowId: id,
          taskQueue: mainQueue(deps.config.temporal),
          args: [{ requestId: id }],
          signal: 'wake',
          signalArgs: [],
          workflowIdConflictPolicy: 'USE_EXISTING',
          workflowIdReusePolicy: 'REJECT_DUPLICATE',
        }),
      );
    } catch (error) {
      // The request is open, its workflow is not: somebody ended it outside Habeas. Nothing here may undo that.
      const isClosed = error instanceof WorkflowExecutionAlreadyStartedError;
      const coded = isClosed ? new HabeasError('workflow-closed', { cause: error }) : connectionError(error);
      if (isClosed) told.set(id, { seq, waitMs: longestMs, againAt: Date.now() + longestMs, isClosed: true });
      deps.log.warn({ requestId: id, code: coded.code, err: coded }, 'wake-failed');
    }
  }

  const listener = listen(deps, () => void look());
  const timer = setInterval(() => void look(), pollMs);
  void look();
  return {
    look,
    stop: async () => {
      isStopped = true;
      clearInterval(timer);
      await listener.stop();
      await looking;
    },
  };
}

const reconnectMs = 2_000;

/** A connection of its own that hears notifications; made anew when it is lost. The poll covers the time between. */
function listen(deps: StarterDeps, heard: () => void): { stop(): Promise<void> } {
  let client: pg.Client | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;

  async function connect(): Promise<void> {
    const fresh = new pg.Client({ connectionString: deps.config.ledger.url, application_name: 'habeas-starter' });
    fresh.on('notification', heard);
    const lost = () => {
      if (client !== fresh) return;
      client = undefined;
      fresh.end().catch(() => undefined);
      if (!isStopped) timer = setTimeout(() => void connect(), reconnectMs);
    };
    fresh.on('error', lost);
    fresh.on('end', lost);
    client = fresh;
    try {
      await fresh.connect();
      await fresh.query(`listen ${wakeChannel}`);
      heard();
    } catch {
      lost();
    }
  }

  void connect();
  return {
    stop: async () => {
      isStopped = true;
      clearTimeout(timer);
      const last = client;
      client = undefined;
      await last?.end().catch(() => undefined);
    },
  };
}
