/**
 * `habeas requests receipt` and `habeas receipt verify|keys|rotate-key`: the signed statement of what was done, the check of
 * one without any ledger, and the public keys it is checked with.
 */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { HabeasError } from '../../errors.ts';
import { publishedKeys, rotateSigningKey } from '../../ledger/signing-keys.ts';
import type { Receipt } from '../../proof/receipt-schema.ts';
import { receiptFindings, verifyReceipt } from '../../proof/receipt-verify.ts';
import type { SweepReceipt } from '../../proof/sweep-receipt-schema.ts';
import { sweepReceiptFindings, verifySweepReceipt } from '../../proof/sweep-receipt-verify.ts';
import { latestReceipt } from '../../requests/index.ts';
import { type Jwks, parseJwks, publicPem, unverifiedKind } from '../../security/receipt-keys.ts';
import { requestId } from '../arguments.ts';
import { readText, writeText } from '../files.ts';
import type { Answer, Frame, Run } from '../frame.ts';
import { withDeps } from '../open.ts';
import { receiptText } from '../receipt-text.ts';
import { labels, table } from '../render.ts';
import { sweepReceiptText } from '../sweep-receipt-text.ts';

/** Beside a receipt or an evidence pack: the public keys, as the company publishes them. */
export const keysBeside = (path: string): string => `${path}.jwks.json`;
export const jwksText = (keys: Jwks): string => `${JSON.stringify(keys, null, 2)}\n`;

interface Issued {
  readonly no: number;
  readonly sha256: string;
  readonly jws: string;
  readonly receipt: Receipt | SweepReceipt;
  readonly keys: Jwks;
}

/** A receipt shown, or written with the public keys beside it. `about`: whose it is. */
export async function handedOut(
  { io }: Run,
  {
    issued,
    about,
    text,
  }: { readonly issued: Issued; readonly about: Readonly<Record<string, string>>; readonly text: string },
  { out, force }: { readonly out: string | undefined; readonly force: boolean },
): Promise<Answer> {
  const { jws, receipt, keys, sha256, no } = issued;
  if (out === undefined) return { json: { receipt, jws, sha256, keys }, text };
  const file = resolve(io.cwd, out);
  const keysFile = keysBeside(file);
  await writeText(file, `${jws}\n`, force);
  await writeText(keysFile, jwksText(keys), force);
  const told = [
    ['File', file],
    ['Public keys', keysFile],
    ['SHA-256', sha256],
  ] as const;
  return { json: { ...about, no, sha256, file, keysFile }, text: `${text}\n${labels(told, io.colour.out)}` };
}

export function requestsReceipt(frame: Frame): Command {
  return frame.leaf<{ readonly out?: string; readonly force?: boolean }>({
    name: 'receipt <id>',
    summary: 'The signed receipt of a request: what was found, erased, kept and why, what expires when.',
    details:
      'With --out the receipt is written as a JWS, and the public keys beside it as FILE.jwks.json. There is one from when the\nrequest is completed or only waits for a day; a later one states everything anew.',
    examples: [
      'requests receipt req_7w5h6k2m9x4c8v3b1n0q5r7t2y',
      'requests receipt req_7w5h6k2m9x4c8v3b1n0q5r7t2y --out receipt.jws',
    ],
    options: (command) =>
      command.option('--out <file>', 'write it to this file').option('--force', 'replace existing files'),
    run: (run, { out, force = false }, [id]) =>
      withDeps(run, async (deps) => {
        const issued = await latestReceipt(deps, requestId(id));
        const text = receiptText(issued.receipt, run.io.colour.out, run.io.columns);
        return handedOut(run, { issued, about: { requestId: issued.requestId }, text }, { out, force });
      }),
  });
}

