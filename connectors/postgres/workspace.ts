/** A PostgreSQL system asked about a whole workspace: the stages of a person, over the streams and keys of a workspace. Composes; owns no logic. */
import type { WorkspaceSystem } from '../contract.ts';
import type { Pacer } from '../pacer.ts';
import type { PostgresClient } from './client.ts';
import type { DataMap } from './data-map.ts';
import { erase } from './erase.ts';
import { prepare } from './prepare.ts';
import { read } from './read.ts';
import type { Limits } from './settings.ts';
import { collectionOf } from './sql.ts';
import { verify } from './verify.ts';
import { areStillAlone, locateWorkspace } from './workspace-locate.ts';
import { undeclaredForWorkspaces, workspaceStreams } from './workspace-streams.ts';

/** `undefined` where the data map knows no workspaces. `eraser`: the login that may erase, where there is one. */
export function workspaceSystem(of: {
  readonly client: PostgresClient;
  readonly eraser: PostgresClient | undefined;
  readonly map: DataMap;
  readonly limits: Limits;
  readonly pacer: Pacer;
}): WorkspaceSystem | undefined {
  const { client, eraser, map, limits, pacer } = of;
  if (map.customerKind === undefined) return undefined;
  const streams = workspaceStreams(map);
  return {
    undeclared: undeclaredForWorkspaces(map),
    locate: (context, input) => locateWorkspace(client, map, context, input),
    read: (context, input) => read({ client, map, limits, pacer, streams }, context, input),
    ...(eraser === undefined
      ? {}
      : {
          async prepare(context, input) {
            const report = await prepare({ client, eraser, map, streams }, context, input);
            if (report.refusals.length > 0 || (await areStillAlone(client, map, context, input.keys))) return report;
            return { refusals: [{ code: 'plan-changed', where: collectionOf(map, map.subject).table }] };
          },
          erase: (context, input) => erase({ eraser, map, pacer, streams }, context, input),
          verify: (context, input) => verify({ client, map, pacer }, context, input),
        }),
  };
}
