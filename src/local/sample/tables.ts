/**
 * Keys and references of the sample account database, in an order in which the tables can be filled. It repeats what
 * account-db.sql says so that rows can be checked without a server; tests/sample-load.test.ts compares both with a real
 * catalogue. Holds no rows.
 */
import type { SampleCompany } from './rows.ts';

export type TableName = keyof SampleCompany;

export interface TableSpec {
  readonly name: TableName;
  readonly key: readonly string[];
  /** `column → table`; every reference points to that table's `id`. */
  readonly references: Readonly<Record<string, TableName>>;
  /** Whether `id` is an identity column whose sequence must go on after the rows. */
  readonly identity?: true;
}

export const tables: readonly TableSpec[] = [
  { name: 'users', key: ['id'], references: {}, identity: true },
  { name: 'user_emails', key: ['user_id', 'email', 'valid_from'], references: { user_id: 'users' } },
  { name: 'workspaces', key: ['id'], references: { owner_user_id: 'users' }, identity: true },
  {
    name: 'workspace_members',
    key: ['workspace_id', 'user_id'],
    references: { workspace_id: 'workspaces', user_id: 'users', invited_by: 'users' },
  },
  {
    name: 'invitations',
    key: ['id'],
    references: { workspace_id: 'workspaces', user_id: 'users', invited_by: 'users' },
  },
  { name: 'personal_settings', key: ['user_id'], references: { user_id: 'users' } },
  { name: 'sessions', key: ['id'], references: { user_id: 'users' } },
  {
    name: 'devices',
    key: ['id'],
    references: { workspace_id: 'workspaces', installed_by: 'users' },
    identity: true,
  },
  {
    name: 'playlists',
    key: ['id'],
    references: { workspace_id: 'workspaces', owner_user_id: 'users' },
    identity: true,
  },
  {
    name: 'playlist_collaborators',
    key: ['playlist_id', 'user_id'],
    references: { playlist_id: 'playlists', user_id: 'users', added_by: 'users' },
  },
  {
    name: 'schedules',
    key: ['id'],
    references: { workspace_id: 'workspaces', playlist_id: 'playlists', created_by: 'users' },
    identity: true,
  },
  {
    name: 'playback_events',
    key: ['id'],
    references: { device_id: 'devices', playlist_id: 'playlists', started_by: 'users' },
  },
  {
    name: 'subscriptions',
    key: ['id'],
    references: { workspace_id: 'workspaces', ordered_by: 'users' },
    identity: true,
  },
  {
    name: 'invoices',
    key: ['id'],
    references: { workspace_id: 'workspaces', contact_user_id: 'users' },
    identity: true,
  },
  { name: 'invoice_lines', key: ['invoice_id', 'line_no'], references: { invoice_id: 'invoices' } },
  {
    name: 'staff_rota',
    key: ['workspace_id', 'staff_no', 'shift_on'],
    references: { workspace_id: 'workspaces' },
  },
  {
    name: 'support_notes',
    key: ['id'],
    references: { about_user_id: 'users', workspace_id: 'workspaces' },
    identity: true,
  },
  { name: 'marketing_consents', key: ['id'], references: { user_id: 'users' }, identity: true },
  { name: 'audit_events', key: ['id'], references: { actor_user_id: 'users', workspace_id: 'workspaces' } },
];
