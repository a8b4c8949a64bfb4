/**
 * The data map of a PostgreSQL system: what each table is, whose, and how its rows reach the subject. It is the register
 * of Art. 30 for that system and the only thing that drives the connector. Nothing here has a default where a wrong
 * guess would show one person's data to another (`owner`, `role`, `customerKind`). Unknown keys are errors.
 */
import { type Static, Type } from 'typebox';
import { PortabilityMap } from '../portability-map.ts';
import { Erase, Reference, RetentionFactsMap, Successors } from './erase-map.ts';
import { closed, column, columns, Hop, slug } from './map-parts.ts';
import { Rectify, Restrict, Suppress } from './verb-map.ts';

export { Hop } from './map-parts.ts';

const reason = Type.String({ minLength: 5, description: 'The reason, which an officer must be able to defend.' });

/** One way in which a row reaches the subject: the last hop ends at a key of the subject's collection. */
const Path = Type.Object(
  {
    via: Type.Array(Hop, { minItems: 1, maxItems: 8 }),
    own: Type.Optional(
      Type.Array(column, {
        description:
          "For `owner: workspace`: the fields that are this person's own when the row is reached by this path. None unless listed.",
      }),
    ),
  },
  closed,
);
export type Path = Static<typeof Path>;

const IdentifierColumn = Type.Object(
  {
    column,
    kind: slug('Identifier kind, such as `email` or `user_id`.'),
    match: Type.Union([Type.Literal('proof'), Type.Literal('candidate')], {
      description:
        '`proof`: an exact match that hits one record proves it. `candidate`: a match is only ever a candidate (former addresses, names).',
    }),
    caseInsensitive: Type.Optional(
      Type.Boolean({ description: 'Also look for other letter case; such matches are candidates, never proof.' }),
    ),
    from: Type.Optional(column),
    to: Type.Optional(column),
  },
  closed,
);
export type IdentifierColumn = Static<typeof IdentifierColumn>;

/** Rows about people who have no row in the subject's collection. */
const Direct = Type.Object(
  {
    by: Type.Array(column, {
      minItems: 1,
      description:
        'Columns of this collection’s `identifiers` that name the person the row is about. A row that bears a proved identifier here is that person’s own.',
    }),
    unless: Type.Array(column, {
      description:
        'Columns with which those paths of `reach` begin that lead to the account of that same person: a row that leads to one is the account holder’s, and is found by the account. Empty where no path does. Not the paths to other people (who invited, whose workspace it is).',
    }),
    own: Type.Optional(
      Type.Array(column, {
        description: "For `owner: workspace`: the fields that are this person's own. None unless listed.",
      }),
    ),
  },
  closed,
);
export type Direct = Static<typeof Direct>;

const Field = Type.Object(
  {
    category: Type.Union(
      [
        'identity',
        'contact',
        'account',
        'service',
        'billing',
        'technical',
        'usage',
        'communication',
        'preference',
        'reference',
        'special-category',
      ].map((c) => Type.Literal(c)),
      { description: 'Category of data (Art. 15(1)(b)).' },
    ),
    label: Type.Optional(
      Type.Object(
        { en: Type.String(), et: Type.Optional(Type.String()) },
        { ...closed, description: 'Name shown to the person.' },
      ),
    ),
    export: Type.Optional(
      Type.Boolean({
        description: '`false`: never given out (a password hash, a secret). A reason is required beside it.',
      }),
    ),
    exportReason: Type.Optional(Type.String({ minLength: 5 })),
  },
  closed,
);

