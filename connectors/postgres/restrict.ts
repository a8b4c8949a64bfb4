/**
 * The verb `restrict`: the column that the data map declares says that a record is restricted, or no longer. Idempotent and
 * reversible: `clear` is what the column held before. See verbs.ts for how a chunk is changed and read back.
 */
import type { CallContext, Deed, DeedInput } from '../contract.ts';
import { doVerb, type VerbDependencies } from './verbs.ts';

type Restrict = Extract<Deed, { verb: 'restrict' }>;

export function restrict(deps: VerbDependencies, context: CallContext, input: DeedInput<Restrict>): Promise<void> {
  const { on } = input.deed;
  return doVerb(deps, context, input, (collection) => {
    const declared = collection.restrict;
    return declared === undefined ? {} : { [declared.column]: on ? declared.set : declared.clear };
  });
}
