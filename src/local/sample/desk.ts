/**
 * The sample company's support desk as Zendesk has it: every account as a user (its `external_id` is `users.id`), customers as
 * organizations, two agents, the conversations of the cast (desk-conversations.ts) and a crowd of ordinary ones (desk-crowd.ts). Beside
 * them people whom only the desk knows. Pure: the same company gives the same desk.
 */
import { createHash } from 'node:crypto';
import type { Entity } from '../zendesk/core/types.ts';
import type { Fixture, FixtureUser } from '../zendesk/fixtures.ts';
import { cast, tombstone } from './cast.ts';
import { generateCompany } from './company.ts';
import { agents, deskCast, deskUserId } from './desk-cast.ts';
import { castConversations } from './desk-conversations.ts';
import { crowdConversations } from './desk-crowd.ts';
import type { SampleCompany, UserRow } from './rows.ts';

/** All of it, for `loadFixture`. */
export function sampleDesk(company: SampleCompany = generateCompany()): Fixture {
  const accounts = company.users.filter(({ id }) => id !== tombstone.userId);
  return {
    organizations: company.workspaces.map(({ id, name, created_at }) => ({
      id: organizationId(id),
      name,
      external_id: id,
      created_at,
      updated_at: created_at,
    })),
    groups: [{ id: 360_000_900_001, name: 'Klienditugi', created_at: since, updated_at: since }],
    ticket_fields: ticketFields,
    user_fields: [field(360_000_800_011, 'text', 'Eelistatud kõneaeg', { key: 'call_time' })],
    users: [
      ...Object.values(agents).map((agent) => ({ ...agent, role: 'agent', created_at: since })),
      ...accounts.map((account) => userOf(account, company)),
      ...Object.values(deskCast).map(({ id, name, email, created_at }) => ({ id, name, email, created_at })),
    ],
    tickets: [...castConversations(), ...crowdConversations(accounts)],
    suspended_tickets: [
      {
        id: 360_000_700_001,
        author: { id: null, ...pick(deskCast.suspended) },
        subject: 'Re: [Spam?] Võitsite kõlari',
        content: `Tere, mina olen ${deskCast.suspended.name} ja ma ei võitnud midagi.`,
        cause: 'Detected as spam',
        cause_id: 1,
        recipient: 'tugi@naidisheli.example',
      },
    ],
  };
}

/** Names this desk: SHA-256 of it, hexadecimal. */
export function sampleDeskDigest(): string {
  return createHash('sha256').update(JSON.stringify(sampleDesk())).digest('hex');
}

const since = '2024-01-02T08:00:00Z';

const field = (id: number, type: string, title: string, more: object = {}): Entity => ({
  id,
  type,
  title,
  raw_title: title,
  active: true,
  created_at: since,
  updated_at: since,
  ...more,
});

/** The desk's own fields of a ticket: which device, and whom to call. */
export const ticketFieldIds = { device: 360_000_800_001, callBack: 360_000_800_002 } as const;

const ticketFields: readonly Entity[] = [
  field(ticketFieldIds.device, 'text', 'Seade'),
  field(ticketFieldIds.callBack, 'text', 'Kellele helistada'),
];

const organizationId = (workspaceId: string): number => 360_000_500_000 + Number(workspaceId);

const pick = ({ name, email }: { readonly name: string; readonly email: string }) => ({ name, email });

function userOf(account: UserRow, company: SampleCompany): FixtureUser {
  const workspace = company.workspace_members.find(({ user_id }) => user_id === account.id)?.workspace_id;
  const isFormer = account.id === cast.formerMember.userId;
  return {
    id: deskUserId(account.id),
    name: account.full_name,
    email: account.email,
    external_id: account.id,
    phone: account.phone,
    locale: account.locale === 'en' ? 'en-US' : account.locale,
    created_at: account.created_at,
    organization_id: workspace === undefined ? null : organizationId(workspace),
    // She closed her account in July and the desk forgot the second half of it.
    ...(isFormer ? { deleted: true, notes: 'Konto suletud juulis 2026.' } : {}),
    ...(account.id === cast.twoWorkspaces.userId ? { other_emails: ['rasmus.rändur@saar.example'] } : {}),
    ...(account.id === cast.sampleSubject.userId
      ? { notes: 'Eelistab e-kirja. Helistada pärast kella 15.', user_fields: { call_time: 'pärast kella 15' } }
      : {}),
  };
}
