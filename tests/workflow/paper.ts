/**
 * Erasure's activities on paper: rounds, plans and their approval are real rows of the ledger, the systems are called as
 * their contract says, but with nothing to do. For what the workflow promises of the order of stages.
 */
import { createHash } from 'node:crypto';
import { ledgerSteps } from '../../activities/ledger-steps.ts';
import { readStage } from '../../activities/read.ts';
import { runStage } from '../../activities/stage.ts';
import type { CallContext, Sink, System } from '../../connectors/contract.ts';
import type { Deps } from '../../src/deps.ts';
import { HabeasError } from '../../src/errors.ts';
import { restLane } from '../../src/ledger/lanes.ts';
import type { LedgerTransaction } from '../../src/ledger/open.ts';
import { beginRound, finishRound, type RoundKey } from '../../src/ledger/rounds.ts';
import type { Stage } from '../../src/ledger/states.ts';
import { planTerms, taskTerms } from '../../src/ledger/task-kinds.ts';
import { openTask } from '../../src/ledger/tasks.ts';
import type { LedgerSteps, StageInput, SystemStages, Verified } from '../../workflows/stages.ts';

export class Paper {
  /** What the next reading back of a system finds. */
  readonly late = new Map<string, Pick<Verified, 'late' | 'undated'>>();
  coolingMs = 0;
  windowMs = 0;
  /** How often the last look found something that stands against it. */
  against = 0;
  readonly #cooled = new Map<string, number>();
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  system(): Pick<SystemStages, 'read' | 'plan' | 'prepare' | 'erase' | 'verify'> {
    const deps = this.#deps;
    const planned = { streams: [], chunks: noChunks };
    const keys: never[] = [];
    return {
      read: (input) =>
        input.right === 'access'
          ? readStage(deps)(input)
          : this.#stage('read', input, async (context, system) => {
              await system.read(context, { keys, want: 'facts', sink: nothingWanted });
              return async (trx) => {
                await beginRound(trx, input, deps.now(), { right: 'erasure', pass: input.pass });
                await finishRound(trx, input, deps.now());
                return { streams: 0, chunks: 0, found: 0, openCandidates: 0, seq: 0 };
              };
            }),
      plan: (input) =>
        this.#stage('plan', input, async () => async (trx) => {
          await mark(trx, input, 'planned_at', deps.now());
          return { found: 0, erased: 0, retained: 0, referred: 0, refused: 0 };
        }),
      prepare: (input) =>
        this.#stage('prepare', input, async (context, system) => {
          const { refusals } = (await system.prepare?.(context, { keys, planned })) ?? { refusals: [] };
          return async (trx) => {
            if (refusals.length === 0) await mark(trx, input, 'prepared_at', deps.now());
            return { refused: refusals.length, code: refusals[0]?.code ?? null };
          };
        }),
      erase: (input) =>
        this.#stage('erase', input, async (context, system) => {
          const journal = { begin: never, outcome: never };
          await system.erase?.(context, { keys, planned, part: input.rank, journal });
          return async (trx) => {
            if (isWhole(system, input.rank)) await mark(trx, input, 'erased_at', deps.now());
            return { erased: 0, anonymised: 0, absent: 0 };
          };
        }),
      verify: (input) =>
        this.#stage('verify', input, async (context, system) => {
          await system.verify?.(context, { keys, planned, part: input.rank, found: never });
          return async (trx) => {
            if (isWhole(system, input.rank)) await mark(trx, input, 'verified_at', deps.now());
            return this.#stageLate(trx, input);
          };
        }),
    };
  }

  main(): Pick<LedgerSteps, 'downloadWindow' | 'proposePlan' | 'coolOff' | 'passNoReturn'> & LedgerSteps {
    const deps = this.#deps;
    const { db } = deps.ledger;
    const inTransaction = <T>(work: (trx: LedgerTransaction) => Promise<T>) => db.transaction().execute(work);
    return {
      ...ledgerSteps(deps),
      downloadWindow: async ({ requestId }) => ({ leftMs: this.#left(`${requestId} window`, this.windowMs) }),
      proposePlan: (input) =>
        inTransaction(async (trx) => {
          const { requestId, pass } = input;
          const plan = await hashOf(trx, requestId, pass);
          const known = await trx
            .selectFrom('tasks')
            .select('answer')
            .where('request_id', '=', requestId)
            .where('about_sha256', '=', plan)
            .executeTakeFirst();
          if (known?.answer === 'approve') return { state: 'approved', plan };
          const of = { requestId, systemId: null, kind: 'approval', code: 'plan-ready', ...planTerms } as const;
          const asked = { aboutSha256: plan, dedupe: plan, ...onceAnswered(deps.now()) };
          if (known === undefined) await openTask(trx, { ...of, ...asked });
          return { state: 'asked', plan };
        }),
      coolOff: async ({ requestId, pass }) => ({ leftMs: this.#left(`${requestId} ${pass}`, this.coolingMs) }),
      passNoReturn: ({ requestId, pass }) =>
        inTransaction(async (trx) => {
          const waits = await trx
            .selectFrom('rounds as o')
            .innerJoin('lanes as l', (on) =>
              on.onRef('l.request_id', '=', 'o.request_id').onRef('l.system_id', '=', 'o.system_id'),
            )
            .select('o.round')
            .where('o.request_id', '=', requestId)
            .where('o.pass', '=', pass)
            .where('o.superseded', '=', false)
            .where('o.prepared_at', 'is', null)
            .where('l.state', '<>', 'unresolved')
            .execute();
          if (waits.length > 0) throw new HabeasError('internal', { where: 'not everybody is prepared' });
          this.against -= 1;
          if (this.against >= 0) return { ok: false, code: 'hold-placed' };
          await trx
            .updateTable('requests')
            .set((it) => ({ no_return_at: it.fn.coalesce('no_return_at', it.val(deps.now())) }))
            .where('id', '=', requestId)
            .execute();
          return { ok: true, code: null };
        }),
    };
  }

  async #stageLate(trx: LedgerTransaction, input: StageInput & { readonly pass: number }): Promise<Verified> {
    const { requestId, systemId, round, pass } = input;
    const at = this.#deps.now();
    const came = this.late.get(systemId);
    this.late.delete(systemId);
    if (came === undefined) return { residue: 0, late: 0, lateRound: 0, undated: 0, newer: 0 };
    const lateRound = round + 1;
    const key = { requestId, systemId, round: lateRound };
    await beginRound(trx, key, at, { right: 'erasure', pass: pass + 1 });
    await finishRound(trx, key, at);
    const of = {
      requestId,
      systemId,
      kind: 'late-arrivals',
      code: 'late-arrivals',
      ...taskTerms['late-arrivals'],
    } as const;
    if (came.undated > 0) await openTask(trx, { ...of, ...onceAnswered(at) });
    return { residue: 0, ...came, lateRound, newer: 0 };
  }

  #left(name: string, ms: number): number {
    const until = this.#cooled.get(name) ?? Date.now() + ms;
    this.#cooled.set(name, until);
    return Math.max(0, until - Date.now());
  }

  #stage<T>(
    stage: Stage,
    input: StageInput,
    /** Calls the system; what it returns is written with the end of the stage. */
    work: (context: CallContext, system: System) => Promise<(trx: LedgerTransaction) => Promise<T>>,
  ): Promise<T> {
    const deps = this.#deps;
    return runStage(deps, stage, input, async (run, system) => {
      const context = { systemId: input.systemId, signal: run.signal, progress: () => run.progress() };
      const write = await work(context, system);
      return deps.ledger.db.transaction().execute(async (trx) => {
        const result = await write(trx);
        await restLane(trx, run.fence, { state: 'waiting', stage }, deps.now());
        return result;
      });
    });
  }
}

