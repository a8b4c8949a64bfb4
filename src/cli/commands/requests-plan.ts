/**
 * `habeas requests plan|approve|reject|successor`: an erasure's plan, shown and decided. Approving and rejecting sign the
 * plan's hash. No rule lives here; `plan` shows ids, counts, dates and codes only.
 */
import type { Command } from 'commander';
import type { DecidedPlan } from '../../requests/index.ts';
import { approvePlan, nameSuccessor, rejectPlan, showPlan } from '../../requests/index.ts';
import { signer } from '../acting.ts';
import { requestId } from '../arguments.ts';
import type { Answer, Frame, Run } from '../frame.ts';
import { withDeps } from '../open.ts';
import { planText } from '../plan-text.ts';
import { labels } from '../render.ts';
import { answered } from './requests-decide.ts';

export function requestsPlan(frame: Frame): Command {
  return frame.leaf({
    name: 'plan <id>',
    summary: 'Show what an erasure would erase, keep, refer and refuse, per system and class, with law and date.',
    details:
      'Shows no personal data. The hash names exactly this plan: approving signs it, and nothing else is erased than what it\ncovers.',
    examples: ['requests plan req_7w5h6k2m9x4c8v3b1n0q5r7t2y', 'requests plan req_7w5h6k2m9x4c8v3b1n0q5r7t2y --json'],
    run: (run, _, [id]) =>
      withDeps(run, async (deps) => {
        const json = await showPlan(deps, requestId(id));
        return { json, text: planText(json, run.io.colour.out, run.io.columns) };
      }),
  });
}

interface PlanOptions {
  readonly reason?: string;
  readonly plan?: string;
}

export function requestsApprove(frame: Frame): Command {
  return frame.leaf<PlanOptions>({
    name: 'approve <id>',
    summary:
      'Approve the plan of an erasure: it is prepared, can be cancelled while it cools off, and is then carried out.',
    details:
      'What you sign names the plan by its hash. With --plan only the plan that you read is approved; without it, the one that\nwaits now. `policy.approvals.approval` says how many different people must approve.',
    signs: true,
    examples: [
      'requests approve req_7w5h6k2m9x4c8v3b1n0q5r7t2y --plan 3f2a9c41d07b',
      'requests approve req_7w5h6k2m9x4c8v3b1n0q5r7t2y --reason "Checked against the contract"',
    ],
    options: (command) =>
      command
        .option('--plan <hash>', 'the plan you read: at least eight digits of its hash')
        .option('--reason <text>', 'stored sealed'),
    run: (run, { reason, plan }, [id]) =>
      withDeps(run, async (deps) => {
        const signedBy = signer(run.io, run.global, deps.config.file);
        return decidedPlan(
          run,
          await approvePlan(deps, { requestId: requestId(id), reason, plan, signedBy }),
          'The plan is approved',
        );
      }),
  });
}

export function requestsReject(frame: Frame): Command {
  return frame.leaf<PlanOptions>({
    name: 'reject <id>',
    summary: 'Reject the plan of an erasure: nothing of it is carried out. One person’s no is enough.',
    details: 'When what the reason names is mended, `requests retry ID` has the plan made anew.',
    signs: true,
    examples: ['requests reject req_7w5h6k2m9x4c8v3b1n0q5r7t2y --reason "Invoices of 2024 are missing in it"'],
    options: (command) =>
      command
        .option('--plan <hash>', 'the plan you read: at least eight digits of its hash')
        .requiredOption('--reason <text>', 'why; stored sealed'),
    run: (run, { reason, plan }, [id]) =>
      withDeps(run, async (deps) => {
        const signedBy = signer(run.io, run.global, deps.config.file);
        return decidedPlan(
          run,
          await rejectPlan(deps, { requestId: requestId(id), reason, plan, signedBy }),
          'The plan is rejected; nothing was erased',
        );
      }),
  });
}

export function requestsSuccessor(frame: Frame): Command {
  return frame.leaf<{ readonly workspace: string; readonly userId: string; readonly reason: string }>({
    name: 'successor <id>',
    summary: 'Name who takes over a workspace that the person who leaves was the last to look after.',
    details:
      'Ask the customer who it is. Once for each workspace that `tasks show` names; whoever takes over must belong to it.',
    signs: true,
    examples: [
      'requests successor req_7w5h6k2m9x4c8v3b1n0q5r7t2y --workspace 501 --user-id 1004 --reason "Named by the café’s board"',
    ],
    options: (command) =>
      command
        .requiredOption(
          '--workspace <key>',
          'the workspace’s key in the account database; several values joined by a comma',
        )
        .requiredOption('--user-id <id>', 'account number of who takes it over; stored sealed')
        .requiredOption('--reason <text>', 'how it is known; stored sealed'),
    run: (run, { workspace, userId, reason }, [id]) =>
      withDeps(run, async (deps) => {
        const signedBy = signer(run.io, run.global, deps.config.file);
        const json = await nameSuccessor(deps, { requestId: requestId(id), workspace, userId, reason, signedBy });
        return answered(run, json, 'The successor is recorded');
      }),
  });
}

function decidedPlan(run: Run, json: DecidedPlan, done: string): Answer {
  const { text } = answered(run, json, done);
  return { json, text: `${text}${labels([['Plan', json.plan]], run.io.colour.out)}` };
}
