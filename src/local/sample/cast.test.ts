import { describe, expect, it } from '@jest/globals';
import { beyondDoubles, type CastMember, cast, formulaName, handedOn, officeIp, workspaces } from './cast.ts';
import { canonicalLines, generateCompany } from './company.ts';
import type { SampleCompany, UserRow } from './rows.ts';

const company = generateCompany();

function userOf(member: CastMember): UserRow {
  const user = company.users.find((row) => row.id === member.userId);
  if (user === undefined) throw new Error('a member of the cast without an account');
  return user;
}

const linesNaming = (text: string): string[] =>
  [...canonicalLines(company)].filter((line) => line.includes(JSON.stringify(text).slice(1, -1)));
const tablesNaming = (text: string): string[] => [
  ...new Set(linesNaming(text).map((line) => line.split('\t')[0] ?? '')),
];

describe('the cast', () => {
  it.each(Object.entries<CastMember>(cast))('has %s as announced', (_, member) => {
    if (member.userId === null) {
      expect(company.users.some((user) => user.email === member.email)).toBe(false);
      return;
    }
    const user = userOf(member);
    expect([user.email, user.full_name]).toEqual([member.email, member.name]);
    expect(company.workspace_members.some((m) => m.user_id === user.id && m.workspace_id === member.workspaceId)).toBe(
      true,
    );
  });

  it('gives the sample subject rows in every table, an address nobody else ever had, and a company of her own', () => {
    const { userId, email, workspaceId } = cast.sampleSubject;
    const mine: { [T in keyof SampleCompany]: number } = {
      users: company.users.filter((r) => r.id === userId).length,
      user_emails: company.user_emails.filter((r) => r.user_id === userId).length,
      workspaces: company.workspaces.filter((r) => r.owner_user_id === userId).length,
      workspace_members: company.workspace_members.filter((r) => r.user_id === userId).length,
      invitations: company.invitations.filter((r) => r.invited_by === userId).length,
      personal_settings: company.personal_settings.filter((r) => r.user_id === userId).length,
      sessions: company.sessions.filter((r) => r.user_id === userId).length,
      devices: company.devices.filter((r) => r.installed_by === userId).length,
      playlists: company.playlists.filter((r) => r.owner_user_id === userId).length,
      playlist_collaborators: company.playlist_collaborators.filter((r) => r.user_id === userId).length,
      schedules: company.schedules.filter((r) => r.created_by === userId).length,
      playback_events: company.playback_events.filter((r) => r.started_by === userId).length,
      subscriptions: company.subscriptions.filter((r) => r.ordered_by === userId).length,
      invoices: company.invoices.filter((r) => r.contact_user_id === userId).length,
      invoice_lines: company.invoice_lines.filter((line) =>
        company.invoices.some((r) => r.id === line.invoice_id && r.contact_user_id === userId),
      ).length,
      staff_rota: company.staff_rota.filter((r) => r.user_id === userId).length,
      support_notes: company.support_notes.filter((r) => r.about_user_id === userId).length,
      marketing_consents: company.marketing_consents.filter((r) => r.user_id === userId).length,
      audit_events: company.audit_events.filter((r) => r.actor_user_id === userId).length,
    };
    expect(Object.entries(mine).filter(([, count]) => count === 0)).toEqual([]);
    const sameAddress = company.user_emails.filter((r) => r.email.toLowerCase() === email.toLowerCase());
    expect(sameAddress.map((r) => r.user_id)).toEqual([userId]);
    expect(company.workspaces.find((w) => w.id === workspaceId)?.customer_kind).toBe('company');
  });

  it('has two accounts on one address in different case, of a company and of a sole trader', () => {
    expect(cast.caseUpper.email).not.toBe(cast.caseLower.email);
    expect(cast.caseUpper.email.toLowerCase()).toBe(cast.caseLower.email.toLowerCase());
    const kinds = [cast.caseUpper, cast.caseLower].map(
      (m) => company.workspaces.find((w) => w.owner_user_id === m.userId)?.customer_kind,
    );
    expect(kinds).toEqual(['company', 'sole_trader']);
  });

  it('has one address without a plus and two with, of namesakes and of another person', () => {
    const withoutTag = [cast.plusBase, cast.plusMusic, cast.plusInvoices].map((m) => m.email.replace(/\+[^@]*/, ''));
    expect(new Set(withoutTag).size).toBe(1);
    expect(userOf(cast.plusBase).full_name).toBe(userOf(cast.plusMusic).full_name);
    expect(userOf(cast.plusInvoices).full_name).not.toBe(userOf(cast.plusBase).full_name);
  });

  it('has every Estonian letter, in names and in addresses', () => {
    const text = company.users.map((user) => `${user.full_name} ${user.email}`.toLowerCase()).join(' ');
    for (const letter of 'õäöüšž') expect(text).toContain(letter);
    expect(cast.estonian.email).toMatch(/š.*@ž/);
  });

  it('has two accounts that look alike and differ only in Unicode form', () => {
    const [a, b] = [userOf(cast.composed), userOf(cast.decomposed)];
    expect(a.email).not.toBe(b.email);
    expect(b.email.normalize('NFC')).toBe(a.email);
    expect(b.full_name.normalize('NFC')).toBe(a.full_name);
  });

  it('has emoji in a name, joined with zero width in settings, and in texts', () => {
    expect(userOf(cast.emoji).full_name).toMatch(/\p{Emoji_Presentation}/u);
    const settings = company.personal_settings.find((row) => row.user_id === cast.emoji.userId);
    expect(JSON.stringify(settings?.settings)).toMatch(/\u200d.*🇪🇪/u);
  });

  it('has a mailbox that is declared shared and that several more people use', () => {
    expect(userOf(cast.sharedMailbox).mailbox_kind).toBe('shared');
    expect(company.users.filter((user) => user.mailbox_kind === 'shared')).toHaveLength(1);
    const holders = company.user_emails.filter(
      (row) => row.email === cast.sharedMailbox.email && row.valid_to === null,
    );
    expect(holders.length).toBeGreaterThanOrEqual(3);
  });

  it('has an address handed from one employee to the next, without a gap or an overlap', () => {
    const [before, now, ...more] = company.user_emails.filter((row) => row.email === handedOn.email);
    expect(more).toEqual([]);
    expect([before?.user_id, before?.valid_to]).toEqual([cast.managerBefore.userId, handedOn.at]);
    expect([now?.user_id, now?.valid_from, now?.valid_to]).toEqual([cast.managerNow.userId, handedOn.at, null]);
  });

  it('has a person in two workspaces, one of them a company of somebody else', () => {
    const memberOf = company.workspace_members.filter((row) => row.user_id === cast.twoWorkspaces.userId);
    expect(memberOf.map((row) => [row.workspace_id, row.role])).toEqual([
      [workspaces.wanderer, 'owner'],
      [workspaces.sportsClub, 'member'],
    ]);
  });

  it('has a sole trader with invoices, and a company contact with invoices of a company owned by another', () => {
    const own = company.workspaces.find((w) => w.owner_user_id === cast.soleTrader.userId);
    expect(own?.customer_kind).toBe('sole_trader');
    expect(company.invoices.filter((invoice) => invoice.workspace_id === own?.id)).toHaveLength(10);

    const hotel = company.workspaces.find((w) => w.id === workspaces.hotel);
    expect(hotel?.customer_kind).toBe('company');
    expect(hotel?.owner_user_id).not.toBe(cast.companyContact.userId);
    const named = company.invoices.filter((invoice) => invoice.contact_user_id === cast.companyContact.userId);
    expect(named.length).toBeGreaterThan(3);
    for (const invoice of named) expect(invoice.workspace_id).toBe(workspaces.hotel);
  });

  it('has one address inside another at either end', () => {
    expect(cast.substringLong.email.endsWith(cast.substringShort.email)).toBe(true);
    expect(cast.substringDomain.email.startsWith(cast.substringShort.email)).toBe(true);
  });

  it('has markup in a name, formulas in names and texts, a path in a title, and texts that look like NULL', () => {
    expect(userOf(cast.injection).full_name).toContain('<script>');
    expect(company.workspaces.find((w) => w.id === workspaces.formula)?.name).toBe(formulaName);
    expect(formulaName).toMatch(/^=HYPERLINK\(/);
    expect(company.playlists.some((row) => row.title.startsWith('../../'))).toBe(true);
    expect(userOf(cast.literalNull)).toMatchObject({ full_name: 'NULL', phone: '\\N' });
    expect(company.support_notes.some((row) => row.body.includes('\u0001') && row.body.includes('\u001f'))).toBe(true);
    expect(company.support_notes.some((row) => row.body.includes('\r\n>\t"'))).toBe(true);
  });

  it('has an author of a shared playlist on which colleagues work', () => {
    const shared = company.playlists.filter((row) => row.shared && row.owner_user_id === cast.playlistAuthor.userId);
    expect(shared).toHaveLength(1);
    const others = company.playlist_collaborators.filter((row) => row.playlist_id === shared[0]?.id);
    expect(others.length).toBeGreaterThanOrEqual(2);
  });

  it('has two employees behind one office address, a quarter of an hour apart, time and again', () => {
    const starts = (userId: string): number[] =>
      company.sessions
        .filter((session) => session.user_id === userId && session.ip === officeIp)
        .map((session) => Date.parse(session.started_at));
    const second = starts(cast.officeSecond.userId);
    const near = starts(cast.officeFirst.userId).filter((at) => second.some((other) => Math.abs(other - at) < 900_000));
    expect(near.length).toBeGreaterThan(10);
  });

  it('knows the lead by a consent only, the invited by an invitation only, the barista by the rota only', () => {
    expect(tablesNaming(cast.lead.email)).toEqual(['marketing_consents']);
    expect(tablesNaming(cast.invitee.email)).toEqual(['invitations']);
    expect(tablesNaming(cast.staffOnly.email)).toEqual(['staff_rota']);
  });

  it('knows the person of the logs and the unknown person in no table', () => {
    for (const member of [cast.logsOnly, cast.unknown]) {
      expect(linesNaming(member.email)).toEqual([]);
      expect(linesNaming(member.name)).toEqual([]);
    }
  });

  it('has play log ids that doubles cannot tell apart', () => {
    const ids = company.playback_events.map((row) => row.id);
    expect(BigInt(ids[0] ?? 0)).toBe(beyondDoubles);
    expect(new Set(ids.map(Number)).size).toBeLessThan(ids.length);
  });
});
