/** `habeas requests lift-restriction`: the end of a restriction, after the person was told. The rule is in src/requests. */
import type { Command } from 'commander';
import { liftRestriction } from '../../requests/index.ts';
import { signer } from '../acting.ts';
import { requestId } from '../arguments.ts';
import type { Frame } from '../frame.ts';
import { withDeps } from '../open.ts';

export function requestsLiftRestriction(frame: Frame): Command {
  return frame.leaf<{ readonly told: string; readonly reason: string }>({
    name: 'lift-restriction <id>',
    summary: 'Lift a restriction, after the person was told that it will be lifted (Art. 18(3)).',
    details: `Refused before the person was told, and while what the restriction waits for is not decided. It stops holding erasures
of the same person at once; the systems that had marked records unmark them, and the request is completed.`,
    signs: true,
    examples: [
      'requests lift-restriction req_7w5h6k2m9x4c8v3b1n0q5r7t2y --told 2026-11-26 --reason "Accuracy verified; letter of 26 November"',
    ],
    options: (command) =>
      command
        .requiredOption('--told <date>', 'the day on which the person was told, YYYY-MM-DD')
        .requiredOption('--reason <text>', 'why it ends, and how the person was told; stored sealed'),
    run: (run, { told, reason }, [id]) =>
      withDeps(run, async (deps) => {
        const signedBy = signer(run.io, run.global, deps.config.file);
        const json = await liftRestriction(deps, { requestId: requestId(id), told, reason, signedBy });
        const text = `The restriction is lifted; the person was told on ${json.toldOn}.\nNext: habeas requests show ${json.requestId} --watch\n`;
        return { json, text };
      }),
  });
}
