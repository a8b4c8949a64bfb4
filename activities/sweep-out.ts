/**
 * Carries a claim of the sweep out: looks at each page once more under the holds of now, lets the system check, erases by the
 * journal in the system's own order and reads everything back, which alone makes it count. A claim that only reads back asks the
 * system what is left. Goes on where an earlier attempt stopped; done twice it does nothing the second time. Fails with the
 * system's own refusals (`reference-uncovered`, …; what a vendor lets go of later leaves the claim), `erase-residue`, `hold-placed`, `stage-superseded`.
 */
import type { CallContext, ErasePart, SubjectKey, System, VerifyInput, WaitingRecord } from '../connectors/contract.ts';
import type { Deps } from '../src/deps.ts';
import { catalogue, HabeasError } from '../src/errors.ts';
import { lockRequest } from '../src/ledger/lanes.ts';
import type { LedgerTransaction } from '../src/ledger/open.ts';
import { recordName } from '../src/ledger/record-ref.ts';
import type { RegisterRow } from '../src/ledger/register.ts';
import { automaticClasses } from '../src/ledger/sweep-automatic.ts';
import {
  type ClaimFence,
  type ClaimRow,
  claimedEntries,
  claimedEntry,
  findClaim,
  holdClaim,
  moveClaim,
  noteWhere,
  takeClaim,
} from '../src/ledger/sweep-claims.ts';
import {
  begunEntries,
  bookGone,
  bookSwept,
  changedHandsOf,
  goneOf,
  type LivingCopies,
  noteReplayed,
  passIntentOn,
} from '../src/ledger/sweep-effects.ts';
import { leaveEntry } from '../src/ledger/sweep-entries.ts';
import { addDays, parseCivilDate } from '../src/policy/clock/index.ts';
import { sweepDay } from '../src/requests/sweep.ts';
import { SweepLooker } from '../src/requests/sweep-look.ts';
import { systemFor } from '../src/requests/system-for.ts';
import { openPage, openWholePage, putPage } from '../src/staging/register-page.ts';
import type { SweepStages } from '../workflows/stages.ts';
import { backupNames, backupsOf, lapseDay } from './copies.ts';
import { whenMade } from './register-store.ts';
import { settleReplay } from './replay-settle.ts';
import { type ActivityRun, assertCallable, runActivity } from './stage.ts';
import { destroyLeftovers } from './sweep-clean.ts';
import { SweepJournal } from './sweep-journal.ts';
import { noteRecipients } from './sweep-notices.ts';
import { type SweepSet, sweepSet } from './sweep-set.ts';
import { settle, settleWaiting } from './sweep-settle.ts';

type OutDeps = Pick<Deps, 'ledger' | 'storage' | 'keys' | 'config' | 'systems' | 'now' | 'log'>;

const nothing = { erased: 0, anonymised: 0, absent: 0 };
const parts: readonly ErasePart[] = ['dependants', 'subject-row'];

export function sweepStages(deps: OutDeps): SweepStages {
  const { db } = deps.ledger;
  return {
    sweepOut: ({ claimId, systemId }) =>
      runActivity(
        deps,
        { systemId },
        async (run) => {
          const claim = await findClaim(db, claimId);
          if (claim.state !== 'approved') return nothing;
          const fence = await db.transaction().execute((trx) => takeClaim(trx, claimId));
          await assertCallable(deps, systemId);
          const system = deps.systems.get(systemId);
          if (system === undefined) throw new HabeasError('system-not-configured', { where: systemId });
          const sweep = new Sweep(deps, run, { claim, fence, system });
          const done = claim.kind === 'read-back' ? await sweep.readBack() : await sweep.erase();
          await destroyLeftovers(deps, run);
          return done;
        },
        // Which configured place it was; why is what the workflow is told.
        async (error) => {
          const where = error instanceof HabeasError ? error.where : undefined;
          await noteWhere(db, claimId, where ?? null).catch(() => undefined);
        },
      ),
  };
}

interface Sweeping {
  readonly claim: ClaimRow;
  readonly fence: ClaimFence;
  readonly system: System;
}

type Found = Parameters<VerifyInput['found']>;

/** By request; copies of what the sweep erased come after the others, because nobody knows any more whose they were. */
function byRequest(entries: readonly RegisterRow[]): Iterable<readonly RegisterRow[]> {
  const groups = new Map<string, RegisterRow[]>();
  for (const entry of [...entries].sort((a, b) => Number(a.erased_at !== null) - Number(b.erased_at !== null)))
    groups.set(groupOf(entry), [...(groups.get(groupOf(entry)) ?? []), entry]);
  return groups.values();
}

