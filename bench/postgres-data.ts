/**
 * Owns the account database of the read bench: one person with many playback rows, among the rows of five hundred others
 * (interleaved in time, as a real table is, so that the subject's pages hold other people's rows too). Rows are made by
 * SQL without randomness, so that every run reads the same bytes. About 105 bytes a row as COPY text, 195 as JSON.
 */
import pg from 'pg';

export const subjectEmail = 'bench.subject@example.com';
export const subjectId = 7;

/** Makes the tables in an empty database: `rows` of the subject and half as many of others, vacuumed and analysed. */
export async function fillPlayback(url: string, rows: number): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`
      CREATE TABLE public.users (id bigint PRIMARY KEY, email text NOT NULL UNIQUE);
      INSERT INTO public.users SELECT n, 'person' || n || '@example.com' FROM generate_series(1, 501) AS n
        WHERE n <> ${subjectId};
      INSERT INTO public.users VALUES (${subjectId}, '${subjectEmail}');
      CREATE TABLE public.playback_events (
        id bigint NOT NULL, user_id bigint NOT NULL, device_id integer NOT NULL, track text NOT NULL,
        title text NOT NULL, played_at timestamptz NOT NULL, seconds integer NOT NULL, offline boolean NOT NULL);
    `);
    await client.query(`
      INSERT INTO public.playback_events
      SELECT n, CASE WHEN n % 3 < 2 THEN ${subjectId} ELSE 10 + (n / 3) % 490 END, n % 40, substr(md5((n % 9000)::text), 1, 22),
        'Õhtu kaja no. ' || (n % 9000) || ', live at Genialistide klubi, Tartu', timestamptz '2020-01-01 00:00Z' + n * interval '97 seconds',
        30 + (n % 1000 * 7919) % 400, n % 11 = 0
      FROM generate_series(1, ${Math.ceil((rows * 3) / 2)}) AS n`);
    await client.query(`
      ALTER TABLE public.playback_events ADD PRIMARY KEY (id);
      CREATE INDEX ON public.playback_events (user_id, id);
      ALTER TABLE public.playback_events ADD FOREIGN KEY (user_id) REFERENCES public.users;
    `);
    await client.query('VACUUM (FREEZE, ANALYZE) public.playback_events');
    await client.query('VACUUM (FREEZE, ANALYZE) public.users');
    await client.query('CHECKPOINT');
  } finally {
    await client.end();
  }
}

const field = (category: string) => ({ category });

/** The connector's data map of these tables. */
export const playbackMap = {
  version: 1,
  subject: 'users',
  collections: {
    users: {
      table: 'public.users',
      key: ['id'],
      owner: 'person',
      role: 'controller',
      recordClass: 'account',
      category: 'Account data',
      purpose: 'To provide the service',
      legalBasis: 'contract',
      provenance: 'Given by the person',
      recipients: [],
      identifiers: [{ column: 'email', kind: 'email', match: 'proof' }],
      fields: { id: field('reference'), email: field('contact') },
    },
    playback_events: {
      table: 'public.playback_events',
      key: ['id'],
      owner: 'person',
      role: 'controller',
      recordClass: 'playback',
      category: 'Usage data',
      purpose: 'To provide the service',
      legalBasis: 'contract',
      provenance: "Recorded by the person's devices",
      recipients: [],
      reach: [{ via: [{ columns: ['user_id'], to: 'users', toColumns: ['id'] }] }],
      fields: {
        id: field('reference'),
        user_id: field('reference'),
        device_id: field('reference'),
        track: field('usage'),
        title: field('usage'),
        played_at: field('usage'),
        seconds: field('usage'),
        offline: field('usage'),
      },
    },
  },
};
