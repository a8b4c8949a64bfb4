/**
 * CHECK constraints made from states.ts, so that the database can store no word that the program has no sentence for.
 * Renewed at the end of every migration whose words changed; adding a state needs no migration of its own, and taking
 * one away fails here while a row still has it.
 */
import { type Kysely, sql } from 'kysely';
import { holdKinds } from '../../policy/holds.ts';
import { noticeStates, recipientKinds } from '../../policy/notices.ts';
import { restrictionGrounds } from '../../policy/rights/grounds.ts';
import { sha256Hex } from '../../security/canonical.ts';
import type { LedgerDatabase } from '../schema.ts';
import {
  channels,
  claimStates,
  decisionKinds,
  dispositionReasons,
  dispositions,
  evidence,
  identityMethods,
  identityStates,
  instructionActs,
  laneStates,
  personRoles,
  requestStates,
  rights,
  stages,
  sweepLineKinds,
  taskKinds,
  taskLetters,
  unanswered,
} from '../states.ts';

interface StateCheck {
  readonly table: string;
  readonly column: string;
  readonly members: readonly string[];
}

const of = (table: string, column: string, members: Readonly<Record<string, string>>): StateCheck => ({
  table,
  column,
  members: Object.keys(members),
});

/** Every stored word, by column. Null passes where the column is nullable. */
export const stateChecks: readonly StateCheck[] = [
  of('requests', 'state', requestStates),
  of('requests', 'channel', channels),
  of('requests', 'identity', identityStates),
  of('requests', 'identity_method', identityMethods),
  of('request_rights', 'right', rights),
  of('instructions', 'act', instructionActs),
  of('lanes', 'state', laneStates),
  of('lanes', 'stage', stages),
  of('streams', 'right', rights),
  of('streams', 'disposition', dispositions),
  of('streams', 'reason', dispositionReasons),
  of('chunks', 'stage', stages),
  of('dispositions', 'right', rights),
  of('dispositions', 'disposition', dispositions),
  of('dispositions', 'reason', dispositionReasons),
  of('dispositions', 'evidence', evidence),
  of('rounds', 'right', rights),
  of('restrictions', 'ground', restrictionGrounds),
  of('decisions', 'disposition', dispositions),
  of('decisions', 'reason', dispositionReasons),
  of('holds', 'kind', holdKinds),
  of('sweep_claims', 'state', claimStates),
  of('sweep_lines', 'what', sweepLineKinds),
  of('sweep_notices', 'kind', recipientKinds),
  of('sweep_notices', 'state', noticeStates),
  of('tasks', 'kind', taskKinds),
  of('tasks', 'role', personRoles),
  of('tasks', 'if_unanswered', unanswered),
  of('tasks', 'right', rights),
  of('task_letters', 'kind', taskLetters),
  of('people_decisions', 'kind', decisionKinds),
  of('notices', 'right', rights),
  of('notices', 'kind', recipientKinds),
  of('notices', 'state', noticeStates),
];

/** Hash of all members: tells whether the database has today's words. */
export const stateChecksHash = sha256Hex(JSON.stringify(stateChecks));

/** Replaces the constraints; in the caller's transaction. */
export async function renewStateChecks(db: Kysely<LedgerDatabase>): Promise<void> {
  for (const { table, column, members } of stateChecks) {
    const name = sql.id(`${table}_${column}_known`);
    const list = sql.join(members.map((member) => sql.lit(member)));
    await sql`alter table ${sql.table(table)} drop constraint if exists ${name}`.execute(db);
    await sql`alter table ${sql.table(table)} add constraint ${name} check (${sql.ref(column)} in (${list}))`.execute(
      db,
    );
  }
}
