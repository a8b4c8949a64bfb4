/**
 * The `act` stage of one system: policy decides every stream of the round, the system's verbs do what it says and read it back,
 * and the books say what became of each chunk. What waits for a named person's decision is marked as restricted meanwhile where
 * the system can, and counted when it is decided; what no verb does is told as work by hand, and nothing of it is booked. With
 * `lift` the marks of the restriction are taken off. Every step may run twice. Personal data in memory, a chunk at a time.
 */
import type { Deed, DeedChunk, DeedInput, SubjectKey, System, Verb } from '../connectors/contract.ts';
import type { Deps } from '../src/deps.ts';
import { HabeasError } from '../src/errors.ts';
import type { RequestId } from '../src/ids.ts';
import { actingRightOf, answeredRight, type Became, bookDeeds, markActed, scopeIn } from '../src/ledger/deeds.ts';
import { erasureChunks, erasureStreams, type StoredStream } from '../src/ledger/erasure-rounds.ts';
import { holdLane, restLane } from '../src/ledger/lanes.ts';
import { otherMarks } from '../src/ledger/restrictions.ts';
import type { RoundKey } from '../src/ledger/rounds.ts';
import type { ActingRight } from '../src/ledger/states.ts';
import { getSealed } from '../src/ledger/vault.ts';
import { type LegalBasis, legalBases } from '../src/policy/legal-bases.ts';
import { decideRight, type RightAnswer, type RightOutcome } from '../src/policy/rights/decide.ts';
import type { ObjectionScope } from '../src/policy/rights/grounds.ts';
import { correctionsIn } from '../src/requests/corrections.ts';
import { FactLines } from '../src/staging/lines.ts';
import { openRoundChunks, type RoundChunk, type RoundSource } from '../src/staging/round-chunks.ts';
import type { SystemStages } from '../workflows/stages.ts';
import { keyIn } from './decider.ts';
import { locatedIn, workingKeyOf } from './located.ts';
import { runStage, type StageRun } from './stage.ts';
import { suppressLearnt } from './suppress-learnt.ts';

type ActDeps = Pick<Deps, 'ledger' | 'storage' | 'keys' | 'config' | 'systems' | 'now' | 'log'>;

export function actStage(deps: ActDeps): SystemStages['act'] {
  return (input) =>
    runStage(deps, 'act', input, async (run, system) => {
      const key: RoundKey = { requestId: input.requestId, systemId: input.systemId, round: input.round };
      // Where marks are taken off everything was added long ago.
      if (!input.lift) await suppressLearnt(deps, input.requestId);
      const acting = await openActing(deps, run, system, key);
      const result = input.lift ? await lift(acting) : await exercise(acting);
      if (!acting.isCalled) run.uncalled();
      await deps.ledger.db.transaction().execute(async (trx) => {
        await holdLane(trx, run.fence);
        const isDone = result.waiting === 0 && result.byHand === 0;
        if (isDone) await markActed(trx, key, input.lift ? 'lifted_at' : 'acted_at', deps.now());
        await restLane(trx, run.fence, { state: isDone ? 'done' : 'waiting', stage: 'act' }, deps.now());
      });
      return result;
    });
}

interface Acting {
  readonly deps: ActDeps;
  readonly run: StageRun;
  readonly system: System;
  readonly key: RoundKey;
  readonly right: ActingRight;
  readonly streams: readonly StoredStream[];
  readonly chunks: readonly RoundChunk[];
  readonly source: RoundSource;
  readonly keys: readonly SubjectKey[];
  /** By word. Personal data. */
  readonly corrections: Readonly<Record<string, string>>;
  outcomeOf(stream: StoredStream, answer?: RightAnswer | null): RightOutcome;
  /** Another request of the same person has these records marked. */
  isMarkedElsewhere(stream: StoredStream): boolean;
  isCalled: boolean;
}

async function openActing(deps: ActDeps, run: StageRun, system: System, key: RoundKey): Promise<Acting> {
  const { db } = deps.ledger;
  const asked = await askedIn(deps, key.requestId);
  const others: { readonly asked: Asked; readonly answer: RightAnswer | null }[] = [];
  for (const { requestId, isUpheld } of await otherMarks(db, key.requestId))
    others.push({ asked: await askedIn(deps, requestId), answer: isUpheld ? 'uphold' : null });
  const answered = await answeredRight(db, key.requestId);
  const decided = ({ description }: StoredStream, { right, scope, corrections }: Asked, answer: RightAnswer | null) => {
    const described = system.collections.find((one) => one.collection === description.collection);
    if (described === undefined) throw new HabeasError('stream-changed', { where: description.collection });
    return decideRight({
      ...{ right, scope, answer, stream: description, words: Object.keys(corrections) },
      legalBasis: basisOf(described.legalBasis),
      verbs: described.verbs,
      roles: described.erase?.mode === 'immediate' ? described.erase.roles : {},
    });
  };
  return {
    ...{ deps, run, system, key, right: asked.right, corrections: asked.corrections },
    streams: await erasureStreams(db, key),
    chunks: await erasureChunks(db, key, 'read'),
    source: {
      storage: deps.storage,
      bucket: deps.config.s3.stagingBucket,
      workingKey: await workingKeyOf(deps, key.requestId),
      requestId: key.requestId,
      signal: run.signal,
    },
    keys: (await locatedIn(deps, key)).keys,
    outcomeOf: (stream, answer = answered) => decided(stream, asked, answer),
    isMarkedElsewhere: (stream) => others.some((other) => isMarking(decided(stream, other.asked, other.answer))),
    isCalled: false,
  };
}

