/**
 * The end of a package: the hourly Schedule, triggered as Temporal would, deletes every version of a package whose day has
 * come and nothing else, reads the deletion back and writes it on the audit chain.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { cast } from '../../src/local/sample/cast.ts';
import { expiryScheduleId } from '../../src/temporal/names.ts';
import { freshInstallation, type Installation, pick } from '../support/installation.ts';
import { eventually } from '../support/servers.ts';

let habeas: Installation;
let due: string;
let kept: string;
let keptObjects: readonly string[];

beforeAll(async () => {
  habeas = await freshInstallation('expiry');
  await habeas.startWorker();
  due = await habeas.openVerified(cast.soleTrader.email);
  kept = await habeas.openVerified(cast.sampleSubject.email);
  await habeas.waitForState(due, 'completed');
  await habeas.waitForState(kept, 'completed');
  keptObjects = (await habeas.objects('packages')).filter((name) => name.includes(kept));
  await habeas.ledger.query("UPDATE packages SET delete_on = '2026-01-01' WHERE request_id = $1", [due]);
  const connection = await Connection.connect({ address: habeas.temporal.address });
  try {
    const client = new Client({ connection, namespace: habeas.temporal.namespace });
    const scheduleId = expiryScheduleId({ queuePrefix: habeas.prefix });
    await client.schedule.getHandle(scheduleId).trigger();
    await eventually(async () => pick(await deletedOf(due), 'deletedAt') !== null);
  } finally {
    await connection.close();
  }
});
afterAll(() => habeas?.close());

async function deletedOf(requestId: string): Promise<unknown> {
  const { json } = await habeas.must(['requests', 'show', requestId, '--json']);
  const packages = pick(json, 'packages');
  return Array.isArray(packages) ? packages[0] : undefined;
}

describe('a package whose day has come', () => {
  it('is deleted in every version, and the others stay', async () => {
    const versions = await habeas.versions('packages');
    expect(versions.filter((name) => name.includes(due))).toEqual([]);
    expect(keptObjects).toHaveLength(1);
    expect(versions.filter((name) => name.includes(kept))).toEqual(keptObjects);
  });

  it('has its deletion on the audit chain, which still holds', async () => {
    const { rows } = await habeas.ledger.query('SELECT kind FROM audit WHERE request_id = $1 ORDER BY seq', [due]);
    expect(rows.map(({ kind }) => kind)).toContain('package-deleted');
    expect((await habeas.cli(['audit', 'verify'])).code).toBe(0);
  });

  it('can no longer be downloaded, with a code that says why', async () => {
    const gone = await habeas.cli(['package', 'download', due, '--json']);
    expect(gone.json).toMatchObject({ error: { code: 'package-deleted' } });
  });
});
