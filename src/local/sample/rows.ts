/**
 * The rows of the sample company, one type per table of examples/sample-company/account-db.sql, columns in its order.
 * Values are written as PostgreSQL reads them from JSON: int8 and numeric as decimal text (nothing is rounded on the
 * way), instants as ISO 8601 in UTC, dates as YYYY-MM-DD, bytea as `\x…`. Types only: nothing here runs.
 */

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

export type UserRow = {
  id: string;
  public_id: string;
  email: string;
  full_name: string;
  phone: string | null;
  locale: string;
  mailbox_kind: 'personal' | 'shared';
  auth_subject: string;
  recovery_code_hash: string | null;
  avatar: string | null;
  tags: readonly string[];
  newsletter: boolean | null;
  created_at: string;
  last_seen_at: string | null;
  closed_at: string | null;
};
export type UserEmailRow = {
  user_id: string;
  email: string;
  valid_from: string;
  valid_to: string | null;
  verified: boolean;
};
export type WorkspaceRow = {
  id: string;
  name: string;
  customer_kind: 'company' | 'sole_trader';
  registry_code: string | null;
  vat_number: string | null;
  owner_user_id: string;
  billing_customer_id: string | null;
  billing_email: string | null;
  street: string | null;
  city: string | null;
  postal_code: string | null;
  country: string;
  created_at: string;
  closed_at: string | null;
};
export type WorkspaceMemberRow = {
  workspace_id: string;
  user_id: string;
  role: 'owner' | 'admin' | 'member' | 'billing';
  invited_by: string | null;
  joined_at: string;
  left_at: string | null;
};
export type InvitationRow = {
  id: string;
  workspace_id: string;
  email: string;
  user_id: string | null;
  invited_by: string;
  message: string | null;
  sent_at: string;
  accepted_at: string | null;
};
export type PersonalSettingsRow = {
  user_id: string;
  settings: Json;
  signature: string | null;
  favourite_tags: readonly string[];
  updated_at: string;
};
export type SessionRow = {
  id: string;
  user_id: string;
  ip: string;
  user_agent: string;
  started_at: string;
  ended_at: string | null;
};
export type DeviceRow = {
  id: string;
  workspace_id: string;
  label: string;
  serial_number: string;
  installed_by: string | null;
  last_ip: string | null;
  gain: number;
  played_ms_total: string;
  online: boolean | null;
  paired_at: string;
};
export type PlaylistRow = {
  id: string;
  workspace_id: string;
  owner_user_id: string;
  title: string;
  description: string | null;
  tracks: Json;
  shared: boolean;
  created_at: string;
};
export type PlaylistCollaboratorRow = {
  playlist_id: string;
  user_id: string;
  added_by: string | null;
  can_edit: boolean;
  added_at: string;
};
export type ScheduleRow = {
  id: string;
  workspace_id: string;
  playlist_id: string | null;
  created_by: string;
  name: string;
  days: readonly string[];
  starts_at: string;
  ends_at: string;
  crossfade: string | null;
  valid_from: string;
  valid_to: string | null;
  notes: string | null;
};
export type PlaybackEventRow = {
  id: string;
  device_id: string;
  playlist_id: string | null;
  started_by: string | null;
  track: string;
  artist: string;
  isrc: string | null;
  duration_s: number;
  volume: string | null;
  played_at: string;
};
export type SubscriptionRow = {
  id: string;
  workspace_id: string;
  plan: string;
  status: 'trialing' | 'active' | 'cancelled';
  monthly_price: string;
  ordered_by: string | null;
  started_on: string;
  ended_on: string | null;
};
export type InvoiceRow = {
  id: string;
  workspace_id: string;
  number: string;
  contact_user_id: string | null;
  contact_name: string | null;
  contact_email: string | null;
  bill_to_name: string;
  bill_to_address: string;
  customer_vat_number: string | null;
  supply_scheme: 'domestic' | 'reverse_charge' | 'oss';
  issued_on: string;
  recorded_on: string;
  due_on: string;
  paid_on: string | null;
  currency: string;
  net: string;
  vat: string;
  total: string;
};
export type InvoiceLineRow = {
  invoice_id: string;
  line_no: number;
  description: string;
  quantity: string;
  unit_price: string;
  vat_rate: string;
  amount: string;
};
export type StaffRotaRow = {
  workspace_id: string;
  staff_no: string;
  shift_on: string;
  staff_name: string;
  staff_email: string | null;
  user_id: string | null;
  staff_phone: string | null;
  starts_at: string;
  ends_at: string;
  remark: string | null;
};
export type SupportNoteRow = {
  id: string;
  about_user_id: string;
  workspace_id: string | null;
  channel: string;
  written_by: string;
  body: string;
  attributes: Json;
  written_at: string;
};
export type MarketingConsentRow = {
  id: string;
  email: string;
  user_id: string | null;
  purpose: string;
  source: string;
  wording: string;
  ip: string | null;
  given_at: string;
  withdrawn_at: string | null;
};
export type AuditEventRow = {
  id: string;
  actor_user_id: string | null;
  workspace_id: string | null;
  action: string;
  ip: string | null;
  details: Json;
  occurred_at: string;
};

/** Every row of the account database, by table. */
export type SampleCompany = {
  readonly users: readonly UserRow[];
  readonly user_emails: readonly UserEmailRow[];
  readonly workspaces: readonly WorkspaceRow[];
  readonly workspace_members: readonly WorkspaceMemberRow[];
  readonly invitations: readonly InvitationRow[];
  readonly personal_settings: readonly PersonalSettingsRow[];
  readonly sessions: readonly SessionRow[];
  readonly devices: readonly DeviceRow[];
  readonly playlists: readonly PlaylistRow[];
  readonly playlist_collaborators: readonly PlaylistCollaboratorRow[];
  readonly schedules: readonly ScheduleRow[];
  readonly playback_events: readonly PlaybackEventRow[];
  readonly subscriptions: readonly SubscriptionRow[];
  readonly invoices: readonly InvoiceRow[];
  readonly invoice_lines: readonly InvoiceLineRow[];
  readonly staff_rota: readonly StaffRotaRow[];
  readonly support_notes: readonly SupportNoteRow[];
  readonly marketing_consents: readonly MarketingConsentRow[];
  readonly audit_events: readonly AuditEventRow[];
};
