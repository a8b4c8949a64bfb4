/**
 * How a decision of a person gets into the ledger: signed and sealed before the transaction (keys may be far away), then
 * in one transaction the request is locked, the decision takes the request's next number, the audit row is appended and
 * the starter is told. A request that is final takes no decision (`state-final`).
 */
import { type Selectable, sql } from 'kysely';
import type { Person } from '../config/load.ts';
import type { Deps } from '../deps.ts';
import { HabeasError } from '../errors.ts';
import { type DecisionId, type KeyId, newId, type RequestId, type SystemId, type TaskId } from '../ids.ts';
import { appendAudit } from '../ledger/audit.ts';
import { ledgerId } from '../ledger/migrate.ts';
import type { LedgerReader, LedgerTransaction } from '../ledger/open.ts';
import type { RequestsTable, SealedObjectsTable } from '../ledger/schema.ts';
import { type DecisionKind, isFinal, restingStates } from '../ledger/states.ts';
import { sealRow } from '../ledger/vault.ts';
import { canonicalJson, commit, type JsonValue, sha256Hex } from '../security/canonical.ts';
import { type SignedBy, signStatement } from './people.ts';

export type DecisionDeps = Pick<Deps, 'ledger' | 'keys' | 'config' | 'systems' | 'now'>;
export type RequestRow = Selectable<RequestsTable>;

/** A decision signed and sealed, not stored yet. */
export interface Prepared {
  readonly id: DecisionId;
  readonly kind: DecisionKind;
  readonly requestId: RequestId | null;
  readonly taskId: TaskId | null;
  readonly systemId: SystemId | null;
  readonly answer: string;
  readonly person: Person;
  readonly statement: string;
  readonly signature: string;
  readonly blob: Selectable<SealedObjectsTable> | null;
  readonly at: Date;
}

/** Free text and personal data of a decision: sealed as JSON under the case key, committed to in the statement. */
export interface Sealable {
  readonly reason?: string | undefined;
  readonly [name: string]: JsonValue | undefined;
}

export async function prepareDecision(
  deps: DecisionDeps,
  decision: {
    readonly kind: DecisionKind;
    readonly requestId: RequestId | null;
    readonly taskId: TaskId | null;
    readonly systemId: SystemId | null;
    readonly answer: string;
    readonly sealable: Sealable;
    /** Seals what is sealable: the request's case key. */
    readonly keyId: KeyId | null;
    readonly details?: Readonly<Record<string, JsonValue>>;
    readonly person: Person;
    readonly signedBy: SignedBy;
    readonly at: Date;
    /** Given inside a transaction. */
    readonly ledger?: string;
  },
): Promise<Prepared> {
  const { kind, requestId, taskId, systemId, answer, person, at } = decision;
  const sealable = Object.fromEntries(Object.entries(decision.sealable).filter(([, value]) => value !== undefined));
  const empty = Object.keys(sealable).length === 0;
  const commitment = empty ? null : commit(canonicalJson(sealable));
  const blob =
    commitment === null || decision.keyId === null
      ? null
      : await sealRow(deps.keys, {
          requestId,
          keyId: decision.keyId,
          bytes: Buffer.from(JSON.stringify({ ...sealable, salt: commitment.salt })),
        });
  const { text, signature } = signStatement(
    {
      ledger: decision.ledger ?? (await ledgerId(deps.ledger.db)),
      person: person.id,
      kind,
      requestId,
      taskId,
      systemId,
      answer,
      sealed: commitment?.hash ?? null,
      details: decision.details ?? {},
      at,
    },
    person,
    decision.signedBy.privateKeyPem,
  );
  const id = newId('decision');
  return { id, kind, requestId, taskId, systemId, answer, person, statement: text, signature, blob, at };
}

/** Locks a request for a decision; `not-found`, or `state-final` where none can be taken any more, unless it is about what outlasts it. */
export async function lockRequest(
  trx: LedgerTransaction,
  requestId: RequestId,
  outlastsIt = false,
): Promise<RequestRow> {
  const row = await trx
    .selectFrom('requests')
    .selectAll()
    .where('id', '=', requestId)
    .forNoKeyUpdate()
    .executeTakeFirst();
  if (row === undefined) throw new HabeasError('not-found', { where: 'request' });
  if (isFinal(row.state) && !outlastsIt) throw new HabeasError('state-final');
  return row;
}

export async function findRequest(db: LedgerReader, requestId: RequestId): Promise<RequestRow> {
  const row = await db.selectFrom('requests').selectAll().where('id', '=', requestId).executeTakeFirst();
  if (row === undefined) throw new HabeasError('not-found', { where: 'request' });
  return row;
}

/**
 * Stores a decision under the locked request's next number and wakes the starter. Returns the number. A request that only
 * waits for a day, or has ended, has no workflow any more: what is decided there is the ledger's own (dates, holds, what was kept by
 * hand) and stands at once.
 */
export async function storeDecision(
  trx: LedgerTransaction,
  request: RequestRow,
  prepared: Prepared,
  supersedes: DecisionId | null = null,
): Promise<number> {
  const isRead = restingStates.some((state) => state === request.state);
  const { seq } = await trx
    .updateTable('requests')
    .set((it) => ({ seq: it('seq', '+', 1), ...(isRead ? { woken_seq: it('seq', '+', 1) } : {}) }))
    .where('id', '=', request.id)
    .returning('seq')
    .executeTakeFirstOrThrow();
  await insertDecision(trx, prepared, seq, isRead ? 'applied' : null, supersedes);
  if (!isRead) await wakeStarter(trx);
  return seq;
}

/** The row and its audit, for a request's decision or (without a number) a system's or a hold's. */
export async function insertDecision(
  trx: LedgerTransaction,
  prepared: Prepared,
  seq: number | null,
  effect: 'applied' | null = null,
  supersedes: DecisionId | null = null,
): Promise<void> {
  if (prepared.blob !== null) await trx.insertInto('sealed_objects').values(prepared.blob).execute();
  await trx
    .insertInto('people_decisions')
    .values({
      id: prepared.id,
      request_id: prepared.requestId,
      seq,
      task_id: prepared.taskId,
      system_id: prepared.systemId,
      kind: prepared.kind,
      answer: prepared.answer,
      person_id: prepared.person.id,
      statement: prepared.statement,
      signature: prepared.signature,
      reason_sealed: prepared.blob?.name ?? null,
      at: prepared.at,
      effect,
      supersedes,
    })
    .execute();
  await appendAudit(trx, {
    requestId: prepared.requestId ?? 'system',
    kind: 'decision',
    body: {
      decision: prepared.id,
      kind: prepared.kind,
      answer: prepared.answer,
      task: prepared.taskId,
      system: prepared.systemId,
      person: prepared.person.id,
      number: seq,
      statement: sha256Hex(prepared.statement),
      signature: sha256Hex(prepared.signature),
      sealed: prepared.blob === null ? null : sha256Hex(prepared.blob.bytes),
    },
    at: prepared.at,
  });
}

/** Tells the starter, at commit, that a request has something new; carries nothing. */
export async function wakeStarter(trx: LedgerTransaction): Promise<void> {
  await sql`notify habeas_wake`.execute(trx);
}

/** A reason where one is needed: at least a word. */
export function reasonGiven(reason: string | undefined): string {
  const text = reason?.trim() ?? '';
  if (text.length < 3) throw new HabeasError('reason-needed', { where: '--reason' });
  return text;
}
