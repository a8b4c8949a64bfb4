/**
 * The data map of a Stripe account: whose each customer is, and per collection what it is for, on which basis, how long it is
 * kept and how it is erased. The objects are Stripe's; whose they are and why they are held is the company's to say, and has
 * no default. Unknown keys are errors.
 */
import { type Static, Type } from 'typebox';
import { closed, Field, label, slug, words } from '../declared.ts';
import { basisWords, eventWords, roleWords, supplyWords } from '../law-words.ts';
import { PortabilityMap } from '../portability-map.ts';

const metadataKey = Type.String({ minLength: 1, maxLength: 40, description: 'A key of the object’s `metadata`.' });

/** A field of an object, or one inside it: `email`, `billing_details.email`, `metadata.contact_name`. */
const path = Type.String({
  pattern: '^[a-z_0-9]+(\\.[A-Za-z0-9_ -]+)*$',
  maxLength: 100,
  description: 'A field; a dot leads into it.',
});

const kindWords = ['company', 'sole-trader', 'person'] as const;
export const strategies = ['empty', 'successor', 'cancel', 'detach', 'document'] as const;

/** Where a fact stands: in the record, or in the customer it belongs to. */
const place = {
  of: Type.Optional(words(['customer'], 'The field is the customer’s, not the record’s own.')),
  field: path,
};

const Retention = Type.Object(
  {
    events: Type.Optional(
      Type.Object(Object.fromEntries(eventWords.map((event) => [event, Type.Optional(Type.Object(place, closed))])), {
        ...closed,
        description:
          'Fields with the instant of an event that starts a retention clock; null: it has not happened yet. `creation` is `created`.',
      }),
    ),
    supply: Type.Optional(
      Type.Union(
        [
          Type.Object({ is: words(supplyWords, 'The same for every record.') }, closed),
          Type.Object(
            {
              ...place,
              values: Type.Record(Type.String(), words(supplyWords, 'How the supply was taxed.'), {
                ...closed,
                minProperties: 1,
                description: 'Every value of the field; a record with another value parks the lane.',
              }),
              withoutCustomer: Type.Optional(
                words(
                  supplyWords,
                  'With `of: customer`: how the supply was taxed where there is no customer, of a guest or one that was deleted in Stripe; without this, nothing of theirs can be planned.',
                ),
              ),
            },
            closed,
          ),
        ],
        { description: 'How a supply was taxed.' },
      ),
    ),
  },
  closed,
);

const Erase = Type.Object(
  {
    whole: words(['delete', 'anonymise'], 'What is done to a record that is the person’s as a whole.'),
    fields: Type.Optional(
      Type.Record(path, words(strategies, 'What is done to the field.'), {
        ...closed,
        description:
          'What is taken out of a record: `empty`, `successor` (a customer’s `email`: who takes the contact over), `cancel` (a subscription’s `status`: it ends now), `detach` (a payment method’s `customer`), `document` (part of an issued document: it stays with it).',
      }),
    ),
    roles: Type.Optional(
      Type.Record(path, words(roleWords, 'What the field is to the law.'), {
        ...closed,
        description: 'What a field of `fields` is to the law where it is no part of the document or entry itself.',
      }),
    ),
    otherBases: Type.Optional(Type.Array(words(basisWords, 'A basis of Art. 6(1).'), { uniqueItems: true })),
  },
  closed,
);

const Collection = Type.Object(
  {
    label: Type.Optional(label),
    role: words(['controller', 'processor', 'joint'], 'In which role the company holds it.'),
    recordClass: slug('Record class, to which retention rules attach.'),
    category: Type.String({ minLength: 3 }),
    purpose: Type.String({ minLength: 3 }),
    legalBasis: words(basisWords, 'Art. 6(1).'),
    provenance: Type.String({ minLength: 3, description: 'Where the data comes from (Art. 15(1)(g)).' }),
    portability: Type.Optional(PortabilityMap),
    recipients: Type.Array(Type.String({ minLength: 2 }), { description: 'By name (Art. 15(1)(c)); may be empty.' }),
    own: Type.Optional(
      Type.Array(path, {
        description:
          'Of a company’s record that names the person as its contact: the fields that are the person’s. None unless listed.',
      }),
    ),
    retention: Type.Optional(Retention),
    erase: Type.Optional({
      ...Erase,
      description: 'How its records are erased; without it no erasure of them can be planned.',
    }),
    fields: Type.Record(path, Field, {
      ...closed,
      minProperties: 1,
      description:
        'Every field that a record may have a value in. A record with a value in another one stops the reading: nothing is left out silently.',
    }),
  },
  closed,
);
export type Collection = Static<typeof Collection>;

/**
 * What is read, in the order of streams. A customer of a person's own is two records: what says who it is (`customers`), which is emptied
 * when nothing needs it, and the customer as such (`customer_numbers`), which issued documents name and which goes after them.
 */
export const collectionNames = [
  ...(['customers', 'subscriptions', 'invoices', 'charges', 'refunds', 'payment_methods', 'tax_ids'] as const),
  'customer_numbers' as const,
];
export type CollectionName = (typeof collectionNames)[number];

export const DataMapSchema = Type.Object(
  {
    version: Type.Literal(1),
    timeZone: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z_]+(/[A-Za-z0-9_+-]+)*$',
        description:
          'Where the day of an instant is taken from (`Europe/Tallinn`), for what `retention` tells; UTC unless given.',
      }),
    ),
    customer: Type.Object(
      {
        kind: Type.Union(
          [
            Type.Object({ is: words(kindWords, 'The same for every customer of the account.') }, closed),
            Type.Object(
              {
                metadata: metadataKey,
                values: Type.Record(Type.String({ minLength: 1 }), words(kindWords, 'What kind of customer it is.'), {
                  ...closed,
                  minProperties: 1,
                  description:
                    'Every value of that key; a customer with another value, or without one, parks the lane.',
                }),
                deleted: Type.Optional(
                  words(
                    kindWords,
                    'What a customer counts as that was deleted in Stripe, and its metadata with it; without this, one parks the lane.',
                  ),
                ),
              },
              closed,
            ),
          ],
          { description: 'Whether customers are companies, sole traders or private persons. There is no default.' },
        ),
        workspace: Type.Optional(
          Type.Object(
            { metadata: metadataKey },
            { ...closed, description: 'Where the customer bears the key of its workspace in the account database.' },
          ),
        ),
        closed: Type.Optional(
          words(
            ['without-subscription'],
            'A customer of whom no subscription runs has no contract here any more. Never assumed unless written.',
          ),
        ),
        sharedMailboxes: Type.Optional(
          Type.Array(Type.String({ minLength: 1, maxLength: 254 }), {
            description: 'Local parts (`info`) or addresses that several people read; they prove nobody.',
          }),
        ),
      },
      closed,
    ),
    collections: Type.Object(
      Object.fromEntries(collectionNames.map((name) => [name, Collection])) as Record<
        CollectionName,
        typeof Collection
      >,
      closed,
    ),
  },
  { ...closed, $id: 'https://habeas.invalid/schema/stripe-data-map.json', title: 'Habeas data map for Stripe' },
);
export type DataMap = Static<typeof DataMapSchema>;

/** What a path leads to; undefined where it leads nowhere. A key of metadata may have any form. */
export function valueAt(object: Readonly<Record<string, unknown>>, fieldPath: string): unknown {
  let value: unknown = object;
  for (const part of fieldPath.split('.')) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Object.hasOwn(value, part) ? Reflect.get(value, part) : undefined;
  }
  return value;
}
