/**
 * What the conformance suite needs to know of one kind of system to try its connector: how to start the system with an
 * empty store, put people into it, look whether it is at rest, and break it in the ways a real one breaks. One file per
 * connector (`<kind>.fixture.ts`); everything else about the suite is the same for all.
 */
import type {
  Deed,
  EraseAction,
  Identifier,
  RecordRef,
  StreamDescription,
  SubjectKey,
  System,
  Verb,
} from '../../connectors/contract.ts';

/** A person to put into the system. */
export interface Plan {
  readonly email: string;
  /** Records in the fixture's bulk collection. */
  readonly records: number;
  /** The account's mailbox is declared as shared. */
  readonly sharedMailbox?: boolean;
  /** Of systems that scan: groups of candidates, each with so many records in the bulk collection, among the proved ones. */
  readonly groups?: readonly number[];
}

export interface Planted {
  readonly ref: RecordRef;
  /** One identifier of every kind that the manifest needs, each pointing to this person. */
  readonly identifiers: readonly Identifier[];
  /** What `locate` answers for all these identifiers, where that is not `ref` alone: a scan goes by values and windows. */
  readonly keys?: readonly SubjectKey[];
  /** Stands in the content of every record of this person and of nobody else; appears nowhere else. */
  readonly marker: string;
  /** Records per collection, and all their keys as the lines have them: nothing more and nothing less may be read. Without candidates. */
  readonly expected: ReadonlyMap<string, number>;
}

export interface World {
  /** By way of a proxy, so that the fixture can break it. */
  readonly system: System;
  /** The same system, opened with time limits of about a second. */
  readonly impatient: System;
  /** The collection that `Plan.records` fills. */
  readonly bulk: string;
  /** Every collection of the configuration. */
  readonly collections: readonly string[];
  /** A field of the bulk collection that carries the marker, and one that does not. */
  readonly bulkFields: { readonly marked: string; readonly plain: string };
  plant(plan: Plan): Promise<Planted>;
  unplant(planted: Planted): Promise<void>;
  /** Everything that was sent to the system while `work` ran. */
  listen(work: () => Promise<unknown>): Promise<Buffer>;
  /** Nothing that the connector began still runs in the system. */
  isAtRest(): Promise<boolean>;
  readonly faults: Faults;
  /** Where the fixture says that its connector erases. */
  readonly erase?: EraseWorld;
  /** Where the fixture says that its connector has verbs. */
  readonly verbs?: VerbsWorld;
  stop(): Promise<void>;
}

/** What the suite must know to try erasing; only of a fixture that says how its connector erases. */
export interface EraseWorld {
  /**
   * What is decided of every record of a stream, as policy might: among the collections one whose records go, one whose
   * records stay without the person (`detach`), one that is kept.
   */
  decide(stream: StreamDescription): { readonly action: EraseAction; readonly fields: readonly string[] };
  /** A digest of every record in the store that is not this person's, as it is stored. */
  others(person: Planted): Promise<string>;
  /** A digest of what must stay of this person's records when everything was erased as decided. */
  kept(person: Planted): Promise<string>;
  /** Live traffic: one more record of the person in the bulk collection. */
  arrive(person: Planted): Promise<RecordRef>;
  /** Somebody else deletes a record. */
  remove(ref: RecordRef): Promise<void>;
  has(ref: RecordRef): Promise<boolean>;
  /** Until `mend`: the bulk collection takes deletions, says nothing against them, and deletes nothing. */
  deletesNothing(): Promise<void>;
  /** Until `mend`: the permission to erase in the bulk collection is taken away. */
  revokeErasing(): Promise<void>;
  /** Only of a fixture that says so (`lags`). */
  readonly lag?: LagWorld;
}

/**
 * What the suite must know to try verbs; only of a fixture whose connector has some. The bulk collection declares each of them, and
 * no record is as a deed makes it when a person is planted.
 */
export interface VerbsWorld {
  /** What is to be corrected, by the words that the collections declare; it stands nowhere else. */
  readonly corrections: Readonly<Record<string, string>>;
  /** Of the person's records that declare the verb: how many are as the deed makes them, looked at in the store itself. */
  isSo(person: Planted, deed: Deed): Promise<{ readonly so: number; readonly not: number }>;
  /** A digest of every record in the store that is not this person's, and of those that are, as they are stored. */
  others(person: Planted): Promise<string>;
  stored(person: Planted): Promise<string>;
  /** Somebody else deletes a record of the bulk collection, or makes it another person's, whatever stands in it. */
  remove(ref: RecordRef): Promise<void>;
  giveAway(ref: RecordRef, to: Planted): Promise<void>;
  /** Until `mend`: the bulk collection takes changes, says nothing against them, and changes nothing. */
  keepsNothing(): Promise<void>;
  /** Until `mend`: the permission to change records of the bulk collection is taken away. */
  revokeChanging(): Promise<void>;
}

/** Of a system that does what it took only later, or only half: what reading back must not take for gone, nor for residue too early. */
export interface LagWorld {
  /** The same system, opened so that reading back waits for some seconds. */
  readonly patient: System;
  /** Until `mend`: what is erased shows only a little later. */
  showsLate(): Promise<void>;
  /** Until `mend`: what is deleted is only out of sight, and can be brought back. */
  onlyHides(): Promise<void>;
  /** How many records of a person are then told as hidden. */
  readonly hidden: number;
}

/** Each breaks the system until `mend`. */
export interface Faults {
  /** Nobody listens. */
  refused(): Promise<void>;
  /** Connections are taken and nothing is ever said. */
  halfOpen(): Promise<void>;
  /** Falls silent, or is cut, after so many bytes of every connection. */
  stallAfter(bytes: number): Promise<void>;
  cutAfter(bytes: number): Promise<void>;
  /** Everything comes, in small portions. */
  slow(): Promise<void>;
  /** The credentials stop being valid, also for open connections. */
  revokeCredentials(): Promise<void>;
  /** The right to read the bulk collection is taken away. */
  revokePermission(): Promise<void>;
  /** The system ignores the filter it is given and answers with everybody's records, as a real one was seen to do. */
  ignoresFilter(): Promise<void>;
  mend(): Promise<void>;
}

export interface Fixture {
  /** The connector's kind and folder. */
  readonly kind: string;
  /** The kind of identifier that names one account; `user_id` unless told. */
  readonly idKind?: string;
  /** As its manifest says; `lookup` unless told. Decides which chapters are tried. */
  readonly locateCost?: 'lookup' | 'scan';
  /** As its manifest says; missing: it cannot erase. `expiry` is tried by what its own tests say, and not by the chapter. */
  readonly erases?: 'immediate' | 'expiry' | 'manual';
  /** Verbs of its connector; the chapter fails where the connector has others, or more. */
  readonly verbs?: readonly Verb[];
  /** The system does some of what it took only later; then it is tried whether reading back waits, and what it says until then. */
  readonly lags?: true;
  start(): Promise<World>;
}
