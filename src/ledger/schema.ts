/**
 * The ledger's tables as kysely sees them. The ledger accounts for every record of every request and never holds a plain
 * identifier or content: what must be stored is a sealed blob (`sealed_objects`) under a key that lives elsewhere.
 * Dates are `YYYY-MM-DD` text, instants are Date (timestamptz); both come from the injected clock, never from now().
 * Only src/ledger writes these tables. Migrations are in src/ledger/migrations.
 */
import type { ColumnType, Generated, GeneratedAlways } from 'kysely';
import type { EraseAction } from '../../connectors/contract.ts';
import type { ErrorCode } from '../errors.ts';
import type {
  ClaimId,
  DecisionId,
  HoldId,
  IncidentId,
  KeyId,
  PackageId,
  PersonId,
  RegisterId,
  RequestId,
  SystemId,
  TaskId,
} from '../ids.ts';
import type { ErasureException, ErasureGround, RefusalGround } from '../policy/grounds.ts';
import type { HoldKind } from '../policy/holds.ts';
import type { NoticeState, RecipientKind } from '../policy/notices.ts';
import type { RestrictionGround } from '../policy/rights/grounds.ts';
import type { SweepQuestion } from '../policy/sweep.ts';
import type {
  AnswerWay,
  Channel,
  ClaimState,
  DecisionKind,
  Disposition,
  DispositionReason,
  Evidence,
  IdentityMethod,
  IdentityState,
  InstructionAct,
  LaneState,
  PersonRole,
  RegisterKind,
  RequestState,
  Right,
  Stage,
  SweepLineKind,
  TaskKind,
  TaskLetterKind,
  Unanswered,
} from './states.ts';

type Json<T> = ColumnType<T, string, string>;

export interface RequestsTable {
  id: RequestId;
  state: RequestState;
  /** Workflow sequence number of the last state change; lower ones are ignored. */
  workflow_seq: number;
  channel: Channel;
  language: 'et' | 'en';
  received_on: string;
  created_at: Date;
  created_by: PersonId | null;
  /** Country (and region) whose calendar counts; frozen at intake. */
  country: string;
  /** Last decision number given out for this request; a new request starts at 1 (its own intake). */
  seq: number;
  /** Last decision number a workflow has read. */
  woken_seq: number;
  config_sha256: string;
  working_key_id: KeyId;
  case_key_id: KeyId;
  identity: IdentityState;
  identity_method: IdentityMethod | null;
  identity_by: PersonId | null;
  identity_at: Date | null;
  contact_kind: 'email' | 'post' | null;
  /** Sealed: the verified contact point. */
  contact_sealed: string | null;
  /** Sealed (working key): Identifier[] as given on the request. */
  identifiers_sealed: string;
  /** Sealed (case key): the request as received. */
  intake_sealed: string;
  due_on: string;
  internal_target_on: string;
  extended_due_on: string | null;
  work_to_on: string;
  unpaused_due_on: string;
  clock_rule: string;
  clock_calendar: string;
  extension_ground: 'complexity' | 'number' | null;
  extended_at: Date | null;
  completed_at: Date | null;
  working_key_ends_on: string | null;
  /** Set when the key was destroyed and found gone. */
  working_key_destroyed_at: Date | null;
  /** From here on something may have been erased: nothing can be cancelled any more, only gone on with. */
  no_return_at: Date | null;
  /** Sealed (working key): string[], keys of the person's own workspaces that are to be closed with it (`--close-workspace`). */
  closing_sealed: string | null;
  /** Of access and erasure together: the day from which may be erased, when the download window has ended. */
  erasure_from: string | null;
  /** From when its clock runs, where the same person asked the same earlier; null: from its own receipt. */
  clock_from: Generated<string | null>;
  /** Sealed (working key): what is to be corrected, by word. */
  corrections_sealed: Generated<string | null>;
}

/** A customer's instruction about a whole workspace; its request has the same id. Never changes. */
export interface InstructionsTable {
  request_id: RequestId;
  act: InstructionAct;
  /** SHA-256 of the document that proves the mandate. */
  mandate_sha256: string;
  /** Sealed (case key): the document. */
  mandate_sealed: string;
  notice_ends_on: string;
  transition_ends_on: string;
  retrieval_days: number;
}

