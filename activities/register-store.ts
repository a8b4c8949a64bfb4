/**
 * Pages of the register while a round is prepared or erased: which key seals them, and the row that tells of each. Personal
 * data passes through memory only.
 */
import type { RecordRef, SubjectKey } from '../connectors/contract.ts';
import type { Deps } from '../src/deps.ts';
import { type KeyId, newId } from '../src/ids.ts';
import type { ChunkKey } from '../src/ledger/effects.ts';
import type { NumberedDecision } from '../src/ledger/erasure-decisions.ts';
import { getErasureRound } from '../src/ledger/erasure-rounds.ts';
import type { LedgerTransaction } from '../src/ledger/open.ts';
import { recordName } from '../src/ledger/record-ref.ts';
import { type EntryPlace, entriesOf, type NewEntry, type RegisterRow, replacePage } from '../src/ledger/register.ts';
import type { RoundKey } from '../src/ledger/rounds.ts';
import { isDecidedAnew } from '../src/ledger/states.ts';
import { addDays, parseCivilDate } from '../src/policy/clock/index.ts';
import { looksFirstOn } from '../src/policy/sweep.ts';
import { civilToday } from '../src/requests/today.ts';
import { openPage, type PageRecord, putPage } from '../src/staging/register-page.ts';
import { backupNames } from './copies.ts';
import { RegisterFacts } from './register-facts.ts';

type StoreDeps = Pick<Deps, 'ledger' | 'storage' | 'keys' | 'config' | 'now'>;

export interface Page {
  readonly key: ChunkKey;
  readonly decision: NumberedDecision;
  readonly kind: RegisterRow['kind'];
  readonly refs: readonly RecordRef[];
  /** The subject's keys: a page of copies has them, so that nothing but theirs is ever erased by it. */
  readonly whose?: readonly SubjectKey[];
  /** Already in force: the point of no return is behind. */
  readonly isActive: boolean;
}

/** Beside the entry of a record that is kept without the person. */
const copyPart = 1;

/** Of a copy nothing is kept but what tells whether it can be in the backup that was restored. */
export const whenMade = ({ collection, key, facts }: PageRecord): PageRecord => ({
  ...{ collection, key },
  ...(facts?.createdAt === undefined ? {} : { facts: { createdAt: facts.createdAt } }),
});

/** Writes pages of one round; its key is made with the first. */
export class RegisterStore {
  readonly #deps: StoreDeps;
  readonly #key: RoundKey;
  readonly #signal: AbortSignal;
  readonly #facts: RegisterFacts;
  #keyId: Promise<KeyId> | undefined;
  #policy: Promise<string> | undefined;

  constructor(deps: StoreDeps, key: RoundKey, signal: AbortSignal) {
    this.#deps = deps;
    this.#key = key;
    this.#signal = signal;
    this.#facts = new RegisterFacts(deps, key, signal);
  }

  /** Seals and stores a page; returns the row that tells of it, not written yet. */
  async put({ key, decision, kind, refs, whose = [], isActive }: Page): Promise<NewEntry> {
    this.#keyId ??= this.#roundKey();
    const keyId = await this.#keyId;
    // What goes by itself is only read back: no rule is asked about it again.
    const records = kind === 'expiring' ? refs : await this.#facts.with(key, refs);
    const isCopy = kind === 'backup-copy';
    // Of a copy nothing is asked but whether it can be in the backup that was restored.
    const entered = isCopy ? records.map(whenMade) : records;
    const page = await putPage(this.#deps, { ...key, keyId }, entered, this.#signal, isCopy ? whose : []);
    const { until, keptBy } = decision.decision;
    const at = this.#deps.now();
    const today = civilToday(at, this.#deps.config.controller.timeZone);
    const dueOn = until === null || isCopy ? null : addDays(parseCivilDate(until, 'until'), 1);
    return {
      id: newId('register'),
      ...{ request_id: key.requestId, system_id: key.systemId, round: key.round },
      ...{ stream_no: key.streamNo, chunk_no: key.chunkNo, decision_no: decision.no, kind },
      ...{ collection: decision.collection, record_class: decision.recordClass, count: refs.length },
      // A copy's days are counted from when its record was erased.
      ...{ due_on: dueOn, look_on: isCopy ? null : looksFirstOn(dueOn, today), part: isCopy ? copyPart : 0 },
      ...{
        kept_by: isCopy ? backupNames(this.#deps.config, key.systemId) : keptBy,
        key_id: keyId,
        object_name: page.objectName,
        tag: page.tag,
        bytes: page.bytes,
        made_at: at,
        policy_sha256: await this.#policyOf(),
      },
      active_at: isActive ? at : null,
    };
  }

  /** The page of what a decision keeps, written anew without these records: another entry has them from now on. */
  async leaveOut(trx: LedgerTransaction, place: EntryPlace, names: ReadonlySet<string>): Promise<void> {
    const entry = (await entriesOf(trx, place)).find(
      (one) =>
        isDecidedAnew(one.kind) &&
        one.stream_no === place.streamNo &&
        one.chunk_no === place.chunkNo &&
        one.decision_no === place.decisionNo,
    );
    if (entry === undefined) return;
    const left = (await openPage(this.#deps, entry, this.#signal)).filter((one) => !names.has(recordName(one)));
    const page = await putPage(this.#deps, { ...place, keyId: entry.key_id }, left, this.#signal);
    await replacePage(trx, entry.id, page);
  }

  /** The policy by which the round was decided. */
  #policyOf(): Promise<string> {
    this.#policy ??= getErasureRound(this.#deps.ledger.db, this.#key).then((round) => round.policy_sha256 ?? '');
    return this.#policy;
  }

  /** The key of earlier entries of the round, or a new one. */
  async #roundKey(): Promise<KeyId> {
    const [known] = await entriesOf(this.#deps.ledger.db, this.#key);
    return known?.key_id ?? this.#deps.keys.create('register');
  }
}
