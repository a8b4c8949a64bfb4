/**
 * The one interface between Habeas and a system that holds personal data.
 *
 * A connector reports facts and executes decisions. It never knows Temporal, law, packaging or another connector. What
 * passes through here is personal data in memory only: nothing of it may be logged, put into an error or returned to a
 * workflow. Every failure is a HabeasError of the catalogue.
 */
import type { ErrorCode } from '../src/errors.ts';
import type { SystemId } from '../src/ids.ts';
import type { Right } from '../src/ledger/states.ts';

/** One value that points to the subject. Personal data. */
export interface Identifier {
  /** `email`, `user_id`, … : a configured slug. */
  readonly kind: string;
  readonly value: string;
  /** `request`, or the id of the system where it was learnt. */
  readonly source: string;
  /**
   * From and to when it was the subject's, where known: a date (YYYY-MM-DD), or an instant (ISO 8601, UTC, ending in Z)
   * where the system knows it so exactly. Without `to` it still is. Several entries of one value are several windows.
   */
  readonly from?: string;
  readonly to?: string;
  /**
   * Of a value that points to a place rather than a person (an IP address, a device): whether only the subject was there
   * in that window. Told by a system that owns sessions; missing means nobody could be asked, which is `unknown`.
   */
  readonly exclusivity?: Exclusivity;
}

/** `sole`: nobody else used the value in that window. `shared`: somebody did. `unknown`: the system cannot tell. */
export type Exclusivity = 'sole' | 'shared' | 'unknown';

/** Names one record; always personal data. Values are canonical strings (numbers as decimal text, no rounding). */
export interface RecordRef {
  readonly collection: string;
  readonly key: readonly (readonly [column: string, value: string])[];
}

/**
 * A record proved to be the subject's by an exact unique match or by a person: the subject's row in the collection that has
 * one per person, or, in a collection that knows people without such a row, the record itself. The same key in two
 * collections names two things.
 */
export interface SubjectKey extends RecordRef {
  /** Identifier kind that proved it, or `accepted` where a named person accepted a candidate. */
  readonly provedBy: string;
}

export type CandidateReason =
  /** The address matches except for letter case or for how Unicode composes its letters (NFC, NFD). */
  | 'other-case'
  /** Several accounts answer to the address. */
  | 'several-accounts'
  /** The address is declared, or known, to be shared by several people. */
  | 'shared-mailbox'
  /** The address belonged to the account once, or belongs to it only since later. */
  | 'former-address'
  /** The address stands in a record that belongs to no account, and was or may be another person's. */
  | 'no-account'
  /** The address or device was the subject's, at another time than the record's. */
  | 'outside-period'
  /** Several people used the address or device in that window. */
  | 'shared-window'
  /** Nobody can tell whether several people used the address or device in that window. */
  | 'unknown-window'
  /** The address stands in a record of an account that is not known to be the subject's. */
  | 'unknown-account'
  /** Only a name or postal address matches. */
  | 'name-only';

/**
 * Something that may be the subject's; a named person accepts or rejects it. Lives only inside sealed objects. A look-up
 * system proposes records; a scan system proposes groups of records (all lines of one address in one window): then `ref`
 * names the group, the same in every scan, and `display` says how many records it has and from when to when.
 */
export interface Candidate {
  readonly ref: RecordRef;
  readonly reason: CandidateReason;
  /** Identifier kind by which it was found. */
  readonly matchedBy: string;
  /** What helps a person decide (field → value); shown only to that person, sealed at rest. */
  readonly display: Readonly<Record<string, string>>;
}

export type OwnerKind = 'person' | 'workspace';
export type CustomerKind = 'company' | 'sole-trader' | 'person';
export type CollectionRole = 'controller' | 'processor' | 'joint';

/**
 * Records of one collection that share class, owner kind, role and the path by which they were reached. All of a chunk
 * comes from one stream. Contains configuration only, no personal data.
 */
export interface StreamDescription {
  /** Position in the connector's fixed order of streams; names the staging folder. */
  readonly no: number;
  readonly collection: string;
  /**
   * The collection at whose proved keys every match chain of the stream ends: the subject's, or this one where the record
   * itself is proved (people without a row in the subject's collection). Keys of other collections prove nothing here.
   */
  readonly provedIn: string;
  readonly recordClass: string;
  readonly owner: OwnerKind;
  /** Where `owner` is `workspace`: what kind of customer the workspace is, and whether it is the subject's own. */
  readonly customerKind?: CustomerKind;
  readonly subjectOwnsWorkspace?: boolean;
  readonly role: CollectionRole;
  /** Every exportable field, in column order. */
  readonly fields: readonly string[];
  /** The fields that are the person's own where the record is a workspace's. */
  readonly ownFields: readonly string[];
  /** By which declared path the records were reached, from the record to what was proved; configured words only. */
  readonly reachedBy?: string;
  /**
   * The records may be the subject's and are not proved to be: they are staged apart, and count and are given out only
   * if a person accepts the candidate handed to `end`.
   */
  readonly isCandidate?: true;
}

