/**
 * The door of the clock: what ledger, front doors and activities may use. Pure functions over civil dates; workflows get
 * the results from activities and never import this (it reads holiday tables). The law is in rule-sets.ts, the calendars'
 * corrections in calendar-data.ts.
 */
export type { AgreedDate } from './agreed.ts';
export { calendarOf, parsePlace } from './calendar.ts';
export { addDays, addMonths, type CivilDate, daysBetween, lastDayBefore, parseCivilDate } from './civil-date.ts';
export { type ClockDates, type ClockInput, clockDue, type Step } from './due.ts';
export {
  type ExtensionGround,
  type ExtensionOffer,
  extensionGrounds,
  mayExtend,
  parseExtensionGround,
} from './extension.ts';
export { type ClockRight, type JudgedPause, type Pause, type PauseKind, pauseVerdicts } from './pauses.ts';
export {
  type Alarm,
  alarmStates,
  alarms,
  defaultInternalTargetDays,
  internalTarget,
  mayPause,
  type RequestClock,
  type RequestFacts,
  requestClock,
} from './request-clock.ts';
export { euRuleSet } from './rule-sets.ts';
