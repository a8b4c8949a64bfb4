/**
 * One open stream of a reading: what was granted, how far an earlier attempt came, and the entries. Where a record stands in its walk is its
 * position (user, ticket, comment, file, part); whoever goes on leaves out what is at or before the last position that was kept.
 */
import { HabeasError } from '../../src/errors.ts';
import type { CallContext, Grant, Participant, RecordRef, Sink } from '../contract.ts';
import { compareIds } from './keys.ts';
import type { Stream } from './streams.ts';

export interface Position {
  readonly user: string;
  readonly ticket: string;
  /** How many comments of the ticket came before. */
  readonly comment: number;
  readonly file: string;
  readonly part: number;
}

export const start = { user: '', ticket: '0', comment: 0, file: '0', part: 0 } as const satisfies Position;

interface Kept extends Position {
  /** Files that could not be read so far. */
  readonly unread: number;
}

export class Writer {
  readonly stream: Stream;
  readonly grant: Grant;
  readonly #sink: Sink;
  readonly #context: CallContext;
  /** The users in their order. */
  readonly #users: readonly string[];
  readonly #from: Kept | undefined;
  unread: number;

  private constructor(
    sink: Sink,
    context: CallContext,
    stream: Stream,
    opened: { readonly grant: Grant; readonly from: Kept | undefined; readonly users: readonly string[] },
  ) {
    this.stream = stream;
    this.grant = opened.grant;
    this.#sink = sink;
    this.#context = context;
    this.#users = opened.users;
    this.#from = opened.from;
    this.unread = opened.from?.unread ?? 0;
  }

  /** Undefined where an earlier attempt completed the stream. */
  static async open(
    sink: Sink,
    context: CallContext,
    stream: Stream,
    { want, users }: { readonly want: 'facts' | 'content'; readonly users: readonly string[] },
  ): Promise<Writer | undefined> {
    const { collection } = stream.description;
    const opened = await sink.open(stream.description);
    if (opened === null) return undefined;
    const isFacts = want === 'facts' || opened.grant.want === 'facts';
    if (opened.grant.fields.some((field) => !stream.description.fields.includes(field)))
      throw new HabeasError('internal', { where: collection });
    const from = opened.cursor === undefined ? undefined : keptIn(opened.cursor, collection);
    // The user that an earlier attempt was at is none of the person's any more: what it left is not to be mixed with this.
    if (from !== undefined && !users.includes(from.user))
      throw new HabeasError('stream-changed', { where: collection });
    const grant: Grant = isFacts ? { want: 'facts', fields: [] } : opened.grant;
    return new Writer(sink, context, stream, { grant, from, users });
  }

  /** The last position kept by an earlier attempt. */
  get from(): Position | undefined {
    return this.#from;
  }

  /** Whether a record at this position is still to be written. */
  wants(at: Position): boolean {
    return this.#from === undefined || this.#compare(at, this.#from) > 0;
  }

  /** Whether anything of this ticket is still to be written. */
  wantsTicket(user: string, ticket: string): boolean {
    return this.wants({ user, ticket, comment: Number.MAX_SAFE_INTEGER, file: '0', part: 0 });
  }

  /** One record. `told` is its `facts` or its `record`, as granted; `people` of what the person has not seen. */
  async write(
    at: Position,
    key: RecordRef['key'],
    told: object,
    chain: readonly Buffer[],
    people?: readonly Participant[],
  ): Promise<void> {
    const who = people === undefined ? '' : `"people":${JSON.stringify(people)},`;
    const what = this.grant.want === 'facts' ? 'facts' : 'record';
    const line = `{"key":${JSON.stringify(key)},${who}"${what}":${JSON.stringify(told)}}\n`;
    const kept: Kept = { ...at, unread: this.unread };
    const wait = this.#sink.entry(Buffer.from(line, 'utf8'), chain, Buffer.from(JSON.stringify(kept), 'utf8'));
    if (wait !== undefined) await wait;
    this.#context.signal.throwIfAborted();
  }

  end(asOf: string): Promise<void> {
    return this.#sink.end(asOf);
  }

  #compare(a: Position, b: Position): number {
    return (
      this.#users.indexOf(a.user) - this.#users.indexOf(b.user) ||
      compareIds(a.ticket, b.ticket) ||
      a.comment - b.comment ||
      compareIds(a.file, b.file) ||
      a.part - b.part
    );
  }
}

function keptIn(text: string, where: string): Kept {
  const value: unknown = JSON.parse(text);
  if (typeof value === 'object' && value !== null && 'user' in value && 'ticket' in value)
    return {
      user: String(value.user),
      ticket: String(value.ticket),
      comment: numberAt(value, 'comment'),
      file: 'file' in value ? String(value.file) : '0',
      part: numberAt(value, 'part'),
      unread: numberAt(value, 'unread'),
    };
  throw new HabeasError('internal', { where });
}

const numberAt = (value: object, field: string): number => Number(Reflect.get(value, field) ?? 0);
