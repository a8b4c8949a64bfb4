/**
 * Owns identifiers in the query string of an address (`/reset?email=…`, a whole URL, or the bare query string): of the
 * declared parameters, every value, percent-decoded once. A `+` may have been written for a space or, raw, for itself, so
 * both readings are given. A query string begins after the first `?` and ends before the first `#`; parameters are parted
 * by `&`. Not undone: a second layer of encoding, base64, bytes that are not UTF-8. Never throws.
 */
import { hashOf, isAscii } from './finder-words.ts';
import type { NeedleTable } from './values.ts';

const question = 0x3f;
const ampersand = 0x26;
const equals = 0x3d;
const number = 0x23;
const percent = 0x25;
const plus = 0x2b;

/** As the URL standard decodes a form (lenient: a `%` that begins no byte stays). */
const decoded = (raw: string): string => new URLSearchParams(`v=${raw}`).get('v') ?? '';

/** The readings of a raw name or value. */
function readings(raw: string): readonly string[] {
  if (!raw.includes('+')) return [raw.includes('%') ? decoded(raw) : raw];
  return [decoded(raw.replaceAll('+', '%2B')), decoded(raw)];
}

/** Calls `on` with every reading of every value of the named parameters. */
export function eachParameter(address: string, names: readonly string[], on: (value: string) => void): void {
  const fragment = address.indexOf('#');
  const before = fragment === -1 ? address : address.slice(0, fragment);
  const query = before.slice(before.indexOf('?') + 1);
  for (const part of query.split('&')) {
    const sign = part.indexOf('=');
    if (sign === -1 || !readings(part.slice(0, sign)).some((name) => names.includes(name))) continue;
    for (const value of readings(part.slice(sign + 1))) on(value);
  }
}

const sameBytes = (view: DataView, start: number, end: number, name: Buffer): boolean => {
  if (end - start !== name.length) return false;
  for (let i = 0; i < name.length; i++) if (view.getUint8(start + i) !== name[i]) return false;
  return true;
};

/**
 * Whether {@link eachParameter} has to be asked about the address in the bytes from `start` to `end`: `false` only if no needle can be
 * in it. Says `true` to whatever is not plain ASCII in the names and values that count.
 */
export function mayHoldParameter(
  view: DataView,
  start: number,
  end: number,
  names: readonly Buffer[],
  table: NeedleTable,
): boolean {
  let at = start;
  while (at < end && view.getUint8(at) !== question && view.getUint8(at) !== number) at += 1;
  at = at < end && view.getUint8(at) === question ? at + 1 : start;
  while (at < end) {
    const nameStart = at;
    for (; at < end; at++) {
      const byte = view.getUint8(at);
      if (byte === equals || byte === ampersand || byte === number) break;
      if (byte === percent || byte === plus) return true;
    }
    let wanted = false;
    if (at < end && view.getUint8(at) === equals) {
      for (const name of names) if (sameBytes(view, nameStart, at, name)) wanted = true;
      at += 1;
    }
    const valueStart = at;
    for (; at < end; at++) {
      const byte = view.getUint8(at);
      if (byte === ampersand || byte === number) break;
      if (wanted && (byte === percent || byte === plus)) return true;
    }
    if (wanted && (!isAscii(view, valueStart, at) || table.mayHold(hashOf(view, valueStart, at)))) return true;
    if (at < end && view.getUint8(at) === number) return false;
    at += 1;
  }
  return false;
}
