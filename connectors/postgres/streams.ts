/**
 * The fixed order of streams that a data map gives. A stream is one collection reached by one path and by none of the
 * earlier ones (before them: the records that were proved themselves), and, where the record is a workspace's, one kind
 * of customer; so streams never share a record, and policy can decide each as a whole. At the end come the records of
 * others that only name the subject, for erasure alone. Configuration only.
 */
import type { CustomerKind, StreamDescription } from '../contract.ts';
import { exportable } from '../declared.ts';
import type { Collection, DataMap, Hop } from './data-map.ts';

/** Whose the workspace of a record is. `undefined` kind: the record belongs to no workspace. */
export interface Split {
  readonly kind: CustomerKind | undefined;
  readonly owned: boolean;
}

export interface Stream {
  readonly description: StreamDescription;
  readonly collection: Collection;
  /** The way to the subject; `direct`: no way at all, the record itself is proved. */
  readonly way: readonly Hop[] | 'direct';
  /** The ways before it; the stream has none of their records. */
  readonly earlier: readonly (readonly Hop[] | 'direct')[];
  readonly split: Split | undefined;
}

const kinds = ['company', 'sole-trader', 'person'] as const;

/** Every stream of a data map, numbered from 0. The order is the file's, so a change of the map changes the numbers. */
export function streamsOf(map: DataMap): readonly Stream[] {
  const streams: Stream[] = [];
  for (const [name, collection] of Object.entries(map.collections)) {
    const reach = name === map.subject ? [{ via: [], own: [] }] : (collection.reach ?? []);
    // Who is named in a record gets what says so of them, also where another path leads to them too: as whoever sent the
    // invitation, or as the owner of the workspace, who might get nothing of it.
    const ways: readonly Way[] = [
      ...(collection.direct === undefined ? [] : [{ way: 'direct' as const, own: collection.direct.own }]),
      ...reach.map(({ via, own }) => ({ way: via, own })),
    ];
    ways.forEach(({ way, own }, i) => {
      for (const split of splitsOf(map, collection))
        streams.push({
          description: {
            no: streams.length,
            collection: name,
            provedIn: way === 'direct' ? name : map.subject,
            recordClass: collection.recordClass,
            owner: collection.owner,
            ...(split?.kind === undefined ? {} : { customerKind: split.kind }),
            ...(split === undefined ? {} : { subjectOwnsWorkspace: split.owned }),
            role: collection.role,
            fields: exportable(collection),
            ownFields: exportable(collection).filter((field) => own?.includes(field) === true),
            reachedBy: reachedBy(map, name, way),
            ...(map.customerKind?.collection === name ? { isWorkspace: true as const } : {}),
          },
          collection,
          way,
          earlier: ways.slice(0, i).map((before) => before.way),
          split,
        });
    });
  }
  return [...streams, ...referenceStreams(map, streams)];
}

/**
 * Records that only name the subject in a column, and that no way of their collection reaches. After all others, so that
 * these keep their numbers.
 */
function referenceStreams(map: DataMap, regular: readonly Stream[]): readonly Stream[] {
  const streams: Stream[] = [];
  for (const [name, collection] of Object.entries(map.collections)) {
    const ways = waysOf(regular.filter(({ description }) => description.collection === name));
    for (const { columns, toColumns } of collection.references ?? []) {
      const way = [{ columns, to: map.subject, toColumns }];
      streams.push({
        description: {
          no: regular.length + streams.length,
          collection: name,
          provedIn: map.subject,
          recordClass: collection.recordClass,
          owner: collection.owner,
          role: collection.role,
          fields: exportable(collection),
          ownFields: columns,
          reachedBy: reachedBy(map, name, way),
          isReference: true,
        },
        collection,
        way,
        earlier: [...ways],
        split: undefined,
      });
      ways.push(way);
    }
  }
  return streams;
}

/** The ways of a collection's streams, each once: streams that differ by kind of customer share one. */
function waysOf(streams: readonly Stream[]): Stream['way'][] {
  return [...new Set(streams.map(({ way }) => way))];
}

/**
 * `posts.member_id = members.id, members.account_id = accounts.id`; of what was proved itself its name, with the columns
 * that prove a record of somebody without an account.
 */
export function reachedBy({ collections }: DataMap, name: string, way: Stream['way']): string {
  if (way === 'direct') return (collections[name]?.direct?.by ?? []).map((column) => `${name}.${column}`).join(' or ');
  if (way.length === 0) return name;
  return way
    .map(({ columns, to, toColumns }, i) => {
      const from = way[i - 1]?.to ?? name;
      return columns.map((column, at) => `${from}.${column} = ${to}.${toColumns[at] ?? ''}`).join(' and ');
    })
    .join(', ');
}

interface Way {
  readonly way: Stream['way'];
  readonly own: readonly string[] | undefined;
}

/** Whether records are told apart by whose workspace they belong to. What is referred as a whole is not. */
export function isSplit(map: DataMap, collection: Collection): boolean {
  return collection.owner === 'workspace' && collection.role !== 'processor' && map.customerKind !== undefined;
}

function splitsOf(map: DataMap, collection: Collection): readonly (Split | undefined)[] {
  if (!isSplit(map, collection)) return [undefined];
  const mapped = new Set(Object.values(map.customerKind?.values ?? {}));
  return [
    ...kinds
      .filter((kind) => mapped.has(kind))
      .flatMap((kind) => [
        { kind, owned: true },
        { kind, owned: false },
      ]),
    { kind: undefined, owned: false },
  ];
}
