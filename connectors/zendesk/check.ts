/**
 * Whether Zendesk can be reached, takes the tokens, and lets them do what the data map needs. Says everything it finds, as codes with
 * configured places; changes nothing and never throws for what it was asked to find out.
 */
import type { CallContext, CheckReport } from '../contract.ts';
import type { ZendeskClient } from './client.ts';
import type { DataMap } from './data-map.ts';
import { type Looked, lookAtErasing, lookAtReading } from './rights.ts';

type Finding = CheckReport['findings'][number];

/** See the contract. */
export async function check(
  client: ZendeskClient,
  eraser: ZendeskClient | undefined,
  map: DataMap,
  context: CallContext,
): Promise<CheckReport> {
  const looked = [
    ...(await lookAtReading(client, context)),
    ...(eraser === undefined ? [] : await lookAtErasing(eraser, map, context)),
  ];
  const findings = [...new Map(looked.map((one) => [JSON.stringify(findingOf(one)), findingOf(one)])).values()];
  const without = (what: Finding['what']) => !findings.some((finding) => finding.what === what && !finding.ok);
  const isReached = without('reachable');
  return {
    ok: findings.every(({ ok }) => ok),
    findings: [
      ...(isReached ? [{ what: 'reachable', ok: true } as const] : []),
      ...(isReached && without('credentials') ? [{ what: 'credentials', ok: true } as const] : []),
      ...findings,
    ],
    server: 'Zendesk Support API v2',
  };
}

function findingOf({ where, error }: Looked): Finding {
  if (error === undefined) return { what: 'permission', ok: true, where };
  const { code } = error;
  const about = { ok: false, code, where: error.where ?? where };
  if (code === 'system-permission') return { what: 'permission', ...about };
  if (code === 'system-credentials') return { what: 'credentials', ...about };
  if (code === 'system-schema-drift') return { what: 'schema', ...about };
  return { what: 'reachable', ...about };
}