const groupOf = (entry: RegisterRow): string =>
  `${entry.request_id} ${entry.erased_at === null ? 'of its round' : 'swept'}`;

class Sweep {
  readonly #deps: OutDeps;
  readonly #run: ActivityRun;
  readonly #sweeping: Sweeping;
  readonly #context: CallContext;
  /** A vendor still works on something of it. */
  #isRunning = false;
  readonly #stopped: HabeasError[] = [];

  constructor(deps: OutDeps, run: ActivityRun, sweeping: Sweeping) {
    this.#deps = deps;
    this.#run = run;
    this.#sweeping = sweeping;
    const { system_id: systemId } = sweeping.claim;
    this.#context = { systemId, signal: run.signal, progress: () => run.progress() };
  }

  async erase() {
    const { claim } = this.#sweeping;
    const { db } = this.#deps.ledger;
    const begun = await begunEntries(db, claim.id);
    const looker = new SweepLooker(this.#deps, parseCivilDate(claim.as_of, 'as_of'));
    // Somebody may have switched a class back since nobody had to be asked.
    const unasked = claim.people_needed === 0 ? await automaticClasses(db) : undefined;
    for (const entry of await this.#left()) {
      if (begun.has(entry.id)) continue;
      if (entry.kind !== 'vendor-job' && unasked?.has(entry.record_class) === false) await this.#giveBack(entry);
      else await this.#lookAgain(entry, looker);
    }
    const stopped = this.#stopped;
    for (const entries of byRequest(await this.#left()))
      await this.#eraseSome(entries).catch((error: unknown) => {
        // What stands in the way of one person's records holds up nobody else's.
        if (!(error instanceof HabeasError) || catalogue[error.code].retryable) throw error;
        stopped.push(error);
      });
    // What is only on its way is told where nothing else stops.
    const first = stopped.find(({ code }) => code !== 'erase-unfinished') ?? stopped[0];
    if (first !== undefined) throw first;
    if (this.#isRunning) return { ...(await this.#done()), running: true };
    await this.#end();
    return this.#done();
  }

  /** Records of one request, in the system's own order. */
  async #eraseSome(entries: readonly RegisterRow[]): Promise<void> {
    const { claim, fence } = this.#sweeping;
    const system = await this.#systemOf(entries);
    if (system.prepare === undefined || system.erase === undefined)
      throw new HabeasError('erase-unsupported', { where: claim.system_id });
    const set = await sweepSet(this.#deps, entries, this.#run.signal);
    // After a restore the rows are somebody's again: only those of whoever was erased are.
    const keys = claim.kind === 'replay' ? await this.#whose(entries) : [];
    const { refusals } = await system.prepare(this.#context, { keys, planned: set });
    const [other] = refusals;
    if (other !== undefined) throw new HabeasError(other.code, { where: other.where });
    const journal = new SweepJournal(this.#deps, this.#run, fence, set.entry);
    for (const part of parts) {
      await system.erase(this.#context, { keys, planned: set, part, journal });
      if (!journal.isRunning) continue;
      this.#isRunning = true;
      return;
    }
    if (journal.waiting.size > 0) {
      await this.#setAside(set, journal.waiting);
      const [request] = entries;
      const left = (await this.#left()).filter((entry) => groupOf(entry) === (request && groupOf(request)));
      return left.length === 0 ? undefined : this.#eraseSome(left);
    }
    const residue = new Set<string>();
    const unfinished = new Set<string>();
    const anothers = await changedHandsOf(this.#deps.ledger.db, claim.id);
    await this.#verify(system, set, keys, async (chunk, results) => {
      const isBad = ({ found }: Found[1][number]) =>
        found !== 'gone' &&
        ((found !== 'changed' && found !== 'history-remains') || chunk.records[0]?.decision.action === 'delete');
      const sum = (some: Found[1]) => some.reduce((total, { count }) => total + count, 0);
      const bad = sum(results.filter(isBad));
      const going = sum(results.filter(({ found }) => found === 'hidden' || found === 'pending'));
      const remains = sum(results.filter(({ found }) => found === 'history-remains'));
      const others = anothers.get(set.entry(chunk.chunkNo).id) ?? 0;
      if (bad - going > others) residue.add(chunk.stream.collection);
      else if (bad > others) unfinished.add(chunk.stream.collection);
      else await this.#bookOut(set.entry(chunk.chunkNo), remains);
    });
    const [still] = [...residue].sort();
    if (still !== undefined) throw new HabeasError('erase-residue', { where: still });
    // The system took it, and lets go of it by and by: not a failure of this attempt, and no end of the claim either.
    const [hidden] = [...unfinished].sort();
    if (hidden !== undefined) this.#stopped.push(new HabeasError('erase-unfinished', { where: hidden }));
  }

  /** Read back: in the books, or after a restore on the audit chain only. What backups hold of it is in the register from now on. */
  async #bookOut(entry: RegisterRow, remains: number): Promise<void> {
    const { since } = this.#sweeping.claim;
    if (since !== null) return this.#booking(entry, (trx, now, at) => noteReplayed(trx, now, { since, remains }, at));
    const copies = await this.#copies(entry);
    await this.#booking(entry, async (trx, now, at) => {
      const became = await bookSwept(trx, now, { copies, remains }, at);
      if (became !== undefined) await this.#noteRecipients(trx, now, became.erased + became.anonymised, at);
    });
  }

  /** Whoever received it is told that it is gone (Art. 19), by the data map of today. */
  #noteRecipients(trx: LedgerTransaction, entry: RegisterRow, count: number, at: Date): Promise<void> {
    return noteRecipients(this.#deps, trx, { entry, system: this.#sweeping.system, count, at });
  }

  /** A page of its own, without facts: its row is written with the booking, and until then the entry's own page tells of the records. */
  async #copies(entry: RegisterRow): Promise<LivingCopies | undefined> {
    const { config } = this.#deps;
    const { system_id: systemId, request_id: requestId, round } = entry;
    if (backupsOf(config, systemId).length === 0) return undefined;
    const at = { requestId, systemId, round, streamNo: entry.stream_no, chunkNo: entry.chunk_no, keyId: entry.key_id };
    const records = (await openPage(this.#deps, entry, this.#run.signal)).map(whenMade);
    return {
      page: await putPage(this.#deps, at, records, this.#run.signal),
      heldBy: backupNames(config, systemId),
      goneOn: lapseDay(config, systemId, this.#deps.now()),
    };
  }

  /** What should have gone by itself, as the system has it now. */
  async readBack() {
    const tomorrow = addDays(sweepDay(this.#deps), 1);
    const entries = await this.#left();
    const gone = { ...nothing };
    for (const ofRequest of byRequest(entries)) {
      const set = await sweepSet(this.#deps, ofRequest, this.#run.signal);
      await this.#verify(await this.#systemOf(ofRequest), set, [], async (chunk, results) => {
        const there = results.reduce((sum, { found, count }) => sum + (found === 'gone' ? 0 : count), 0);
        await this.#booking(set.entry(chunk.chunkNo), async (trx, entry, at) => {
          // Of a page that was read back before only what has gone since is new.
          const news = Math.max(0, entry.count - there);
          await bookGone(trx, entry, news, at);
          // Told once, of all of them, when the page has ended and can be opened for it.
          if (there === 0) await this.#noteRecipients(trx, entry, await goneOf(trx, entry.id), at);
          gone.erased += news;
          const still = { ...entry, count: entry.count - news };
          if (still.count > 0) await leaveEntry(trx, still, { lookOn: tomorrow, code: 'expiry-late' }, at);
        });
      });
    }
    await this.#end();
    return gone;
  }

  /** The system as the request of these records is about it: what was a workspace's is asked about as a workspace's. */
  async #systemOf([entry]: readonly RegisterRow[]): Promise<System> {
    const { system_id: systemId } = this.#sweeping.claim;
    const system = entry === undefined ? undefined : await systemFor(this.#deps, entry.request_id, systemId);
    if (system === undefined) throw new HabeasError('system-not-configured', { where: systemId });
    return system;
  }

  async #verify(
    system: System,
    set: SweepSet,
    keys: readonly SubjectKey[],
    found: VerifyInput['found'],
  ): Promise<void> {
    const { claim } = this.#sweeping;
    if (system.verify === undefined) throw new HabeasError('erase-unsupported', { where: claim.system_id });
    const heard = new Set<number>();
    for (const part of parts)
      await system.verify(this.#context, {
        ...{ keys, planned: set, part },
        found: async (chunk, results) => {
          const told = results.reduce((sum, { count }) => sum + count, 0);
          if (told !== chunk.records.length) throw new HabeasError('internal', { where: 'verify' });
          heard.add(chunk.chunkNo);
          await found(chunk, results);
          this.#run.progress(chunk.chunkNo + 1);
        },
      });
    if (heard.size < set.size) throw new HabeasError('internal', { where: 'verify' });
  }

  /** The keys of everybody whose copies are in these entries. */
  async #whose(entries: readonly RegisterRow[]): Promise<readonly SubjectKey[]> {
    const keys = new Map<string, SubjectKey>();
    for (const entry of entries)
      for (const key of (await openWholePage(this.#deps, entry, this.#run.signal)).whose)
        keys.set(recordName(key), key);
    return [...keys.values()];
  }

  /** A record that may not go any more leaves the claim; another effect than the approved one is not done. */
  async #lookAgain(entry: RegisterRow, looker: SweepLooker): Promise<void> {
    const { claim, fence } = this.#sweeping;
    const asOf = parseCivilDate(claim.as_of, 'as_of');
    const { signal } = this.#run;
    const approved = { action: entry.action ?? 'delete', fields: entry.fields ?? [], asks: entry.asks };
    const write =
      claim.kind === 'replay'
        ? await settleReplay(this.#deps, claim, entry, { approved, signal })
        : await settle(this.#deps, {
            ...{ entry, asOf, approved, signal },
            groups: await looker.look(entry, signal),
          });
    await this.#deps.ledger.db.transaction().execute(async (trx) => {
      await holdClaim(trx, fence);
      await write(trx, this.#deps.now());
    });
    this.#run.progress();
  }

  /** To be claimed again within the hour, and then asked about. */
  async #giveBack(entry: RegisterRow): Promise<void> {
    const { claim, fence } = this.#sweeping;
    await this.#deps.ledger.db.transaction().execute(async (trx) => {
      await holdClaim(trx, fence);
      await leaveEntry(trx, entry, { lookOn: claim.as_of, code: null }, this.#deps.now());
    });
  }

