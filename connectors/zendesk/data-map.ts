/**
 * The data map of a Zendesk account: per collection what it is for, on which basis, how long it is kept and how it is erased. The objects
 * are Zendesk's; why they are held, and what the company's own custom fields are, is the company's to say, and has no default.
 * Unknown keys are errors.
 */
import { type Static, Type } from 'typebox';
import { HabeasError } from '../../src/errors.ts';
import { closed, Field, label, slug, words } from '../declared.ts';
import { basisWords, eventWords } from '../law-words.ts';
import { PortabilityMap } from '../portability-map.ts';

const fieldName = Type.String({ pattern: '^[a-z_0-9]+$', maxLength: 60 });

const Retention = Type.Object(
  {
    events: Type.Optional(
      Type.Object(
        Object.fromEntries(
          eventWords.map((event) => [
            event,
            Type.Optional(
              Type.Object(
                {
                  of: Type.Optional(words(['ticket'], 'The field is the ticket’s, not the record’s own.')),
                  field: fieldName,
                  whenClosed: Type.Optional(
                    Type.Boolean({
                      description: 'Only of a ticket that is solved or closed; until then it has not happened.',
                    }),
                  ),
                },
                closed,
              ),
            ),
          ]),
        ),
        {
          ...closed,
          description: 'Fields with the instant of an event that starts a retention clock; `creation` is `created_at`.',
        },
      ),
    ),
  },
  closed,
);

export const strategies = ['redact', 'empty', 'leave'] as const;

const Erase = Type.Object(
  {
    whole: words(
      ['delete', 'anonymise'],
      '`delete`: the record goes, what is said in a ticket with its ticket. `anonymise`: it stays, and loses the fields below.',
    ),
    fields: Type.Optional(
      Type.Record(fieldName, words(strategies, 'What is done to the field.'), {
        ...closed,
        description:
          '`redact` (the text of a comment, a passage of one, a file), `empty` (a ticket’s subject, its custom fields), `leave` (the person is taken out of those who get copies).',
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
    retention: Type.Optional(Retention),
    erase: Type.Optional({
      ...Erase,
      description: 'How its records are erased; without it no erasure of them can be planned.',
    }),
    customFields: Type.Optional(
      Type.Record(Type.String({ minLength: 1, maxLength: 100 }), Field, {
        ...closed,
        description:
          'The company’s own fields: of tickets by number, of users by key. A value in another one stops the reading.',
      }),
    ),
    fields: Type.Record(fieldName, Field, {
      ...closed,
      minProperties: 1,
      description:
        'Every field that a record may have a value in. A record with a value in another one stops the reading: nothing is left out silently.',
    }),
  },
  closed,
);
export type Collection = Static<typeof Collection>;

/** By what of the person's others' tickets are searched for passages about them. */
export const mentionKinds = ['email', 'name', 'phone'] as const;
export type MentionedBy = (typeof mentionKinds)[number];

/**
 * What is read. A person's own tickets are their conversations; a copied ticket is another's, of which they got copies and saw what is
 * public; `replies` are what they wrote in one themselves.
 */
const alwaysRead = [
  ...(['users', 'identities', 'tickets', 'satisfaction_ratings', 'comments', 'notes', 'attachments'] as const),
  ...(['copied_tickets', 'replies', 'reply_attachments', 'copied_comments', 'copied_attachments'] as const),
] as const;
/** `mentions`: passages in others' tickets that a person said are about the subject; only where the map says that they are looked for. */
export const collectionNames = [...alwaysRead, 'mentions'] as const;
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
    user: Type.Object(
      {
        externalId: Type.Optional(
          slug(
            'What kind of identifier a user’s `external_id` is (`user_id` of the account database); not used unless given.',
          ),
        ),
        sharedMailboxes: Type.Optional(
          Type.Array(Type.String({ minLength: 1, maxLength: 254 }), {
            description: 'Local parts (`info`) or addresses that several people read; they prove nobody.',
          }),
        ),
        mentionedBy: Type.Optional(
          Type.Array(words(mentionKinds, 'What is theirs alone: an address, a full name, a telephone number.'), {
            minItems: 1,
            uniqueItems: true,
            description:
              'By what others’ tickets are searched for passages about the person; each is a question to a named person. They are not searched unless given, beside `collections.mentions`.',
          }),
        ),
      },
      closed,
    ),
    collections: Type.Object(
      {
        ...(Object.fromEntries(alwaysRead.map((name) => [name, Collection])) as Record<
          (typeof alwaysRead)[number],
          typeof Collection
        >),
        mentions: Type.Optional(Collection),
      },
      closed,
    ),
  },
  { ...closed, $id: 'https://habeas.invalid/schema/zendesk-data-map.json', title: 'Habeas data map for Zendesk' },
);
export type DataMap = Static<typeof DataMapSchema>;

/** Collections that the map has, in their order. */
export const mappedNames = ({ collections }: DataMap): readonly CollectionName[] =>
  collectionNames.filter((name) => collections[name] !== undefined);

/** A collection that the map has; fails with `plan-changed` where it has it no more. */
export function collectionOf({ collections }: DataMap, name: CollectionName): Collection {
  const collection = collections[name];
  if (collection === undefined) throw new HabeasError('plan-changed', { where: name });
  return collection;
}

/** Whether several people read this address, as far as the data map says. */
export function isShared({ user: { sharedMailboxes = [] } }: DataMap, email: string): boolean {
  const folded = email.toLowerCase();
  const local = folded.slice(0, folded.lastIndexOf('@'));
  return sharedMailboxes.some((one) => [folded, local].includes(one.toLowerCase()));
}
