/**
 * The batches of the retention sweep in an evidence pack: every batch that erased records of the request, with its own audit chain
 * and the signed approvals of people. Checked like the request's own decisions: none is missing on either side, each is what was
 * signed, and a batch about which people are asked was approved by two of them as it was carried out. Findings are data. Pure.
 */
import { verify } from '../security/signing.ts';
import { bodiesOf, verifyChain } from './chain-verify.ts';
import type { Evidence } from './evidence-schema.ts';

type Sweep = NonNullable<Evidence['sweeps']>[number];
type Approval = Sweep['approvals'][number];
type Body = Readonly<Record<string, unknown>>;

/** Rows of a request's chain that tell of what a batch did to its records. */
export const sweptKinds = ['swept', 'erased-again'] as const;
/** Batches that wait for people, as their first row names them; and for how many. */
const asked: readonly unknown[] = ['asked', 'replay'];
const people = 2;

export interface SweepFinding {
  readonly kind:
    | ReturnType<typeof verifyChain>['findings'][number]['kind']
    | 'decision-altered'
    | 'decision-removed'
    | 'decision-signature'
    | 'decision-unaudited'
    | 'sweep-removed'
    | 'sweep-unapproved'
    | 'sweep-unaudited';
  readonly where: string;
}

export function sweepsWrong(evidence: Evidence): readonly SweepFinding[] {
  const sweeps = evidence.sweeps ?? [];
  const told = sweptKinds.flatMap((kind) => bodiesOf(evidence, kind));
  return [
    ...told
      .filter(({ body }) => !sweeps.some(({ claim }) => claim === body.claim))
      .map(({ seq }): SweepFinding => ({ kind: 'sweep-removed', where: `row ${seq}` })),
    ...sweeps
      .filter(({ claim }) => !told.some(({ body }) => body.claim === claim))
      .map(({ claim }): SweepFinding => ({ kind: 'sweep-unaudited', where: claim })),
    ...sweeps.flatMap((sweep) => [
      ...verifyChain({ request: { id: sweep.claim }, audit: sweep.audit }).findings.map(({ kind, where }) => ({
        kind,
        where: `${sweep.claim} ${where}`,
      })),
      ...approvalsWrong(evidence.ledger, sweep),
    ]),
  ];
}

function approvalsWrong(ledger: string, sweep: Sweep): readonly SweepFinding[] {
  const { claim, approvals } = sweep;
  const rows = bodiesOf(sweep, 'approved');
  const findings: SweepFinding[] = rows
    .filter(({ body }) => !approvals.some(({ id }) => id === body.decision))
    .map(({ seq }) => ({ kind: 'decision-removed', where: `${claim} row ${seq}` }));
  for (const one of approvals) {
    const row = rows.find(({ body }) => body.decision === one.id);
    if (row === undefined) findings.push({ kind: 'decision-unaudited', where: one.id });
    else if (!isAsSigned(one, { ledger, claim, body: row.body }))
      findings.push({ kind: 'decision-altered', where: one.id });
    if (one.publicKey !== null && !verify(one.statement, one.signature, one.publicKey))
      findings.push({ kind: 'decision-signature', where: one.id });
  }
  // A batch is approved as it was carried out: of what it was before, nobody's word counts.
  const about = bodiesOf(sweep, 'claim-approved').at(-1)?.body.about ?? null;
  const agreed = new Set(approvals.filter((one) => saidBy(one)?.about === about).map(({ person }) => person));
  const isAsked = bodiesOf(sweep, 'claimed').some(({ body }) => asked.includes(body.automatic));
  if (isAsked && (about === null || agreed.size < people)) findings.push({ kind: 'sweep-unapproved', where: claim });
  return findings;
}

/** What was signed says the same as what is told of it, in the pack and on the batch's chain. */
function isAsSigned(
  one: Approval,
  { ledger, claim, body }: { readonly ledger: string; readonly claim: string; readonly body: Body },
): boolean {
  const said = saidBy(one);
  const wanted = { ledger, person: one.person, kind: 'sweep', answer: 'approve', claim, about: body.about };
  return body.person === one.person && Object.entries(wanted).every(([name, value]) => said?.[name] === value);
}

/** The members of a signed statement, with its details among them; undefined where it is none. */
function saidBy({ statement }: Approval): Body | undefined {
  try {
    const signed: unknown = JSON.parse(statement);
    if (typeof signed !== 'object' || signed === null) return undefined;
    const said: Body = { ...signed };
    const { details } = said;
    return typeof details === 'object' && details !== null ? { ...details, ...said } : said;
  } catch {
    return undefined;
  }
}
