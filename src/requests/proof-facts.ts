/**
 * What receipt and evidence state of a request, from rows alone: no key is needed and nothing sealed is opened, so it can be
 * stated after keys are destroyed. Ids, configured words, counts, laws, dates and codes.
 */
import type { LoadedConfig } from '../config/load.ts';
import { type ByHand, byHandOf } from '../ledger/by-hand.ts';
import type { LedgerReader } from '../ledger/open.ts';
import { plansOf } from '../ledger/plan-approval.ts';
import { portabilityGrounds } from '../policy/portability.ts';
import type { Receipt, SystemFacts } from '../proof/receipt-schema.ts';
import { notCounted, type SystemCounts, systemCounts } from './counts.ts';
import { erasureCounts, nothingErased } from './erasure-counts.ts';
import type { RequestRow } from './record.ts';

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
      erasure: rights.includes('erasure') ? { ...erasure, kept: erasure.kept.map((line) => ({ ...line })) } : null,
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

export async function rightsOf(db: LedgerReader, { id }: Pick<RequestRow, 'id'>): Promise<Receipt['rights']> {
  const rows = await db
    .selectFrom('request_rights')
    .select(['right', 'answered_at'])
    .where('request_id', '=', id)
    .orderBy('right')
    .execute();
  return rows.map((row) => ({ right: row.right, answeredAt: row.answered_at?.toISOString() ?? null }));
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
