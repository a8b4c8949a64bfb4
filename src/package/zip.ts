/**
 * The zip as a stream: members in the order in which they were opened, each hashed on its way in, the whole hashed on its
 * way out. Several may be open at once: the first is written as it grows, the others are compressed beside it and kept
 * until it has ended (`heldBytes`; whoever opens them bounds that). Times and modes are fixed, so that the same members
 * give the same bytes. Names are checked: nothing absolute, no way up, only what every system can unpack.
 *
 * A failure anywhere (a source, the taker of the bytes) ends all of it; `write`, `end`, `add` and `finish` then reject.
 */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { HabeasError } from '../errors.ts';
import { descriptor, directory, localHeader, type WrittenMember } from './zip-format.ts';
import { QueuedMember } from './zip-member.ts';

export interface Member {
  readonly name: string;
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** A member that is being written. */
export interface OpenMember {
  /** Bytes that wait for the members before it. */
  readonly heldBytes: number;
  /** Waits until the bytes before are taken; these must not change until the next call has resolved. */
  write(bytes: Buffer): Promise<void>;
  /** Waits until all of it is compressed, and, where it is the first of those that are open, written. */
  end(): Promise<Member>;
}

export interface ZipWriter {
  /** The bytes of the zip; whoever takes them sets the pace. */
  readonly body: Readable;
  /** Its place in the zip is after every member opened before. */
  open(name: string): OpenMember;
  /** Waits until the member is written. */
  add(name: string, source: AsyncIterable<Buffer>): Promise<Member>;
  /** Writes the directory. `sha256` and `sizeBytes` are the zip's. */
  finish(): Promise<{ readonly sha256: string; readonly sizeBytes: number }>;
  /** Ends everything with this error. */
  destroy(error: Error): void;
  /** In the order of their places; those that have ended. */
  readonly members: readonly Member[];
}

/**
 * Level 6 unless told. Of 324 MB of staged play log (370 MB of JSON and CSV) it makes 60 MB, level 1 makes 72 MB in about
 * 60 % of the time; what a person downloads once and keeps is worth the processor's seconds.
 */
export const defaultLevel = 6;

/** DOS times, which zips carry, begin in 1980. */
const earliest = Date.UTC(1980, 0, 1);
const memberName = /^(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9._-]*(?:\/[A-Za-z0-9][A-Za-z0-9._-]*)*$/;

export function openZip(options: { readonly date: Date; readonly level?: number }): ZipWriter {
  return new Zip(new Date(Math.max(options.date.getTime(), earliest)), options.level ?? defaultLevel);
}

class Zip implements ZipWriter {
  readonly body: Readable;
  readonly members: Member[] = [];
  readonly #date: Date;
  readonly #level: number;
  readonly #hash = createHash('sha256');
  readonly #names = new Set<string>();
  readonly #written: WrittenMember[] = [];
  #sizeBytes = 0;
  /** Open, or ended and waiting for their place. */
  #queue: QueuedMember[] = [];
  #isPumping = false;
  /** Called when the taker wants more. */
  #wanted: () => void = () => undefined;
  #failure: Error | undefined;

  constructor(date: Date, level: number) {
    this.#date = date;
    this.#level = level;
    this.body = new Readable({ highWaterMark: 1024 * 1024, read: () => this.#wanted() });
    this.body.on('error', (error) => this.destroy(error));
    this.body.once('close', () => {
      if (!this.body.readableEnded) this.destroy(new Error('the zip was not taken to its end'));
    });
  }

  open(name: string): OpenMember {
    if (!memberName.test(name) || this.#names.has(name)) throw new HabeasError('internal', { where: 'member name' });
    this.#names.add(name);
    this.#throwIfFailed();
    const member = new QueuedMember(name, this.#level, () => void this.#pump());
    this.#queue.push(member);
    return {
      get heldBytes() {
        return member.heldBytes;
      },
      write: async (bytes) => {
        this.#throwIfFailed();
        await member.write(bytes);
        if (member === this.#queue[0]) await member.drained();
        this.#throwIfFailed();
      },
      end: async () => {
        this.#throwIfFailed();
        const { sha256, sizeBytes } = await member.end();
        if (member === this.#queue[0]) await member.drained();
        this.#throwIfFailed();
        return { name, sha256, sizeBytes };
      },
    };
  }

  async add(name: string, source: AsyncIterable<Buffer>): Promise<Member> {
    const member = this.open(name);
    try {
      for await (const bytes of source) await member.write(bytes);
    } catch (error) {
      this.destroy(error instanceof Error ? error : new Error('failed'));
      throw error;
    }
    return member.end();
  }

  async finish(): Promise<{ readonly sha256: string; readonly sizeBytes: number }> {
    this.#throwIfFailed();
    if (this.#queue.length > 0) throw new HabeasError('internal', { where: 'member left open' });
    for (const bytes of directory(this.#written, this.#sizeBytes, this.#date)) await this.#push(bytes);
    this.#throwIfFailed();
    this.body.push(null);
    return { sha256: this.#hash.digest('hex'), sizeBytes: this.#sizeBytes };
  }

  destroy(error: Error): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    for (const member of this.#queue) member.destroy();
    this.#wanted();
    this.body.destroy(error);
  }

  #throwIfFailed(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Writes what the first of the open members has, and those that have ended behind it. */
  async #pump(): Promise<void> {
    if (this.#isPumping) return;
    this.#isPumping = true;
    for (let first = this.#queue[0]; first !== undefined && this.#failure === undefined; first = this.#queue[0]) {
      if (first.isEmpty && first.content === undefined) break;
      await this.#writePart(first);
    }
    this.#isPumping = false;
  }

  async #writePart(member: QueuedMember): Promise<void> {
    const { name, content } = member;
    if (member.offset === undefined) {
      member.offset = this.#sizeBytes;
      // Without sizes a descriptor follows, which has room for more than 4 GiB.
      const sizes = content !== undefined && content.sizeBytes < 2 ** 31 ? content : undefined;
      member.isStreamed = sizes === undefined;
      await this.#push(localHeader({ name, method: content?.method ?? 'deflated', sizes }, this.#date));
    }
    for (let bytes = member.take(); bytes !== undefined; bytes = member.take()) await this.#push(bytes);
    if (member.content === undefined || !member.isEmpty) return;
    if (member.isStreamed) await this.#push(descriptor(member.content));
    const { offset, isStreamed } = member;
    const { sha256, ...facts } = member.content;
    this.#written.push({ name, isStreamed, offset, ...facts });
    this.members.push({ name, sha256, sizeBytes: facts.sizeBytes });
    this.#queue.shift();
    member.settle();
  }

  /** Waits until the taker wants more. */
  async #push(bytes: Buffer): Promise<void> {
    if (this.#failure !== undefined) return;
    this.#hash.update(bytes);
    this.#sizeBytes += bytes.length;
    if (this.body.push(bytes)) return;
    await new Promise<void>((resolve) => {
      this.#wanted = resolve;
      if (this.#failure !== undefined) resolve();
    });
  }
}
