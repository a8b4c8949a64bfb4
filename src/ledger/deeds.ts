/**
 * The books of rights that act: what became of the records of a round, chunk by chunk, in absolute numbers, and when a round was
 * acted on or its restriction taken off. What is said of a chunk replaces what was said of it under the same reason before;
 * counts come from what the system read back, never from how many were asked for.
 */
import { HabeasError } from '../errors.ts';
import type { RequestId, SystemId } from '../ids.ts';
import type { RightAnswer } from '../policy/rights/decide.ts';
import type { ObjectionScope } from '../policy/rights/grounds.ts';
import { objectionScopes } from '../policy/rights/grounds.ts';
import type { LedgerReader, LedgerTransaction } from './open.ts';
import type { RoundKey } from './rounds.ts';
import { type ActingRight, actingRight, type Disposition, type DispositionReason, type Evidence } from './states.ts';

export interface Became {
  readonly streamNo: number;
  readonly chunkNo: number;
  readonly disposition: Disposition;
  readonly reason: DispositionReason;
  readonly evidence: Evidence;
  readonly count: number;
}

export async function bookDeeds(
  trx: LedgerTransaction,
  key: RoundKey,
  right: ActingRight,
  lines: readonly Became[],
): Promise<void> {
  if (lines.length === 0) return;
  await trx
    .insertInto('dispositions')
    .values(
      lines.map(({ streamNo, chunkNo, ...line }) => ({
        ...{ request_id: key.requestId, system_id: key.systemId, round: key.round },
        ...{ stream_no: streamNo, chunk_no: chunkNo, right, ...line },
      })),
    )
    .onConflict((it) =>
      it
        .columns([
          ...(['request_id', 'system_id', 'round', 'stream_no', 'chunk_no'] as const),
          ...(['right', 'disposition', 'decision_no', 'reason'] as const),
        ])
        .doUpdateSet((row) => ({ count: row.ref('excluded.count'), evidence: row.ref('excluded.evidence') })),
    )
    .execute();
}

/** The last time counts; the last attempt read back. */
export async function markActed(
  trx: LedgerTransaction,
  key: RoundKey,
  what: 'acted_at' | 'lifted_at',
  at: Date,
): Promise<void> {
  await trx
    .updateTable('rounds')
    .set({ [what]: at })
    .where('request_id', '=', key.requestId)
    .where('system_id', '=', key.systemId)
    .where('round', '=', key.round)
    .execute();
}

/** Systems of which everything that counts was acted on. */
export async function actedSystems(db: LedgerReader, requestId: RequestId): Promise<ReadonlySet<SystemId>> {
  const rows = await db
    .selectFrom('rounds')
    .select('system_id')
    .where('request_id', '=', requestId)
    .where('superseded', '=', false)
    .where('acted_at', 'is not', null)
    .execute();
  return new Set(rows.map((row) => row.system_id));
}

/** Whether a round was acted on and is still marked as restricted there, by a program or by hand. */
export async function isMarked(db: LedgerReader, requestId: RequestId): Promise<boolean> {
  if ((await markedByHand(db, requestId)).length > 0) return true;
  const row = await db
    .selectFrom('rounds')
    .select('system_id')
    .where('request_id', '=', requestId)
    .where('superseded', '=', false)
    .where('by_hand', '=', false)
    .where('acted_at', 'is not', null)
    .where('lifted_at', 'is', null)
    .executeTakeFirst();
  return row !== undefined;
}

/** Systems in which a person marked records as restricted, and nobody has said that the marks are off. */
export async function markedByHand(db: LedgerReader, requestId: RequestId): Promise<readonly SystemId[]> {
  const rows = await db
    .selectFrom('rounds as o')
    .innerJoin('dispositions as d', (on) =>
      on
        .onRef('d.request_id', '=', 'o.request_id')
        .onRef('d.system_id', '=', 'o.system_id')
        .onRef('d.round', '=', 'o.round'),
    )
    .select('o.system_id')
    .distinct()
    .where('o.request_id', '=', requestId)
    .where('o.by_hand', '=', true)
    .where('o.superseded', '=', false)
    .where('o.lifted_at', 'is', null)
    .where('d.disposition', '=', 'restricted')
    .where('d.count', '>', 0)
    .orderBy('o.system_id')
    .execute();
  return rows.map((row) => row.system_id);
}

/** A person took off there what a person had marked. */
export async function markUnmarked(
  trx: LedgerTransaction,
  { requestId, systemId, at }: { readonly requestId: RequestId; readonly systemId: SystemId; readonly at: Date },
): Promise<void> {
  await trx
    .updateTable('rounds')
    .set({ lifted_at: at })
    .where('request_id', '=', requestId)
    .where('system_id', '=', systemId)
    .where('by_hand', '=', true)
    .where('superseded', '=', false)
    .execute();
}

/** Whether some record may have been marked already. */
export async function hasBegunToAct(db: LedgerReader, requestId: RequestId): Promise<boolean> {
  const row = await db
    .selectFrom('lanes')
    .select('system_id')
    .where('request_id', '=', requestId)
    .where('stage', '=', 'act')
    .executeTakeFirst();
  return row !== undefined;
}

/** What a named person said of whether the person is right; null while nobody has. */
export async function answeredRight(db: LedgerReader, requestId: RequestId): Promise<RightAnswer | null> {
  const row = await db
    .selectFrom('tasks')
    .select('answer')
    .where('request_id', '=', requestId)
    .where('kind', '=', 'right')
    .where('answer', 'in', Object.keys(answers))
    .executeTakeFirst();
  return answerIn(row?.answer ?? null);
}

const answers = {
  uphold: 'uphold',
  'compelling-grounds': 'compelling-grounds',
  'legal-claims': 'legal-claims',
  correct: 'correct',
  'found-accurate': 'found-accurate',
} as const satisfies Readonly<Record<RightAnswer, RightAnswer>>;

function answerIn(text: string | null): RightAnswer | null {
  return text !== null && isAnswer(text) ? text : null;
}
const isAnswer = (text: string): text is RightAnswer => Object.hasOwn(answers, text);

/** The one right of a request that acts, with what it is about; undefined where it gives or erases. */
export async function actingRightOf(
  db: LedgerReader,
  requestId: RequestId,
): Promise<{ readonly right: ActingRight; readonly terms: string | null } | undefined> {
  const rows = await db
    .selectFrom('request_rights')
    .select(['right', 'terms'])
    .where('request_id', '=', requestId)
    .execute();
  for (const { right, terms } of rows) {
    const acting = actingRight(right);
    if (acting !== undefined) return { right: acting, terms };
  }
  return undefined;
}

/** Of an objection. */
export function scopeIn(terms: string | null): ObjectionScope | null {
  if (terms === null) return null;
  const isScope = (text: string): text is ObjectionScope => Object.hasOwn(objectionScopes, text);
  if (!isScope(terms)) throw new HabeasError('internal', { where: 'terms' });
  return terms;
}
