/**
 * What every data map says of a collection in the same words, as the contract and the sink ask for it. The pieces of a schema are
 * those of data maps whose fields are a vendor's. Pure.
 */
import { Type } from 'typebox';
import type { CollectionDescription, Label } from './contract.ts';

export const closed = { additionalProperties: false } as const;
export const slug = (description: string) => Type.String({ pattern: '^[a-z0-9][a-z0-9_-]{0,39}$', description });
export const words = <const T extends string>(list: readonly T[], description: string) =>
  Type.Enum([...list], { description });
export const label = Type.Object({ en: Type.String(), et: Type.Optional(Type.String()) }, closed);

export const Field = Type.Object(
  {
    category: words(
      [
        ...['identity', 'contact', 'account', 'service', 'billing', 'technical', 'usage', 'communication'],
        ...['preference', 'reference', 'special-category'],
      ],
      'Category of data (Art. 15(1)(b)).',
    ),
    label: Type.Optional({ ...label, description: 'Name shown to the person.' }),
    export: Type.Optional(Type.Boolean({ description: '`false`: never given out. A reason is required beside it.' })),
    exportReason: Type.Optional(Type.String({ minLength: 5 })),
  },
  closed,
);

interface Declared
  extends Pick<
    CollectionDescription,
    | 'label'
    | 'role'
    | 'recordClass'
    | 'category'
    | 'purpose'
    | 'legalBasis'
    | 'provenance'
    | 'portability'
    | 'recipients'
  > {
  readonly fields: Readonly<Record<string, { readonly label?: Label; readonly export?: boolean }>>;
}

/** What the register of Art. 30 says of a collection; whose it is and how it is erased is the connector's to add. */
export function describeCollection(
  collection: string,
  declared: Declared,
): Omit<CollectionDescription, 'owner' | 'files' | 'key' | 'erase' | 'verbs'> {
  const { role, recordClass, category, purpose, legalBasis, provenance, portability, recipients, fields } = declared;
  const labels = Object.entries(fields).flatMap(([field, one]) =>
    one.label === undefined ? [] : [[field, one.label] as const],
  );
  return {
    ...{
      collection,
      label: declared.label,
      fieldLabels: Object.fromEntries(labels),
      role,
      recordClass,
      category,
      purpose,
    },
    ...{ legalBasis, provenance, portability, recipients, fields: Object.keys(fields) },
  };
}

/** The fields that may ever be given out, in the data map's order. */
export const exportable = ({ fields }: Pick<Declared, 'fields'>): readonly string[] =>
  Object.entries(fields).flatMap(([field, { export: given }]) => (given === false ? [] : [field]));

/** Whether there is anything: vendors write null, '', [] and {} for nothing. */
export function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '' || value === false || value === 0) return true;
  if (typeof value !== 'object') return false;
  return Object.values(value).every(isEmpty);
}
