/**
 * Owns the invented people whose requests are measured: members of a company's workspace that goes on, each with rows of their
 * own in eight tables of the sample company's account database. Numbers and addresses follow from the number of the first.
 */
import pg from 'pg';
import { workspaces } from '../src/local/sample/cast.ts';

export interface People {
  readonly firstId: number;
  readonly count: number;
}

export const emailOf = (id: number): string => `bench-${id}@people.test`;

/** What each has, in one transaction. */
export async function plantPeople(databaseUrl: string, { firstId, count }: People): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const ids = `generate_series(${firstId}, ${firstId + count - 1}) AS n`;
  const workspace = workspaces.danceStudio;
  const at = `timestamptz '2026-05-04 10:00+00'`;
  try {
    await client.query(`BEGIN;
      INSERT INTO users (id, public_id, email, full_name, auth_subject, created_at)
        SELECT n, gen_random_uuid(), 'bench-' || n || '@people.test', 'Bench ' || n, gen_random_uuid(), ${at} FROM ${ids};
      INSERT INTO user_emails SELECT n, 'bench-' || n || '@people.test', ${at}, NULL, true FROM ${ids};
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
