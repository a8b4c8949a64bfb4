/**
 * Two systems with rows of two people, and the doors by which people decide about an erasure: what the tests of whole
 * erasures share. Everything but the systems is real.
 */
import { expect } from '@jest/globals';
import { HabeasError } from '../../src/errors.ts';
import type { RequestId, SystemId } from '../../src/ids.ts';
import { approvePlan, leaveUnresolved, retry } from '../../src/requests/index.ts';
import { mainQueue } from '../../src/temporal/names.ts';
import type { RunningWorker } from '../../src/temporal/run-worker.ts';
import type { SubjectRequestInput } from '../../workflows/subject-request.ts';
import { ErasingSystem, rowOf, rowsOf } from './erasing-system.ts';
import { newWorld, type Shown, type World } from './world.ts';

const anna = { id: 'anna', proofs: { email: 'anna.marker@example.ee' } };
const berta = { id: 'berta', proofs: { email: 'berta.marker@example.ee' } };
type Policy = World['deps']['config']['policy'];

/** Everything that must be answered before anything can be planned. */
export const erasurePolicy = {
  retention: {
    ...{ taxRegistrations: [], switchOn: [] },
    periods: [
      {
        ...{ recordClass: 'account', period: { months: 1 }, from: 'closure', source: 'Privacy policy' },
        onErasure: 'ends',
      },
    ],
  },
  blastRadius: { maxRecords: 1_000, timesMedian: 1_000 },
  chargebackDays: {},
  coolingOffHours: 0,
  downloadDays: 0,
} as const satisfies Partial<Policy>;

export const financialYears = [{ from: '2026-01-01', to: '2026-12-31' }];

export class ErasureWorld {
  /** Calls of the systems, in order. */
  readonly calls: string[] = [];
  /** Awaited by a system before it answers; by system and stage. */
  readonly gates = new Map<string, () => Promise<void>>();
  readonly accounts: ErasingSystem;
  readonly billing: ErasingSystem;
  readonly world: World;
  readonly worker: RunningWorker;

  private constructor(world: World, worker: RunningWorker, systems: readonly [ErasingSystem, ErasingSystem]) {
    this.world = world;
    this.worker = worker;
    [this.accounts, this.billing] = systems;
  }

  /** `instead`: the second system, which has its rows already; `recipients` of the first one's settings. */
  static async open(label: string, instead?: ErasingSystem, recipients: readonly string[] = []): Promise<ErasureWorld> {
    const accounts = new ErasingSystem({
      ...{ needs: ['email'], gives: ['user_id'], accounts: [anna, berta], hasSubjectRow: true },
      collections: [{ collection: 'settings', description: { recipients }, rows: rowsOf('settings', 'berta', 2) }],
    });
    const notes = [{ collection: 'notes', rows: rowsOf('notes', 'berta', 2) }];
    const billing = instead ?? new ErasingSystem({ needs: ['email'], accounts: [anna, berta], collections: notes });
    const systems = { 'account-db': accounts, billing };
    const answers = { policy: erasurePolicy, financialYears };
    const world = await newWorld(label, { systems, attempts: 1, ...answers });
    const made = new ErasureWorld(world, await world.work(), [accounts, billing]);
    for (const system of [accounts, billing]) {
      system.gate = async (stage, { systemId }) => {
        made.calls.push(`${systemId} ${stage}`);
        await made.gates.get(`${systemId} ${stage}`)?.();
      };
    }
    return made;
  }

  /** As before the first request. */
  reset(): void {
    this.calls.length = 0;
    this.gates.clear();
    this.set(erasurePolicy);
    for (const system of [this.accounts, this.billing]) {
      system.failing = undefined;
      system.refusals = [];
    }
    this.accounts.insert('accounts', rowOf('anna', 'anna'));
    this.accounts.insert('settings', ...rowsOf('settings', 'anna', 3));
    if (this.billing.rows.has('notes')) this.billing.insert('notes', ...rowsOf('notes', 'anna', 3));
  }

  set(more: Partial<Policy>): void {
    Object.assign(this.world.deps.config.policy, more);
  }

  get officer() {
    return this.world.ledger.people.officer;
  }

  erase(): Promise<RequestId> {
    return this.world.open({ rights: ['erasure'] });
  }

  /** Waits until this is asked, and the request is in this state: two rows, which are not written in one transaction. */
  asked(id: RequestId, code: string, state?: Shown['state']): Promise<Shown> {
    const isIn = (shown: Shown) => state === undefined || shown.state === state;
    return this.world.shows(id, (shown) => openTask(shown, code) !== undefined && isIn(shown));
  }

  async approve(requestId: RequestId): Promise<void> {
    await this.asked(requestId, 'plan-ready');
    await approvePlan(this.world.deps, { requestId, signedBy: this.officer });
  }

  retry(requestId: RequestId, systemId: SystemId | null): Promise<unknown> {
    return retry(this.world.deps, { requestId, systemId, signedBy: this.officer });
  }

  async leave(requestId: RequestId, systemId: SystemId): Promise<void> {
    const next = new Date(Date.now() + 7 * 86_400_000).toISOString().slice(0, 10);
    const left = { requestId, systemId, reason: 'its vendor is gone', owner: 'engineer', next };
    for (const signedBy of [this.officer, this.world.ledger.people.second])
      await leaveUnresolved(this.world.deps, { ...left, signedBy });
  }

  /** A stage of a system fails for good. */
  break(stage: string): void {
    this.gates.set(stage, () => Promise.reject(new HabeasError('system-credentials', { where: 'fake.table' })));
  }

  /** Holds a stage of a system until it is let go. */
  hold(stage: string): () => void {
    let letGo = () => {};
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    this.gates.set(stage, () => held);
    return letGo;
  }

  /** The history ends where it is, and another begins with the request's number, and with what it is handed. */
  async beginAnew(requestId: RequestId, carried?: SubjectRequestInput['carried']): Promise<void> {
    const { workflow } = this.worker.client;
    await workflow.getHandle(requestId).terminate();
    await workflow.start('subjectRequest', {
      workflowId: requestId,
      taskQueue: mainQueue(this.world.deps.config.temporal),
      args: [{ requestId, ...(carried === undefined ? {} : { carried }) }],
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    });
  }

  completed(id: RequestId): Promise<Shown> {
    return this.world.shows(id, ({ state }) => state === 'completed');
  }

  /** Everything of this person is gone, and nothing of anybody else. */
  expectErased(): void {
    expect(this.accounts.left('accounts')).toEqual(['berta']);
    expect(this.accounts.left('settings')).toEqual(['settings-berta-000000', 'settings-berta-000001']);
    expect(this.billing.left('notes')).toEqual(['notes-berta-000000', 'notes-berta-000001']);
  }

  expectUntouched(): void {
    expect(this.calls.some(isErasing)).toBe(false);
    expect(this.accounts.left('accounts')).toEqual(['anna', 'berta']);
    expect(this.accounts.left('settings')).toHaveLength(5);
    expect(this.billing.left('notes')).toHaveLength(5);
  }
}

export const isErasing = (call: string): boolean => call.includes(' erase ');

export function openTask({ tasks }: Shown, code: string): Shown['tasks'][number] | undefined {
  return tasks.find((one) => one.code === code && one.closedAt === null);
}

/** Whether the lane is parked there, and somebody is asked about it. */
export function isParked(id: string, stage: string): (shown: Shown) => boolean {
  return ({ systems }) => {
    const lane = systems.find((one) => one.id === id);
    return lane?.state === 'parked' && lane.stage === stage && lane.task !== null;
  };
}
