/**
 * What of the live schema would stand in the way of every erasure: foreign keys to the subject's table that the data map
 * does not know of, or that hold a row which never goes. Told before a person's request meets it. Catalogue only.
 */
import type { MapFinding } from '../contract.ts';
import { splitName } from './catalogue.ts';
import type { Transaction } from './client.ts';
import type { Collection, DataMap } from './data-map.ts';
import { namings } from './erase-traits.ts';

const referringSql = `
  SELECT n.nspname || '.' || c.relname,
         (SELECT pg_catalog.json_agg(a.attname) FROM pg_catalog.pg_attribute a
           WHERE a.attrelid = k.conrelid AND a.attnum = ANY(k.conkey))::text
    FROM pg_catalog.pg_constraint k
    JOIN pg_catalog.pg_class c ON c.oid = k.conrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_class p ON p.oid = k.confrelid JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
   WHERE k.contype = 'f' AND k.conparentid = 0 AND pn.nspname = $1 AND p.relname = $2
   ORDER BY 1, 2`;

/** Nothing where the person's own row is never deleted. */
export async function referring(tx: Transaction, map: DataMap): Promise<readonly MapFinding[]> {
  const subject = map.collections[map.subject];
  if (subject?.erase?.whole !== 'delete') return [];
  const { schema, table } = splitName(subject.table);
  const rows = await tx.query(referringSql, [schema, table], 'pg_catalog');
  return rows.flatMap(([child, json]) => {
    const columns = namesIn(json);
    const holders = Object.entries(map.collections).filter(([, one]) => one.table === child);
    const remedy = holders.length === 0 ? unmapped(map) : remedyFor(map, holders, columns);
    if (remedy === undefined) return [];
    const place = `${child}.${columns.join('+')}`;
    return [{ code: 'map-reference-undeclared' as const, place, remedy, note: false }];
  });
}

const unmapped = ({ subject }: DataMap): string =>
  `Declare the table as a collection: its rows refer to \`${subject}\`, whose rows cannot go while they do.`;

function remedyFor(
  map: DataMap,
  holders: readonly (readonly [string, Collection])[],
  columns: readonly string[],
): string | undefined {
  const list = columns.join(', ');
  for (const [name, { role }] of holders) {
    const isNamed = namings(map, name).some((one) => columns.every((column) => one.columns.includes(column)));
    if (!isNamed)
      return `Say in \`${name}\` whose the record is: \`reach\` by [${list}] where it is that person's, \`references\` where it only names them.`;
    if (role === 'processor')
      return `What \`${name}\` holds is the customer's and stays, so that the row it refers to could never go: drop the foreign key, or write \`whole: anonymise\` for \`${map.subject}\`.`;
  }
  return undefined;
}

function namesIn(json: string | null | undefined): readonly string[] {
  const list: unknown = JSON.parse(json ?? '[]');
  return Array.isArray(list) ? list.map(String) : [];
}
