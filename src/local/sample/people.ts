/**
 * Accounts, their addresses over time and their own settings: the cast first, then as many others as make about 60; and
 * the row that stands for whoever was erased.
 * Pure. The others' names come from short lists; no two of them share an address.
 */
import { cast, handedOn, tombstone } from './cast.ts';
import { type Rng, stream } from './prng.ts';
import type { PersonalSettingsRow, UserEmailRow, UserRow } from './rows.ts';
import { instant, plusDays, sampleUntil } from './time.ts';
import { memberships, owners } from './workspaces.ts';

const given =
  'Aet Ants Eha Endel Ilme Juhan Kersti Koit Leida Lembit Maarja Oskar Pille Rein Säde Taavi Urve Väino Õie Ülo'.split(
    ' ',
  );
const family =
  'Aed Haab Jõgi Kivi Käbi Lepp Liiv Mägi Nurm Oja Põld Raba Sõstar Tamm Uibu Vesi Äke Ööbik Ürask Žilinski'.split(' ');
const agents = ['web', 'ios', 'android'] as const;

/** A name in the alphabet of addresses: õ ä ö ü š ž become o a o u s z. */
function ascii(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}

/** Every account, ordered by id. */
export function makeUsers(seed: string): UserRow[] {
  const rng = stream(seed, 'users');
  const named = new Map<string, { email: string; name: string }>();
  for (const member of Object.values(cast)) if (member.userId !== null) named.set(member.userId, member);

  return memberships.map(({ userId, domain }, index) => {
    const invented = `${rng.pick(given)} ${family[index % family.length]}`;
    const who = named.get(userId) ?? { email: `${ascii(invented).replace(' ', '.')}@${domain}`, name: invented };
    const created = owners.has(userId)
      ? plusDays('2024-02-01', rng.int(0, 120))
      : plusDays('2024-07-01', rng.int(0, 540));
    return {
      id: userId,
      public_id: rng.uuid(),
      email: who.email,
      full_name: who.name,
      phone: rng.chance(75) ? `+372 0${rng.int(100, 999)} ${String(Number(userId)).padStart(4, '0')}` : null,
      locale: rng.pick(['et', 'et', 'et', 'en', 'ru']),
      mailbox_kind: userId === cast.sharedMailbox.userId ? 'shared' : 'personal',
      auth_subject: rng.uuid(),
      recovery_code_hash: rng.chance(50) ? `\\x${rng.hex(32)}` : null,
      avatar: rng.chance(40) ? `\\x89504e470d0a1a0a${rng.hex(24)}` : null,
      tags: rng.chance(50) ? [rng.pick(agents), 'early,adopter'] : [],
      newsletter: rng.chance(20) ? null : rng.chance(50),
      created_at: instant(created, rng.int(21_600_000, 68_400_000)),
      last_seen_at:
        rng.chance(90) || named.has(userId)
          ? instant(plusDays(sampleUntil, -rng.int(0, 20)), rng.int(0, 80_000_000))
          : null,
      closed_at: null,
      ...detailsOf(userId),
    };
  });
}

/** See {@link tombstone}: it came with the schema, and nobody can log in as it. */
export const tombstoneRow: UserRow = {
  id: tombstone.userId,
  public_id: '00000000-0000-4000-8000-000000000001',
  email: tombstone.email,
  full_name: tombstone.name,
  phone: null,
  locale: 'et',
  mailbox_kind: 'personal',
  auth_subject: '00000000-0000-4000-8000-000000000002',
  recovery_code_hash: null,
  avatar: null,
  tags: [],
  newsletter: null,
  created_at: '2024-01-02T08:00:00.000Z',
  last_seen_at: null,
  closed_at: '2024-01-02T08:00:00.000Z',
};

