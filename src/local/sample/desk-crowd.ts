/**
 * The ordinary days of the sample company's support desk: a hundred and twenty conversations in Estonian and English, drawn from
 * a seed, each with another person of the same customer named in it. Never of the people whom `npm start` asks about: theirs are
 * written by hand (desk-conversations.ts).
 */
import type { FixtureTicket } from '../zendesk/fixtures.ts';
import { cast, workspaces } from './cast.ts';
import { agents, deskUserId } from './desk-cast.ts';
import { sampleSeed, stream } from './prng.ts';
import type { UserRow } from './rows.ts';
import { instant, plusDays } from './time.ts';
import { memberships } from './workspaces.ts';

interface Topic {
  readonly subject: string;
  readonly asks: string;
  readonly answers: string;
  readonly note: string;
}

/** `{other}`: somebody else's name; `{address}`, `{phone}`: theirs. */
const topics: Readonly<Record<'et' | 'en', readonly Topic[]>> = {
  et: [
    {
      subject: 'Seade ei ühendu',
      asks: 'Tere!\n\nSeade kadus eile võrgust. {other} vaatas juba juhtmeid, talle saab helistada: {phone}.',
      answers: 'Tere, {name}!\n\nPalun taaskäivitage ruuter. {other} saab sama juhendi aadressile {address}.',
      note: 'Helistasin: {other} oli viisakas, {name} mitte nii väga.',
    },
    {
      subject: 'Arve koopia',
      asks: 'Tere! Palun saatke augusti arve uuesti, ka {other} ({address}) vajab seda.',
      answers: 'Tere, {name}! Arve on teel.',
      note: 'Võlgnevus puudub.',
    },
    {
      subject: 'Esitusloend kordub',
      asks: 'Tere. Sama lugu mängib iga tunni tagant, {other} on sellest tüdinud.',
      answers: 'Tere, {name}! Muutsin järjekorda.',
      note: 'Loendi tegi {other}.',
    },
  ],
  en: [
    {
      subject: 'The music stops at noon',
      asks: 'Hello,\n\nevery day at noon it is silent. My colleague {other} ({address}) says that nobody changed anything.',
      answers: 'Hello {name},\n\nthere is a schedule that ends at noon; {other} made it. I have changed it.',
      note: 'Told {other} by telephone ({phone}) to leave schedules alone.',
    },
    {
      subject: 'Changing the plan',
      asks: 'Hi! We open a second room. Can {other} order the device?',
      answers: 'Hi {name}, yes: whoever is an administrator can.',
      note: 'Good customer.',
    },
    {
      subject: 'Password',
      asks: 'I cannot log in, and {other} neither.',
      answers: 'Hello {name}, please use the link that we have sent to {address} and to you.',
      note: 'Both had typed it wrongly.',
    },
  ],
};

const count = 120;
const firstId = 1_001;

export function crowdConversations(accounts: readonly UserRow[]): FixtureTicket[] {
  const rng = stream(sampleSeed, 'desk-crowd');
  const askers = accounts.filter(({ id, closed_at }) => closed_at === null && !written.has(id));
  return Array.from({ length: count }, (_, n) => {
    const asker = rng.pick(askers);
    const other = rng.pick(colleaguesOf(asker, accounts));
    const agent = rng.pick([agents.kadri.id, agents.mart.id]);
    const topic = rng.pick(topics[asker.locale === 'en' ? 'en' : 'et']);
    const filled = (text: string): string => fill(text, asker, other);
    const day = plusDays('2026-02-02', rng.int(0, 260));
    const at = (minutes: number): string => instant(day, 28_800_000 + minutes * 60_000).replace('.000Z', 'Z');
    const hasNote = rng.chance(40);
    const isCopied = rng.chance(30);
    return {
      id: firstId + n,
      requester_id: deskUserId(asker.id),
      assignee_id: agent,
      subject: topic.subject,
      status: rng.pick(['closed', 'closed', 'closed', 'solved', 'open']),
      ...(isCopied ? { email_cc_ids: [deskUserId(other.id)] } : {}),
      created_at: at(0),
      comments: [
        { author_id: deskUserId(asker.id), created_at: at(0), byEmail: rng.chance(60), body: filled(topic.asks) },
        ...(hasNote ? [{ author_id: agent, created_at: at(20), public: false, body: filled(topic.note) }] : []),
        { author_id: agent, created_at: at(35), body: filled(topic.answers) },
      ],
    };
  });
}

/** Whose conversations are written by hand, and who writes none: `npm start` and tests count on it. */
const written: ReadonlySet<string> = new Set([
  cast.sampleSubject.userId,
  cast.colleague.userId,
  cast.soleTrader.userId,
  cast.playlistAuthor.userId,
  cast.emoji.userId,
  cast.injection.userId,
]);

/** People of the same customer, but for those whose conversations are written by hand; else somebody of the hotel. */
function colleaguesOf(asker: UserRow, accounts: readonly UserRow[]): readonly UserRow[] {
  const home = memberships.find(({ userId }) => userId === asker.id)?.workspaceId;
  const of = (workspace: string | undefined): UserRow[] => {
    const ids = memberships.filter(({ workspaceId }) => workspaceId === workspace).map(({ userId }) => userId);
    return accounts.filter(({ id }) => id !== asker.id && ids.includes(id) && !written.has(id));
  };
  const own = of(home);
  return own.length > 0 ? own : of(workspaces.hotel);
}

const fill = (text: string, asker: UserRow, other: UserRow): string =>
  text
    .replaceAll('{name}', asker.full_name)
    .replaceAll('{other}', other.full_name)
    .replaceAll('{address}', other.email)
    .replaceAll('{phone}', other.phone ?? '+372 0000 000');
