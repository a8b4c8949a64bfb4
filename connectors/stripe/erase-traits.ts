/** What the data map's `erase` means to policy: which fields an anonymised or a detached record loses. Pure. */
import type { EraseTraits } from '../contract.ts';
import type { Collection, CollectionName } from './data-map.ts';

/**
 * `undefined` where nobody has declared how the collection is erased. The customer's own record goes last of all: everything else
 * of the account hangs on it.
 */
export function eraseTraitsOf(name: CollectionName, { erase }: Collection): EraseTraits | undefined {
  if (erase === undefined) return undefined;
  const entries = Object.entries(erase.fields ?? {});
  const changed = entries.filter(([, strategy]) => strategy !== 'document').map(([field]) => field);
  return {
    mode: 'immediate',
    whole: erase.whole === 'delete' ? 'delete' : 'anonymise',
    anonymises: erase.whole === 'anonymise' ? changed : [],
    // What is part of a document is named too, so that the law which keeps it is: nothing of it is ever changed.
    detaches: entries.map(([field]) => field),
    successor: entries.filter(([, strategy]) => strategy === 'successor').map(([field]) => field),
    roles: { ...erase.roles },
    rank: name === 'customers' ? 'subject-row' : 'dependant',
    otherBases: [...(erase.otherBases ?? [])],
  };
}
