/**
 * Deletes the packages whose time has come. Started every hour by a Schedule (src/temporal/schedules.ts); what is due and
 * what was read back is in the ledger. Carries nothing.
 */
import { expiryStages } from './activities.ts';

export async function packageExpiry(): Promise<void> {
  await expiryStages.expirePackages();
}
