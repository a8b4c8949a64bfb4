/** There is nothing to reach and no credential: it says who is asked instead. Never fails. */
import type { CheckReport } from '../contract.ts';
import type { Settings } from './settings.ts';

/** See the contract. */
export async function check({ role, owner }: Settings): Promise<CheckReport> {
  return { ok: true, findings: [], server: `people: ${owner ?? `any ${role}`}` };
}
