/** What the data map's `erase` means to policy: which fields an anonymised or a detached record loses. Pure. */
import type { EraseTraits } from '../contract.ts';
import type { Collection, CollectionName } from './data-map.ts';

/**
 * `undefined` where nobody has declared how the collection is erased. The user's own record goes last of all: tickets that are not closed
 * keep Zendesk from deleting it.
 */
export function eraseTraitsOf(name: CollectionName, { erase }: Collection): EraseTraits | undefined {
  if (erase === undefined) return undefined;
  const fields = Object.keys(erase.fields ?? {});
  return {
    mode: 'immediate',
    whole: erase.whole === 'delete' ? 'delete' : 'anonymise',
    anonymises: erase.whole === 'anonymise' ? fields : [],
    detaches: fields,
    successor: [],
    roles: {},
    rank: name === 'users' ? 'subject-row' : 'dependant',
    otherBases: [...(erase.otherBases ?? [])],
  };
}
