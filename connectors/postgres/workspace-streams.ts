/**
 * The fixed order of streams when the question is about a whole workspace: first the records of every collection that says how
 * they lead to one (`workspace`), then those of the people who go with it, along the ways of the data map and without what came
 * before. What somebody has without an account is not found here: it leads to no workspace but by `workspace`. Configuration only.
 */
import type { WorkspaceSystem } from '../contract.ts';
import { exportable } from '../declared.ts';
import type { DataMap } from './data-map.ts';
import { reachedBy, type Stream, streamsOf } from './streams.ts';

/** Every stream of a workspace, numbered from 0; none where the data map knows no workspaces. */
export function workspaceStreams(map: DataMap): readonly Stream[] {
  const root = map.customerKind?.collection;
  if (root === undefined) return [];
  const streams: Stream[] = Object.entries(map.collections).flatMap(([name, collection]) => {
    const way = collection.workspace;
    if (way === undefined) return [];
    return {
      description: {
        no: 0,
        collection: name,
        provedIn: root,
        recordClass: collection.recordClass,
        owner: collection.owner,
        role: collection.role,
        fields: exportable(collection),
        ownFields: [],
        reachedBy: reachedBy(map, name, way),
        ...(name === root ? { isWorkspace: true as const } : {}),
        ofWorkspace: true as const,
      },
      collection,
      way,
      earlier: [],
      split: undefined,
    };
  });
  return [...streams, ...peopleStreams(map)].map((stream, no) => ({
    ...stream,
    description: { ...stream.description, no },
  }));
}

/** As one person would be asked about, but whose workspace a record is in is not told apart: there is no other one. */
function peopleStreams(map: DataMap): readonly Stream[] {
  const ways = new Set<Stream['way']>();
  return streamsOf(map).flatMap((stream): readonly Stream[] => {
    const { way, collection, description } = stream;
    if (way === 'direct' || ways.has(way)) return [];
    ways.add(way);
    const { customerKind: _, subjectOwnsWorkspace: __, isWorkspace: ___, ...rest } = description;
    const before = collection.workspace === undefined ? [] : [collection.workspace];
    const earlier = [...before, ...stream.earlier.filter((one) => one !== 'direct')];
    return [{ description: rest, collection, way, earlier, split: undefined }];
  });
}

/** What the data map does not say yet, and an instruction needs. */
export function undeclaredForWorkspaces(map: DataMap): WorkspaceSystem['undeclared'] {
  const members = map.customerKind?.successors?.collection;
  const all = Object.entries(map.collections);
  const isLost = (name: string, { owner, role }: (typeof all)[number][1]): boolean =>
    owner === 'workspace' || role === 'processor' || name === members;
  return {
    toFind: [
      // Without memberships nobody can tell who is in another workspace too.
      ...(members === undefined ? ['customerKind.successors'] : []),
      ...all
        .filter(([name, one]) => one.workspace === undefined && isLost(name, one))
        .map(([name]) => `collections.${name}.workspace`),
    ],
    toErase: all.filter(([, one]) => one.erase === undefined).map(([name]) => `collections.${name}.erase`),
  };
}
