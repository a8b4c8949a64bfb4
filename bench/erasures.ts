/**
 * One small erasure and 50 at once, from the use-case behind `habeas requests new` until everything is erased, read back and
 * the request completed. Each is of another invented person, with rows in eight tables of the sample company's database; the plan
 * is approved, signed, as soon as it is seen. Beside it the workflow of ten empty activities (beside-empty.ts).
 */
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { RequestId } from '../src/ids.ts';
import { workspaces } from '../src/local/sample/cast.ts';
import type { LocalStack } from '../src/local/stack.ts';
import type { Bench } from './bench.ts';
import { besideEmpty, type Side } from './beside-empty.ts';
import { type Bed, openBed } from './installation.ts';
import { patienceMs } from './stage-times.ts';
import { watch } from './watch.ts';
import { startWorker } from './worker-process.ts';

/** Warm-up, seven alone, twice fifty. */
const people = 120;
const firstId = 900_000;
const emailOf = (id: number): string => `bench-${id}@erasures.test`;

/** People of a company's workspace that goes on; what each has in it, and alone. */
async function plantPeople(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const ids = `generate_series(${firstId}, ${firstId + people - 1}) AS n`;
  const workspace = workspaces.danceStudio;
  const at = `timestamptz '2026-05-04 10:00+00'`;
  try {
    await client.query(`BEGIN;
      INSERT INTO users (id, public_id, email, full_name, auth_subject, created_at)
        SELECT n, gen_random_uuid(), 'bench-' || n || '@erasures.test', 'Bench ' || n, gen_random_uuid(), ${at} FROM ${ids};
      INSERT INTO user_emails SELECT n, 'bench-' || n || '@erasures.test', ${at}, NULL, true FROM ${ids};
      INSERT INTO workspace_members (workspace_id, user_id, role, joined_at) SELECT ${workspace}, n, 'member', ${at} FROM ${ids};
      INSERT INTO personal_settings (user_id, settings, updated_at) SELECT n, '{}', ${at} FROM ${ids};
      INSERT INTO sessions (id, user_id, ip, user_agent, started_at)
        SELECT gen_random_uuid(), n, '192.0.2.7', 'bench', ${at} FROM ${ids}, generate_series(1, 15);
      INSERT INTO playlists (workspace_id, owner_user_id, title, tracks, shared, created_at)
        SELECT ${workspace}, n, 'Bench', '[]', true, ${at} FROM ${ids}, generate_series(1, 2);
      INSERT INTO support_notes (about_user_id, channel, written_by, body, written_at)
        SELECT n, 'email', 'bench', 'note', ${at} FROM ${ids};
      INSERT INTO audit_events (id, actor_user_id, action, details, occurred_at)
        SELECT n * 10::bigint + k, n, 'login', '{}', ${at} FROM ${ids}, generate_series(1, 5) AS k;
      COMMIT`);
  } finally {
    await client.end();
  }
}

async function ourSide(stack: LocalStack, profileDir: string | undefined): Promise<Side> {
  const bed = await openBed(stack);
  await plantPeople(stack.postgres.urlFor('account_db'));
  const worker = startWorker(bed.configPath, { profileDir });
  const watched = watch(
    (ids) => arrived(bed, ids),
    () => worker.assertAlive(),
  );
  let next = firstId;
  return {
    one: async () => {
      const email = emailOf(next);
      next += 1;
      await watched.until(await bed.open({ email: [email] }, email, ['erasure']));
    },
    settle: async () => {
      const open = () =>
        bed.ledger.db.selectFrom('requests').select('state').where('state', '!=', 'completed').executeTakeFirst();
      const deadline = Date.now() + patienceMs;
      while ((await open()) !== undefined) {
        if (Date.now() > deadline) throw new Error(`not completed within ${patienceMs} ms; see ${worker.logFile}`);
        await delay(50);
      }
    },
    cpuSeconds: () => worker.cpuSeconds(),
    end: async () => {
      await watched.end();
      await worker.stop();
      await bed.close();
    },
  };
}

/** Approves what waits for it, and says who has come to the end. Any other question ends the bench. */
async function arrived(bed: Bed, ids: readonly RequestId[]): Promise<readonly RequestId[]> {
  const { db } = bed.ledger;
  const tasks = await db
    .selectFrom('tasks')
    .select(['request_id', 'kind', 'code'])
    .where('request_id', 'in', ids)
    .where('closed_at', 'is', null)
    .execute();
  for (const { request_id: requestId, kind, code } of tasks) {
    if (kind !== 'approval') throw new Error(`an erasure waits for a person: ${kind} ${code}`);
    await bed.approve(requestId);
  }
  const done = await db
    .selectFrom('requests')
    .select('id')
    .where('id', 'in', ids)
    .where('state', '=', 'completed')
    .execute();
  return done.map(({ id }) => id);
}

export const erasuresBench: Bench = {
  name: 'erasures',
  run: (context) =>
    besideEmpty('erasures', context, {
      until: 'it is completed',
      ourSide: () => ourSide(context.stack, context.profileDir),
    }),
};
