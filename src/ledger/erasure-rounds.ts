/**
 * Rounds of erasure as later stages need them: which streams and chunks count (candidates of a scan only where a person
 * accepted them), and how far a round has come. Descriptions are configuration; nothing here is personal data.
 */
import type { Selectable } from 'kysely';
import type { StreamDescription } from '../../connectors/contract.ts';
import { HabeasError } from '../errors.ts';
import type { RequestId, SystemId } from '../ids.ts';
import type { RoundChunk } from '../staging/round-chunks.ts';
import type { LedgerReader, LedgerTransaction } from './open.ts';
import type { RoundKey } from './rounds.ts';
import type { RoundsTable } from './schema.ts';
import { isCounted } from './streams.ts';

export type RoundRow = Selectable<RoundsTable>;

export async function getErasureRound(db: LedgerReader, key: RoundKey): Promise<RoundRow> {
  const row = await db
    .selectFrom('rounds')
    .selectAll()
    .where('request_id', '=', key.requestId)
    .where('system_id', '=', key.systemId)
    .where('round', '=', key.round)
    .where('right', '=', 'erasure')
    .executeTakeFirst();
  if (row === undefined) throw new HabeasError('not-found', { where: key.systemId });
  // Read anew, or answered by hand, meanwhile: nothing more is done about it.
  if (row.superseded || row.by_hand) throw new HabeasError('stage-superseded', { where: key.systemId });
  return row;
}

/** Rounds of erasure that count, of a request or one pass of it, in the order of system, pass. */
export function erasureRounds(
  db: LedgerReader,
  about: { readonly requestId: RequestId; readonly pass?: number; readonly systemId?: SystemId },
): Promise<RoundRow[]> {
  const { requestId, pass, systemId } = about;
  return db
    .selectFrom('rounds')
    .selectAll()
    .where('request_id', '=', requestId)
    .where('right', '=', 'erasure')
    .where('superseded', '=', false)
    .$if(pass !== undefined, (rows) => rows.where('pass', '=', pass ?? 0))
    .$if(systemId !== undefined, (rows) => rows.where('system_id', '=', systemId ?? null))
    .orderBy('system_id')
    .orderBy('pass')
    .execute();
}

export interface StoredStream {
  readonly streamNo: number;
  readonly description: StreamDescription;
}

/** Streams of a round that count, in order. */
export async function erasureStreams(db: LedgerReader, key: RoundKey): Promise<readonly StoredStream[]> {
  const rows = await counting(db, key).select(['s.stream_no', 's.description']).orderBy('s.stream_no').execute();
  return rows.map((row) => ({ streamNo: row.stream_no, description: streamIn(row.description) }));
}

/** Chunks of a round's streams that count: its facts (`read`) or its decisions (`plan`), in order. */
export function erasureChunks(db: LedgerReader, key: RoundKey, stage: 'read' | 'plan'): Promise<RoundChunk[]> {
  return counting(db, key)
    .innerJoin('chunks as c', (join) =>
      join
        .onRef('c.request_id', '=', 's.request_id')
        .onRef('c.system_id', '=', 's.system_id')
        .onRef('c.round', '=', 's.round')
        .onRef('c.stream_no', '=', 's.stream_no'),
    )
    .select(['c.system_id', 'c.round', 'c.stream_no', 'c.chunk_no', 'c.object_name', 'c.object_offset'])
    .select(['c.count', 'c.plain_bytes', 'c.bytes', 'c.tag', 's.collection'])
    .where('c.stage', '=', stage)
    .orderBy('c.stream_no')
    .orderBy('c.chunk_no')
    .execute();
}

function counting(db: LedgerReader, key: RoundKey) {
  return db
    .selectFrom('streams as s')
    .leftJoin('tasks as t', 't.id', 's.task_id')
    .where('s.request_id', '=', key.requestId)
    .where('s.system_id', '=', key.systemId)
    .where('s.round', '=', key.round)
    .where(isCounted);
}

/** A stage of a round has ended; the first time counts. */
export async function markRound(
  trx: LedgerTransaction,
  key: RoundKey,
  what: 'prepared_at' | 'erased_at' | 'verified_at',
  at: Date,
): Promise<void> {
  await trx
    .updateTable('rounds')
    .set({ [what]: at })
    .where('request_id', '=', key.requestId)
    .where('system_id', '=', key.systemId)
    .where('round', '=', key.round)
    .where(what, 'is', null)
    .execute();
}

/** What a later sweep is told of the person: whether a business of their own went on. */
export async function noteOwnBusiness(trx: LedgerTransaction, key: RoundKey, isOpen: boolean): Promise<void> {
  await trx
    .updateTable('rounds')
    .set({ own_business_open: isOpen })
    .where('request_id', '=', key.requestId)
    .where('system_id', '=', key.systemId)
    .where('round', '=', key.round)
    .execute();
}

/** Narrows what the sink wrote of a stream. */
function streamIn(text: string | null): StreamDescription {
  const value: unknown = text === null ? null : JSON.parse(text);
  if (!isStream(value)) throw new HabeasError('internal', { where: 'description' });
  return value;
}

function isStream(value: unknown): value is StreamDescription {
  if (typeof value !== 'object' || value === null) return false;
  const has = (name: string, type: string) => typeof Reflect.get(value, name) === type;
  return (
    has('no', 'number') &&
    ['collection', 'provedIn', 'recordClass', 'owner', 'role'].every((name) => has(name, 'string')) &&
    Array.isArray(Reflect.get(value, 'fields')) &&
    Array.isArray(Reflect.get(value, 'ownFields'))
  );
}
