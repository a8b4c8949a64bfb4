/**
 * The Schedules, every hour: packages whose time has come are deleted (workflow `packageExpiry`), and what is due in the register
 * is swept (`sweepDue`). Made, or brought up to date, by every worker that starts; several workers may do so at once. They carry
 * nothing but names.
 */
import { type Client, ScheduleAlreadyRunning, type ScheduleOptions } from '@temporalio/client';
import type { LoadedConfig } from '../config/load.ts';
import { connectionError } from './connect.ts';
import { expiryScheduleId, mainQueue, sweepScheduleId } from './names.ts';

type TemporalConfig = LoadedConfig['temporal'];

export async function ensureSchedules(client: Client, config: TemporalConfig): Promise<void> {
  await ensureHourly(client, config, expiryScheduleId(config), 'packageExpiry');
  await ensureHourly(client, config, sweepScheduleId(config), 'sweepDue');
}

async function ensureHourly(
  client: Client,
  config: TemporalConfig,
  scheduleId: string,
  workflowType: string,
): Promise<void> {
  const options = {
    scheduleId,
    spec: { intervals: [{ every: '1 hour' }], jitter: '5 minutes' },
    policies: { overlap: 'SKIP', catchupWindow: '1 hour' },
    action: {
      type: 'startWorkflow',
      workflowType,
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
