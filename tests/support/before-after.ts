/**
 * The sample company's account database before and after an erasure, compared by SQL written by hand, apart from connector,
 * policy and data map: every table is copied aside, and afterwards it is asked which rows are gone, which columns of which
 * rows differ, and whether every row that does not name the person is as it was.
 */
import type pg from 'pg';

interface Table {
  readonly key: readonly string[];
  /** Holds where the row `t` names the person `$1`, in any column. */
  readonly names: string;
  /** The workspace of the row `t`; null where it is none's. */
  readonly workspace: string | null;
}

const tables = {
  users: { key: ['id'], names: 't.id = $1', workspace: null },
  user_emails: { key: ['user_id', 'email', 'valid_from'], names: 't.user_id = $1', workspace: null },
  workspaces: { key: ['id'], names: 't.owner_user_id = $1', workspace: 't.id' },
  workspace_members: {
    key: ['workspace_id', 'user_id'],
    names: 't.user_id = $1 OR t.invited_by = $1',
    workspace: 't.workspace_id',
  },
  invitations: { key: ['id'], names: 't.user_id = $1 OR t.invited_by = $1', workspace: 't.workspace_id' },
  personal_settings: { key: ['user_id'], names: 't.user_id = $1', workspace: null },
  sessions: { key: ['id'], names: 't.user_id = $1', workspace: null },
  devices: { key: ['id'], names: 't.installed_by = $1', workspace: 't.workspace_id' },
  playlists: { key: ['id'], names: 't.owner_user_id = $1', workspace: 't.workspace_id' },
  playlist_collaborators: {
    key: ['playlist_id', 'user_id'],
    names: 't.user_id = $1 OR t.added_by = $1',
    workspace: null,
  },
  schedules: { key: ['id'], names: 't.created_by = $1', workspace: 't.workspace_id' },
  playback_events: {
    key: ['id'],
    names: 't.started_by = $1',
    workspace: '(SELECT d.workspace_id FROM before.devices d WHERE d.id = t.device_id)',
  },
  subscriptions: { key: ['id'], names: 't.ordered_by = $1', workspace: 't.workspace_id' },
  invoices: { key: ['id'], names: 't.contact_user_id = $1', workspace: 't.workspace_id' },
  invoice_lines: {
    key: ['invoice_id', 'line_no'],
    names: 'false',
    workspace: '(SELECT i.workspace_id FROM before.invoices i WHERE i.id = t.invoice_id)',
  },
  staff_rota: { key: ['workspace_id', 'staff_no', 'shift_on'], names: 'false', workspace: 't.workspace_id' },
  support_notes: { key: ['id'], names: 't.about_user_id = $1', workspace: null },
  marketing_consents: { key: ['id'], names: 't.user_id = $1', workspace: null },
  audit_events: { key: ['id'], names: 't.actor_user_id = $1', workspace: null },
} as const satisfies Readonly<Record<string, Table>>;
export type TableName = keyof typeof tables;
export const tableNames = Object.keys(tables).filter((name): name is TableName => Object.hasOwn(tables, name));

export interface Person {
  readonly userId: string;
  /** A workspace that is theirs as a whole; its rows are the person's. */
  readonly workspaceId?: string;
}

export interface Difference {
  readonly gone: readonly string[];
  readonly added: readonly string[];
  /** Names of the columns that differ, by the row's key. */
  readonly changed: Readonly<Record<string, readonly string[]>>;
}

/** Copies every table aside, in place of an earlier copy. */
export async function takeCopy(accounts: pg.Pool): Promise<void> {
  const copies = tableNames.map((name) => `CREATE TABLE before.${name} AS TABLE public.${name};`);
  await accounts.query(`DROP SCHEMA IF EXISTS before CASCADE; CREATE SCHEMA before; ${copies.join(' ')}`);
}

/** What differs from the copy in any table; tables without a difference are left out. */
export async function differences(accounts: pg.Pool): Promise<Readonly<Partial<Record<TableName, Difference>>>> {
  const found: Partial<Record<TableName, Difference>> = {};
  for (const name of tableNames) {
    const difference = await differenceIn(accounts, name);
    const { gone, added, changed } = difference;
    if (gone.length + added.length + Object.keys(changed).length > 0) found[name] = difference;
  }
  return found;
}

