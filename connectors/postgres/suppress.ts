/**
 * The verb `suppress`: columns that the data map declares say that a record is no longer used for marketing or for what was
 * consented to. Since when stays what it was (`{ time: now }`). See verbs.ts for how a chunk is changed and read back.
 */
import type { CallContext, Deed, DeedInput } from '../contract.ts';
import { doVerb, type VerbDependencies } from './verbs.ts';

type Suppress = Extract<Deed, { verb: 'suppress' }>;

export function suppress(deps: VerbDependencies, context: CallContext, input: DeedInput<Suppress>): Promise<void> {
  return doVerb(deps, context, input, (collection) => collection.suppress ?? {});
}
