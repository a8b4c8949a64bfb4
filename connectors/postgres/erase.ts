/**
 * Erases what is planned, table after table in the order of the foreign keys, one transaction a chunk, between the journal's
 * intent and outcome: delete by key, or make fields what the data map says. The guard looks at every mapped table before
 * each commit. Touches no record outside the plan: what came since is left alone, and where it refers to a planned row the
 * database refuses (`erase-blocked`); nor one that is another person's by now. Resumable after any failure; a second run changes nothing more. Memory: two chunks.
 */
import { HabeasError } from '../../src/errors.ts';
import type {
  CallContext,
  EffectOutcome,
  EraseInput,
  PlannedChunk,
  PlannedRecord,
  StreamDescription,
} from '../contract.ts';
import type { Pacer } from '../pacer.ts';
import { type Catalogue, loadCatalogue } from './catalogue.ts';
import type { PostgresClient, Transaction } from './client.ts';
import { Guard, type Watched, watch } from './collateral.ts';
import type { DataMap } from './data-map.ts';
import { Effect } from './effect.ts';
import { loadEraseCatalogue } from './erase-catalogue.ts';
import { type Planned, partOf, Targets, worksAtMost, worksOf } from './erase-target.ts';
import { type Hands, handsOf } from './hands.ts';
import { type Order, orderOf } from './order.ts';
import { type Stream, streamsOf } from './streams.ts';

export interface EraseDependencies {
  /** Of the login that may delete. */
  readonly eraser: PostgresClient;
  readonly map: DataMap;
  readonly pacer: Pacer;
  /** The data map's own (streams.ts) unless given. */
  readonly streams?: readonly Stream[];
  /** That a subject's own row is not to go any more, by keys that say nothing of it themselves. */
  readonly ownRow?: (catalogue: Catalogue) => Hands;
}

/** See the contract. */
export async function erase(deps: EraseDependencies, context: CallContext, input: EraseInput): Promise<void> {
  const { map, eraser } = deps;
  const { targets, watched, foreignKeys, hands } = await eraser.transaction(context, async (tx) => {
    const catalogue = await loadCatalogue(tx, map);
    const live = await loadEraseCatalogue(tx, map);
    return {
      targets: await Targets.load(tx, map, catalogue, live, input.keys),
      watched: await watch(tx, live),
      foreignKeys: live.foreignKeys,
      hands: handsByStream(deps, catalogue, input),
    };
  });
  let works = worksAtMost(map, input.planned);
  let order = orderOf(works, foreignKeys);
  // Only where tables may refer to each other in a circle is it worth looking at every record beforehand.
  if (hasCircle(order)) {
    works = await worksOf(map, input.planned, () => context.progress());
    order = orderOf(works, foreignKeys);
  }
  const [unbroken] = order.unbroken;
  if (unbroken !== undefined)
    throw new HabeasError('foreign-key-cycle', { where: `${unbroken.child}.${unbroken.name}` });
  await new Erasing(deps, context, input, { targets, watched, hands }).run(works, order);
}

type HandsByStream = (stream: StreamDescription) => Hands | undefined;

/** A stream that the data map does not have (any more) has no way by which a row could be another's. */
function handsByStream(
  { map, streams, ownRow }: EraseDependencies,
  catalogue: Catalogue,
  { keys, planned }: EraseInput,
): HandsByStream {
  const known = streams ?? streamsOf(map);
  const hands = new Map(
    planned.streams.map(({ no, collection }) => {
      const is = known.find(({ description }) => description.no === no && description.collection === collection);
      if (is === undefined) return [no, undefined];
      if (ownRow !== undefined && keys.length > 0 && partOf(map, is.description) === 'subject-row')
        return [no, ownRow(catalogue)];
      return [no, handsOf(map, catalogue, keys, is)];
    }),
  );
  return ({ no }) => hands.get(no);
}

interface Live {
  readonly targets: Targets;
  readonly watched: Watched;
  readonly hands: HandsByStream;
}

const hasCircle = ({ first, steps, unbroken }: Order): boolean =>
  first.length > 0 || unbroken.length > 0 || steps.some(({ together }) => together);

class Erasing {
  readonly #deps: EraseDependencies;
  readonly #context: CallContext;
  readonly #input: EraseInput;
  readonly #live: Live;
  /** Chunks whose intent is this attempt's own: what is missing of them nobody has deleted for us. */
  readonly #begunHere = new Set<string>();

  constructor(deps: EraseDependencies, context: CallContext, input: EraseInput, live: Live) {
    this.#deps = deps;
    this.#context = context;
    this.#input = input;
    this.#live = live;
  }