/** What one request asks. */
interface Asked {
  readonly right: ActingRight;
  readonly scope: ObjectionScope | null;
  /** By word. Personal data. */
  readonly corrections: Readonly<Record<string, string>>;
}

async function askedIn({ ledger: { db }, keys }: ActDeps, requestId: RequestId): Promise<Asked> {
  const asked = await actingRightOf(db, requestId);
  if (asked === undefined) throw new HabeasError('internal', { where: 'right' });
  const { right, terms } = asked;
  const request = await db
    .selectFrom('requests')
    .select('corrections_sealed')
    .where('id', '=', requestId)
    .executeTakeFirstOrThrow();
  const sealed = request.corrections_sealed;
  const corrections = sealed === null ? {} : await getSealed(db, keys, sealed, correctionsIn);
  return { right, scope: right === 'objection' ? scopeIn(terms) : null, corrections };
}

/** Whether records are marked as restricted by this: at once, or until a named person has decided. */
function isMarking(outcome: RightOutcome): boolean {
  return outcome.outcome === 'waits'
    ? outcome.meanwhile.includes('restrict')
    : outcome.outcome === 'act' && outcome.verb === 'restrict';
}

const meanwhileDeeds = [{ verb: 'suppress' }, { verb: 'restrict', on: true }] as const satisfies readonly Deed[];

/** What the right asks. Streams without records ask for nothing. */
async function exercise(acting: Acting): Promise<{ found: number; waiting: number; byHand: number }> {
  const groups = new Map<string, { deed: Deed; outcome: Acts; streams: StoredStream[] }>();
  const left: { readonly stream: StoredStream; readonly outcome: Extract<RightOutcome, { outcome: 'left' }> }[] = [];
  const waiting: { readonly stream: StoredStream; readonly meanwhile: readonly Verb[] }[] = [];
  let byHand = 0;
  for (const stream of acting.streams) {
    const count = countOf(acting, stream);
    if (count === 0) continue;
    const outcome = acting.outcomeOf(stream);
    if (outcome.outcome === 'left') left.push({ stream, outcome });
    else if (outcome.outcome === 'waits') waiting.push({ stream, meanwhile: outcome.meanwhile });
    else {
      const deed = deedOf(acting, outcome);
      if (deed === null) byHand += count;
      else {
        const name = JSON.stringify([outcome.verb, outcome.words, outcome.disposition, outcome.reason]);
        const group = groups.get(name) ?? { deed, outcome, streams: [] };
        group.streams.push(stream);
        groups.set(name, group);
      }
    }
  }
  // Somebody does the whole system by hand: what a verb did there besides would be counted twice.
  if (byHand > 0) return { found: 0, waiting: 0, byHand };
  await bookLeft(acting, left);
  let found = 0;
  for (const { deed, outcome, streams } of groups.values()) {
    const done = await doDeed(acting, deed, streams, outcome);
    found += done;
  }
  for (const deed of meanwhileDeeds) {
    const marked = waiting.filter(({ meanwhile }) => meanwhile.includes(deed.verb)).map(({ stream }) => stream);
    if (marked.length > 0 && acting.system[deed.verb] !== undefined) await doDeed(acting, deed, marked, null);
  }
  return { found, waiting: waiting.length, byHand };
}

/** Whatever this request had marked as restricted is unmarked, but for what another request of the same person keeps so. */
async function lift(acting: Acting): Promise<{ found: number; waiting: number; byHand: number }> {
  const marked = acting.streams.filter(
    (stream) =>
      countOf(acting, stream) > 0 && isMarking(acting.outcomeOf(stream, null)) && !acting.isMarkedElsewhere(stream),
  );
  const found = marked.length === 0 ? 0 : await doDeed(acting, { verb: 'restrict', on: false }, marked, null);
  return { found, waiting: 0, byHand: 0 };
}

type Acts = Extract<RightOutcome, { outcome: 'act' }>;

