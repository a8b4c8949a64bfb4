/**
 * The sample erasures of `npm start`: the owner of a shared workspace leaves, and a sole trader closes hers. Both go through
 * the same use-cases as the command line and are decided by the sample installation's people, in sight: a successor is named,
 * the plan is printed and approved. Each is done once per installation and sample (`sample-erasures.json` in its folder
 * remembers which request it was): a later start shows what became of it, an interrupted one goes on, and where another version
 * of the sample brought everybody back it is done again. Invents nothing: what it prints is what
 * the ledger says. Ends when the request is finished, or waits for what no sample person can answer.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { keptLines } from '../cli/erasure-text.ts';
import { planText } from '../cli/plan-text.ts';
import { codeOf } from '../errors.ts';
import { parseId, type RequestId } from '../ids.ts';
import { laneStates, requestStates, stages } from '../ledger/states.ts';
import {
  answer,
  approvePlan,
  createRequest,
  nameSuccessor,
  type ShownRequest,
  showPlan,
  showRequest,
} from '../requests/index.ts';
import { type CastMember, cast, workspaces } from './sample/cast.ts';
import { sampleVersion } from './sample/load.ts';
import type { SampleRun } from './sample-run.ts';
import { signerOf } from './sample-signer.ts';

export interface ErasureOutcome {
  readonly requestId: RequestId;
  readonly status: string;
  /** Null where a system has not answered. */
  readonly found: number | null;
  readonly dispositions: Readonly<Record<(typeof dispositions)[number], number>>;
}

const dispositions = ['erased', 'anonymised', 'retained', 'expiring', 'absent', 'refused', 'referred'] as const;

interface Successor {
  readonly workspace: string;
  readonly userId: string;
  readonly name: string;
  /** By which billing knows whoever looks after the bills from now on. */
  readonly email: string;
}

interface Sample {
  /** Names it in the file that remembers. */
  readonly name: string;
  readonly who: CastMember;
  readonly what: string;
  readonly closeWorkspaces: readonly string[];
  /** Who takes over which workspace. */
  readonly successor: Successor | null;
}

const samples: readonly Sample[] = [
  {
    name: 'owner-leaves',
    who: cast.playlistAuthor,
    what: 'who owns a workspace that goes on without her',
    closeWorkspaces: [],
    successor: {
      workspace: workspaces.danceStudio,
      userId: cast.emoji.userId,
      name: cast.emoji.name,
      email: cast.emoji.email,
    },
  },
  {
    name: 'sole-trader',
    who: cast.soleTrader,
    what: 'a sole trader, whose whole workspace is closed with it',
    closeWorkspaces: [workspaces.silversmith],
    successor: null,
  },
];

/** Runs (or shows) each sample; outcomes in order. */
export async function sampleErasures(run: SampleRun): Promise<readonly ErasureOutcome[]> {
  const outcomes: ErasureOutcome[] = [];
  for (const sample of samples) outcomes.push(await sampleErasure(run, sample));
  return outcomes;
}

/** Whether it ended as an erasure should: done, or only waiting for a day. */
export function hasEndedWell({ status }: ErasureOutcome): boolean {
  return status === 'completed' || status === 'awaiting_expiry';
}

async function sampleErasure(run: SampleRun, sample: Sample): Promise<ErasureOutcome> {
  const { say } = run;
  const name = `${sample.name} ${(await sampleVersion()).slice(0, 12)}`;
  const known = await rememberedRequest(run, name);
  say('');
  if (known !== undefined && hasEnded(known)) {
    say(`Erasure request ${known.id}: ${sample.who.name}, ${sample.what}, was erased at an earlier start`);
    return tell(run, known);
  }
  const requestId = known?.id ?? (await open(run, sample, name));
  say(`Erasure request ${requestId}: ${sample.who.name}, an invented customer, ${sample.what}`);
  return tell(run, await followToEnd(run, sample, requestId));
}