const Collection = Type.Object(
  {
    table: Type.String({ pattern: '^[^.]+\\.[^.]+$', description: '`schema.table`.' }),
    key: Type.Array(column, { minItems: 1, maxItems: 8, description: 'The primary key, composite keys in order.' }),
    label: Type.Optional(Type.Object({ en: Type.String(), et: Type.Optional(Type.String()) }, closed)),
    owner: Type.Union([Type.Literal('person'), Type.Literal('workspace')]),
    role: Type.Union([Type.Literal('controller'), Type.Literal('processor'), Type.Literal('joint')]),
    workspace: Type.Optional(
      Type.Array(Hop, {
        description:
          'The joins from the row to its row in `customerKind.collection`; empty for that collection itself. Required of `owner: workspace` in the role of controller. Elsewhere it says that the row belongs to a workspace too (a membership, what is held for a customer company), and goes with it when the customer instructs that.',
      }),
    ),
    recordClass: slug('Record class, to which retention rules attach.'),
    category: Type.String({ minLength: 3 }),
    purpose: Type.String({ minLength: 3 }),
    legalBasis: Type.Union(
      [
        'consent',
        'contract',
        'legal-obligation',
        'legitimate-interests',
        'legitimate-interests-marketing',
        'vital-interests',
        'public-task',
      ].map((b) => Type.Literal(b)),
      { description: 'Art. 6(1).' },
    ),
    provenance: Type.String({ minLength: 3, description: 'Where the data comes from (Art. 15(1)(g)).' }),
    portability: Type.Optional(PortabilityMap),
    recipients: Type.Array(Type.String({ minLength: 2 }), { description: 'By name (Art. 15(1)(c)); may be empty.' }),
    createdAt: Type.Optional(column),
    identifiers: Type.Optional(Type.Array(IdentifierColumn)),
    /** Where a boolean-like column says that the account's mailbox is shared by several people. */
    sharedMailbox: Type.Optional(Type.Object({ column, values: Type.Array(Type.String(), { minItems: 1 }) }, closed)),
    reach: Type.Optional(
      Type.Array(Path, {
        minItems: 1,
        description:
          'Ways to the subject, tried in order; only the subject collection, and one that knows people by `direct` alone, has none.',
      }),
    ),
    direct: Type.Optional({
      ...Direct,
      description:
        'For collections that also know people who have no row in the subject collection (leads, invited persons, employees of customers).',
    }),
    session: Type.Optional(
      Type.Object(
        {
          from: { ...column, description: 'When the session began; a timestamptz.' },
          to: { ...column, description: 'When it ended, null while it lasts; a timestamptz.' },
          places: Type.Array(
            Type.Object(
              { column, kind: slug('Identifier kind, such as `ip` or `device`, by which log systems can search.') },
              closed,
            ),
            { minItems: 1, description: 'Columns that say where the person was: an address or a device.' },
          ),
        },
        {
          ...closed,
          description:
            'Each row is a session of the person it reaches: tells log systems when an address was theirs, and whether theirs alone.',
        },
      ),
    ),
    erase: Type.Optional({
      ...Erase,
      description: 'How its records are erased; without it no erasure of them can be planned.',
    }),
    references: Type.Optional(
      Type.Array(Reference, {
        minItems: 1,
        description:
          'Columns that name a person whose record it is not (who invited, who added): never shown to that person; cleared when the person’s own row goes, as `erase.fields` says. `toColumns` are columns of the subject collection.',
      }),
    ),
    restrict: Type.Optional({
      ...Restrict,
      description: 'How a record is marked as restricted (Art. 18); without it that is done by hand.',
    }),
    rectify: Type.Optional(Rectify),
    suppress: Type.Optional(Suppress),
    retention: Type.Optional({ ...RetentionFactsMap, description: 'What policy must know before it decides.' }),
    fields: Type.Record(column, Field, {
      ...closed,
      minProperties: 1,
      description:
        'Every column of the table but those in `noPersonalData`: what it is. A column that stands in neither refuses every request.',
    }),
    noPersonalData: Type.Optional(
      Type.Record(column, reason, {
        ...closed,
        description:
          'Columns of the table that say nothing of any person, with the reason; never read. Keys, identifiers and joined columns stand in `fields`.',
      }),
    ),
  },
  closed,
);
export type Collection = Static<typeof Collection>;

export const DataMapSchema = Type.Object(
  {
    version: Type.Literal(1),
    subject: slug('The collection with one row per person.'),
    tombstone: Type.Optional(
      Type.Record(column, Type.String({ minLength: 1 }), {
        ...closed,
        minProperties: 1,
        description:
          'Key of the one shared row of the subject collection that stands for everybody who was erased: references that may not be null point to it. Nobody’s: never found, shown or erased.',
      }),
    ),
    timeZone: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z_]+(/[A-Za-z0-9_+-]+)*$',
        description:
          'Where the day of an instant is taken from (`Europe/Tallinn`), for what `retention` tells; UTC unless given.',
      }),
    ),
    schemas: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 63 }), {
        minItems: 1,
        description:
          'Schemas whose tables must all be declared here, beside those that the collections stand in. Every schema that the login may use unless given.',
      }),
    ),
    noPersonalData: Type.Optional(
      Type.Record(Type.String({ pattern: '^[^.]+\\..+$' }), reason, {
        ...closed,
        description:
          'Tables (`schema.table`) that hold no personal data, with the reason; never read. A table of a compared schema that is neither a collection nor here refuses every request.',
      }),
    ),
    customerKind: Type.Optional(
      Type.Object(
        {
          collection: slug('The collection with one row per workspace.'),
          column,
          values: Type.Record(
            Type.String(),
            Type.Union([Type.Literal('company'), Type.Literal('sole-trader'), Type.Literal('person')]),
            { description: 'Every value of the column; a row with another value parks the lane.' },
          ),
          owner: Type.Object(
            { columns, toColumns: columns },
            {
              ...closed,
              description: 'Columns that point to the person whose business it is: a key of the subject collection.',
            },
          ),
          closedAt: Type.Optional({
            ...column,
            description: 'A workspace with a value here is closed: its contract has ended.',
          }),
          successors: Type.Optional(Successors),
        },
        closed,
      ),
    ),
    collections: Type.Record(slug('Collection name, used in packages and reports.'), Collection, {
      ...closed,
      minProperties: 1,
      description: 'Names are slugs: small letters, digits, `_` and `-`.',
    }),
  },
  { ...closed, $id: 'https://habeas.invalid/schema/postgres-data-map.json', title: 'Habeas data map for PostgreSQL' },
);
export type DataMap = Static<typeof DataMapSchema>;