const onceAnswered = (at: Date) => ({ dueOn: '2026-12-01', objectSealed: null, peopleNeeded: 1, at });
const nothingWanted: Sink = {
  open: async () => null,
  entry: () => undefined,
  beside: () => nothingWanted,
  end: async () => undefined,
  unreadable: () => undefined,
};
async function* noChunks(): AsyncGenerator<never> {}
const never = () => Promise.reject(new Error('there is nothing to do'));

/** Whether nothing is left for the other part. */
function isWhole({ collections }: System, rank: 'dependants' | 'subject-row'): boolean {
  const hasRow = collections.some(({ erase }) => erase?.mode === 'immediate' && erase.rank === 'subject-row');
  return rank === 'subject-row' || !hasRow;
}

async function mark(
  trx: LedgerTransaction,
  key: RoundKey,
  what: 'planned_at' | 'prepared_at' | 'erased_at' | 'verified_at',
  at: Date,
): Promise<void> {
  await trx
    .updateTable('rounds')
    .set({ [what]: at })
    .where('request_id', '=', key.requestId)
    .where('system_id', '=', key.systemId)
    .where('round', '=', key.round)
    .execute();
}

async function hashOf(trx: LedgerTransaction, requestId: RoundKey['requestId'], pass: number): Promise<string> {
  const rounds = await trx
    .selectFrom('rounds')
    .select(['system_id', 'round'])
    .where('request_id', '=', requestId)
    .where('pass', '=', pass)
    .where('superseded', '=', false)
    .where('planned_at', 'is not', null)
    .orderBy('system_id')
    .execute();
  return createHash('sha256')
    .update(JSON.stringify([requestId, pass, rounds]))
    .digest('hex');
}
