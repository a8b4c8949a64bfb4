/**
 * The sample company's three months of logs, found as `npm start` finds them: the account database tells identifiers and
 * windows, the scan goes by them. What must be found is computed from the generated lines, not by the connector.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import type { Identifier, System, SystemConfig } from '../../connectors/contract.ts';
import { postgres } from '../../connectors/postgres/index.ts';
import { s3Logs } from '../../connectors/s3-logs/index.ts';
import type { SystemId } from '../../src/ids.ts';
import { createBucket, logsBucket } from '../../src/local/s3.ts';
import { cast, handedOn, officeIp } from '../../src/local/sample/cast.ts';
import { putSampleLogs, sampleLogsPrefix } from '../../src/local/sample/load-logs.ts';
import { generateLogs } from '../../src/local/sample/logs.ts';
import { fromRoot } from '../../src/root.ts';
import { MemorySink } from '../conformance/memory-sink.ts';
import { context } from '../conformance/suite.ts';
import { freshSampleCompany } from '../support/sample-company.ts';
import { testServers } from '../support/servers.ts';

interface Line {
  readonly ts: string;
  readonly ip: string;
  readonly user_id: number | null;
  readonly path: string;
}

const lines: readonly Line[] = [...generateLogs()].flatMap((day) => day.lines.map((line): Line => JSON.parse(line)));
const mapNamed = (name: string): unknown => parse(readFileSync(fromRoot('examples', 'sample-company', name), 'utf8'));
const config = (id: string, settings: unknown, map: string): SystemConfig => ({
  id: id as SystemId,
  name: id,
  settings,
  dataMap: mapNamed(map),
  rate: {},
  concurrency: undefined,
});

describe('the sample company’s logs', () => {
  let accounts: System;
  let logs: System;

  beforeAll(async () => {
    const [{ readerUrl }, servers] = await Promise.all([freshSampleCompany('s3_logs'), testServers()]);
    // The one bucket of the run that its reader's keys are for.
    await createBucket(servers.s3, logsBucket);
    await putSampleLogs(servers.s3, logsBucket);
    accounts = postgres.open(config('account-db', { url: readerUrl }, 'account-db.map.yaml'));
    const { endpoint, region, reader } = servers.s3;
    const s3 = { ...reader, endpoint, region, bucket: logsBucket, forcePathStyle: true };
    logs = s3Logs.open(config('logs', { s3 }, 'logs.map.yaml'));
  });
  afterAll(async () => {
    await accounts.close();
    await logs.close();
  });

  /** What the account database knows of a person, windows with what it says of their exclusivity. */
  async function knownOf(email: string): Promise<readonly Identifier[]> {
    const typed: Identifier = { kind: 'email', value: email, source: 'request' };
    const input = { identifiers: [typed], accepted: [], rejected: [] };
    const { keys, learnt } = await accounts.locate(context(), input);
    const windows = learnt.filter(({ kind, from }) => kind === 'ip' && from !== undefined);
    const answers = (await accounts.exclusivity?.(context(), { keys, windows })) ?? [];
    const told = new Map(windows.map((window, i) => [window, answers[i] ?? 'unknown'] as const));
    return [
      typed,
      ...learnt.map((one) => {
        const exclusivity = told.get(one);
        return exclusivity === undefined ? one : { ...one, exclusivity };
      }),
    ];
  }

  async function scan(identifiers: readonly Identifier[]): Promise<MemorySink> {
    const { keys } = await logs.locate(context(), { identifiers, accepted: [], rejected: [] });
    const sink = new MemorySink(keys);
    await logs.read(context(), { keys, want: 'content', sink });
    return sink;
  }
  const recordsOf = (sink: MemorySink, what: 'proved' | 'candidates'): readonly Line[] =>
    sink.of(what).flatMap((stream) => stream.lines.map((line): Line => JSON.parse(line).record));
  const reasons = (sink: MemorySink) => [...new Set(sink.of('candidates').map(({ candidate }) => candidate?.reason))];
  const by = (userId: string | null) => lines.filter(({ user_id }) => String(user_id) === userId);

  it('are as the data map says, and their reader may read and no more', async () => {
    const report = await logs.check(context());
    expect(report.findings.filter(({ ok }) => !ok)).toEqual([]);
    expect(report.ok).toBe(true);
    expect(sampleLogsPrefix).toBe('access/');
  });

  it('give the sample subject every line of her account, whole, and none of a colleague’s', async () => {
    const sink = await scan(await knownOf(cast.sampleSubject.email));
    const found = recordsOf(sink, 'proved');
    const hers = by(cast.sampleSubject.userId);
    expect(hers.length).toBeGreaterThan(20);
    expect(found.filter(({ user_id }) => user_id !== null)).toEqual(hers);
    expect(found.every(({ user_id }) => user_id === null || String(user_id) === cast.sampleSubject.userId)).toBe(true);
    expect(sink.unread).toEqual({ records: 0, objects: 0 });
    // Alone on her address: nothing is left for a person to decide.
    expect(reasons(sink)).toEqual([]);
  });

  it('know the person of three lines by her address alone: two proved, one in capitals for a person to decide', async () => {
    const sink = await scan(await knownOf(cast.logsOnly.email));
    const naming = lines.filter(({ path }) => decodeURIComponent(path).toLowerCase().includes(cast.logsOnly.email));
    expect(recordsOf(sink, 'proved')).toEqual(naming.slice(0, 2));
    expect(recordsOf(sink, 'candidates')).toEqual(naming.slice(2));
    expect(sink.of('candidates').map(({ candidate }) => candidate)).toMatchObject([
      { reason: 'other-case', matchedBy: 'email', display: { lines: '1', example_1: 'GET /demo 200' } },
    ]);
  });

  it('know nothing of somebody who is nowhere', async () => {
    const sink = await scan(await knownOf(cast.unknown.email));
    expect([sink.count, sink.begun]).toEqual([0, []]);
  });

  it('never mix the people of one office: a line without an account is for a person to decide', async () => {
    for (const member of [cast.officeFirst, cast.officeSecond]) {
      const sink = await scan(await knownOf(member.email));
      const proved = recordsOf(sink, 'proved');
      expect(proved.filter(({ user_id }) => user_id !== null)).toEqual(by(member.userId));
      for (const { ip, user_id } of recordsOf(sink, 'candidates')) {
        expect(user_id).toBeNull();
        expect(ip).toBe(officeIp);
      }
    }
  });

  it('give each holder of an address that was handed on the lines of their own time', async () => {
    for (const member of [cast.managerBefore, cast.managerNow]) {
      const sink = await scan(await knownOf(member.email));
      const found = recordsOf(sink, 'proved');
      expect(found.filter(({ user_id }) => user_id !== null)).toEqual(by(member.userId));
      const typed = found.filter(({ path }) => decodeURIComponent(path).includes(handedOn.email));
      expect(typed.length).toBeGreaterThan(0);
      expect(typed.every(({ ts }) => ts < handedOn.at === (member === cast.managerBefore))).toBe(true);
      expect(recordsOf(sink, 'candidates').filter(({ user_id }) => user_id !== null)).toEqual([]);
    }
  });

  it('keep addresses apart that are near one another', async () => {
    for (const member of [cast.plusBase, cast.plusMusic, cast.plusInvoices, cast.substringShort, cast.substringLong]) {
      const sink = await scan(await knownOf(member.email));
      expect(recordsOf(sink, 'proved').filter(({ user_id }) => user_id !== null)).toEqual(by(member.userId));
    }
    const lower = await scan(await knownOf(cast.caseLower.email));
    expect(recordsOf(lower, 'proved').filter(({ path }) => path.includes(cast.caseLower.email.toUpperCase()))).toEqual(
      [],
    );
    expect(reasons(lower)).toContain('other-case');
  });
});