async function open(run: SampleRun, sample: Sample, name: string): Promise<RequestId> {
  const { requestId } = await createRequest(run.deps, {
    rights: ['erasure'],
    identifiers: { email: [sample.who.email] },
    channel: 'email',
    language: 'en',
    identity: { method: 'email-loop', contact: sample.who.email },
    closeWorkspaces: sample.closeWorkspaces,
    by: signerOf(run, 0),
  });
  remember(run, name, requestId);
  return requestId;
}

/** Says each change once, and answers what the people of the sample can answer. */
async function followToEnd(run: SampleRun, sample: Sample, requestId: RequestId): Promise<ShownRequest> {
  const said = new Set<string>();
  const sayOnce = (line: string) => {
    if (said.has(line)) return;
    said.add(line);
    run.say(line);
  };
  let stillLooks = 0;
  for (;;) {
    const shown = await showRequest(run.deps, requestId);
    stillLooks = isMoving(shown) ? 0 : stillLooks + 1;
    sayOnce(`  ${shown.state}: ${requestStates[shown.state]}`);
    for (const system of shown.systems) {
      const at = system.stage === null ? '' : ` (${stages[system.stage]})`;
      const code = system.code === null ? '' : ` ${system.code}`;
      if (system.state !== 'waiting')
        sayOnce(`    ${system.id}: ${system.state}${at}.${code} ${laneStates[system.state]}`);
    }
    if (hasEnded(shown)) return shown;
    // A person would not answer within the second: another system may be about to prove what one only proposes.
    const isRash = stillLooks < looksBeforeRejecting;
    const open = shown.tasks.filter(({ closedAt, kind }) => closedAt === null && !(kind === 'candidate' && isRash));
    const answered = await answerAll(run, sample, open);
    // What nobody here can answer is told once the workflow has read everything and nothing is at work.
    const isStuck = open.some(({ kind }) => kind === 'unresolved' || kind === 'manual');
    if (isStuck && answered === 0 && shown.workflowReadUpTo === shown.seq && !isMoving(shown)) return shown;
    await pause(250, undefined, { signal: run.signal });
  }
}

/** Looks, four a second, in which no system is at work. */
const looksBeforeRejecting = 8;

const hasEnded = ({ state }: ShownRequest): boolean =>
  ['completed', 'awaiting_expiry', 'refused', 'cancelled'].includes(state);
const isMoving = ({ systems }: ShownRequest): boolean => systems.some(({ state }) => state === 'running');

/** How many questions were answered. One that somebody else answered meanwhile is no failure. */
async function answerAll(run: SampleRun, sample: Sample, open: ShownRequest['tasks']): Promise<number> {
  let answered = 0;
  for (const task of open) {
    try {
      if (await answerOne(run, sample, task)) answered += 1;
    } catch (error) {
      if (!['task-closed', 'plan-changed', 'person-twice'].includes(codeOf(error))) throw error;
    }
  }
  return answered;
}

async function answerOne(run: SampleRun, sample: Sample, task: ShownRequest['tasks'][number]): Promise<boolean> {
  const { deps, say } = run;
  const { id: taskId, requestId, kind, plan } = task;
  const [opener, other] = [signerOf(run, 0), signerOf(run, 1)];
  if (plan !== null) {
    say(`\n${planText(await showPlan(deps, requestId), false)}`);
    const needed = [other, opener].slice(0, task.peopleNeeded);
    for (const signedBy of needed) {
      await approvePlan(deps, { requestId, plan, signedBy });
      say(`  ${signedBy.personId} approves the plan ${plan.slice(0, 12)}`);
    }
    return true;
  }
  if (kind === 'successor' && sample.successor !== null) {
    const { workspace, userId, name, email } = sample.successor;
    const reason = 'Named by the customer';
    const isBilling = task.systemId === 'billing';
    if (isBilling) await answer(deps, { taskId, answer: 'named', successor: email, reason, signedBy: opener });
    else await nameSuccessor(deps, { requestId, workspace, userId, reason, signedBy: opener });
    say(`  ${opener.personId} names who takes ${isBilling ? 'the bills' : 'the workspace'} over: ${name}`);
    return true;
  }
  if (kind === 'notice') {
    // Told first; a processor is then asked for its confirmation.
    const said = task.allowedAnswers.includes('sent') ? 'sent' : 'acknowledged';
    await answer(deps, { taskId, answer: said, signedBy: opener });
    sayNotice(run, said);
    return true;
  }
  const word = { candidate: 'reject', 'blast-radius': 'proceed', 'late-arrivals': 'new-relationship' };
  if (kind !== 'candidate' && kind !== 'blast-radius' && kind !== 'late-arrivals') return false;
  await answer(deps, { taskId, answer: word[kind], reason: reasons[kind], signedBy: other });
  say(`  ${other.personId} answers a question (${kind}): ${word[kind]}`);
  return true;
}

