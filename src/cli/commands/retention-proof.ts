/**
 * `habeas retention receipt|told`: the signed statement of what a batch of the sweep did, and what is said of recipients that must be
 * told of it (Art. 19). Shows no personal data: a batch's receipt names no request and no record.
 */
import type { Command } from 'commander';
import { HabeasError } from '../../errors.ts';
import { noticeAnswers } from '../../policy/notices.ts';
import { latestSweepReceipt, tellOfSweep } from '../../requests/index.ts';
import { signer } from '../acting.ts';
import { claimId } from '../arguments.ts';
import type { Frame } from '../frame.ts';
import { withDeps } from '../open.ts';
import { sweepReceiptText } from '../sweep-receipt-text.ts';
import { handedOut } from './receipt.ts';

export function retentionReceipt(frame: Frame): Command {
  return frame.leaf<{ readonly out?: string; readonly force?: boolean }>({
    name: 'receipt <batch>',
    summary:
      'The signed receipt of a batch of the sweep: what was erased, kept for longer or left, by which law and day.',
    details:
      'With --out the receipt is written as a JWS, and the public keys beside it as FILE.jwks.json; `receipt verify FILE` checks it.\nIt names no person, no request and no record, and outlives their case files. A later one states everything anew.',
    examples: [
      'retention receipt clm_7w5h6k2m9x4c8v3b1n0q5r7t2y',
      'retention receipt clm_7w5h6k2m9x4c8v3b1n0q5r7t2y --out sweep.jws',
    ],
    options: (command) =>
      command.option('--out <file>', 'write it to this file').option('--force', 'replace existing files'),
    run: (run, { out, force = false }, [id]) =>
      withDeps(run, async (deps) => {
        const issued = await latestSweepReceipt(deps, claimId(id));
        const text = sweepReceiptText(issued.receipt, run.io.colour.out, run.io.columns);
        return handedOut(run, { issued, about: { batch: issued.claimId }, text }, { out, force });
      }),
  });
}

export function retentionTold(frame: Frame): Command {
  return frame.leaf<{ readonly date?: string; readonly reason?: string }>({
    name: 'told <batch> <recipient> <answer>',
    summary: 'Say that a recipient was told of what a batch erased (Art. 19): sent, acknowledged or impossible.',
    details:
      'A processor is instructed (sent) and then confirms (acknowledged); anybody else is settled by either. impossible needs --reason.\nWhich records it concerns is opened with `retention show REG --open` for the entries of the batch, until everybody was told.',
    signs: true,
    examples: [
      'retention told clm_7w5h6k2m9x4c8v3b1n0q5r7t2y accountant sent',
      'retention told clm_7w5h6k2m9x4c8v3b1n0q5r7t2y mailer impossible --reason "Dissolved in 2030"',
    ],
    options: (command) =>
      command
        .option('--date <date>', 'the day on which they were told; today unless given')
        .option('--reason <text>', 'why it is impossible; stored sealed'),
    run: (run, { date, reason }, [id, recipient, given]) =>
      withDeps(run, async (deps) => {
        const answer = noticeAnswers.find((one) => one === given);
        if (answer === undefined) throw new HabeasError('usage', { where: `ANSWER: ${noticeAnswers.join(', ')}` });
        const signedBy = signer(run.io, run.global, deps.config.file);
        const of = { claimId: claimId(id), recipient: recipient ?? '', answer, on: date, reason, signedBy };
        const json = await tellOfSweep(deps, of);
        const next = json.settled ? 'nobody waits for it any more' : 'they are asked for their confirmation';
        return { json, text: `${json.recipient}: ${json.state}; ${next}.\n` };
      }),
  });
}
