/**
 * Two workspaces in a real PostgreSQL database, one person who is in both, and a second system in which no program finds a
 * workspace: what the tests of customers' instructions share. What is left is asked by SQL, apart from the connector.
 */
import type { System } from '../../connectors/contract.ts';
import type { RequestId, SystemId } from '../../src/ids.ts';
import { answerByHand, doneByHand, parseCounts, showTask } from '../../src/requests/index.ts';
import { type NewInstruction, openInstruction } from '../../src/requests/instructions.ts';
import { reviewMandate } from '../../src/requests/mandate.ts';
import { mainQueue } from '../../src/temporal/names.ts';
import type { RunningWorker } from '../../src/temporal/run-worker.ts';
import { fields, register, to, users } from '../postgres/database.ts';
import { type ErasingDatabase, erasingDatabase } from '../postgres/erasing.ts';
import { erasurePolicy, financialYears, openTask } from './erasure-world.ts';
import { FakeSystem } from './fake-system.ts';
import { newWorld, type World } from './world.ts';

/** The workspace of which all of it goes, and the one of which not a row may change. */
export const ours = '10';
export const theirs = '20';
/** Is in both workspaces. */
export const guest = '3';

const schema = `
  CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL UNIQUE);
  CREATE TABLE workspaces (id bigint PRIMARY KEY, name text, kind text NOT NULL, owner_id bigint NOT NULL REFERENCES users);
  CREATE TABLE members (workspace_id bigint REFERENCES workspaces, user_id bigint REFERENCES users, PRIMARY KEY (workspace_id, user_id));
  CREATE INDEX ON members (user_id);
  CREATE TABLE settings (user_id bigint PRIMARY KEY REFERENCES users, theme text);
  CREATE TABLE notes (id bigint PRIMARY KEY, workspace_id bigint NOT NULL REFERENCES workspaces, author_id bigint REFERENCES users, body text);
  CREATE TABLE shifts (id bigint PRIMARY KEY, workspace_id bigint NOT NULL REFERENCES workspaces, who text);
  CREATE TABLE invoices (id bigint PRIMARY KEY, workspace_id bigint NOT NULL REFERENCES workspaces, number text NOT NULL,
    issued_on date NOT NULL, scheme text NOT NULL, paid_on date, contact_id bigint REFERENCES users);
  INSERT INTO users VALUES (99, 'nobody@x.example'), (1, 'owner.marker@x.example'), (2, 'member.marker@x.example'),
    (3, 'guest.marker@x.example'), (4, 'other.marker@x.example');
  INSERT INTO workspaces VALUES (10, 'Marker Kohvik OÜ', 'company', 1), (20, 'Marker Hotell OÜ', 'company', 4);
  INSERT INTO members VALUES (10, 1), (10, 2), (10, 3), (20, 3), (20, 4);
  INSERT INTO settings SELECT id, 'marker theme of ' || id FROM users WHERE id <> 99;
  INSERT INTO notes VALUES (100, 10, 1, 'marker note of the owner'), (101, 10, 3, 'marker note of the guest'),
    (102, 10, NULL, 'marker note of nobody'), (200, 20, 4, 'marker note of the other');
  INSERT INTO shifts VALUES (1, 10, 'Marker Barista'), (2, 20, 'Marker Porter');
  INSERT INTO invoices VALUES (1, 10, 'A-1', '2026-02-10', 'domestic', '2026-02-20', 1),
    (2, 20, 'B-1', '2026-02-10', 'domestic', '2026-02-20', 4);`;

const inWorkspace = { workspace: [to('workspaces', 'workspace_id')] };
const owned = { ...register, owner: 'workspace', ...inWorkspace };

