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
  | 'name-only'
  /** Another person's record whose text seems to speak of the subject; {@link Candidate.display} has the passages. */
  | 'mentioned';

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
  /** The fields that are the person's own where the record is a workspace's; of a reference stream, the columns that name them. */
  readonly ownFields: readonly string[];
  /** By which declared path the records were reached, from the record to what was proved; configured words only. */
  readonly reachedBy?: string;
  /**
   * The records may be the subject's and are not proved to be: they are staged apart, and count and are given out only
   * if a person accepts the candidate handed to `end`.
   */
  readonly isCandidate?: true;
  /** The records are the workspaces themselves: the collection that says whose customer's each is. */
  readonly isWorkspace?: true;
  /**
   * Of a question about a whole workspace ({@link System.workspace}): the records are the workspace's. Streams without it are of
   * the people who are in no other one, and go with it.
   */
  readonly ofWorkspace?: true;
  /**
   * Records of others that only name the subject in a column (who invited, who added): read as facts, for erasure alone,
   * where that column is cleared. Never shown and never deleted.
   */
  readonly isReference?: true;
  /**
   * Of conversations: the subject has not seen these records (internal notes, forwards, other people's conversations that a
   * person accepted as speaking of the subject, who of the staff looked at what). Other people in them are masked, and a
   * reviewer looks at every mask, before they are given out: every line of content then has `people` (see {@link Sink.entry}).
   * What the subject wrote, sent or received goes into a stream without it and is given out as it is. Asked for content only.
   */
  readonly unseen?: true;
}

/**
 * Somebody who takes part in a conversation, as the system knows them: `people` of a line, sealed with it. A system lists
 * everybody it knows of the conversation (author, requester, copied, assigned, mentioned), the subject too, so that their own name
 * is left standing.
 */
export interface Participant {
  /**
   * `staff`: works for the controller. `counsel`: gives it legal advice (the record may be privileged, a reviewer says). `other`:
   * anybody else. `controller`: nobody, an address of the controller's own such as a support mailbox; never masked.
   */
  readonly who: 'subject' | 'staff' | 'counsel' | 'other' | 'controller';
  /** Names as the system writes them, full ones and display names. */
  readonly names?: readonly string[];
  /** What else stands for them: e-mail addresses, telephone numbers, user names, postal addresses, account numbers. */
  readonly addresses?: readonly string[];
}

/**
 * What policy needs to know of one record and nothing more, as the line's `facts`. Personal data, sealed like content.
 * What a data map does not declare is missing here; policy then asks for it and never guesses.
 */
export interface RecordFacts {
  /** When the record was made: a day or an instant (ISO 8601, UTC). */
  readonly createdAt?: string;
  /**
   * When what holds the record was stored (ISO 8601, UTC): of a store that lets go of whole objects after a time, that time
   * counts from here.
   */
  readonly storedAt?: string;
  /** Days (YYYY-MM-DD) of events that start retention clocks, by the clock's name; null: has not happened yet. */
  readonly events?: Readonly<Record<string, string | null>>;
  /** How a supply was taxed: `domestic`, `reverse-charge`, `oss`. */
  readonly supply?: string;
  /** Whether money on the record is still open. */
  readonly money?: 'open' | 'settled';
  /** Where it is settled: the day on which it was (YYYY-MM-DD); chargeback windows run from it. */
  readonly settledOn?: string;
  /** Of a workspace's record: the workspace's key in one string (its values joined by `,` where there are several). */
  readonly workspace?: string;
  /** Whether that workspace was closed, where the data map says by which column. */
  readonly workspaceClosed?: boolean;
  /**
   * What of the same system hangs on the record and names it, as documents name the customer they were issued to. What keeps one
   * of them keeps the record too.
   */
  readonly neededBy?: readonly NeededBy[];
}

/**
 * All records of one collection, with one word for their supply, that hang on a record: of every clock the latest day of any of them;
 * null where one of them has none yet.
 */
