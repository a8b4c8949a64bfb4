/**
 * What receipt and evidence state of a request, from rows alone: no key is needed and nothing sealed is opened, so it can be
 * stated after keys are destroyed. Ids, configured words, counts, laws, dates and codes.
 */
import type { LoadedConfig } from '../config/load.ts';
import { type ByHand, byHandOf } from '../ledger/by-hand.ts';
import { instructionOf } from '../ledger/instructions.ts';
import { type NoticeRow, noticesOf } from '../ledger/notices.ts';
import type { LedgerReader } from '../ledger/open.ts';
import { plansOf } from '../ledger/plan-approval.ts';
import { restrictionOf } from '../ledger/restrictions.ts';
import { actingRights } from '../ledger/states.ts';
import { suppressionsOf } from '../ledger/suppressions.ts';
import { portabilityGrounds } from '../policy/portability.ts';
import type { Receipt, RecipientFacts, SystemFacts } from '../proof/receipt-schema.ts';
import { notCounted, type SystemCounts, systemCounts } from './counts.ts';
import { erasureCounts, nothingErased } from './erasure-counts.ts';
import { instructionFacts } from './instruction-facts.ts';
import type { RequestRow } from './record.ts';
import { nothingActed, rightCounts } from './right-counts.ts';

/** A line a system: what was found, what became of it, what is kept and why, who attested it. */
export async function systemFacts(db: LedgerReader, request: Pick<RequestRow, 'id'>): Promise<SystemFacts[]> {
  const { id } = request;
  const lanes = await db
    .selectFrom('lanes')
    .select(['system_id', 'state', 'code'])
    .where('request_id', '=', id)
    .orderBy('system_id')
    .execute();
  const rights = (await rightsOf(db, request)).map(({ right }) => right);
  const counts = await systemCounts(db, id);
  const erased = await erasureCounts(db, id);
  const acting = rights.some((right) => actingRights.some((one) => one === right));
  const acted = acting ? await rightCounts(db, id) : undefined;
  const byHand = await byHandOf(db, id);
  return lanes.map(({ system_id: system, state, code }) => {
    const access = counts.get(system) ?? notCounted;
    const { registered, byHand: _, ...erasure } = erased.get(system) ?? nothingErased;
    const { found, exported, withheld, referred, pending, unreadable } = access;
    const given = { found, exported, withheld, referred, pending };
    return {
      id: system,
      state,
      code,
      access: rights.includes('access') ? given : null,
      ...(rights.includes('portability') ? { portability: { ...given, withheldOn: withheldOn(access) } } : {}),
      ...(rights.includes('workspace-export') ? { export: { ...given, withheldOn: withheldOn(access) } } : {}),
      erasure: rights.includes('erasure') ? { ...erasure, kept: erasure.kept.map((line) => ({ ...line })) } : null,
      ...(acted === undefined ? {} : { right: acted.get(system) ?? nothingActed }),
      attested: attestedOf(byHand.get(system)?.at(-1)),
      ...(byHand.has(system) ? { attestations: (byHand.get(system) ?? []).map((one) => ({ ...one })) } : {}),
      unreadable: { records: unreadable.records, objects: unreadable.objects },
    };
  });
}

/** Why records were withheld, and on which ground of the law. */
function withheldOn({ collections }: SystemCounts): NonNullable<SystemFacts['portability']>['withheldOn'] {
  const counts = new Map<string, number>();
  for (const { reason, withheld } of collections)
    if (withheld > 0) counts.set(reason, (counts.get(reason) ?? 0) + withheld);
  return [...counts.entries()].sort().map(([reason, count]) => ({ reason, refusal: groundOf(reason), count }));
}

function groundOf(reason: string): string | null {
  return Object.entries(portabilityGrounds).find(([name]) => name === reason)?.[1] ?? null;
}

/** Who answered last, for readers that know of one. */
function attestedOf(last: ByHand | undefined): SystemFacts['attested'] {
  return last === undefined ? null : { by: last.by, at: last.at, proofSha256: last.proofSha256 };
}

/** Who was told of what was changed, and what came of it; nothing where nobody was to be told. */
export async function recipientFacts(
  db: LedgerReader,
  { id }: Pick<RequestRow, 'id'>,
): Promise<{ readonly recipients?: RecipientFacts[] }> {
  const recipients = (await noticesOf(db, id)).map(recipientFact);
  return recipients.length === 0 ? {} : { recipients };
}

export function recipientFact(row: NoticeRow): RecipientFacts {
  const { recipient, name, kind: role, right, state: outcome, told_on: toldOn, records } = row;
  return { recipient, name, role, right, outcome, toldOn, records };
}

/** What a customer instructed; nothing where a person asked. */
export async function instructionFact(
  db: LedgerReader,
  config: Pick<LoadedConfig, 'controller'>,
  { id }: Pick<RequestRow, 'id'>,
): Promise<Pick<Receipt, 'instruction'>> {
  const row = await instructionOf(db, id);
  return row === undefined ? {} : { instruction: await instructionFacts(db, config, row) };
}

export async function rightsOf(db: LedgerReader, { id }: Pick<RequestRow, 'id'>): Promise<Receipt['rights']> {
  const rows = await db
    .selectFrom('request_rights')
    .select(['right', 'answered_at', 'answered_by'])
    .where('request_id', '=', id)
    .orderBy('right')
    .execute();
  return rows.map((row) => ({
    ...{ right: row.right, answeredAt: row.answered_at?.toISOString() ?? null },
    ...(row.answered_by === null ? {} : { answeredBy: row.answered_by }),
  }));
}

/** What a right that acts left standing: a restriction, a suppression; nothing where there is none. */
export async function standingFacts(
  db: LedgerReader,
  { id }: Pick<RequestRow, 'id'>,
): Promise<Pick<Receipt, 'restriction' | 'suppressions'>> {
  const restriction = await restrictionOf(db, id);
  const suppressions = await suppressionsOf(db, id);
  return {
    ...(restriction === undefined
      ? {}
      : {
          restriction: {
            ...{ ground: restriction.ground, setOn: restriction.set_on, toldOn: restriction.told_on },
            ...{ endedOn: restriction.ended_on, endedWhy: restriction.ended_why },
          },
        }),
    ...(suppressions.length === 0 ? {} : { suppressions: [...suppressions] }),
  };
}

/** The plans that people approved, in order. */
export async function approvedPlans(db: LedgerReader, { id }: Pick<RequestRow, 'id'>): Promise<Receipt['plans']> {
  const plans = await plansOf(db, id);
  return plans
    .filter((plan) => plan.approved_at !== null)
    .map(({ pass, version, sha256, approved_at: approved, no_return_at: passed }) => ({
      ...{ pass, version, sha256 },
      approvedAt: approved?.toISOString() ?? null,
      noReturnAt: passed?.toISOString() ?? null,
    }));
}

export function controllerOf({ controller }: LoadedConfig): Receipt['controller'] {
  const { name, country, authority } = controller;
  return { name, country, authority: { name: authority.name, url: authority.url } };
}
