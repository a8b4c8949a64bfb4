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
  const fields = entries.map(([field]) => field);
  return {
    mode: 'immediate',
    whole: erase.whole === 'delete' ? 'delete' : 'anonymise',
    // What is part of a document is named too: while a law keeps it nobody asks for it, and afterwards `prepare` says what it can do.
    anonymises: erase.whole === 'anonymise' ? fields : [],
    detaches: fields,
    successor: entries.filter(([, strategy]) => strategy === 'successor').map(([field]) => field),
    roles: { ...erase.roles },
    rank: name === 'customers' ? 'subject-row' : 'dependant',
    otherBases: [...(erase.otherBases ?? [])],
  };
}