const map = {
  version: 1,
  subject: 'users',
  tombstone: { id: '99' },
  customerKind: {
    collection: 'workspaces',
    column: 'kind',
    values: { company: 'company' },
    owner: { columns: ['owner_id'], toColumns: ['id'] },
    successors: { collection: 'members', workspace: ['workspace_id'], person: ['user_id'] },
  },
  collections: {
    users: { ...users, erase: { whole: 'delete' } },
    workspaces: {
      ...register,
      table: 'public.workspaces',
      key: ['id'],
      owner: 'workspace',
      workspace: [],
      recordClass: 'workspace',
      reach: [{ via: [to('users', 'owner_id')], own: ['id', 'owner_id'] }],
      erase: { whole: 'anonymise', fields: { name: { constant: 'Closed' }, kind: 'keep', owner_id: 'successor' } },
      fields: fields('id', 'name', 'kind', 'owner_id'),
    },
    members: {
      ...register,
      ...inWorkspace,
      table: 'public.members',
      key: ['workspace_id', 'user_id'],
      reach: [{ via: [to('users', 'user_id')] }],
      erase: { whole: 'delete' },
      fields: fields('workspace_id', 'user_id'),
    },
    settings: {
      ...register,
      table: 'public.settings',
      key: ['user_id'],
      reach: [{ via: [to('users', 'user_id')] }],
      erase: { whole: 'delete' },
      fields: fields('user_id', 'theme'),
    },
    notes: {
      ...owned,
      table: 'public.notes',
      key: ['id'],
      recordClass: 'playlist',
      reach: [{ via: [to('users', 'author_id')], own: ['id', 'author_id', 'body'] }],
      erase: { whole: 'delete', fields: { author_id: 'null', body: 'keep' } },
      fields: fields('id', 'workspace_id', 'author_id', 'body'),
    },
    shifts: {
      ...owned,
      table: 'public.shifts',
      key: ['id'],
      role: 'processor',
      recordClass: 'customer-content',
      identifiers: [{ column: 'who', kind: 'name', match: 'candidate' }],
      direct: { by: ['who'], unless: [] },
      erase: { whole: 'delete' },
      fields: fields('id', 'workspace_id', 'who'),
    },
    invoices: {
      ...owned,
      table: 'public.invoices',
      key: ['id'],
      recordClass: 'invoice',
      legalBasis: 'legal-obligation',
      createdAt: 'issued_on',
      reach: [{ via: [to('users', 'contact_id')], own: ['id', 'contact_id'] }],
      erase: { whole: 'delete', fields: { contact_id: 'null' }, roles: { contact_id: 'contact-person' } },
      retention: {
        events: { issue: { column: 'issued_on' }, recording: { column: 'issued_on' }, supply: { column: 'issued_on' } },
        supply: { column: 'scheme', values: { domestic: 'domestic' } },
        money: { column: 'paid_on' },
      },
      fields: fields('id', 'workspace_id', 'number', 'issued_on', 'scheme', 'paid_on', 'contact_id'),
    },
  },
};

export const mandate = { name: 'marker-mandate.pdf', bytes: Buffer.from('%PDF marker: the board of Marker Kohvik OÜ') };
const proof = { name: 'picture.png', bytes: Buffer.from('a picture of the marker folder') };

const handed = {
  name: 'folder.pdf',
  open: async function* () {
    yield Buffer.from('%PDF what the folder of Marker Kohvik OÜ holds');
  },
};

export class InstructionWorld {
  readonly world: World;
  readonly db: ErasingDatabase;
  readonly worker: RunningWorker;
  /** Every call of the database's system that reads or changes something. */
  readonly calls: string[];

  private constructor(world: World, db: ErasingDatabase, worker: RunningWorker, calls: string[]) {
    Object.assign(this, { world, db, worker, calls });
    this.world = world;
    this.db = db;
    this.worker = worker;
    this.calls = calls;
  }

  static async open(label: string, at: string): Promise<InstructionWorld> {
    const db = await erasingDatabase(label.replaceAll('-', '_'), schema);
    const calls: string[] = [];
    const accounts = watched(db.openErasing(map), calls);
    const billing = new FakeSystem({ needs: ['email'], accounts: [] });
    const erasingToo: System = Object.assign(billing, {
      manifest: {
        ...billing.manifest,
        stages: ['check', 'locate', 'read', 'prepare', 'erase', 'verify'],
        rights: ['access', 'erasure'],
      },
    });
    const world = await newWorld(label, {
      systems: { 'account-db': accounts, billing: erasingToo },
      ...{ attempts: 1, policy: { ...erasurePolicy, downloadDays: 3, packageDays: 14 }, financialYears },
    });
    world.setNow(at);
    return new InstructionWorld(world, db, await world.work(), calls);
  }

  instruct(given: Partial<NewInstruction> = {}) {
    return openInstruction(this.world.deps, {
      ...{ act: 'erase', workspace: ours, mandate, contact: 'board.marker@x.example', channel: 'post', language: 'en' },
      by: this.world.ledger.people.agent,
      ...given,
    });
  }

