/**
 * What is in an attachment: bytes, or a recipe for as many as one likes, made while they are sent and never held. The recipe's
 * bytes are the same every time.
 */
import { type Entity, isHash, numberOf, textOf } from './types.ts';

const pieceBytes = 64 * 1_024;

/** The file of an attachment, piece by piece. `_base64`, or `_filler: {head, sizeBytes}`. */
export function* contentOf(attachment: Entity): Generator<Buffer> {
  const whole = textOf(attachment._base64);
  if (whole !== undefined) {
    yield Buffer.from(whole, 'base64');
    return;
  }
  if (!isHash(attachment._filler)) return;
  const head = Buffer.from(textOf(attachment._filler.head) ?? '', 'latin1');
  let left = (numberOf(attachment._filler.sizeBytes) ?? 0) - head.length;
  yield head;
  const piece = Buffer.alloc(pieceBytes, `stand-in attachment ${attachment.id}\n`);
  for (; left > 0; left -= pieceBytes) yield left >= pieceBytes ? piece : piece.subarray(0, left);
}

export function sizeOf(attachment: Entity): number {
  const whole = textOf(attachment._base64);
  if (whole !== undefined) return Buffer.byteLength(whole, 'base64');
  return isHash(attachment._filler) ? (numberOf(attachment._filler.sizeBytes) ?? 0) : 0;
}
