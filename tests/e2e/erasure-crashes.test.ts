/**
 * Workers that are killed with SIGKILL in the middle of an erasure, by failpoints inside the process: after the intent, after
 * the effect, after the outcome, of rows that are deleted, changed and that go on without the person, and while plan and
 * register are written. A new worker goes on, and the end is the same as without a crash, in every table and in the books.
 * Temporal finds out about a dead worker after half a minute, so the crashes happen side by side, each in its own house.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cast, workspaces } from '../../src/local/sample/cast.ts';
import { differences, invoiceSums, othersDigests, takeCopy } from '../support/before-after.ts';
import { approve, dispositionsOf, erased } from '../support/erasing.ts';
import { freshInstallation, type Installation, pick } from '../support/installation.ts';

/** Everything is done to her rows: most are deleted, her workspace is anonymised, her invoices go on without her. */
const subject = cast.soleTrader;
const person = { userId: subject.userId, workspaceId: workspaces.silversmith };

type Act = 'delete' | 'anonymise' | 'detach';
interface Crash {
  readonly point: string;
  /** Killed at the first effect of this kind; null: at this pass of the point. */
  readonly act: Act | null;
  readonly pass?: number;
}

const crashes = {
  'while the plan is written': { point: 'plan-after-row', act: null, pass: 1 },
  'while the register is written': { point: 'prepare-after-row', act: null, pass: 1 },
  'after the intent to delete rows': { point: 'erase-after-intent', act: 'delete' },
  'after deleting rows, before it is noted': { point: 'erase-after-effect', act: 'delete' },
  'after anonymising a row, before it is noted': { point: 'erase-after-effect', act: 'anonymise' },
  'after taking the person out of rows, before it is noted': { point: 'erase-after-effect', act: 'detach' },
  'after noting what was taken out': { point: 'erase-after-outcome', act: 'detach' },
} as const satisfies Readonly<Record<string, Crash>>;
type CrashName = keyof typeof crashes;
const names = Object.keys(crashes).filter((name): name is CrashName => Object.hasOwn(crashes, name));

interface End {
  readonly habeas: Installation;
  readonly requestId: string;
  readonly died: unknown;
  /** Of effects, when the worker was dead: intended and not concluded, by their kinds. */
  readonly open: readonly string[];
  readonly stateAtDeath: string;
}

const houses: Installation[] = [];
const ends = new Map<string, End>();
let calm: End;

/** The kinds of effects in the order in which they were begun. */
async function effectsOf(habeas: Installation, requestId: string) {
  const { rows } = await habeas.ledger.query(
    `SELECT e.done_at IS NULL AS open, s.collection,
       (SELECT string_agg(DISTINCT d.action, ',') FROM decisions d
        WHERE d.request_id = e.request_id AND d.round = e.round AND d.collection = s.collection
          AND d.action <> 'keep') AS act
     FROM effects e JOIN streams s USING (request_id, system_id, round, stream_no)
     WHERE e.request_id = $1 ORDER BY e.intended_at, e.stream_no, e.chunk_no`,
    [requestId],
  );
  return rows.map((row) => ({ open: row.open === true, act: String(row.act), collection: String(row.collection) }));
}

async function house(label: string): Promise<Installation> {
  const habeas = await freshInstallation(label, { erasure: true, attempts: 20 });
  houses.push(habeas);
  await takeCopy(habeas.accounts);
  return habeas;
}

const open = (habeas: Installation) => habeas.openErasure(subject.email, '--close-workspace', workspaces.silversmith);

async function withoutCrash(): Promise<End> {
  const habeas = await house('crash-none');
  await habeas.startWorker();
  const requestId = await open(habeas);
  await approve(habeas, requestId);
  await erased(habeas, requestId, 'completed');
  return { habeas, requestId, died: null, open: [], stateAtDeath: '' };
}

