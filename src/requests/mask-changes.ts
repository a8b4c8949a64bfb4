/** What reviewers changed about the masks of a reading, opened in the order in which it was said. Personal data in memory only. */
import type { Deps } from '../deps.ts';
import { HabeasError } from '../errors.ts';
import { storedChanges } from '../ledger/masks.ts';
import type { RoundKey } from '../ledger/rounds.ts';
import { getSealed } from '../ledger/vault.ts';
import { type Change, changeIn } from '../masking/changes.ts';

export async function changesOf(
  { ledger: { db }, keys }: Pick<Deps, 'ledger' | 'keys'>,
  key: RoundKey,
): Promise<readonly Change[]> {
  const changes: Change[] = [];
  for (const { sealed } of await storedChanges(db, key)) changes.push(await getSealed(db, keys, sealed, changeOrFail));
  return changes;
}

function changeOrFail(value: unknown): Change {
  const change = changeIn(value);
  if (change === undefined) throw new HabeasError('seal-broken', { where: 'mask' });
  return change;
}
