/** What is due is found by the index, however large the register is: the statements of the sweep, explained. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { dueBy, fillRegister } from '../../bench/register-data.ts';
import { claimDue, dueEntries, dueSystems, dueSystemsQuery } from '../../src/ledger/sweep-claims.ts';
import { unreviewed } from '../../src/ledger/sweep-review.ts';
import { newWorld, type World } from './world.ts';

describe('the due entries of a large register', () => {
  let world: World;
  beforeAll(async () => {
    world = await newWorld('sweep-index');
    await fillRegister(world.url, 30_000, 60);
  });
  afterAll(() => world.close());

  const explained = async ({ sql, parameters }: { readonly sql: string; readonly parameters: readonly unknown[] }) => {
    const { rows } = await world.asOwner(`EXPLAIN (COSTS OFF) ${sql}`, parameters);
    return rows.map((row) => String(Object.values(row)[0])).join('\n');
  };

  it('are found in every system, and nothing else is', async () => {
    const { db } = world.deps.ledger;
    const systems = await dueSystems(db, dueBy);
    expect(systems).toEqual(['system-0', 'system-1', 'system-2', 'system-3', 'system-4']);
    expect(await dueSystems(db, '2025-12-31')).toEqual([]);
    const found = await Promise.all(systems.map((systemId) => dueEntries(db, { systemId, asOf: dueBy }).execute()));
    expect(found.map((rows) => rows.length)).toEqual([12, 12, 12, 12, 12]);
  });

  it('are looked up by the index, and the systems too: no statement reads the register from end to end', async () => {
    const { db } = world.deps.ledger;
    const [systemId] = await dueSystems(db, dueBy);
    if (systemId === undefined) throw new Error('no system');
    const plans = [
      await explained(dueEntries(db, { systemId, asOf: dueBy }).compile()),
      await explained(dueEntries(db, { systemId, asOf: dueBy }).forUpdate('e').skipLocked().compile()),
      await explained(dueSystemsQuery(dueBy).compile(db)),
    ];
    for (const plan of plans) {
      expect(plan).toContain('register_entries_look');
      expect(plan).not.toContain('Seq Scan on register_entries');
    }
  });

  it('whose day another policy computed are found by the index of policies, and those of today’s are passed by', async () => {
    const { db } = world.deps.ledger;
    const [systemId] = await dueSystems(db, dueBy);
    if (systemId === undefined) throw new Error('no system');
    const today = 'f'.repeat(64);
    await world.asOwner(`update register_entries set policy_sha256 = $1 where id > 'reg_' || lpad('100', 26, '0')`, [
      today,
    ]);
    await world.asOwner('analyze register_entries');
    const reviewing = { systemId, policySha256: today, today: dueBy };
    expect(await unreviewed(db, reviewing, '<', 1000).execute()).toHaveLength(21);
    expect(await unreviewed(db, reviewing, '>', 1000).execute()).toEqual([]);
    for (const side of ['<', '>'] as const) {
      const plan = await explained(unreviewed(db, reviewing, side, 100).compile());
      expect(plan).toContain('register_entries_policy');
      expect(plan).not.toContain('Seq Scan on register_entries');
    }
  });

  it('are in one claim a system afterwards, and found no more', async () => {
    const { db } = world.deps.ledger;
    const at = world.deps.now();
    const claiming = { asOf: dueBy, automatic: new Set<string>(), isConfigured: true, retryOn: dueBy, at };
    const systems = await dueSystems(db, dueBy);
    for (const systemId of systems)
      expect(await db.transaction().execute((trx) => claimDue(trx, { ...claiming, systemId }))).toHaveLength(1);
    expect(await dueSystems(db, dueBy)).toEqual([]);
  });
});
