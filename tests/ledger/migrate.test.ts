/** The ledger on a real PostgreSQL: made once, made the same by two at once, and never by an older program. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { assertLedgerCurrent, ledgerId, migrateLedger, schemaVersion } from '../../src/ledger/migrate.ts';
import { type Ledger, openLedger } from '../../src/ledger/open.ts';
import { freshDatabase } from '../support/servers.ts';

describe('the ledger', () => {
  let url: string;
  const opened: Ledger[] = [];
  const open = (at: string) => {
    const ledger = openLedger(at, { max: 2 });
    opened.push(ledger);
    return ledger;
  };
  beforeAll(async () => {
    ({ url } = await freshDatabase('migrate'));
  });
  afterAll(async () => {
    await Promise.all(opened.map((one) => one.close()));
  });

  it('says that it is not migrated before it is', async () => {
    await expect(assertLedgerCurrent(open(url).db)).rejects.toMatchObject({ code: 'ledger-not-migrated' });
  });

  it('is migrated once by two programs that start at the same moment', async () => {
    const both = await Promise.all([migrateLedger(url), migrateLedger(url)]);
    const applied = both.flatMap((one) => one.applied);
    expect(applied.at(-1)).toBe(schemaVersion);
    expect(applied).toEqual([...new Set(applied)].sort());
    await assertLedgerCurrent(open(url).db);
    const id = await ledgerId(open(url).db);
    expect(await migrateLedger(url)).toEqual({ applied: [] });
    expect(await ledgerId(open(url).db)).toBe(id);
  });

  it('is refused where a newer program migrated it', async () => {
    const newer = await freshDatabase('migrate_newer');
    await migrateLedger(newer.url);
    const owner = new pg.Client({ connectionString: newer.url });
    await owner.connect();
    await owner.query("update settings set value = '9999-later' where name = 'schema_version'");
    await owner.end();
    await expect(migrateLedger(newer.url)).rejects.toMatchObject({ code: 'ledger-newer' });
    await expect(assertLedgerCurrent(open(newer.url).db)).rejects.toMatchObject({ code: 'ledger-newer' });
  });

  it('answers an unreachable server with a code', async () => {
    await expect(assertLedgerCurrent(open('postgres://u:p@127.0.0.1:1/none').db)).rejects.toMatchObject({
      code: 'ledger-unreachable',
    });
  });

  it('works for an owner without other rights once the administrator granted the role, and says so before', async () => {
    const { name, url: adminUrl } = await freshDatabase('migrate_owner');
    const admin = new pg.Client({ connectionString: adminUrl });
    await admin.connect();
    const ownerUrl = new URL(adminUrl);
    ownerUrl.username = name;
    ownerUrl.password = 'owner';
    try {
      await admin.query(`create role ${name} login password 'owner'`);
      await admin.query(`alter database ${name} owner to ${name}`);
      await expect(migrateLedger(ownerUrl.href)).rejects.toMatchObject({ code: 'ledger-role' });
      await admin.query(`grant habeas_app to ${name}`);
      expect((await migrateLedger(ownerUrl.href)).applied).toContain('0001-spine');
      const ledger = open(ownerUrl.href);
      await assertLedgerCurrent(ledger.db);
      await expect(ledger.db.deleteFrom('audit').execute()).rejects.toMatchObject({ code: 'ledger-refused' });
    } finally {
      await admin.end();
    }
  });
});
