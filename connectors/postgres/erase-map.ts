/**
 * What a data map says of erasing: per collection what is done to a record, per field how, which columns name somebody
 * whose record it is not, and which columns tell policy what it must know. Nothing here has a default: a collection
 * without `erase` cannot be planned, and what policy is not told it asks for. The words of the law (events, roles,
 * schemes) are those of src/policy/retention; a test holds them together.
 */
import { type Static, Type } from 'typebox';
import { basisWords, roleWords, supplyWords } from '../law-words.ts';
import { closed, column, columns, Hop, slug } from './map-parts.ts';

const Strategy = Type.Union(
  [
    Type.Literal('random'),
    Type.Literal('null'),
    Type.Literal('keep'),
    Type.Literal('empty'),
    Type.Literal('tombstone'),
    Type.Literal('successor'),
    Type.Object({ constant: Type.Union([Type.String(), Type.Number(), Type.Boolean()]) }, closed),
  ],
  {
    description:
      "`random` (by row and type, derived from nothing), `null` (in quotes), `empty` ('', {} or [] by type), `{ constant: … }`, `keep` (stays as it is), `tombstone` (a reference to the shared tombstone row), or `successor` (a reference that somebody named must take over).",
  },
);
export type Strategy = Static<typeof Strategy>;

/** How records of one collection are erased. */
export const Erase = Type.Object(
  {
    whole: Type.Union([Type.Literal('delete'), Type.Literal('anonymise')], {
      description: 'What is done to a record that is the person’s as a whole: their own, or their closed business’s.',
    }),
    fields: Type.Optional(
      Type.Record(column, Strategy, {
        ...closed,
        description:
          'What becomes of a field: all of them where a record is anonymised; those of the person where it goes on (a workspace’s, or one that a law keeps).',
      }),
    ),
    roles: Type.Optional(
      Type.Record(column, Type.Enum([...roleWords]), {
        ...closed,
        description: 'What a field of `fields` is to the law where it is no part of the document or entry itself.',
      }),
    ),
    otherBases: Type.Optional(
      Type.Array(Type.Enum([...basisWords]), {
        uniqueItems: true,
        description: 'Other bases of Art. 6(1) for the same purpose, declared beforehand (Art. 17(1)(b)).',
      }),
    ),
    acceptTriggers: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 63 }), {
        uniqueItems: true,
        description: 'Triggers of the table that a person looked at: they change nothing of anybody else’s.',
      }),
    ),
  },
  closed,
);
export type Erase = Static<typeof Erase>;

/** A column that names a person whose record it is not: who invited, who added. */
export const Reference = Type.Object({ columns, toColumns: columns }, closed);
export type Reference = Static<typeof Reference>;

const via = Type.Optional(
  Type.Array(Hop, {
    minItems: 1,
    maxItems: 8,
    description: 'Joins to the row that has the column; none: the record’s own.',
  }),
);

/** A column of the record, or of the one row that its joins lead to. */
const Told = Type.Object({ via, column }, closed);
export type Told = Static<typeof Told>;

/** What policy must know of a record before it decides. */
export const RetentionFactsMap = Type.Object(
  {
    events: Type.Optional(
      Type.Object(
        {
          issue: Type.Optional(Told),
          recording: Type.Optional(Told),
          supply: Type.Optional(Told),
          'term-expiry': Type.Optional(Told),
          'last-entry': Type.Optional(Told),
          'tax-payable': Type.Optional(Told),
          closure: Type.Optional(Told),
        },
        {
          ...closed,
          description:
            'Columns with the day of an event that starts a retention clock; null: it has not happened yet. `creation` is `createdAt`.',
        },
      ),
    ),
    supply: Type.Optional(
      Type.Object(
        {
          via,
          column,
          values: Type.Record(Type.String(), Type.Enum([...supplyWords]), {
            ...closed,
            minProperties: 1,
            description: 'Every value of the column; a row with another value parks the lane.',
          }),
        },
        { ...closed, description: 'How a supply was taxed.' },
      ),
    ),
    money: Type.Optional(
      Type.Object(
        { via, column },
        { ...closed, description: 'A column that says since when nothing is owed; money is open while it is null.' },
      ),
    ),
  },
  closed,
);
export type RetentionFactsMap = Static<typeof RetentionFactsMap>;

/** Who may take a workspace over: a row with the workspace's key and the person's, who has not left. */
export const Successors = Type.Object(
  {
    collection: slug('The collection of members: a row per workspace and person.'),
    workspace: columns,
    person: columns,
    leftAt: Type.Optional(column),
  },
  {
    ...closed,
    description:
      'Who may take a workspace over: somebody with a row there, whose `leftAt` is null. `workspace` and `person` are the columns with the two keys.',
  },
);

/** Every column that tells policy something of a record, with its place in the data map. */
export function factColumns(
  name: string,
  { retention }: { readonly retention?: RetentionFactsMap },
): readonly { readonly place: string; readonly told: Told }[] {
  const { events, supply, money } = retention ?? {};
  return [
    ...Object.entries(events ?? {}).map(([event, told]) => ({ place: `${name}.retention.events.${event}`, told })),
    ...(supply === undefined ? [] : [{ place: `${name}.retention.supply`, told: supply }]),
    ...(money === undefined ? [] : [{ place: `${name}.retention.money`, told: money }]),
  ];
}
