/**
 * `habeas audit verify`: reads the audit chain back, from the ledger and from the anchors in the object storage, and says
 * what was done to it. Ends with 6 when anything is wrong.
 */
import type { Command } from 'commander';
import { HabeasError } from '../../errors.ts';
import { auditFindings, verifyAudit } from '../../ledger/audit-verify.ts';
import { decisionFindings, verifyDecisions } from '../../ledger/decision-verify.ts';
import { collect, requestId } from '../arguments.ts';
import type { Frame } from '../frame.ts';
import { withDeps } from '../open.ts';
import { labels, table } from '../render.ts';

const meaning = { ...auditFindings, ...decisionFindings };

interface VerifyFlags {
  readonly request?: string;
  readonly head?: readonly string[];
  readonly storage: boolean;
}

export function auditVerify(frame: Frame): Command {
  return frame.leaf<VerifyFlags>({
    name: 'verify',
    summary:
      'Check the audit chain and the signed decisions: nothing edited, removed, reordered or cut off. Needs no key.',
    details:
      'Compares the chains with the anchors in the object storage, and with heads you kept: `auditHead` of `requests show\n--json`, as REQUEST:SEQ:HASH. Exit code 6 when anything is wrong.',
    examples: [
      'audit verify',
      'audit verify --request req_7w5h6k2m9x4c8v3b1n0q5r7t2y --json',
      'audit verify --head req_7w5h6k2m9x4c8v3b1n0q5r7t2y:17:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    ],
    options: (command) =>
      command
        .option('--request <id>', 'only the chain of this request (and all anchors)')
        .option('--head <head>', 'a head kept from earlier, REQUEST:SEQ:HASH; may be given more than once', collect)
        .option('--no-storage', 'do not compare with the anchors in the object storage'),
    run: (run, { request, head, storage }) =>
      withDeps(run, async (deps) => {
        const only = request === undefined ? undefined : requestId(request);
        const chains = await verifyAudit({
          db: deps.ledger.db,
          storage: storage ? { client: deps.storage, bucket: deps.config.s3.anchorBucket } : undefined,
          requestId: only,
          heads: (head ?? []).map(parseHead),
        });
        const findings = [...chains.findings, ...(await verifyDecisions(deps.ledger.db, only))];
        const report = { ...chains, findings };
        const ok = findings.length === 0;
        const colour = run.io.colour.out;
        const rows = report.findings.map((one) => [
          { text: one.kind, tone: 'bad' as const },
          one.requestId ?? 'anchors',
          one.seq,
          meaning[one.kind],
        ]);
        const facts = labels(
          [
            [
              'Audit',
              ok ? { text: 'whole', tone: 'good' } : { text: `${report.findings.length} finding(s)`, tone: 'bad' },
            ],
            ['Chains', report.chains],
            ['Rows', report.rows],
            [
              'Anchors',
              `${report.anchors}${report.pending === 0 ? '' : `, ${report.pending} on their way to the object storage`}`,
            ],
            ['Object storage', report.comparedStorage ? 'compared' : 'not compared'],
          ],
          colour,
        );
        const text = ok ? facts : `${facts}\n${table(['Finding', 'Chain', 'No.', 'What it means'], rows, colour)}`;
        return { json: { ok, ...report }, text, exit: ok ? 'ok' : 'check-failed' };
      }),
  });
}

function parseHead(text: string) {
  const [, id, seq, hash] = /^(req_[0-9a-z]{26}|system):(\d{1,9}):([0-9a-f]{64})$/.exec(text) ?? [];
  if (id === undefined || seq === undefined || hash === undefined)
    throw new HabeasError('usage', { where: '--head: REQUEST:SEQ:HASH' });
  return { requestId: id, seq: Number(seq), hash };
}
