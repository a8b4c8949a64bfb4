/**
 * `habeas instructions new|list|show`: a customer's instruction to export or erase its whole workspace. Owns the flags; every rule
 * is in src/requests. `show` opens nothing sealed unless --open-mandate asks for the document, which it writes to a file.
 */
import { readFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import type { Command } from 'commander';
import type { Deps } from '../../deps.ts';
import { HabeasError } from '../../errors.ts';
import { channels, instructionActs } from '../../ledger/states.ts';
import { switchingRules } from '../../policy/instructions/index.ts';
import type { Attachment } from '../../requests/index.ts';
import { listInstructions, openInstruction, showInstruction } from '../../requests/instructions.ts';
import { type MandateTerms, openMandate, openMandateTerms } from '../../requests/mandate.ts';
import { signer } from '../acting.ts';
import { collect, oneOf, requestId } from '../arguments.ts';
import { writeText } from '../files.ts';
import type { Answer, Frame, Run } from '../frame.ts';
import { instructionsText, instructionText } from '../instructions-text.ts';
import { withDeps } from '../open.ts';
import { labels } from '../render.ts';

interface NewOptions {
  readonly workspace: string;
  readonly export?: boolean;
  readonly erase?: boolean;
  readonly mandate: string;
  readonly contact: string;
  readonly noticeEnds?: string;
  readonly transitionEnds?: string;
  readonly retrievalDays?: string;
  readonly channel?: string;
  readonly received?: string;
  readonly language?: string;
  readonly identifier?: readonly string[];
  readonly attach?: readonly string[];
}

const { notice, transition, retrieval } = switchingRules;

export function instructionsNew(frame: Frame): Command {
  return frame.leaf<NewOptions>({
    name: 'new',
    summary: 'Open a customer’s instruction about its whole workspace: to export it, or to export and then erase it.',
    details: `The mandate is the document that proves that whoever instructs may bind the customer. It is stored sealed; its hash is in the
ledger and on the receipt. Nothing is read before a second person has reviewed it (\`instructions approve-mandate\`).

--export: everything that is the workspace's is delivered as JSON and CSV to the contact point. --erase: the same first; when the
time for retrieving it has passed, a plan of the erasure is made, approved and carried out like that of any erasure (\`requests
plan\`). What a law keeps is kept. People who are in no other workspace go with it; everybody else keeps their account.

Dates (Data Act, ${notice.section.replace('(d)', '')}): notice of at most ${notice.months} months, at most ${transition.days} days for the moving after it, and at least
${retrieval.days} days for retrieving the data after that. Without flags there is no notice, and the moving may take its longest.`,
    signs: true,
    examples: [
      'instructions new --workspace 504 --export --mandate mandate.pdf --contact board@cafe.example',
      'instructions new --workspace 504 --erase --mandate mandate.pdf --contact board@cafe.example --notice-ends 2027-01-31',
    ],
    options: (command) =>
      command
        .requiredOption('--workspace <key>', 'the workspace’s key in the account database')
        .option('--export', 'export it')
        .option('--erase', 'export it, and erase it when the time for retrieving has passed')
        .option(
          '--identifier <kind=value>',
          'by what else a system knows it, as stripe_customer_id=cus_…; may be given more than once',
          collect,
        )
        .requiredOption('--mandate <file>', 'the document that proves the mandate')
        .requiredOption('--contact <contact>', 'where the export goes: e-mail or postal address of whoever instructs')
        .option('--notice-ends <date>', 'last day of the agreed notice, YYYY-MM-DD (default: no notice)')
        .option(
          '--transition-ends <date>',
          `last day of the moving (default: ${transition.days} days after the notice)`,
        )
        .option('--retrieval-days <n>', `days for retrieving the data after that (default: ${retrieval.days})`)
        .option('--channel <channel>', `how it arrived: ${Object.keys(channels).join(', ')} (default: web)`)
        .option('--received <date>', 'day of receipt, YYYY-MM-DD (default: today in the controller’s time zone)')
        .option('--language <language>', 'language of the export’s letter: et, en (default: en)')
        .option('--attach <file>', 'what else came with it; may be given more than once', collect),
    run: (run, options) => withDeps(run, (deps) => open(run, deps, options)),
  });
}

async function open(run: Run, deps: Deps, options: NewOptions): Promise<Answer> {
  if ((options.export === true) === (options.erase === true))
    throw new HabeasError('usage', { where: 'one of --export, --erase' });
  const json = await openInstruction(deps, {
    act: options.erase === true ? 'erase' : 'export',
    workspace: options.workspace,
    others: options.identifier,
    mandate: fileOf(run, options.mandate, '--mandate'),
    contact: options.contact,
    noticeEnds: options.noticeEnds,
    transitionEnds: options.transitionEnds,
    retrievalDays: options.retrievalDays === undefined ? undefined : Number(options.retrievalDays),
    channel: oneOf(channels, options.channel ?? 'web', '--channel'),
    receivedOn: options.received,
    language: oneOf({ et: true, en: true }, options.language ?? 'en', '--language'),
    attachments: (options.attach ?? []).map((path) => fileOf(run, path, '--attach')),
    by: signer(run.io, run.global, deps.config.file),
  });
  const text = labels(
    [
      ['Instruction', { text: json.requestId, tone: 'strong' }],
      ['What', instructionActs[json.act]],
      ['Received', json.receivedOn],
      ['Export due', json.dueOn],
      ['Mandate', `SHA-256 ${json.mandateSha256}`],
      ['Systems', json.systems.join(', ')],
      ['Waits for', 'a second person, who reviews the mandate'],
      [
        'Next',
        `habeas instructions approve-mandate ${json.requestId} --mandate ${json.mandateSha256.slice(0, 12)} --workspace KEY --as SOMEBODY-ELSE`,
      ],
    ],
    run.io.colour.out,
  );
  return { json, text };
}

function fileOf(run: Run, path: string, flag: string): Attachment {
  try {
    return { name: basename(path), bytes: readFileSync(resolve(run.io.cwd, path)) };
  } catch (cause) {
    throw new HabeasError('usage', { where: `${flag}: a file cannot be read`, cause });
  }
}

export function instructionsList(frame: Frame): Command {
  return frame.leaf<{ readonly open?: boolean; readonly limit?: string }>({
    name: 'list',
    summary: 'List instructions: open ones first, the latest first, with their mandates and dates.',
    examples: ['instructions list', 'instructions list --open --json'],
    options: (command) =>
      command.option('--open', 'only open ones').option('--limit <n>', 'at most this many (default: 100)'),
    run: (run, { open: only, limit }) =>
      withDeps(run, async (deps) => {
        const count = limit === undefined ? undefined : Number(limit);
        if (count !== undefined && (!Number.isSafeInteger(count) || count < 1))
          throw new HabeasError('usage', { where: '--limit' });
        const instructions = await listInstructions(deps, { open: only, limit: count });
        return { json: { instructions }, text: instructionsText(instructions, run.io.colour.out, run.io.columns) };
      }),
  });
}

export function instructionsShow(frame: Frame): Command {
  return frame.leaf<{ readonly openMandate?: string; readonly force?: boolean }>({
    name: 'show <id>',
    summary:
      'Show an instruction: what it asks, its mandate, its dates, and where the request stands that carries it out.',
    details:
      'Shows no personal data, but with --open-mandate: that writes the document to a file that only you can read, and while the\nmandate is to be reviewed shows for what it must stand: the workspace, by what else it is searched, and where the export goes. It\nneeds your key; whoever reviews the mandate reads it there.',
    signs: true,
    examples: [
      'instructions show req_7w5h6k2m9x4c8v3b1n0q5r7t2y',
      'instructions show req_7w5h6k2m9x4c8v3b1n0q5r7t2y --open-mandate mandate.pdf',
    ],
    options: (command) =>
      command
        .option('--open-mandate <file>', 'write the mandate to this file')
        .option('--force', 'replace an existing file'),
    run: (run, { openMandate: out, force = false }, [id]) =>
      withDeps(run, async (deps) => {
        const shown = await showInstruction(deps, requestId(id));
        let file: string | null = null;
        let terms: MandateTerms | null = null;
        if (out !== undefined) {
          const signedBy = signer(run.io, run.global, deps.config.file);
          file = resolve(run.io.cwd, out);
          await writeText(file, await openMandate(deps, shown.request.id, signedBy), force);
          if (shown.instruction.mandate.state === 'to-review')
            terms = await openMandateTerms(deps, shown.request.id, signedBy);
        }
        const json = { requestId: shown.request.id, ...shown, ...(file === null ? {} : { mandateFile: file, terms }) };
        return {
          json,
          text: instructionText(shown, { colour: run.io.colour.out, terminal: run.io.columns, file, terms }),
        };
      }),
  });
}
