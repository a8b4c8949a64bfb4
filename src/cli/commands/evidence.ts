/**
 * `habeas requests evidence` and `habeas evidence verify`: what an authority gets of a request, and the check of it with
 * nothing but the file and the company's public keys.
 */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { evidenceFindings, verifyEvidence } from '../../proof/evidence-verify.ts';
import { makeEvidence } from '../../requests/evidence.ts';
import { requestId } from '../arguments.ts';
import { readText, writeText } from '../files.ts';
import type { Frame } from '../frame.ts';
import { withDeps } from '../open.ts';
import { bytes, type Cellish, labels, table } from '../render.ts';
import { readKeys } from './receipt.ts';

export function requestsEvidence(frame: Frame): Command {
  return frame.leaf<{ readonly out?: string; readonly force?: boolean }>({
    name: 'evidence <id>',
    summary: 'Write the evidence pack of a request: dates and rules, decisions, books, grounds, audit chain, receipts.',
    details:
      'One readable JSON file, signed; no identifier of the person, no contact and no content. Request ids and staff ids remain.\nEach pack is on the audit chain.',
    examples: [
      'requests evidence req_7w5h6k2m9x4c8v3b1n0q5r7t2y --out evidence.json',
      'requests evidence req_7w5h6k2m9x4c8v3b1n0q5r7t2y',
    ],
    options: (command) =>
      command
        .option('--out <file>', 'file to write (default: evidence-ID.json in this folder)')
        .option('--force', 'replace an existing file'),
    run: (run, { out, force = false }, [id]) =>
      withDeps(run, async (deps) => {
        const made = await makeEvidence(deps, requestId(id));
        const file = resolve(run.io.cwd, out ?? `evidence-${made.requestId}.json`);
        await writeText(file, made.text, force);
        const { requestId: request, sha256, rows, receipts } = made;
        const sizeBytes = Buffer.byteLength(made.text);
        const json = { requestId: request, file, sha256, sizeBytes, rows, receipts };
        const said: readonly (readonly [string, Cellish])[] = [
          ['File', file],
          ['Size', bytes(sizeBytes)],
          ['SHA-256', sha256],
          ['Audit rows', rows],
          ['Receipts', receipts ?? 'none: the case file has ended'],
          ['Next', `habeas evidence verify ${file}`],
        ];
        return { json, text: labels(said, run.io.colour.out) };
      }),
  });
}

export function evidenceVerify(frame: Frame): Command {
  return frame.leaf<{ readonly keys?: string }>({
    name: 'verify <file>',
    summary: 'Check an evidence pack offline: bytes, signature, audit chain, decisions, plans, books, receipts.',
    details:
      'Needs no configuration and no ledger. Without --keys the public keys of the pack itself are used: then it shows that nothing\nwas changed since it was signed, and who signed it only against the keys that the company publishes. Exit code 6 when\nanything is wrong.',
    examples: ['evidence verify evidence.json --keys published.jwks.json', 'evidence verify evidence.json --json'],
    options: (command) => command.option('--keys <file>', 'JWKS that the company publishes'),
    run: async (run, { keys: keysFile }, [given]) => {
      const keys = keysFile === undefined ? undefined : await readKeys(resolve(run.io.cwd, keysFile));
      const checked = await verifyEvidence(await readText(resolve(run.io.cwd, given ?? ''), 'FILE'), keys);
      const { findings, kid, anchoredTo, uncheckedSignatures, evidence } = checked;
      const ok = findings.length === 0;
      const colour = run.io.colour.out;
      const rows = evidence?.audit.rows.length ?? 0;
      const about: readonly (readonly [string, Cellish])[] = [
        ['Evidence', ok ? { text: 'whole', tone: 'good' } : { text: `${findings.length} finding(s)`, tone: 'bad' }],
        ['Request', evidence?.request.id],
        ['Signed with', kid],
        ['Keys', keys === undefined ? 'those of the pack; compare with what the company publishes' : 'given'],
        ['Audit rows', `${rows}, anchored to ${anchoredTo ?? 'none yet'}`],
        ['Decisions', evidence?.decisions.length],
        ...(uncheckedSignatures === 0
          ? []
          : ([['Not checked', `${uncheckedSignatures} signature(s) of keys that were replaced since`]] as const)),
        ['Receipts', evidence?.receipts?.length],
      ];
      const list = findings.map(({ kind, where }) => [
        { text: kind, tone: 'bad' as const },
        where,
        evidenceFindings[kind],
      ]);
      const text = `${labels(about, colour)}${ok ? '' : `\n${table(['Finding', 'Where', 'What it means'], list, colour)}`}`;
      const json = { ok, requestId: evidence?.request.id ?? null, kid, anchoredTo, uncheckedSignatures, findings };
      return { json, text, exit: ok ? 'ok' : 'check-failed' };
    },
  });
}