/** A key that keyed hashes are made under, of one quarter; the key itself is in the key store. */
export interface HashKeysTable {
  id: KeyId;
  purpose: 'lookup' | 'suppression';
  /** As `2026-q4`. */
  quarter: string;
  made_at: Date;
  /** No hash is made under it any more. */
  closed_at: Generated<Date | null>;
  destroyed_at: Generated<Date | null>;
}

/** Keyed hashes of a request's identifiers; they end with its case file. */
export interface KeyedHashesTable {
  request_id: RequestId;
  key_id: KeyId;
  kind: 'email' | 'user_id';
  /** HMAC-SHA-256, hex. */
  hash: string;
  made_at: Date;
}

/** Requests with an identifier in common; a row each way. */
export interface RequestLinksTable {
  request_id: RequestId;
  linked_id: RequestId;
  found_at: Date;
}

/** Public keys of receipts, never withdrawn; the private half is made from a key of the key store. */
export interface SigningKeysTable {
  /** RFC 7638 thumbprint. */
  kid: string;
  key_id: KeyId;
  /** base64url. */
  x: string;
  made_at: Date;
  retired_at: Generated<Date | null>;
}

export interface ReceiptsTable {
  request_id: RequestId;
  /** From 1; each is cumulative. */
  no: number;
  state: RequestState;
  made_at: Date;
  kid: string;
  /** Of the JWS. */
  sha256: string;
  /** Of what it states of the systems. */
  facts_sha256: string;
  /** Sealed (case key): the JWS. */
  sealed: string;
}

export interface CaseFilesTable {
  request_id: RequestId;
  /** When the request reached its final state. */
  ended_at: Date;
  /** Set when its key was destroyed and found gone. */
  destroyed_at: Generated<Date | null>;
}

export interface RequestRightsTable {
  request_id: RequestId;
  right: Right;
  /** When an answer with the mandatory parts reached the verified contact point; null while packages are drafts. */
  answered_at: Date | null;
  outcome: string | null;
  /** Since when its answer lies ready to be sent or handed over. */
  answer_ready_at: Generated<Date | null>;
  /** How the answer reached the person. */
  answered_by: Generated<AnswerWay | null>;
  /** Of rights that act: what is objected to (`marketing`, `all`), or the ground of a restriction. */
  terms: Generated<string | null>;
}

/** Processing restricted because of one request, from its receipt until it is lifted or has nothing to wait for. */
export interface RestrictionsTable {
  request_id: RequestId;
  ground: RestrictionGround;
  set_on: string;
  /** Of a dispute: since when it is decided. */
  decided_on: string | null;
  /** When the person was told that it would be lifted (Art. 18(3)). */
  told_on: string | null;
  ended_on: string | null;
  ended_why: 'told' | 'upheld' | 'nothing-reached' | null;
  /** Of `told`. */
  decision_id: DecisionId | null;
}

/** Who is not written to any more for a purpose, as keyed hashes; exempt from erasure. */
export interface SuppressionsTable {
  purpose: 'marketing';
  key_id: KeyId;
  /** HMAC-SHA-256, hex. */
  hash: string;
  request_id: RequestId;
  right: Right;
  made_on: string;
  made_at: Date;
  /** The person has consented anew: when and by whom it was recorded, and the day of the consent. */
  ended_at: Generated<Date | null>;
  ended_by: Generated<PersonId | null>;
  consented_on: Generated<string | null>;
}

export interface ClockPausesTable {
  request_id: RequestId;
  no: number;
  kind: 'identity' | 'scope';
  from_on: string;
  to_on: string | null;
  /** Whether the policy counted this kind of pause when it was recorded. */
  counted: boolean;
  decision_id: DecisionId;
}

export interface LanesTable {
  request_id: RequestId;
  system_id: SystemId;
  state: LaneState;
  stage: Stage | null;
  /** Catalogue code where parked. */
  code: ErrorCode | null;
  /** A configured place (table, column) where the failure was; never a value. */
  code_where: string | null;
  /** Tries of the stage in hand. */
  attempts: number;
  workflow_seq: number;
  updated_at: Date;
  /** Sealed (working key): this system's LocateResult of the last round, with accepted and rejected candidates. */
  located_sealed: string | null;
  /** When its first effect was intended: records made later are a new relationship. */
  erase_started_at: Date | null;
}

/**
 * One read of one system for one right. A new round supersedes that system's earlier rounds of the same right and pass. Access
 * is pass 0; the first erasure is pass 1, and records that came while erasing are a pass of their own, which adds.
 */
