import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { cast, handedOn, officeIp } from './cast.ts';
import { generateCompany } from './company.ts';
import { generateLogs, logFileName, logsDigest, writeSampleLogs } from './logs.ts';

interface Line {
  readonly raw: string;
  readonly ts: string;
  readonly ip: string;
  readonly user_id: number | null;
  readonly session: string | null;
  readonly path: string;
}

const company = generateCompany();
const days = [...generateLogs()];
const lines: readonly Line[] = days.flatMap((day) => day.lines.map((raw) => ({ raw, ...JSON.parse(raw) })));
const naming = (email: string): Line[] =>
  lines.filter((line) => decodeURIComponent(line.path).toLowerCase().includes(email.toLowerCase()));

describe('the access logs of the sample company', () => {
  it('are the same on every machine and on every day: their bytes are pinned', () => {
    expect(logsDigest(days)).toBe('ab752840fc83fef61e0cb5377f56625baaf518beb49fa7b7f3b62bdb6d85ede0');
    expect(logsDigest(generateLogs())).toBe(logsDigest(days));
    expect(logsDigest(generateLogs('another'))).not.toBe(logsDigest(days));
  });

  it('cover three months without a gap, a few thousand lines, each on its own day and in order', () => {
    expect([days[0]?.date, days.at(-1)?.date, days.length]).toEqual(['2026-08-01', '2026-10-31', 92]);
    expect(lines.length).toBeGreaterThan(3_000);
    expect(lines.length).toBeLessThan(10_000);
    for (const day of days) {
      const stamps = day.lines.map((raw): string => JSON.parse(raw).ts);
      expect(stamps.every((ts) => ts.startsWith(day.date))).toBe(true);
      expect(stamps).toEqual(stamps.toSorted());
    }
  });

  it('agree with the sessions of the account database', () => {
    const sessions = new Map(company.sessions.map((session) => [session.id, session]));
    const known = lines.filter((line) => line.session !== null);
    expect(known.length).toBeGreaterThan(1_000);
    for (const line of known) {
      const session = sessions.get(line.session ?? '');
      expect([String(line.user_id), line.ip]).toEqual([session?.user_id, session?.ip]);
      expect(line.ts >= (session?.started_at ?? '~')).toBe(true);
    }
  });

  it('know the logs-only person by address alone, escaped or in another case, and the unknown person not at all', () => {
    const hers = naming(cast.logsOnly.email);
    expect(hers).toHaveLength(3);
    expect(hers.every((line) => line.user_id === null)).toBe(true);
    expect(naming(cast.unknown.email)).toEqual([]);
  });

  it('have the handed-on address used by each holder in turn', () => {
    const users = (from: string, to: string): Set<number | null> =>
      new Set(
        naming(handedOn.email)
          .filter((line) => line.ts >= from && line.ts < to)
          .map((line) => line.user_id),
      );
    expect(users('', handedOn.at)).toEqual(new Set([Number(cast.managerBefore.userId)]));
    expect(users(handedOn.at, '~')).toEqual(new Set([Number(cast.managerNow.userId)]));
  });

  it('have the office address shared by several people and by visitors without an account', () => {
    const users = new Set(lines.filter((line) => line.ip === officeIp).map((line) => line.user_id));
    for (const member of [cast.officeFirst, cast.officeSecond]) expect(users).toContain(Number(member.userId));
    expect(users).toContain(null);
  });

  it('write some values so that only a JSON reader finds them', () => {
    const subject = `user_id":${cast.sampleSubject.userId}`;
    expect(lines.some((line) => line.raw.includes('\\u0040'))).toBe(true);
    expect(lines.some((line) => line.raw.includes('\\/'))).toBe(true);
    expect(
      lines.some((line) => line.user_id === Number(cast.sampleSubject.userId) && !line.raw.includes(subject)),
    ).toBe(true);
    expect(lines.some((line) => line.raw.startsWith('{"ua"'))).toBe(true);
  });

  it('are written as one gzip file a day that reads back as generated', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'habeas-sample-logs-'));
    try {
      const names = await writeSampleLogs(dir);
      expect(names).toEqual(days.map((day) => logFileName(day.date)));
      expect((await readdir(dir)).toSorted()).toEqual(names);
      for (const day of days) {
        const text = gunzipSync(await readFile(join(dir, logFileName(day.date)))).toString('utf8');
        expect(text).toBe(day.lines.join(''));
      }
    } finally {
      await rm(dir, { recursive: true });
    }
  });
});
