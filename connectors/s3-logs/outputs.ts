/**
 * Owns the streams of one collection in one attempt: the proved lines' in the main sink, one per group of candidates beside it. Writes each
 * line's record as it was written, of the fields that are granted, with its chain and its cursor; drops what a stream has
 * from an earlier attempt, and everything of a stream that was ended. Fails with `system-schema-undeclared` at a line with a
 * field that the data map does not know.
 */
import { HabeasError } from '../../src/errors.ts';
import type { CandidateReason, Grant, ReadInput, Sink } from '../contract.ts';
import { type Cursor, isBehind, readCursor, writeCursor } from './cursor.ts';
import { type Collection, pathOf, shownField } from './data-map.ts';
import { addLine, candidateNo, type Group, provedNo, questionOf, type Tally } from './groups.ts';
import { instantOf } from './instants.ts';
import { membersOf } from './members.ts';
import type { Line } from './pass.ts';
import { chainOf, describe } from './streams.ts';
import { valueAt } from './values-in.ts';

export interface Numbered {
  readonly no: number;
  readonly name: string;
  readonly collection: Collection;
  readonly numbering: { readonly collections: number; readonly groups: number };
  /** By the number of a window. */
  readonly groups: readonly Group[];
}

interface Output {
  readonly sink: Sink;
  readonly grant: Grant;
  readonly from: Cursor | undefined;
  readonly asked: { readonly group: Group; readonly reason: CandidateReason; readonly tally: Tally } | undefined;
}

/** Milliseconds since 1970, where known. */
interface Times {
  readonly createdAt: number | undefined;
  readonly storedAt: number | undefined;
}

const longestExample = 120;

export class Outputs {
  readonly #input: ReadInput;
  readonly #at: Numbered;
  #asOf: string | undefined;
  /** Null: ended by an earlier attempt. */
  #proved: Output | null = null;
  readonly #groups = new Map<number, Output | null>();

  constructor(input: ReadInput, at: Numbered) {
    this.#input = input;
    this.#at = at;
  }

  /** Opens the proved lines' stream and those of candidates that an earlier attempt began. */
  async open(begun: readonly { readonly group: number; readonly reason: CandidateReason }[]): Promise<void> {
    const { no, name, collection, groups } = this.#at;
    const { sink } = this.#input;
    this.#proved = await this.#openIn(sink, describe(provedNo(no), name, collection), undefined);
    for (const { group: groupNo, reason } of begun) {
      const group = groups.find((one) => one.no === groupNo);
      if (group !== undefined) await this.#openGroup(group, reason);
    }
  }

  /** An earlier attempt has read all of it. */
  get isFinished(): boolean {
    return this.#open().length === 0;
  }

  /** The smallest cursor; nothing where a stream has none and everything is to be read. */
  start(): Cursor | undefined {
    let first: Cursor | undefined;
    for (const { from } of this.#open()) {
      if (from === undefined) return undefined;
      if (first === undefined || isBehind(first.spot, from.spot)) first = from;
    }
    return first;
  }