  /**
   * What the vendor lets go of later leaves the claim until its day. The rest of its page is a page of its own with the intent it had,
   * so that what is gone of it already was erased by this claim.
   */
  async #setAside(set: SweepSet, waiting: ReadonlyMap<number, readonly WaitingRecord[]>): Promise<void> {
    const { claim, fence } = this.#sweeping;
    const today = sweepDay(this.#deps);
    for (const [chunkNo, records] of waiting) {
      const entry = set.entry(chunkNo);
      const write = await settleWaiting(this.#deps, { entry, waiting: records, today, signal: this.#run.signal });
      await this.#deps.ledger.db.transaction().execute(async (trx) => {
        await holdClaim(trx, fence);
        await lockRequest(trx, entry.request_id, 'alone');
        const at = this.#deps.now();
        await write(trx, at);
        await passIntentOn(trx, entry, claim.id);
      });
      this.#run.progress();
    }
  }

  async #left(): Promise<readonly RegisterRow[]> {
    const entries = await claimedEntries(this.#deps.ledger.db, this.#sweeping.claim.id);
    return entries.filter((entry) => entry.ended_at === null);
  }

  /** Behind the locks, with the entry as it is by then. */
  async #booking(
    { id, request_id: requestId }: RegisterRow,
    work: (trx: LedgerTransaction, entry: RegisterRow, at: Date) => Promise<void>,
  ): Promise<void> {
    await this.#deps.ledger.db.transaction().execute(async (trx) => {
      await holdClaim(trx, this.#sweeping.fence);
      await lockRequest(trx, requestId, 'alone');
      const entry = await claimedEntry(trx, this.#sweeping.claim.id, id);
      if (entry !== undefined && entry.ended_at === null) await work(trx, entry, this.#deps.now());
    });
  }

  async #end(): Promise<void> {
    const { claim, fence } = this.#sweeping;
    await this.#deps.ledger.db.transaction().execute(async (trx) => {
      await holdClaim(trx, fence);
      const entries = await claimedEntries(trx, claim.id);
      if (entries.some((entry) => entry.ended_at === null)) throw new HabeasError('internal', { where: 'sweep' });
      await moveClaim(trx, claim.id, { state: 'done', sha256: claim.sha256 }, this.#deps.now());
    });
  }

  async #done() {
    const rows = await this.#deps.ledger.db
      .selectFrom('sweep_effects')
      .select(['erased', 'anonymised', 'absent'])
      .where('claim_id', '=', this.#sweeping.claim.id)
      .execute();
    const sum = (name: keyof typeof nothing) => rows.reduce((total, row) => total + row[name], 0);
    return { erased: sum('erased'), anonymised: sum('anonymised'), absent: sum('absent') };
  }
}
