/** The door of the policy of customers' instructions. Pure; the law is in rules.ts. */
export { type AgreedDates, erasableFrom, type InstructionDates, instructionDates } from './dates.ts';
export { decideWorkspaceExport } from './export.ts';
export { switchingRules } from './rules.ts';
