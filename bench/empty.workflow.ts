/** The baseline workflow of the requests bench: ten activities that do nothing, one after the other. */
import { proxyActivities } from '@temporalio/workflow';
import type { EmptyActivities } from './requests.baseline.ts';

const { nothing } = proxyActivities<EmptyActivities>({ startToCloseTimeout: '10 seconds' });

export async function tenEmptyActivities(): Promise<void> {
  for (let no = 0; no < 10; no++) await nothing();
}
