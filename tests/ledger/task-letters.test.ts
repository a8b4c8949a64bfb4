/**
 * Letters to staff about work by hand, on a real PostgreSQL: each goes once, whatever worker comes first and whatever dies, and no
 * row of the ledger waits for a mail server.
 */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { TaskId } from '../../src/ids.ts';
import { manualTerms } from '../../src/ledger/task-kinds.ts';
import { heldForMs } from '../../src/ledger/task-letters.ts';
import { openTask } from '../../src/ledger/tasks.ts';
import { createLogger } from '../../src/log.ts';
import type { Letter, MailSettings } from '../../src/mail.ts';
import { createRequest } from '../../src/requests/index.ts';
import { sendTaskLetters } from '../../src/requests/task-letters.ts';
import { newWorld, type World } from './world.ts';

const mail: MailSettings = { url: 'smtp://127.0.0.1:9', from: 'privacy@controller.example', replyTo: undefined };

describe('a letter about a task', () => {
  let world: World;
  let taskId: TaskId;
  const sent: Letter[] = [];
  const keep = async (_: MailSettings, letter: Letter) => {
    sent.push(letter);
  };
  const dies = async (settings: MailSettings, letter: Letter) => {
    await keep(settings, letter);
    // What a killed process leaves: its letter is out, and nobody says so.
    return new Promise<never>(() => undefined);
  };
  const tell = (send = keep) => {
    const people = world.deps.config.people.map((one) =>
      one.id === 'agent' ? { ...one, email: 'kadri@staff.example' } : { ...one, email: undefined },
    );
    const config = { ...world.deps.config, mail, people };
    return sendTaskLetters({ ...world.deps, config, log: createLogger({ level: 'silent' }) }, send);
  };
  const rows = async () =>
    (await world.asOwner('select kind, sent_at, held_until from task_letters where task_id = $1', [taskId])).rows;
  const told = async () => (await world.asOwner("select from audit where kind = 'task-letter'")).rowCount;

  beforeEach(async () => {
    sent.length = 0;
    world = await newWorld('taskletters');
    const { requestId } = await createRequest(world.deps, {
      ...{ rights: ['access'], channel: 'email', language: 'en', identifiers: { email: ['mari.tamm@example.ee'] } },
      ...{ identity: { method: 'known-in-person', contact: 'mari.tamm@example.ee' }, by: world.people.agent },
    });
    taskId = await world.deps.ledger.db.transaction().execute((trx) =>
      openTask(trx, {
        ...{ requestId, systemId: world.systemIds.billing, kind: 'manual', ...manualTerms('access', 'agent') },
        ...{ right: 'access', dueOn: '2026-12-03', code: 'by-hand-needed', objectSealed: null, peopleNeeded: 1 },
        at: world.deps.now(),
      }),
    );
  });
  afterEach(() => world.close());

  it('goes once, also where two workers look at the same moment', async () => {
    const both = await Promise.all([tell(), tell()]);
    expect(both.map(({ sent: count }) => count).sort()).toEqual([0, 1]);
    expect(await tell()).toEqual({ sent: 0, left: 0 });
    expect(sent).toHaveLength(1);
    expect(await told()).toBe(1);
  });

  it('is in one hand while the mail server thinks, and no row is locked meanwhile', async () => {
    const slow = async (settings: MailSettings, letter: Letter) => {
      await world.asOwner('select from task_letters where task_id = $1 for update nowait', [taskId]);
      await world.asOwner('select from tasks where id = $1 for update nowait', [taskId]);
      expect(await tell()).toEqual({ sent: 0, left: 0 });
      await keep(settings, letter);
    };
    expect(await tell(slow)).toEqual({ sent: 1, left: 0 });
    expect(sent).toHaveLength(1);
  });

  it('that the mail server refused is tried again with the next turn', async () => {
    const refuses = async () => {
      throw new Error('452');
    };
    expect(await tell(refuses)).toEqual({ sent: 0, left: 1 });
    expect(await rows()).toEqual([{ kind: 'opened', sent_at: null, held_until: null }]);
    expect(await tell()).toEqual({ sent: 1, left: 0 });
    expect(await told()).toBe(1);
  });

  it('whose process was killed goes once more when its time is over, as the very same letter', async () => {
    void tell(dies);
    while (sent.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(await tell()).toEqual({ sent: 0, left: 0 });
    expect(await told()).toBe(0);
    world.setNow(new Date(world.deps.now().getTime() + heldForMs).toISOString());
    expect(await tell()).toEqual({ sent: 1, left: 0 });
    expect(sent.map(({ messageId }) => messageId)).toEqual([sent[0]?.messageId, sent[0]?.messageId]);
    expect(await tell()).toEqual({ sent: 0, left: 0 });
    expect(await told()).toBe(1);
  });
});
