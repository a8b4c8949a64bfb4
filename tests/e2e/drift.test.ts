/**
 * A schema that moves on while requests run: a column that nobody has declared is neither exported nor left out silently.
 * The request waits, names the column, and ends with a whole package once a person has said what the column is.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse, stringify } from 'yaml';
import { catalogue } from '../../src/errors.ts';
import { cast } from '../../src/local/sample/cast.ts';
import { fromRoot } from '../../src/root.ts';
import { freshInstallation, type Installation } from '../support/installation.ts';

const unwrapped = (text: string): string => text.replace(/\s+/g, ' ');

describe('a schema that has drifted from the data map', () => {
  let habeas: Installation;
  let mapFile: string;
  const map = parse(readFileSync(fromRoot('examples', 'sample-company', 'account-db.map.yaml'), 'utf8'));
  beforeAll(async () => {
    habeas = await freshInstallation('drift', { forum: false });
    mapFile = join(habeas.folder, 'account-db.map.yaml');
    writeFileSync(mapFile, stringify(map));
    const config = parse(readFileSync(habeas.configFile, 'utf8'));
    config.systems[0].dataMap = mapFile;
    writeFileSync(habeas.configFile, stringify(config));
    await habeas.startWorker();
  });
  afterAll(() => habeas?.close());

  it('agrees at first: the sample company’s map has nothing to mend', async () => {
    const { stdout } = await habeas.must(['map', 'check']);
    expect(stdout).toMatch(/^19 tables, \d+ columns and \d+ look-ups of 1 system compared: nothing to mend\.$/m);
  });

  it('parks with the name of the column, is explained, and completes after the column is declared', async () => {
    const { sampleSubject } = cast;
    await habeas.accounts.query('ALTER TABLE users ADD shoe_size int');
    await habeas.accounts.query('UPDATE users SET shoe_size = 38 WHERE id = $1', [sampleSubject.userId]);
    const request = await habeas.openVerified(sampleSubject.email);
    const parked = await habeas.waitFor(request, ({ lanes }) => lanes['account-db']?.state === 'parked');
    // Nobody can have declared it in the meantime: it is not tried again.
    expect(parked.lanes['account-db']).toMatchObject({ code: 'system-schema-undeclared', attempts: 1 });
    const { stdout } = await habeas.must(['requests', 'show', request]);
    for (const said of ['public.users.shoe_size', catalogue['system-schema-undeclared'].todo])
      expect(unwrapped(stdout)).toContain(unwrapped(said));
    expect(await habeas.objects('packages')).toEqual([]);

    const check = await habeas.cli(['map', 'check', 'account-db', '--json']);
    expect(check.code).toBe(6);
    expect(check.json).toMatchObject({
      ok: false,
      systems: [
        { id: 'account-db', findings: [{ code: 'system-schema-undeclared', place: 'public.users.shoe_size' }] },
      ],
    });

    map.collections.users.fields.shoe_size = { category: 'account' };
    writeFileSync(mapFile, stringify(map));
    expect((await habeas.cli(['map', 'check'])).code).toBe(0);
    await Promise.all(habeas.workers.map((worker) => worker.kill()));
    await habeas.startWorker();
    await habeas.must(['requests', 'retry', request, 'account-db'], 'officer');
    await habeas.waitForState(request, 'completed');
    const zip = await habeas.mailedPackage(sampleSubject.email);
    expect(zip.records('account-db', 'users')).toMatchObject([{ shoe_size: 38 }]);
  });

  it('a data map without an owner is told with its line, before anything is compared', async () => {
    const { owner: _, ...ownerless } = map.collections.sessions;
    writeFileSync(mapFile, stringify({ ...map, collections: { ...map.collections, sessions: ownerless } }));
    const run = await habeas.cli(['map', 'check']);
    writeFileSync(mapFile, stringify(map));
    expect(run.code).toBe(3);
    expect(run.stderr).toMatch(/account-db\.map\.yaml:\d+:\d+ {2}\/collections\/sessions/);
    expect(run.stderr).toContain('`owner` is missing');
  });
});
