/**
 * Cuts a text into runs of digit groups (`+372 5123 4567`, `4111-1111-1111-1111`) and says what stands around them: what
 * numbers.ts then judges. One pass over the text; a run has at most a few dozen groups, what is longer is cut. Pure.
 */

export interface Group {
  readonly from: number;
  readonly to: number;
  readonly digits: string;
  /** Between the group before and this one; empty for the first. */
  readonly gap: string;
  /** A `+` stands right before it. */
  readonly isPlus: boolean;
}

const gapLimit = 3;
/** A longer number is none of anybody's. */
const digitLimit = 40;
const groupLimit = 24;

export function* digitRuns(text: string): Generator<readonly Group[]> {
  let run: Group[] = [];
  for (const { index, 0: digits } of text.matchAll(/[0-9]+/g)) {
    const to = index + digits.length;
    const last = run.at(-1);
    const gap = last === undefined ? '' : text.slice(last.to, Math.min(index, last.to + gapLimit + 1));
    const goesOn = last !== undefined && index - last.to <= gapLimit && /^[ \u00a0().+/-]+$/.test(gap);
    if (run.length > 0 && (!goesOn || run.length >= groupLimit)) {
      yield run;
      run = [];
    }
    const isPlus = text[index - 1] === '+';
    if (digits.length <= digitLimit) run.push({ from: index, to, digits, gap: run.length === 0 ? '' : gap, isPlus });
    else if (run.length > 0) {
      yield run;
      run = [];
    }
  }
  if (run.length > 0) yield run;
}

/** Words that stand before a number and say what it is: of a telephone, or of something else. The nearest one counts. */
const telephone =
  /^(?:tel|telef\w*|mob\w*|gsm|phone\w*|helista\w*|call|calls|called|calling|ring|dial|whatsapp|viber|signal|sms|faks|fax|number\w*|num\w*|cell|reach)$/;
const other =
  /^(?:tellimus\w*|arve\w*|order\w*|invoice\w*|ticket\w*|pilet\w*|viite\w*|viide|ref|reference|kliendi\w*|customer|account|konto\w*|id|serial|seeria\w*|versioon\w*|version|kood\w*|code|makse\w*|tehing\w*|transaction\w*|leping\w*|contract\w*|saadetis\w*|tracking|paki\w*|parcel|registri\w*|reg|kmkr|vat|isbn|ean|sku|build|commit|port|row|rida|rows|lk|page|artik\w*|article|toode\w*|product|po|case|issue|summa|total|kokku|device|seade\w*|seadme\w*|playlist\w*|track|job|session|seanss\w*|error|viga|pin|room|ruum|tuba|lot|partii|timestamp|ajatempel)$/;

/** What the words before a place say of a number there. */
export function contextBefore(text: string, at: number): 'telephone' | 'other' | undefined {
  const line = text.slice(Math.max(0, at - 40), at);
  const words =
    line
      .slice(line.lastIndexOf('\n') + 1)
      .toLowerCase()
      .match(/[\p{L}#]+/gu) ?? [];
  let said: 'telephone' | 'other' | undefined;
  for (const word of words.reverse().slice(0, 4)) {
    if (word === '#' || other.test(word)) return 'other';
    // "Order number": what it is the number of stands before.
    if (telephone.test(word)) {
      if (!/^num/.test(word)) return 'telephone';
      said = 'telephone';
    }
  }
  return said;
}

/** What is counted or paid, rather than dialled. */
export function isAmount(text: string, from: number, to: number): boolean {
  if (/[€$£]\s?$/.test(text.slice(Math.max(0, from - 2), from))) return true;
  return /^(?:[.,]\d|\s?(?:€|\$|£|%|eur|usd|euro|eurot|kr|tk|pcs|kg|km|ms|mb|gb|kb|rida|rows|korda|times|points|punkti|songs|lugu|plays|tundi|hours)(?![\p{L}]))/iu.test(
    text.slice(to, to + 12),
  );
}
