/**
 * What a letter tells of a request, from rows alone: what was found and what became of it, with reasons, laws and dates; what
 * stands; who was told. Sums over all systems: where something is kept is no business of a letter that may be read by others.
 * Counts, configured words, laws and dates. Whether an address had been on the suppression list before is looked up while the
 * request's keys live; nothing else is opened, so a letter can be printed when they are destroyed.
 */
import type { Deps } from '../deps.ts';
import { HabeasError } from '../errors.ts';
import type { RequestId } from '../ids.ts';
import { isRefused, letterRights } from '../ledger/answers.ts';
import { copiesOf } from '../ledger/copy-entries.ts';
import { noticesOf } from '../ledger/notices.ts';
import type { LedgerReader } from '../ledger/open.ts';
import { restrictionOf } from '../ledger/restrictions.ts';
import type { DispositionReason, Right } from '../ledger/states.ts';
import { suppressedAmong, suppressionsOf } from '../ledger/suppressions.ts';
import { getSealed } from '../ledger/vault.ts';
import { isDeclined, type PersonsRight } from '../policy/answers.ts';
import type { RefusalGround } from '../policy/grounds.ts';
import { identifiersIn } from '../requests/answer-effects.ts';
import { attestedGone, erasureCounts } from '../requests/erasure-counts.ts';
import { findRequest, type RequestRow } from '../requests/record.ts';
import { rightCounts } from '../requests/right-counts.ts';
import { type AnswerDisposition, type AnswerReason, type Language, wordsFor } from './words.ts';

/** So many records of which the same became, for the same reason. */
export interface AnswerLine {
  readonly disposition: AnswerDisposition;
  /** Null where what was done says it all. */
  readonly reason: AnswerReason | null;
  /** It was read again afterwards. False where nothing is to be read, and where a person attests it. */
  readonly isReadBack: boolean;
  /** Of what is kept: law and section, or what is declared of its expiry; and its last day. */
  readonly keptBy: string | null;
  readonly until: string | null;
  readonly count: number;
}

export interface AnswerFacts {
  readonly requestId: RequestId;
  readonly language: Language;
  readonly receivedOn: string;
  readonly rights: readonly PersonsRight[];
  /** Nobody could say who asked. */
  readonly isRefused: boolean;
  /** Null where nothing was looked for. */
  readonly found: number | null;
  readonly lines: readonly AnswerLine[];
  /** Something was not done as asked: the letter says all of Art. 12(4). */
  readonly isDeclined: boolean;
  readonly restriction: {
    readonly setOn: string;
    /** `asked`: what the person asked for. `while-examined`: until the matter was decided; it will be lifted. `kept`: it stays out of use. */
    readonly standing: 'asked' | 'while-examined' | 'kept';
  } | null;
  /** Since when the person is not written to for direct marketing; null: nothing of the kind. */
  readonly suppressedSince: string | null;
  /** The day on which the last backup with what was erased has lapsed; null: none holds any, or nobody knows the day yet. */
  readonly copiesGoneOn: string | null;
  /** Recipients by name: told, and those that could not be. */
  readonly told: readonly string[];
  readonly untold: readonly string[];
}

/** `answer-not-ready` where the request has nothing that a letter answers, or has not come so far. */
export async function answerFacts(deps: Pick<Deps, 'ledger' | 'keys'>, requestId: RequestId): Promise<AnswerFacts> {
  const { db } = deps.ledger;
  const request = await findRequest(db, requestId);
  const refused = await isRefused(db, requestId);
  const rights = (await letterRights(db, { requestId, isRefused: refused })).filter(({ readyAt }) => readyAt !== null);
  if (rights.length === 0) throw new HabeasError('answer-not-ready', { where: requestId });
  const asked = rights.map(({ right }) => right);
  const { found, lines } = refused ? { found: null, lines: [] } : await became(db, requestId, asked);
  const notices = await noticesOf(db, requestId);
  const named = (isTold: boolean) =>
    notices.filter(({ state }) => (state === 'sent' || state === 'acknowledged') === isTold && state !== 'covered');
  return {
    ...{ requestId, language: request.language, receivedOn: request.received_on, rights: asked, isRefused: refused },
    ...{ found, lines, isDeclined: refused || lines.some(({ disposition }) => isDeclined(disposition)) },
    // Where nothing was found nothing is stored either.
    restriction: refused || found === 0 ? null : await standing(db, requestId, asked),
    suppressedSince: await suppressedSince(deps, request, asked),
    copiesGoneOn:
      (await copiesOf(db, requestId))
        .flatMap(({ goneOn }) => goneOn ?? [])
        .sort()
        .at(-1) ?? null,
    told: named(true).map(({ name }) => name),
    untold: named(false).map(({ name }) => name),
  };
}

