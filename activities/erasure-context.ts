/**
 * What policy is told of a request before it decides about records: today, the company's answers, which of the person's own
 * workspaces are closed with the erasure, and whether one of them goes on. Opens sealed chunks and blobs; personal data stays
 * in memory.
 */
import type { RecordFacts } from '../connectors/contract.ts';
import type { Deps } from '../src/deps.ts';
import { HabeasError } from '../src/errors.ts';
import type { RequestId } from '../src/ids.ts';
import type { StoredStream } from '../src/ledger/erasure-rounds.ts';
import { getSealed } from '../src/ledger/vault.ts';
import { type ErasureContext, isOpenBusiness } from '../src/policy/erasure/index.ts';
import { companyAnswers } from '../src/requests/company-answers.ts';
import { civilToday } from '../src/requests/today.ts';
import { FactLines } from '../src/staging/lines.ts';
import { openRoundChunks, type RoundChunk, type RoundSource } from '../src/staging/round-chunks.ts';

/** Everything but what the round itself says. */
export type Answers = Omit<ErasureContext, 'ownBusinessOpen' | 'subjectRow'>;

export async function erasureAnswers(
  deps: Pick<Deps, 'ledger' | 'keys' | 'config' | 'now'>,
  requestId: RequestId,
): Promise<Answers> {
  const { controller } = deps.config;
  const { closing_sealed: sealed } = await deps.ledger.db
    .selectFrom('requests')
    .select('closing_sealed')
    .where('id', '=', requestId)
    .executeTakeFirstOrThrow();
  const closing = sealed === null ? [] : await getSealed(deps.ledger.db, deps.keys, sealed, stringsIn);
  return {
    asOf: civilToday(deps.now(), controller.timeZone),
    ...companyAnswers(deps.config),
    closing: new Set(closing),
  };
}

/** Whether some record of a workspace says that the person's own business goes on. */
export async function hasOpenBusiness(
  source: RoundSource,
  streams: readonly StoredStream[],
  chunks: readonly RoundChunk[],
  closing: ReadonlySet<string>,
): Promise<boolean> {
  const workspaces = new Map(
    streams
      .filter(({ description }) => description.isWorkspace === true && description.isReference !== true)
      .map(({ streamNo, description }) => [streamNo, description]),
  );
  const wanted = chunks.filter(({ stream_no: no }) => workspaces.has(no));
  for await (const { chunk, bytes, from } of openRoundChunks(source, 'facts', wanted)) {
    const stream = workspaces.get(chunk.stream_no);
    const lines = new FactLines(bytes, from, chunk.count);
    while (lines.next())
      if (stream !== undefined && isOpenBusiness(stream, parseFacts(bytes, lines), closing)) return true;
  }
  return false;
}

export function parseFacts(bytes: Buffer, { factsFrom, factsTo }: FactLines): RecordFacts {
  return factsIn(bytes.toString('utf8', factsFrom, factsTo));
}

/** Written by a connector under our seal; a shape that is none fails closed. */
export function factsIn(text: string): RecordFacts {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new HabeasError('package-chunk-broken');
  }
  if (!isFacts(value)) throw new HabeasError('package-chunk-broken');
  return value;
}

function isFacts(value: unknown): value is RecordFacts {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function stringsIn(value: unknown): readonly string[] {
  if (!Array.isArray(value) || !value.every((one) => typeof one === 'string'))
    throw new HabeasError('seal-broken', { where: 'closing' });
  return value;
}