/** What policy lets the connector read of a stream; asked before any content is read. */
export interface Grant {
  readonly want: 'content' | 'facts';
  /** Fields whose content may be read, in order; empty for `facts`. */
  readonly fields: readonly string[];
}

/**
 * Where `read` writes. Counts, seals, stages and proves: the sink compares the match chain of every record and fails
 * closed (`record-mismatch`) before anything of it is staged.
 */
export interface Sink {
  /** Announces a stream and asks what may be read of it. `null`: this stream was completed by an earlier attempt. */
  open(stream: StreamDescription): Promise<{ grant: Grant; cursor: string | undefined } | null>;
  /**
   * One record. Await the result where it is a promise (back pressure at a chunk's end).
   * `line` is one NDJSON line including its newline: `{"key":[["id","1"]],"record":{…}}` or `{"key":…,"facts":{…}}`. Where the records
   * of one stream are reached by several values, `"by":[…]` behind the key says by which: a key of the stream's `provedIn`.
   * `chain` are the compared values of every hop, from the record to the subject: child, parent, child, parent, …; the
   * last parent must be a proved key of the stream's `provedIn`. `cursor` resumes after this record.
   */
  entry(line: Buffer, chain: readonly Buffer[], cursor: Buffer): void | Promise<void>;
  /**
   * Entries from here on were read as of this instant (ISO 8601): called after `open` and again when a long read goes on
   * with a newer snapshot. For sinks that record it per chunk.
   */
  snapshot?(asOf: string): void;
  /**
   * The stream has been read to its end, as of this instant at the latest: only now does it count as answered. A stream
   * of candidates ends with what a person is to decide about.
   */
  end(asOf: string, candidate?: Candidate): Promise<void>;
  /**
   * A sink of the same reading for one more stream at a time, for systems whose records come interleaved. A stream opened
   * in it is known to the ledger at once, so that an interrupted attempt finds it among `begun`. Its chunks are small:
   * use one per stream, at most about a hundred.
   */
  beside(): Sink;
  /**
   * What of the system could not be read so far in this reading, in absolute numbers (a resumed reading counts on from
   * its cursor): broken lines, objects that do not open. Shown to the officer and told to the person.
   */
  unreadable(count: Unreadable): void;
}

/** Parts of a system that could not be read: counted, never skipped silently. */
export interface Unreadable {
  readonly records: number;
  readonly objects: number;
}

/** What every call gets. */
export interface CallContext {
  readonly systemId: SystemId;
  /** Aborted when the attempt is cancelled, times out or the system is stopped. */
  readonly signal: AbortSignal;
  /** Tells the watchdog that work goes on. Carries nothing. */
  progress(): void;
}

export interface CheckReport {
  readonly ok: boolean;
  /** One line per thing looked at. `where` is a configured place. */
  readonly findings: readonly {
    readonly what: 'reachable' | 'credentials' | 'permission' | 'schema' | 'read-only';
    readonly ok: boolean;
    readonly code?: ErrorCode;
    readonly where?: string;
  }[];
  /** Server and version, as the system tells it. */
  readonly server?: string;
  /** Until when the credentials are valid, where the system tells (YYYY-MM-DD). */
  readonly credentialsUntil?: string;
}

/** One difference between the data map and the live system, or a thing that would make looking one person up too slow. */
export interface MapFinding {
  readonly code: ErrorCode;
  /** `schema.table.column` of the system, or `collection.path[n]` of the data map; configured words and names only. */
  readonly place: string;
  /** What to write or do, for this place. */
  readonly remedy: string;
  /** Worth knowing, and nothing that must be mended. */
  readonly note: boolean;
}

/** What comparing the data map with the live system found: everything at once. */
export interface MapReport {
  /** No finding but notes. */
  readonly ok: boolean;
  readonly findings: readonly MapFinding[];
  /** What was looked at: tables of the system, columns of mapped tables, look-ups that must not read a whole table. */
  readonly compared: { readonly tables: number; readonly columns: number; readonly lookups: number };
}

export interface LocateInput {
  /** Proved identifiers of all systems so far. */
  readonly identifiers: readonly Identifier[];
  /** Candidates of this system that a person accepted: proved from now on. */
  readonly accepted: readonly RecordRef[];
  /** Candidates of this system that a person rejected: never proposed again, never read. */
  readonly rejected: readonly RecordRef[];
}

export interface LocateResult {
  readonly keys: readonly SubjectKey[];
  readonly learnt: readonly Identifier[];
  readonly candidates: readonly Candidate[];
}

/** What a system that owns sessions is asked. */
export interface ExclusivityInput {
  /** The subject's proved keys in this system. */
  readonly keys: readonly SubjectKey[];
  /** Identifiers with a window (`from`, perhaps `to`) of the kinds that the manifest lists under `exclusivity`. */
  readonly windows: readonly Identifier[];
}

