/**
 * The only file that talks to PostgreSQL: connections, one transaction per piece of work (read-only, but for the login that
 * erases), time limits on both ends, cancellation that reaches the server, and errors mapped once. Must never let a server message, a detail or a
 * value of a row out: an error is a code and a configured place. A connection that saw an error is not used again.
 */
import { Socket } from 'node:net';
import pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { HabeasError } from '../../src/errors.ts';
import type { CallContext } from '../contract.ts';
import { mapError } from './map-error.ts';
import type { Limits } from './settings.ts';

/** A row as text cells, in the order selected. */
export type Row = readonly (string | null)[];

/**
 * One transaction. Of a reading client REPEATABLE READ READ ONLY: everything in it sees the same instant. Of an erasing one
 * READ COMMITTED READ WRITE: each statement meets the rows as they are, and locks what it changes.
 */
export interface Transaction {
  /** The instant its snapshot shows (ISO 8601, UTC). */
  readonly asOf: string;
  /** Runs one statement with bound parameters. `where`: the configured place named if it fails. */
  query(sql: string, params: readonly unknown[], where: string): Promise<readonly Row[]>;
  /** Streams the bytes of `COPY (select) TO STDOUT`, text format. Nothing may run beside it. */
  copy(select: string, where: string): AsyncIterable<Buffer>;
}

/** How much longer than the server's own limit we wait for its word before taking the connection for dead. */
const graceMs = 2_000;
/** A transaction that waits for us (a slow upload, the rate cap) may be idle so long before the server ends it. */
const idleInTransactionMs = 600_000;
const asText = { getTypeParser: () => (value: string) => value };

/** How every transaction of a client begins. */
const beginnings = {
  reads: 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY',
  erases: 'BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE',
} as const;

export class PostgresClient {
  readonly #pool: pg.Pool;
  readonly #limits: Limits;
  readonly #does: keyof typeof beginnings;
  readonly #used = new WeakSet<pg.PoolClient>();

