/**
 * A record under review as a diff for a terminal: what stands in it and what the person gets, only around what is masked unless asked for
 * all of it. Control characters of a stranger's text are made visible, so that they cannot move the cursor. Pure.
 */
import { maskSentence } from '../masking/kinds.ts';
import type { ShownRecord } from '../requests/masks.ts';
import { paint } from './render.ts';

const around = 60;

export function diffLines(
  { no, collection, isWithheld, texts, masks }: ShownRecord,
  { isWhole, colour }: { readonly isWhole: boolean; readonly colour: boolean },
): string {
  const lines = [paint(`Record ${no} of ${collection}`, 'strong', colour)];
  if (isWithheld) lines.push('  withheld as a whole: legal advice to the company');
  for (const { path, kind, before, after } of texts) {
    const place = path.join('.');
    if (kind === 'file') lines.push(`  ${place}: a file`, `  + ${after === '' ? 'given as it is' : after}`);
    else if (isWhole || before !== after) {
      lines.push(`  ${place}`);
      const [was, is] = isWhole ? [before, after] : clipped(before, after);
      lines.push(...visible(was).map((line) => `  - ${line}`));
      if (before !== after) lines.push(...visible(is).map((line) => `  + ${line}`));
    }
  }
  for (const mask of masks) {
    const what = mask.kind === 'file' ? 'a file' : visible(mask.text).join(' ');
    lines.push(`  mask ${mask.no}: ${what} (${mask.isReleased ? 'released' : maskSentence(mask)})`);
  }
  if (masks.length === 0) lines.push('  nothing was found to mask');
  // Whoever is named in one of these was not found: only a reader can.
  const unread = isWhole ? 0 : texts.filter((one) => one.kind === 'text' && isUnmaskedText(one)).length;
  if (unread > 0)
    lines.push(`  not shown: ${unread} text(s) in which nothing is masked; read them with --record ${no}`);
  return `${lines.join('\n')}\n`;
}

const isUnmaskedText = ({ before, after }: { readonly before: string; readonly after: string }): boolean =>
  before === after && /\p{L}/u.test(before);

/** What differs, with some of what stands around it. */
function clipped(before: string, after: string): readonly [string, string] {
  let same = 0;
  while (same < before.length && before[same] === after[same]) same += 1;
  let tail = 0;
  const shorter = Math.min(before.length, after.length) - same;
  while (tail < shorter && before.at(-1 - tail) === after.at(-1 - tail)) tail += 1;
  const cut = (text: string): string => {
    const from = Math.max(0, same - around);
    const to = Math.min(text.length, text.length - tail + around);
    return `${from > 0 ? '…' : ''}${text.slice(from, to)}${to < text.length ? '…' : ''}`;
  };
  return [cut(before), cut(after)];
}

function visible(text: string): readonly string[] {
  return text.split(/\r?\n/).map((line) => line.replace(/[\p{Cc}\p{Cf}]/gu, '\ufffd'));
}
