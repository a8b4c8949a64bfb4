/**
 * A log in memory that is read once from end to end, as a scanning connector does it: lines of the person by a name that
 * proves them, and in between lines of places where the person was, which are only candidates. Each kind of line is a
 * stream; all of them come interleaved, and each goes on after its own cursor.
 */
import type {
  CallContext,
  Identifier,
  LocateInput,
  LocateResult,
  Manifest,
  ReadInput,
  Sink,
  StreamDescription,
  System,
} from '../../connectors/contract.ts';
import { HabeasError } from '../../src/errors.ts';

export interface LogLine {
  readonly kind: 'user_id' | 'ip';
  readonly value: string;
  readonly text: string;
}

interface Open {
  readonly sink: Sink;
  readonly from: number;
  count: number;
}

const asOf = '2026-11-23T08:00:00.000Z';

export class ScanningSystem implements System {
  readonly manifest: Manifest = {
    kind: 'scanning',
    stages: ['check', 'locate', 'read'],
    rights: ['access'],
    needs: ['user_id', 'ip'].map((kind) => ({ kind, unique: true, caseSensitive: true })),
    gives: [],
    locateCost: 'scan',
    concurrency: 2,
    verifiedAgainst: [],
    verification: 'stand-in',
    canRefuse: [],
    weaknesses: [],
  };
  readonly collections = [
    {
      collection: 'lines',
      owner: 'person',
      role: 'controller',
      recordClass: 'log',
      category: 'log',
      purpose: 'to test',
      legalBasis: 'legitimate-interests',
      provenance: 'the person',
      recipients: [],
      fields: ['no', 'text'],
    },
  ] as const;
  readonly calls: string[] = [];
  /** What it was told last. */
  told: readonly Identifier[] = [];
  /** Called with each line's number before it is read; what it throws ends the attempt. */
  onLine: ((no: number) => void) | undefined;
  readonly #lines: readonly LogLine[];

  constructor(lines: readonly LogLine[]) {
    this.#lines = lines;
  }

  async check() {
    return { ok: true, findings: [] };
  }

  async locate(_context: CallContext, { identifiers }: LocateInput): Promise<LocateResult> {
    this.calls.push('locate');
    this.told = identifiers;
    const values = new Map(identifiers.filter(this.#isSearched).map((one) => [`${one.kind} ${one.value}`, one]));
    return {
      keys: [...values.values()].map(({ kind, value }) => ({ ...refOf(kind, value), provedBy: kind })),
      learnt: [],
      candidates: [],
    };
  }

  async read(_context: CallContext, { keys, begun = [], sink }: ReadInput): Promise<void> {
    this.calls.push('read');
    const places = keys.filter(({ collection }) => collection === 'ip').map(({ key }) => key[0]?.[1] ?? '');
    const names = keys.filter(({ collection }) => collection === 'user_id').map(({ key }) => key[0]?.[1] ?? '');
    const streams = new Map<number, Open | null>();
    const open = async (no: number, into: Sink): Promise<Open | null> => {
      const opened = await into.open(no === 0 ? proved : candidates(no));
      const from = opened?.cursor === undefined ? 0 : Number(opened.cursor) + 1;
      const stream = opened === null ? null : { sink: into, from, count: 0 };
      streams.set(no, stream);
      return stream;
    };
    await open(0, sink);
    for (const no of begun) if (no !== 0) await open(no, sink.beside());
    const first = Math.min(...[...streams.values()].flatMap((one) => (one === null ? [] : [one.from])));
    for (let at = first; at < this.#lines.length; at++) {
      this.onLine?.(at);
      const line = this.#lines[at];
      if (line === undefined) break;
      const no = line.kind === 'user_id' ? (names.includes(line.value) ? 0 : -1) : places.indexOf(line.value) + 1;
      if (no < 0 || (no === 0 && line.kind === 'ip')) continue;
      const stream = streams.has(no) ? streams.get(no) : await open(no, sink.beside());
      if (stream == null || at < stream.from) continue;
      const entry = { key: [['no', String(at)]], record: { no: String(at), text: line.text } };
      const cell = Buffer.from(line.value);
      const wait = stream.sink.entry(Buffer.from(`${JSON.stringify(entry)}\n`), [cell, cell], Buffer.from(String(at)));
      if (wait !== undefined) await wait;
    }
    sink.unreadable({ records: 2, objects: 1 });
    for (const [no, stream] of streams) {
      if (stream === null) continue;
      const place = places[no - 1];
      if (no === 0) await stream.sink.end(asOf);
      else if (place === undefined) throw new HabeasError('internal', { where: 'a stream of no place' });
      else
        await stream.sink.end(asOf, {
          ref: { collection: 'ip', key: [['ip', place]] },
          reason: 'unknown-window',
          matchedBy: 'ip',
          display: { address: place },
        });
    }
  }

  async close() {}

  readonly #isSearched = ({ kind }: Identifier): boolean => this.manifest.needs.some((need) => need.kind === kind);
}

const refOf = (kind: string, value: string) => ({ collection: kind, key: [[kind, value]] as const });

const proved: StreamDescription = {
  no: 0,
  collection: 'lines',
  provedIn: 'user_id',
  recordClass: 'log',
  owner: 'person',
  role: 'controller',
  fields: ['no', 'text'],
  ownFields: [],
  reachedBy: 'lines.user_id',
};

const candidates = (no: number): StreamDescription => ({
  ...proved,
  no,
  provedIn: 'ip',
  reachedBy: 'lines.ip',
  isCandidate: true,
});
