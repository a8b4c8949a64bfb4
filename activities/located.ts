/**
 * What is known of one person: the identifiers given on the request and learnt in its systems, and per system the proved
 * keys and the candidates. Personal data: it lives in sealed blobs of the ledger under the request's working key, and in
 * memory while a stage runs. Pure but for `load…`, `locatedIn` and `workingKeyOf`.
 */
import type {
  Candidate,
  CandidateReason,
  Identifier,
  LocateResult,
  RecordRef,
  SubjectKey,
} from '../connectors/contract.ts';
import type { Deps } from '../src/deps.ts';
import { HabeasError } from '../src/errors.ts';
import { parseId, type RequestId, type SystemId, type TaskId } from '../src/ids.ts';
import type { LaneKey } from '../src/ledger/lanes.ts';
import type { LedgerReader } from '../src/ledger/open.ts';
import { isRecordRef } from '../src/ledger/record-ref.ts';
import { getSealed } from '../src/ledger/vault.ts';
import { canonicalJson } from '../src/security/canonical.ts';

/** A candidate with the task that asks about it. */
export interface AskedCandidate {
  readonly ref: RecordRef;
  readonly reason: CandidateReason;
  readonly matchedBy: string;
  readonly taskId: TaskId;
}

/** What a system has answered so far: the sealed content of `lanes.located_sealed`. */
export interface Located {
  readonly keys: readonly SubjectKey[];
  readonly learnt: readonly Identifier[];
  readonly candidates: readonly AskedCandidate[];
}

export const nothingLocated: Located = { keys: [], learnt: [], candidates: [] };

/** More identifiers of one kind than this are somebody else's too. */
export const identifiersPerKind = 100;
export const candidatesPerSystem = 100;

type Opening = Pick<Deps, 'ledger' | 'keys'>;

/** The request's working key, 32 bytes; not kept longer than the attempt. */
export async function workingKeyOf(deps: Opening, requestId: RequestId): Promise<Buffer> {
  const row = await deps.ledger.db
    .selectFrom('requests')
    .select('working_key_id')
    .where('id', '=', requestId)
    .executeTakeFirst();
  if (row === undefined) throw new HabeasError('not-found', { where: 'request' });
  return deps.keys.use(row.working_key_id);
}

/** What one system has answered. */
export async function locatedIn(deps: Opening, { requestId, systemId }: LaneKey): Promise<Located> {
  const known = await loadKnown(deps, requestId);
  return known.bySystem.get(systemId) ?? nothingLocated;
}

export interface Known {
  readonly given: readonly Identifier[];
  readonly bySystem: ReadonlyMap<SystemId, Located>;
}

/** At one moment: what one system has answered takes the place of its answer before while another is read. */
export function loadKnown(deps: Opening, requestId: RequestId): Promise<Known> {
  return deps.ledger.db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute((trx) => knownIn(deps, trx, requestId));
}

async function knownIn(deps: Pick<Deps, 'keys'>, db: LedgerReader, requestId: RequestId): Promise<Known> {
  const request = await db
    .selectFrom('requests')
    .select('identifiers_sealed')
    .where('id', '=', requestId)
    .executeTakeFirst();
  if (request === undefined) throw new HabeasError('not-found', { where: 'request' });
  const given = await getSealed(db, deps.keys, request.identifiers_sealed, parseIdentifiers);
  const lanes = await db
    .selectFrom('lanes')
    .select(['system_id', 'located_sealed'])
    .where('request_id', '=', requestId)
    .execute();
  const bySystem = new Map<SystemId, Located>();
  for (const lane of lanes) {
    if (lane.located_sealed === null) continue;
    bySystem.set(lane.system_id, await getSealed(db, deps.keys, lane.located_sealed, parseLocated));
  }
  return { given, bySystem };
}

/** Every proved identifier once, in a fixed order: given first, then by system. */
export function allIdentifiers({ given, bySystem }: Known): readonly Identifier[] {
  const learnt = [...bySystem].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, located]) => located.learnt);
  return unique([...given, ...learnt]);
}

/** Each identifier once, the first one heard. */
export function unique(identifiers: readonly Identifier[]): readonly Identifier[] {
  const seen = new Map<string, Identifier>();
  for (const one of identifiers) {
    const name = canonicalJson([one.kind, one.value, one.from ?? null, one.to ?? null]);
    if (!seen.has(name)) seen.set(name, one);
  }
  return [...seen.values()];
}