/** Null: no verb of the system does it. */
function deedOf({ system, corrections }: Acting, { verb, words }: Acts): Deed | null {
  if (verb === null || system[verb] === undefined) return null;
  switch (verb) {
    case 'restrict':
      return { verb, on: true };
    case 'suppress':
      return { verb };
    case 'rectify':
      return { verb, to: Object.fromEntries(words.map((word) => [word, corrections[word] ?? ''])) };
    default:
      return verb satisfies never;
  }
}

/** One call of a verb on the records of some streams; how many are as it makes them. `outcome` null: nothing is booked. */
async function doDeed(
  acting: Acting,
  deed: Deed,
  streams: readonly StoredStream[],
  outcome: Acts | null,
): Promise<number> {
  const { deps, run, key, keys } = acting;
  let done = 0;
  const seen = new Set<string>();
  const expected = acting.chunks.filter((chunk) => streams.some(({ streamNo }) => streamNo === chunk.stream_no));
  const input: Omit<DeedInput, 'deed'> = {
    keys,
    chunks: chunksOf(acting, streams, expected),
    outcome: async ({ stream, chunkNo, keys: asked }, became) => {
      if (became.done < 0 || became.absent < 0 || became.done + became.absent !== asked.length)
        throw new HabeasError('internal', { where: 'outcome' });
      seen.add(`${stream.no}/${chunkNo}`);
      done += became.done;
      run.progress(chunkNo);
      if (outcome === null) return;
      const at = { streamNo: stream.no, chunkNo };
      const { disposition, reason } = outcome;
      await deps.ledger.db.transaction().execute(async (trx) => {
        await holdLane(trx, run.fence);
        await bookDeeds(trx, key, acting.right, [
          { ...at, disposition, reason, evidence: 'read-back', count: became.done },
          { ...at, disposition: 'absent', reason, evidence: 'read-back', count: became.absent },
        ]);
      });
    },
  };
  acting.isCalled = true;
  await call(acting, deed, input);
  // A chunk that nobody spoke of is not done.
  if (seen.size !== expected.length) throw new HabeasError('internal', { where: 'outcome' });
  return done;
}

async function call({ system, run, key }: Acting, deed: Deed, input: Omit<DeedInput, 'deed'>): Promise<void> {
  const context = { systemId: key.systemId, signal: run.signal, progress: () => run.progress() };
  const missing = () => new HabeasError('deed-undeclared', { where: key.systemId });
  switch (deed.verb) {
    case 'restrict':
      if (system.restrict === undefined) throw missing();
      return system.restrict(context, { ...input, deed });
    case 'rectify':
      if (system.rectify === undefined) throw missing();
      return system.rectify(context, { ...input, deed });
    case 'suppress':
      if (system.suppress === undefined) throw missing();
      return system.suppress(context, { ...input, deed });
    default:
      return deed satisfies never;
  }
}

async function* chunksOf(
  { source }: Acting,
  streams: readonly StoredStream[],
  chunks: readonly RoundChunk[],
): AsyncGenerator<DeedChunk> {
  const byNo = new Map(streams.map((one) => [one.streamNo, one.description]));
  for await (const { chunk, bytes, from } of openRoundChunks(source, 'facts', chunks)) {
    const stream = byNo.get(chunk.stream_no);
    if (stream === undefined) throw new HabeasError('package-chunk-broken');
    const lines = new FactLines(bytes, from, chunk.count);
    const keys: DeedChunk['keys'][number][] = [];
    while (lines.next()) keys.push(keyIn(JSON.parse(bytes.toString('utf8', lines.keyFrom, lines.keyTo))));
    yield { stream, chunkNo: chunk.chunk_no, keys };
  }
}

/** Policy's word alone: nothing is done there. */
async function bookLeft(
  { deps, run, key, right, chunks }: Acting,
  left: readonly { readonly stream: StoredStream; readonly outcome: Extract<RightOutcome, { outcome: 'left' }> }[],
): Promise<void> {
  const lines = left.flatMap(({ stream, outcome: { disposition, reason } }) =>
    chunks
      .filter((chunk) => chunk.stream_no === stream.streamNo)
      .map(
        (chunk): Became => ({
          ...{ streamNo: stream.streamNo, chunkNo: chunk.chunk_no, count: chunk.count },
          ...{ disposition, reason, evidence: disposition === 'absent' ? 'read-back' : 'none' },
        }),
      ),
  );
  await deps.ledger.db.transaction().execute(async (trx) => {
    await holdLane(trx, run.fence);
    await bookDeeds(trx, key, right, lines);
  });
}

const countOf = ({ chunks }: Acting, { streamNo }: StoredStream): number =>
  chunks.reduce((sum, chunk) => (chunk.stream_no === streamNo ? sum + chunk.count : sum), 0);

function basisOf(text: string): LegalBasis {
  const isBasis = (word: string): word is LegalBasis => Object.hasOwn(legalBases, word);
  if (!isBasis(text)) throw new HabeasError('internal', { where: 'legalBasis' });
  return text;
}
