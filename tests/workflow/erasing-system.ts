/**
 * A system in memory that holds rows and can erase them, as its contract says: chunk by chunk with intent and outcome, the
 * subject's own row last, read back from the rows themselves. Tests put rows in and look at what is left; `during` stops it
 * where a crash would hurt. Everything personal in it is a marker string, so that the leak search finds it anywhere.
 */
import type {
  CallContext,
  CollectionDescription,
  EffectOutcome,
  EraseInput,
  EraseTraits,
  Identifier,
  LocateInput,
  LocateResult,
  Manifest,
  PlannedChunk,
  PlannedRecord,
  PlannedSet,
  PrepareInput,
  PrepareReport,
  ReadInput,
  RecordFacts,
  StreamDescription,
  System,
  VerifyInput,
  WaitingRecord,
} from '../../connectors/contract.ts';
import { type ErrorCode, HabeasError } from '../../src/errors.ts';
import type { FakeAccount } from './fake-system.ts';

/** One row; `account` is whose it is. Tests change rows in place. */
export interface FakeRow {
  readonly id: string;
  readonly account: string;
  fields: Record<string, string | null>;
  readonly facts?: RecordFacts;
}

export interface FakeCollection {
  readonly collection: string;
  readonly description?: Partial<CollectionDescription>;
  /** `immediate`, deleting whole rows as a dependant, unless told; null: nobody declared it. */
  readonly erase?: Partial<Extract<EraseTraits, { mode: 'immediate' }>> | EraseTraits | null;
  /** What its one stream is, beside the usual. */
  readonly stream?: Partial<StreamDescription>;
  readonly rows: readonly FakeRow[];
}

export interface ErasingOptions {
  readonly needs: readonly string[];
  readonly gives?: readonly string[];
  readonly accounts: readonly Omit<FakeAccount, 'rows' | 'hints'>[];
  readonly collections: readonly FakeCollection[];
  /** Whether the accounts are a collection of their own, whose row is erased when every system is done. */
  readonly hasSubjectRow?: boolean;
}

/** Where `during` is called: what it throws interrupts the stage there. */
export type Moment = 'before-intent' | 'after-intent' | 'after-effect' | 'after-outcome';

export const fieldNames = ['id', 'note'] as const;
/** What the note of a row says. */
export const secretOfRow = (id: string): string => `secret of row ${id}`;

/** So many rows of an account, named after their collection; made on 2026-01-05 unless told. */
export function rowsOf(collection: string, account: string, count: number, facts?: RecordFacts): FakeRow[] {
  return Array.from({ length: count }, (_one, no) => {
    const id = `${collection}-${account}-${String(no).padStart(6, '0')}`;
    return rowOf(id, account, facts);
  });
}

export function rowOf(id: string, account: string, facts: RecordFacts = { createdAt: '2026-01-05' }): FakeRow {
  return { id, account, fields: { note: secretOfRow(id) }, facts };
}

const traits = {
  mode: 'immediate',
  whole: 'delete',
  anonymises: ['note'],
  detaches: ['note'],
  successor: [],
  roles: {},
  rank: 'dependant',
  otherBases: [],
} as const satisfies EraseTraits;

export class ErasingSystem implements System {
  readonly manifest: Manifest;
  readonly collections: readonly CollectionDescription[];
  /** By collection and id; tests put rows in and take them out. */
  readonly rows = new Map<string, Map<string, FakeRow>>();
  /** Stages in the order they were asked; erase and verify with their part. */
  readonly calls: string[] = [];
  /** While set, every call fails with it. */
  failing: ErrorCode | undefined;
  /** Awaited before a stage answers. */
  gate: ((stage: string, context: CallContext) => Promise<void>) | undefined;
  during: ((moment: Moment, chunk: PlannedChunk) => void | Promise<void>) | undefined;
  /** What `prepare` answers with. */
  refusals: PrepareReport['refusals'] = [];
  /** By id, rows that it lets go of later than it is asked: not before a day, or when a job has ended. */
  readonly later = new Map<string, Pick<WaitingRecord, 'from' | 'code'>>();
  /** By id, rows of which reading back says that they are out of sight or on their way. */
  readonly seenAs = new Map<string, 'hidden' | 'pending'>();
  /** Ids of rows that come back by themselves. */
  readonly undead = new Set<string>();
  readonly options: ErasingOptions;
  readonly #streams: readonly StreamDescription[];

