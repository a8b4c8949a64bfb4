/**
 * The door of retention: what is kept by law or by the company's own published period, until when, and why. Pure
 * functions over civil dates and data files with sources; the laws are in laws/.
 */
export { anchors, type ClockEvent, clockEvents, type Period, periodInWords } from './clocks.ts';
export { type FieldFate, type FieldRole, fieldFate, fieldRoles, invoiceContents } from './fields.ts';
export { type FinancialYears, financialYears, noFinancialYears, yearlyFinancialYears } from './financial-years.ts';
export { citation, citedAtHome, keptBy, reason, stillRunning } from './in-words.ts';
export { lawTables, retentionRules } from './laws/index.ts';
export { type MissingAnswer, missingAnswers, refuseToPlan } from './missing.ts';
export { type MoneyFacts, type MoneyMatter, moneyMatters, type OpenMoney, openMoney } from './money.ts';
export { classKinds, kindOf, type RecordClass, recordClasses } from './record-classes.ts';
export {
  isCopyIn,
  periodClass,
  type Retention,
  type RetentionFacts,
  type RetentionHold,
  type RetentionPolicy,
  retentionOf,
  rulesInForce,
  type SupplyScheme,
  supplySchemes,
} from './retention-of.ts';
export { type Jurisdiction, jurisdictions, type PublishedPeriod, type RetentionRule } from './rule.ts';
export { jurisdictionOf, type RetentionSettings, retentionPolicy } from './settings.ts';
