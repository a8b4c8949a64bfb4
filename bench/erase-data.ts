/**
 * Owns the database of the erase bench: one person with rows in five tables that refer to each other, among half as many
 * rows of others, interleaved; and the plan over them as NDJSON, gzipped, a file a chunk, as decision chunks lie in storage
 * (there they are sealed as well). Rows are made by SQL without randomness: every run erases the same.
 */
import { createReadStream } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createGunzip, gzipSync } from 'node:zlib';
import pg from 'pg';
import type { PlannedRecord, PlannedSet, StreamDescription } from '../connectors/contract.ts';

export const subjectId = 7;
export const chunkRecords = 10_000;

/** Children before parents: the order of the baseline. */
export const tables = ['playlist_items', 'playback_events', 'playlists', 'devices', 'sessions'] as const;

/** Makes the tables in an empty database: `rows` of the subject over all five, half as many of others in each. */
export async function fillErasable(url: string, rows: number): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const each = Math.ceil((rows / tables.length) * 1.5);
  const owner = `CASE WHEN n % 3 < 2 THEN ${subjectId} ELSE 10 + (n / 3) % 490 END`;
  try {
    await client.query(`
      CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL UNIQUE);
      INSERT INTO users SELECT n, 'person' || n || '@example.com' FROM generate_series(1, 501) n;
      CREATE TABLE devices (id bigint, user_id bigint NOT NULL, name text NOT NULL, seen_at timestamptz NOT NULL);
      CREATE TABLE playlists (id bigint, user_id bigint NOT NULL, title text NOT NULL, made_at timestamptz NOT NULL);
      CREATE TABLE playlist_items (id bigint, playlist_id bigint NOT NULL, track text NOT NULL, position integer NOT NULL);
      CREATE TABLE playback_events (id bigint, user_id bigint NOT NULL, device_id bigint NOT NULL, track text NOT NULL, played_at timestamptz NOT NULL);
      CREATE TABLE sessions (id uuid, user_id bigint NOT NULL, ip text NOT NULL, began_at timestamptz NOT NULL);
      INSERT INTO devices SELECT n, ${owner}, 'Player no. ' || n, timestamptz '2020-01-01Z' + n * interval '97 s' FROM generate_series(1, ${each}) n;
      INSERT INTO playlists SELECT n, ${owner}, 'Õhtu kaja no. ' || n, timestamptz '2020-01-01Z' + n * interval '97 s' FROM generate_series(1, ${each}) n;
      INSERT INTO playlist_items SELECT n, n, substr(md5(n::text), 1, 22), n % 50 FROM generate_series(1, ${each}) n;
      INSERT INTO playback_events SELECT n, ${owner}, n, substr(md5(n::text), 1, 22), timestamptz '2020-01-01Z' + n * interval '97 s' FROM generate_series(1, ${each}) n;
      INSERT INTO sessions SELECT md5(n::text)::uuid, ${owner}, '10.0.' || n % 200 || '.' || n % 250, timestamptz '2020-01-01Z' + n * interval '97 s' FROM generate_series(1, ${each}) n;`);
    for (const table of tables) await client.query(`ALTER TABLE ${table} ADD PRIMARY KEY (id)`);
    await client.query(`
      CREATE INDEX ON devices (user_id, id); CREATE INDEX ON playlists (user_id, id); CREATE INDEX ON playlist_items (playlist_id, id);
      CREATE INDEX ON playback_events (user_id, id); CREATE INDEX ON playback_events (device_id); CREATE INDEX ON sessions (user_id, id);
      ALTER TABLE devices ADD FOREIGN KEY (user_id) REFERENCES users; ALTER TABLE playlists ADD FOREIGN KEY (user_id) REFERENCES users;
      ALTER TABLE playlist_items ADD FOREIGN KEY (playlist_id) REFERENCES playlists; ALTER TABLE sessions ADD FOREIGN KEY (user_id) REFERENCES users;
      ALTER TABLE playback_events ADD FOREIGN KEY (user_id) REFERENCES users; ALTER TABLE playback_events ADD FOREIGN KEY (device_id) REFERENCES devices;`);
    await client.query('VACUUM (FREEZE, ANALYZE)');
    await client.query('CHECKPOINT');
  } finally {
    await client.end();
  }
}

