/**
 * A database of a test's own for what is special to the `postgres` connector, with a role that may only read.
 */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import type { CallContext, System, SystemConfig } from '../../connectors/contract.ts';
import { postgres } from '../../connectors/postgres/index.ts';
import type { SystemId } from '../../src/ids.ts';
import { freshDatabase } from '../support/servers.ts';

/** The edge: a slug written in this file. */
const systemId = (slug: string): SystemId => slug as SystemId;

export const context: CallContext = {
  systemId: systemId('account-db'),
  signal: new AbortController().signal,
  progress: () => undefined,
};

export interface TestDatabase {
  readonly admin: pg.Client;
  readonly role: string;
  /** The reader's. */
  readonly url: string;
  /** Opens a system over this database; closed with it. */
  open(dataMap: unknown, options?: Partial<SystemConfig>): System;
  config(dataMap: unknown, options?: Partial<SystemConfig>): SystemConfig;
  stop(): Promise<void>;
}

/** Runs `sql` as the owner and grants the reader SELECT on all of it. */
export async function databaseWith(label: string, sql: string): Promise<TestDatabase> {
  const { url } = await freshDatabase(label);
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  await admin.query(sql);
  const role = `r_${randomBytes(6).toString('hex')}`;
  await admin.query(`CREATE ROLE ${role} LOGIN PASSWORD 'reader'`);
  await admin.query(`GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${role}`);
  const reader = new URL(url);
  reader.username = role;
  reader.password = 'reader';
  const opened: System[] = [];
  const config = (dataMap: unknown, options: Partial<SystemConfig> = {}): SystemConfig => ({
    id: systemId('account-db'),
    name: 'Accounts',
    settings: { url: reader.href },
    dataMap,
    rate: {},
    concurrency: undefined,
    ...options,
  });
  return {
    admin,
    role,
    url: reader.href,
    config,
    open(dataMap, options) {
      const system = postgres.open(config(dataMap, options));
      opened.push(system);
      return system;
    },
    async stop() {
      for (const system of opened) await system.close();
      await admin.query(`DROP OWNED BY ${role}`);
      await admin.query(`DROP ROLE ${role}`);
      await admin.end();
    },
  };
}

export const register = {
  owner: 'person',
  role: 'controller',
  recordClass: 'account',
  category: 'Account data',
  purpose: 'To provide the account',
  legalBasis: 'contract',
  provenance: 'Given by the person',
  recipients: [],
};

export const fields = (...names: string[]): Record<string, { category: string }> =>
  Object.fromEntries(names.map((name) => [name, { category: 'account' }]));

/** A hop to the key `id` of another collection. */
export const to = (collection: string, column: string) => ({ columns: [column], to: collection, toColumns: ['id'] });

export const users = {
  ...register,
  table: 'public.users',
  key: ['id'],
  identifiers: [{ column: 'email', kind: 'email', match: 'proof' }],
  fields: fields('id', 'email'),
};

export const keyOf = (id: string) => [{ collection: 'users', key: [['id', id]], provedBy: 'email' }] as const;