export interface RoundsTable {
  request_id: RequestId;
  system_id: SystemId;
  round: number;
  started_at: Date;
  finished_at: Date | null;
  superseded: boolean;
  right: Generated<Right>;
  pass: Generated<number>;
  /** Of erasure: when the round's stages had ended for the last time; null where they have not. */
  planned_at: Generated<Date | null>;
  prepared_at: Generated<Date | null>;
  erased_at: Generated<Date | null>;
  verified_at: Generated<Date | null>;
  /** Of a right that acts: when everything was done and read back; and when its restriction was taken off again. */
  acted_at: Generated<Date | null>;
  lifted_at: Generated<Date | null>;
  /** Of erasure: hash of the policy under which its plan is made (or was begun). */
  policy_sha256: Generated<string | null>;
  /** Of erasure: whether the person had a business of their own that went on when it was planned; null: not noted. */
  own_business_open: Generated<boolean | null>;
  /** Of erasure: records found by reading back that came after the erasing began, and were left alone. */
  new_relationship: Generated<number>;
  /** Of erasure: records of whoever came back under another key when the subject's own row had gone, and were left alone. */
  came_back: Generated<number>;
  /** A named person answered for the system, with proof: both sides of its balance are attested. */
  by_hand: Generated<boolean>;
  /** What of the system could not be read: broken records, objects that do not open. */
  unreadable_records: Generated<number>;
  unreadable_objects: Generated<number>;
}

/** One row per stream of a read round; `found` stays null until the stream was read to its end. */
export interface StreamsTable {
  request_id: RequestId;
  system_id: SystemId;
  round: number;
  stream_no: number;
  collection: string;
  record_class: string;
  owner_kind: string;
  role: string;
  right: Right;
  /** Of access, policy's decision on the whole stream; of erasure null: there it is decided record by record. */
  disposition: Disposition | null;
  reason: DispositionReason | null;
  /** JSON array of the fields granted, in order. Configuration, not data. */
  fields: Json<string[]>;
  found: number | null;
  as_of: Date | null;
  /** Proposed by a scan: counts only where the task below was answered `accept`. */
  is_candidate: Generated<boolean>;
  /** Set with `found`. */
  task_id: TaskId | null;
  /** The declared path by which the records were reached; configured words. */
  reached_by: string | null;
  /** Canonical JSON of the whole StreamDescription: what later stages hand the connector. Of erasure only. */
  description: string | null;
}

export interface ChunksTable {
  request_id: RequestId;
  system_id: SystemId;
  stage: Stage;
  round: number;
  stream_no: number;
  chunk_no: number;
  /** Several small chunks may share an object; each is a sealed message of its own. */
  object_name: string;
  object_offset: Generated<number>;
  count: number;
  /** Bytes of the NDJSON before compression, and of the sealed object. */
  plain_bytes: number;
  bytes: number;
  /** GCM tag, hex. */
  tag: string;
  as_of: Date | null;
  /** Sealed cursor after the last record, inside the chunk's own object key space. */
  cursor_sealed: string | null;
}

/** Which task reviews the masks of a reading. */
export interface MaskReviewsTable {
  request_id: RequestId;
  system_id: SystemId;
  round: number;
  task_id: TaskId;
}

/** Where the proposals of a chunk lie, and from which numbers its records and masks are counted. */
export interface MaskedChunksTable {
  request_id: RequestId;
  system_id: SystemId;
  round: number;
  stream_no: number;
  chunk_no: number;
  object_name: string;
  /** GCM tag, hex. */
  tag: string;
  first_record: number;
  first_mask: number;
  masks: number;
}

export interface MaskChangesTable {
  request_id: RequestId;
  system_id: SystemId;
  round: number;
  no: number;
  decision_id: DecisionId;
  /** A vault blob under the working key. */
  change_sealed: string;
}

export interface DispositionsTable {
  request_id: RequestId;
  round: number;
  system_id: SystemId;
  stream_no: number;
  chunk_no: number;
  right: Right;
  disposition: Disposition;
  reason: DispositionReason;
  evidence: Evidence;
  /** Absolute, never incremented. */
  count: number;
  /** Of erasure: the decision that led to it; 0 for access. */
  decision_no: Generated<number>;
  /** Only the person's fields and references were removed; the record goes on as the workspace's or another's. */
  detached: Generated<boolean>;
  /** Last day of what is kept or expires; null where no date ends it. */
  until: Generated<string | null>;
}

