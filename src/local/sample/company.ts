/**
 * The sample company as a whole: every row of its account database, from a seed. Pure: the same seed gives the same bytes
 * on every machine and on every day, which company.test.ts pins. Fails only by a RangeError in a draw, never by I/O.
 */
import { createHash } from 'node:crypto';
import { makeAuditEvents, makeSessions } from './activity.ts';
import { makeInvoices, makeSubscriptions } from './billing.ts';
import { makeCollaborators, makeDevices, makePlayback, makePlaylists, makeSchedules } from './music.ts';
import { makeSettings, makeUserEmails, makeUsers, tombstoneRow } from './people.ts';
import { sampleSeed } from './prng.ts';
import { makeConsents, makeStaffRota, makeSupportNotes } from './relations.ts';
import type { SampleCompany } from './rows.ts';
import { tables } from './tables.ts';
import { makeInvitations, makeMembers, makeWorkspaces } from './workspaces.ts';

/** Every row of the sample company's account database. Another seed keeps the cast and changes what surrounds it. */
export function generateCompany(seed: string = sampleSeed): SampleCompany {
  const users = makeUsers(seed);
  const workspaces = makeWorkspaces(seed, users);
  const members = makeMembers(users);
  const devices = makeDevices(seed, workspaces, members);
  const playlists = makePlaylists(seed, workspaces, members);
  const sessions = makeSessions(seed, users);
  const { invoices, lines } = makeInvoices(seed, workspaces, users);
  return {
    users: [tombstoneRow, ...users],
    user_emails: makeUserEmails(users),
    workspaces,
    workspace_members: members,
    invitations: makeInvitations(seed, users, members),
    personal_settings: makeSettings(seed, users),
    sessions,
    devices,
    playlists,
    playlist_collaborators: makeCollaborators(seed, playlists, members),
    schedules: makeSchedules(seed, workspaces, members, playlists),
    playback_events: makePlayback(seed, devices, playlists, workspaces, members),
    subscriptions: makeSubscriptions(seed, workspaces),
    invoices,
    invoice_lines: lines,
    staff_rota: makeStaffRota(seed),
    support_notes: makeSupportNotes(seed, users, members),
    marketing_consents: makeConsents(seed, users),
    audit_events: makeAuditEvents(seed, sessions, members),
  };
}

/** One line per row, `table<TAB>JSON`, in the order of {@link tables}. */
export function* canonicalLines(company: SampleCompany): Generator<string> {
  for (const { name } of tables) for (const row of company[name]) yield `${name}\t${JSON.stringify(row)}\n`;
}

/** SHA-256 of the canonical lines, hexadecimal: names this sample company. */
export function companyDigest(company: SampleCompany): string {
  const hash = createHash('sha256');
  for (const line of canonicalLines(company)) hash.update(line);
  return hash.digest('hex');
}
