/**
 * Looks at an entry of the register as it would be swept on a day: opens its page and asks policy about every record under the
 * rules, holds and open requests of now. Changes nothing; what a dry run shows and what a sweep does come from here. Personal
 * data in memory only. Fails with `key-…`, `seal-broken`, `storage-…`; what cannot be decided is a verdict, not a failure.
 */
import type { CollectionDescription, RecordFacts, StreamDescription, System } from '../../connectors/contract.ts';
import type { Deps } from '../deps.ts';
import { decisionsOf, type NumberedDecision } from '../ledger/erasure-decisions.ts';
import { erasureStreams } from '../ledger/erasure-rounds.ts';
import { recordName } from '../ledger/record-ref.ts';
import type { RegisterRow } from '../ledger/register.ts';
import { type CivilDate, lastDayBefore } from '../policy/clock/index.ts';
import { type RecordDecision, recordPlanner } from '../policy/erasure/index.ts';
import { effectOf, type SweepVerdict, sweepVerdict } from '../policy/sweep.ts';
import { openPage, type PageRecord } from '../staging/register-page.ts';
import { soughtRecords } from '../staging/sought.ts';
import { companyAnswers } from './company-answers.ts';
import { standingHolds } from './standing-holds.ts';
import { civilToday } from './today.ts';

export type LookDeps = Pick<Deps, 'ledger' | 'storage' | 'keys' | 'config' | 'systems' | 'now'>;

/** Records of one entry that are dealt with alike. */
export interface LookedGroup {
  readonly verdict: SweepVerdict;
  readonly records: readonly PageRecord[];
}

/** What a round says of every entry that came of it. */
interface RoundNotes {
  readonly enteredOn: CivilDate | null;
  readonly ownBusinessOpen: boolean | null;
  readonly streams: ReadonlyMap<number, StreamDescription>;
  readonly decisions: ReadonlyMap<number, NumberedDecision>;
}

type UnansweredCode = 'system-not-configured' | 'stream-changed' | 'sweep-facts-missing' | 'register-differs';

type Planner = (facts: RecordFacts) => RecordDecision;

export class SweepLooker {
  readonly #deps: LookDeps;
  readonly #asOf: CivilDate;
  readonly #answers: ReturnType<typeof companyAnswers>;
  readonly #rounds = new Map<string, Promise<RoundNotes>>();
  readonly #planners = new Map<string, Planner>();
  readonly #sought = new Map<string, Promise<ReadonlySet<string>>>();

  constructor(deps: LookDeps, asOf: CivilDate) {
    this.#deps = deps;
    this.#asOf = asOf;
    this.#answers = companyAnswers(deps.config);
  }

