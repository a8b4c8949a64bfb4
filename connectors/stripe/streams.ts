/**
 * The fixed order of streams of an account: per collection, the records of a sole trader's and of a private person's own customer,
 * those of a company's customer that name the person as its contact, the company's other ones, and of payments that no customer
 * made the person's own. Policy decides each as a whole. Configuration only.
 */
import type { CustomerKind, StreamDescription } from '../contract.ts';
import { exportable } from '../declared.ts';
import { type Collection, type CollectionName, collectionNames, type DataMap } from './data-map.ts';
import { contactFields, paymentCollections } from './objects.ts';
import { provedNames, type Root } from './roots.ts';

export interface Stream {
  readonly description: StreamDescription;
  readonly name: CollectionName;
  readonly collection: Collection;
  /** Of a company's: only records that name the contact, or only those that do not; else all. */
  readonly only: 'named' | 'rest' | undefined;
  /** Whether the stream has records of this root. */
  startsAt(root: Root): boolean;
}

interface Form {
  readonly proved: Root['proved'];
  readonly kind: CustomerKind | undefined;
  readonly only: 'named' | 'rest' | undefined;
}

const forms: readonly Form[] = [
  { proved: provedNames.customer, kind: 'sole-trader', only: undefined },
  { proved: provedNames.customer, kind: 'person', only: undefined },
  { proved: provedNames.contact, kind: 'company', only: 'named' },
  { proved: provedNames.contact, kind: 'company', only: 'rest' },
  { proved: provedNames.customer, kind: 'company', only: undefined },
  { proved: provedNames.payment, kind: undefined, only: undefined },
];

/** Every stream, numbered by its place in the table of collections and forms. */
export function streamsOf(map: DataMap): readonly Stream[] {
  return collectionNames.flatMap((name, at) =>
    forms.flatMap((form, i) => {
      if (form.only === 'named' && contactFields[name] === undefined) return [];
      if (form.proved === provedNames.payment && !paymentCollections.includes(name)) return [];
      // A company's customer is the company's, whoever its contact is: nothing of it ever goes with a person.
      if (name === 'customer_numbers' && (form.kind === 'company' || form.kind === undefined)) return [];
      return [streamOf(map, name, form, at * forms.length + i)];
    }),
  );
}

function streamOf(map: DataMap, name: CollectionName, form: Form, no: number): Stream {
  const collection = map.collections[name];
  const { proved, kind, only } = form;
  const own = only === 'named' ? (collection.own ?? []) : [];
  const isCustomer = name === 'customers';
  return {
    name,
    collection,
    only,
    startsAt: (root) => root.proved === proved && root.kind === kind,
    description: {
      no,
      collection: name,
      provedIn: proved,
      recordClass: collection.recordClass,
      owner: proved === provedNames.payment ? 'person' : 'workspace',
      ...(kind === undefined
        ? {}
        : { customerKind: kind, subjectOwnsWorkspace: kind !== 'company' || only === 'named' }),
      role: collection.role,
      fields: only === 'named' ? own : exportable(collection),
      ownFields: own,
      reachedBy: reachedBy(name, form),
      // Who looked after a company's bills is asked to name somebody else; a contract is only told of where the map says by what.
      ...(isCustomer && (only === 'named' || (kind !== 'company' && map.customer.closed !== undefined))
        ? { isWorkspace: true as const }
        : {}),
    },
  };
}

function reachedBy(name: CollectionName, { proved, only }: Form): string {
  if (proved === provedNames.payment) return `${name}.payment_intent = payment_intents.id`;
  const way =
    name === 'customers' || name === 'customer_numbers'
      ? 'customers.id'
      : `${name === 'refunds' ? 'refunds.charge = charges.id, charges' : name}.customer = customers.id`;
  return only === 'named' ? `${way}, ${name}.${contactFields[name] ?? ''}` : way;
}