/** A distinct decision of policy in one round of one system; records name it by its number. At most a few hundred. */
export interface DecisionsTable {
  request_id: RequestId;
  system_id: SystemId;
  round: number;
  /** From 1. */
  no: number;
  collection: string;
  record_class: string;
  action: EraseAction;
  disposition: Disposition;
  reason: DispositionReason;
  /** Art. 17(1), where one is met. */
  ground: ErasureGround | null;
  /** Art. 17(3). */
  exception: ErasureException | null;
  /** Why it is not erased, from the closed list. */
  refusal: RefusalGround | null;
  /** The laws that keep it, or what the stream declares of its expiry, in a sentence. */
  kept_by: string | null;
  until: string | null;
  /** JSON array: fields that the action changes. */
  fields: Json<string[]>;
  /** Records of the round under it; set when the plan is made. */
  count: number;
}

/** What a person approves: every round of a pass as it was decided. A change makes another version. */
export interface PlansTable {
  request_id: RequestId;
  pass: number;
  version: number;
  /** Over all decisions and the list of decision chunks (names, tags, counts) of the pass, canonical JSON. */
  sha256: string;
  /** The rounds it covers: [[systemId, round], …]. */
  rounds: Json<[string, number][]>;
  policy_sha256: string;
  made_at: Date;
  task_id: TaskId | null;
  approved_at: Date | null;
  /** Until when it can be revoked without anything having been prepared in vain; the point of no return comes after. */
  cooling_until: Date | null;
  /** When the last look was over: from here on its rounds are erased. */
  no_return_at: Generated<Date | null>;
  /** Replaced by another version, or rejected. */
  ended_at: Date | null;
}

/** The journal of effects: one row a decision chunk, its intent committed before the effect, its outcome after. */
export interface EffectsTable {
  request_id: RequestId;
  system_id: SystemId;
  round: number;
  stream_no: number;
  chunk_no: number;
  /** SHA-256 of `requestId:systemId:erase:round:collection:chunk`. */
  idempotency_key: string;
  intended_at: Date;
  /** Null: an attempt was interrupted between intent and outcome. */
  done_at: Date | null;
}

/**
 * What must be looked at again on a date, by system and kind: retained and expiring records, jobs of vendors. One row a page
 * of locators, sealed under a register key of its own, in the staging bucket below `register/`. `backup-copy` is reserved.
 */
/** What the sweep did to records whose copies live on in backups. */
export interface ErasedHow {
  readonly action: Exclude<EraseAction, 'keep'>;
  readonly fields: readonly string[];
}

export interface RegisterEntriesTable {
  id: RegisterId;
  request_id: RequestId;
  system_id: SystemId;
  round: number;
  stream_no: number;
  chunk_no: number;
  decision_no: number;
  kind: RegisterKind;
  collection: string;
  record_class: string;
  count: number;
  /** First day on which it may be erased, or has expired; null where no date ends it. */
  due_on: string | null;
  kept_by: string | null;
  key_id: KeyId;
  object_name: string;
  tag: string;
  bytes: number;
  made_at: Date;
  /** Set at the point of no return; before it the entry counts for nothing. */
  active_at: Date | null;
  /** From 1 where the sweep took a page apart, because not everything in it is due at once. */
  part: Generated<number>;
  /** The day on which the sweep looks at it next. */
  look_on: Generated<string | null>;
  /** The claim that has it; what is in a claim is in no other. */
  claim_id: Generated<ClaimId | null>;
  /** In a claim: what is done to its records, as it was shown to whoever approves. */
  action: Generated<Exclude<EraseAction, 'keep'> | null>;
  fields: ColumnType<string[] | null, string | null | undefined, string | null>;
  /** JSON array of {@link SweepQuestion}: why people are asked, also where its class is swept without asking. */
  asks: ColumnType<SweepQuestion[], string | undefined, string>;
  /** Why it was left the last time; a catalogue code. */
  code: Generated<ErrorCode | null>;
  /** Of what a person keeps by hand: the open question about it. */
  task_id: Generated<TaskId | null>;
  /** When nothing of it was left to look at. */
  ended_at: Generated<Date | null>;
  /** When its page was destroyed, and the key with the last page under it. */
  destroyed_at: Generated<Date | null>;
  /** The policy by which its day was last computed; empty: nobody noted it. */
  policy_sha256: Generated<string>;
  /** When its day, or what keeps it, last became another than was decided. */
  moved_at: Generated<Date | null>;
  /** Of a copy of what the sweep erased: when, and what was done to it. Any other copy has them from its round. */
  erased_at: Generated<Date | null>;
  erased_how: ColumnType<ErasedHow | null, string | null | undefined, never>;
}

