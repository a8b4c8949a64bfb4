/**
 * Makes the released form of one record: a copy of its bytes with masks for what is masked, or nothing where it is withheld. The
 * original is never changed. A proposal that does not fit the record (another text, another length) fails with
 * `package-chunk-broken`: nothing that was to be masked goes out because it moved. Pure.
 */
import { HabeasError } from '../errors.ts';
import type { Review } from './changes.ts';
import { fold } from './fold.ts';
import { type MaskReason, maskText } from './kinds.ts';
import type { Proposal } from './propose.ts';
import { itemsIn, itemText } from './texts.ts';

/** A proposal with its number in the reading. */
export interface NumberedMask extends Proposal {
  readonly no: number;
}

export interface RecordToMask {
  /** Its number in the reading. */
  readonly no: number;
  readonly bytes: Buffer;
  readonly from: number;
  readonly to: number;
  /** Its proposals, in order. */
  readonly masks: readonly NumberedMask[];
  readonly isPrivileged: boolean;
}

interface Span extends MaskReason {
  readonly from: number;
  readonly to: number;
}

/** What a reader gets of one text, and what stood there. */
export interface MaskedText {
  readonly path: readonly (string | number)[];
  readonly kind: 'text' | 'file';
  readonly before: string;
  readonly after: string;
}

/** Undefined: withheld as a whole. `seen` is told of every text with its masked form. */
export function maskRecord(
  record: RecordToMask,
  review: Review,
  about: { readonly language: string; readonly files: readonly string[] },
  seen?: (text: MaskedText) => void,
): Buffer | undefined {
  if (review.withheld.get(record.no) ?? record.isPrivileged) return undefined;
  const { bytes, from, to } = record;
  const pieces: Buffer[] = [];
  let copied = from;
  let next = 0;
  const added = review.added.get(record.no) ?? [];
  for (const item of itemsIn(bytes, from, to, about.files)) {
    const masks: NumberedMask[] = [];
    for (let mask = record.masks[next]; mask?.item === item.no; mask = record.masks[next]) {
      masks.push(mask);
      next += 1;
    }
    if (item.kind === 'file') {
      const reason = masks.map((mask) => standing(mask, review)).find((one) => one !== undefined);
      const after = reason === undefined ? '' : maskText(reason, about.language);
      seen?.({ path: item.path, kind: 'file', before: '', after });
      if (reason === undefined) continue;
      pieces.push(bytes.subarray(copied, item.from), Buffer.from(JSON.stringify({ masked: after })));
      copied = item.to;
      continue;
    }
    if (masks.length === 0 && added.length === 0 && seen === undefined) continue;
    const before = itemText(bytes, item);
    const spans = masks.flatMap((mask) => {
      if (mask.from < 0 || mask.from >= mask.to || mask.to > before.length) return broken();
      const reason = standing(mask, review);
      return reason === undefined ? [] : [{ from: mask.from, to: mask.to, ...reason }];
    });
    const after = masked(before, [...spans, ...added.flatMap((one) => everywhere(before, one))], about.language);
    seen?.({ path: item.path, kind: 'text', before, after });
    if (after === before) continue;
    pieces.push(bytes.subarray(copied, item.from), Buffer.from(JSON.stringify(after)));
    copied = item.to;
  }
  // A mask whose place was not met.
  if (next < record.masks.length) broken();
  return Buffer.concat([...pieces, bytes.subarray(copied, to)]);
}

/** Why it stays masked; undefined: released. */
function standing(mask: NumberedMask, review: Review): MaskReason | undefined {
  const said = review.masks.get(mask.no);
  if (said === 'released') return undefined;
  return { kind: said?.kind ?? mask.kind, who: said?.who ?? mask.who };
}

function everywhere(text: string, { text: sought, kind, who }: { text: string } & MaskReason): readonly Span[] {
  const spans: Span[] = [];
  const folded = fold(text);
  const needle = fold(sought);
  if (needle === '') return spans;
  for (let from = folded.indexOf(needle); from >= 0; from = folded.indexOf(needle, from + needle.length))
    spans.push({ from, to: from + needle.length, kind, who });
  return spans;
}

/** Where two meet, both go: the mask of the one that begins first says why. */
function masked(text: string, spans: readonly Span[], language: string): string {
  let out = '';
  let at = 0;
  for (const { from, to, ...reason } of [...spans].sort((a, b) => a.from - b.from || b.to - a.to)) {
    if (from >= at) out += text.slice(at, from) + maskText(reason, language);
    at = Math.max(at, to);
  }
  return out + text.slice(at);
}

function broken(): never {
  throw new HabeasError('package-chunk-broken');
}