async function differenceIn(accounts: pg.Pool, name: TableName): Promise<Difference> {
  const key = (alias: string) => tables[name].key.map((column) => `${alias}.${column}::text`).join(` || '/' || `);
  const rows = await accounts.query(
    `SELECT coalesce(${key('b')}, ${key('n')}) AS key, to_jsonb(b) AS was, to_jsonb(n) AS is
     FROM before.${name} b FULL JOIN public.${name} n USING (${tables[name].key.join(', ')})
     WHERE to_jsonb(b) IS DISTINCT FROM to_jsonb(n) ORDER BY 1`,
  );
  const keys = (has: (row: { was: object | null; is: object | null }) => boolean) =>
    rows.rows.filter(has).map((row) => String(row.key));
  const both = rows.rows.filter(({ was, is }) => was !== null && is !== null);
  return {
    gone: keys(({ is }) => is === null),
    added: keys(({ was }) => was === null),
    changed: Object.fromEntries(
      both.map((row) => [
        String(row.key),
        Object.keys(row.was)
          .filter((column) => JSON.stringify(row.was[column]) !== JSON.stringify(row.is[column]))
          .sort(),
      ]),
    ),
  };
}

/** A digest per table of the rows that are not the person's: of the copy, and of the same rows now. */
export async function othersDigests(
  accounts: pg.Pool,
  person: Person,
): Promise<Readonly<Record<'before' | 'after', Readonly<Record<string, string>>>>> {
  const digests = { before: new Map<string, string>(), after: new Map<string, string>() };
  for (const name of tableNames) {
    const { key } = tables[name];
    const same = key.map((column) => `t.${column} = n.${column}`).join(' AND ');
    const digest = (alias: string) =>
      `count(*) || ' ' || coalesce(md5(string_agg(${alias}::text, E'\\n' ORDER BY ${alias}::text)), '')`;
    const { rows } = await accounts.query(
      `SELECT (SELECT ${digest('t')} FROM before.${name} t WHERE NOT (${theirs(name, person)})) AS was,
        (SELECT ${digest('n')} FROM public.${name} n
         WHERE NOT EXISTS (SELECT FROM before.${name} t WHERE ${same} AND (${theirs(name, person)}))) AS is
       WHERE $1::bigint IS NOT NULL`,
      [person.userId],
    );
    digests.before.set(name, rows[0].was);
    digests.after.set(name, rows[0].is);
  }
  return { before: Object.fromEntries(digests.before), after: Object.fromEntries(digests.after) };
}

/** Keys, in the copy, of the rows that name the person. */
export async function keysNaming(accounts: pg.Pool, name: TableName, userId: string, where = 'true') {
  const key = tables[name].key.map((column) => `t.${column}::text`).join(` || '/' || `);
  const { rows } = await accounts.query(
    `SELECT ${key} AS key FROM before.${name} t
     WHERE (${tables[name].names}) AND (${where}) AND $1::bigint IS NOT NULL ORDER BY 1`,
    [userId],
  );
  return rows.map((row) => String(row.key));
}

/** How many rows name the person now, by table; tables without one are left out. */
export async function stillNaming(accounts: pg.Pool, userId: string): Promise<Readonly<Record<string, number>>> {
  const found: Record<string, number> = {};
  for (const name of tableNames) {
    const { rows } = await accounts.query(
      `SELECT count(*)::int AS n FROM public.${name} t WHERE (${tables[name].names}) AND $1::bigint IS NOT NULL`,
      [userId],
    );
    if (rows[0].n > 0) found[name] = rows[0].n;
  }
  return found;
}

/** Sums of what was invoiced per month and currency, with the number of invoices and lines. */
export async function invoiceSums(accounts: pg.Pool, schema: 'before' | 'public'): Promise<unknown> {
  const { rows } = await accounts.query(
    `SELECT to_char(issued_on, 'YYYY-MM') AS month, currency, count(*)::int AS invoices, sum(net)::text AS net,
       sum(vat)::text AS vat, sum(total)::text AS total, sum(l.lines)::int AS lines, sum(l.amount)::text AS amount
     FROM ${schema}.invoices JOIN (SELECT invoice_id AS id, count(*) AS lines, sum(amount) AS amount
       FROM ${schema}.invoice_lines GROUP BY 1) l USING (id)
     GROUP BY 1, 2 ORDER BY 1, 2`,
  );
  return rows;
}

function theirs(name: TableName, { workspaceId }: Person): string {
  const { names, workspace } = tables[name];
  // Null is not "theirs".
  const byName = `(${names}) IS TRUE`;
  if (workspaceId === undefined || workspace === null) return byName;
  return `${byName} OR ${workspace} = ${Number(workspaceId)}`;
}
