/**
 * A system in memory that a test can bring down, slow down or fill: it answers as its contract says and remembers what it
 * was asked. Everything personal in it is a marker string, so that the leak search finds it anywhere it should not be.
 */
import type {
  CallContext,
  Candidate,
  CollectionDescription,
  Identifier,
  LocateInput,
  LocateResult,
  Manifest,
  ReadInput,
  StreamDescription,
  System,
} from '../../connectors/contract.ts';
import { type ErrorCode, HabeasError } from '../../src/errors.ts';

export interface FakeAccount {
  readonly id: string;
  /** Identifiers that prove it, by kind. */
  readonly proofs: Readonly<Record<string, string>>;
  /** Identifiers that only suggest it. */
  readonly hints?: Readonly<Record<string, string>>;
  /** What the system teaches about it. */
  readonly teaches?: Readonly<Record<string, string>>;
  readonly rows: number;
}

export interface FakeOptions {
  readonly needs: readonly string[];
  readonly gives?: readonly string[];
  readonly cost?: 'lookup' | 'scan';
  readonly accounts: readonly FakeAccount[];
  /** What its data map says of its notes, where it matters. */
  readonly about?: Partial<CollectionDescription>;
}

export class FakeSystem implements System {
  readonly manifest: Manifest;
  readonly collections: readonly CollectionDescription[];
  /** Stages in the order they were asked. */
  readonly calls: string[] = [];
  /** While set, every call fails with it. */
  failing: ErrorCode | undefined;
  /** Awaited before a stage answers. */
  gate: ((stage: string, context: CallContext) => Promise<void>) | undefined;
  readonly #options: FakeOptions;

  constructor(options: FakeOptions) {
    this.#options = options;
    this.collections = [{ ...notes, ...options.about }];
    this.manifest = {
      kind: 'fake',
      stages: ['check', 'locate', 'read'],
      rights: ['access'],
      needs: options.needs.map((kind) => ({ kind, unique: true, caseSensitive: true })),
      gives: options.gives ?? [],
      locateCost: options.cost ?? 'lookup',
      concurrency: 4,
      verifiedAgainst: [],
      verification: 'stand-in',
      canRefuse: [],
      weaknesses: [],
    };
  }

  async check() {
    return { ok: true, findings: [] };
  }

  async locate(context: CallContext, input: LocateInput): Promise<LocateResult> {
    await this.#enter('locate', context);
    const first = this.#answer(context, input);
    const searched = first.learnt.filter(({ kind }) => this.#options.needs.includes(kind));
    // As the contract says: what it taught is looked up here too.
    return this.#answer(context, { ...input, identifiers: [...input.identifiers, ...searched] });
  }

  #answer(context: CallContext, input: LocateInput): LocateResult {
    const has = (wanted: Readonly<Record<string, string>> | undefined) =>
      Object.entries(wanted ?? {}).find(([kind, value]) =>
        input.identifiers.some((one) => one.kind === kind && one.value === value),
      );
    const is = (account: FakeAccount, refs: LocateInput['accepted']) =>
      refs.some((ref) => ref.key[0]?.[1] === account.id);
    const proved = this.#options.accounts.filter((one) => has(one.proofs) !== undefined || is(one, input.accepted));
    const candidates = this.#options.accounts
      .filter((one) => !proved.includes(one) && has(one.hints) !== undefined && !is(one, input.rejected))
      .map(
        (one): Candidate => ({
          ref: refOf(one),
          reason: 'other-case',
          matchedBy: has(one.hints)?.[0] ?? 'email',
          display: { account: `display of ${one.id}` },
        }),
      );
    return {
      keys: proved.map((one) => ({ ...refOf(one), provedBy: has(one.proofs)?.[0] ?? 'accepted' })),
      learnt: proved.flatMap((one) =>
        Object.entries(one.teaches ?? {}).map(
          ([kind, value]): Identifier => ({ kind, value, source: context.systemId }),
        ),
      ),
      candidates,
    };
  }

  async read(context: CallContext, { keys, sink }: ReadInput): Promise<void> {
    await this.#enter('read', context);
    const wanted = this.#options.accounts.filter((one) => keys.some((key) => key.key[0]?.[1] === one.id));
    const opened = await sink.open(stream);
    if (opened === null) return;
    const from = opened.cursor === undefined ? 0 : Number(opened.cursor) + 1;
    let no = 0;
    for (const account of wanted) {
      for (let row = 0; row < account.rows; row++, no++) {
        if (no < from) continue;
        const cell = Buffer.from(account.id);
        const entry = {
          key: [['id', `${account.id}-${row}`]],
          ...(opened.grant.want === 'facts'
            ? { facts: {} }
            : { record: { id: `${account.id}-${row}`, note: secretOf(account) } }),
        };
        const written = sink.entry(Buffer.from(`${JSON.stringify(entry)}\n`), [cell, cell], Buffer.from(String(no)));
        if (written !== undefined) await written;
      }
    }
    await sink.end('2026-11-23T08:00:00.000Z');
  }

  async close() {}

  async #enter(stage: string, context: CallContext): Promise<void> {
    this.calls.push(stage);
    await this.gate?.(stage, context);
    context.signal.throwIfAborted();
    if (this.failing !== undefined) throw new HabeasError(this.failing, { where: 'fake.table' });
  }
}

/** What the record of an account says of its owner. */
export const secretOf = (account: FakeAccount): string => `secret of ${account.id}`;

const refOf = (account: FakeAccount) => ({ collection: 'accounts', key: [['id', account.id]] as const });

const notes: CollectionDescription = {
  collection: 'notes',
  owner: 'person',
  role: 'controller',
  recordClass: 'account',
  category: 'account',
  purpose: 'to test',
  legalBasis: 'contract',
  provenance: 'the person',
  recipients: [],
  fields: ['id', 'note'],
};

const stream: StreamDescription = {
  no: 0,
  collection: 'notes',
  provedIn: 'accounts',
  recordClass: 'account',
  owner: 'person',
  role: 'controller',
  fields: ['id', 'note'],
  ownFields: [],
};
