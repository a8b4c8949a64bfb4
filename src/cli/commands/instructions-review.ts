/**
 * `habeas instructions approve-mandate|refuse-mandate|cancel`: signed decisions about a customer's instruction. The mandate is named
 * by its hash and the workspace by its key, so that what is approved is what was read.
 */
import type { Command } from 'commander';
import { cancel } from '../../requests/index.ts';
import { requireInstruction, reviewMandate } from '../../requests/mandate.ts';
import { signer } from '../acting.ts';
import { requestId } from '../arguments.ts';
import type { Frame } from '../frame.ts';
import { withDeps } from '../open.ts';
import { labels } from '../render.ts';
import { answered } from './requests-decide.ts';

interface ApproveOptions extends ReviewOptions {
  readonly workspace: string;
}

interface ReviewOptions {
  readonly mandate: string;
  readonly reason?: string;
}

const reading = `Read the document first: \`instructions show ID --open-mandate FILE\`. --mandate takes the beginning of the hash of what was
read, at least eight characters.`;

export function instructionsApprove(frame: Frame): Command {
  return frame.leaf<ApproveOptions>({
    name: 'approve-mandate <id>',
    summary: 'Accept the mandate of an instruction: whoever gave it may bind the customer. Not by whoever opened it.',
    details: `${reading} --workspace takes the key of the workspace for which the document
stands; it must be the one of the instruction. The export goes to the contact point with which the instruction was opened, and nowhere else.`,
    signs: true,
    examples: ['instructions approve-mandate req_7w5h6k2m9x4c8v3b1n0q5r7t2y --mandate 3f8a0c21 --workspace 504'],
    options: (command) =>
      command
        .requiredOption('--mandate <hash>', 'hash of the document that was read')
        .requiredOption('--workspace <key>', 'key of the workspace for which the document stands')
        .option('--reason <text>', 'stored sealed'),
    run: (run, { mandate, workspace, reason }, [id]) =>
      withDeps(run, async (deps) => {
        const signedBy = signer(run.io, run.global, deps.config.file);
        const given = { requestId: requestId(id), mandate, workspace, reason, signedBy };
        return answered(run, await reviewMandate(deps, { ...given, outcome: 'approve' }), 'The mandate is accepted');
      }),
  });
}

export function instructionsRefuse(frame: Frame): Command {
  return frame.leaf<ReviewOptions & { readonly reason: string }>({
    name: 'refuse-mandate <id>',
    summary: 'Refuse the mandate of an instruction: it ends, and nothing is read in any system.',
    details: reading,
    signs: true,
    examples: [
      'instructions refuse-mandate req_7w5h6k2m9x4c8v3b1n0q5r7t2y --mandate 3f8a0c21 --reason "The signatory left the board in May"',
    ],
    options: (command) =>
      command
        .requiredOption('--mandate <hash>', 'hash of the document that was read')
        .requiredOption('--reason <text>', 'why; stored sealed'),
    run: (run, { mandate, reason }, [id]) =>
      withDeps(run, async (deps) => {
        const signedBy = signer(run.io, run.global, deps.config.file);
        const given = { requestId: requestId(id), mandate, reason, signedBy };
        return answered(run, await reviewMandate(deps, { ...given, outcome: 'refuse' }), 'The mandate is refused');
      }),
  });
}

export function instructionsCancel(frame: Frame): Command {
  return frame.leaf<{ readonly reason?: string }>({
    name: 'cancel <id>',
    summary: 'Cancel an instruction that the customer took back; until something may have been erased.',
    signs: true,
    examples: ['instructions cancel req_7w5h6k2m9x4c8v3b1n0q5r7t2y --reason "Taken back by letter of 2 December"'],
    options: (command) => command.option('--reason <text>', 'stored sealed'),
    run: (run, { reason }, [id]) =>
      withDeps(run, async (deps) => {
        const signedBy = signer(run.io, run.global, deps.config.file);
        const { request_id: request } = await requireInstruction(deps, requestId(id));
        const json = await cancel(deps, { requestId: request, reason, signedBy });
        const lines = labels(
          [
            ['Instruction', json.requestId],
            ['Next', `habeas instructions show ${json.requestId}`],
          ],
          run.io.colour.out,
        );
        return { json, text: `Cancellation recorded.\n${lines}` };
      }),
  });
}
