/**
 * What the company holds about people beside the product: the staff rota it keeps for customers (as their processor),
 * support notes, marketing consents. Pure. The texts mention other people on purpose.
 */
import { cast, handedOn, workspaces as part } from './cast.ts';
import { stream } from './prng.ts';
import type { MarketingConsentRow, StaffRotaRow, SupportNoteRow, UserRow, WorkspaceMemberRow } from './rows.ts';
import { instant, plusDays } from './time.ts';

interface Employee {
  readonly workspaceId: string;
  readonly staffNo: string;
  readonly name: string;
  readonly email: string | null;
  readonly userId: string | null;
}

const employees: readonly Employee[] = [
  { ...employee(cast.sampleSubject), workspaceId: part.cafe, staffNo: 'K-01' },
  // Entered by the address of the post, not of the person.
  { ...employee(cast.managerBefore), email: handedOn.email, workspaceId: part.cafe, staffNo: 'K-02' },
  { ...employee(cast.colleague), workspaceId: part.cafe, staffNo: 'K-03' },
  { ...employee(cast.staffOnly), workspaceId: part.cafe, staffNo: 'K-04' },
  { workspaceId: part.cafe, staffNo: 'K-05', name: 'Asendaja, "reedeti"', email: null, userId: null },
  { ...employee(cast.officeFirst), workspaceId: part.hotel, staffNo: 'U/01' },
  { ...employee(cast.officeSecond), workspaceId: part.hotel, staffNo: 'U/02' },
  { workspaceId: part.hotel, staffNo: 'U/03', name: 'Ööportjee Õnnela', email: 'onnela@udusild.example', userId: null },
];

function employee(member: { readonly name: string; readonly email: string; readonly userId: string | null }) {
  return { name: member.name, email: member.email, userId: member.userId };
}

/** Twelve weekly shifts of each of eight employees of two customers. */
export function makeStaffRota(seed: string): StaffRotaRow[] {
  const rng = stream(seed, 'staff_rota');
  return employees.flatMap((who, n) =>
    Array.from(
      { length: 12 },
      (_, week): StaffRotaRow => ({
        workspace_id: who.workspaceId,
        staff_no: who.staffNo,
        shift_on: plusDays('2026-03-02', week * 7 + (n % 5)),
        staff_name: who.name,
        staff_email: who.email,
        user_id: who.userId,
        staff_phone: rng.chance(50) ? `+372 0444 ${String(2000 + n)}` : null,
        starts_at: rng.pick(['06:30:00', '14:00:00']),
        ends_at: rng.pick(['14:00:00', '22:00:00']),
        remark: rng.chance(15) ? 'haige; asendab Brita' : null,
      }),
    ),
  );
}

const bodies = [
  'Heli katkeb terrassil. Juhendatud taaskäivitama.',
  'Küsis arve koopiat; saadetud "arved@" aadressile.\nLubas vastata.',
  'Räägib ka oma kolleegi eest, kelle nime ei märgitud.',
  'Soovib valjemat hommikut \\o/ 🎺',
];

/** Notes about every second account; several about the sample subject, one naming her colleague. */
export function makeSupportNotes(
  seed: string,
  users: readonly UserRow[],
  members: readonly WorkspaceMemberRow[],
): SupportNoteRow[] {
  const rng = stream(seed, 'support_notes');
  const drafts: { about: string; body: string }[] = [];
  for (const user of users)
    if (rng.chance(50) && user.id !== cast.trialUser.userId) drafts.push({ about: user.id, body: rng.pick(bodies) });
  drafts.push(
    { about: cast.sampleSubject.userId, body: 'Liis helistas: köögi seade on vait. Lahendas Merle Mänd.' },
    { about: cast.sampleSubject.userId, body: 'Kiri (tsitaat):\r\n> Tere!\r\n>\t"Kas saab vaiksemalt?" – L. Õ. \\ 😴' },
    { about: cast.injection.userId, body: '</td></tr><img src=x onerror="alert(1)">\n=cmd|\' /C calc\'!A0' },
    { about: cast.literalNull.userId, body: '\\N\n\\.\n\u0001\u0002 NULL \u001f end' },
  );
  return drafts.map(({ about, body }, index) => ({
    id: String(8001 + index),
    about_user_id: about,
    workspace_id: members.find((m) => m.user_id === about)?.workspace_id ?? null,
    channel: rng.pick(['phone', 'email', 'chat']),
    written_by: rng.pick(['tugi-1', 'tugi-2']),
    body,
    attributes: rng.chance(50) ? { priority: rng.int(1, 3), labels: ['heli', 'arve'], mood: '🙂' } : null,
    written_at: instant(plusDays('2026-02-01', rng.int(0, 260)), rng.int(20_000_000, 70_000_000)),
  }));
}

/** A consent for every account that said yes or no, and for a lead without an account. */
export function makeConsents(seed: string, users: readonly UserRow[]): MarketingConsentRow[] {
  const rng = stream(seed, 'marketing_consents');
  const answered = users.filter((user) => user.newsletter !== null);
  const all = [
    ...answered.map((user) => ({ email: user.email, id: user.id, yes: user.newsletter, on: user.created_at })),
    { email: cast.lead.email, id: null, yes: true, on: '2026-03-14T13:00:00.000Z' },
  ];
  return all.map((person, index) => {
    return {
      id: String(9001 + index),
      email: person.email,
      user_id: person.id,
      purpose: 'newsletter',
      source: person.id === null ? 'mess "Näidis 2026"' : 'registreerumine',
      wording: 'Jah, saatke mulle uudiskirja. (v3, 17.04.2026)',
      ip: person.id !== null && rng.chance(50) ? `192.0.2.${Number(person.id) - 1000}` : null,
      given_at: person.on,
      withdrawn_at: person.yes === true ? null : instant(plusDays(person.on.slice(0, 10), rng.int(20, 90)), 43_200_000),
    };
  });
}
