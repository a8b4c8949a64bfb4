/**
 * A Stripe account asked about a whole workspace: its customer, by the number under which the account database knows it and by nothing
 * else, with everything that hangs on it, whatever kind of customer it is. An address leads to no workspace. Composes; owns no logic.
 */
import type { CollectionDescription, System, WorkspaceSystem } from '../contract.ts';
import { type ReadDependencies, read } from './read.ts';
import { streamsOf } from './streams.ts';

/** The identifier kind by which a workspace is known here. */
export const workspaceNeeds = ['stripe_customer_id'] as const;

export function workspaceSystem(
  deps: ReadDependencies,
  stages: Pick<System, 'locate' | 'prepare' | 'erase' | 'verify'>,
  collections: readonly CollectionDescription[],
): WorkspaceSystem {
  const { locate, ...changing } = stages;
  const streams = streamsOf(deps.map).map((stream) => ({
    ...stream,
    description: { ...stream.description, ofWorkspace: true as const },
  }));
  return {
    ...changing,
    undeclared: {
      toFind: [],
      toErase: collections.flatMap(({ collection, erase }) =>
        erase === undefined ? [`collections.${collection}.erase`] : [],
      ),
    },
    locate: (context, input) => {
      const identifiers = input.identifiers.filter(({ kind }) => workspaceNeeds.some((one) => one === kind));
      return locate(context, { ...input, identifiers });
    },
    read: (context, input) => read({ ...deps, streams }, context, input),
  };
}
