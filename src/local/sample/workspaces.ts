/**
 * The twenty customers, who belongs to which, and whom they invited. Pure. Registry codes begin with 99 and VAT numbers
 * end in letters, so that none can be a real company's.
 */
import { cast, formulaName, handedOn, workspaces as part } from './cast.ts';
import { stream } from './prng.ts';
import type { InvitationRow, UserRow, WorkspaceMemberRow, WorkspaceRow } from './rows.ts';
import { instant, plusDays } from './time.ts';

interface Customer {
  readonly id: string;
  readonly name: string;
  readonly kind: 'company' | 'sole_trader';
  readonly domain: string;
  readonly owner: string;
  readonly city: string;
  readonly country?: string;
}

const company = (
  id: string,
  name: string,
  domain: string,
  owner: string,
  city = 'Tartu',
  country = 'EE',
): Customer => ({
  id,
  name,
  kind: 'company',
  domain,
  owner,
  city,
  country,
});
const soleTrader = (id: string, name: string, domain: string, owner: string, city = 'Tartu'): Customer => ({
  id,
  name,
  kind: 'sole_trader',
  domain,
  owner,
  city,
});

const customers: readonly Customer[] = [
  company(part.cafe, 'Kohvik Kuukala OÜ', 'kuukala.example', cast.sampleSubject.userId),
  company(part.hotel, 'Hotell Udusild AS', 'udusild.example', cast.hotelOwner.userId),
  company('503', 'Raamatupood Rebane OÜ', 'rebane.example', cast.plusBase.userId),
  soleTrader(part.silversmith, 'Helmi Hõbe FIE', 'hobe.example', cast.soleTrader.userId, 'Viljandi'),
  company('505', 'Juuksur Põhjatuul OÜ', 'pohjatuul.example', cast.composed.userId),
  company(part.sportsClub, 'Spordiklubi Saar MTÜ', 'saar.example', cast.substringShort.userId, 'Kuressaare'),
  soleTrader(part.wanderer, 'Rasmus Rändur FIE', 'randur.example', cast.twoWorkspaces.userId),
  company('508', 'Baar Kask OÜ', 'kask.example', cast.caseUpper.userId),
  soleTrader('509', 'Mari Tamm FIE', 'kask.example', cast.caseLower.userId, 'Elva'),
  company(part.formula, formulaName, 'kuld.example', cast.injection.userId),
  company(part.danceStudio, 'Tantsustuudio Trumm OÜ', 'trumm.example', cast.playlistAuthor.userId),
  soleTrader('512', 'Žürii-Äärõue FIE', 'zurii.example', cast.estonian.userId, 'Põlva'),
  soleTrader('513', 'Koduküpsetis Käbi FIE', 'kabi.example', '1031', 'Võru'),
  company('514', 'Näidis & Pojad OÜ', 'naidispojad.test', '1032'),
  company('515', 'Pagar Varahommik OÜ', 'varahommik.example', '1033'),
  company('516', 'Tühi Leht OÜ', 'tuhi.example', '1034'),
  company('517', 'Aiand "Roheline \\ Rõõm" OÜ', 'rohelinerõõm.example', '1035', 'Räpina'),
  company(part.finnish, 'Kahvila Revontuli Oy', 'revontuli.example', '1036', 'Turku', 'FI'),
  company(part.latvian, 'Kafejnīca Migla SIA', 'migla.example', '1037', 'Valka', 'LV'),
  company(part.trial, 'Ooter ja Ootamatu OÜ', 'ooter.example', cast.trialUser.userId),
];

interface Membership {
  readonly userId: string;
  readonly workspaceId: string;
  readonly domain: string;
}

/** Every account's first workspace: the cast where it belongs, the others in turn. Sole traders stay alone. */
export const memberships: readonly Membership[] = (() => {
  const first = new Map<string, string>(customers.map((customer) => [customer.owner, customer.id]));
  for (const member of Object.values(cast)) {
    if (member.userId !== null) first.set(member.userId, member.workspaceId);
  }
  const companies = customers.filter((customer) => customer.kind === 'company' && customer.id !== part.trial);
  const list: Membership[] = [];
  for (let id = 1001; id <= 1060; id++) {
    const userId = String(id);
    const workspaceId = first.get(userId) ?? companies[id % companies.length]?.id ?? part.cafe;
    const domain = customers.find((customer) => customer.id === workspaceId)?.domain ?? 'naidisheli.example';
    list.push({ userId, workspaceId, domain });
  }
  return list;
})();