  snapshot(asOf: string): void {
    this.#asOf = asOf;
    for (const { sink } of this.#open()) sink.snapshot?.(asOf);
  }

  /** `storedMs`: when the line's object was stored, where that is known. */
  async write(line: Line, at: Cursor, storedMs?: number): Promise<void> {
    const { verdict, record } = line;
    const output = verdict.is === 'proved' ? this.#proved : await this.#outputFor(verdict);
    if (output === null || (output.from !== undefined && !isBehind(at.spot, output.from.spot))) return;
    const when = instantOf(valueAt(record, pathOf(this.#at.collection.time)));
    const tally = output.asked?.tally;
    if (tally !== undefined) addLine(tally, when, this.#exampleOf(record));
    const text = this.#textOf(line, at, output.grant, { createdAt: when, storedAt: storedMs });
    const wait = output.sink.entry(Buffer.from(text, 'utf8'), chainOf(verdict), writeCursor({ ...at, tally }));
    if (wait !== undefined) await wait;
  }

  /** Candidates first: while one of them is open, an interrupted attempt is known to be unfinished. */
  async end(asOf: string): Promise<void> {
    for (const output of this.#groups.values()) {
      if (output === null) continue;
      const { asked } = output;
      const isAsked = asked !== undefined && asked.tally.count > 0;
      await output.sink.end(
        asOf,
        isAsked ? questionOf(this.#at.name, asked.group, asked.reason, asked.tally) : undefined,
      );
    }
    await this.#proved?.sink.end(asOf);
  }

  #open(): readonly Output[] {
    return [this.#proved, ...this.#groups.values()].filter((output) => output !== null);
  }

  async #outputFor({ reason, window }: Extract<Line['verdict'], { is: 'candidate' }>): Promise<Output | null> {
    const group = this.#at.groups[window.no];
    if (group === undefined) throw new HabeasError('internal', { where: this.#at.name });
    return this.#groups.get(this.#noOf(group, reason)) ?? (await this.#openGroup(group, reason));
  }

  async #openGroup(group: Group, reason: CandidateReason): Promise<Output | null> {
    const no = this.#noOf(group, reason);
    const known = this.#groups.get(no);
    if (known !== undefined) return known;
    const { name, collection } = this.#at;
    const sink = this.#input.sink.beside();
    const [{ kind } = { kind: '' }] = group.windows;
    const opened = await this.#openIn(sink, describe(no, name, collection, { kind, reason }), {
      group,
      reason,
    });
    if (opened !== null && this.#asOf !== undefined) sink.snapshot?.(this.#asOf);
    this.#groups.set(no, opened);
    return opened;
  }

  async #openIn(
    sink: Sink,
    description: ReturnType<typeof describe>,
    asked: { readonly group: Group; readonly reason: CandidateReason } | undefined,
  ): Promise<Output | null> {
    const opened = await sink.open(description);
    if (opened === null) return null;
    const { grant, cursor } = opened;
    if (grant.fields.some((field) => !description.fields.includes(field)))
      throw new HabeasError('internal', { where: description.collection });
    const from = cursor === undefined ? undefined : readCursor(cursor);
    const tally = from?.tally ?? { count: 0, first: undefined, last: undefined, examples: [] };
    return {
      sink,
      grant: this.#input.want === 'facts' ? { want: 'facts', fields: [] } : grant,
      from,
      asked: asked === undefined ? undefined : { ...asked, tally },
    };
  }

  #noOf(group: Group, reason: CandidateReason): number {
    const { no, numbering } = this.#at;
    return candidateNo({ ...numbering, collection: no, group: group.no, reason });
  }

  /** `by`: the identifier or window that the line was found by, as a key of `locate`; kept with the line. */
  #textOf({ text, start, verdict }: Line, { spot }: Cursor, grant: Grant, times: Times): string {
    const key = `{"key":[["object",${JSON.stringify(spot.key)}],["line","${start}"]],"by":${JSON.stringify(verdict.window.key)},`;
    if (grant.want === 'facts') {
      const told = Object.entries(times).flatMap(([name, ms]) => (ms > 0 ? [[name, new Date(ms).toISOString()]] : []));
      return `${key}"facts":${JSON.stringify(Object.fromEntries(told))}}\n`;
    }
    const members = membersOf(text);
    this.#requireDeclared(members);
    const granted = grant.fields.flatMap((field) => {
      const value = members.get(field);
      return value === undefined ? [] : [`${JSON.stringify(field)}:${value}`];
    });
    return `${key}"record":{${granted.join(',')}}}\n`;
  }

  /** A field that nobody has declared would be left out of the answer silently: nothing is given before somebody has. */
  #requireDeclared(members: ReadonlyMap<string, string>): void {
    const { name, collection } = this.#at;
    for (const field of members.keys())
      if (!Object.hasOwn(collection.fields, field))
        throw new HabeasError('system-schema-undeclared', { where: `${name}.${shownField(field)}` });
  }

  /** What of the line helps to decide and names nobody; an address without its query string. */
  #exampleOf(record: Line['record']): string | undefined {
    const words = (this.#at.collection.display ?? []).flatMap((field) => {
      const value = valueAt(record, [field]);
      if (typeof value === 'number') return [String(value)];
      return typeof value === 'string' ? [value.replace(/[?#].*$/s, '')] : [];
    });
    return words.length === 0 ? undefined : words.join(' ').slice(0, longestExample);
  }
}
