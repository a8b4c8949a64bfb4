/** The audit chain and its anchors on real servers: whoever may write to the database, what they did shows and is named. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { RequestId } from '../../src/ids.ts';
import { anchorName } from '../../src/ledger/anchor-form.ts';
import { anchorHeads } from '../../src/ledger/anchors.ts';
import { appendAudit, auditHash } from '../../src/ledger/audit.ts';
import { type AuditFinding, verifyAudit } from '../../src/ledger/audit-verify.ts';
import { ledgerId } from '../../src/ledger/migrate.ts';
import { createRequest } from '../../src/requests/index.ts';
import { openStorage, type Storage } from '../../src/storage/objects.ts';
import { freshBucket } from '../support/servers.ts';
import { newWorld, type World } from './world.ts';

describe('the audit chain', () => {
  let world: World;
  let storage: Storage;
  let bucket: string;
  let chain: RequestId;

  beforeAll(async () => {
    world = await newWorld('audit');
  });
  afterAll(async () => {
    await world.close();
  });

  afterEach(() => storage.close());

  const append = (requestId: RequestId, count = 1) =>
    world.deps.ledger.db
      .transaction()
      .execute((trx) => appendAudit(trx, { requestId, kind: 'test', body: { count }, at: world.deps.now() }));
  const anchor = () =>
    anchorHeads({
      ledger: world.deps.ledger,
      storage,
      bucket,
      now: world.deps.now,
      retainUntil: new Date(Date.now() + 3_600_000),
    });
  const findings = async (
    options: { storage?: boolean; heads?: { requestId: string; seq: number; hash: string }[] } = {},
  ) => {
    const client = options.storage === true ? { client: storage, bucket } : undefined;
    const report = await verifyAudit({ db: world.deps.ledger.db, storage: client, heads: options.heads });
    return report.findings;
  };
  /** As somebody with the owner's rights would: the guards are off for one statement. */
  const tamper = async (sql: string, values: readonly unknown[] = []) => {
    await world.asOwner('alter table audit disable trigger user; alter table audit_anchors disable trigger user');
    await world.asOwner(sql, values);
    await world.asOwner('alter table audit enable trigger user; alter table audit_anchors enable trigger user');
  };
  const of = (kind: AuditFinding['kind'], seq: number, requestId: string | null = chain) => ({ kind, seq, requestId });

  beforeEach(async () => {
    await tamper('truncate audit, audit_anchors, audit_anchored, anchor_objects');
    // Locked objects cannot be cleared away: each test has a bucket of its own.
    const access = await freshBucket('audit', { objectLock: true });
    bucket = access.bucket;
    storage = openStorage(access);
    const created = await createRequest(world.deps, {
      rights: ['access'],
      identifiers: { email: ['mari@example.ee'] },
      channel: 'email',
      language: 'et',
    });
    chain = created.requestId;
    for (let row = 0; row < 5; row += 1) await append(chain, row);
  });

  it('is whole when nobody touched it, and after every key is destroyed', async () => {
    expect(await findings()).toEqual([]);
    const { working_key_id: working, case_key_id: caseFile } = await world.deps.ledger.db
      .selectFrom('requests')
      .selectAll()
      .where('id', '=', chain)
      .executeTakeFirstOrThrow();
    await world.deps.keys.destroy(working);
    await world.deps.keys.destroy(caseFile);
    expect(await findings()).toEqual([]);
  });

  it('keeps one chain when many append to it at once', async () => {
    await Promise.all(Array.from({ length: 20 }, (_, row) => append(chain, row)));
    expect(await findings()).toEqual([]);
  });

  it('shows an edited row, in every column', async () => {
    for (const change of ["body = '{}'", "kind = 'other'", "at = at + interval '1 ms'"]) {
      await tamper(`create table kept as select * from audit; update audit set ${change} where seq = 4`);
      expect(await findings()).toEqual([of('edited', 4)]);
      await tamper('delete from audit; insert into audit select * from kept; drop table kept');
    }
    expect(await findings()).toEqual([]);
  });

  it('shows an edited row whose hash was computed again', async () => {
    const row = await world.deps.ledger.db
      .selectFrom('audit')
      .selectAll()
      .where('seq', '=', 4)
      .executeTakeFirstOrThrow();
    const changed = { ...row, body: '{"count":99}' };
    await tamper('update audit set body = $1, hash = $2 where seq = 4', [changed.body, auditHash(changed)]);
    expect(await findings()).toEqual([of('edited', 4)]);
  });

  it('shows a removed row', async () => {
    await tamper('delete from audit where seq = 3');
    expect(await findings()).toEqual([of('removed', 3)]);
  });

  it('shows rows that changed places', async () => {
    await tamper(
      'update audit set seq = 100 where seq = 3; update audit set seq = 3 where seq = 5; update audit set seq = 5 where seq = 100',
    );
    const found = await findings();
    expect(found.length).toBeGreaterThan(0);
    expect(new Set(found.map((one) => one.kind))).toEqual(new Set(['reordered']));
    expect(found.map((one) => one.seq)).toEqual(expect.arrayContaining([3, 5]));
  });

  it('shows a chain cut short against an anchor, and against a head that was shown once', async () => {
    const head = await append(chain);
    await tamper('delete from audit where seq >= 6');
    expect(await findings()).toEqual([]);
    expect(await findings({ heads: [{ requestId: chain, ...head }] })).toEqual([of('truncated', head.seq)]);
  });

  it('shows a chain cut short against its anchors alone', async () => {
    await anchor();
    const last = await head();
    await tamper('delete from audit where seq = $1', [last]);
    expect(await findings()).toEqual([of('truncated', last)]);
    await tamper('delete from audit');
    expect(await findings()).toEqual([of('truncated', last)]);
  });

  it('shows a chain that was written anew from some row on', async () => {
    await anchor();
    const rows = await world.deps.ledger.db.selectFrom('audit').selectAll().orderBy('seq').execute();
    let previous = '';
    for (const row of rows) {
      const changed = row.seq === 2 ? { ...row, body: '{}' } : row.seq > 2 ? { ...row, prev_hash: previous } : row;
      previous = auditHash(changed);
      await tamper('update audit set body = $1, prev_hash = $2, hash = $3 where seq = $4', [
        changed.body,
        changed.prev_hash,
        previous,
        row.seq,
      ]);
    }
    expect(await findings()).toEqual([of('rewritten', rows.length)]);
  });

  it('is refused any change by the database itself, for the program and for the owner', async () => {
    const { db } = world.deps.ledger;
    const refused = { code: 'ledger-refused' };
    await expect(db.updateTable('audit').set({ kind: 'x' }).execute()).rejects.toMatchObject(refused);
    await expect(db.deleteFrom('audit').execute()).rejects.toMatchObject(refused);
    await expect(db.deleteFrom('audit_anchors').execute()).rejects.toMatchObject(refused);
    await expect(db.deleteFrom('people_decisions').execute()).rejects.toMatchObject(refused);
    for (const statement of ["update audit set kind = 'x'", 'delete from audit', 'truncate audit'])
      await expect(world.asOwner(statement)).rejects.toMatchObject({ code: 'HB003' });
    expect(await findings()).toEqual([]);
  });

  it('refuses what is not an id, slug, count, hash, date or code', async () => {
    for (const value of ['Mari Tamm', 'mari@example.ee', 'Tartu mnt 1', 'õie', '+3725551234'])
      await expect(
        world.deps.ledger.db
          .transaction()
          .execute((trx) =>
            appendAudit(trx, { requestId: chain, kind: 'test', body: { value }, at: world.deps.now() }),
          ),
      ).rejects.toMatchObject({ code: 'audit-unsafe' });
  });

  describe('with its anchors in the object storage', () => {
    it('is whole, also after a crash between an anchor’s row and its object', async () => {
      const crashing = { put: storage.put, putLocked: () => Promise.reject(new Error('power cut')) };
      await expect(
        anchorHeads({
          ledger: world.deps.ledger,
          storage: crashing,
          bucket,
          now: world.deps.now,
          retainUntil: new Date(),
        }),
      ).rejects.toThrow('power cut');
      expect((await verifyAudit({ db: world.deps.ledger.db, storage: { client: storage, bucket } })).pending).toBe(1);
      expect(await anchor()).toMatchObject({ no: null, written: 1 });
      expect(await findings({ storage: true })).toEqual([]);
      await append(chain);
      expect(await anchor()).toMatchObject({ no: 2, heads: 1, written: 1 });
      expect(await anchor()).toMatchObject({ no: null, heads: 0, written: 0 });
      expect(await findings({ storage: true })).toEqual([]);
    });

    it.each(['before', 'after'] as const)(
      'is whole while a worker anchors %s the storage is looked at',
      async (when) => {
        await anchor();
        const looking: Pick<Storage, 'list' | 'get'> = {
          get: (...of) => storage.get(...of),
          async *list(...of) {
            if (when === 'before') await append(chain).then(anchor);
            yield* storage.list(...of);
            if (when === 'after') await append(chain).then(anchor);
          },
        };
        const report = await verifyAudit({ db: world.deps.ledger.db, storage: { client: looking, bucket } });
        expect(report.findings).toEqual([]);
      },
    );

    it('shows an anchor that was taken out of the ledger, and with it what it anchored', async () => {
      await anchor();
      const last = await head();
      await tamper('truncate audit_anchors, audit_anchored, anchor_objects');
      await tamper('delete from audit where seq = $1', [last]);
      expect(await findings()).toEqual([]);
      expect(await findings({ storage: true })).toEqual([
        of('anchor-missing-in-ledger', 1, null),
        of('truncated', last),
      ]);
    });

    it('shows an anchor that was changed in the ledger or replaced in the storage', async () => {
      await anchor();
      await append(chain);
      await anchor();
      const name = anchorName(await ledgerId(world.deps.ledger.db), 1);
      const text = (await storage.get(bucket, name)).toString('utf8');
      await storage.put(bucket, name, Buffer.from('{}'));
      expect(await findings({ storage: true })).toEqual([of('anchor-differs', 1, null)]);
      await storage.put(bucket, name, Buffer.from(text));
      await tamper("update audit_anchors set heads = '[]' where no = 1");
      expect(await findings({ storage: true })).toEqual([of('anchor-edited', 1, null), of('anchor-differs', 1, null)]);
    });

    it('cannot be removed from the storage before its day', async () => {
      await anchor();
      const name = anchorName(await ledgerId(world.deps.ledger.db), 1);
      await storage.remove(bucket, [name]);
      expect(await findings({ storage: true })).toEqual([of('anchor-missing-in-storage', 1, null)]);
      await expect(storage.eraseAll(bucket, name)).rejects.toMatchObject({ code: expect.stringMatching(/^storage-/) });
    });
  });

  const head = async () => {
    const row = await world.deps.ledger.db
      .selectFrom('audit')
      .select('seq')
      .where('request_id', '=', chain)
      .orderBy('seq', 'desc')
      .limit(1)
      .executeTakeFirstOrThrow();
    return row.seq;
  };
});