/**
 * What a system has taught so far. What was learnt once stays known, also when the system says it only of a record that is
 * proved by now; a window that it tells anew (longer by now, or closed) takes the place of what it told of it before.
 */
export function taught(before: readonly Identifier[], now: readonly Identifier[]): readonly Identifier[] {
  const startOf = (one: Identifier) => canonicalJson([one.kind, one.value, one.from ?? null]);
  const told = new Set(now.filter((one) => one.from !== undefined).map(startOf));
  return unique([...before.filter((one) => !told.has(startOf(one))), ...now]);
}

/** What of an answer is new to the request. */
export function newIdentifiers(known: readonly Identifier[], result: LocateResult): readonly Identifier[] {
  return unique([...known, ...result.learnt]).slice(unique(known).length);
}

/** Whether one kind has more values than one person has. */
export function hasTooMany(identifiers: readonly Identifier[]): boolean {
  const values = new Map<string, Set<string>>();
  for (const { kind, value, exclusivity } of identifiers) {
    // One person is in many places: what is known of who else was there makes it a place.
    if (exclusivity !== undefined) continue;
    const ofKind = values.get(kind) ?? new Set();
    values.set(kind, ofKind.add(value));
  }
  return [...values.values()].some((ofKind) => ofKind.size > identifiersPerKind);
}

/** Whether two sets of keys name the same records. */
export function sameKeys(a: readonly RecordRef[], b: readonly RecordRef[]): boolean {
  const names = (keys: readonly RecordRef[]) => keys.map(refName).sort().join('\n');
  return names(a) === names(b);
}

/** The canonical form of a record reference. Personal data. */
export function refName(ref: RecordRef): string {
  return canonicalJson([ref.collection, ref.key.map(([column, value]) => [column, value])]);
}

/** What a person sees of a candidate; sealed. */
export function candidateObject(candidate: Candidate): Readonly<Record<string, unknown>> {
  const { ref, reason, matchedBy, display } = candidate;
  return { candidate: { ref, reason, matchedBy, display } };
}

/** Written by us under our own seal: the shape is checked so that a mistake shows here and not three rooms on. */
function parseIdentifiers(value: unknown): readonly Identifier[] {
  if (!Array.isArray(value)) throw new HabeasError('seal-broken', { where: 'identifiers' });
  return value.map((one: unknown) => {
    if (!isIdentifier(one)) throw new HabeasError('seal-broken', { where: 'identifiers' });
    return one;
  });
}

export function parseLocated(value: unknown): Located {
  if (!isObject(value) || !Array.isArray(value.keys) || !Array.isArray(value.candidates)) {
    throw new HabeasError('seal-broken', { where: 'located' });
  }
  const keys: readonly unknown[] = value.keys;
  const candidates: readonly unknown[] = value.candidates;
  if (!keys.every(isSubjectKey) || !candidates.every(isAsked))
    throw new HabeasError('seal-broken', { where: 'located' });
  return {
    keys: keys.filter(isSubjectKey),
    learnt: parseIdentifiers(value.learnt),
    candidates: candidates.filter(isAsked),
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function isIdentifier(value: unknown): value is Identifier {
  return (
    isObject(value) &&
    [value.kind, value.value, value.source].every((text) => typeof text === 'string') &&
    [value.from, value.to].every(isDayOrInstant) &&
    [undefined, 'sole', 'shared', 'unknown'].some((word) => word === value.exclusivity)
  );
}

/** `YYYY-MM-DD`, or ISO 8601 ending in Z; missing is right too. */
function isDayOrInstant(value: unknown): boolean {
  if (value === undefined) return true;
  return typeof value === 'string' && /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?Z)?$/.test(value);
}

function isSubjectKey(value: unknown): value is SubjectKey {
  return isRecordRef(value) && 'provedBy' in value && typeof value.provedBy === 'string';
}

function isAsked(value: unknown): value is AskedCandidate {
  return (
    isObject(value) &&
    isRecordRef(value.ref) &&
    typeof value.taskId === 'string' &&
    parseId('task', value.taskId) !== undefined
  );
}