  constructor(url: string, limits: Limits, does: keyof typeof beginnings = 'reads') {
    this.#limits = limits;
    this.#does = does;
    this.#pool = new pg.Pool({
      connectionString: url,
      application_name: 'habeas',
      max: limits.maxConnections,
      connectionTimeoutMillis: limits.connectTimeoutMs,
      idleTimeoutMillis: 10_000,
      keepAlive: true,
      allowExitOnIdle: true,
    });
    // An idle connection that breaks is replaced on the next use; unheard, the event would end the process.
    this.#pool.on('error', () => undefined);
  }

  /** Runs `work` in one transaction. Throws the signal's reason when aborted, else a HabeasError. */
  transaction<T>(context: CallContext, work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.#run(context, work, 'COMMIT');
  }

  /** Runs `work` in a transaction that is rolled back: nothing of it remains. */
  rehearse<T>(context: CallContext, work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.#run(context, work, 'ROLLBACK');
  }

  async #run<T>(
    context: CallContext,
    work: (tx: Transaction) => Promise<T>,
    ending: 'COMMIT' | 'ROLLBACK',
  ): Promise<T> {
    for (;;) {
      context.signal.throwIfAborted();
      const client = await this.#connect(context);
      const wasUsed = this.#used.has(client);
      this.#used.add(client);
      const open = new OpenTransaction(client, this.#limits, () => this.#cancel(client));
      const abort = () => open.abort();
      context.signal.addEventListener('abort', abort, { once: true });
      let begun = false;
      let clean = false;
      try {
        await open.begin(beginnings[this.#does]);
        begun = true;
        const result = await work(open);
        await open.end(ending);
        clean = true;
        return result;
      } catch (error) {
        context.signal.throwIfAborted();
        const mapped = mapError(error, undefined);
        // A connection that broke while it lay idle says nothing about the system now: another one is tried.
        if (begun || !wasUsed || mapped.code !== 'system-unreachable') throw mapped;
      } finally {
        context.signal.removeEventListener('abort', abort);
        if (!clean) open.abandon();
        client.release(!clean);
      }
    }
  }

  async close(): Promise<void> {
    if (!this.#pool.ended) await this.#pool.end();
  }

  async #connect(context: CallContext): Promise<pg.PoolClient> {
    try {
      const client = await this.#pool.connect();
      // The active statement reports a broken connection; unheard, this second report would end the process.
      if (client.listenerCount('error') === 0) client.on('error', () => undefined);
      return client;
    } catch (error) {
      context.signal.throwIfAborted();
      throw mapError(error, undefined);
    }
  }

  /** Asks the server to stop what this connection runs. Best effort: the connection is thrown away in any case. */
  async #cancel(client: pg.PoolClient): Promise<void> {
    const pid: unknown = Reflect.get(client, 'processID');
    const canceller = new pg.Client({
      ...this.#pool.options,
      connectionTimeoutMillis: Math.min(this.#limits.connectTimeoutMs, graceMs),
      query_timeout: graceMs,
    });
    canceller.on('error', () => undefined);
    try {
      await canceller.connect();
      await canceller.query('SELECT pg_catalog.pg_cancel_backend($1)', [pid]);
    } catch {
      // the server's own statement timeout ends it
    } finally {
      await canceller.end().catch(() => undefined);
    }
  }
}

class OpenTransaction implements Transaction {
  asOf = '';
  readonly #client: pg.PoolClient;
  readonly #limits: Limits;
  readonly #cancel: () => Promise<void>;
  /** A statement is running: one that we wait for, or a COPY whose rows are being taken. */
  #waiting = false;
  #copying = false;

  constructor(client: pg.PoolClient, limits: Limits, cancel: () => Promise<void>) {
    this.#client = client;
    this.#limits = limits;
    this.#cancel = cancel;
  }

  async begin(how: string): Promise<void> {
    await this.#answered(this.#client.query(how));
    // Formats are fixed so that the same row gives the same bytes on every server; `row_security` off makes a hidden row
    // an error instead of a silence. Set in the transaction, so that connection poolers do not lose it.
    const settings: Readonly<Record<string, string>> = {
      statement_timeout: String(this.#limits.statementTimeoutMs),
      lock_timeout: String(this.#limits.lockTimeoutMs),
      idle_in_transaction_session_timeout: String(idleInTransactionMs),
      timezone: 'UTC',
      datestyle: 'ISO, YMD',
      intervalstyle: 'iso_8601',
      bytea_output: 'hex',
      extra_float_digits: '1',
      xmlbinary: 'base64',
      lc_monetary: 'C',
      row_security: 'off',
    };
    const list = Object.entries(settings)
      .map(([name, value]) => `pg_catalog.set_config('${name}', '${value}', true)`)
      .join(', ');
    const [row] = await this.query(
      `SELECT pg_catalog.to_char(pg_catalog.now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), ${list}`,
      [],
      'session',
    );
    this.asOf = row?.[0] ?? '';
  }

  async end(how: 'COMMIT' | 'ROLLBACK'): Promise<void> {
    const { command } = await this.#answered(this.#client.query(how));
    // COMMIT after a failed statement answers ROLLBACK, which is no error to the server: nothing was done.
    if (command !== how) throw new HabeasError('system-failed', { where: 'transaction' });
  }

  async query(sql: string, params: readonly unknown[], where: string): Promise<readonly Row[]> {
    try {
      const result = await this.#answered(
        this.#client.query<(string | null)[]>({ text: sql, values: [...params], rowMode: 'array', types: asText }),
      );
      return result.rows;
    } catch (error) {
      throw mapError(error, where);
    }
  }

  async *copy(select: string, where: string): AsyncIterable<Buffer> {
    const stream = this.#client.query(copyTo(`COPY (${select}) TO STDOUT`));
    // Reported through the iterator; once that is gone, unheard, it would end the process.
    stream.on('error', () => undefined);
    const chunks = stream[Symbol.asyncIterator]();
    this.#copying = true;
    try {
      for (;;) {
        const next = await this.#answered(chunks.next());
        if (next.done === true) break;
        yield next.value;
      }
      this.#copying = false;
    } catch (error) {
      throw mapError(error, where);
    } finally {
      if (this.#copying) stream.destroy();
    }
  }

  /** The attempt was cancelled: the server stops the statement, and whoever waits for it wakes. */
  abort(): void {
    void this.#cancel().finally(() => this.#destroySocket());
  }

  /** After a failure: nothing keeps running on the server for us. */
  abandon(): void {
    if (this.#waiting || this.#copying) void this.#cancel();
    this.#destroySocket();
  }

  /** Waits for the server's word, but not for ever: a half-open connection never tells that it is gone. */
  async #answered<T>(word: Promise<T>): Promise<T> {
    let silent = false;
    const timer = setTimeout(() => {
      silent = true;
      this.#destroySocket();
    }, this.#limits.statementTimeoutMs + graceMs);
    this.#waiting = true;
    try {
      const result = await word;
      this.#waiting = false;
      return result;
    } catch (error) {
      if (silent) throw new HabeasError('system-unreachable', { cause: error });
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  #destroySocket(): void {
    const connection: unknown = Reflect.get(this.#client, 'connection');
    const socket: unknown =
      typeof connection === 'object' && connection !== null ? Reflect.get(connection, 'stream') : undefined;
    if (socket instanceof Socket) socket.destroy();
  }
}