export interface NeededBy extends Pick<RecordFacts, 'createdAt' | 'events' | 'supply'> {
  readonly collection: string;
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
   * Lines of content of an `unseen` stream have `"people":[{"who":"staff","names":["…"],"addresses":["…"]}]` ({@link Participant})
   * as the last before `"record"`; one without it fails closed (`people-missing`).
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
  /**
   * Only `keys` are wanted: nobody will be asked about anything. A connector may answer without `candidates` then, and does not look
   * for records of others that mention the subject, nor fail because there are too many of them.
   */
  readonly keysOnly?: boolean;
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

export interface Portability {
  readonly origin: 'provided' | 'observed' | 'derived' | 'third-party';
  /** A reason, in configured words. */
  readonly othersRights?: string | undefined;
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
  /** What Art. 20 must know: where the data comes from, and why others' rights stand against taking it along. */
  readonly portability?: Portability | undefined;
  readonly recipients: readonly string[];
  readonly fields: readonly string[];
  /**
   * Among them: fields whose value, where a record has one, is a file, `{"name":…,"type":…,"base64":…}` with a media type. The
   * package has each as a file of its own. A record with its files must fit into a chunk (8 MiB): a longer file takes several
   * records that follow each other, all but the last with `"more":true` in the file, and is one file in the package.
   */
  readonly files?: readonly string[] | undefined;
  /** What names a record: the columns of its reference's key; missing: nobody has declared them. */
  readonly key?: readonly string[] | undefined;
  /** How its records are erased; missing: nobody has declared it, and nothing in it can be planned. */
  readonly erase?: EraseTraits | undefined;
  /** What the verbs can do to its records; missing: nothing, and a person does by hand what a right asks. */
  readonly verbs?: VerbTraits | undefined;
}

/** What a person asks that is neither giving nor erasing, as a system does it to a record. */
export type Verb = 'restrict' | 'rectify' | 'suppress';

/** Verbs that a collection declares. */
export interface VerbTraits {
  /** Fields that mark a record as restricted, and are unmarked when it is lifted. */
  readonly restrict?: readonly string[] | undefined;
  /** By what a person may have corrected (`name`, `email`, …): the field that holds it. */
  readonly rectify?: Readonly<Record<string, string>> | undefined;
  /** Fields that end the use of a record for what it was consented to, or for direct marketing. */
  readonly suppress?: readonly string[] | undefined;
}

/** One deed of a verb. Corrections are personal data: by the words that the collection declares. */
export type Deed =
  | { readonly verb: 'restrict'; readonly on: boolean }
  | { readonly verb: 'rectify'; readonly to: Readonly<Record<string, string>> }
  | { readonly verb: 'suppress' };

/** Records of one chunk of a stream on which a deed is done. */
export interface DeedChunk {
  readonly stream: StreamDescription;
  readonly chunkNo: number;
  readonly keys: readonly RecordRef['key'][];
}

export interface DeedInput<D extends Deed = Deed> {
  /** The subject's proved keys in this system. */
  readonly keys: readonly SubjectKey[];
  readonly deed: D;
  /** Opened once; one chunk in memory at a time. */
  readonly chunks: AsyncIterable<DeedChunk>;
  /**
   * What became of a chunk, read back: `done` of them are as the deed makes them, `absent` were not there or had become
   * another person's. They add up to the chunk's records; a record that is neither ends the call (`deed-not-kept`).
   */
  outcome(chunk: DeedChunk, of: { readonly done: number; readonly absent: number }): Promise<void>;
}

/** What is done to one record. `keep`: nothing. */
export type EraseAction = 'delete' | 'anonymise' | 'detach' | 'keep';

/** How a collection's records can be erased, as configured. */
export type EraseTraits =
  | {
      readonly mode: 'immediate';
      /** What is done to a record that is the person's as a whole: their own, or their closed business's. */
      readonly whole: 'delete' | 'anonymise';
      /** Fields that `anonymise` changes. */
      readonly anonymises: readonly string[];
      /**
       * Fields that `detach` may change: what says something of the person in a record that goes on (a workspace's, or one
       * that a law keeps). References to the person's own row are among them.
       */
      readonly detaches: readonly string[];
      /**
       * Among them: fields that hold the key of the person's own row. They are cleared wherever that row goes, also in a
       * record that is kept, because nothing may point to a row that is gone.
       */
      readonly references?: readonly string[] | undefined;
      /** Among them: fields that must name somebody else instead, as the owner of a workspace that goes on. */
      readonly successor: readonly string[];
      /**
       * By field that is no part of an issued document or entry: what it is to the law (`contact-person`, `email`, `card`, …,
       * the roles of src/policy/retention/fields.ts). Fields that are not listed are `document`.
       */
      readonly roles: Readonly<Record<string, string>>;
      /** `subject-row`: the row that everything else leads to, erased last, when every system is done. */
      readonly rank: 'dependant' | 'subject-row';
      /** The basis on which other data for the same purpose is held, declared beforehand (Art. 17(1)(b)). */
      readonly otherBases: readonly string[];
    }
  /** Single records cannot be erased; everything goes by itself so many days after it was stored (`storedAt`, else `createdAt`). */
  | { readonly mode: 'expiry'; readonly days: number; readonly balancing: Label }
  /** Single records can be erased only by rewriting what holds them, which this connector cannot do yet. */
  | { readonly mode: 'rewrite' };

/**
 * How people do what no program can do in a system. Configuration, shown with every task; it must hold nothing about a person.
 */
export interface ManualWork {
  /** Who may answer; a person of that role, or the owner. */
  readonly role: 'agent' | 'officer';
  /** The person of the configuration who looks after it, where one was named. */
  readonly owner?: string | undefined;
  /** Where to look, by what, and how to erase; shown with the task. */
  readonly instructions: string;
  /** Days from asking until it is due; never later than the internal target. */
  readonly days: number;
}

export interface Manifest {
  readonly kind: string;
  readonly stages: readonly ('check' | 'locate' | 'read' | 'prepare' | 'erase' | 'verify' | Verb)[];
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
  /**
   * A system that no program can reach: its `read` of content and its `erase` are a task of a person, and every right that it
   * has no verb for. Its stages still run where they only say that there is nothing for a program to do.
   */
  readonly manual?: ManualWork;
  /**
   * Identifier kinds by which it finds a whole workspace ({@link System.workspace}); `workspace` is the key that an instruction
   * names. Missing: no program can find a workspace there, and a person is asked.
   */
  readonly workspace?: { readonly needs: readonly string[] };
  /** How it erases, where it does; missing: it cannot. */
  readonly erase?: {
    readonly mode: 'immediate' | 'expiry' | 'manual';
    /** Whether it can be taken back, and for how long. */
    readonly reversible: false;
    /** What is said of how long until it is gone. */
    readonly timeToGone: string;
    /**
     * The most days that the vendor declares for what was deleted and is not gone, where a record's own day is not told: `hidden`,
     * until it goes by itself; `pending`, until the vendor is done. Missing: nobody declares it, and without a day it is never put off.
     */
    readonly goneWithinDays?: { readonly hidden?: number; readonly pending?: number };
    /** What answers as success where it was not there any more. */
    readonly alreadyGone: string;
    readonly sideEffects: readonly string[];
  };
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
  /** No irreversible effect. Says everything that stands against the plan, at once. */
  prepare?(context: CallContext, input: PrepareInput): Promise<PrepareReport>;
  /** Idempotent and resumable; touches no record outside the planned ones. Every effect between `begin` and `outcome`. */
  erase?(context: CallContext, input: EraseInput): Promise<void>;
  /** A fresh read of every planned record, not the erase call's answer. Changes nothing. */
  verify?(context: CallContext, input: VerifyInput): Promise<void>;
  /**
   * Verbs: idempotent, read back before they answer, and no record but those handed in is touched. `restrict` is reversible:
   * with `on: false` the record is as if it had never been restricted.
   */
  restrict?(context: CallContext, input: DeedInput<Extract<Deed, { verb: 'restrict' }>>): Promise<void>;
  rectify?(context: CallContext, input: DeedInput<Extract<Deed, { verb: 'rectify' }>>): Promise<void>;
  suppress?(context: CallContext, input: DeedInput<Extract<Deed, { verb: 'suppress' }>>): Promise<void>;
  /** The same system asked about a whole workspace; where the manifest says by what. */
  readonly workspace?: WorkspaceSystem;
  close(): Promise<void>;
}

/**
 * The stages of a system when they are about a customer's whole workspace, by the customer's instruction: the same promises, with
 * the workspace as the subject. Its records come in streams with `ofWorkspace`; people who are in no other workspace have
 * keys of their own beside the workspace's, and records of nobody else are reached.
 */
export interface WorkspaceSystem
  extends Pick<System, 'locate' | 'read'>,
    Partial<Pick<System, 'prepare' | 'erase' | 'verify'>> {
  /**
   * Places of the configuration that do not say yet how records lead to a workspace, or how they are erased: an instruction is
   * refused while there are any. Configured words only.
   */
  readonly undeclared: { readonly toFind: readonly string[]; readonly toErase: readonly string[] };
}

/** One decision of policy, as far as a connector executes it. */
export interface EraseDecision {
  /** Its number in the round. */
  readonly no: number;
  readonly action: EraseAction;
  /** The fields that `anonymise` or `detach` changes. */
  readonly fields: readonly string[];
}

/** A record and what is to be done to it. Personal data. */
export interface PlannedRecord {
  readonly key: RecordRef['key'];
  readonly decision: EraseDecision;
  /** Values that fields take instead of their strategy's: who takes over a workspace. */
  readonly set?: Readonly<Record<string, string>>;
  /** Of a record that was in the register: what hung on it when it was read, as the facts told. What has come since is looked for. */
  readonly neededBy?: readonly NeededBy[];
}

/** A decision chunk: at most 10,000 records of one stream; the unit of intent, effect, outcome and resuming. */
export interface PlannedChunk {
  readonly stream: StreamDescription;
  readonly chunkNo: number;
  readonly records: readonly PlannedRecord[];
}

/** What is planned in one system in one round; opened chunk by chunk, as often as needed. */
export interface PlannedSet {
  /** Streams with records of which at least one is not `keep`, in the order of their numbers. */
  readonly streams: readonly StreamDescription[];
  /** The chunks of one stream, in order; `keep` records are among them. One chunk in memory at a time. */
  chunks(stream: StreamDescription): AsyncIterable<PlannedChunk>;
}

/** `dependants`: every collection but the subject's own row; `subject-row`: that alone, when every system is done. */
export type ErasePart = 'dependants' | 'subject-row';

export interface PrepareInput {
  /**
   * The subject's proved keys in this system; empty for records of the register, which are swept years later: of whom they
   * were is known to nobody any more, and whether they still are is not asked.
   */
  readonly keys: readonly SubjectKey[];
  readonly planned: PlannedSet;
}

export interface PrepareReport {
  /** Everything that stands against the plan. Empty: it can be carried out. */
  readonly refusals: readonly {
    readonly code: ErrorCode;
    /** A configured place: a table, a column, a constraint. */
    readonly where: string;
  }[];
}

/** What became of records of one decision in one chunk. */
export interface EffectOutcome {
  /** The decision's number. */
  readonly decision: number;
  readonly disposition: 'erased' | 'anonymised' | 'absent';
  /** `inferred`: missing under an intent that an earlier attempt left open. */
  readonly evidence: 'pending' | 'inferred';
  readonly count: number;
  /** Of `absent`: the records are there, and had become another person's when their turn came; they were left alone. */
  readonly changedHands?: true;
}

/**
 * A record that the vendor lets go of later than it is asked: neither erased nor refused. It gets an entry of the register and is
 * asked for again on its day, under the same approval. Personal data.
 */
export interface WaitingRecord {
  readonly key: RecordRef['key'];
  /** The decision's number. */
  readonly decision: number;
  /** The first day (YYYY-MM-DD) on which asking again may help; null where the vendor names none. */
  readonly from: string | null;
  /** Why: a code of the catalogue, whose sentence stands in the receipt. */
  readonly code: ErrorCode;
}

export interface Journal {
  /**
   * Commits the intent. `records` are those to act on now: without `keep`, and without what a hold placed since the plan
   * reaches. `done`: an earlier attempt recorded the outcome, nothing is to be done. `open`: an earlier attempt was
   * interrupted after its intent, so that a record that is missing now was erased by it. Fails where the system is
   * stopped, the plan is no longer the approved one or the lane is another attempt's.
   */
  begin(chunk: PlannedChunk): Promise<{
    readonly state: 'new' | 'open' | 'done';
    readonly records: readonly PlannedRecord[];
  }>;
  /**
   * Commits the outcome: one count per decision and disposition, which with `waiting` add up to the records handed out.
   */
  outcome(chunk: PlannedChunk, outcomes: readonly EffectOutcome[], waiting?: readonly WaitingRecord[]): Promise<void>;
  /**
   * The vendor still works on records of the chunk: it gets no outcome now, and `erase` is called again after a while and finds it
   * `open`. Not where it was told to `handOver`.
   */
  running(chunk: PlannedChunk): void;
}

export interface EraseInput {
  readonly keys: readonly SubjectKey[];
  readonly planned: PlannedSet;
  readonly part: ErasePart;
  readonly journal: Journal;
  /**
   * Names this round's erasing, the same for every attempt and another when a person has it tried again: what a connector
   * makes keys for a vendor from, which is a help and never the proof that something was done once.
   */
  readonly effectKey?: string;
  /** It has been asked for long enough: what the vendor still works on goes into the register (`outcome`'s `waiting`). */
  readonly handOver?: boolean;
}

export interface VerifyInput {
  readonly keys: readonly SubjectKey[];
  readonly planned: PlannedSet;
  readonly part: ErasePart;
  /**
   * What reading back found of one chunk, per decision: `gone` (deleted and not found), `changed` (anonymised or detached,
   * and nothing of the person found in the fields), `kept` (still there, as planned), `residue` (should be gone or changed
   * and is not), `missing` (should be kept and is not there). And what is weaker than gone, and told as it is: `hidden` (out
   * of sight, and the system can bring it back), `pending` (the system is at it), each `until` a day where the system says
   * which (YYYY-MM-DD: the last on which it is so), and `history-remains` (changed, and a history of the system goes on telling what
   * was there). Of `hidden` and `pending` `keys` say which records: without them nothing is put off to a day but all of the
   * decision's in the chunk together. Personal data.
   */
  found(
    chunk: PlannedChunk,
    results: readonly {
      readonly decision: number;
      readonly found: 'gone' | 'changed' | 'kept' | 'residue' | 'missing' | 'hidden' | 'pending' | 'history-remains';
      readonly count: number;
      readonly until?: string;
      readonly keys?: readonly RecordRef['key'][];
    }[],
  ): Promise<void>;
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