/** Due entries of one system that the sweep deals with together: what people approve. */
export interface SweepClaimsTable {
  id: ClaimId;
  system_id: SystemId;
  /** `read-back`: nothing is erased, only looked whether it is gone. `replay`: erased again after a restore. */
  kind: 'erase' | 'read-back' | 'replay';
  /** Of a replay: when the copy was made that was restored. */
  since: Generated<Date | null>;
  /** The day whose rules and holds decide. */
  as_of: string;
  state: ClaimState;
  /** Why it is parked, and the configured place. */
  code: ErrorCode | null;
  code_where: string | null;
  /** Every class in it is swept without asking. */
  automatic: boolean;
  /** How many different people must approve; 0: nobody is asked. */
  people_needed: number;
  /** Over what is to be done, canonical JSON: part of what is signed. */
  sha256: string | null;
  /** Grows with every attempt; an older one can commit nothing any more. */
  attempt: Generated<number>;
  /** Of a parked claim: the day on which it is tried again. */
  retry_on: string | null;
  /** When it was last handed to a workflow. */
  taken_up_at: Generated<Date | null>;
  made_at: Date;
  approved_at: Date | null;
  ended_at: Date | null;
}

export interface SweepVotesTable {
  claim_id: ClaimId;
  /** What the person approved. */
  sha256: string;
  person_id: PersonId;
  decision_id: DecisionId;
}

export interface SweepAutomaticTable {
  record_class: string;
  state: 'asked' | 'on' | 'off';
  asked_by: PersonId;
  agreed_by: PersonId | null;
  since: Date;
}

/** The journal of the sweep: one row an entry, its intent committed before the effect, its outcome after, then the reading back. */
export interface SweepEffectsTable {
  entry_id: RegisterId;
  claim_id: ClaimId;
  intended_at: Date;
  done_at: Date | null;
  erased: Generated<number>;
  anonymised: Generated<number>;
  absent: Generated<number>;
  /** Of the absent: another person's when their turn came; these may still be there. */
  changed_hands: Generated<number>;
  /** Of the anonymised: a history of the system still tells what was there. */
  history_remains: Generated<number>;
  read_back_at: Generated<Date | null>;
}

/** What a batch of the sweep came to: a line for whatever left it in some way. Never changed. */
export interface SweepLinesTable {
  id: GeneratedAlways<string>;
  claim_id: ClaimId;
  entry_id: RegisterId;
  what: SweepLineKind;
  record_class: string;
  /** As the register had it: what kept it, and the first day on which it was allowed to go. */
  kept_by: string | null;
  due_on: string | null;
  records: number;
  erased: Generated<number>;
  anonymised: Generated<number>;
  absent: Generated<number>;
  history_remains: Generated<number>;
  changed_hands: Generated<number>;
  /** Why it was left. */
  code: ErrorCode | null;
  /** Of what moved: what keeps it now, and its new day. */
  next_by: string | null;
  next_on: string | null;
  /** The batch in which people are asked about it. */
  to_claim: ClaimId | null;
  at: Date;
}

/** Receipts of batches; they say nothing of a person. */
export interface SweepReceiptsTable {
  claim_id: ClaimId;
  /** From 1; each is cumulative. */
  no: number;
  state: ClaimState;
  made_at: Date;
  kid: string;
  /** Of the JWS. */
  sha256: string;
  /** Of what it states. */
  facts_sha256: string;
  jws: string;
}

/** Who is told of what a batch erased (Art. 19): a row a recipient. */
export interface SweepNoticesTable {
  claim_id: ClaimId;
  /** Configured, or made from the name where only a data map names it. */
  recipient: string;
  /** From 1: what the batch erases after they were told is another notice. */
  no: number;
  name: string;
  kind: RecipientKind;
  state: NoticeState;
  records: number;
  opened_at: Date;
  due_on: string;
  /** The day on which it was told. */
  told_on: string | null;
  /** When somebody last said something of it. */
  told_at: Date | null;
  settled_at: Date | null;
}

