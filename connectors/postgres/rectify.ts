/**
 * The verb `rectify`: columns that the data map declares hold what the person said is right. Only words that the collection
 * declares; an issued document is policy's to keep away from here. See verbs.ts for how a chunk is changed and read back.
 */
import type { CallContext, Deed, DeedInput } from '../contract.ts';
import { doVerb, type VerbDependencies } from './verbs.ts';

type Rectify = Extract<Deed, { verb: 'rectify' }>;

export function rectify(deps: VerbDependencies, context: CallContext, input: DeedInput<Rectify>): Promise<void> {
  const { to } = input.deed;
  return doVerb(deps, context, input, (collection) =>
    Object.fromEntries(
      Object.entries(collection.rectify ?? {}).flatMap(([word, column]) => {
        const value = to[word];
        return value === undefined ? [] : [[column, value]];
      }),
    ),
  );
}
