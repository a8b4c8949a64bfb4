/**
 * The data map of logs in S3: under which prefix each log lies, whose its lines are, and in which fields a person's
 * identifiers stand. It is the register of Art. 30 for these logs and the only thing that drives the connector. Nothing
 * here has a default where a wrong guess would show one person's lines to another (`owner`, `role`, `strength`, `in`).
 * Unknown keys are errors.
 */
import { type Static, Type } from 'typebox';
import { PortabilityMap } from '../portability-map.ts';

const closed = { additionalProperties: false } as const;
const slug = (description: string) => Type.String({ pattern: '^[a-z][a-z0-9_-]{0,39}$', description });
const name = (description: string) => Type.String({ minLength: 1, maxLength: 128, description });
const label = (description: string) =>
  Type.Object({ en: Type.String(), et: Type.Optional(Type.String()) }, { ...closed, description });

const field = Type.Union(
  [name('A top-level field of the record.'), Type.Array(name('A key.'), { minItems: 1, maxItems: 8 })],
  { description: 'A top-level field (`user_id`), or the keys that lead to a nested one (`[user, id]`).' },
);
export type FieldPath = Static<typeof field>;

const IdentifierField = Type.Object(
  {
    field,
    kind: slug('Identifier kind, such as `user_id`, `email` or `ip`.'),
    in: Type.Union([Type.Literal('value'), Type.Literal('query')], {
      description:
        '`value`: the field is the identifier and says who acted. `query`: the field is an address whose query string may have it.',
    }),
    parameters: Type.Optional(
      Type.Array(name('A parameter of the query string.'), {
        minItems: 1,
        description: 'For `in: query`: the names under which the identifier stands, as they are after decoding.',
      }),
    ),
    strength: Type.Union([Type.Literal('strong'), Type.Literal('weak')], {
      description:
        '`strong`: the value is one person’s (an account, an address). `weak`: it points to a place (an IP address, a device) and proves a line only in a window that was the person’s alone.',
    }),
    caseInsensitive: Type.Optional(
      Type.Boolean({
        description: 'Also look for other letter case and Unicode composition; such lines are candidates, never proof.',
      }),
    ),
  },
  closed,
);
export type IdentifierField = Static<typeof IdentifierField>;

const Field = Type.Object(
  {
    category: Type.Union(
      [
        ...['identity', 'contact', 'account', 'service', 'billing', 'technical', 'usage'],
        ...['communication', 'preference', 'reference', 'special-category'],
      ].map((c) => Type.Literal(c)),
      { description: 'Category of data (Art. 15(1)(b)).' },
    ),
    label: Type.Optional(label('Name shown to the person.')),
    export: Type.Optional(
      Type.Boolean({ description: '`false`: never given out (a secret, a token). A reason is required beside it.' }),
    ),
    exportReason: Type.Optional(Type.String({ minLength: 5 })),
  },
  closed,
);

const Erasure = Type.Union(
  [
    Type.Object(
      {
        mode: Type.Literal('keep-until-expiry', {
          description: 'Single lines are not erased: every object goes as a whole after its time to live.',
        }),
        days: Type.Integer({
          minimum: 1,
          maximum: 3_650,
          description:
            'Days after an object was stored on which the bucket lets go of it (a lifecycle rule of yours). `prepare` refuses where older objects are still there.',
        }),
        balancing: Type.Object(
          { en: Type.String({ minLength: 40 }), et: Type.Optional(Type.String({ minLength: 40 })) },
          {
            ...closed,
            description:
              'Why the lines stay until then although erasure was asked for: purpose, time, who may read them, what would speak against it. Told to the person.',
          },
        ),
      },
      closed,
    ),
    Type.Object(
      {
        mode: Type.Literal('rewrite', {
          description: 'Lines are to be erased by rewriting their objects. Cannot be done yet: plans are refused.',
        }),
      },
      closed,
    ),
  ],
  { description: 'What a request for erasure does to the lines of this log. Nothing can be planned without it.' },
);