/** What people and other rights place against erasure; those of retention rules are computed. */
export interface HoldsTable {
  id: HoldId;
  kind: HoldKind;
  /** The whole request; null: the sealed records. */
  request_id: RequestId | null;
  /** Of named records. */
  system_id: SystemId | null;
  owner: PersonId;
  placed_by: PersonId;
  placed_on: string;
  review_on: string;
  key_id: KeyId;
  /** Sealed under the hold's own key: the ground in words, and the record references. */
  sealed: string;
  released_by: PersonId | null;
  released_on: string | null;
}

/** Who takes over a workspace, as a person answered its task. */
export interface SuccessorsTable {
  request_id: RequestId;
  system_id: SystemId;
  task_id: TaskId;
  /** Sealed (working key): `{workspace: RecordRef, successor: string}`. */
  named_sealed: string;
  /** The system would not have them: no member, or gone. Somebody else is asked for. */
  refused_at: Generated<Date | null>;
}

export interface TasksTable {
  id: TaskId;
  request_id: RequestId;
  system_id: SystemId | null;
  kind: TaskKind;
  /** Keyed hash of what is asked about, where one request and system can have several tasks of a kind; else empty. */
  dedupe: Generated<string>;
  role: PersonRole;
  /** The person who looks after it, where one was named; else anybody of the role. */
  owner: PersonId | null;
  due_on: string;
  allowed_answers: Json<string[]>;
  if_unanswered: Unanswered;
  /** Catalogue code that explains why it was opened, where there is one. */
  code: ErrorCode | null;
  /** Sealed (working key): what the person must see to answer. */
  object_sealed: string | null;
  /** Hash of what is approved; part of what is signed. */
  about_sha256: Generated<string | null>;
  /** Of a question about a system: which right's work it stands in for. */
  right: Generated<Right | null>;
  /** How many different people must give the same answer. */
  people_needed: number;
  opened_at: Date;
  closed_at: Date | null;
  answer: string | null;
}

/** A letter about a task, to one person, once: when it was opened, before it is due, and when nobody answered. */
export interface TaskLettersTable {
  task_id: TaskId;
  kind: TaskLetterKind;
  person_id: PersonId;
  /** When it was meant to go out, and when the mail server had taken it; null where it never did. */
  intended_at: Date;
  sent_at: Date | null;
  /** Until when one worker has it in hand; what it has not said by then another may try. */
  held_until: Generated<Date | null>;
}

export interface PeopleDecisionsTable {
  id: DecisionId;
  /** Null for decisions on a system (pause, resume). */
  request_id: RequestId | null;
  /** The request's `seq` this decision took. */
  seq: number | null;
  task_id: TaskId | null;
  system_id: SystemId | null;
  kind: DecisionKind;
  answer: string;
  person_id: PersonId;
  /** Canonical JSON that was signed; ids, codes, dates and a salted hash of the reason only. */
  statement: string;
  signature: string;
  /** Sealed (case key): the reason and its salt. */
  reason_sealed: string | null;
  at: Date;
  /** Set by the workflow: whether it acted on it, or it no longer applied. */
  effect: 'applied' | 'no-longer-applies' | null;
  /** An earlier voice of the same person on the same question, in the place of which this one is. */
  supersedes: DecisionId | null;
}

export interface IncidentsTable {
  id: IncidentId;
  system_id: SystemId;
  code: ErrorCode;
  since: Date;
  /** Why the breaker opened it: the code of the failures. */
  cause: ErrorCode | null;
  by_kind: 'breaker' | 'person';
  opened_by: PersonId | null;
  closed_at: Date | null;
  closed_by: PersonId | null;
}

/** A request that failed for good by the system's fault, since the system last answered anything. */
export interface SystemFailuresTable {
  system_id: SystemId;
  request_id: RequestId;
  code: ErrorCode;
  at: Date;
}

export interface PackagesTable {
  id: PackageId;
  request_id: RequestId;
  part: number;
  object_name: string;
  size_bytes: number;
  sha256: string;
  members: number;
  /** Until packages have their legal contents they are drafts and not an answer. */
  draft: boolean;
  /** It says that others follow: a system had not answered when it was built. */
  more_follows: Generated<boolean>;
  created_at: Date;
  /** Intent to send, then the outcome. */
  sending_at: Date | null;
  delivered_at: Date | null;
  delivered_by: AnswerWay | null;
  delete_on: string | null;
  /** Set when the deletion was read back. */
  deleted_at: Date | null;
}

