/**
 * What a data map says of rights that act on records: which columns mark a record as restricted, which hold what a person may
 * have corrected, which end its use for marketing or for what was consented to. Nothing here has a default: what is not declared
 * is done by hand. Shapes and their checks only.
 */
import { type Static, Type } from 'typebox';
import type { VerbTraits } from '../contract.ts';
import { isOfDocument } from '../law-words.ts';
import type { Collection } from './data-map.ts';
import type { Say } from './declarations.ts';
import { closed, column, slug } from './map-parts.ts';

const Value = Type.Union([Type.String({ maxLength: 200 }), Type.Number(), Type.Boolean(), Type.Null()]);
export type Value = Static<typeof Value> | { readonly time: 'now' };

export const Restrict = Type.Object(
  {
    column,
    set: { ...Value, description: 'What the column holds while the record is restricted.' },
    clear: { ...Value, description: 'What it holds otherwise, and again when the restriction is lifted.' },
  },
  closed,
);

export const Rectify = Type.Record(slug('What is corrected: `name`, `email`, `phone`, …'), column, {
  ...closed,
  description:
    'By what a person may have corrected, the column that holds it; `{}`: the records have nothing of the kind. Never a column of an issued document.',
});

const Since = Type.Object({ time: Type.Literal('now') }, closed);

export const Suppress = Type.Record(column, Type.Union([Value, Since]), {
  ...closed,
  minProperties: 1,
  description:
    'Columns and what they hold once consent is withdrawn or direct marketing objected to; `{ time: now }`: since when, unless that is said already.',
});

interface Declared {
  readonly restrict?: Static<typeof Restrict>;
  readonly rectify?: Static<typeof Rectify>;
  readonly suppress?: Static<typeof Suppress>;
}

/** What of these verbs a collection declares; undefined: none. */
export function verbTraits({ restrict, rectify, suppress }: Declared): VerbTraits | undefined {
  if (restrict === undefined && rectify === undefined && suppress === undefined) return undefined;
  return {
    ...(restrict === undefined ? {} : { restrict: [restrict.column] }),
    ...(rectify === undefined ? {} : { rectify }),
    ...(suppress === undefined ? {} : { suppress: Object.keys(suppress) }),
  };
}

/** Columns must be declared; a key names the record and is neither a mark nor corrected, and no issued document is edited. */
export function verbMistakes(name: string, collection: Collection, say: Say): void {
  const { restrict, rectify, suppress, fields, noPersonalData, key } = collection;
  const at = ['collections', name] as const;
  const look = (one: string, ...place: readonly (string | number)[]): void => {
    const isKnown = fields[one] !== undefined || noPersonalData?.[one] !== undefined;
    if (!isKnown) say('This column is declared neither in `fields` nor in `noPersonalData`.', ...at, ...place);
    else if (key.includes(one)) say('A key column names the record; choose another column.', ...at, ...place);
  };
  if (restrict !== undefined) {
    look(restrict.column, 'restrict', 'column');
    if (restrict.set === restrict.clear)
      say('`set` and `clear` must differ: else nobody could tell what is restricted.', ...at, 'restrict', 'clear');
  }
  for (const [word, one] of Object.entries(rectify ?? {})) {
    look(one, 'rectify', word);
    if (isOfDocument(collection.recordClass, collection.erase?.roles?.[one]))
      say(
        'An issued document is never edited: it is corrected by a credit note or a new one. Take the word out, or say in `erase.roles` what the column is beside the document.',
        ...[...at, 'rectify', word],
      );
  }
  for (const one of Object.keys(suppress ?? {})) look(one, 'suppress', one);
}
