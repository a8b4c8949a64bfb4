/**
 * The `read` stage of one system: streams everything the person's proved keys reach into sealed chunks, and says how much.
 * An attempt goes on after the last committed chunk; what an earlier attempt stored without a row is erased first. A
 * system where the person has no key answers at once: nothing found is an answer too. A scan's own candidates are staged
 * apart; the lane waits until people have decided about them.
 */
import type { Unreadable } from '../connectors/contract.ts';
import type { Deps } from '../src/deps.ts';
import { chunkNames } from '../src/ledger/chunks.ts';
import { holdLane, lockRequest, restLane } from '../src/ledger/lanes.ts';
import { beginRound, finishRound, type RoundKey } from '../src/ledger/rounds.ts';
import { begunStreams, candidateTasks, countRound } from '../src/ledger/streams.ts';
import { closeUnasked, openTaskIds } from '../src/ledger/tasks.ts';
import type { SystemStages } from '../workflows/stages.ts';
import { locatedIn, workingKeyOf } from './located.ts';
import { askForReview, proposeMasks } from './masks.ts';
import { openSink } from './sink.ts';
import { roundFolder } from './sink-reading.ts';
import { runStage, type StageRun } from './stage.ts';
import { eraseBut } from './uncommitted.ts';

type ReadDeps = Pick<Deps, 'ledger' | 'storage' | 'keys' | 'config' | 'systems' | 'now' | 'log'>;

export function readStage(deps: ReadDeps): SystemStages['read'] {
  return (input) =>
    runStage(deps, 'read', input, async (run, system) => {
      const { requestId, systemId, round } = input;
      const key: RoundKey = { requestId, systemId, round };
      const { db } = deps.ledger;
      const isNew = await db.transaction().execute(async (trx) => {
        await holdLane(trx, run.fence);
        return beginRound(trx, key, deps.now(), { right: input.right, pass: input.pass });
      });
      if (!isNew) await eraseUncommitted(deps, run, key);
      const { keys } = await locatedIn(deps, input);
      let unread: Unreadable | undefined;
      let workingKey: Buffer | undefined;
      if (keys.length > 0) {
        workingKey = await workingKeyOf(deps, requestId);
        const sink = openSink(deps, run, {
          round,
          right: input.right,
          collections: system.collections,
          keys,
          workingKey,
          isNew,
        });
        const context = { systemId, signal: run.signal, progress: () => run.progress() };
        try {
          const want = input.right === 'erasure' ? 'facts' : 'content';
          await system.read(context, { keys, want, begun: await begunStreams(db, key), sink });
        } catch (error) {
          // Nothing of this attempt may still be on its way when the next one begins.
          await sink.settle().catch(() => undefined);
          throw error;
        }
        await sink.settle();
        unread = sink.unread;
        if (input.right !== 'erasure') await proposeMasks(deps, run, { key, system, workingKey });
      } else run.uncalled();
      return db.transaction().execute(async (trx) => {
        const at = deps.now();
        // Alone, so that no decision on a candidate comes between counting them and resting the lane.
        await lockRequest(trx, requestId, 'alone');
        await holdLane(trx, run.fence);
        await finishRound(trx, key, at, unread);
        // A question of an earlier reading that this one did not ask.
        const still = await candidateTasks(trx, key);
        if (system.manifest.locateCost === 'scan')
          await closeUnasked(trx, { requestId, systemId, kind: 'candidate' }, still, at);
        const openCandidates = (await openTaskIds(trx, { requestId, systemId, kind: 'candidate' })).length;
        // Of erasure the facts are only the beginning.
        const openMasks = input.right === 'erasure' ? 0 : await askForReview(deps, trx, { key, workingKey, at });
        const state = openCandidates > 0 || openMasks > 0 || input.right === 'erasure' ? 'waiting' : 'done';
        await restLane(trx, run.fence, { state, stage: 'read' }, at);
        const { seq } = await trx
          .selectFrom('requests')
          .select('seq')
          .where('id', '=', requestId)
          .executeTakeFirstOrThrow();
        return { ...(await countRound(trx, key)), openCandidates, openMasks, seq };
      });
    });
}

/** Objects that an interrupted attempt stored and of which nothing got into the ledger. */
export async function eraseUncommitted(
  deps: Pick<Deps, 'ledger' | 'storage' | 'config'>,
  run: StageRun,
  key: RoundKey,
): Promise<void> {
  await eraseBut(deps, roundFolder(key), await chunkNames(deps.ledger.db, key), run.signal);
}
