/** What the data map's `erase` means to policy: which fields an anonymised or a detached record changes. Pure. */
import type { EraseTraits, RecordRef } from '../contract.ts';
import type { Collection, DataMap } from './data-map.ts';

/** `undefined` where nobody has declared how the collection is erased. */
export function eraseTraits(map: DataMap, name: string): EraseTraits | undefined {
  const collection = map.collections[name];
  const erase = collection?.erase;
  if (collection === undefined || erase === undefined) return undefined;
  const strategies = Object.entries(erase.fields ?? {});
  const changed = strategies.filter(([, strategy]) => strategy !== 'keep').map(([field]) => field);
  const naming = new Set(subjectColumns(map, name));
  return {
    mode: 'immediate',
    whole: erase.whole,
    anonymises: erase.whole === 'anonymise' ? changed : [],
    detaches: changed,
    successor: strategies.filter(([, strategy]) => strategy === 'successor').map(([field]) => field),
    references: changed.filter((field) => naming.has(field)),
    roles: { ...erase.roles },
    rank: name === map.subject ? 'subject-row' : 'dependant',
    otherBases: [...(erase.otherBases ?? [])],
  };
}

/** The row that stands for everybody who was erased is nobody: not found by its values, nor by those that point to it. */
export function isTombstone({ subject, tombstone }: DataMap, { collection, key }: RecordRef): boolean {
  return tombstone !== undefined && collection === subject && key.every(([name, value]) => tombstone[name] === value);
}

/** One way in which columns of a collection name a row of the subject's. */
export interface Naming {
  readonly columns: readonly string[];
  readonly toColumns: readonly string[];
}

/** How a row of the collection names people itself: first hops to the subject, references, a workspace's owner. Each once. */
export function namings(map: DataMap, name: string): readonly Naming[] {
  const collection: Collection | undefined = map.collections[name];
  if (collection === undefined) return [];
  const all: readonly Naming[] = [
    ...(collection.reach ?? []).flatMap(({ via }) => {
      const [first] = via;
      return first?.to === map.subject ? [first] : [];
    }),
    ...(collection.references ?? []),
    ...(map.customerKind?.collection === name ? [map.customerKind.owner] : []),
  ];
  return [
    ...new Map(
      all.map(({ columns, toColumns }) => [JSON.stringify([columns, toColumns]), { columns, toColumns }]),
    ).values(),
  ];
}

/** The columns of {@link namings}. */
export function subjectColumns(map: DataMap, name: string): readonly string[] {
  return [...new Set(namings(map, name).flatMap(({ columns }) => columns))];
}
