/**
 * What people have said of an open question without settling it, so that whoever must agree finds it where they look: each
 * person's last answer, with the terms under which they would leave a system. All of it stands readable in what they
 * signed; reasons stay sealed. Terms whose day has come are nobody's any more.
 */

import type { PersonId, TaskId } from '../ids.ts';
import type { LedgerReader } from '../ledger/open.ts';
import { termsIn } from './leave-terms.ts';

export interface Voice {
  readonly personId: PersonId;
  readonly answer: string;
  readonly at: string;
  /** With `leave-unresolved`: who is to look after the system, and when it is looked at again (YYYY-MM-DD). */
  readonly terms: { readonly owner: string; readonly next: string } | null;
}

/** By task; a task of which nobody has said anything is missing. `today`: the controller's day. */
export async function voicesOf(
  db: LedgerReader,
  openTasks: readonly TaskId[],
  today: string,
): Promise<ReadonlyMap<TaskId, readonly Voice[]>> {
  const voices = new Map<TaskId, Map<PersonId, Voice>>();
  if (openTasks.length === 0) return new Map();
  const rows = await db
    .selectFrom('people_decisions')
    .select(['task_id', 'person_id', 'answer', 'at', 'statement'])
    .where('task_id', 'in', openTasks)
    .orderBy('seq')
    .execute();
  for (const row of rows) {
    if (row.task_id === null) continue;
    const ofTask = voices.get(row.task_id) ?? new Map<PersonId, Voice>();
    voices.set(row.task_id, ofTask);
    ofTask.delete(row.person_id);
    const [owner, next] = termsIn(row.statement) ?? [];
    const terms = owner === undefined || next === undefined ? null : { owner, next };
    if (terms !== null && terms.next <= today) continue;
    ofTask.set(row.person_id, { personId: row.person_id, answer: row.answer, at: row.at.toISOString(), terms });
  }
  return new Map([...voices].map(([id, ofTask]) => [id, [...ofTask.values()]]));
}
