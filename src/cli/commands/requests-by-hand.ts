/**
 * `habeas requests done-by-hand|leave-unresolved`: what a person decides about a system that cannot be read. Owns the flags
 * and reads the files; every rule is in src/requests. Names of files are personal data and are never printed.
 */
import { createReadStream, readFileSync, statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import type { Command } from 'commander';
import { HabeasError } from '../../errors.ts';
import {
  countsForm,
  type DoneByHand,
  doneByHand,
  type HandedFile,
  type LeftUnresolved,
  leaveUnresolved,
  parseCounts,
} from '../../requests/index.ts';
import { signer } from '../acting.ts';
import { collect, requestId, systemId } from '../arguments.ts';
import type { Answer, Frame, Run } from '../frame.ts';
import { withDeps } from '../open.ts';
import { bytes, labels, table } from '../render.ts';

interface ByHandOptions {
  readonly counts: readonly string[];
  readonly proof?: string;
  readonly file?: readonly string[];
  readonly reason?: string;
}

export function requestsDoneByHand(frame: Frame): Command {
  return frame.leaf<ByHandOptions>({
    name: 'done-by-hand <id> <system>',
    summary: 'Answer for a parked or unresolved system yourself, with counts, proof and the files for the person.',
    details: `You attest it: the counts and the SHA-256 of proof and files stand in the statement that you sign, and the system is
shown as done by hand, with your name. Its records are not read again.

Counts: ${countsForm}. Name every collection of the system, also where nothing was found; what is
neither withheld nor referred is given to the person, in the files.`,
    signs: true,
    examples: [
      'requests done-by-hand req_7w5h6k2m9x4c8v3b1n0q5r7t2y forum --counts members=1,posts=12:withheld=2 --proof screen.png --file posts.pdf --reason "The forum is closed for good; exported by its administrator"',
      'requests done-by-hand req_7w5h6k2m9x4c8v3b1n0q5r7t2y forum --counts none --proof search.png --reason "Searched by address and name on the backup"',
    ],
    options: (command) =>
      command
        .requiredOption('--counts <counts>', `${countsForm}; may be given more than once`, collect)
        .option('--proof <file>', 'what shows it: a screenshot, an export log; stored sealed, at most 25 MiB')
        .option('--file <file>', 'a file for the package of the person; may be given more than once', collect)
        .option('--reason <text>', 'why by hand, and how it was looked; stored sealed'),
    run: (run, { counts, proof, file, reason }, [id, system]) =>
      withDeps(run, async (deps) => {
        const json = await doneByHand(deps, {
          requestId: requestId(id),
          systemId: systemId(deps.config, system),
          counts: parseCounts(counts),
          proof: proof === undefined ? undefined : { name: basename(proof), bytes: wholeFile(run, proof) },
          files: (file ?? []).map((path) => handedFile(run, path)),
          reason,
          signedBy: signer(run.io, run.global, deps.config.file),
        });
        return doneText(run, json);
      }),
  });
}

interface LeaveOptions {
  readonly owner: string;
  readonly next: string;
  readonly reason?: string;
}

export function requestsLeaveUnresolved(frame: Frame): Command {
  return frame.leaf<LeaveOptions>({
    name: 'leave-unresolved <id> <system>',
    summary: 'Leave a parked system open under an owner until a date; two people must say the same.',
    details: `The request stays open with it and the statutory alarm goes on; the other systems are not held up. Until the second
person agrees nothing changes. Afterwards the system can be retried, answered by hand or left again at any time.`,
    signs: true,
    examples: [
      'requests leave-unresolved req_7w5h6k2m9x4c8v3b1n0q5r7t2y forum --owner kadri --next 2026-12-14 --reason "The vendor restores it by then"',
    ],
    options: (command) =>
      command
        .requiredOption('--owner <id>', 'who looks after it: a person of the configuration')
        .requiredOption('--next <date>', 'the day on which it is looked at again, YYYY-MM-DD; within a year')
        .option('--reason <text>', 'why it must be left; stored sealed'),
    run: (run, { owner, next, reason }, [id, system]) =>
      withDeps(run, async (deps) => {
        const json = await leaveUnresolved(deps, {
          requestId: requestId(id),
          systemId: systemId(deps.config, system),
          owner,
          next,
          reason,
          signedBy: signer(run.io, run.global, deps.config.file),
        });
        return leftText(run, json);
      }),
  });
}

function doneText(run: Run, json: DoneByHand): Answer {
  const colour = run.io.colour.out;
  const rows = json.counts.map((one) => [one.collection, one.found, one.exported, one.withheld, one.referred]);
  const size = json.files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const facts = labels(
    [
      ['Request', json.requestId],
      ['System', json.systemId],
      ['Proof', `SHA-256 ${json.proofSha256}`],
      ['Files', json.files.length === 0 ? 'none' : `${json.files.length}, ${bytes(size)}`],
      ['Next', `habeas requests show ${json.requestId} --watch`],
    ],
    colour,
  );
  const heading = ['Collection', 'Found', 'Given', 'Withheld', 'Referred'];
  return { json, text: `Done by hand; you attest it.\n${table(heading, rows, colour)}\n${facts}` };
}

function leftText(run: Run, json: LeftUnresolved): Answer {
  const { owner, next, settled, peopleStillNeeded, requestId: id, systemId: system } = json;
  const said = settled
    ? 'Left unresolved. The request stays open with it.'
    : `Your answer is recorded and changes nothing yet: ${peopleStillNeeded} more person must give the same.`;
  const facts = labels(
    [
      ['Request', id],
      ['System', system],
      ['Owner', owner],
      ['Looked at again', next],
      [
        'Next',
        settled
          ? `habeas requests retry ${id} ${system}`
          : `another officer: habeas requests leave-unresolved ${id} ${system} --owner ${owner} --next ${next} --reason "…"`,
      ],
    ],
    run.io.colour.out,
  );
  return { json, text: `${said}\n${facts}` };
}

function wholeFile(run: Run, path: string): Buffer {
  try {
    return readFileSync(resolve(run.io.cwd, path));
  } catch (cause) {
    throw new HabeasError('usage', { where: '--proof: the file cannot be read', cause });
  }
}

/** Looked at now, read later: a file that is not there fails before anything is stored. */
function handedFile(run: Run, given: string): HandedFile {
  const path = resolve(run.io.cwd, given);
  const unreadable = (cause?: unknown) => new HabeasError('usage', { where: '--file: a file cannot be read', cause });
  try {
    if (!statSync(path).isFile()) throw unreadable();
  } catch (cause) {
    throw cause instanceof HabeasError ? cause : unreadable(cause);
  }
  return {
    name: basename(path),
    open: async function* () {
      try {
        yield* createReadStream(path, { highWaterMark: 1024 * 1024 });
      } catch (cause) {
        throw unreadable(cause);
      }
    },
  };
}