  async run(works: readonly Planned[], order: Order): Promise<void> {
    if (this.#input.part === 'subject-row') {
      for (const work of works) if (work.isSubjectRow) await this.#each(work, (chunk) => this.#erase(chunk));
      return;
    }
    const of = (work: unknown): readonly Planned[] => works.filter((one) => one === work);
    for (const work of works) {
      const columns = order.first.filter((one) => one.work === work).flatMap(({ foreignKey }) => foreignKey.clears);
      if (columns.length > 0) await this.#each(work, (chunk) => this.#letGo(chunk, [...new Set(columns)]));
    }
    for (const step of order.steps)
      if (step.together) await this.#eraseTogether(step.works.flatMap(of));
      else for (const work of step.works.flatMap(of)) await this.#each(work, (chunk) => this.#erase(chunk));
  }

  /** Every chunk of a collection that has anything to do. */
  async #each(work: Planned, act: (chunk: PlannedChunk) => Promise<void>): Promise<void> {
    for (const stream of work.streams)
      for await (const chunk of oneAhead(this.#input.planned.chunks(stream))) {
        if (chunk.records.every(({ decision }) => decision.action === 'keep')) continue;
        await act(chunk);
        this.#context.progress();
      }
  }

  async #erase(chunk: PlannedChunk): Promise<void> {
    const begun = await this.#begin(chunk);
    if (begun === undefined) return;
    const outcomes = await this.#transaction((effect) => effect.apply(chunk.stream, begun.records, begun.open));
    await this.#input.journal.outcome(chunk, outcomes);
    await this.#pay(begun.records.length);
  }

  /** Their intents stay open until they are erased: a row that is missing then is missing under an open intent. */
  async #letGo(chunk: PlannedChunk, columns: readonly string[]): Promise<void> {
    const begun = await this.#begin(chunk);
    if (begun === undefined || begun.records.length === 0) return;
    await this.#transaction((effect) => effect.letGo(chunk.stream, begun.records, columns));
    await this.#pay(begun.records.length);
  }

  /** Tables that can be cleared only at once: their constraints wait until the end of one transaction. */
  async #eraseTogether(works: readonly Planned[]): Promise<void> {
    const outcomes = new Map<string, readonly EffectOutcome[]>();
    let journals: { readonly error: unknown } | undefined;
    const begin = (chunk: PlannedChunk) =>
      this.#begin(chunk).catch((error: unknown) => {
        journals = { error };
        throw error;
      });
    await this.#transaction(async (effect, tx) => {
      await tx.query('SET CONSTRAINTS ALL DEFERRED', [], 'session');
      for (const work of works)
        await this.#each(work, async (chunk) => {
          const begun = await begin(chunk);
          if (begun === undefined) return;
          outcomes.set(idOf(chunk), await effect.apply(chunk.stream, begun.records, begun.open));
        });
    }).catch((error: unknown) => {
      // What the journal says is the ledger's failure, not this system's.
      throw journals === undefined ? error : journals.error;
    });
    for (const work of works)
      await this.#each(work, async (chunk) => {
        const known = outcomes.get(idOf(chunk));
        if (known === undefined) return;
        await this.#input.journal.outcome(chunk, known);
        await this.#pay(known.reduce((sum, { count }) => sum + count, 0));
      });
  }

  /** `undefined` where an earlier attempt finished it. */
  async #begin(
    chunk: PlannedChunk,
  ): Promise<{ readonly records: readonly PlannedRecord[]; readonly open: boolean } | undefined> {
    await this.#deps.pacer.ready(this.#context.signal);
    this.#context.signal.throwIfAborted();
    const { state, records } = await this.#input.journal.begin(chunk);
    if (state === 'done') return undefined;
    if (state === 'new') this.#begunHere.add(idOf(chunk));
    return { records, open: state === 'open' && !this.#begunHere.has(idOf(chunk)) };
  }

  #transaction<T>(work: (effect: Effect, tx: Transaction) => Promise<T>): Promise<T> {
    return this.#deps.eraser.transaction(this.#context, async (tx) => {
      const { targets, watched, hands } = this.#live;
      const guard = await Guard.begin(tx, watched);
      const result = await work(new Effect(tx, guard, targets, hands), tx);
      await guard.check();
      return result;
    });
  }

  /** The load cap, a second's worth at a time: a slow system is no silent one. */
  async #pay(count: number): Promise<void> {
    const { pacer } = this.#deps;
    for (let left = count; left > 0; left -= pacer.most) {
      pacer.charge(Math.min(left, pacer.most));
      if (left <= pacer.most) return;
      await pacer.ready(this.#context.signal);
      this.#context.progress();
    }
  }
}

/** The next chunk is opened while the database is busy with this one. */
async function* oneAhead<T>(items: AsyncIterable<T>): AsyncIterable<T> {
  const iterator = items[Symbol.asyncIterator]();
  const take = (): Promise<IteratorResult<T>> => {
    const next = iterator.next();
    // Told when it is taken; unheard until then, it would end the process.
    next.catch(() => undefined);
    return next;
  };
  let next = take();
  try {
    for (;;) {
      const { done, value } = await next;
      if (done === true) return;
      next = take();
      yield value;
    }
  } finally {
    await iterator.return?.();
  }
}

const idOf = ({ stream, chunkNo }: PlannedChunk): string => `${stream.no} ${chunkNo}`;
