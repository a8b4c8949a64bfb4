/**
 * What one person must get out of the sample company's account database, asked of the database itself in SQL written
 * by hand, apart from connector, policy and data map: per collection the keys of what is given, and the numbers of what
 * is withheld and referred. Where a row is a company's, being its contact, author or buyer gives the person some fields.
 */
import type pg from 'pg';

export interface Expected {
  /** Keys as text, columns joined by `/`, sorted. */
  readonly exported: readonly string[];
  readonly withheld: number;
  readonly referred: number;
}

interface Rule {
  /** The key, as one text. */
  readonly key: string;
  readonly from: string;
  /** Holds where the row is the person's, wholly or by some fields. `$1` is the person. */
  readonly mine: string;
  /** Names the workspace of a row that is a workspace's; absent where the rule above is all. */
  readonly workspaceColumn?: string;
}

const ownedWorkspace = (column: string) => `${column} IN (SELECT id FROM workspaces WHERE owner_user_id = $1)`;
const soleTrader = (column: string) =>
  `${column} IN (SELECT id FROM workspaces WHERE owner_user_id = $1 AND customer_kind = 'sole_trader')`;

const rules: Readonly<Record<string, Rule>> = {
  users: { key: 'id::text', from: 'users', mine: 'id = $1' },
  user_emails: {
    key: `user_id || '/' || email`,
    from: 'user_emails',
    mine: 'user_id = $1',
  },
  workspaces: { key: 'id::text', from: 'workspaces', mine: 'owner_user_id = $1' },
  workspace_members: { key: `workspace_id || '/' || user_id`, from: 'workspace_members', mine: 'user_id = $1' },
  invitations: { key: 'id::text', from: 'invitations', mine: 'user_id = $1 OR invited_by = $1' },
  personal_settings: { key: 'user_id::text', from: 'personal_settings', mine: 'user_id = $1' },
  sessions: { key: 'id::text', from: 'sessions', mine: 'user_id = $1' },
  devices: { key: 'id::text', from: 'devices', mine: 'installed_by = $1', workspaceColumn: 'workspace_id' },
  playlists: { key: 'id::text', from: 'playlists', mine: 'owner_user_id = $1', workspaceColumn: 'workspace_id' },
  playlist_collaborators: {
    key: `playlist_id || '/' || user_id`,
    from: 'playlist_collaborators',
    mine: 'user_id = $1',
  },
  schedules: { key: 'id::text', from: 'schedules', mine: 'created_by = $1', workspaceColumn: 'workspace_id' },
  playback_events: {
    key: 'p.id::text',
    from: 'playback_events p JOIN devices d ON d.id = p.device_id',
    mine: 'p.started_by = $1',
    workspaceColumn: 'd.workspace_id',
  },
  subscriptions: { key: 'id::text', from: 'subscriptions', mine: 'ordered_by = $1', workspaceColumn: 'workspace_id' },
  invoices: { key: 'id::text', from: 'invoices', mine: 'contact_user_id = $1', workspaceColumn: 'workspace_id' },
  invoice_lines: {
    key: `l.invoice_id || '/' || l.line_no`,
    from: 'invoice_lines l JOIN invoices i ON i.id = l.invoice_id',
    mine: 'false',
    workspaceColumn: 'i.workspace_id',
  },
  support_notes: { key: 'id::text', from: 'support_notes', mine: 'about_user_id = $1' },
  marketing_consents: { key: 'id::text', from: 'marketing_consents', mine: 'user_id = $1' },
  audit_events: { key: 'id::text', from: 'audit_events', mine: 'actor_user_id = $1' },
};

/** Columns of the keys above, to compare with what a package holds. */
const keyColumns: Readonly<Record<string, readonly string[]>> = {
  user_emails: ['user_id', 'email'],
  workspace_members: ['workspace_id', 'user_id'],
  personal_settings: ['user_id'],
  playlist_collaborators: ['playlist_id', 'user_id'],
  invoice_lines: ['invoice_id', 'line_no'],
};

/** The keys of a package's records, as {@link expectedOf} writes them. */
export function keysOf(collection: string, records: readonly Readonly<Record<string, unknown>>[]): readonly string[] {
  const columns = keyColumns[collection] ?? ['id'];
  return records.map((record) => columns.map((column) => String(record[column])).join('/')).sort();
}

/** Every collection of the data map, those without a row included. */
export async function expectedOf(accounts: pg.Pool, userId: string): Promise<Readonly<Record<string, Expected>>> {
  const found: Record<string, Expected> = {};
  for (const [name, rule] of Object.entries(rules)) found[name] = await byRule(accounts, rule, userId);
  const { rows } = await accounts.query('SELECT count(*)::int AS n FROM staff_rota WHERE user_id = $1', [userId]);
  found.staff_rota = { exported: [], withheld: 0, referred: rows[0].n };
  return found;
}

async function byRule(
  accounts: pg.Pool,
  { key, from, mine, workspaceColumn }: Rule,
  userId: string,
): Promise<Expected> {
  const given = workspaceColumn === undefined ? mine : `(${mine}) IS TRUE OR ${soleTrader(workspaceColumn)}`;
  // A row that nobody started or installed has no person: null is not "mine".
  const exported = await accounts.query(`SELECT ${key} AS key FROM ${from} WHERE (${given}) IS TRUE`, [userId]);
  const keys = exported.rows.map((row) => String(row.key)).sort();
  if (workspaceColumn === undefined) return { exported: keys, withheld: 0, referred: 0 };
  const others = await accounts.query(
    `SELECT count(*)::int AS n FROM ${from} WHERE ${ownedWorkspace(workspaceColumn)} AND (${given}) IS NOT TRUE`,
    [userId],
  );
  return { exported: keys, withheld: others.rows[0].n, referred: 0 };
}