/** Which reading of which system a package holds. */
export interface PackageSystemsTable {
  package_id: PackageId;
  request_id: RequestId;
  system_id: SystemId;
  round: number;
}

/** One piece of a file that a person handed in with a lane done by hand. */
export interface AttachedFilesTable {
  request_id: RequestId;
  system_id: SystemId;
  round: number;
  file_no: number;
  piece_no: number;
  object_name: string;
  plain_bytes: number;
  tag: string;
  /** Sealed: the file's own name. */
  name_sealed: string;
  extension: string;
}

/** A recipient (Art. 19) that is told of what a right of a request changed. */
export interface NoticesTable {
  request_id: RequestId;
  /** Configured, or made from the name where only a data map names it. */
  recipient: string;
  right: Right;
  /** As configured. */
  name: string;
  kind: RecipientKind;
  state: NoticeState;
  /** Records that it is told of. */
  records: number;
  /** The question that is open, or was last. */
  task_id: TaskId | null;
  opened_at: Date;
  /** The day on which it was told. */
  told_on: string | null;
  settled_at: Date | null;
}

/** Small sealed blobs; `name` is random and is the AAD and key info of its seal. */
export interface SealedObjectsTable {
  name: string;
  request_id: RequestId | null;
  key_id: KeyId;
  bytes: Buffer;
}

export interface AuditTable {
  request_id: string;
  seq: number;
  at: Date;
  kind: string;
  /** Canonical JSON: ids, slugs, counts, hashes, dates, codes. */
  body: string;
  prev_hash: string;
  hash: string;
}

export interface AuditAnchorsTable {
  no: number;
  at: Date;
  /** Canonical JSON array of [requestId, seq, hash] of every chain that grew since the anchor before. */
  heads: string;
  prev_hash: string;
  hash: string;
  object_name: string;
}

/** Which anchors lie in the object storage: added after the object was written. */
export interface AnchorObjectsTable {
  no: number;
  at: Date;
}

/** Up to which number each chain has been anchored; only saves looking, the anchors are the proof. */
export interface AuditAnchoredTable {
  request_id: string;
  seq: number;
}

/** What this installation is: one row per name. */
export interface SettingsTable {
  name: string;
  value: string;
  created_at: Generated<Date>;
}

export interface LedgerDatabase {
  requests: RequestsTable;
  instructions: InstructionsTable;
  request_rights: RequestRightsTable;
  clock_pauses: ClockPausesTable;
  lanes: LanesTable;
  rounds: RoundsTable;
  streams: StreamsTable;
  chunks: ChunksTable;
  mask_reviews: MaskReviewsTable;
  masked_chunks: MaskedChunksTable;
  mask_changes: MaskChangesTable;
  dispositions: DispositionsTable;
  decisions: DecisionsTable;
  plans: PlansTable;
  effects: EffectsTable;
  register_entries: RegisterEntriesTable;
  sweep_claims: SweepClaimsTable;
  sweep_votes: SweepVotesTable;
  sweep_automatic: SweepAutomaticTable;
  sweep_effects: SweepEffectsTable;
  sweep_lines: SweepLinesTable;
  sweep_receipts: SweepReceiptsTable;
  sweep_notices: SweepNoticesTable;
  holds: HoldsTable;
  restrictions: RestrictionsTable;
  suppressions: SuppressionsTable;
  successors: SuccessorsTable;
  tasks: TasksTable;
  task_letters: TaskLettersTable;
  people_decisions: PeopleDecisionsTable;
  incidents: IncidentsTable;
  system_failures: SystemFailuresTable;
  packages: PackagesTable;
  package_systems: PackageSystemsTable;
  attached_files: AttachedFilesTable;
  hash_keys: HashKeysTable;
  keyed_hashes: KeyedHashesTable;
  request_links: RequestLinksTable;
  signing_keys: SigningKeysTable;
  receipts: ReceiptsTable;
  case_files: CaseFilesTable;
  notices: NoticesTable;
  sealed_objects: SealedObjectsTable;
  audit: AuditTable;
  audit_anchors: AuditAnchorsTable;
  anchor_objects: AnchorObjectsTable;
  audit_anchored: AuditAnchoredTable;
  settings: SettingsTable;
}