/** What single members of the cast need beyond chance. */
function detailsOf(userId: string): Partial<UserRow> {
  switch (userId) {
    case cast.sampleSubject.userId:
      return {
        phone: '+372 0555 1001',
        locale: 'et',
        avatar: '\\x89504e470d0a1a0a00ff5c6e',
        recovery_code_hash: `\\x${'5c'.repeat(32)}`,
        tags: ['owner', 'beta "kuular"', 'komma, ja \\ kaldkriips'],
        newsletter: true,
        created_at: '2024-03-04T07:12:33.123Z',
        last_seen_at: '2026-10-30T16:40:01.007Z',
      };
    case cast.formerMember.userId:
      return { closed_at: '2026-07-31T13:00:00.000Z', last_seen_at: '2026-07-30T09:15:00.000Z' };
    case cast.literalNull.userId:
      return {
        phone: '\\N',
        tags: ['NULL', '', '{}', '\\.', 'tab\there', 'line\r\nend', '\u0001\u007f'],
        last_seen_at: null,
      };
    case cast.trialUser.userId:
      return { created_at: '2026-10-20T08:30:00.000Z', last_seen_at: '2026-10-31T09:00:00.000Z', newsletter: true };
    default:
      return {};
  }
}

/** Every address an account has or had. */
export function makeUserEmails(users: readonly UserRow[]): UserEmailRow[] {
  const rows: UserEmailRow[] = [];
  for (const user of users) {
    const current = {
      user_id: user.id,
      email: user.email,
      valid_from: user.created_at,
      valid_to: null,
      verified: true,
    };
    switch (user.id) {
      case cast.managerBefore.userId:
        rows.push(
          { ...current, email: handedOn.email, valid_to: handedOn.at },
          { ...current, valid_from: handedOn.at },
        );
        break;
      case cast.managerNow.userId:
        rows.push(
          { ...current, email: 'kaisa.lill@kuukala.example', valid_to: handedOn.at },
          { ...current, valid_from: handedOn.at },
        );
        break;
      case cast.officeFirst.userId:
      case cast.officeSecond.userId:
      case cast.hotelOwner.userId:
        rows.push(current, { ...current, email: cast.sharedMailbox.email, verified: false });
        break;
      default:
        rows.push(current);
    }
  }
  return rows;
}

/** One row of settings for most accounts; emoji, quotes and line ends for the cast. */
export function makeSettings(seed: string, users: readonly UserRow[]): PersonalSettingsRow[] {
  const rng = stream(seed, 'personal_settings');
  return users
    .filter((user) => rng.chance(85) || settled.has(user.id))
    .map((user) => ({
      user_id: user.id,
      settings: {
        theme: rng.pick(['dark', 'light']),
        volume: rng.int(10, 90),
        weekStart: 'mon',
        ...specialSettings(user.id, rng),
      },
      signature: rng.chance(30) ? `Parimate soovidega\n${user.full_name}` : null,
      favourite_tags: rng.chance(50) ? ['džäss', 'öömuusika'] : [],
      updated_at: instant(
        plusDays(user.closed_at?.slice(0, 10) ?? sampleUntil, -rng.int(1, 9)),
        rng.int(0, 86_399_999),
      ),
    }));
}

const settled = new Set<string>([
  cast.sampleSubject.userId,
  cast.emoji.userId,
  cast.literalNull.userId,
  cast.injection.userId,
]);

function specialSettings(userId: string, rng: Rng): Readonly<Record<string, string | number | null>> {
  switch (userId) {
    case cast.sampleSubject.userId:
      return { greeting: 'Tere hommikust ☕️, Kuukala! "Ärka üles" \\o/', mood: '🌙', quietHours: '22:00–07:00' };
    case cast.emoji.userId:
      return { mood: '👩🏽‍🎤🏳️‍🌈🇪🇪', greeting: '🎧'.repeat(3), zeroWidth: 'a\u200db', lines: 'üks\u2028kaks' };
    case cast.literalNull.userId:
      return { nothing: null, text: 'null', controls: '\u0001\u0008\u000b\u001f', tab: '\t', bell: '\u0007' };
    case cast.injection.userId:
      return {
        greeting: '</script><svg onload=alert(1)>',
        formula: '=1+1',
        sum: '@SUM(A1)',
        plus: '+372',
        minus: '-2',
      };
    default:
      return { widget: rng.pick(['queue', 'clock']) };
  }
}