/** The subject's keys of a table, in the order of the key. */
export async function keysOf(client: pg.Client, table: (typeof tables)[number]): Promise<readonly string[]> {
  const where =
    table === 'playlist_items'
      ? `playlist_id IN (SELECT id FROM playlists WHERE user_id = ${subjectId})`
      : `user_id = ${subjectId}`;
  const found = await client.query<[string]>({
    text: `SELECT id::text FROM ${table} WHERE ${where} ORDER BY id`,
    rowMode: 'array',
  });
  return found.rows.map(([id]) => id);
}

/** Writes the plan below `folder`, a folder a stream; how many records it has. */
export async function writePlan(url: string, folder: string): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  let records = 0;
  try {
    for (const table of tables) {
      const keys = await keysOf(client, table);
      records += keys.length;
      await mkdir(join(folder, table), { recursive: true });
      for (let at = 0; at < keys.length; at += chunkRecords) {
        const lines = keys.slice(at, at + chunkRecords).map((id) => `{"key":[["id","${id}"]],"d":1}\n`);
        const name = String(at / chunkRecords).padStart(5, '0');
        await writeFile(join(folder, table, name), gzipSync(lines.join('')));
      }
    }
  } finally {
    await client.end();
  }
  return records;
}

/** The plan in that folder, one chunk in memory at a time. */
export async function readPlan(folder: string): Promise<PlannedSet> {
  const decision = { no: 1, action: 'delete', fields: [] } as const;
  const streams = tables.map((collection, no): StreamDescription => {
    const words = { recordClass: 'account', owner: 'person', role: 'controller', provedIn: 'users' } as const;
    return { no, collection, ...words, fields: ['id'], ownFields: [] };
  });
  return {
    // In the order of the data map, which is no order for erasing.
    streams: [...streams].reverse(),
    async *chunks(stream) {
      for (const [chunkNo, name] of (await readdir(join(folder, stream.collection))).sort().entries()) {
        const records: PlannedRecord[] = [];
        const parts: Buffer[] = [];
        for await (const part of createReadStream(join(folder, stream.collection, name)).pipe(createGunzip()))
          parts.push(part);
        for (const line of Buffer.concat(parts).toString('utf8').split('\n'))
          if (line !== '') records.push({ key: JSON.parse(line).key, decision });
        yield { stream, chunkNo, records };
      }
    },
  };
}

const field = { category: 'account' };
const register = {
  owner: 'person',
  role: 'controller',
  recordClass: 'account',
  category: 'Account data',
  purpose: 'To provide the service',
  legalBasis: 'contract',
  provenance: 'Given by the person',
  recipients: [],
  key: ['id'],
  erase: { whole: 'delete' },
};
const collection = (table: string, columns: readonly string[], via: readonly object[]) => ({
  ...register,
  table: `public.${table}`,
  reach: [{ via }],
  fields: Object.fromEntries(['id', ...columns].map((name) => [name, field])),
});
const user = { columns: ['user_id'], to: 'users', toColumns: ['id'] };

export const erasableMap = {
  version: 1,
  subject: 'users',
  collections: {
    users: {
      ...register,
      table: 'public.users',
      identifiers: [{ column: 'email', kind: 'email', match: 'proof' }],
      fields: { id: field, email: field },
    },
    devices: collection('devices', ['user_id', 'name', 'seen_at'], [user]),
    playlists: collection('playlists', ['user_id', 'title', 'made_at'], [user]),
    playlist_items: collection(
      'playlist_items',
      ['playlist_id', 'track', 'position'],
      [{ columns: ['playlist_id'], to: 'playlists', toColumns: ['id'] }, user],
    ),
    playback_events: collection('playback_events', ['user_id', 'device_id', 'track', 'played_at'], [user]),
    sessions: collection('sessions', ['user_id', 'ip', 'began_at'], [user]),
  },
};
