/** What the data map's `erase` means to policy: which fields an anonymised or a detached record loses. Pure. */
import type { EraseTraits } from '../contract.ts';
import type { Collection, CollectionName } from './data-map.ts';

/** Instead of a field: all of the object, which only Stripe itself can redact, and then says so. */
export const wholeObject = 'redaction';

/**
 * `undefined` where nobody has declared how the collection is erased. The customer goes last of all: everything else of the account
 * hangs on it. `redacts`: where redaction jobs are ordered, what is left of a customer is not deleted but redacted.
 */
export function eraseTraitsOf(name: CollectionName, { erase }: Collection, redacts: boolean): EraseTraits | undefined {
  if (erase === undefined) return undefined;
  const isRedacted = name === 'customer_numbers' && redacts;
  const entries = Object.entries(erase.fields ?? {});
  const fields = entries.map(([field]) => field);
  return {
    mode: 'immediate',
    whole: erase.whole === 'delete' && !isRedacted ? 'delete' : 'anonymise',
    // What is part of a document is named too: while a law keeps it nobody asks for it, and afterwards `prepare` says what it can do.
    anonymises: isRedacted ? [wholeObject] : erase.whole === 'anonymise' ? fields : [],
    detaches: fields,
    successor: entries.filter(([, strategy]) => strategy === 'successor').map(([field]) => field),
    roles: { ...erase.roles },
    rank: name === 'customers' || name === 'customer_numbers' ? 'subject-row' : 'dependant',
    otherBases: [...(erase.otherBases ?? [])],
  };
}
