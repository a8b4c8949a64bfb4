/** A system that is scanned once: what it only proposes waits for a person, and is given out or left out without another scan. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { ExclusivityInput, Identifier, System } from '../../connectors/contract.ts';
import type { RequestId } from '../../src/ids.ts';
import { answer } from '../../src/requests/index.ts';
import { historyJson, historyOf, historyText } from '../support/history.ts';
import { leaks, type Place } from '../support/leaks.ts';
import { PackageFile } from '../support/package-file.ts';
import { type LogLine, ScanningSystem } from '../support/scanning-system.ts';
import { FakeSystem } from './fake-system.ts';
import { newWorld, type World } from './world.ts';

const cafe = '198.51.100.77';
const hotel = '203.0.113.99';
const member = 'u-marker-9';
const anna = { id: 'acc-anna', proofs: { email: 'anna.marker@example.ee' }, teaches: { user_id: member }, rows: 1 };
const windows: readonly Identifier[] = [
  { kind: 'ip', value: cafe, source: 'account-db', from: '2026-05-01T08:00:00Z', to: '2026-05-01T09:00:00Z' },
  { kind: 'ip', value: hotel, source: 'account-db', from: '2026-06-01T08:00:00.25Z', to: '2026-06-02T08:00:00Z' },
  { kind: 'ip', value: cafe, source: 'account-db', from: '2026-07-01T08:00:00Z', to: '2026-07-01T09:00:00Z' },
];
const textOf = (who: string, no: number) => `secret ${who} line ${no}`;
const lines: readonly LogLine[] = Array.from({ length: 40 }, (_, no): LogLine => {
  if (no % 2 === 0) return { kind: 'user_id', value: member, text: textOf('own', no) };
  const [value, who] = no % 3 === 0 ? [hotel, 'hotel'] : [cafe, 'cafe'];
  return { kind: 'ip', value, text: textOf(who, no) };
});
const countOf = (value: string) => lines.filter((one) => one.value === value).length;

describe('a system that is scanned', () => {
  let world: World;
  const fake = new FakeSystem({ needs: ['email'], gives: ['user_id', 'ip'], accounts: [anna] });
  const asked: ExclusivityInput[] = [];
  const accounts: System = {
    manifest: { ...fake.manifest, exclusivity: ['ip'] },
    collections: fake.collections,
    check: () => fake.check(),
    locate: async (context, input) => {
      const result = await fake.locate(context, input);
      return { ...result, learnt: [...result.learnt, ...windows] };
    },
    exclusivity: async (_context, input) => {
      asked.push(input);
      return input.windows.map(({ value, from }) => {
        if (value === hotel) return 'shared';
        return from?.startsWith('2026-05') ? 'sole' : 'unknown';
      });
    },
    read: (context, input) => fake.read(context, input),
    close: () => fake.close(),
  };
  const log = new ScanningSystem(lines);

  beforeAll(async () => {
    world = await newWorld('wf-scan', { systems: { 'account-db': accounts, billing: log } });
    await world.work();
  });
  afterAll(() => world.close());
  beforeEach(() => {
    log.calls.length = 0;
    asked.length = 0;
  });

  const waiting = () =>
    world.open().then(async (id) => ({
      id,
      shown: await world.shows(
        id,
        ({ state, systems }) => state === 'needs_decision' && systems.every((one) => one.state !== 'running'),
      ),
    }));
  /** Answers the question about each place. */
  const decide = async (id: RequestId, words: Readonly<Record<string, 'accept' | 'reject'>>) => {
    const rows = await world.deps.ledger.db
      .selectFrom('streams')
      .select(['task_id', 'found'])
      .where('request_id', '=', id)
      .where('is_candidate', '=', true)
      .execute();
    for (const [value, word] of Object.entries(words)) {
      const taskId = rows.find((row) => row.found === countOf(value))?.task_id;
      if (taskId == null) throw new Error('no question about this place');
      const signedBy = world.ledger.people.officer;
      await answer(world.deps, { taskId, answer: word, reason: 'known to the team', signedBy });
    }
  };
  const packageOf = async (id: RequestId) => {
    const { object_name: name } = await world.deps.ledger.db
      .selectFrom('packages')
      .select('object_name')
      .where('request_id', '=', id)
      .executeTakeFirstOrThrow();
    return PackageFile.read(await world.deps.storage.get(world.bucket, name));
  };
  const holds = (file: PackageFile, who: string) => lines.some((_, no) => file.whereIs(textOf(who, no)).length > 0);

  it('is told the windows of every place and who else was there, and is read once', async () => {
    const { id, shown } = await waiting();
    expect(asked.at(-1)?.windows).toEqual(windows);
    expect(asked.at(-1)?.keys).toEqual([expect.objectContaining({ collection: 'accounts', key: [['id', anna.id]] })]);
    const places = log.told.filter(({ kind }) => kind === 'ip');
    expect(places.map(({ value, from, exclusivity }) => [value, from, exclusivity])).toEqual([
      [cafe, windows[0]?.from, 'sole'],
      [hotel, windows[1]?.from, 'shared'],
      [cafe, windows[2]?.from, 'unknown'],
    ]);
    expect(shown.systems[1]).toMatchObject({
      state: 'waiting',
      stage: 'read',
      found: countOf(member),
      candidates: countOf(cafe) + countOf(hotel),
      unreadable: { records: 2, objects: 1 },
    });
    expect(shown.packages).toEqual([]);
    expect(shown.tasks.filter(({ kind }) => kind === 'candidate')).toHaveLength(2);

    await decide(id, { [cafe]: 'accept', [hotel]: 'reject' });
    const done = await world.shows(id, ({ state }) => state === 'completed');
    expect(done.systems[1]).toMatchObject({
      state: 'done',
      found: countOf(member) + countOf(cafe),
      exported: countOf(member) + countOf(cafe),
      candidates: 0,
    });
    expect(log.calls.filter((call) => call === 'read')).toHaveLength(1);
    const file = await packageOf(id);
    expect(['own', 'cafe', 'hotel'].map((who) => holds(file, who))).toEqual([true, true, false]);
  });

  it('gives out nothing that was rejected, and the books balance without it', async () => {
    const { id } = await waiting();
    await decide(id, { [cafe]: 'reject', [hotel]: 'reject' });
    const done = await world.shows(id, ({ state }) => state === 'completed');
    expect(done.systems[1]).toMatchObject({ found: countOf(member), exported: countOf(member), candidates: 0 });
    const file = await packageOf(id);
    expect(['own', 'cafe', 'hotel'].map((who) => holds(file, who))).toEqual([true, false, false]);
  });

  it('puts no place and no line where it could be read, while people decide', async () => {
    const { id } = await waiting();
    const history = await historyOf(world.deps.config.temporal, id);
    const places: Place[] = [
      { where: 'history', content: Buffer.from(historyText(history)) },
      { where: 'history as JSON', content: Buffer.from(historyJson(history)) },
    ];
    const { rows } = await world.ledger.asOwner(
      `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname = 'public'`,
    );
    for (const { name } of rows) {
      const dumped = await world.ledger.asOwner(`select row_to_json(t)::text as line from ${name} t`);
      places.push({ where: name, content: Buffer.from(dumped.rows.map(({ line }) => line).join('\n')) });
    }
    const staged: string[] = [];
    for await (const { name } of world.deps.storage.list(world.bucket, `staging/${id}/`)) staged.push(name);
    expect(staged.length).toBeGreaterThan(1);
    places.push({ where: 'object names', content: Buffer.from(staged.join('\n')) });
    for (const name of staged)
      places.push({ where: 'staged bytes', content: await world.deps.storage.get(world.bucket, name) });
    expect(rows.length).toBeGreaterThan(10);
    expect(
      leaks(places, [cafe, hotel, member, 'anna.marker', textOf('own', 0), 'secret hotel', 'secret cafe']),
    ).toEqual([]);
  });
});