  constructor(options: ErasingOptions) {
    this.options = options;
    const all: readonly FakeCollection[] =
      options.hasSubjectRow === true ? [...options.collections, subjects(options)] : options.collections;
    this.collections = all.map(describe);
    this.#streams = all.map(streamOf);
    for (const { collection, rows } of all) this.rows.set(collection, new Map(rows.map((row) => [row.id, row])));
    this.manifest = {
      kind: 'erasing-fake',
      stages: ['check', 'locate', 'read', 'prepare', 'erase', 'verify'],
      rights: ['access', 'erasure'],
      needs: options.needs.map((kind) => ({ kind, unique: true, caseSensitive: true })),
      gives: options.gives ?? [],
      locateCost: 'lookup',
      concurrency: 4,
      verifiedAgainst: [],
      verification: 'stand-in',
      erase: { mode: 'immediate', reversible: false, timeToGone: 'at once', alreadyGone: 'no row', sideEffects: [] },
      canRefuse: [],
      weaknesses: [],
    };
  }

  /** Live traffic. */
  insert(collection: string, ...rows: readonly FakeRow[]): void {
    for (const row of rows) this.#table(collection).set(row.id, row);
  }

  /** Ids of a collection's rows that are left, in order. */
  left(collection: string): readonly string[] {
    return [...this.#table(collection).keys()].sort();
  }

  async check() {
    return { ok: true, findings: [] };
  }

  async locate(context: CallContext, { identifiers, accepted }: LocateInput): Promise<LocateResult> {
    await this.#enter('locate', context);
    const proofOf = ({ proofs }: ErasingOptions['accounts'][number]) =>
      Object.entries(proofs).find(([kind, value]) =>
        identifiers.some((one) => one.kind === kind && one.value === value),
      )?.[0];
    const proved = this.options.accounts.filter(
      (one) => proofOf(one) !== undefined || accepted.some(({ key }) => key[0]?.[1] === one.id),
    );
    return {
      keys: proved.map((one) => ({
        collection: 'accounts',
        key: [['id', one.id]],
        provedBy: proofOf(one) ?? 'accepted',
      })),
      learnt: proved.flatMap(({ teaches }) =>
        Object.entries(teaches ?? {}).map(([kind, value]): Identifier => ({ kind, value, source: context.systemId })),
      ),
      candidates: [],
    };
  }

  async read(context: CallContext, { keys, want, sink }: ReadInput): Promise<void> {
    await this.#enter('read', context);
    const wanted = new Set(keys.map(({ key }) => key[0]?.[1]));
    for (const stream of this.#streams) {
      if (stream.isReference === true && want === 'content') continue;
      const opened = await sink.open(stream);
      if (opened === null) continue;
      const from = opened.cursor;
      const rows = [...this.#table(stream.collection).values()].sort((a, b) => (a.id < b.id ? -1 : 1));
      for (const row of rows) {
        if (!wanted.has(row.account) || (from !== undefined && row.id <= from)) continue;
        const what =
          opened.grant.want === 'facts'
            ? { facts: row.facts ?? {} }
            : { record: pick({ id: row.id, ...row.fields }, opened.grant.fields) };
        const line = Buffer.from(`${JSON.stringify({ key: [['id', row.id]], ...what })}\n`);
        const cell = Buffer.from(row.account);
        const written = sink.entry(line, [cell, cell], Buffer.from(row.id));
        if (written !== undefined) await written;
      }
      await sink.end(new Date().toISOString());
    }
  }

  async prepare(context: CallContext, { planned }: PrepareInput): Promise<PrepareReport> {
    await this.#enter('prepare', context);
    for await (const _chunk of chunksOf(planned, this.#streams)) context.progress();
    return { refusals: this.refusals };
  }

  async erase(context: CallContext, input: EraseInput): Promise<void> {
    const { keys, planned, part, journal } = input;
    await this.#enter(`erase ${part}`, context);
    const mine = new Set(keys.map(({ key }) => key[0]?.[1] ?? ''));
    for await (const chunk of chunksOf(planned, this.#ofPart(part))) {
      context.signal.throwIfAborted();
      // As connectors may: nothing of it is to be done.
      if (chunk.records.every(({ decision }) => decision.action === 'keep')) continue;
      await this.during?.('before-intent', chunk);
      const { state, records } = await journal.begin(chunk);
      if (state === 'done') continue;
      await this.during?.('after-intent', chunk);
      const outcomes = new Map<string, EffectOutcome>();
      const waiting: WaitingRecord[] = [];
      for (const record of records) {
        const later = this.later.get(record.key[0]?.[1] ?? '');
        if (later !== undefined) {
          waiting.push({ ...later, key: record.key, decision: record.decision.no });
          continue;
        }
        const one = this.#act(chunk.stream.collection, record, state === 'open', mine);
        const name = `${one.decision} ${one.disposition} ${one.evidence} ${one.changedHands}`;
        outcomes.set(name, { ...one, count: (outcomes.get(name)?.count ?? 0) + 1 });
      }
      await this.during?.('after-effect', chunk);
      if (waiting.some(({ code }) => code === 'vendor-job-runs') && input.handOver !== true) {
        journal.running(chunk);
        continue;
      }
      await journal.outcome(chunk, [...outcomes.values()], waiting);
      context.progress();
      await this.during?.('after-outcome', chunk);
    }
  }

  async verify(context: CallContext, { planned, part, found }: VerifyInput): Promise<void> {
    await this.#enter(`verify ${part}`, context);
    for await (const chunk of chunksOf(planned, this.#ofPart(part))) {
      const results = chunk.records.map((record) => this.#look(chunk.stream.collection, record));
      await found(chunk, results);
    }
  }

  async close() {}

  /** One effect, and what became of the record. */
  #act(
    collection: string,
    { key, decision, set }: PlannedRecord,
    isOpen: boolean,
    mine: ReadonlySet<string>,
  ): EffectOutcome {
    const table = this.#table(collection);
    const id = key[0]?.[1] ?? '';
    const row = table.get(id);
    const of = { decision: decision.no, count: 1 };
    // Without the subject's keys nobody can tell.
    if (row !== undefined && mine.size > 0 && !mine.has(row.account))
      return { ...of, disposition: 'absent', evidence: 'pending', changedHands: true };
    if (decision.action === 'delete') {
      if (row === undefined && isOpen) return { ...of, disposition: 'erased', evidence: 'inferred' };
      if (row === undefined) return { ...of, disposition: 'absent', evidence: 'pending' };
      if (!this.undead.has(id)) table.delete(id);
      return { ...of, disposition: 'erased', evidence: 'pending' };
    }
    if (row === undefined) return { ...of, disposition: 'absent', evidence: 'pending' };
    if (!this.undead.has(id)) for (const field of decision.fields) row.fields[field] = set?.[field] ?? null;
    return { ...of, disposition: 'anonymised', evidence: 'pending' };
  }

  #look(collection: string, { key, decision, set }: PlannedRecord) {
    const row = this.#table(collection).get(key[0]?.[1] ?? '');
    const of = { decision: decision.no, count: 1 };
    const seenAs = this.seenAs.get(key[0]?.[1] ?? '');
    if (seenAs !== undefined && decision.action !== 'keep') return { ...of, found: seenAs } as const;
    if (decision.action === 'keep') return { ...of, found: row === undefined ? 'missing' : 'kept' } as const;
    if (row === undefined) return { ...of, found: 'gone' } as const;
    if (decision.action === 'delete') return { ...of, found: 'residue' } as const;
    const isChanged = decision.fields.every((field) => (row.fields[field] ?? null) === (set?.[field] ?? null));
    return { ...of, found: isChanged ? 'changed' : 'residue' } as const;
  }

  #ofPart(part: EraseInput['part']): readonly StreamDescription[] {
    const wanted = part === 'subject-row' ? 'subject-row' : 'dependant';
    const names = this.collections.flatMap(({ collection, erase }) =>
      (erase?.mode === 'immediate' ? erase.rank : 'dependant') === wanted ? [collection] : [],
    );
    return this.#streams.filter(({ collection }) => names.includes(collection));
  }

  #table(collection: string): Map<string, FakeRow> {
    const table = this.rows.get(collection);
    if (table === undefined) throw new Error(`no collection ${collection}`);
    return table;
  }

  async #enter(stage: string, context: CallContext): Promise<void> {
    this.calls.push(stage);
    await this.gate?.(stage, context);
    context.signal.throwIfAborted();
    if (this.failing !== undefined) throw new HabeasError(this.failing, { where: 'fake.table' });
  }
}

async function* chunksOf(planned: PlannedSet, streams: readonly StreamDescription[]): AsyncGenerator<PlannedChunk> {
  for (const stream of planned.streams) if (streams.some(({ no }) => no === stream.no)) yield* planned.chunks(stream);
}

function subjects({ accounts }: ErasingOptions): FakeCollection {
  const rows = accounts.map(({ id }) => rowOf(id, id));
  return { collection: 'accounts', erase: { rank: 'subject-row' }, rows };
}

function describe({ collection, description, erase }: FakeCollection): CollectionDescription {
  return {
    collection,
    owner: 'person',
    role: 'controller',
    recordClass: 'account',
    category: 'account',
    purpose: 'to test',
    legalBasis: 'contract',
    provenance: 'the person',
    recipients: [],
    fields: fieldNames,
    ...(erase === null ? {} : { erase: traitsOf(erase) }),
    ...description,
  };
}

function traitsOf(erase: Exclude<FakeCollection['erase'], null>): EraseTraits {
  if (erase?.mode === 'expiry' || erase?.mode === 'rewrite') return erase;
  return { ...traits, ...erase };
}

function streamOf(one: FakeCollection, no: number): StreamDescription {
  const { collection, owner, role, recordClass, fields } = describe(one);
  return { no, collection, provedIn: 'accounts', recordClass, owner, role, fields, ownFields: [], ...one.stream };
}

function pick(record: Readonly<Record<string, string | null>>, fields: readonly string[]) {
  return Object.fromEntries(fields.map((field) => [field, record[field] ?? null]));
}
