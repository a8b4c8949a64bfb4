/**
 * `habeas migrate`: brings the ledger database to this version's tables. The only command that needs a database user who
 * owns the database; everything else works as the role `habeas_app`.
 */
import type { Command } from 'commander';
import { migrateLedger } from '../../ledger/migrate.ts';
import type { Frame } from '../frame.ts';

export function migrate(frame: Frame): Command {
  return frame.leaf({
    name: 'migrate',
    summary: "Bring the ledger database to this version's tables. Safe to repeat; never goes backwards.",
    details: '`ledger.url` must name a user who owns the database. Stop older workers first.',
    examples: ['migrate', 'migrate --config /etc/habeas/owner.yaml'],
    run: async (run) => {
      const json = await migrateLedger(run.config().ledger.url);
      const text = json.applied.length === 0 ? 'The ledger is up to date.\n' : `Applied: ${json.applied.join(', ')}.\n`;
      return { json, text };
    },
  });
}
