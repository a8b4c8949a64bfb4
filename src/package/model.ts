/**
 * From the ledger's facts, the packages sent before and the configuration to what a package holds: per system and
 * collection the chunks to write and the counts to tell. A system is held where it is done and no earlier package has this
 * reading of it; every other configured one is named with what became of it. Pure. Fails with `package-system-unknown` where records were found that the configuration no longer describes: without
 * purpose, legal basis and recipients they cannot be given out.
 */
import type { CollectionDescription, Unreadable } from '../../connectors/contract.ts';
import { HabeasError } from '../errors.ts';
import { type SystemId, slugPattern } from '../ids.ts';
import { maskedReason } from '../ledger/masks.ts';
import type { PackageFacts } from '../ledger/package-facts.ts';
import { heldIn, type SentPart } from '../ledger/package-parts.ts';
import type { Reading } from '../ledger/package-record.ts';
import { type AccessReason, accessReasons } from '../ledger/states.ts';
import type { ChunkToRead } from './staged.ts';

export interface PackagedCollection {
  readonly description: CollectionDescription;
  /** Path of its files without extension. */
  readonly path: string;
  readonly columns: readonly string[];
  readonly chunks: readonly ChunkToRead[];
  /** Records given by hand, of which nothing was staged. */
  readonly attested: number;
  readonly withheld: number;
  readonly referred: number;
  readonly reasons: readonly AccessReason[];
  readonly asOf: readonly Date[];
}

export interface PackagedSystem {
  readonly id: SystemId;
  readonly name: string;
  /** `answered`: held by this package. */
  readonly state: 'answered' | 'sent-before' | 'unanswered' | 'not-asked';
  /** A named person answered for it. */
  readonly byHand: boolean;
  /** The newest earlier package with this reading of it, or, where it is read anew, with one before. */
  readonly earlier: SentPart | undefined;
  /** Parts of it that could not be read. */
  readonly unreadable: Unreadable;
  readonly collections: readonly PackagedCollection[];
  readonly empty: readonly CollectionDescription[];
}

export interface PackageModel {
  /** Every configured system, in the order of the configuration, then those that are configured no more. */
  readonly systems: readonly PackagedSystem[];
  readonly holds: readonly Reading[];
  /** A system that was asked has not answered: its part follows. */
  readonly moreFollows: boolean;
}

/** What configuration says of a system; `collections` is undefined where this process does not know its data map. */
export interface KnownSystem {
  readonly id: SystemId;
  readonly name: string;
  readonly collections: readonly CollectionDescription[] | undefined;
}

export function packageModel(
  facts: PackageFacts,
  known: readonly KnownSystem[],
  sent: readonly SentPart[],
): PackageModel {
  const lanes = new Map(facts.lanes.map((lane) => [lane.system_id, lane]));
  const configured = new Set(known.map((system) => system.id));
  const gone = facts.lanes
    .filter((lane) => !configured.has(lane.system_id))
    .map((lane): KnownSystem => ({ id: lane.system_id, name: lane.system_id, collections: undefined }));
  const holds: Reading[] = [];
  const systems = [...known, ...gone].map((system): PackagedSystem => {
    const { id, name } = system;
    const lane = lanes.get(id);
    const round = facts.rounds.find((one) => one.system_id === id);
    const before = sent.findLast((part) => part.holds.some((one) => one.systemId === id));
    const unreadable: Unreadable = { records: 0, objects: 0 };
    const named = { id, name, byHand: false, earlier: before, unreadable, collections: [], empty: [] };
    if (lane === undefined) return { ...named, state: 'not-asked' };
    if (lane.state !== 'done' || round === undefined || !facts.answered.has(id))
      return { ...named, state: 'unanswered' };
    const reading = { systemId: id, round: round.round };
    const earlier = heldIn(sent, reading);
    if (earlier !== undefined) return { ...named, state: 'sent-before', earlier };
    holds.push(reading);
    return {
      ...named,
      state: 'answered',
      byHand: round.by_hand,
      unreadable: { records: round.unreadable_records, objects: round.unreadable_objects },
      ...collectionsOf(facts, system, round.by_hand),
    };
  });
  return { systems, holds, moreFollows: systems.some(({ state }) => state === 'unanswered') };
}

function collectionsOf(
  facts: PackageFacts,
  system: KnownSystem,
  byHand: boolean,
): { collections: PackagedCollection[]; empty: CollectionDescription[] } {
  const streams = facts.streams.filter((stream) => stream.system_id === system.id && (stream.found ?? 0) > 0);
  const described = new Map((system.collections ?? []).map((description) => [description.collection, description]));
  for (const { collection } of streams)
    if (!described.has(collection)) throw new HabeasError('package-system-unknown', { where: system.id });
  const collections: PackagedCollection[] = [];
  const empty: CollectionDescription[] = [];
  for (const description of described.values()) {
    const own = streams.filter((stream) => stream.collection === description.collection);
    if (own.length === 0) {
      empty.push(description);
      continue;
    }
    const exported = own.filter((stream) => stream.disposition === 'exported');
    const granted = new Set(exported.flatMap((stream) => stream.fields));
    const chunks = exported.flatMap((stream) =>
      facts.chunks
        .filter(
          (chunk) =>
            chunk.system_id === stream.system_id &&
            chunk.round === stream.round &&
            chunk.stream_no === stream.stream_no,
        )
        .map((chunk) => ({
          ...chunk,
          collection: stream.collection,
          fields: stream.fields,
          isMasked: stream.reason === maskedReason,
          files: description.files,
        })),
    );
    const sum = (disposition: 'withheld' | 'referred') =>
      own.reduce((total, stream) => total + (stream.disposition === disposition ? (stream.found ?? 0) : 0), 0);
    collections.push({
      description,
      path: memberPath(system.id, description.collection),
      columns: [...description.fields.filter((field) => granted.delete(field)), ...granted],
      chunks,
      attested: byHand ? exported.reduce((total, stream) => total + (stream.found ?? 0), 0) : 0,
      withheld: sum('withheld'),
      referred: sum('referred'),
      reasons: [...new Set(own.map((stream) => stream.reason))].filter(isAccessReason),
      asOf: own
        .map((stream) => stream.as_of)
        .filter((at) => at !== null)
        .sort((a, b) => a.getTime() - b.getTime()),
    });
  }
  return { collections, empty };
}

/** Device names that Windows keeps for itself, whatever the extension. */
const reserved = /^(?:con|prn|aux|nul|com\d|lpt\d)$/;

/** Only slugs become paths: nothing absolute, no way up. */
export function memberPath(systemId: string, collection: string): string {
  const parts = [systemId, collection].map((name) => {
    if (!slugPattern.test(name)) throw new HabeasError('internal', { where: 'member name' });
    return reserved.test(name) ? `${name}_` : name;
  });
  return `systems/${parts.join('/')}`;
}

function isAccessReason(reason: string | null): reason is AccessReason {
  return reason !== null && Object.hasOwn(accessReasons, reason);
}
