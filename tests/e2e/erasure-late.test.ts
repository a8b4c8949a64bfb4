/**
 * Live traffic while somebody is erased: what it writes before the erasing begins is no part of the approved plan and is
 * erased in a second round, after a second approval; what it writes later is a new relationship, which is left alone and
 * reported. Each moment is held by a lock in the ledger.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cast } from '../../src/local/sample/cast.ts';
import { stillNaming, takeCopy } from '../support/before-after.ts';
import { approve, countsOf, erased, plannedFor } from '../support/erasing.ts';
import { freshInstallation, type Installation, pick } from '../support/installation.ts';
import { heldAt } from '../support/ledger-gate.ts';

let habeas: Installation;
beforeAll(async () => {
  habeas = await freshInstallation('late', { erasure: true, attempts: 2 });
  await takeCopy(habeas.accounts);
  await habeas.startWorker();
});
afterAll(() => habeas?.close());

/** Logs in, now. */
async function logIn(userId: string): Promise<string> {
  const id = randomUUID();
  await habeas.accounts.query(`INSERT INTO sessions VALUES ($1, $2, '192.0.2.7', 'Firefox', clock_timestamp(), NULL)`, [
    id,
    userId,
  ]);
  return id;
}

async function isThere(session: string): Promise<boolean> {
  return (await habeas.accounts.query('SELECT FROM sessions WHERE id = $1', [session])).rowCount === 1;
}

describe('a log-in between the approval and the erasing', () => {
  const { email, userId } = cast.colleague;
  let requestId: string;
  let session: string;

  it('is untouched by what was approved, and is planned by itself', async () => {
    requestId = await habeas.openErasure(email);
    const { sha256 } = await plannedFor(habeas, requestId);
    await heldAt(habeas, 'no-return', {
      requestId,
      leadsThere: () => approve(habeas, requestId),
      meanwhile: async () => {
        session = await logIn(userId);
      },
    });
    await plannedFor(habeas, requestId, sha256);
    expect(await isThere(session)).toBe(true);
    expect(await stillNaming(habeas.accounts, userId)).toEqual({ users: 1, sessions: 1 });
    const { json } = await habeas.must(['requests', 'plan', requestId, '--json']);
    expect(pick(json, 'plan')).toMatchObject({ pass: 2, state: 'proposed' });
    expect(pick(json, 'passes', 1, 'systems')).toMatchObject([
      {
        id: 'account-db',
        found: 1,
        classes: [{ collection: 'sessions', act: 'erase', count: 1 }],
      },
    ]);
  });

  it('is erased after a second approval, and then the account', async () => {
    await approve(habeas, requestId);
    const shown = await erased(habeas, requestId, 'completed');
    expect(await stillNaming(habeas.accounts, userId)).toEqual({});
    expect(countsOf(shown, 'account-db')).toMatchObject({ absent: 0, pending: 0, unverified: 0, newRelationship: 0 });
    const { rows } = await habeas.ledger.query(
      `SELECT r.pass, sum(d.count)::int AS n FROM dispositions d JOIN streams s USING (request_id, system_id, round, stream_no)
       JOIN rounds r USING (request_id, system_id, round)
       WHERE request_id = $1 AND s.collection = 'sessions' AND d.disposition = 'erased' GROUP BY 1 ORDER BY 1`,
      [requestId],
    );
    const before = await habeas.accounts.query('SELECT count(*)::int AS n FROM before.sessions WHERE user_id = $1', [
      userId,
    ]);
    expect(rows).toEqual([
      { pass: 1, n: before.rows[0].n },
      { pass: 2, n: 1 },
    ]);
    expect((await habeas.must(['audit', 'verify', '--json'])).json).toMatchObject({ ok: true });
  });
});

describe('a log-in after the erasing began', () => {
  const { email, userId } = cast.officeFirst;
  let requestId: string;
  let session: string;

  it('is left alone and reported, and the account that it needs is not erased under it', async () => {
    requestId = await habeas.openErasure(email);
    await plannedFor(habeas, requestId);
    await heldAt(habeas, 'first-outcome', {
      requestId,
      leadsThere: () => approve(habeas, requestId),
      meanwhile: async () => {
        session = await logIn(userId);
      },
    });
    const parked = await habeas.waitFor(requestId, ({ state }) => state === 'needs_decision');
    expect(parked.lanes['account-db']).toMatchObject({ state: 'parked', stage: 'erase', code: 'erase-blocked' });
    expect(parked.tasks).toMatchObject([{ kind: 'unresolved', systemId: 'account-db', code: 'erase-blocked' }]);
    expect(await stillNaming(habeas.accounts, userId)).toEqual({ users: 1, sessions: 1 });
    expect(await isThere(session)).toBe(true);
    const { stdout, json } = await habeas.must(['requests', 'show', requestId, '--json']);
    expect(countsOf(json, 'account-db')).toMatchObject({ newRelationship: 1, pending: 1 });
    expect(stdout).not.toContain(session);
    const text = (await habeas.must(['requests', 'show', requestId])).stdout.replace(/\s+/g, ' ');
    expect(text).toContain('New relationship 1 records came after the erasing began, and were left alone');
    expect(text).toContain('erase-blocked');
  });

  it('is all that keeps the account: when it is gone the account goes', async () => {
    await habeas.accounts.query('DELETE FROM sessions WHERE id = $1', [session]);
    await habeas.must(['requests', 'retry', requestId, 'account-db'], 'officer');
    const shown = await erased(habeas, requestId, 'completed');
    expect(await stillNaming(habeas.accounts, userId)).toEqual({});
    expect(countsOf(shown, 'account-db')).toMatchObject({ absent: 0, pending: 0, unverified: 0 });
  });
});
