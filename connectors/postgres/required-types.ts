/**
 * Columns whose type the connector must be able to use for what the data map makes of them: an identifier is text, a whole
 * number or a UUID, a session's times are instants, what tells a day is a day or an instant. Pure. The stages refuse the same with `system-schema-drift`.
 */
import type { Catalogue, Table } from './catalogue.ts';
import type { Collection, DataMap } from './data-map.ts';
import { factColumns } from './erase-map.ts';
import { dayTypes } from './facts.ts';
import { integers, texts } from './sql.ts';

/** Columns of another type than needed; those that are missing are not told again here. */
export function requiredTypes(
  table: Table,
  { identifiers, session, createdAt, erase }: Collection,
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
    // Only policy asks for it.
    ...(createdAt === undefined || erase === undefined
      ? []
      : typed(createdAt, isDay, 'when a record was made is a date or a timestamp: name another column in `createdAt`')),
  ];
}

const isDay = (base: string): boolean => dayTypes.has(base);

/** Columns of events, here or behind joins, that tell no day. */
export function eventTypes(
  catalogue: Catalogue,
  map: DataMap,
): readonly { readonly column: string; readonly remedy: string }[] {
  return Object.entries(map.collections).flatMap(([name, collection]) =>
    factColumns(name, collection).flatMap(({ place, told }) => {
      if (!place.includes('.retention.events.')) return [];
      const end = map.collections[told.via?.at(-1)?.to ?? name]?.table ?? '';
      const found = catalogue.tables.get(end)?.columns.get(told.column);
      if (found === undefined || isDay(found.base)) return [];
      const remedy = `It is ${found.cast}; an event is a date or a timestamp: name another column in \`${place}\`.`;
      return [{ column: `${end}.${told.column}`, remedy }];
    }),
  );
}
