/**
 * The ledger's connections. Every one works as the role `habeas_app`, which may neither change nor remove audit rows,
 * whatever the user of the URL may. Dates come back as `YYYY-MM-DD`, int8 as a safe number, timestamptz as Date; every
 * failure as a HabeasError. Opens lazily: a ledger that is down or not migrated shows at the first statement.
 */
import { Kysely, PostgresDialect, type Transaction } from 'kysely';
import pg from 'pg';
import { HabeasError } from '../errors.ts';
import { ledgerError, sqlState, staleState } from './failures.ts';
import type { LedgerDatabase } from './schema.ts';

export interface Ledger {
  readonly db: Kysely<LedgerDatabase>;
  close(): Promise<void>;
}
export type LedgerTransaction = Transaction<LedgerDatabase>;
/** Reads take either; a writer that must be part of the caller's transaction takes a LedgerTransaction. */
export type LedgerReader = Kysely<LedgerDatabase>;

export const appRole = 'habeas_app';

/** Opens the ledger at a PostgreSQL URL; `max` connections (default 10). */
export function openLedger(url: string, options: { readonly max?: number } = {}): Ledger {
  const pool = new pg.Pool({
    connectionString: url,
    max: options.max ?? 10,
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 30_000,
    application_name: 'habeas',
    types: { getTypeParser: typeParser },
  });
  // An idle connection that the server closes must not end the process; the next statement reports it.
  pool.on('error', () => undefined);
  const db = new Kysely<LedgerDatabase>({ dialect: new PostgresDialect({ pool: codedPool(pool) }) });
  let closing: Promise<void> | undefined;
  return {
    db,
    close: () => {
      closing ??= pool.end();
      return closing;
    },
  };
}

const { builtins } = pg.types;

function typeParser(oid: number, format?: 'text' | 'binary'): (text: string) => unknown {
  switch (oid) {
    case builtins.DATE:
      return (text) => text;
    case builtins.INT8:
      return safeInteger;
    default:
      return format === 'binary' ? pg.types.getTypeParser(oid, 'binary') : pg.types.getTypeParser(oid, 'text');
  }
}

function safeInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new HabeasError('internal', { where: 'int8 out of range' });
  return value;
}

interface CodedClient {
  query<R>(sql: string, parameters: readonly unknown[]): Promise<pg.QueryResult<R & pg.QueryResultRow>>;
  query<R>(cursor: R): R;
  release(): void;
}

/** Statements that a connection keeps prepared; lists of many lengths make many texts, and the rest are not kept. */
const mostPrepared = 300;
const longestPrepared = 4_000;

/** The pool as kysely needs it: each new connection takes the role, each failure a code. */
function codedPool(pool: pg.Pool): { connect(): Promise<CodedClient>; end(): Promise<void> } {
  const clients = new WeakMap<pg.PoolClient, CodedClient>();
  const names = new Map<string, string>();
  const nameOf = (sql: string) => {
    const known = names.get(sql);
    if (known !== undefined || names.size >= mostPrepared || sql.length > longestPrepared) return known;
    const name = `habeas-${names.size}`;
    names.set(sql, name);
    return name;
  };
  return {
    connect: async () => {
      const client = await pool.connect().catch((error: unknown) => {
        throw ledgerError(error);
      });
      const known = clients.get(client);
      if (known !== undefined) return known;
      // Nor must one that breaks between two statements of a transaction: the pool listens to idle ones only.
      client.on('error', () => undefined);
      await client.query(`set role ${appRole}`).catch((error: unknown) => {
        client.release(true);
        // 22023: no such role. 42501: not a member of it.
        const state = sqlState(error);
        if (state === '22023') throw new HabeasError('ledger-not-migrated', { cause: error });
        if (state === '42501') throw new HabeasError('ledger-role', { cause: error });
        throw ledgerError(error);
      });
      const coded = codedClient(client, nameOf);
      clients.set(client, coded);
      return coded;
    },
    end: () => pool.end(),
  };
}

/**
 * The same statements come again and again: each is prepared once a connection, which spares the server a third of its work.
 * After a migration under its feet a connection's statements may be stale (0A000): it is not used again.
 */
function codedClient(client: pg.PoolClient, nameOf: (sql: string) => string | undefined): CodedClient {
  let isStale = false;
  function query<R>(sql: string, parameters: readonly unknown[]): Promise<pg.QueryResult<R & pg.QueryResultRow>>;
  function query<R>(cursor: R): R;
  function query<R>(sql: string | R, parameters: readonly unknown[] = []): Promise<pg.QueryResult> | R {
    if (typeof sql !== 'string') throw new HabeasError('internal', { where: 'cursor' });
    const name = parameters.length === 0 ? undefined : nameOf(sql);
    const values = [...parameters];
    return client
      .query(name === undefined ? { text: sql, values } : { name, text: sql, values })
      .catch((error: unknown) => {
        isStale ||= sqlState(error) === staleState;
        throw ledgerError(error);
      });
  }
  return { query, release: () => client.release(isStale) };
}
