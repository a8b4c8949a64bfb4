/**
 * A plan and a journal as a test wants them: decisions over what `read` found, in chunks as small as the test likes, and a
 * journal that remembers like the ledger does, fails where it is told to, and says what became of everything.
 */
import type {
  EffectOutcome,
  EraseAction,
  Journal,
  PlannedChunk,
  PlannedRecord,
  PlannedSet,
  RecordRef,
  StreamDescription,
  WaitingRecord,
} from '../../connectors/contract.ts';
import type { MemorySink } from './memory-sink.ts';

export interface Decided {
  readonly action: EraseAction;
  readonly fields: readonly string[];
  readonly set?: Readonly<Record<string, string>>;
}

/** What one record's line says of it. */
export interface FoundRecord {
  readonly key: RecordRef['key'];
  readonly facts: Readonly<Record<string, unknown>>;
}

/** Plans everything that the sink kept. Decisions are numbered as they come; equal ones are one. */
export function planOf(
  sink: Pick<MemorySink, 'streams'>,
  decide: (stream: StreamDescription, record: FoundRecord) => Decided,
  chunkSize = 10_000,
): PlannedSet {
  const numbers = new Map<string, number>();
  const chunks = new Map<StreamDescription, PlannedChunk[]>();
  for (const { description, lines } of sink.streams.values()) {
    const records = lines.map((line): PlannedRecord => {
      const found = JSON.parse(line);
      const { action, fields, set } = decide(description, { key: found.key, facts: found.facts ?? {} });
      const words = JSON.stringify([description.no, action, fields]);
      const no = numbers.get(words) ?? numbers.size + 1;
      numbers.set(words, no);
      return {
        ...{ key: found.key, decision: { no, action, fields } },
        ...(set === undefined ? {} : { set }),
        // As the sweep hands on what the plan knew of what hangs on a record.
        ...(found.facts?.neededBy === undefined ? {} : { neededBy: found.facts.neededBy }),
      };
    });
    if (records.every(({ decision }) => decision.action === 'keep')) continue;
    const list: PlannedChunk[] = [];
    for (let at = 0; at < records.length; at += chunkSize)
      list.push({ stream: description, chunkNo: list.length, records: records.slice(at, at + chunkSize) });
    chunks.set(description, list);
  }
  return {
    streams: [...chunks.keys()].sort((a, b) => a.no - b.no),
    async *chunks(stream) {
      yield* chunks.get(stream) ?? [];
    },
  };
}

/** Hand the same one to the next attempt and it goes on as the ledger would. */
export class MemoryJournal implements Journal {
  readonly #states = new Map<string, 'open' | 'done'>();
  readonly outcomes = new Map<string, readonly EffectOutcome[]>();
  /** Chunks on which the vendor still works. */
  readonly runs = new Set<string>();
  /** What the vendor lets go of later. */
  readonly waiting: WaitingRecord[] = [];
  /** Called before each call is remembered; what it throws ends the attempt. Counts from 1 over all attempts. */
  onCall: (call: number, what: 'begin' | 'outcome') => void | Promise<void> = () => undefined;
  /** Records that a hold placed since reaches. */
  isHeld: (record: PlannedRecord) => boolean = () => false;
  calls = 0;
  /** Records handed out at last, by chunk. */
  readonly #handed = new Map<string, number>();

  async begin(chunk: PlannedChunk) {
    await this.#call('begin');
    const at = idOf(chunk);
    const before = this.#states.get(at);
    if (before === 'done') return { state: 'done' as const, records: [] };
    this.#states.set(at, 'open');
    const records = chunk.records.filter((record) => record.decision.action !== 'keep' && !this.isHeld(record));
    this.#handed.set(at, records.length);
    return { state: before ?? ('new' as const), records };
  }

  running(chunk: PlannedChunk): void {
    this.runs.add(idOf(chunk));
  }

  async outcome(
    chunk: PlannedChunk,
    outcomes: readonly EffectOutcome[],
    waiting: readonly WaitingRecord[] = [],
  ): Promise<void> {
    await this.#call('outcome');
    const at = idOf(chunk);
    if (this.#states.get(at) !== 'open') throw new Error('an outcome without an open intent');
    const sum = outcomes.reduce((total, { count }) => total + count, waiting.length);
    if (sum !== this.#handed.get(at)) throw new Error('the outcomes do not add up to the records handed out');
    this.#states.set(at, 'done');
    this.outcomes.set(at, outcomes);
    this.runs.delete(at);
    this.waiting.push(...waiting);
  }

  /** Counts by disposition; `inferred` counts as erased too. */
  get totals(): Readonly<Record<string, number>> {
    const totals: Record<string, number> = {};
    for (const { disposition, count } of [...this.outcomes.values()].flat())
      totals[disposition] = (totals[disposition] ?? 0) + count;
    return totals;
  }

  get inferred(): number {
    return [...this.outcomes.values()]
      .flat()
      .reduce((sum, { evidence, count }) => sum + (evidence === 'inferred' ? count : 0), 0);
  }

  /** Intents without an outcome. */
  get open(): number {
    return [...this.#states.values()].filter((state) => state === 'open').length;
  }

  async #call(what: 'begin' | 'outcome'): Promise<void> {
    this.calls += 1;
    await this.onCall(this.calls, what);
  }
}

const idOf = ({ stream, chunkNo }: PlannedChunk): string => `${stream.no} ${chunkNo}`;