export interface ReadInput {
  readonly keys: readonly SubjectKey[];
  readonly want: 'facts' | 'content';
  /**
   * Streams that an earlier attempt opened and did not end. `read` opens these, every stream that has records, and at
   * least one stream of each collection, so that "nothing found" is an answer; other empty streams it may leave out.
   */
  readonly begun?: readonly number[];
  readonly sink: Sink;
}

/** A name shown to the person. */
export interface Label {
  readonly en: string;
  readonly et?: string | undefined;
}

/** A collection as configured: what the register of Art. 30 says of it. No personal data. */
export interface CollectionDescription {
  readonly collection: string;
  /** Shown instead of the collection's name, where configured. */
  readonly label?: Label | undefined;
  /** By field; shown instead of the field's name, where configured. */
  readonly fieldLabels?: Readonly<Record<string, Label>> | undefined;
  readonly owner: OwnerKind;
  readonly role: CollectionRole;
  readonly recordClass: string;
  readonly category: string;
  readonly purpose: string;
  readonly legalBasis: string;
  readonly provenance: string;
  readonly recipients: readonly string[];
  readonly fields: readonly string[];
}

export interface Manifest {
  readonly kind: string;
  readonly stages: readonly ('check' | 'locate' | 'read')[];
  readonly rights: readonly Right[];
  /** Identifier kinds it can search by. */
  readonly needs: readonly { readonly kind: string; readonly unique: boolean; readonly caseSensitive: boolean }[];
  /** Identifier kinds it can teach. */
  readonly gives: readonly string[];
  /**
   * `lookup`: can be asked about one person again and again. `scan`: reads everything it has once, after all look-up
   * systems have answered and their candidates are decided. Its `locate` looks at nothing: it says by which identifiers
   * and windows it will go, as keys; `read` finds the records and proposes candidates.
   */
  readonly locateCost: 'lookup' | 'scan';
  /** Identifier kinds of which it can tell who else used a value in a window; needs the method of that name. */
  readonly exclusivity?: readonly string[];
  /** Activity slots per worker unless `concurrency` is configured. */
  readonly concurrency: number;
  readonly verifiedAgainst: readonly string[];
  readonly verification: 'real-server' | 'stand-in' | 'description';
  /** Codes that a call may end with for reasons of the system itself. */
  readonly canRefuse: readonly ErrorCode[];
  /** What this kind of system cannot do or tell; sentences rendered into the docs. */
  readonly weaknesses: readonly string[];
}

/** A configured instance. Opened once per worker; holds its own connections. */
export interface System {
  readonly manifest: Manifest;
  readonly collections: readonly CollectionDescription[];
  /** No side effect. Never throws for what it was asked to find out. */
  check(context: CallContext): Promise<CheckReport>;
  /**
   * Compares the data map with the live system. No side effect. A system that cannot be asked at all ends with its error.
   * Only where there is something to compare: a schema of the system's own.
   */
  mapCheck?(context: CallContext): Promise<MapReport>;
  /**
   * Exact matching; widens only by unique keys on a proved record. An empty or low-entropy identifier is refused. What it
   * learns it looks up in itself as well, until nothing new comes of it: it is not asked again for what it taught.
   */
  locate(context: CallContext, input: LocateInput): Promise<LocateResult>;
  /** One answer per window, in order. Only where the manifest lists kinds under `exclusivity`. */
  exclusivity?(context: CallContext, input: ExclusivityInput): Promise<readonly Exclusivity[]>;
  /** Streams one entry per record into the sink. Resumable from any cursor the sink hands back. Bounded memory. */
  read(context: CallContext, input: ReadInput): Promise<void>;
  close(): Promise<void>;
}

/** What configuration hands a connector. */
export interface SystemConfig {
  readonly id: SystemId;
  readonly name: string;
  /** Validated by the connector's own schema when the configuration is read. */
  readonly settings: unknown;
  /** The parsed YAML document of the data map, validated by the connector. */
  readonly dataMap: unknown;
  /** Read load cap, where configured. */
  readonly rate: { readonly rowsPerSecond?: number };
  readonly concurrency: number | undefined;
}

/** A mistake in `settings` or in the data map: a path into the document and a remedy. */
export interface ConfigMistake {
  readonly part: 'settings' | 'dataMap';
  /** JSON pointer into that part. */
  readonly pointer: string;
  /** What is wrong and what to write instead. */
  readonly message: string;
}

/** The code for one kind of system. */
export interface Connector {
  readonly kind: string;
  /** JSON Schemas published for editors. */
  readonly settingsSchema: object;
  readonly dataMapSchema: object;
  /** Every mistake at once; empty when the configuration can be opened. */
  validate(config: SystemConfig): readonly ConfigMistake[];
  /** Opens an instance; connects lazily. `validate` must have found nothing. */
  open(config: SystemConfig): System;
}
