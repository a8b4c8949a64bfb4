/**
 * Letters to staff about what only a person can do: opened, reminder, escalation (src/policy/task-letters.ts says when). A chore
 * of the worker, so that no workflow sleeps for it. A letter has ids, configured names and dates, and where to look: nothing of
 * the person who asked is in it, for mailboxes of staff are read by others and kept for ever. One that cannot be sent is tried
 * again with the next turn and holds up no other.
 */
import type { Person } from '../config/load.ts';
import type { Deps } from '../deps.ts';
import { codeOf } from '../errors.ts';
import type { RequestId } from '../ids.ts';
import { rights, type TaskLetterKind, taskLetters } from '../ledger/states.ts';
import {
  dropLetter,
  heldForMs,
  markLetterSent,
  sentLetters,
  type TaskLetter,
  takeLetter,
} from '../ledger/task-letters.ts';
import { domainOf, type Letter, type MailSettings, sendLetter } from '../mail.ts';
import { html } from '../package/html.ts';
import { addDays, parseCivilDate } from '../policy/clock/index.ts';
import { escalationDays, lettersDue } from '../policy/task-letters.ts';
import { workHeld } from './held-work.ts';
import { type ListedTask, listTasks } from './list.ts';
import { civilToday } from './today.ts';

type LetterDeps = Pick<Deps, 'ledger' | 'storage' | 'keys' | 'config' | 'now' | 'log'>;

/** Sends what is due by the injected clock. How many went out, and how many are due and did not. */
export async function sendTaskLetters(
  deps: LetterDeps,
  send: (settings: MailSettings, letter: Letter) => Promise<void> = sendLetter,
): Promise<{ readonly sent: number; readonly left: number }> {
  const { mail, controller, people } = deps.config;
  const { db } = deps.ledger;
  if (mail === undefined) return { sent: 0, left: 0 };
  const today = civilToday(deps.now(), controller.timeZone);
  const tasks = (await listTasks(deps, { kind: 'manual' })).filter(({ systemId }) => systemId !== null);
  const gone = await sentLetters(
    db,
    tasks.map(({ id }) => id),
  );
  const count = { sent: 0, left: 0 };
  for (const task of tasks) {
    const openedOn = civilToday(new Date(task.openedAt), controller.timeZone);
    for (const kind of lettersDue({ openedOn, dueOn: task.dueOn, statutoryOn: limitOf(task) }, today))
      for (const { id: personId, email } of readersOf(people, task, kind)) {
        if (email === undefined) continue;
        if (gone.some((one) => one.taskId === task.id && one.kind === kind && one.personId === personId)) continue;
        const letter = { taskId: task.id, kind, personId, requestId: task.requestId };
        try {
          if (await rests(deps, task, kind)) continue;
          const write = () => send(mail, taskLetter(task, { kind, to: email, personId, from: mail.from, today }));
          if (await sendOnce(deps, letter, write)) count.sent += 1;
        } catch (error) {
          count.left += 1;
          deps.log.warn({ requestId: task.requestId, taskId: task.id, code: codeOf(error) }, 'task-letter-not-sent');
        }
      }
  }
  return count;
}

/** What was kept by hand is past its day already: the officers hear of it when whoever was asked has let their own day pass. */
function limitOf({ code, dueOn, requestDueOn }: ListedTask): string {
  return code === 'kept-due' ? addDays(parseCivilDate(dueOn, 'due'), escalationDays) : requestDueOn;
}

/** Nobody is sent to work that a hold stops; the time limit of the law runs on all the same, and the officers hear of it. */
async function rests(deps: LetterDeps, task: ListedTask, kind: TaskLetterKind): Promise<boolean> {
  if (kind === 'escalation' && task.code !== 'kept-due') return false;
  return (await workHeld(deps, task)) !== null;
}

/**
 * Intent, letter, outcome, each in a transaction of its own: a mail server that is slow holds no row of the ledger. Another worker
 * leaves alone what is in hand; a process that is killed in between has it sent again, under the same Message-ID, when its time
 * is over. False where another has it.
 */
async function sendOnce(
  deps: LetterDeps,
  letter: TaskLetter & { readonly requestId: RequestId },
  write: () => Promise<void>,
): Promise<boolean> {
  const { db } = deps.ledger;
  const at = deps.now();
  const until = new Date(at.getTime() + heldForMs);
  if (!(await db.transaction().execute((trx) => takeLetter(trx, letter, { at, until })))) return false;
  try {
    await write();
  } catch (error) {
    // Tried again with the next turn, by whoever comes first.
    await db.transaction().execute((trx) => dropLetter(trx, letter, until));
    throw error;
  }
  await db.transaction().execute((trx) => markLetterSent(trx, letter, deps.now()));
  return true;
}

/** Whoever looks after it, else everybody of its role; of an escalation the officers as well. */
function readersOf(people: readonly Person[], task: ListedTask, kind: TaskLetterKind): readonly Person[] {
  const own = people.filter(({ id, roles }) => (task.owner === null ? roles.includes(task.role) : id === task.owner));
  const officers = kind === 'escalation' ? people.filter(({ roles }) => roles.includes('officer')) : [];
  return [...new Set([...own, ...officers])];
}

/** Ids, slugs and dates. */
function taskLetter(
  task: ListedTask,
  of: {
    readonly kind: TaskLetterKind;
    readonly to: string;
    readonly personId: string;
    readonly from: string;
    readonly today: string;
  },
): Letter {
  const what = task.right === null ? 'work' : rights[task.right];
  const late = task.dueOn < of.today ? ', PAST' : '';
  const escalation = task.code === 'kept-due' ? 'kept too long' : 'near the time limit of the law';
  const title = { opened: 'to do by hand', reminder: 'still open', escalation }[of.kind];
  const isKept = task.code === 'kept-due';
  const facts = [
    `System: ${task.systemId ?? ''}`,
    ...(isKept ? ['What: what was kept there until its last day'] : [`Right: ${what}`]),
    `Due: ${task.dueOn}${late}`,
    ...(isKept ? [] : [`Time limit of the law: ${task.requestDueOn}`]),
    `Request: ${task.requestId}`,
    `Task: ${task.id}`,
    ...(isKept ? ['Recipients of what is erased must be told of it (Art. 19): the task names them'] : []),
  ];
  const commands = [`habeas tasks show ${task.id}`, 'habeas tasks answer --help'];
  const why = 'What is to be done and about whom stands in Habeas alone; do not write it into a mail.';
  const said = isKept && of.kind === 'escalation' ? taskLetters.reminder : taskLetters[of.kind];
  const text = [said, facts.join('\n'), commands.join('\n'), why].join('\n\n');
  const body = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${title}</title></head><body style="font:16px/1.5 sans-serif">
<p>${said}</p>
<p>${facts.map((line) => html`${line}<br>`)}</p>
<p>${commands.map((line) => html`<code>${line}</code><br>`)}</p>
<p>${why}</p>
</body></html>
`;
  return {
    to: of.to,
    subject: `Habeas: ${task.systemId ?? ''}: ${title}, due ${task.dueOn} (${task.id})`,
    text: `${text}\n`,
    html: body.markup,
    messageId: `<${task.id}.${of.kind}.${of.personId}@${domainOf(of.from)}>`,
    language: 'en',
  };
}
