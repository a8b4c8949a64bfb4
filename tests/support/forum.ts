/**
 * A second system for the tests: a small forum in a database of its own, so that a request has two lanes. It knows some
 * people of the sample company by address and by account number, some by number only, and most not at all.
 */
import pg from 'pg';
import { readerUrl } from '../../src/local/sample/load.ts';
import { readerPassword } from './sample-company.ts';
import { freshDatabase } from './servers.ts';

/** Members by name; `account` is `users.id` in the account database. */
export const forumMembers = {
  /** Known here under the address she uses there. */
  liis: { id: '71', email: 'liis.ounapuu@kuukala.example', account: '1001', nick: 'kuukala-liis' },
  /** Known here by account number and by an address that the account database does not have. */
  helmi: { id: '72', email: 'hobe.helmi@kodune.test', account: '1013', nick: 'helmi-hõbe' },
  merle: { id: '73', email: 'merle.mand@kuukala.example', account: '1004', nick: 'mereke' },
} as const;

const schema = `
  CREATE TABLE members (
    id bigint PRIMARY KEY,
    email text NOT NULL UNIQUE,
    account_no bigint UNIQUE,
    nick text NOT NULL,
    joined_at timestamptz NOT NULL
  );
  CREATE TABLE posts (
    id bigint PRIMARY KEY,
    member_id bigint NOT NULL REFERENCES members,
    body text NOT NULL,
    posted_at timestamptz NOT NULL
  );
  CREATE INDEX ON posts (member_id);
  CREATE INDEX ON members (lower(email));
  GRANT USAGE ON SCHEMA public TO habeas_reader;
  GRANT SELECT ON members, posts TO habeas_reader;
`;

const person = {
  owner: 'person',
  role: 'controller',
  recordClass: 'forum',
  category: 'Communications',
  purpose: 'To let customers help one another',
  legalBasis: 'contract',
  provenance: 'Written by the person',
  recipients: [],
} as const;

/** The data map, as the file says it. */
export const forumMap = {
  version: 1,
  subject: 'members',
  collections: {
    members: {
      ...person,
      table: 'public.members',
      key: ['id'],
      identifiers: [
        { column: 'email', kind: 'email', match: 'proof', caseInsensitive: true },
        { column: 'account_no', kind: 'user_id', match: 'proof' },
      ],
      fields: {
        id: { category: 'reference' },
        email: { category: 'contact' },
        account_no: { category: 'reference' },
        nick: { category: 'identity' },
        joined_at: { category: 'account' },
      },
    },
    posts: {
      ...person,
      table: 'public.posts',
      key: ['id'],
      reach: [{ via: [{ columns: ['member_id'], to: 'members', toColumns: ['id'] }] }],
      fields: {
        id: { category: 'reference' },
        member_id: { category: 'reference' },
        body: { category: 'communication' },
        posted_at: { category: 'communication' },
      },
    },
  },
} as const;

/** The reader's role must exist already: the sample company's grants make it. */
export async function freshForum(label: string): Promise<{ readonly url: string; readonly readerUrl: string }> {
  const { url } = await freshDatabase(`${label}_forum`);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(schema);
    for (const { id, email, account, nick } of Object.values(forumMembers)) {
      await client.query('INSERT INTO members VALUES ($1, $2, $3, $4, $5)', [id, email, account, nick, '2026-03-01Z']);
      for (const no of [1, 2, 3]) {
        await client.query('INSERT INTO posts VALUES ($1, $2, $3, $4)', [
          Number(id) * 100 + no,
          id,
          `Post ${no} of ${nick}`,
          `2026-04-0${no}Z`,
        ]);
      }
    }
  } finally {
    await client.end();
  }
  return { url, readerUrl: readerUrl(url, readerPassword) };
}
