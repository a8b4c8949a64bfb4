/**
 * A stored request's statutory dates, computed again whenever a fact they depend on changes, and on every look while a
 * counted pause is open (its date then moves a day each day). The law is in src/policy/clock; here are only the facts.
 */
import type { Selectable } from 'kysely';
import type { LoadedConfig } from '../config/load.ts';
import { HabeasError } from '../errors.ts';
import type { RequestId } from '../ids.ts';
import { instructionOf } from '../ledger/instructions.ts';
import type { LedgerReader } from '../ledger/open.ts';
import type { ClockPausesTable } from '../ledger/schema.ts';
import type { Right } from '../ledger/states.ts';
import {
  type AgreedDate,
  parseCivilDate,
  type RequestClock,
  type RequestFacts,
  requestClock,
} from '../policy/clock/index.ts';
import { agreedDate } from './instruction-terms.ts';
import type { RequestRow } from './record.ts';
import { civilToday } from './today.ts';

/** The columns of `requests` that the clock fills. */
export function clockColumns(clock: RequestClock) {
  const { rule, calendar } = clock.dates;
  return {
    due_on: clock.due,
    internal_target_on: clock.internalTarget,
    extended_due_on: clock.extendedDue,
    work_to_on: clock.workTo,
    unpaused_due_on: clock.unpausedDue,
    clock_rule: rule.id,
    clock_calendar: `${calendar.name} ${calendar.version}+${calendar.corrections}`,
  };
}

/** The facts of a stored request on the day of `at`. */
export async function clockFacts(
  db: LedgerReader,
  config: LoadedConfig,
  request: RequestRow,
  at: Date,
): Promise<RequestFacts> {
  const [pauses, rights, instruction] = await Promise.all([
    db.selectFrom('clock_pauses').selectAll().where('request_id', '=', request.id).orderBy('no').execute(),
    db.selectFrom('request_rights').select('right').where('request_id', '=', request.id).execute(),
    instructionOf(db, request.id),
  ]);
  const facts = factsOf(
    config,
    request,
    rights.map((one) => one.right),
    pauses,
    at,
  );
  if (instruction === undefined) return facts;
  return { ...facts, agreed: agreedDate(parseCivilDate(instruction.transition_ends_on, 'transitionEnds')) };
}

/**
 * The dates of those of these requests whose counted pause is open: what is stored was true on the day it was computed.
 * Few requests have one, so a list of a thousand asks for as many as move.
 */
export async function movingDates(
  db: LedgerReader,
  config: LoadedConfig,
  ids: readonly RequestId[],
  at: Date,
): Promise<ReadonlyMap<RequestId, RequestClock>> {
  if (ids.length === 0) return new Map();
  const moving = await db
    .selectFrom('requests')
    .selectAll()
    .where('id', 'in', ids)
    .where('id', 'in', (it) =>
      it.selectFrom('clock_pauses').select('request_id').where('to_on', 'is', null).where('counted', '=', true),
    )
    .execute();
  const clocks = new Map<RequestId, RequestClock>();
  for (const request of moving) clocks.set(request.id, requestClock(await clockFacts(db, config, request, at)));
  return clocks;
}

export function factsOf(
  config: LoadedConfig,
  request: Pick<RequestRow, 'received_on' | 'clock_from' | 'country' | 'extension_ground' | 'extended_at'>,
  rights: readonly Right[],
  pauses: readonly Selectable<ClockPausesTable>[],
  at: Date,
): RequestFacts {
  const { timeZone } = config.controller;
  const { extension_ground: ground, extended_at: extendedAt } = request;
  return {
    received: request.clock_from ?? request.received_on,
    country: request.country,
    rights,
    pauses: pauses.map((pause) => ({
      kind: pause.kind,
      from: pause.from_on,
      to: pause.to_on ?? undefined,
      counted: pause.counted,
    })),
    extension: ground === null || extendedAt === null ? null : { ground, at: civilToday(extendedAt, timeZone) },
    internalTargetDays: config.policy.internalTargetDays,
    asOf: civilToday(at, timeZone),
  };
}

/** The clock at intake; `received-in-future` where the day has not come. */
export function intakeClock(
  config: LoadedConfig,
  intake: {
    readonly receivedOn: string | undefined;
    readonly rights: readonly Right[];
    readonly at: Date;
    readonly agreed?: AgreedDate | undefined;
  },
): { readonly receivedOn: string; readonly clock: RequestClock } {
  const { country, timeZone } = config.controller;
  const today = civilToday(intake.at, timeZone);
  const receivedOn = intake.receivedOn ?? today;
  const clock = requestClock({
    received: receivedOn,
    country,
    rights: intake.rights,
    agreed: intake.agreed,
    internalTargetDays: config.policy.internalTargetDays,
    asOf: today,
  });
  // After the clock has parsed it: a day that does not exist is not a day in the future.
  if (receivedOn > today) throw new HabeasError('received-in-future', { where: '--received' });
  return { receivedOn, clock };
}
