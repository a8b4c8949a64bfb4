/**
 * Owns the log files of the logs bench: lines of an access log of a million people, made without randomness, gzipped into
 * files of a cache folder (`.habeas/bench-cache/`) that later runs use again. About 320 bytes a line; one line in 60 has a
 * backslash, one in 20 letters beyond ASCII, one in 50 an e-mail address in its query string, one in ten nobody's name.
 * One person in a hundred is a subject, so about one line in a hundred is a hit when all 10,000 are looked for.
 */
import { createWriteStream, existsSync, readFileSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { FieldRule, Needle } from '../connectors/s3-logs/finder.ts';
import { fromRoot } from '../src/root.ts';

/** Changes when the lines do. */
const edition = 2;
const fileBytes = 50_000_000;
const people = 1_000_000;
export const subjects = 10_000;
/** The subject who is looked for alone; one line in two thousand is theirs. */
const first = 7;

export interface LogFiles {
  readonly files: readonly string[];
  readonly bytes: number;
  readonly gzipBytes: number;
  readonly lines: number;
  /** Lines of the first subject, and of all of them. */
  readonly linesOfOne: number;
  readonly linesOfAll: number;
}

export const logRules: readonly FieldRule[] = [
  { path: ['user', 'id'], kind: 'user_id', as: 'value' },
  { path: ['user', 'email'], kind: 'email', as: 'value' },
  { path: ['ip'], kind: 'ip', as: 'value' },
  { path: ['request', 'path'], kind: 'email', as: { query: ['email'] } },
];

const emailOf = (person: number): string => `mari.tamm+${person.toString(36)}@example.com`;
const ipOf = (person: number): string => `10.${(person >> 16) & 255}.${(person >> 8) & 255}.${person & 255}`;
const isSubject = (person: number): boolean => person % (people / subjects) === first;

/** Number, address and IP address of the first `count` subjects. */
export function needlesOf(count: number): readonly Needle[] {
  return Array.from({ length: count }, (_, no) => first + (no * people) / subjects).flatMap((person) => [
    { kind: 'user_id', value: String(person) },
    { kind: 'email', value: emailOf(person), foldCase: true },
    { kind: 'ip', value: ipOf(person) },
  ]);
}

const agents = [
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148',
  'okhttp/5.1.0',
];

/** xorshift32: the same numbers in every run. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

interface Counted {
  bytes: number;
  lines: number;
  linesOfOne: number;
  linesOfAll: number;
}

function* lines(bytes: number, seed: number, counted: Counted): Generator<Buffer> {
  const next = numbers(seed);
  let made = 0;
  while (made < bytes) {
    const part: string[] = [];
    for (let i = 0; i < 1_000; i++) {
      const no = counted.lines;
      const person = next() % 2_000 === 0 ? first : next() % people;
      const isNamed = next() % 10 !== 0;
      const inQuery = no % 50 === 3;
      counted.lines += 1;
      if ((isNamed || inQuery) && person === first) counted.linesOfOne += 1;
      if ((isNamed || inQuery) && isSubject(person)) counted.linesOfAll += 1;
      const path = inQuery
        ? `/reset?lang=et&email=${encodeURIComponent(emailOf(person))}`
        : `/api/v2/tracks/${next() % 100_000}?limit=20&page=${next() % 40}`;
      const user = isNamed
        ? `,"ip":"${ipOf(person)}","user":{"id":${person},"email":"${emailOf(person)}"}`
        : `,"ip":"192.0.2.${next() % 256}"`;
      const note = no % 60 === 7 ? ',"note":"said \\"no\\"\\n"' : no % 20 === 5 ? ',"note":"õhtu kaja"' : '';
      const time = new Date(1_767_225_600_000 + no * 137).toISOString();
      part.push(
        `{"time":"${time}","level":"info","request":{"id":"${next().toString(16)}${next().toString(16)}","method":"GET","path":"${path}"},"status":${next() % 9 === 0 ? 404 : 200},"ms":${next() % 900}${user},"agent":"${agents[next() % 3]}"${note}}\n`,
      );
    }
    const buffer = Buffer.from(part.join(''));
    made += buffer.length;
    counted.bytes += buffer.length;
    yield buffer;
  }
}

/** `fileCount` files of 50 MB each, uncompressed. */
export async function logFiles(fileCount: number, say: (line: string) => void): Promise<LogFiles> {
  const folder = fromRoot('.habeas', 'bench-cache', `logs-${edition}-${fileCount}`);
  const told = join(folder, 'files.json');
  if (!existsSync(told)) {
    say(`logs: making ${fileCount} files in ${folder}`);
    const making = `${folder}-${process.pid}`;
    await mkdir(making, { recursive: true });
    const counted: Counted = { bytes: 0, lines: 0, linesOfOne: 0, linesOfAll: 0 };
    const files: string[] = [];
    let gzipBytes = 0;
    for (let no = 0; no < fileCount; no++) {
      const name = `part-${no}.ndjson.gz`;
      const out = createWriteStream(join(making, name));
      await pipeline(Readable.from(lines(fileBytes, no + 1, counted)), createGzip({ chunkSize: 1 << 18 }), out);
      gzipBytes += out.bytesWritten;
      files.push(join(folder, name));
    }
    await writeFile(join(making, 'files.json'), JSON.stringify({ files, gzipBytes, ...counted }));
    await rm(folder, { recursive: true, force: true });
    await rename(making, folder);
  }
  const read: LogFiles = JSON.parse(readFileSync(told, 'utf8'));
  return read;
}