  async look(entry: RegisterRow, signal?: AbortSignal): Promise<readonly LookedGroup[]> {
    const { systems } = this.#deps;
    const { request_id: requestId, system_id: systemId } = entry;
    const records = await openPage(this.#deps, entry, signal);
    const all = (code: UnansweredCode): readonly LookedGroup[] => [
      { verdict: { is: 'unanswered', code, where: entry.collection }, records },
    ];
    // Which of them are kept no more nobody noted: what has such a number now may be another person's.
    if (records.length !== entry.count) return all('register-differs');
    const system = systems.get(systemId);
    if (system === undefined) return all('system-not-configured');
    const notes = await this.#notes(entry);
    const stream = notes.streams.get(entry.stream_no);
    const collection = system.collections.find((one) => one.collection === entry.collection);
    if (stream === undefined || collection === undefined) return all('stream-changed');
    const { enteredOn, ownBusinessOpen } = notes;
    if (enteredOn === null || ownBusinessOpen === null) return all('sweep-facts-missing');
    const plan = this.#planner(entry, (asOf) =>
      recordPlanner(stream, collection, {
        ...this.#answers,
        ...{
          asOf,
          endedOn: enteredOn,
          closing: new Set<string>(),
          ownBusinessOpen,
          subjectRow: rowThatStays(notes, system, asOf),
          system: { id: systemId, collections: system.collections },
        },
      }),
    );
    const holds = await standingHolds(this.#deps, { requestId, systemIds: [systemId] });
    const sought = await this.#soughtIn(entry, signal);
    const rules = {
      ...{ plan, holds, enteredOn, asOf: this.#asOf },
      isSought: (record: string) => sought.has(record),
    };
    const until = lastDayBefore(entry.due_on);
    const isOwnRow = entry.kind === 'not-yet' && isRowOf(collection);
    const wasHeld = notes.decisions.get(entry.decision_no)?.decision.reason === 'held';
    const approved = entry.kind === 'vendor-job' ? effectsOf(notes, entry.collection) : undefined;
    const groups = new Map<string, { readonly verdict: SweepVerdict; readonly records: PageRecord[] }>();
    for (const one of records) {
      const record = { record: recordName(one), request: requestId };
      const verdict = sweepVerdict({ record, facts: one.facts, until, wasHeld, isOwnRow, approved }, rules);
      const form = JSON.stringify(verdict);
      const group = groups.get(form) ?? { verdict, records: [] };
      groups.set(form, group);
      group.records.push(one);
    }
    return [...groups.values()];
  }

  #notes(entry: RegisterRow): Promise<RoundNotes> {
    const { request_id: requestId, system_id: systemId, round } = entry;
    const name = `${requestId} ${systemId} ${round}`;
    return remembered(this.#rounds, name, () => this.#readNotes({ requestId, systemId, round }));
  }

  async #readNotes(key: Parameters<typeof erasureStreams>[1]): Promise<RoundNotes> {
    const { db } = this.#deps.ledger;
    const { timeZone } = this.#answers;
    const row = await db
      .selectFrom('rounds')
      .select(['planned_at', 'own_business_open'])
      .where('request_id', '=', key.requestId)
      .where('system_id', '=', key.systemId)
      .where('round', '=', key.round)
      .executeTakeFirstOrThrow();
    const streams = await erasureStreams(db, key);
    return {
      enteredOn: row.planned_at === null ? null : civilToday(row.planned_at, timeZone),
      ownBusinessOpen: row.own_business_open,
      streams: new Map(streams.map(({ streamNo, description }) => [streamNo, description])),
      decisions: new Map((await decisionsOf(db, key)).map((one) => [one.no, one])),
    };
  }

  /** One planner a stream and day: it remembers what it has decided. */
  #planner(entry: RegisterRow, make: (asOf: CivilDate) => Planner) {
    return (facts: RecordFacts, asOf: CivilDate): RecordDecision => {
      const name = `${entry.request_id} ${entry.system_id} ${entry.round} ${entry.stream_no} ${asOf}`;
      const known = this.#planners.get(name) ?? make(asOf);
      this.#planners.set(name, known);
      return known(facts);
    };
  }

  #soughtIn({ system_id: systemId, collection }: RegisterRow, signal?: AbortSignal): Promise<ReadonlySet<string>> {
    return remembered(this.#sought, `${systemId} ${collection}`, () =>
      soughtRecords(this.#deps, { systemId, collections: new Set([collection]) }, signal),
    );
  }
}

/** What was read once; a failure is forgotten, so that another look may do better. */
function remembered<T>(all: Map<string, Promise<T>>, name: string, read: () => Promise<T>): Promise<T> {
  const known = all.get(name);
  if (known !== undefined) return known;
  const made = read();
  all.set(name, made);
  made.catch(() => all.delete(name));
  return made;
}

/** What people approved to be done to records of a collection, with the plan of the round. */
function effectsOf({ decisions }: RoundNotes, name: string): ReadonlySet<string> {
  const approved = [...decisions.values()].filter(({ collection, count }) => collection === name && count > 0);
  return new Set(approved.map(({ decision }) => effectOf(decision)));
}

/** What was decided of the person's own row, as long as that keeps it: references to it stay with it. */
function rowThatStays({ decisions }: RoundNotes, { collections }: System, asOf: CivilDate): readonly RecordDecision[] {
  return [...decisions.values()].flatMap(({ collection, decision, count }) => {
    const { disposition, until, reason } = decision;
    const isRow =
      count > 0 && reason !== 'reference' && collections.some((one) => one.collection === collection && isRowOf(one));
    const isGone = disposition === 'erased' || disposition === 'anonymised' || (until !== null && until < asOf);
    return isRow && !isGone ? [decision] : [];
  });
}

const isRowOf = ({ erase }: CollectionDescription): boolean =>
  erase?.mode === 'immediate' && erase.rank === 'subject-row';
