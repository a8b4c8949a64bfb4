/**
 * Whether somebody comes back after their own row has gone: a system gives them a key of their own then, which none of the old keys leads
 * to. The system is asked once more for whom the request's identifiers prove; what was made since the erasing began in whatever it
 * answers with that was not known before is counted, as facts and by the match of every record, and left alone: no key of it is kept, nothing
 * is staged, and nobody is asked. A system whose search is behind tells of them only later.
 */
import type { Sink, StreamDescription, System } from '../connectors/contract.ts';
import { createMatcher, type Matchers } from '../connectors/rematch.ts';
import type { Deps } from '../src/deps.ts';
import { HabeasError } from '../src/errors.ts';
import { instructionOf } from '../src/ledger/instructions.ts';
import type { LedgerReader } from '../src/ledger/open.ts';
import type { RoundKey } from '../src/ledger/rounds.ts';
import { FactLines } from '../src/staging/lines.ts';
import { factsIn } from './erasure-context.ts';
import { lateClass } from './late-class.ts';
import { decidedCandidates } from './locate.ts';
import { allIdentifiers, loadKnown, nothingLocated, refName } from './located.ts';
import { isSubjectRow } from './plan.ts';
import type { StageRun } from './stage.ts';

type CameBackDeps = Pick<Deps, 'ledger' | 'keys' | 'config'>;

/** Records of whoever came back; 0 where nobody did, and of systems that cannot be asked about one person. */
export async function cameBack(
  deps: CameBackDeps,
  run: StageRun,
  { key, system }: { readonly key: RoundKey; readonly system: System },
): Promise<number> {
  if (system.manifest.locateCost !== 'lookup') return 0;
  const { requestId, systemId } = key;
  const known = await loadKnown(deps, requestId);
  const located = known.bySystem.get(systemId) ?? nothingLocated;
  const { rejected } = await decidedCandidates(deps.ledger.db, { requestId, systemId }, located);
  const context = { systemId, signal: run.signal, progress: () => run.progress() };
  const identifiers = allIdentifiers(known);
  const { keys } = await system.locate(context, { identifiers, accepted: [], rejected, keysOnly: true });
  const before = new Set(located.keys.map(refName));
  const unknown = keys.filter((one) => !before.has(refName(one)));
  if (unknown.length === 0) return 0;
  const counted: Counted = {
    count: 0,
    matchers: createMatcher(unknown),
    since: await erasingSince(deps.ledger.db, key),
    timeZone: deps.config.controller.timeZone,
  };
  // Whether somebody is in another workspace is told against the one of the instruction.
  const isInstruction = (await instructionOf(deps.ledger.db, requestId)) !== undefined;
  const workspaces = isInstruction ? located.keys.filter((one) => !isSubjectRow(system, one.collection)) : [];
  await system.read(context, { keys: [...workspaces, ...unknown], want: 'facts', sink: new NewcomerSink(counted) });
  return counted.count;
}

/** When the system began to be erased; fails with `internal` where it never did. */
export async function erasingSince(db: LedgerReader, { requestId, systemId }: RoundKey): Promise<Date> {
  const { erase_started_at: since } = await db
    .selectFrom('lanes')
    .select('erase_started_at')
    .where('request_id', '=', requestId)
    .where('system_id', '=', systemId)
    .executeTakeFirstOrThrow();
  if (since === null) throw new HabeasError('internal', { where: 'verify' });
  return since;
}

interface Counted {
  count: number;
  readonly matchers: Matchers;
  readonly since: Date;
  readonly timeZone: string;
}

/** Counts what was made since, and keeps nothing. */
class NewcomerSink implements Sink {
  readonly #counted: Counted;
  #stream: StreamDescription | undefined;

  constructor(counted: Counted) {
    this.#counted = counted;
  }

  async open(stream: StreamDescription) {
    // What is the workspace's was known before.
    if (stream.isCandidate === true || stream.ofWorkspace === true) return null;
    this.#stream = stream;
    return { grant: { want: 'facts' as const, fields: [] }, cursor: undefined };
  }

  entry(line: Buffer, chain: readonly Buffer[]): void {
    const { collection = '', provedIn = '' } = this.#stream ?? {};
    const { matchers, since, timeZone } = this.#counted;
    if (!matchers.in(provedIn).check(chain)) throw new HabeasError('record-mismatch', { where: collection });
    const lines = new FactLines(line, 0, 1);
    lines.next();
    const facts = factsIn(line.toString('utf8', lines.factsFrom, lines.factsTo));
    if (lateClass(facts, since, timeZone) === 'newer') this.#counted.count += 1;
  }

  beside(): Sink {
    return new NewcomerSink(this.#counted);
  }

  unreadable(): void {
    // Nothing is told of what is not the request's.
  }

  async end(): Promise<void> {
    this.#stream = undefined;
  }
}
