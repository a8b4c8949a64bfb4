/**
 * The sample requests of `npm start`, the access request first (erasures: sample-erasures.ts): opened through the same use-case as `habeas requests new`, signed by the
 * sample installation's first person, watched in the ledger, its package downloaded and listed. It invents nothing: what
 * it prints is what the ledger and the zip say. Ends when the request is finished, or waits for a person.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Deps } from '../deps.ts';
import type { RequestId } from '../ids.ts';
import { isFinal, laneStates, requestStates, stages } from '../ledger/states.ts';
import { downloadPackage } from '../requests/download.ts';
import { createRequest, type ShownRequest, showRequest } from '../requests/index.ts';
import type { Installation } from './installation.ts';
import { cast } from './sample/cast.ts';
import { type ErasureOutcome, hasEndedWell, sampleErasures } from './sample-erasures.ts';
import { approveSampleMasks } from './sample-masks.ts';
import { type SampleProof, sampleProof } from './sample-proof.ts';
import { signerOf } from './sample-signer.ts';
import { zipMembers } from './zip-members.ts';

export interface SampleOutcome {
  readonly requestId: RequestId;
  readonly status: string;
  readonly systems: readonly {
    readonly id: string;
    readonly state: string;
    readonly counts: ReturnType<typeof countsOf>;
  }[];
  readonly package: { readonly file: string; readonly sizeBytes: number; readonly sha256: string } | null;
  readonly erasures: readonly ErasureOutcome[];
  /** Signed, and checked with public tools. */
  readonly receipts: SampleProof['receipts'];
  /** What is kept, by law and date. */
  readonly register: SampleProof['register'];
}

export interface SampleRun {
  readonly deps: Deps;
  readonly dir: string;
  readonly installation: Installation;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Opens the requests, one after another, and follows each to its end. */
export async function sampleRun(run: SampleRun): Promise<SampleOutcome> {
  const access = await sampleAccess(run);
  const erasures = await sampleErasures(run);
  const ended = erasures.filter(hasEndedWell).map(({ requestId }) => requestId);
  return { ...access, erasures, ...(await sampleProof(run, ended)) };
}

/** Whether everything ended as it should. */
export function isComplete({ status, erasures }: SampleOutcome): boolean {
  return status === 'completed' && erasures.every(hasEndedWell);
}

async function sampleAccess(run: SampleRun): Promise<Omit<SampleOutcome, 'erasures' | keyof SampleProof>> {
  const { say } = run;
  const requestId = await openSampleRequest(run);
  say('');
  say(`Access request ${requestId}: everything held on ${cast.sampleSubject.name}, an invented customer`);
  const shown = await follow(run, requestId);
  const file = shown.packages.length > 0 ? await fetchPackage(run, requestId) : null;
  say('');
  for (const system of shown.systems) {
    const { found, exported, withheld, referred } = countsOf(system);
    say(`  ${system.name}: found ${found ?? '?'} = ${exported} exported + ${withheld} withheld + ${referred} referred`);
  }
  if (file !== null) await list(run, file.file);
  say('');
  say(`  npx habeas requests show ${requestId}`);
  return {
    requestId,
    status: shown.state,
    systems: shown.systems.map((system) => ({ id: system.id, state: system.state, counts: countsOf(system) })),
    package: file,
  };
}

async function openSampleRequest({ deps, installation }: SampleRun): Promise<RequestId> {
  const [person] = installation.people;
  const { requestId } = await createRequest(deps, {
    rights: ['access'],
    identifiers: { email: [cast.sampleSubject.email] },
    channel: 'email',
    language: 'en',
    identity: { method: 'email-loop', contact: cast.sampleSubject.email },
    by: person && { personId: person.id, privateKeyPem: readFileSync(person.keyFile, 'utf8') },
  });
  return requestId;
}

/** Says each change once, and answers what the people of the sample can; the ledger is looked at four times a second. */
async function follow(run: SampleRun, requestId: RequestId): Promise<ShownRequest> {
  const { deps, say, signal } = run;
  const said = new Set<string>();
  const sayOnce = (line: string) => {
    if (said.has(line)) return;
    said.add(line);
    say(line);
  };
  for (;;) {
    const shown = await showRequest(deps, requestId);
    sayOnce(`  ${shown.state}: ${requestStates[shown.state]}`);
    for (const system of shown.systems) {
      const at = system.stage === null ? '' : ` (${stages[system.stage]})`;
      if (system.state !== 'waiting') sayOnce(`    ${system.id}: ${system.state}${at}. ${laneStates[system.state]}`);
    }
    if (isFinal(shown.state)) return shown;
    // The second person looks: whoever opened a request does not review it alone.
    const answered = await approveSampleMasks(run, shown, signerOf(run, 1));
    // What nobody here can answer is told once the workflow has read everything and nothing is at work.
    const isStill = shown.workflowReadUpTo === shown.seq && !shown.systems.some(({ state }) => state === 'running');
    if (shown.state === 'needs_decision' && answered === 0 && isStill) return shown;
    await pause(250, undefined, { signal });
  }
}

async function fetchPackage(
  { deps, dir }: SampleRun,
  requestId: RequestId,
): Promise<{ file: string; sizeBytes: number; sha256: string }> {
  const folder = join(dir, 'packages');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, `${requestId}.zip`);
  const { sizeBytes, sha256 } = await downloadPackage(deps, requestId, file);
  return { file, sizeBytes, sha256 };
}

async function list({ say }: SampleRun, file: string): Promise<void> {
  const members = await zipMembers(file);
  say('');
  say(`The package: ${relative(process.cwd(), file)} (${members.length} files)`);
  for (const { name, sizeBytes } of members) say(`  ${String(sizeBytes).padStart(9)}  ${name}`);
}

function countsOf(system: ShownRequest['systems'][number]) {
  const { found, exported, withheld, referred } = system;
  return { found: found ?? null, exported: exported ?? 0, withheld: withheld ?? 0, referred: referred ?? 0 };
}
