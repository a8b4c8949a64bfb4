/**
 * Sessions and the security log, May to October 2026. Pure. Two employees of the hotel share one office address, often
 * within the same hour: an address alone never tells whose a log line is.
 */
import { beyondDoubles, cast, handedOn, officeIp } from './cast.ts';
import { type Rng, stream } from './prng.ts';
import type { AuditEventRow, SessionRow, UserRow, WorkspaceMemberRow } from './rows.ts';
import { daysBetween, instant, plusDays, sampleUntil } from './time.ts';

const sessionsFrom = '2026-05-04';
const agents = [
  'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0',
  'Näidisheli/4.2 (iPhone; iOS 19.1; et-EE)',
  'Mozilla/5.0 (Macintosh) "AppleWebKit"/605.1.15 \\ Safari/605.1.15',
];
const office = new Set<string>([cast.officeFirst.userId, cast.officeSecond.userId, cast.sharedMailbox.userId]);

/** Those whose sessions tests and the manual count on; the others have about 14. */
const often = new Set<string>([
  cast.sampleSubject.userId,
  cast.managerBefore.userId,
  cast.managerNow.userId,
  cast.officeFirst.userId,
]);

/** 40 sessions of those in the foreground; the second office employee comes whenever the first does, ten minutes later. */
export function makeSessions(seed: string, users: readonly UserRow[]): SessionRow[] {
  const rng = stream(seed, 'sessions');
  const sessions = users.flatMap((user) => {
    if (user.last_seen_at === null || user.id === cast.officeSecond.userId) return [];
    const until = user.closed_at?.slice(0, 10) ?? sampleUntil;
    const from = user.id === cast.trialUser.userId ? '2026-10-21' : sessionsFrom;
    return Array.from({ length: often.has(user.id) ? 40 : rng.int(9, 19) }, (): SessionRow => {
      const day = plusDays(from, rng.int(0, daysBetween(from, until) - 1));
      const start = rng.int(20_000_000, 60_000_000);
      return {
        id: rng.uuid(),
        user_id: user.id,
        ip: addressOf(user.id, rng),
        user_agent: rng.pick(agents),
        started_at: instant(day, start),
        ended_at: rng.chance(85) ? instant(day, start + rng.int(60_000, 9_000_000)) : null,
      };
    });
  });
  const together = sessions
    .filter((session) => session.user_id === cast.officeFirst.userId)
    .map((session) => ({
      ...session,
      id: rng.uuid(),
      user_id: cast.officeSecond.userId,
      user_agent: rng.pick(agents),
      started_at: new Date(Date.parse(session.started_at) + 600_000).toISOString(),
      ended_at: null,
    }));
  return [...sessions, ...together];
}

function addressOf(userId: string, rng: Rng): string {
  if (office.has(userId)) return officeIp;
  const last = Number(userId) - 1000;
  return rng.chance(20) ? `2001:db8:${last.toString(16)}::${rng.int(1, 9)}` : `192.0.2.${last}`;
}

/** Log-ins, changes and the hand-over of `manager@`, ids beyond 2^53, oldest first. */
export function makeAuditEvents(
  seed: string,
  sessions: readonly SessionRow[],
  members: readonly WorkspaceMemberRow[],
): AuditEventRow[] {
  const rng = stream(seed, 'audit_events');
  const workspaceOf = new Map(members.toReversed().map((member) => [member.user_id, member.workspace_id]));
  const events = sessions
    .filter(() => rng.chance(50))
    .map((session) => ({
      actor_user_id: session.user_id,
      workspace_id: workspaceOf.get(session.user_id) ?? null,
      action: rng.pick(['login', 'login', 'device.rename', 'schedule.change', 'export.csv']),
      ip: session.ip,
      details: { session: session.id, tries: rng.int(1, 3), note: rng.chance(20) ? 'parool "unustatud"\\' : null },
      occurred_at: session.started_at,
    }));
  const handOver = [
    { actor: cast.managerBefore.userId, before: handedOn.email, after: cast.managerBefore.email },
    { actor: cast.managerNow.userId, before: 'kaisa.lill@kuukala.example', after: handedOn.email },
  ].map(({ actor, before, after }) => ({
    actor_user_id: actor,
    workspace_id: cast.sampleSubject.workspaceId,
    action: 'email.change',
    ip: null,
    details: { from: before, to: after, by: cast.sampleSubject.userId },
    occurred_at: handedOn.at,
  }));
  const failed = {
    actor_user_id: null,
    workspace_id: null,
    action: 'login.failed',
    ip: '203.0.113.9',
    details: { email: cast.caseUpper.email.toUpperCase() },
    occurred_at: '2026-08-08T03:03:03.003Z',
  };
  return [...events, ...handOver, failed]
    .sort((a, b) => (a.occurred_at < b.occurred_at ? -1 : a.occurred_at > b.occurred_at ? 1 : 0))
    .map((event, index) => ({ id: String(beyondDoubles + 1_000_000n + BigInt(index)), ...event }));
}
