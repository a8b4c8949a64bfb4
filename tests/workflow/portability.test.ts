/** What a portability request promises, on the real Temporal server with systems in memory. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { isFinal } from '../../src/ledger/states.ts';
import { createRequest, readReceipt, showRequest } from '../../src/requests/index.ts';
import { holdingAccess } from '../../src/requests/linked.ts';
import { unzip } from '../package/unzip.ts';
import { eventually } from '../support/servers.ts';
import { FakeSystem, secretOf } from './fake-system.ts';
import { newWorld, type World } from './world.ts';

const anna = {
  ...{ id: 'acc-anna', proofs: { email: 'anna.marker@example.ee' }, teaches: { user_id: 'u-marker-1' }, rows: 3 },
};
const annaBilling = { id: 'bill-anna', proofs: { user_id: 'u-marker-1' }, rows: 2 };

describe('a portability request', () => {
  let world: World;
  const accounts = new FakeSystem({
    ...{ needs: ['email', 'user_id'], gives: ['user_id'], accounts: [anna] },
    about: { portability: { origin: 'provided' }, key: ['id'] },
  });
  const billing = new FakeSystem({
    ...{ needs: ['user_id'], accounts: [annaBilling], about: { legalBasis: 'legal-obligation' } },
  });

  beforeAll(async () => {
    world = await newWorld('wf-port', { systems: { 'account-db': accounts, billing }, policy: { downloadDays: 3 } });
    await world.work();
  });
  afterAll(() => world.close());

  it('gives what the person provided as JSON and CSV, withholds the rest on Art. 20(1), and is answered by that', async () => {
    const id = await world.open({ rights: ['portability'] });
    const shown = await world.shows(id, ({ state }) => isFinal(state));
    expect(shown.state).toBe('completed');
    expect(
      shown.systems.map(({ id: system, found, exported, withheld }) => [system, found, exported, withheld]),
    ).toEqual([
      ['account-db', 3, 3, 0],
      ['billing', 2, 0, 2],
    ]);
    const [right] = shown.rights;
    expect([right?.right, right?.outcome, right?.answeredAt === shown.packages[0]?.deliveredAt]).toEqual([
      ...['portability', 'answered', true],
    ]);
    expect(shown.clock.alarms).toEqual([]);
    expect(shown.packages.map(({ draft }) => draft)).toEqual([false]);

    const { storage, config, ledger } = world.deps;
    const rows = await ledger.db.selectFrom('packages').selectAll().where('request_id', '=', id).execute();
    const zip = await unzip(await storage.get(config.s3.packageBucket, rows[0]?.object_name ?? ''));
    expect(zip.names).toEqual([
      ...['README.txt', 'systems/account-db/notes.json', 'systems/account-db/notes.csv'],
      ...['systems/account-db/notes.html', 'index.html', 'datapackage.json', 'manifest-sha256.txt'],
    ]);
    const read = (name: string) => zip.files.get(name)?.toString('utf8') ?? '';
    expect(JSON.parse(read('systems/account-db/notes.json'))).toHaveLength(3);
    const described = JSON.parse(read('datapackage.json'));
    expect(described.resources.map(({ path, format }: Record<string, string>) => [path, format])).toEqual([
      ['systems/account-db/notes.json', 'json'],
      ['systems/account-db/notes.csv', 'csv'],
    ]);
    expect(described.resources[1].schema).toMatchObject({
      fields: [{ name: 'id' }, { name: 'note' }],
      primaryKey: ['id'],
    });
    expect(read('index.html')).toContain('Answer to your request for data portability (GDPR Art. 20)');
    expect(read('index.html')).toContain('(Art. 20(1))');
    expect(read('index.html')).not.toContain('DRAFT');
    expect([...zip.files.values()].some((bytes) => bytes.includes(secretOf(annaBilling)))).toBe(false);
  });

  it('ends with a receipt that says what was given, and what was withheld on which ground', async () => {
    const id = await world.open({ rights: ['portability'] });
    await world.shows(id, ({ state }) => isFinal(state));
    const { receipt } = await eventually(() => readReceipt(world.deps, id));
    expect(receipt.rights).toEqual([{ right: 'portability', answeredAt: expect.any(String), answeredBy: 'email' }]);
    expect(receipt.systems.map(({ access, portability }) => [access, portability])).toEqual([
      [null, { found: 3, exported: 3, withheld: 0, referred: 0, pending: 0, withheldOn: [] }],
      [
        null,
        {
          ...{ found: 2, exported: 0, withheld: 2, referred: 0, pending: 0 },
          withheldOn: [{ reason: 'not-portable', refusal: '20(1)', count: 2 }],
        },
      ],
    ]);
  });

  it('holds an erasure of the same person while it is open', async () => {
    const open = await createRequest(world.deps, {
      ...{ rights: ['portability'], channel: 'email', language: 'en', receivedOn: undefined },
      ...{ identifiers: { email: ['held.marker@example.ee'] }, by: world.ledger.people.agent },
      identity: { method: 'known-in-person', contact: 'held.marker@example.ee' },
    });
    const other = await createRequest(world.deps, {
      ...{ rights: ['access'], channel: 'email', language: 'en' },
      identifiers: { email: ['held.marker@example.ee'] },
    });
    expect((await showRequest(world.deps, other.requestId)).linkedRequests).toEqual([open.requestId]);
    const holding = await holdingAccess(world.deps, other.requestId);
    expect(holding.map(({ requestId }) => requestId)).toEqual([open.requestId]);
  });

  it('is not opened together with access, nor before it is declared where the data comes from', async () => {
    await expect(world.open({ rights: ['access', 'portability'] })).rejects.toMatchObject({ code: 'rights-apart' });
    const undeclared = new FakeSystem({ needs: ['email'], accounts: [] });
    const systems = new Map(world.deps.systems);
    for (const id of [...systems.keys()].slice(0, 1)) systems.set(id, undeclared);
    await expect(
      createRequest(
        { ...world.deps, systems },
        { rights: ['portability'], channel: 'email', language: 'en', identifiers: { email: ['a@example.ee'] } },
      ),
    ).rejects.toMatchObject({ code: 'policy-answer-missing', where: 'account-db: notes.portability' });
  });
});