function sayNotice({ say }: SampleRun, said: 'sent' | 'acknowledged'): void {
  say(`  a recipient of the data (Art. 19): ${said === 'sent' ? 'told' : 'has confirmed'}`);
}

const reasons = {
  candidate: 'Nothing shows that it is theirs',
  'blast-radius': 'All of it is in the workspace that is closed',
  'late-arrivals': 'Made after the person had left',
} as const;

function tell({ say }: SampleRun, shown: ShownRequest): ErasureOutcome {
  say('');
  for (const { name, erasure } of shown.systems) {
    if (erasure === null) continue;
    const parts = dispositions.flatMap((word) => (erasure[word] === 0 ? [] : [`${erasure[word]} ${word}`]));
    say(`  ${name}: found ${erasure.found ?? '?'}${parts.length === 0 ? '' : ` = ${parts.join(' + ')}`}`);
    for (const line of keptLines(erasure.kept)) say(`    ${line}`);
  }
  say('');
  say(`  npx habeas requests show ${shown.id}`);
  say(`  npx habeas requests plan ${shown.id}`);
  const counts = shown.systems.flatMap(({ erasure }) => (erasure === null ? [] : [erasure]));
  const sum = (word: (typeof dispositions)[number]) => counts.reduce((all, one) => all + one[word], 0);
  return {
    requestId: shown.id,
    status: shown.state,
    found: counts.some(({ found }) => found === null) ? null : counts.reduce((all, one) => all + (one.found ?? 0), 0),
    dispositions: {
      erased: sum('erased'),
      anonymised: sum('anonymised'),
      retained: sum('retained'),
      expiring: sum('expiring'),
      absent: sum('absent'),
      refused: sum('refused'),
      referred: sum('referred'),
    },
  };
}

const memory = ({ dir }: SampleRun): string => join(dir, 'sample-erasures.json');

/** The sample's request of an earlier start; undefined where there was none, or the ledger is another. */
async function rememberedRequest(run: SampleRun, name: string): Promise<ShownRequest | undefined> {
  const id = parseId('request', readMemory(run)[name] ?? '');
  if (id === undefined) return undefined;
  return showRequest(run.deps, id).catch((error: unknown) => {
    if (codeOf(error) === 'not-found') return undefined;
    throw error;
  });
}

function remember(run: SampleRun, name: string, requestId: RequestId): void {
  const file = memory(run);
  const text = `${JSON.stringify({ ...readMemory(run), [name]: requestId }, null, 2)}\n`;
  writeFileSync(`${file}.new`, text, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

function readMemory(run: SampleRun): Readonly<Record<string, string>> {
  if (!existsSync(memory(run))) return {};
  try {
    const value: unknown = JSON.parse(readFileSync(memory(run), 'utf8'));
    const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
    return Object.fromEntries(entries.flatMap(([name, id]) => (typeof id === 'string' ? [[name, id]] : [])));
  } catch {
    return {};
  }
}
