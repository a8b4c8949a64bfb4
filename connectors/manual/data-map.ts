/**
 * The data map of a system that no program can reach: what it holds, whose, why, and of which class, as for every other system. It
 * has no fields, because nobody reads any: what a person gets is in files. Unknown keys are errors.
 */
import { type Static, Type } from 'typebox';
import { closed, slug, words } from '../declared.ts';
import { basisWords } from '../law-words.ts';
import { PortabilityMap } from '../portability-map.ts';

const Collection = Type.Object(
  {
    label: Type.Optional(
      Type.Object(
        { en: Type.String(), et: Type.Optional(Type.String()) },
        { ...closed, description: 'Name shown to the person.' },
      ),
    ),
    owner: words(['person', 'workspace'], 'Whose the records are. No default.'),
    role: words(['controller', 'processor', 'joint'], 'In which role the company holds it; processor: it is referred.'),
    recordClass: slug('Record class, to which retention rules attach.'),
    category: Type.String({ minLength: 3 }),
    purpose: Type.String({ minLength: 3 }),
    legalBasis: words(basisWords, 'Art. 6(1).'),
    provenance: Type.String({ minLength: 3, description: 'Where the data comes from (Art. 15(1)(g)).' }),
    portability: Type.Optional(PortabilityMap),
    recipients: Type.Array(Type.String({ minLength: 2 }), { description: 'By name (Art. 15(1)(c)); may be empty.' }),
  },
  closed,
);

export const DataMapSchema = Type.Object(
  {
    version: Type.Literal(1),
    collections: Type.Record(Type.String({ pattern: '^[a-z0-9][a-z0-9_-]{0,39}$' }), Collection, {
      ...closed,
      minProperties: 1,
      description: 'Everything the system holds about people; each is counted in every answer.',
    }),
  },
  {
    ...closed,
    $id: 'https://habeas.invalid/schema/manual-data-map.json',
    title: 'manual data map',
  },
);
export type DataMap = Static<typeof DataMapSchema>;