export function receiptVerify(frame: Frame): Command {
  return frame.leaf<{ readonly keys?: string }>({
    name: 'verify <file>',
    summary:
      'Check a receipt, of a request or of a batch of the sweep, offline: its signature, its form and its sums. Needs no configuration and no ledger.',
    details:
      'Public keys are read from FILE.jwks.json unless --keys names a file. Keys that came with the receipt show that it was not\nchanged since; that the company made it shows only against the keys that the company publishes. Exit code 6 when\nanything is wrong.',
    examples: ['receipt verify receipt.jws', 'receipt verify receipt.jws --keys published.jwks.json --json'],
    options: (command) => command.option('--keys <file>', 'JWKS of the company (default: FILE.jwks.json)'),
    run: async (run, { keys: keysFile }, [given]) => {
      const file = resolve(run.io.cwd, given ?? '');
      const keys = await readKeys(keysFile === undefined ? keysBeside(file) : resolve(run.io.cwd, keysFile));
      const colour = run.io.colour.out;
      const { findings, kid, receipt, shown } = await checked(await readText(file, 'FILE'), keys, {
        ...{ colour, columns: run.io.columns },
      });
      const ok = findings.length === 0;
      const said = labels(
        [
          ['Receipt', ok ? { text: 'whole', tone: 'good' } : { text: `${findings.length} finding(s)`, tone: 'bad' }],
          ['Signed with', kid],
          ['Keys', keysFile === undefined ? 'those beside the file; compare with what the company publishes' : 'given'],
        ],
        colour,
      );
      const rows = findings.map(({ kind, where, what }) => [{ text: kind, tone: 'bad' as const }, where, what]);
      const body = shown === null ? '' : `\n${shown}`;
      const text = ok
        ? `${said}${body}`
        : `${said}\n${table(['Finding', 'Where', 'What it means'], rows, colour)}${body}`;
      const told = findings.map(({ kind, where }) => ({ kind, where }));
      return { json: { ok, kid, findings: told, receipt }, text, exit: ok ? 'ok' : 'check-failed' };
    },
  });
}

/** By what the file says it is: the receipt of a batch of the sweep, or else of a request. */
async function checked(
  jws: string,
  keys: Jwks,
  { colour, columns }: { readonly colour: boolean; readonly columns: number | undefined },
) {
  if (unverifiedKind(jws) === 'habeas-sweep-receipt+jws') {
    const { findings, kid, receipt } = await verifySweepReceipt(jws, keys);
    const shown = receipt === null ? null : sweepReceiptText(receipt, colour, columns);
    return { kid, receipt, shown, findings: findings.map((one) => ({ ...one, what: sweepReceiptFindings[one.kind] })) };
  }
  const { findings, kid, receipt } = await verifyReceipt(jws, keys);
  const shown = receipt === null ? null : receiptText(receipt, colour, columns);
  return { kid, receipt, shown, findings: findings.map((one) => ({ ...one, what: receiptFindings[one.kind] })) };
}

export async function readKeys(path: string): Promise<Jwks> {
  const keys = parseJwks(await readText(path, '--keys'));
  if (keys === undefined) throw new HabeasError('keys-unusable', { where: '--keys' });
  return keys;
}

export function receiptKeys(frame: Frame): Command {
  return frame.leaf<{ readonly out?: string; readonly pem?: string; readonly force?: boolean }>({
    name: 'keys',
    summary: 'Print the public keys of receipts and evidence as a JWKS, to publish them. None is ever withdrawn.',
    examples: ['receipt keys', 'receipt keys --out published.jwks.json', 'receipt keys --pem KID'],
    options: (command) =>
      command
        .option('--out <file>', 'write them to this file')
        .option('--pem <kid>', 'one of them as PEM, for openssl')
        .option('--force', 'replace an existing file'),
    run: (run, { out, pem, force = false }) =>
      withDeps(run, async (deps) => {
        const keys = await publishedKeys(deps.ledger.db);
        const one = pem === undefined ? undefined : keys.keys.find(({ kid }) => kid === pem);
        if (pem !== undefined && one === undefined) throw new HabeasError('not-found', { where: '--pem' });
        const text = one === undefined ? jwksText(keys) : publicPem(one);
        if (out === undefined) return { json: one === undefined ? keys : { kid: one.kid, pem: text }, text };
        const file = resolve(run.io.cwd, out);
        await writeText(file, text, force);
        return { json: { file, keys: keys.keys.length }, text: labels([['File', file]], run.io.colour.out) };
      }),
  });
}

export function receiptRotateKey(frame: Frame): Command {
  return frame.leaf({
    name: 'rotate-key',
    summary:
      'Sign with a new key from now on. The public key of the old one stays published; its private half is destroyed.',
    examples: ['receipt rotate-key'],
    run: (run) =>
      withDeps(run, async (deps) => {
        const json = await rotateSigningKey(deps.ledger, deps.keys, deps.now());
        const rows = [
          ['Signs now', json.kid],
          ['Retired', json.retired],
          ['Next', 'habeas receipt keys --out FILE, and publish it'],
        ] as const;
        return { json, text: labels(rows, run.io.colour.out) };
      }),
  });
}
