/**
 * Columns whose type the connector must be able to use for what the data map makes of them: an identifier is text, a whole
 * number or a UUID, a session's times are instants. Pure. The stages refuse the same with `system-schema-drift`.
 */
import type { Table } from './catalogue.ts';
import type { Collection } from './data-map.ts';
import { integers, texts } from './sql.ts';

/** Columns of another type than needed; those that are missing are not told again here. */
export function requiredTypes(
  table: Table,
  { identifiers, session }: Collection,
): readonly { readonly column: string; readonly remedy: string }[] {
  const typed = (column: string, fits: (base: string) => boolean, needed: string) => {
    const found = table.columns.get(column);
    if (found === undefined || fits(found.base)) return [];
    return [{ column, remedy: `It is ${found.cast}; ${needed}.` }];
  };
  return [
    ...(identifiers ?? []).flatMap(({ column }) =>
      typed(
        column,
        (base) => (texts.has(base) && base !== 'name') || integers.has(base) || base === 'uuid',
        'an identifier must be text, a whole number or a UUID: name another column in `identifiers`',
      ),
    ),
    ...[session?.from, session?.to].flatMap((column) =>
      column === undefined
        ? []
        : typed(
            column,
            (base) => base === 'timestamptz',
            'the times of a session must be timestamptz: name another column in `session`, or remove it',
          ),
    ),
  ];
}
