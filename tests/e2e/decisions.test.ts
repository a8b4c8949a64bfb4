/**
 * Decisions are made by named people who sign them. One by a key nobody configured, by somebody without the role, by the
 * same person twice, or one that was changed afterwards has no effect: the command refuses with a code, and the ledger
 * holds exactly what it held before.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { cast } from '../../src/local/sample/cast.ts';
import { freshInstallation, type Installation, pick } from '../support/installation.ts';
import { eventually } from '../support/servers.ts';

let habeas: Installation;
let requestId: string;
let task: string;

beforeAll(async () => {
  habeas = await freshInstallation('decisions', { approvals: { candidate: 2 } });
  await habeas.startWorker();
  requestId = await habeas.openVerified(cast.caseLower.email);
  const waiting = await habeas.waitFor(
    requestId,
    ({ state, tasks }) => state === 'needs_decision' && tasks.some(({ kind }) => kind === 'candidate'),
  );
  task = waiting.tasks[0]?.id ?? '';
});
afterAll(() => habeas?.close());

/** Row counts of everything a decision could have written, when nothing that was decided before is on its way any more. */
async function ledgerCounts() {
  await eventually(async () => {
    const { rows } = await habeas.ledger.query(
      `SELECT (SELECT count(*) FROM requests WHERE woken_seq < seq)
            + (SELECT count(*) FROM people_decisions WHERE effect IS NULL) AS open`,
    );
    return Number(rows[0].open) === 0;
  });
  const tables = ['people_decisions', 'audit', 'sealed_objects', 'tasks', 'requests'];
  const sums = tables.map((name) => `(SELECT count(*) FROM ${name}) AS ${name}`).join(', ');
  const { rows } = await habeas.ledger.query(`SELECT ${sums}, (SELECT sum(seq) FROM requests) AS seq`);
  return rows[0];
}

const accept = () => ['tasks', 'answer', task, '--answer', 'accept', '--reason', 'The same handwriting'];
const errorCode = (run: { json: unknown }) => pick(run.json, 'error', 'code');

describe('a decision is refused, and nothing is written', () => {
  let before: unknown;
  beforeEach(async () => {
    before = await ledgerCounts();
  });

  async function expectRefused(args: readonly string[], code: string): Promise<void> {
    const run = await habeas.cli([...args, '--json']);
    expect([run.code, errorCode(run)]).toEqual([5, code]);
    expect(run.stderr).toContain(code);
    expect(await ledgerCounts()).toEqual(before);
  }

  it('from a person nobody configured', () =>
    expectRefused([...accept(), '--as', 'stranger', '--key', habeas.keyFile('stranger')], 'person-unknown'));

  it("under a colleague's name with one's own key", () =>
    expectRefused([...accept(), '--as', 'officer', '--key', habeas.keyFile('stranger')], 'person-key'));

  it("with another configured person's key", () =>
    expectRefused([...accept(), '--as', 'officer', '--key', habeas.keyFile('second-officer')], 'person-key'));

  it.each(['agent', 'engineer'] as const)('from the %s, whose role may not decide this', (name) =>
    expectRefused([...accept(), '--as', name, '--key', habeas.keyFile(name)], 'person-role'),
  );

  it('from nobody', () => expectRefused(accept(), 'person-needed'));

  it('without a reason', () =>
    expectRefused(
      [
        'tasks',
        'answer',
        task,
        '--answer',
        'accept',
        '--reason',
        ' ',
        '--as',
        'officer',
        '--key',
        habeas.keyFile('officer'),
      ],
      'reason-needed',
    ));

  it('with an answer that the task does not have', () =>
    expectRefused(
      [
        'tasks',
        'answer',
        task,
        '--answer',
        'verified',
        '--reason',
        'By mistake',
        '--as',
        'officer',
        '--key',
        habeas.keyFile('officer'),
      ],
      'answer-not-allowed',
    ));

  it('about the identity from somebody who only keeps systems running', async () => {
    const request = await habeas.open('--email', cast.emoji.email);
    await habeas.waitForState(request, 'identity');
    before = await ledgerCounts();
    await expectRefused(
      [
        ...['requests', 'identity', request, 'verified', '--method', 'logged-in', '--contact', cast.emoji.email],
        ...['--as', 'engineer', '--key', habeas.keyFile('engineer')],
      ],
      'person-role',
    );
  });
});

describe('where two people are asked for', () => {
  it('one voice has no effect, the same person twice is refused, and the second person settles it', async () => {
    const first = await habeas.must([...accept(), '--json'], 'officer');
    expect(first.json).toMatchObject({ settled: false, peopleStillNeeded: 1 });
    const before = await ledgerCounts();
    const again = await habeas.cli([...accept(), '--json'], 'officer');
    expect([again.code, errorCode(again)]).toEqual([5, 'person-twice']);
    expect(await ledgerCounts()).toEqual(before);
    const waiting = await habeas.view(requestId);
    expect(waiting).toMatchObject({ state: 'needs_decision', tasks: [{ id: task }] });
    expect(await habeas.objects('staging')).toEqual([]);

    const second = await habeas.must([...accept(), '--json'], 'second-officer');
    expect(second.json).toMatchObject({ settled: true, peopleStillNeeded: 0 });
    await habeas.waitForState(requestId, 'completed');
    const zip = await habeas.mailedPackage(cast.caseLower.email);
    expect(
      zip
        .records('account-db', 'users')
        .map(({ id }) => String(id))
        .sort(),
    ).toEqual(['1020', '1021']);

    const late = await habeas.cli([...accept(), '--json'], 'officer');
    expect(late.code).toBe(5);
    expect(['task-closed', 'state-final']).toContain(errorCode(late));
  });
});

describe('a decision that was changed in the ledger afterwards', () => {
  it('shows: the audit does not verify, and names the request', async () => {
    expect((await habeas.must(['audit', 'verify', '--json'])).json).toMatchObject({ ok: true });
    const { rows } = await habeas.ledger.query(
      `SELECT id, signature, statement FROM people_decisions WHERE request_id = $1 AND task_id = $2 LIMIT 1`,
      [requestId, task],
    );
    const [decision] = rows;
    const set = (column: 'signature' | 'statement', value: string) =>
      habeas.ledger.query(`UPDATE people_decisions SET ${column} = $2 WHERE id = $1`, [decision.id, value]);
    for (const [column, forged] of [
      ['signature', Buffer.alloc(64, 7).toString('base64')],
      ['statement', String(decision.statement).replace('"accept"', '"reject"')],
    ] as const) {
      expect(forged).not.toBe(decision[column]);
      await set(column, forged);
      const run = await habeas.cli(['audit', 'verify', '--json']);
      expect(run.code).toBe(6);
      expect(run.stdout).toContain(requestId);
      await set(column, decision[column]);
    }
    expect((await habeas.must(['audit', 'verify', '--json'])).json).toMatchObject({ ok: true });
  });
});
