/**
 * The desk between starts: a file of one line per change, appended before the change is answered, so that being killed loses
 * nothing; read and written anew, without what is gone, at the next start. A last line that was cut off counts as not there.
 */
import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { Account } from './account.ts';
import type { Change } from './store.ts';
import { kinds } from './types.ts';

interface Meta {
  readonly clock: { stoppedAtMs: number | null; offsetMs: number };
  readonly sample: string | null;
  readonly lastId: number;
}

/** One of both. */
interface Line {
  readonly meta?: Meta;
  readonly change?: Change;
}

/** Takes up what the file holds, and returns what writes down what has changed since. */
export function keeperOf(account: Account, file: string | undefined): () => void {
  if (file === undefined) return () => void account.store.takeChanged();
  if (existsSync(file)) restore(account, readFileSync(file, 'utf8'));
  account.store.takeChanged();
  const temporary = `${file}.${process.pid}.new`;
  writeFileSync(temporary, [...wholeOf(account)].join(''), { mode: 0o600 });
  renameSync(temporary, file);
  let known = account.store;
  let meta = JSON.stringify(metaOf(account));
  return () => {
    const lines: string[] = [];
    if (account.store !== known) {
      // Begun anew: what was there before is not to come back.
      known = account.store;
      known.takeChanged();
      writeFileSync(file, [...wholeOf(account)].join(''), { mode: 0o600 });
    }
    for (const change of known.takeChanged()) lines.push(lineOf({ change }));
    const now = JSON.stringify(metaOf(account));
    if (now !== meta) lines.push(lineOf({ meta: metaOf(account) }));
    meta = now;
    if (lines.length > 0) appendFileSync(file, lines.join(''));
  };
}

const lineOf = (line: Line): string => `${JSON.stringify(line)}\n`;

const metaOf = ({ clock, sample, store }: Account): Meta => ({
  clock: clock.saved(),
  sample,
  lastId: store.lastId,
});

function* wholeOf(account: Account): Generator<string> {
  yield lineOf({ meta: metaOf(account) });
  for (const kind of kinds)
    for (const object of account.store.all(kind)) yield lineOf({ change: { kind, id: object.id, object } });
}

function restore(account: Account, text: string): void {
  for (const line of text.slice(0, text.lastIndexOf('\n') + 1).split('\n')) {
    if (line === '') continue;
    const { meta, change } = JSON.parse(line) as Line;
    if (meta !== undefined) {
      account.clock.restore(meta.clock);
      account.sample = meta.sample;
      account.store.reserve(meta.lastId);
    }
    if (change === undefined) continue;
    const { kind, id, object } = change;
    if (object === null) account.store.remove(kind, id, Number.NEGATIVE_INFINITY);
    else account.store.put(kind, object, Number.NEGATIVE_INFINITY);
  }
}
