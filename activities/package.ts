/** The stage that builds a package (src/package/build.ts). Counts and ids go back to the workflow, nothing else. */
import type { Deps } from '../src/deps.ts';
import { HabeasError } from '../src/errors.ts';
import { stagedBytes } from '../src/ledger/package-facts.ts';
import { isWorkspaceUnknown } from '../src/ledger/workspace-found.ts';
import { buildPackage } from '../src/package/build.ts';
import type { PackageStages } from '../workflows/stages.ts';
import { PackageRoom } from './package-room.ts';
import { runActivity } from './stage.ts';

export function packageStage(
  deps: Pick<Deps, 'ledger' | 'keys' | 'storage' | 'config' | 'systems' | 'now' | 'log'>,
): PackageStages['package'] {
  const room = new PackageRoom();
  return ({ requestId, part }) =>
    runActivity(deps, { requestId }, async (run) => {
      let chunks = 0;
      const progress = () => {
        chunks += 1;
        run.progress(chunks);
      };
      if (await isWorkspaceUnknown(deps.ledger.db, requestId)) throw new HabeasError('workspace-unknown');
      const bytes = await stagedBytes(deps.ledger.db, requestId);
      const build = () => buildPackage({ deps, requestId, part, signal: run.signal, progress });
      const built = await room.build(bytes, run, build);
      return {
        packageId: built.packageId,
        part: built.part,
        members: built.members,
        sizeBytes: built.sizeBytes,
        exported: built.exportedByStream.reduce((sum, { count }) => sum + count, 0),
      };
    });
}
