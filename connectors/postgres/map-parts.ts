/** Parts that every section of the data map is written with: names, columns, joins. Shapes only. */
import { type Static, Type } from 'typebox';

export const slug = (description: string) => Type.String({ pattern: '^[a-z][a-z0-9_-]{0,39}$', description });
export const column = Type.String({ minLength: 1, maxLength: 63, description: 'A column of the table.' });
export const columns = Type.Array(column, { minItems: 1, maxItems: 8 });
export const closed = { additionalProperties: false } as const;

/** One join: `columns` of the row in hand equal `toColumns` of a row in `to`. */
export const Hop = Type.Object({ columns, to: slug('The collection joined to.'), toColumns: columns }, closed);
export type Hop = Static<typeof Hop>;
