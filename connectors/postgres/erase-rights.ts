/**
 * Which rights the erasing login needs so that what the data map erases can be erased, and no more: SELECT as for reading,
 * DELETE where records go whole, UPDATE of the columns that are cleared, or that a verb makes something of. What is held as a
 * processor is referred and never erased for a person; it goes where the data map says of which workspace it is, because the
 * customer may instruct that. Pure.
 */
import { neededColumns } from './catalogue.ts';
import type { DataMap } from './data-map.ts';

export interface EraseRights {
  readonly collection: string;
  /** `schema.table`. */
  readonly table: string;
  readonly deletes: boolean;
  readonly updates: readonly string[];
  readonly selects: readonly string[];
}

/** Whether the data map erases anything at all. */
export function erases(map: DataMap): boolean {
  return Object.values(map.collections).some(({ erase, role }) => erase !== undefined && role !== 'processor');
}

/** By collection; those that are never erased are read all the same. */
export function eraseRights(map: DataMap): readonly EraseRights[] {
  return Object.entries(map.collections).map(
    ([name, { table, erase, role, workspace, restrict, rectify, suppress }]) => {
      const marks = [
        ...(restrict === undefined ? [] : [restrict.column]),
        ...Object.values(rectify ?? {}),
        ...Object.keys(suppress ?? {}),
      ];
      const isErased = erase !== undefined && (role !== 'processor' || workspace !== undefined);
      // Of what is held for a customer nothing is cleared: it goes as a whole or it stays.
      const clears = isErased && (role !== 'processor' || erase.whole === 'anonymise');
      const updates = Object.entries(clears ? (erase.fields ?? {}) : {})
        .filter(([, strategy]) => strategy !== 'keep')
        .map(([field]) => field);
      return {
        collection: name,
        table,
        deletes: isErased && erase.whole === 'delete',
        updates: [...new Set([...updates, ...(role === 'processor' ? [] : marks)])],
        selects: [...neededColumns(map, name)],
      };
    },
  );
}
