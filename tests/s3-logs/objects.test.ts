/**
 * What objects in a bucket can be besides well: damaged, cut off, gone, laid away, in no order, of another log. What can be
 * read is read once and counted; what cannot is counted, the same after an interruption; and nothing is read twice.
 */
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Identifier } from '../../connectors/contract.ts';
import { s3Logs } from '../../connectors/s3-logs/index.ts';
import { MemorySink, type SinkOptions } from '../conformance/memory-sink.ts';
import { type LogsWorld, start } from '../conformance/s3-logs.fixture.ts';
import { context, errorOf } from '../conformance/suite.ts';

const day = '2026-10-02';
const me: Identifier = { kind: 'user_id', value: '1001', source: 'request' };
const line = (n: number, more: object = {}): string =>
  JSON.stringify({ ts: `${day}T10:00:00Z`, user_id: 1001, ip: '-', path: '/', body: `n${n}`, colour: 'red', ...more });
const text = (...lines: readonly string[]): Buffer => Buffer.from(lines.map((one) => `${one}\n`).join(''));

describe('objects of a log', () => {
  let world: LogsWorld;
  beforeAll(async () => {
    world = await start();
  });
  afterEach(() => world.faults.mend());
  afterAll(() => world.stop());

  async function scan(options: SinkOptions = {}, system = world.system, identifiers = [me]): Promise<MemorySink> {
    const { keys } = await system.locate(context(), { identifiers, accepted: [], rejected: [] });
    const sink = new MemorySink(keys, options);
    await system.read(context(), { keys, want: 'content', begun: sink.begun, sink });
    return sink;
  }
  const bodies = (sink: MemorySink): readonly string[] =>
    sink.lines('access').map((one): string => JSON.parse(one).record.body);

  it('are read as far as they go: broken lines and broken objects are counted, and the rest is read', async () => {
    const packed = gzipSync(
      text(...Array.from({ length: 9_000 }, (_, n) => line(100 + (n % 7), { colour: String(n * 7919) }))),
    );
    const half = Math.floor(packed.length / 2);
    const [cutOff, damaged] = [packed.subarray(0, half), Buffer.from(packed)];
    damaged.fill(0, damaged.length - 8, damaged.length - 4);
    await world.put('access/1', text(line(1), '{"user_id":1001', 'not json', line(2), '[1001]'));
    await world.put('access/2', cutOff);
    await world.put('access/3', damaged);
    await world.put('access/4', Buffer.concat([gzipSync(text(line(3))), gzipSync(text(line(4)))]));
    await world.put('access/5', Buffer.alloc(0));
    await world.put('access/6', text(line(5, { user_id: undefined }).replace('{', '{"user_id":1001,"user_id":1004,')));
    await world.put('access/7', Buffer.from(`\uFEFF${line(6)}`));
    const sink = await scan();
    expect(sink.unread).toEqual({ records: 4, objects: 2 });
    expect(JSON.parse(sink.lines('access')[0] ?? '').by).toEqual([
      ['kind', 'user_id'],
      ['value', '1001'],
    ]);
    const found = bodies(sink);
    expect(found.slice(0, 2)).toEqual(['n1', 'n2']);
    expect(found.slice(-3)).toEqual(['n3', 'n4', 'n6']);
    expect(found.length).toBeGreaterThan(1_000);
    expect(found.length).toBeLessThan(18_005);

    let stopped = 0;
    for (const stopAt of [1, 2, found.length - 1, found.length]) {
      let passed = 0;
      const resumed = new MemorySink((await scanKeys()).keys, {
        onEntry: () => {
          passed += 1;
          if (passed === stopAt && stopped++ >= 0) throw new Error('interrupted');
        },
      });
      const input = async () => ({
        ...(await scanKeys()),
        want: 'content' as const,
        begun: resumed.begun,
        sink: resumed,
      });
      await errorOf(world.system.read(context(), await input()));
      passed = stopAt + 1;
      await world.system.read(context(), await input());
      expect(resumed.unread).toEqual(sink.unread);
      expect(resumed.lines().join('') === sink.lines().join('')).toBe(true);
    }
  });
  const scanKeys = async () => {
    const { keys } = await world.system.locate(context(), { identifiers: [me], accepted: [], rejected: [] });
    return { keys };
  };

  it('that are gone or laid away when their turn comes are counted, and end nothing', async () => {
    const whole = await scan();
    world.front.lists = undefined;
    world.front.vanishes = ({ path }) => path.endsWith('/access/4');
    const without = await scan();
    expect(without.unread.objects).toBe(whole.unread.objects + 1);
    expect(bodies(without).includes('n3')).toBe(false);
    world.front.vanishes = undefined;
  });

  it('of another log, shown by a server that ignores the prefix, end the reading', async () => {
    await world.faults.ignoresFilter();
    const sink = new MemorySink([]);
    const { keys } = await scanKeys();
    const error = await errorOf(world.system.read(context(), { keys, want: 'content', sink }));
    expect(error).toMatchObject({ code: 'record-mismatch' });
  });

  it('are read once each in whatever order the server lists them, and after an interruption, too', async () => {
    const names = ['a/1', 'a-1', 'a.1', 'ä', 'A', 'z', '🎵', '\uFF5E'];
    for (const name of names) await world.put(`access/order/${name}`, text(line(7)));
    const sink = await scan();
    const read = sink.lines('access').map((one): string => JSON.parse(one).key[0][1]);
    const ordered = read.filter((key) => key.startsWith('access/order/'));
    expect(ordered).toEqual(names.map((name) => `access/order/${name}`).sort());
    const { keys } = await scanKeys();
    let passed = 0;
    const resumed = new MemorySink(keys, {
      onEntry: () => {
        passed += 1;
        if (passed === read.length - 3) throw new Error('interrupted');
      },
    });
    const input = () => ({ keys, want: 'content' as const, begun: resumed.begun, sink: resumed });
    await errorOf(world.system.read(context(), input()));
    await world.system.read(context(), input());
    expect(resumed.lines().join('') === sink.lines().join('')).toBe(true);
  });

  it('are read again from the first one whose lines a stream had not committed, whatever others had', async () => {
    const ip: Identifier = {
      ...{ kind: 'ip', value: '198.51.100.8', source: 'db', exclusivity: 'shared' },
      ...{ from: `${day}T09:00:00Z`, to: `${day}T11:00:00Z` },
    };
    const [mine, maybe] = [(n: number) => line(n, { user_id: 2002 }), { user_id: null, ip: ip.value }];
    for (const [no, lines] of [[mine(1)], [line(2, maybe)], [mine(3)], [line(4, maybe), mine(5)]].entries())
      await world.put(`access/streams/${no}`, text(...lines));
    const identifiers = [{ ...me, value: '2002' }, ip];
    const { keys } = await world.system.locate(context(), { identifiers, accepted: [], rejected: [] });
    for (const stopAt of [2, 3, 4, 5]) {
      let passed = 0;
      const sink = new MemorySink(keys, {
        commitEvery: ({ isCandidate }) => (isCandidate === true ? 1 : 3),
        onEntry: () => {
          passed += 1;
          if (passed === stopAt) throw new Error('interrupted');
        },
      });
      const input = () => ({ keys, want: 'content' as const, begun: sink.begun, sink });
      await errorOf(world.system.read(context(), input()));
      passed = 9;
      await world.system.read(context(), input());
      expect([...bodies(sink)].sort()).toEqual(['n1', 'n2', 'n3', 'n4', 'n5']);
      expect(sink.of('candidates').map(({ candidate }) => candidate?.display.lines)).toEqual(['2']);
    }
  });

  it('that came since a question was asked are not answered for with it: the question is another then, else the same', async () => {
    const ip: Identifier = {
      ...{ kind: 'ip', value: '198.51.100.10', source: 'db', exclusivity: 'unknown' },
      from: `${day}T09:00:00Z`,
    };
    const maybe = (n: number, at: string) => line(n, { user_id: null, ip: ip.value, ts: `${day}T${at}Z` });
    const questions = async () =>
      (await scan({}, world.system, [ip])).of('candidates').map(({ candidate }) => JSON.stringify(candidate?.ref));
    await world.put('access/grows/1', text(maybe(1, '10:00:00'), maybe(2, '10:05:00')));
    const first = await questions();
    expect(first).toHaveLength(1);
    await world.put('access/grows/2', text(line(3)));
    expect(await questions()).toEqual(first);
    await world.put('access/grows/3', text(maybe(4, '10:03:00')));
    const second = await questions();
    expect(second).toHaveLength(1);
    expect(second).not.toEqual(first);
  });

  it('with a field that nobody declared end the reading with its name, in a line of the person and in no other', async () => {
    const someone = { ...me, value: '3003' };
    await world.put('access/declared/1', text(line(1, { user_id: 3003 }), line(2, { user_id: 4004, shoe_size: 44 })));
    expect(bodies(await scan({}, world.system, [someone]))).toEqual(['n1']);
    const error = await errorOf(scan({}, world.system, [{ ...me, value: '4004' }]));
    expect(error).toMatchObject({ code: 'system-schema-undeclared', where: 'access.shoe_size' });
    await world.put('access/declared/2', text(line(3, { user_id: 3003, 'mari@example.ee': 1 })));
    const other = await errorOf(scan({}, world.system, [someone]));
    expect(other).toMatchObject({ code: 'system-schema-undeclared', where: 'access.(other)' });
  });

  it('are not read where no window of the person comes near their day', async () => {
    await world.put(`access/${day}-0001`, text(line(8, { user_id: null, ip: '198.51.100.9' })));
    await world.put('access/2026-06-01-0001', text(line(9)));
    const ip: Identifier = {
      ...{ kind: 'ip', value: '198.51.100.9', source: 'db', exclusivity: 'sole' },
      ...{ from: `${day}T09:00:00Z`, to: `${day}T11:00:00Z` },
    };
    world.front.calls.length = 0;
    const sink = await scan({}, world.system, [ip]);
    expect(bodies(sink)).toEqual(['n8']);
    const read = world.front.calls.filter(({ isListing }) => !isListing).map(({ path }) => path);
    expect(read.some((path) => path.endsWith(`/${day}-0001`))).toBe(true);
    expect(read.some((path) => path.endsWith('/2026-06-01-0001'))).toBe(false);
    // A log that no identifier of the person can stand in is not even listed.
    expect(world.front.calls.some(({ path }) => path.includes('/audit/'))).toBe(false);
  });

  it('with longer lines than allowed are counted, and the next line is found', async () => {
    await world.put('access/8', text(line(1, { body: 'x'.repeat(5_000) }), line(10)));
    const short = s3Logs.open({ ...world.config, settings: { ...settingsOf(world), maxLineBytes: 4_096 } });
    const [all, some] = [await scan(), await scan({}, short)];
    expect(some.unread.records).toBe(all.unread.records + 1);
    expect(bodies(some)).toContain('n10');
    await short.close();
  });
  const settingsOf = ({ config }: LogsWorld): object =>
    typeof config.settings === 'object' ? { ...config.settings } : {};

  it('are read no faster than the configured cap, counted as stored', async () => {
    await world.put('access/9', text(line(1, { body: 'y'.repeat(60_000) })));
    const capped = s3Logs.open({ ...world.config, settings: { ...settingsOf(world), bytesPerSecond: 400_000 } });
    const at = performance.now();
    const sink = await scan({}, capped);
    const bytes = 60_000;
    expect(performance.now() - at).toBeGreaterThan((bytes / 400_000) * 1_000 * 0.9);
    expect(bodies(sink)).toEqual(bodies(await scan()));
    await capped.close();
  });

  it('that are throttled are waited for, and named as the system’s trouble where it lasts', async () => {
    let refusals = 0;
    world.front.refuses = ({ isListing }) => (!isListing && refusals++ < 1 ? 'SlowDown' : undefined);
    await scan();
    world.front.refuses = ({ isListing }) => (isListing ? undefined : 'SlowDown');
    expect(await errorOf(scan({}, world.impatient))).toMatchObject({ code: 'system-unreachable', retryable: true });
  });

  it('are looked at by `check`: a field the map forgot, a time that is none, a key that may write', async () => {
    const ok = await world.system.check(context());
    const codes = ok.findings.filter((finding) => !finding.ok);
    expect(codes.map(({ code, where }) => `${code} ${where?.split(': ')[1]}`)).toEqual([
      'system-schema-drift no object',
    ]);
    await world.put('audit/new.gz', gzipSync(text('{"user_id":1,"ts":"soon","body":"","secret":"x"}')));
    const found = (await world.system.check(context())).findings.filter((finding) => !finding.ok);
    expect(found.map(({ code, where }) => `${code} ${where?.split(': ')[1]}`)).toEqual([
      'system-schema-drift ts is no time',
      'system-schema-undeclared secret',
    ]);
    world.front.mayWrite = true;
    const writing = (await world.system.check(context())).findings.filter(({ what }) => what === 'read-only');
    expect(writing.map(({ code }) => code)).toEqual(['system-not-read-only', 'system-not-read-only']);
    world.front.mayWrite = false;
  });

  it('are never changed by `check` or a reading', async () => {
    const writes = world.front.calls.filter(({ method }) => method !== 'GET');
    expect(writes.every(({ method, path }) => method === 'PUT' && path.includes('habeas-check-'))).toBe(true);
    const sink = await scan();
    expect(sink.lines().some((one) => one.includes('habeas-check'))).toBe(false);
  });
});
