/**
 * `habeas requests done-by-hand|leave-unresolved`: what a person decides about a system that cannot be read. Owns the flags
 * and reads the files; every rule is in src/requests. Names of files are personal data and are never printed.
 */
import type { Command } from 'commander';
import { partsOf } from '../../ledger/hand-terms.ts';
import type { Disposition } from '../../ledger/states.ts';
import {
  countsForm,
  countsFormOf,
  type DoneByHand,
  doneByHand,
  type LeftUnresolved,
  leaveUnresolved,
  parseCounts,
} from '../../requests/index.ts';
import { signer } from '../acting.ts';
import { collect, requestId, systemId } from '../arguments.ts';
import type { Answer, Frame, Run } from '../frame.ts';
import { withDeps } from '../open.ts';
import { bytes, labels, table } from '../render.ts';
import { handedFile, wholeFile } from './handed-files.ts';

interface ByHandOptions {
  readonly counts: readonly string[];
  readonly ground?: readonly string[];
  readonly until?: readonly string[];
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
neither withheld nor referred is given to the person, in the files. Of erasure, which can be done by hand once the point of no
return is passed: ${countsFormOf('erasure')}; what is named by no
part was erased, and what is retained or refused needs --ground.`,
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
        .option('--ground <ground>', 'of erasure: why something is kept; GROUND, or COLLECTION=GROUND', collect)
        .option('--until <date>', 'of erasure: the last day of what is retained; DATE, or COLLECTION=DATE', collect)
        .option('--reason <text>', 'why by hand, and how it was looked; stored sealed'),
    run: (run, { counts, proof, file, ground, until, reason }, [id, system]) =>
      withDeps(run, async (deps) => {
        const json = await doneByHand(deps, {
          requestId: requestId(id),
          systemId: systemId(deps.config, system),
          counts: parseCounts(counts),
          proof: proof === undefined ? undefined : wholeFile(run, proof),
          files: (file ?? []).map((path) => handedFile(run, path)),
          grounds: ground,
          until,
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

export function doneText(run: Run, json: DoneByHand): Answer {
  const colour = run.io.colour.out;
  const parts = partsOf(json.right);
  const rows = json.counts.map((one) => [one.collection, one.found, ...parts.map((part) => one[part] ?? 0)]);
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
  const heading = ['Collection', 'Found', ...parts.map(inWords)];
  const said = json.settled
    ? 'Done by hand; you attest it.'
    : `Your answer is recorded and changes nothing yet: ${json.peopleStillNeeded} more person must give the same.`;
  return { json, text: `${said}\n${table(heading, rows, colour)}\n${facts}` };
}

/** As the columns of a request say it. */
const inWords = (part: Disposition): string =>
  part === 'exported' ? 'Given' : `${part.slice(0, 1).toUpperCase()}${part.slice(1)}`;

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
