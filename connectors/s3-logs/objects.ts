/**
 * Owns turning an object into the bytes of its lines: unpacked where it is packed, block by block. What is wrong with one
 * object (gone, laid away, damaged, cut off) is told as such and ends no reading; everything else is an error of the system.
 */
import type { CallContext } from '../contract.ts';
import type { LogsClient, Place } from './client.ts';
import type { Collection } from './data-map.ts';
import { type Block, eachBlock, gunzipped } from './lines.ts';
import { isGzipFault, isObjectFault, mapError } from './map-error.ts';

/** `lines` and `too-long` as the line cutter says them; `unreadable`: from here on the object cannot be read. */
export type Part = Block | { readonly kind: 'unreadable' };

/** Everything of an object that can be read. */
export async function* partsOf(
  client: LogsClient,
  context: CallContext,
  object: { readonly key: string; readonly place: Place; readonly compression: Collection['compression'] },
  limits: { readonly maxLineBytes: number },
): AsyncGenerator<Part> {
  const stored = client.bytes(context, object.key);
  try {
    const unpacked = object.compression === 'none' ? stored : await unpackedOf(stored, object.compression);
    yield* eachBlock(unpacked, limits);
  } catch (error) {
    context.signal.throwIfAborted();
    if (!isObjectFault(error) && !isGzipFault(error)) throw mapError(error, object.place.where);
    yield { kind: 'unreadable' };
  } finally {
    await stored.return(undefined);
  }
}

async function unpackedOf(
  stored: AsyncGenerator<Buffer>,
  compression: 'auto' | 'gzip',
): Promise<AsyncIterable<Buffer>> {
  if (compression === 'gzip') return gunzipped(stored);
  const first: Buffer[] = [];
  let length = 0;
  while (length < 2) {
    const { done, value } = await stored.next();
    if (done === true) break;
    first.push(value);
    length += value.length;
  }
  const head = Buffer.concat(first);
  const whole = after(head, stored);
  return isGzip(head) ? gunzipped(whole) : whole;
}

export const isGzip = (head: Buffer): boolean => head[0] === 0x1f && head[1] === 0x8b;

async function* after(head: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  if (head.length > 0) yield head;
  yield* rest;
}
