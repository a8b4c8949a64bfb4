/** The door of the use-cases: what the command line, the HTTP interface and tests call. */
export { type Answer, type Answered, answer } from './answer.ts';
export { answerByHand, type DoneByHand, doneByHand, type GivenByHand } from './by-hand.ts';
export {
  completeCounts,
  countsForm,
  countsFormOf,
  type GivenCount,
  type HandCount,
  parseCounts,
} from './by-hand-counts.ts';
export type { HandedFile } from './by-hand-files.ts';
export type { SaidByHand } from './by-hand-said.ts';
export { type Contact, isContact, type VerifiedIdentity } from './contact.ts';
export type { CollectionCounts, SystemCounts } from './counts.ts';
export { type Attachment, type CreatedRequest, createRequest, type NewRequest } from './create.ts';
export {
  cancel,
  type Decided,
  type DecidedDates,
  decideIdentity,
  delivered,
  extend,
  pauseClock,
  retry,
} from './decide.ts';
export { approvePlan, type DecidedPlan, rejectPlan } from './decide-plan.ts';
export { destroyDueKeys } from './end-keys.ts';
export type { ErasureCounts, KeptLine } from './erasure-counts.ts';
export {
  type HoldOn,
  type ListedHold,
  listHolds,
  type PlacedHoldInfo,
  placeHold,
  type ReleasedHold,
  releaseHold,
} from './holds.ts';
export type { GivenIdentifiers } from './identifiers.ts';
export { type LeftUnresolved, leaveUnresolved } from './leave.ts';
export { findRequests } from './linked.ts';
export {
  type ListedRequest,
  type ListedTask,
  listRequests,
  listTasks,
  packageInfo,
  showTask,
  type TaskFilter,
} from './list.ts';
export { type ListedSystem, listSystems } from './list-systems.ts';
export { offerParts } from './offers.ts';
export { decidingRoles, type SignedBy } from './people.ts';
export {
  type PlannedAct,
  type PlannedClass,
  type PlannedSystem,
  type PlanState,
  plannedActs,
  planStates,
  type ShownPlan,
  showPlan,
} from './plan.ts';
export {
  type IssuedReceipt,
  issueDueReceipts,
  issueReceipt,
  latestReceipt,
  readReceipt,
  type StoredReceipt,
} from './receipt.ts';
export { type ReplayLine, replayClaims, replayDryRun } from './replay.ts';
export { type LiftedRestriction, liftRestriction } from './restriction-lift.ts';
export { type ListedEntry, listRegister, openEntry, type ShownEntry, showEntry } from './retention.ts';
export { type SentPartDecision, sendPart } from './send-part.ts';
export { auditHead, type ShownRequest, showRequest } from './show.ts';
export { nameSuccessor } from './successor.ts';
export { checkSuppression, consentedAnew, type LiftedSuppression, liftSuppression, sift } from './suppression.ts';
export {
  claimAll,
  dryRun,
  type ListedClaim,
  listClaims,
  listClasses,
  type ShownClaim,
  type SweepLine,
  showClaim,
  sweepDay,
} from './sweep.ts';
export { approveClaim, type DecidedClaim, rejectClaim, type SwitchedClass, switchAutomatic } from './sweep-decide.ts';
export {
  issueDueSweepReceipts,
  issueSweepReceipt,
  latestSweepReceipt,
  type StoredSweepReceipt,
} from './sweep-receipt.ts';
export { takeDue } from './sweep-review.ts';
export { type ListedSweepNotice, listSweepNotices, type ToldOfSweep, tellOfSweep } from './sweep-told.ts';
export {
  type PausedSystem,
  pauseAll,
  pauseSystem,
  type ResumedSystem,
  resumeAll,
  resumeSystem,
  type SystemDecision,
  type SystemOutcome,
} from './systems.ts';
export { civilToday } from './today.ts';
export type { Voice } from './voices.ts';
