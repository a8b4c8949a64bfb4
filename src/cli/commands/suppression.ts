/**
 * `habeas suppression check|export|lift`: who is not written to any more. For the mailing system and for whoever writes by hand.
 * Addresses are compared in memory with keyed hashes; none of them stores or logs one. No rule lives here.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { HabeasError } from '../../errors.ts';
import { rights } from '../../ledger/states.ts';
import { suppressionPurposes } from '../../policy/rights/grounds.ts';
import { checkSuppression, consentedAnew, liftSuppression, sift } from '../../requests/index.ts';
import { signer } from '../acting.ts';
import { oneOf } from '../arguments.ts';
import type { Frame, Run } from '../frame.ts';
import { withDeps } from '../open.ts';

const purposes = Object.entries(suppressionPurposes)
  .map(([purpose, means]) => `${purpose} (${means})`)
  .join(' ');
const purposeOption = [
  '--purpose <purpose>',
  `what would be written for: ${Object.keys(suppressionPurposes).join(', ')}`,
] as const;

export function suppressionCheck(frame: Frame): Command {
  return frame.leaf<{ readonly email: string; readonly purpose: string }>({
    name: 'check',
    summary: 'Say whether an address may be written to for a purpose. Nothing of the value is kept.',
    details: `Purposes: ${purposes}
An address is on the list since its holder objected to direct marketing or withdrew consent, however it is written. A value
given as a flag stays in the shell’s history; a mailing system asks with \`suppression export\`.`,
    examples: ['suppression check --email ada@example.com', 'suppression check --email ada@example.com --json'],
    options: (command) =>
      command.requiredOption('--email <address>', 'e-mail address').option(...purposeOption, 'marketing'),
    run: (run, { email, purpose }) =>
      withDeps(run, async (deps) => {
        const wanted = oneOf(suppressionPurposes, purpose, '--purpose');
        const found = await checkSuppression(deps, { email, purpose: wanted });
        const consentedOn = found === null ? await consentedAnew(deps, { email, purpose: wanted }) : null;
        const text =
          found === null
            ? `Not on the list for ${wanted}${consentedOn === null ? '' : `: consented anew on ${consentedOn}`}.\n`
            : `Not to be written to for ${wanted} since ${found.since}: ${rights[found.right]}, ${found.requestId}.\n`;
        return { json: { suppressed: found !== null, purpose: wanted, entry: found, consentedOn }, text };
      }),
  });
}

export function suppressionLift(frame: Frame): Command {
  return frame.leaf<{
    readonly email: string;
    readonly purpose: string;
    readonly consented: string;
    readonly reason: string;
  }>({
    name: 'lift',
    summary: 'End an entry of the list: its holder has consented anew, and may be written to for the purpose again.',
    details: `Purposes: ${purposes}
Only consent ends an entry: neither time nor a new contract does. An objection after it puts the address on the list again.
The address is kept nowhere, the reason sealed.`,
    signs: true,
    examples: [
      'suppression lift --email ada@example.com --consented 2026-11-26 --reason "Ticked the box of the newsletter; consent no. 4711"',
    ],
    options: (command) =>
      command
        .requiredOption('--email <address>', 'e-mail address')
        .option(...purposeOption, 'marketing')
        .requiredOption('--consented <date>', 'the day of the new consent, YYYY-MM-DD')
        .requiredOption('--reason <text>', 'where the consent is shown; stored sealed'),
    run: (run, { email, purpose, consented, reason }) =>
      withDeps(run, async (deps) => {
        const signedBy = signer(run.io, run.global, deps.config.file);
        const wanted = oneOf(suppressionPurposes, purpose, '--purpose');
        const json = await liftSuppression(deps, { email, purpose: wanted, consented, reason, signedBy });
        const text = `May be written to for ${wanted} again: consented anew on ${json.consentedOn}; it stood since ${json.ended.since}.\n`;
        return { json, text };
      }),
  });
}

export function suppressionExport(frame: Frame): Command {
  return frame.leaf<{ readonly from: string; readonly purpose: string; readonly allowed?: boolean }>({
    name: 'export',
    summary: 'Of the mailing system’s own addresses, print those that are on the list.',
    details: `Purposes: ${purposes}
The list holds keyed hashes and no address: give the mailing system's addresses, one a line (--from FILE, or - for standard
input), and load what comes back as its suppressions. --allowed prints the others instead: those that may be written to. A
line that is no address is refused by its number.`,
    examples: ['suppression export --from subscribers.txt', 'suppression export --from - --allowed --json'],
    options: (command) =>
      command
        .requiredOption('--from <file>', 'addresses, one a line; - for standard input')
        .option(...purposeOption, 'marketing')
        .option('--allowed', 'print those that may be written to instead'),
    run: (run, { from, purpose, allowed }) =>
      withDeps(run, async (deps) => {
        const wanted = oneOf(suppressionPurposes, purpose, '--purpose');
        const lines = (await textOf(run, from)).split(/\r?\n/);
        const addresses: string[] = [];
        for await (const address of sift(deps, lines, { purpose: wanted, suppressed: allowed !== true }))
          addresses.push(address);
        const text = addresses.map((address) => `${address}\n`).join('');
        return { json: { purpose: wanted, suppressed: allowed !== true, addresses }, text };
      }),
  });
}

async function textOf(run: Run, file: string): Promise<string> {
  if (file === '-') return run.io.input();
  try {
    return readFileSync(resolve(run.io.cwd, file), 'utf8');
  } catch (cause) {
    throw new HabeasError('usage', { where: '--from: a file cannot be read', cause });
  }
}