/** By this request; else since when every address that was given had been on the list already. */
async function suppressedSince(
  { ledger: { db }, keys }: Pick<Deps, 'ledger' | 'keys'>,
  request: RequestRow,
  asked: readonly Right[],
): Promise<string | null> {
  const own = (await suppressionsOf(db, request.id)).find(({ purpose }) => purpose === 'marketing');
  if (own !== undefined) return own.since;
  const isAsked = asked.includes('objection') || asked.includes('consent-withdrawal');
  if (!isAsked || !(await keys.exists(request.working_key_id))) return null;
  const given = await getSealed(db, keys, request.identifiers_sealed, identifiersIn);
  const addresses = given.filter(({ kind }) => kind === 'email').map(({ value }) => value);
  const since = (await suppressedAmong(db, keys, addresses, 'marketing')).map((one) => one?.since ?? null);
  return since.includes(null) ? null : (since.sort().at(-1) ?? null);
}

async function standing(
  db: LedgerReader,
  requestId: RequestId,
  asked: readonly Right[],
): Promise<AnswerFacts['restriction']> {
  const row = await restrictionOf(db, requestId);
  if (row === undefined || row.ended_why === 'nothing-reached') return null;
  const { set_on: setOn } = row;
  if (asked.includes('restriction')) return { setOn, standing: 'asked' };
  return { setOn, standing: row.ended_why === 'upheld' ? 'kept' : 'while-examined' };
}

async function became(
  db: LedgerReader,
  requestId: RequestId,
  asked: readonly Right[],
): Promise<Pick<AnswerFacts, 'lines'> & { readonly found: number }> {
  const lines: AnswerLine[] = [];
  let found = 0;
  if (asked.includes('erasure')) {
    const attested = await attestedGone(db, requestId);
    for (const [system, one] of await erasureCounts(db, requestId)) {
      found += one.found ?? 0;
      const { erased, anonymised, absent, changedHands, historyRemains, kept } = one;
      const said = attested.get(system) ?? { erased: 0, anonymised: 0, absent: 0 };
      lines.push(
        done('erased', null, erased - said.erased),
        done('erased', 'by-hand', said.erased),
        done('anonymised', null, anonymised - said.anonymised - historyRemains),
        done('anonymised', 'by-hand', said.anonymised),
        done('anonymised', 'history-remains', historyRemains),
        done('absent', null, absent - said.absent - changedHands),
        done('absent', 'by-hand', said.absent),
        done('absent', 'changed-hands', changedHands),
      );
      for (const { disposition, reason, refusal, keptBy, until, count } of kept)
        lines.push({
          ...{ disposition, isReadBack: false, keptBy: lawOf(reason, keptBy), until, count },
          reason: reasonIn(isToldByGround(reason, refusal) ? refusal : reason),
        });
    }
  } else
    for (const one of (await rightCounts(db, requestId)).values()) {
      found += one.found ?? 0;
      for (const { disposition, reason, count } of one.lines) lines.push(done(disposition, reasonIn(reason), count));
    }
  return { found, lines: summed(lines) };
}

/** What was done, or left, by policy's word; by hand it has that reason and is attested (src/ledger/by-hand.ts), never read back. */
const done = (disposition: AnswerLine['disposition'], reason: AnswerReason | null, count: number): AnswerLine => ({
  ...{ disposition, reason, count, isReadBack: reason !== 'by-hand' && !isDeclined(disposition) },
  ...{ keptBy: null, until: null },
});

/** A hold that people placed is named by its kind on the receipt; whose matter it is may concern others. */
const lawOf = (reason: DispositionReason, keptBy: string | null): string | null => (reason === 'held' ? null : keptBy);

/** An exception, and that no ground of erasure is met, are told by the law's own words; any other reason says more than they do. */
const isToldByGround = (reason: DispositionReason, refusal: RefusalGround | null): refusal is RefusalGround =>
  (reason === 'exception' && refusal !== null) || (reason === 'not-reached' && refusal === '17(1)');

/** Every reason that books of these rights may have has its sentence: one without is a mistake of the program. */
function reasonIn(word: string): AnswerReason {
  const isKnown = (text: string): text is AnswerReason => Object.hasOwn(wordsFor('en').reasons, text);
  if (!isKnown(word)) throw new HabeasError('internal', { where: 'answer-reason' });
  return word;
}

/** One line of what is the same; the largest first, what was done before what was not. */
function summed(lines: readonly AnswerLine[]): readonly AnswerLine[] {
  const sums = new Map<string, AnswerLine>();
  for (const line of lines) {
    if (line.count === 0) continue;
    const name = JSON.stringify([line.disposition, line.reason, line.isReadBack, line.keptBy, line.until]);
    sums.set(name, { ...line, count: (sums.get(name)?.count ?? 0) + line.count });
  }
  const place = ({ disposition }: AnswerLine) => (isDeclined(disposition) ? 1 : 0);
  return [...sums.values()].sort((a, b) => place(a) - place(b) || b.count - a.count);
}
