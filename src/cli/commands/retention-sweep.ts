/**
 * `habeas retention sweep|approve|reject|automatic`: what the register has due, and what people decide about it. Without
 * `--dry-run`, `sweep` only takes what is due into batches; the worker carries out what is approved. Shows no personal data.
 */
import type { Command } from 'commander';
import { HabeasError } from '../../errors.ts';
import { parseCivilDate } from '../../policy/clock/index.ts';
import {
  approveClaim,
  type DecidedClaim,
  dryRun,
  listClaims,
  rejectClaim,
  sweepDay,
  switchAutomatic,
  takeDue,
} from '../../requests/index.ts';
import { signer } from '../acting.ts';
import { claimId } from '../arguments.ts';
import type { Frame } from '../frame.ts';
import { withDeps } from '../open.ts';
import { claimsText, dryRunText } from '../sweep-text.ts';

export function retentionSweep(frame: Frame): Command {
  return frame.leaf<{ readonly asOf?: string; readonly dryRun?: boolean }>({
    name: 'sweep',
    summary: 'Take what is due into batches that people approve; with --dry-run only show what would be done.',
    details:
      'Where the rules have changed, days are computed anew; then every record that is due is decided under the rules, holds and open\nrequests of today. A worker does this every hour by itself and carries out what is approved. Only a dry run may look past today: nothing is ever erased before its day.',
    examples: ['retention sweep --dry-run --as-of 2034-01-01', 'retention sweep', 'retention sweep --dry-run --json'],
    options: (command) =>
      command
        .option('--as-of <date>', 'as of this day; today unless given')
        .option('--dry-run', 'show what would be done; change nothing'),
    run: (run, { asOf, dryRun: isDry }) =>
      withDeps(run, async (deps) => {
        const look = { colour: run.io.colour.out, columns: run.io.columns };
        const given = asOf === undefined ? undefined : parseCivilDate(asOf, '--as-of');
        if (isDry === true) {
          const day = given ?? sweepDay(deps);
          const lines = await dryRun(deps, day);
          return { json: { asOf: day, dryRun: true, lines }, text: dryRunText(lines, day, look) };
        }
        const { claims: made, reviewed } = await takeDue(deps, given, { limit: Infinity, signal: run.io.interrupted });
        const taken = new Set<string>(made);
        const claims = (await listClaims(deps)).filter(({ id }) => taken.has(id));
        const text =
          claims.length === 0
            ? 'Nothing is due that is not in a batch already.\n'
            : `${claimsText(claims, look)}A worker looks at them within the hour.\n`;
        const review =
          reviewed === null ? 'Days could not be computed anew where the rules have changed; the log says why.\n' : '';
        return { json: { asOf: given ?? sweepDay(deps), dryRun: false, reviewed, claims }, text: `${text}${review}` };
      }),
  });
}

interface BatchOptions {
  readonly contents?: string;
  readonly reason?: string;
}

export function retentionApprove(frame: Frame): Command {
  return frame.leaf<BatchOptions>({
    name: 'approve <batch>',
    summary: 'Approve a batch of the sweep; what two people have approved is erased and read back within the hour.',
    details:
      'What you sign names the contents of the batch by their hash. With --contents only what you read is approved. A record that a\nhold, a rule or an open request reaches by then is left out all the same.',
    signs: true,
    examples: ['retention approve clm_7w5h6k2m9x4c8v3b1n0q5r7t2y --contents 3f2a9c41d07b'],
    options: (command) => batchOptions(command, 'stored sealed'),
    run: (run, { contents, reason }, [id]) =>
      withDeps(run, async (deps) => {
        const signedBy = signer(run.io, run.global, deps.config.file);
        const json = await approveClaim(deps, { claimId: claimId(id), about: hashPart(contents), reason, signedBy });
        return { json, text: decidedText(json) };
      }),
  });
}

export function retentionReject(frame: Frame): Command {
  return frame.leaf<BatchOptions>({
    name: 'reject <batch>',
    summary: 'Reject a batch of the sweep: nothing of it is erased, and people are asked again in thirty days.',
    details:
      'Requests of which something has been erased go on in it; all others leave it. What must stay for longer needs a hold (`holds place`).',
    signs: true,
    examples: ['retention reject clm_7w5h6k2m9x4c8v3b1n0q5r7t2y --reason "An audit is announced"'],
    options: (command) => batchOptions(command, 'why; stored sealed'),
    run: (run, { contents, reason }, [id]) =>
      withDeps(run, async (deps) => {
        const signedBy = signer(run.io, run.global, deps.config.file);
        const json = await rejectClaim(deps, { claimId: claimId(id), about: hashPart(contents), reason, signedBy });
        return { json, text: decidedText(json) };
      }),
  });
}

const batchOptions = (command: Command, why: string): Command =>
  command
    .option('--contents <hash>', 'the contents you read: at least eight digits of their hash')
    .option('--reason <text>', why);

function hashPart(text: string | undefined): string | undefined {
  if (text === undefined || /^[0-9a-f]{8,64}$/.test(text)) return text;
  throw new HabeasError('usage', { where: '--contents: 8 to 64 digits of a hash' });
}

function decidedText({ claimId: id, state, peopleLeft }: DecidedClaim): string {
  if (state === 'rejected') return `${id} is rejected; nothing of it is erased.\n`;
  if (state === 'begun') return `${id}: nothing more of it is begun; requests that were begun go on.\n`;
  if (state === 'approved') return `${id} is approved; a worker carries it out within the hour.\n`;
  return `${id}: your approval is recorded; ${peopleLeft} more must approve.\n`;
}

export function retentionAutomatic(frame: Frame): Command {
  return frame.leaf({
    name: 'automatic <class> <on-or-off>',
    summary: 'Have a record class swept without asking (two people), or be asked again (one).',
    details:
      'On needs the same command from two different people. What is unusual is asked about all the same: a rule that has become\nshorter, money that was open, a record that a hold had kept. Whose a row is on that day nobody can tell: a record of the\nclass that another person has taken over under the same key would be erased. Leave classes off whose rows change hands.',
    signs: true,
    examples: ['retention automatic invoice on', 'retention automatic invoice off --as mart --key mart.key'],
    run: (run, _, [recordClass, turn]) =>
      withDeps(run, async (deps) => {
        if (turn !== 'on' && turn !== 'off') throw new HabeasError('usage', { where: 'ON-OR-OFF: on, off' });
        const signedBy = signer(run.io, run.global, deps.config.file);
        const json = await switchAutomatic(deps, { recordClass: recordClass ?? '', on: turn === 'on', signedBy });
        const texts = {
          asked: `Recorded; another person must say the same before ${json.recordClass} is swept without asking.\n`,
          on: `${json.recordClass} is swept without asking from now on.\n`,
          off: `Two people are asked again before ${json.recordClass} is swept.\n`,
        };
        return { json, text: texts[json.state] };
      }),
  });
}
