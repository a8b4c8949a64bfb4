/**
 * Copies of erased records that live on in backups: which backups hold them, until when, and the end of their entries in the
 * register. The days of an entry are counted from when its record was erased, because the youngest backup with it is the last
 * one made before that.
 */
import type { LoadedConfig } from '../src/config/load.ts';
import type { Deps } from '../src/deps.ts';
import { codeOf } from '../src/errors.ts';
import type { SystemId } from '../src/ids.ts';
import { dateCopyEntries, endCopies, lapsingRounds, moveCopies } from '../src/ledger/copy-entries.ts';
import type { LedgerTransaction } from '../src/ledger/open.ts';
import type { RoundKey } from '../src/ledger/rounds.ts';
import { addDays, type CivilDate } from '../src/policy/clock/index.ts';
import { civilToday } from '../src/requests/today.ts';

type BackupConfig = Pick<LoadedConfig, 'backups' | 'controller'>;

/** The sets of backups that hold copies of a system. */
export function backupsOf({ backups }: Pick<LoadedConfig, 'backups'>, systemId: SystemId) {
  return (backups ?? []).filter(({ systems }) => systems.includes(systemId));
}

/** `Nightly copies (35 days)`, as the register and receipts say it. */
export function backupNames(config: Pick<LoadedConfig, 'backups'>, systemId: SystemId): string {
  return backupsOf(config, systemId)
    .map(({ name, maxAgeDays }) => `${name} (${maxAgeDays} days)`)
    .join(', ');
}

/** Everything of a round is erased and read back: from today its copies grow old. */
export async function dateCopies(trx: LedgerTransaction, config: BackupConfig, key: RoundKey, at: Date): Promise<void> {
  await dateCopyEntries(trx, key, lapseDay(config, key.systemId, at));
}

/** First day on which no backup has what was erased at this instant. Backups that are not configured any more hold nothing. */
export function lapseDay(config: BackupConfig, systemId: SystemId, erasedAt: Date): CivilDate {
  const ages = backupsOf(config, systemId).map(({ maxAgeDays }) => maxAgeDays);
  return addDays(dayOf(config, erasedAt), Math.max(0, ...ages) + 1);
}

const dayOf = ({ controller }: BackupConfig, at: Date): CivilDate => civilToday(at, controller.timeZone);

const roundsAtOnce = 500;

/**
 * Ends what has lapsed, under what is configured today: backups that are kept longer by now hold their copies longer. A round
 * that fails is told and tried again the next hour, and holds up nothing else.
 */
export async function lapseCopies({
  ledger: { db },
  config,
  now,
  log,
}: Pick<Deps, 'ledger' | 'config' | 'now' | 'log'>): Promise<void> {
  const at = now();
  const today = dayOf(config, at);
  for (const round of await lapsingRounds(db, today, roundsAtOnce)) {
    const day = lapseDay(config, round.systemId, round.erasedAt);
    await db
      .transaction()
      .execute((trx) => (day > today ? moveCopies(trx, round, day, at) : endCopies(trx, round, at)))
      .catch((error: unknown) => {
        log.warn({ requestId: round.requestId, code: codeOf(error), err: error }, 'copies-not-lapsed');
      });
  }
}
