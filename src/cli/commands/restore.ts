/**
 * `habeas restore replay`: after a system was restored from a backup, what had been erased since the copy was made is back. This
 * takes it into batches; two people approve each, and the worker erases it again. Shows no personal data.
 */
import type { Command } from 'commander';
import { HabeasError } from '../../errors.ts';
import { sweepQuestions } from '../../policy/sweep.ts';
import { listClaims, type ReplayLine, replayClaims, replayDryRun } from '../../requests/index.ts';
import { systemId } from '../arguments.ts';
import type { Frame } from '../frame.ts';
import { withDeps } from '../open.ts';
import { listing } from '../render.ts';
import { claimsText, deeds, type Look } from '../sweep-text.ts';

interface ReplayOptions {
  readonly system: string;
  readonly since: string;
  readonly dryRun?: boolean;
}

export function restoreReplay(frame: Frame): Command {
  return frame.leaf<ReplayOptions>({
    name: 'replay',
    summary: 'After a restore: take what had been erased since the copy was made into batches, to be erased again.',
    details:
      'Goes by the locators that the register keeps while backups can hold copies, never by an address: an account that the person\nmade anew is left alone, and so is a record made after the copy. Two people approve each batch (`retention approve`); a worker\ncarries it out. Run it before the restored system takes traffic.',
    examples: [
      'restore replay --system account-db --since 2026-11-20T02:00:00Z --dry-run',
      'restore replay --system account-db --since 2026-11-20T02:00:00+02:00',
    ],
    options: (command) =>
      command
        .requiredOption('--system <id>', 'the system that was restored')
        .requiredOption(
          '--since <instant>',
          'when the restored copy was made, with its time zone: 2026-11-20T02:00:00Z',
        )
        .option('--dry-run', 'show what would be done; change nothing'),
    run: (run, { system, since, dryRun }) =>
      withDeps(run, async (deps) => {
        const look = { colour: run.io.colour.out, columns: run.io.columns };
        const restored = { systemId: systemId(deps.config, system), since: instantGiven(since) };
        const told = { system: restored.systemId, since: restored.since.toISOString() };
        if (dryRun === true) {
          const lines = await replayDryRun(deps, restored);
          return { json: { ...told, dryRun: true, lines }, text: replayText(lines, look) };
        }
        const taken = new Set<string>(await replayClaims(deps, restored));
        const claims = (await listClaims(deps)).filter(({ id }) => taken.has(id));
        const text =
          claims.length === 0
            ? 'Nothing that was erased since is in a copy, or it is in a batch already: habeas retention list.\n'
            : `${claimsText(claims, look)}A worker looks at them within the hour; then two people approve each.\n`;
        return { json: { ...told, dryRun: false, claims }, text };
      }),
  });
}

/** An instant without a zone would be read as this machine's. */
function instantGiven(text: string): Date {
  const isWhole = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/.test(text);
  const instant = new Date(text);
  if (!isWhole || Number.isNaN(instant.getTime()))
    throw new HabeasError('usage', { where: '--since: an instant with its zone, 2026-11-20T02:00:00Z' });
  return instant;
}

const left = { newer: 'left: made after the copy', held: 'left: held', kept: 'left: was kept' } as const;

function replayText(lines: readonly ReplayLine[], { colour, columns }: Look): string {
  if (lines.length === 0) return 'Nothing that was erased since is in a copy.\n';
  const rows = lines.map(({ what, action, asks, recordClass, count }) => [
    what === 'again' ? `${deeds[action ?? ''] ?? 'erased'} again` : left[what],
    recordClass,
    count,
    asks.map((one) => sweepQuestions[one]).join(' '),
  ]);
  const again = lines.filter(({ what }) => what === 'again').reduce((sum, { count }) => sum + count, 0);
  const table = listing(
    [
      { title: 'Would be' },
      { title: 'Class' },
      { title: 'Records' },
      { title: 'Asked', yields: { how: 'beneath', order: 1 } },
    ],
    rows,
    colour,
    columns,
  );
  return `${table}\n${again} records would be erased again. Nothing was done.\n`;
}
