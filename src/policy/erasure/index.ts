/**
 * The door of erasure's policy: what becomes of one record, from what its stream, its collection, its own facts and the
 * request say. Pure: no clock, no I/O. Fails with `policy-answer-missing` (every missing answer of the record),
 * `erasure-undeclared`, `rewrite-unsupported`, `policy-record-class-unknown`, `clock-date-invalid`.
 *
 * Order of a plan: look through the workspaces (`isOpenBusiness`), decide the person's own rows, then everything else with
 * both in the context; then what holds reach (`heldDecision`).
 */
export { isPutOff } from './decisions.ts';
export { goingDecision, heldDecision, waitingDecision } from './held.ts';
export { planRecord, recordPlanner } from './plan-record.ts';
export type { ErasureContext, RecordDecision } from './types.ts';
export { isClosed, isOpenBusiness } from './whose.ts';