const Collection = Type.Object(
  {
    prefix: Type.String({
      maxLength: 512,
      description: 'Where the log’s objects lie in the bucket, such as `logs/access/`; a folder ends with `/`.',
    }),
    format: Type.Literal('ndjson', { description: 'One JSON object per line.' }),
    compression: Type.Union([Type.Literal('auto'), Type.Literal('gzip'), Type.Literal('none')], {
      description: '`auto`: each object by its first two bytes.',
    }),
    date: Type.Optional(
      Type.String({
        maxLength: 200,
        description:
          'How the day stands in an object’s name below the prefix, such as `access-{yyyy}-{mm}-{dd}.ndjson.gz`. Lets objects be left out whose day no window of the person comes near.',
      }),
    ),
    time: field,
    label: Type.Optional(label('Shown instead of the collection’s name.')),
    owner: Type.Union([Type.Literal('person'), Type.Literal('workspace')]),
    own: Type.Optional(
      Type.Array(name('A field.'), {
        description: 'For `owner: workspace`: the fields that are the person’s own. None unless listed.',
      }),
    ),
    role: Type.Union([Type.Literal('controller'), Type.Literal('processor'), Type.Literal('joint')]),
    recordClass: slug('Record class, to which retention rules attach.'),
    category: Type.String({ minLength: 3 }),
    purpose: Type.String({ minLength: 3 }),
    legalBasis: Type.Union(
      [
        ...['consent', 'contract', 'legal-obligation', 'legitimate-interests', 'legitimate-interests-marketing'],
        ...['vital-interests', 'public-task'],
      ].map((b) => Type.Literal(b)),
      { description: 'Art. 6(1).' },
    ),
    provenance: Type.String({ minLength: 3, description: 'Where the data comes from (Art. 15(1)(g)).' }),
    portability: Type.Optional(PortabilityMap),
    recipients: Type.Array(Type.String({ minLength: 2 }), { description: 'By name (Art. 15(1)(c)); may be empty.' }),
    erasure: Type.Optional(Erasure),
    identifiers: Type.Array(IdentifierField, { minItems: 1 }),
    sharedMailboxes: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 254 }), {
        description:
          'Local parts (`info`) or addresses that several people read; their lines are candidates, never proof.',
      }),
    ),
    nearHours: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 168,
        description:
          'How far outside a window a line of a weak value is still proposed to a person; 0 unless given. Further away it is somebody else’s.',
      }),
    ),
    display: Type.Optional(
      Type.Array(name('A field.'), {
        maxItems: 4,
        description:
          'Fields of an example line that help a person decide about candidates; shown without their query string. Name none that tells who somebody is.',
      }),
    ),
    fields: Type.Record(name('A top-level field.'), Field, {
      ...closed,
      minProperties: 1,
      description:
        'Every top-level field of the log, those that are not given out (`export: false`) too. A line of the person with another one stops the reading: nothing is left out silently.',
    }),
  },
  closed,
);
export type Collection = Static<typeof Collection>;

export const DataMapSchema = Type.Object(
  {
    version: Type.Literal(1),
    collections: Type.Record(slug('Collection name, used in packages and reports.'), Collection, {
      ...closed,
      minProperties: 1,
      description: 'Names are slugs: small letters, digits, `_` and `-`.',
    }),
  },
  { ...closed, $id: 'https://habeas.invalid/schema/s3-logs-data-map.json', title: 'Habeas data map for logs in S3' },
);
export type DataMap = Static<typeof DataMapSchema>;

/** The keys that lead to a field. */
export const pathOf = (path: FieldPath): readonly string[] => (typeof path === 'string' ? [path] : path);

/** A field's name as findings and errors may show it: a log with data in its keys must not tell it there. */
export const shownField = (field: string): string => (/^@?[\w.-]{1,64}$/.test(field) ? field : '(other)');

/** Every declared identifier of every collection. */
export const identifierFields = (map: DataMap): readonly IdentifierField[] =>
  Object.values(map.collections).flatMap(({ identifiers }) => identifiers);
