/**
 * The one Schedule: every hour the packages whose time has come are deleted (workflow `packageExpiry`). Made, or brought
 * up to date, by every worker that starts; several workers may do so at once. It carries nothing but names.
 */
import { type Client, ScheduleAlreadyRunning, type ScheduleOptions } from '@temporalio/client';
import type { LoadedConfig } from '../config/load.ts';
import { connectionError } from './connect.ts';
import { expiryScheduleId, mainQueue } from './names.ts';

export async function ensureExpirySchedule(client: Client, config: LoadedConfig['temporal']): Promise<void> {
  const scheduleId = expiryScheduleId(config);
  const options = {
    scheduleId,
    spec: { intervals: [{ every: '1 hour' }], jitter: '5 minutes' },
    policies: { overlap: 'SKIP', catchupWindow: '1 hour' },
    action: {
      type: 'startWorkflow',
      workflowType: 'packageExpiry',
      // Temporal puts the instant of the run behind it.
      workflowId: scheduleId,
      taskQueue: mainQueue(config),
      args: [],
    },
  } satisfies ScheduleOptions;
  try {
    await client.schedule.create(options);
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw connectionError(error);
    const { spec, policies, action } = options;
    const { state } = await client.schedule.getHandle(scheduleId).describe();
    // Somebody's pause stays.
    await client.schedule.getHandle(scheduleId).update(() => ({ spec, policies, action, state }));
  }
}
