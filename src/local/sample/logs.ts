/**
 * Three months of the sample company's access log, one gzip file of NDJSON a day, from the same seed as the account
 * database and agreeing with its sessions. Real logs are untidy: addresses stand in query strings, percent-encoded or
 * not; some lines are written with `\u` escapes, escaped slashes, spaces or another order of keys; who did not log in has
 * no user id. Pure up to {@link writeSampleLogs}, which only writes into the folder it is given.
 */
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { cast, handedOn, officeIp } from './cast.ts';
import { generateCompany } from './company.ts';
import { type Rng, sampleSeed, stream } from './prng.ts';
import type { SampleCompany, SessionRow } from './rows.ts';
import { daysBetween, instant, logsFrom, plusDays, sampleUntil } from './time.ts';

export interface LogDay {
  /** YYYY-MM-DD, in UTC. */
  readonly date: string;
  /** NDJSON lines with their newline, oldest first. */
  readonly lines: readonly string[];
}

interface LogRecord {
  readonly ts: string;
  readonly ip: string;
  readonly user_id: number | null;
  readonly session: string | null;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly bytes: number;
  readonly ua: string;
}

/** Every day from {@link logsFrom} to {@link sampleUntil}, one at a time. */
export function* generateLogs(
  seed: string = sampleSeed,
  company: SampleCompany = generateCompany(seed),
): Generator<LogDay> {
  const rng = stream(seed, 'logs');
  const sessionsOn = new Map<string, SessionRow[]>();
  for (const session of company.sessions) {
    const day = session.started_at.slice(0, 10);
    sessionsOn.set(day, [...(sessionsOn.get(day) ?? []), session]);
  }
  const emails = new Map(company.users.map((user) => [user.id, user.email]));
  const days = daysBetween(logsFrom, sampleUntil);
  for (let n = 0; n <= days; n++) {
    const date = plusDays(logsFrom, n);
    const records = [
      ...(sessionsOn.get(date) ?? []).flatMap((session) => linesOfSession(rng, session, emails)),
      ...visitors(rng, date),
      ...planted(date),
    ].sort((a, b) => (a.ts < b.ts ? -1 : a.ts > b.ts ? 1 : 0));
    yield { date, lines: records.map((record) => `${write(rng, record)}\n`) };
  }
}

/** A log-in and a few calls, all inside the session. */
function linesOfSession(rng: Rng, session: SessionRow, emails: ReadonlyMap<string, string>): LogRecord[] {
  const start = Date.parse(session.started_at);
  const end = session.ended_at === null ? start + 1_800_000 : Date.parse(session.ended_at);
  const email = addressAt(session.user_id, session.started_at, emails);
  const line = (at: number, method: string, path: string): LogRecord => ({
    ts: new Date(at).toISOString(),
    ip: session.ip,
    user_id: Number(session.user_id),
    session: session.id,
    method,
    path,
    status: rng.chance(95) ? 200 : 304,
    bytes: rng.int(120, 48_000),
    ua: session.user_agent,
  });
  const login = line(start, 'POST', `/login?email=${rng.chance(50) ? email : encodeURIComponent(email)}&next=%2Fapp`);
  const calls = Array.from({ length: rng.int(3, 9) }, () =>
    line(
      start + rng.int(1_000, Math.max(2_000, end - start)),
      rng.chance(80) ? 'GET' : 'PATCH',
      rng.pick([
        '/api/devices',
        '/api/schedules',
        '/api/playlists',
        '/api/now-playing',
        `/api/users/${session.user_id}`,
      ]),
    ),
  );
  return [login, ...calls];
}

/** Whoever held `manager@` at that moment logged in with it. */
function addressAt(userId: string, at: string, emails: ReadonlyMap<string, string>): string {
  if (at < handedOn.at) {
    if (userId === cast.managerBefore.userId) return handedOn.email;
    if (userId === cast.managerNow.userId) return 'kaisa.lill@kuukala.example';
  }
  return emails.get(userId) ?? '';
}

