/** A PostgreSQL system asked about a whole workspace: the stages of a person, over the streams and keys of a workspace. Composes; owns no logic. */
import type { CallContext, PrepareInput, WorkspaceSystem } from '../contract.ts';
import type { Pacer } from '../pacer.ts';
import type { Catalogue } from './catalogue.ts';
import type { PostgresClient } from './client.ts';
import type { DataMap } from './data-map.ts';
import { erase } from './erase.ts';
import { nameOf } from './lookup.ts';
import { prepare } from './prepare.ts';
import { read } from './read.ts';
import type { Limits } from './settings.ts';
import { collectionOf } from './sql.ts';
import { verify } from './verify.ts';
import { isElsewhere, locateWorkspace, stillAlone } from './workspace-locate.ts';
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
  /** Somebody whose account is planned has come to be in another workspace since. */
  async function isAnybodyElsewhere(context: CallContext, { keys, planned }: PrepareInput): Promise<boolean> {
    const alone = new Set((await stillAlone(client, map, context, keys)).map(nameOf));
    if (alone.size === keys.length) return false;
    for (const stream of planned.streams.filter(({ collection }) => collection === map.subject))
      for await (const { records } of planned.chunks(stream))
        if (records.some(({ key }) => !alone.has(nameOf({ collection: map.subject, key })))) return true;
    return false;
  }
  return {
    undeclared: undeclaredForWorkspaces(map),
    locate: (context, input) => locateWorkspace(client, map, context, input),
    async read(context, input) {
      const keys = await stillAlone(client, map, context, input.keys);
      await read({ client, map, limits, pacer, streams }, context, { ...input, keys });
    },
    ...(eraser === undefined
      ? {}
      : {
          async prepare(context, input) {
            // Read again, the plan is without them.
            if (await isAnybodyElsewhere(context, input))
              return { refusals: [{ code: 'plan-changed', where: collectionOf(map, map.subject).table }] };
            return prepare({ client, eraser, map, streams }, context, input);
          },
          // Weeks may have passed: whoever has come to be in another workspace keeps the account, and what is left of their own.
          async erase(context, input) {
            const keys = await stillAlone(client, map, context, input.keys);
            const ownRow = (catalogue: Catalogue) => isElsewhere(map, catalogue, input.keys);
            await erase({ eraser, map, pacer, streams, ownRow }, context, { ...input, keys });
          },
          async verify(context, input) {
            const keys = await stillAlone(client, map, context, input.keys);
            await verify({ client, map, pacer }, context, { ...input, keys });
          },
        }),
  };
}
