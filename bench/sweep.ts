/**
 * Finding what is due in a register of 1,000,000 entries, of which 1,000 are due. Ours is what every hour asks: which systems have
 * anything due, and then each system's due entries, with their requests, in pages. Beside it, in turns and on one connection each:
 * the same entries by one plain query over the same index (it knows the systems already and joins nothing), which is as little as
 * PostgreSQL can do for it; and by a sequential scan, which is what it would be without the index.
 */
import pg from 'pg';
import { migrateLedger } from '../src/ledger/migrate.ts';
import { type Ledger, openLedger } from '../src/ledger/open.ts';
import { claimEntries, dueEntries, dueSystems } from '../src/ledger/sweep-claims.ts';
import { createDatabase } from '../src/local/postgres.ts';
import type { Bench } from './bench.ts';
import { dueBy, fillRegister } from './register-data.ts';
import { type Figure, loadNow, median } from './report.ts';

const full = 1_000_000;
const due = 1_000;

const byIndex = `
  SELECT * FROM register_entries WHERE active_at IS NOT NULL AND ended_at IS NULL AND claim_id IS NULL
    AND system_id = ANY ($1) AND look_on <= $2`;

export const sweepBench: Bench = {
  name: 'sweep',
  run: async ({ stack, small, say }) => {
    const entries = small ? full / 10 : full;
    const url = await createDatabase(stack.postgres.url, 'bench_sweep');
    await migrateLedger(url);
    say(`sweep: making a register of ${entries} entries`);
    await fillRegister(url, entries, due);
    const ledger = openLedger(url, { max: 1 });
    const plain = new pg.Client({ connectionString: url });
    await plain.connect();
    try {
      const systems = ['system-0', 'system-1', 'system-2', 'system-3', 'system-4'];
      const named = async (name: string, text: string) =>
        (await plain.query({ name, text, values: [systems, dueBy] })).rows.length;
      const scan = async () => {
        await plain.query('SET enable_indexscan = off; SET enable_bitmapscan = off; SET enable_indexonlyscan = off');
        const found = await named('scan', `${byIndex} AND true`);
        await plain.query('RESET ALL');
        return found;
      };
      const runs = { ours: [] as number[], index: [] as number[], scan: [] as number[] };
      const loadBefore = loadNow();
      for (let run = 0; run < (small ? 3 : 15); run++) {
        runs.ours.push(await timed(() => allDue(ledger)));
        runs.index.push(await timed(() => named('index', byIndex)));
        if (run % 3 === 0) runs.scan.push(await timed(scan));
      }
      const figure = (
        against: string,
        baseline: readonly number[],
        ratio: number,
        target: string,
        pass: boolean,
      ): Figure => ({
        ...{ bench: 'sweep', what: `${due} due of ${entries} entries found`, unit: 'ms', ours: median(runs.ours) },
        ...{ baseline: median(baseline), against, ratio, target, pass: small ? null : pass, loadBefore },
        runs: { ours: runs.ours, baseline },
      });
      const slower = median(runs.ours) / median(runs.index);
      const faster = median(runs.scan) / median(runs.ours);
      return [
        figure('one plain query by the index', runs.index, slower, '≤ 5', slower <= 5),
        figure('a sequential scan', runs.scan, faster, '≥ 3', faster >= 3),
      ];
    } finally {
      await plain.end();
      await ledger.close();
    }
  },
};

/** Milliseconds; everything that is due must have been found. */
async function timed(find: () => Promise<number>): Promise<number> {
  const from = process.hrtime.bigint();
  const found = await find();
  const spentMs = Number(process.hrtime.bigint() - from) / 1e6;
  if (found !== due) throw new Error(`${found} of ${due} due entries found`);
  return spentMs;
}

async function allDue({ db }: Ledger): Promise<number> {
  let found = 0;
  for (const systemId of await dueSystems(db, dueBy))
    for (let after: Parameters<typeof dueEntries>[1]['after']; ; ) {
      const rows = await dueEntries(db, { systemId, asOf: dueBy, ...(after === undefined ? {} : { after }) }).execute();
      found += rows.length;
      const last = rows.at(-1);
      if (last === undefined || last.look_on === null || rows.length < claimEntries) break;
      after = { lookOn: last.look_on, id: last.id };
    }
  return found;
}