async function crash(name: CrashName, no: number, order: readonly { readonly act: string }[]): Promise<void> {
  const { point, act, ...more }: Crash = crashes[name];
  const pass = act === null ? more.pass : order.findIndex((effect) => effect.act === act) + 1;
  const habeas = await house(`crash-${no}`);
  const doomed = await habeas.startWorker({ failpoint: `${point}:${pass}` });
  const requestId = await open(habeas);
  if (point !== 'plan-after-row') await approve(habeas, requestId);
  const died = await within(doomed.ended, name);
  const { state } = await habeas.view(requestId);
  const effects = await effectsOf(habeas, requestId);
  await habeas.startWorker();
  if (point === 'plan-after-row') await approve(habeas, requestId);
  await erased(habeas, requestId, 'completed');
  const stillOpen = effects.filter((effect) => effect.open).map((effect) => effect.act);
  ends.set(name, { habeas, requestId, died, stateAtDeath: state, open: stillOpen });
}

/** A worker that does not die has not come to where it should. */
function within<T>(ended: Promise<T>, name: string): Promise<T> {
  const tooLong = AbortSignal.timeout(400_000);
  return Promise.race([
    ended,
    new Promise<never>((_, reject) => {
      tooLong.addEventListener('abort', () => reject(new Error(`the worker to be killed ${name} lives`)));
    }),
  ]);
}

function endOf(name: string): End {
  const end = ends.get(name);
  if (end === undefined) throw new Error(`nothing is known of the crash ${name}`);
  return end;
}

beforeAll(async () => {
  calm = await withoutCrash();
  const order = await effectsOf(calm.habeas, calm.requestId);
  await Promise.all(names.map((name, no) => crash(name, no, order)));
});
afterAll(() => Promise.all(houses.map((habeas) => habeas.close())));

describe.each(names)('a worker killed %s', (name) => {
  it('died by the failpoint, at what it is named after', () => {
    const { died, open: left, stateAtDeath } = endOf(name);
    expect(died).toEqual({ code: null, signal: 'SIGKILL' });
    const { point, act }: Crash = crashes[name];
    if (act === null) expect([stateAtDeath, left]).toEqual([point === 'plan-after-row' ? 'planned' : 'preparing', []]);
    else expect([stateAtDeath, left]).toEqual(['erasing', point === 'erase-after-outcome' ? [] : [act]]);
  });

  it('leaves every table as it is without a crash, and everybody else’s rows untouched', async () => {
    const { habeas } = endOf(name);
    expect(await differences(habeas.accounts)).toEqual(await differences(calm.habeas.accounts));
    const { before, after } = await othersDigests(habeas.accounts, person);
    expect(after).toEqual(before);
    expect(await invoiceSums(habeas.accounts, 'public')).toEqual(await invoiceSums(habeas.accounts, 'before'));
  });

  it('leaves the books as they are without a crash: what is gone under an open intent was erased by us', async () => {
    const { habeas, requestId } = endOf(name);
    const books = await dispositionsOf(habeas, requestId);
    expect(books).toEqual(await dispositionsOf(calm.habeas, calm.requestId));
    expect(books.map((one) => pick(one, 'disposition'))).not.toContain('absent');
  });

  it('leaves a register that names every kept record once, and no other object', async () => {
    const { habeas, requestId } = endOf(name);
    const { rows } = await habeas.ledger.query('SELECT object_name FROM register_entries WHERE request_id = $1', [
      requestId,
    ]);
    expect((await habeas.objects('staging')).sort()).toEqual(rows.map((row) => row.object_name).sort());
    expect(await registered(habeas)).toEqual(await registered(calm.habeas));
  });

  it('leaves an audit chain that verifies', async () => {
    expect((await endOf(name).habeas.must(['audit', 'verify', '--json'])).json).toMatchObject({ ok: true });
  });
});

async function registered(habeas: Installation): Promise<unknown> {
  const { rows } = await habeas.ledger.query(
    `SELECT collection, kind, due_on::text, sum(count)::int AS count FROM register_entries
     WHERE active_at IS NOT NULL AND count > 0 GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`,
  );
  return rows;
}

describe('without a crash', () => {
  it('all three kinds of effect are there, or the crashes would say nothing', async () => {
    const acts = (await effectsOf(calm.habeas, calm.requestId)).map(({ act }) => act);
    expect(acts).toEqual(expect.arrayContaining(['delete', 'anonymise', 'detach']));
    expect(Object.keys(await differences(calm.habeas.accounts)).length).toBeGreaterThan(10);
  });
});