  /** A second person accepts the mandate. */
  accept(requestId: RequestId, mandateSha256: string, workspace = ours) {
    const signedBy = this.world.ledger.people.second;
    const review = { requestId, outcome: 'approve', mandate: mandateSha256, workspace, signedBy } as const;
    return reviewMandate(this.world.deps, review);
  }

  /** A person has looked through the system in which no program finds a workspace. */
  async lookedThrough(requestId: RequestId, stage: 'read' | 'erase'): Promise<void> {
    const { deps, ledger } = this.world;
    await this.world.shows(requestId, ({ systems }) => {
      const lane = systems.find(({ id }) => id === 'billing');
      return lane?.state === 'parked' && lane.stage === stage && lane.task !== null;
    });
    const said = { requestId, systemId: 'billing' as SystemId, proof, files: [], reason: 'looked by the number' };
    await doneByHand(deps, { ...said, counts: parseCounts(['none']), signedBy: ledger.people.officer });
  }

  /** A person has found something of the workspace there, and has handed it in or erased it; the task that asked for it. */
  async answeredByHand(requestId: RequestId, answer: 'found' | 'erased', count: number) {
    const { deps, ledger } = this.world;
    const stage = answer === 'found' ? 'read' : 'erase';
    const shown = await this.world.shows(requestId, ({ systems }) => {
      const lane = systems.find(({ id }) => id === 'billing');
      return lane?.state === 'parked' && lane.stage === stage && lane.task !== null;
    });
    const task = openTask(shown, 'by-hand-needed');
    if (task === undefined) throw new Error('nobody is asked');
    const { object } = await showTask(deps, task.id, { open: true });
    const files = answer === 'found' ? [handed] : [];
    const said = { answer, proof, files, reason: 'looked by the number', counts: parseCounts([`notes=${count}`]) };
    await answerByHand(deps, task.id, { ...said, signedBy: ledger.people.officer });
    return { task, object };
  }

  /** Every row of a table as text. */
  rows(table: string, where = 'true'): Promise<readonly unknown[]> {
    return this.db.values(`SELECT t::text FROM ${table} t WHERE ${where} ORDER BY 1`);
  }

  /** Everything of the other workspace, and of whoever is in it. */
  async others(): Promise<readonly (readonly unknown[])[]> {
    const theirPeople = `IN (99, ${guest}, 4)`;
    return Promise.all([
      ...['members', 'notes', 'shifts', 'invoices'].map((table) => this.rows(table, `workspace_id = ${theirs}`)),
      this.rows('workspaces', `id = ${theirs}`),
      this.rows('users', `id ${theirPeople}`),
      this.rows('settings', `user_id ${theirPeople}`),
    ]);
  }

  async everything(): Promise<readonly (readonly unknown[])[]> {
    const tables = ['users', 'workspaces', 'members', 'settings', 'notes', 'shifts', 'invoices'];
    return Promise.all(tables.map((table) => this.rows(table)));
  }

  /** The history ends where it is, and another begins with the request's number. */
  async beginAnew(requestId: RequestId): Promise<void> {
    const { workflow } = this.worker.client;
    await workflow.getHandle(requestId).terminate();
    await workflow.start('subjectRequest', {
      workflowId: requestId,
      taskQueue: mainQueue(this.world.deps.config.temporal),
      args: [{ requestId }],
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    });
  }

  /** How long the timers are that the workflow has started so far, in whole days. */
  async timerDays(requestId: RequestId): Promise<readonly number[]> {
    const { events } = await this.worker.client.workflow.getHandle(requestId).fetchHistory();
    return (events ?? []).flatMap(({ timerStartedEventAttributes: timer }) =>
      timer?.startToFireTimeout?.seconds == null ? [] : [Math.round(Number(timer.startToFireTimeout.seconds) / 86_400)],
    );
  }

  async close(): Promise<void> {
    await this.world.close();
    await this.db.stop();
  }
}

/** Notes every stage of the workspace that is asked. */
function watched(system: System, calls: string[]): System {
  const { workspace } = system;
  if (workspace === undefined) throw new Error('the map knows no workspaces');
  const note = (stage: string): void => {
    calls.push(stage);
  };
  return {
    ...system,
    workspace: {
      ...workspace,
      locate: (...given) => {
        note('locate');
        return workspace.locate(...given);
      },
      read: (...given) => {
        note(`read ${given[1].want}`);
        return workspace.read(...given);
      },
      erase: async (...given) => {
        note(`erase ${given[1].part}`);
        await workspace.erase?.(...given);
      },
    },
  };
}