/** People who did not log in, some of them behind the hotel's office address. */
function visitors(rng: Rng, date: string): LogRecord[] {
  return Array.from({ length: rng.int(8, 20) }, () =>
    anonymous(
      instant(date, rng.int(0, 86_399_999)),
      rng.chance(10) ? officeIp : `198.51.100.${rng.int(1, 254)}`,
      rng.pick(['/', '/hinnad', '/kontakt', '/privaatsus', '/status?q=%C3%B5htu']),
    ),
  );
}

function anonymous(ts: string, ip: string, path: string, status = 200): LogRecord {
  return {
    ts,
    ip,
    user_id: null,
    session: null,
    method: 'GET',
    path,
    status,
    bytes: 5_120,
    ua: 'Näidisbrauser/1.0 (õ)',
  };
}

/** The lines that only a careful search finds, or that a careless one finds wrongly. */
function planted(date: string): LogRecord[] {
  switch (date) {
    case '2026-08-03':
      return [
        anonymous(
          `${date}T09:00:00.000Z`,
          '198.51.100.7',
          `/uudiskiri?email=${encodeURIComponent(cast.logsOnly.email)}`,
        ),
        anonymous(`${date}T09:00:05.000Z`, '198.51.100.7', `/uudiskiri/kinnita?e-mail=${cast.logsOnly.email}&x=1`),
      ];
    case '2026-09-14':
      return [anonymous(`${date}T19:31:00.000Z`, '198.51.100.7', `/demo?email=${cast.logsOnly.email.toUpperCase()}`)];
    case '2026-10-02':
      return [
        anonymous(`${date}T08:00:00.000Z`, '203.0.113.9', `/login?email=${cast.caseLower.email.toUpperCase()}`, 401),
        anonymous(`${date}T08:00:01.000Z`, '203.0.113.9', `/login?email=x${cast.substringShort.email}`, 401),
        anonymous(`${date}T08:00:02.000Z`, '203.0.113.9', `/login?email=${cast.plusBase.email}%2Bmuu`, 401),
      ];
    default:
      return [];
  }
}

/** One record as JSON text that means the same however untidily it is written. */
function write(rng: Rng, record: LogRecord): string {
  const entries = Object.entries(record);
  const ordered = rng.chance(10) ? entries.toReversed() : entries;
  const [colon, comma] = rng.chance(15) ? [': ', ', '] : [':', ','];
  const text = `{${ordered.map(([key, value]) => `${JSON.stringify(key)}${colon}${JSON.stringify(value)}`).join(comma)}}`;
  switch (rng.int(1, 10)) {
    case 1:
      return text.replace(/[^\p{ASCII}]/gu, escaped);
    case 2:
      return text.replace(/[@%]|[^\p{ASCII}]/gu, escaped).replaceAll('/', '\\/');
    default:
      return text;
  }
}

function escaped(character: string): string {
  let text = '';
  for (let i = 0; i < character.length; i++) text += `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`;
  return text;
}

/** SHA-256 of all lines of all days, hexadecimal. */
export function logsDigest(days: Iterable<LogDay>): string {
  const hash = createHash('sha256');
  for (const day of days) for (const line of day.lines) hash.update(line);
  return hash.digest('hex');
}

/** Name of a day's file. */
export function logFileName(date: string): string {
  return `access-${date}.ndjson.gz`;
}

const compress = promisify(gzip);

/** Writes one file a day into `dir` (made where missing) and returns their names, oldest first. */
export async function writeSampleLogs(dir: string, seed: string = sampleSeed): Promise<string[]> {
  await mkdir(dir, { recursive: true });
  const names: string[] = [];
  for (const day of generateLogs(seed)) {
    const name = logFileName(day.date);
    await writeFile(join(dir, name), await compress(day.lines.join('')));
    names.push(name);
  }
  return names;
}
