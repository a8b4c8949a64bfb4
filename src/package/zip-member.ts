/**
 * One member between its compressor and the zip: what is compressed and not yet written, and who waits for it to be. Knows
 * nothing of headers or of other members.
 */
import { Compressor, type Content } from './compress.ts';

export class QueuedMember {
  readonly name: string;
  /** Where its header is; undefined before. */
  offset: number | undefined;
  /** Its header was written before its sizes were known. */
  isStreamed = false;
  /** What it came to; undefined until it has ended. */
  content: Content | undefined;
  heldBytes = 0;
  readonly #compressor: Compressor;
  readonly #changed: () => void;
  readonly #pieces: Buffer[] = [];
  #isSettled = false;
  #waiting: (() => void)[] = [];

  /** `changed` is called when there is more to write. */
  constructor(name: string, level: number, changed: () => void) {
    this.name = name;
    this.#changed = changed;
    this.#compressor = new Compressor(level, (bytes) => {
      this.#hold(bytes);
      changed();
    });
  }

  get isEmpty(): boolean {
    return this.#pieces.length === 0;
  }

  write(bytes: Buffer): Promise<void> {
    return this.#compressor.write(bytes);
  }

  async end(): Promise<Content> {
    const { content, whole } = await this.#compressor.end();
    this.content = content;
    if (whole !== undefined) this.#hold(whole);
    this.#changed();
    return content;
  }

  /** The next piece to write. */
  take(): Buffer | undefined {
    const bytes = this.#pieces.shift();
    this.heldBytes -= bytes?.length ?? 0;
    if (bytes === undefined) this.#notify();
    return bytes;
  }

  /** All of it is in the zip. */
  settle(): void {
    this.#isSettled = true;
    this.#notify();
  }

  /** Until what it has is written; after its end, all of it. */
  async drained(): Promise<void> {
    while (!this.#isSettled && (!this.isEmpty || this.content !== undefined))
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Nothing more of it is written; whoever waits wakes. */
  destroy(): void {
    this.#compressor.destroy();
    this.settle();
  }

  #hold(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#pieces.push(bytes);
    this.heldBytes += bytes.length;
  }

  #notify(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