/** The accounts that opened a workspace. */
export const owners: ReadonlySet<string> = new Set(customers.map((customer) => customer.owner));

/** The twenty customers, each opened a quarter of an hour after its owner's account. */
export function makeWorkspaces(seed: string, users: readonly UserRow[]): WorkspaceRow[] {
  const rng = stream(seed, 'workspaces');
  const created = new Map(users.map((user) => [user.id, Date.parse(user.created_at)]));
  return customers.map((customer, index) => ({
    id: customer.id,
    name: customer.name,
    customer_kind: customer.kind,
    registry_code: `99000${customer.id}`,
    vat_number: rng.chance(70) || customer.country !== 'EE' ? `${customer.country ?? 'EE'}99000${customer.id}X` : null,
    owner_user_id: customer.owner,
    billing_customer_id: customer.id === part.trial ? null : `cus_Naidis${customer.id}${rng.hex(4)}`,
    billing_email:
      customer.id === part.cafe ? 'arved@kuukala.example' : rng.chance(60) ? `arved@${customer.domain}` : null,
    street: `Näidise tn ${index + 1}`,
    city: customer.city,
    postal_code: `00${customer.id}`,
    country: customer.country ?? 'EE',
    created_at: new Date((created.get(customer.owner) ?? 0) + 900_000).toISOString(),
    closed_at: null,
  }));
}

/** Who belongs where, in which role. */
export function makeMembers(users: readonly UserRow[]): WorkspaceMemberRow[] {
  const created = new Map(users.map((user) => [user.id, user.created_at]));
  const rows = memberships.map(({ userId, workspaceId }): WorkspaceMemberRow => {
    const owner = customers.find((customer) => customer.id === workspaceId)?.owner ?? userId;
    return {
      workspace_id: workspaceId,
      user_id: userId,
      role: owner === userId ? 'owner' : roleOf(userId),
      invited_by: owner === userId ? null : owner,
      joined_at: created.get(userId) ?? '2024-02-01T08:00:00.000Z',
      left_at: userId === cast.formerMember.userId ? '2026-07-31T12:00:00.000Z' : null,
    };
  });
  rows.push({
    workspace_id: part.sportsClub,
    user_id: cast.twoWorkspaces.userId,
    role: 'member',
    invited_by: cast.substringShort.userId,
    joined_at: '2026-02-11T10:00:00.000Z',
    left_at: null,
  });
  return rows;
}

function roleOf(userId: string): WorkspaceMemberRow['role'] {
  if (userId === cast.companyContact.userId) return 'billing';
  return userId === cast.managerNow.userId || userId === cast.managerBefore.userId ? 'admin' : 'member';
}

/** Accepted ones for every invited member, and one that never was. */
export function makeInvitations(
  seed: string,
  users: readonly UserRow[],
  members: readonly WorkspaceMemberRow[],
): InvitationRow[] {
  const rng = stream(seed, 'invitations');
  const emails = new Map(users.map((user) => [user.id, user.email]));
  const rows = members.flatMap((member): InvitationRow[] => {
    if (member.invited_by === null) return [];
    return [
      {
        id: rng.uuid(),
        workspace_id: member.workspace_id,
        email: emailWhenInvited(member.user_id, emails),
        user_id: member.user_id,
        invited_by: member.invited_by,
        message: rng.chance(40) ? 'Tule meie muusikat valima!\nTervitades' : null,
        sent_at: instant(plusDays(member.joined_at.slice(0, 10), -2), rng.int(0, 86_399_999)),
        accepted_at: member.joined_at,
      },
    ];
  });
  rows.push({
    id: rng.uuid(),
    workspace_id: part.cafe,
    email: cast.invitee.email,
    user_id: null,
    invited_by: cast.sampleSubject.userId,
    message: 'Kalju, siin on meie kohviku muusika 🎶',
    sent_at: '2026-09-02T11:05:00.000Z',
    accepted_at: null,
  });
  return rows;
}

/** The account that holds `manager@` today was invited by another address. */
function emailWhenInvited(userId: string, emails: ReadonlyMap<string, string>): string {
  if (userId === cast.managerBefore.userId) return handedOn.email;
  if (userId === cast.managerNow.userId) return 'kaisa.lill@kuukala.example';
  return emails.get(userId) ?? '';
}
