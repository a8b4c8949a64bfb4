/**
 * Every state, disposition and kind that the ledger stores, each with the sentence an operator reads. Docs and user
 * interfaces quote these sentences; nothing else in the project spells a state out. Source: docs/architecture.md.
 */

/** Member → sentence for the operator. */
type Sentences = Readonly<Record<string, string>>;

export const requestStates = {
  received: 'Received; the workflow has not looked at it yet.',
  identity: 'Waits until the identity of the person who asked is verified.',
  notice: 'Of a customer’s instruction: waits until the notice has ended that was agreed with the customer.',
  locating: 'Looks for the person in every configured system.',
  reading: 'Reads what each system holds.',
  needs_decision: 'Waits for a named person to answer an open task.',
  packaging: 'Builds the package.',
  delivering: 'Delivers the package to the verified contact point.',
  planned:
    'Policy has decided, or is deciding, what is erased and what is kept; nothing is erased before it is approved.',
  preparing: 'Every system checks whether it can do what the plan says; nothing is erased yet.',
  cooling_off: 'Approved and prepared; can still be cancelled until the point of no return.',
  erasing: 'Past the point of no return: erases, system by system in the order of their ranks.',
  verifying: 'Reads back whether what was erased is gone.',
  acting: 'Does in every system what the right asks: restricts, rectifies or suppresses, and reads it back.',
  restricted:
    'Everything is done but one thing: processing stays restricted until the person was told and the restriction is lifted.',
  awaiting_expiry:
    'Everything that can be done is done; some records wait for the day on which they expire by themselves.',
  completed: 'Every system answered, the books balance, everything was done.',
  refused: 'Refused on a ground of the law.',
  cancelled: 'Withdrawn or cancelled before it was finished.',
} as const satisfies Sentences;
export type RequestState = keyof typeof requestStates;
/** States that never change again. */
export const finalStates = ['completed', 'refused', 'cancelled'] as const satisfies readonly RequestState[];

export function isFinal(state: RequestState): boolean {
  return finalStates.some((final) => final === state);
}

/** States in which no workflow of the request runs any more; only the last one may still change, on its day. */
export const restingStates = [...finalStates, 'awaiting_expiry'] as const satisfies readonly RequestState[];
/** States in which a request uses the worker; at most 20 requests are in them at once. */
export const activeStates = [
  'locating',
  'reading',
  'packaging',
  'delivering',
  'preparing',
  'erasing',
  'verifying',
  'acting',
] as const satisfies readonly RequestState[];

export const laneStates = {
  waiting: 'Waits for its turn.',
  running: 'A stage is at work in this system.',
  parked: 'Stopped after repeated or permanent failure; a person retries it when the cause is mended.',
  unresolved: 'Left open by decision; has an owner and a next date, and keeps the request open.',
  done: 'This system has answered.',
} as const satisfies Sentences;
export type LaneState = keyof typeof laneStates;

export const stages = {
  locate: 'find the person',
  read: 'read what is held',
  package: 'build the package',
  deliver: 'deliver the package',
  plan: 'decide what is erased and kept',
  prepare: 'check that the plan can be carried out',
  erase: 'erase',
  verify: 'read back what was erased',
  act: 'restrict, rectify or suppress, and read that back',
} as const satisfies Sentences;
export type Stage = keyof typeof stages;

export const rights = {
  access: 'Access (Art. 15)',
  portability: 'Portability (Art. 20)',
  erasure: 'Erasure (Art. 17)',
  rectification: 'Rectification (Art. 16)',
  restriction: 'Restriction of processing (Art. 18)',
  objection: 'Objection (Art. 21)',
  'consent-withdrawal': 'Withdrawal of consent (Art. 7(3))',
  'workspace-export': 'Export of a whole workspace, by instruction of the customer',
} as const satisfies Sentences;
export type Right = keyof typeof rights;

const { 'workspace-export': _, ...ofPersons } = rights;
/** What a person may ask for; what is not among them is a customer's to instruct. */
export const personsRights = ofPersons;

/** Rights that neither give nor erase: each is exercised by a request of its own, which acts on records by a verb. */
export const actingRights = [
  'rectification',
  'restriction',
  'objection',
  'consent-withdrawal',
] as const satisfies readonly Right[];
export type ActingRight = (typeof actingRights)[number];

export function actingRight(right: Right): ActingRight | undefined {
  return actingRights.find((one) => one === right);
}

export const dispositions = {
  exported: 'Given to the person.',
  withheld: 'Found, not given, with the reason.',
  referred: 'Held as a processor; passed to the customer company, whose instruction is awaited.',
  erased: 'Erased; nothing of it is left in the system.',
  anonymised: 'What made it the person’s was removed for good; the record goes on without the person.',
  retained: 'Kept under a named hold until its date.',
  expiring: 'Not gone yet: goes by itself on its date, or the provider lets go of it later than it was asked.',
  absent: 'Was not there any more when its turn came, or not the person’s any more.',
  refused: 'Not done, on a ground of the law.',
  rectified: 'Corrected, and read back as corrected.',
  restricted: 'Marked so that it is stored and nothing else is done with it; the mark was read back.',
  objected: 'No longer processed for what the person objected to.',
  suppressed: 'No longer used for what consent was withdrawn from or for direct marketing; read back.',
  notified: 'Somebody else who holds it was told.',
} as const satisfies Sentences;
export type Disposition = keyof typeof dispositions;

/** Why policy gave, withheld or referred what it did; told to the person. */
export const accessReasons = {
  own: "the person's own record",
  'own-fields': "the fields that are the person's own; the rest is not the person's data",
  'own-business': "a record of the person's own business",
  'not-the-persons-data': "not the person's data",
  'others-masked': 'the person had not seen it; other people in it are masked (Art. 15(4))',
  privilege: 'legal advice to the company',
  processor: 'held as a processor for a customer company',
  'by-hand': 'answered by hand by a named person, with proof',
  'not-portable': 'not held by consent or contract, or not given by the person (Art. 20(1) not met)',
  'instructed-export': 'the customer’s own, given because the customer instructed it',
  'members-own': 'the data of a person in the workspace, who gets it by asking for it',
  'others-rights': 'taking it along would adversely affect the rights of others (Art. 20(4))',
} as const satisfies Sentences;
export type AccessReason = keyof typeof accessReasons;

/** Why a record is erased, kept or refused, beside those of access. */
export const erasureReasons = {
  eligible: 'a ground for erasure is met (Art. 17(1))',
  instructed: 'the customer whose workspace it is instructed it, and no law keeps it',
  reference: 'another’s record that named the person',
  'law-keeps': 'a law demands that it is kept (Art. 17(3)(b))',
  held: 'a hold that a person or another right placed',
  exception: 'an exception that a named person recorded (Art. 17(3))',
  'contract-runs': 'the contract runs; when it has ended it can be erased, and has to be asked for again',
  'period-runs': 'the period the company has published has not ended; it is erased when it has',
  'money-open': 'money is still open on it, or can still be charged back',
  'account-open': 'the period the company has published begins when the account is closed',
  'consent-stands': 'the consent stands; it may be withdrawn at any time',
  'objection-pending': 'an objection is being decided',
  'not-reached': 'the right does not reach data held on this legal basis',
  'changed-hands': 'another person’s by the time its turn came; left alone',
  'new-relationship': 'made after the erasing began, as a named person said: a new relationship',
  expires: 'the store cannot erase single records; everything in it goes by itself after its time',
  'vendor-later': 'the provider lets go of it later than it was asked; it is asked again until it has',
  'soft-deleted':
    'deleted, out of sight, and not gone: until then the system can bring it back; it is read back afterwards',
  'on-its-way': 'deleted, and the system is still at it; it is read back when it should be done',
  swept: 'was kept until nothing stood against erasing it any more, and then erased by the retention sweep',
} as const satisfies Sentences;

/** Why a right that acts on records did what it did, beside those of access and erasure. */
export const rightReasons = {
  'as-asked': 'as the person asked',
  'absolute-objection': 'an objection to direct marketing is absolute (Art. 21(3))',
  'objection-upheld': 'the objection was upheld (Art. 21(1))',
  'compelling-grounds': 'compelling legitimate grounds override the objection, as a named person recorded (Art. 21(1))',
  'legal-claims': 'needed for legal claims, as a named person recorded (Art. 21(1))',
  'found-accurate': 'found accurate as it is, as a named person recorded (Art. 16)',
  'nothing-to-correct': 'has nothing of what is to be corrected',
  'fixed-document': 'an issued document is never edited; it is corrected by a credit note or a new document',
} as const satisfies Sentences;

export const dispositionReasons = { ...accessReasons, ...erasureReasons, ...rightReasons } as const satisfies Sentences;
export type DispositionReason = keyof typeof dispositionReasons;

export const evidence = {
  'read-back': 'Read again afterwards.',
  attested: 'Stated by a named person, with proof.',
  none: 'No evidence is needed for this disposition.',
  hidden: 'No longer shown by the system; whether it is gone cannot be read.',
  'history-remains': 'Gone from the record; the system keeps a history of it.',
  pending: 'Waits for its day, or for the system.',
  inferred: 'Missing after an interrupted erasure; taken as erased, and read again.',
} as const satisfies Sentences;
export type Evidence = keyof typeof evidence;

export const taskKinds = {
  identity: 'Is the person who asked the person the data is about?',
  candidate: 'Is this record the person’s?',
  unresolved: 'A system failed; is it to be tried again?',
  'blast-radius': 'Unusually many identifiers or records were found; is that right?',
  manual: 'Something must be done by hand: a package sent by post, or a system that no program can reach.',
  approval: 'Is this to go ahead?',
  successor: 'Who takes over the workspace that the person looks after?',
  mask: 'Is what the person had not seen masked rightly, so that they may get it?',
  'late-arrivals': 'Records came while erasing, and nobody can tell when they were made: are they erased too?',
  right: 'Is the person right: is done what they ask, or is it refused on a ground of the law?',
  notice: 'Was this recipient told of what was changed (Art. 19)?',
} as const satisfies Sentences;
export type TaskKind = keyof typeof taskKinds;

/** What a person may say of a system they looked through by hand; which of them a right allows is in hand-terms.ts. */
export const handAnswers = {
  found: 'Found, and counted; what is given to the person is in the files.',
  'not-found': 'Looked through, and nothing of the person was there.',
  erased: 'Erased; what was kept of it is counted with its ground.',
  kept: 'Found, and all of it is kept, on a ground.',
  done: 'Done as the right demands.',
  'done-by-hand': 'A system that failed was answered for by hand.',
} as const satisfies Sentences;
export type HandAnswer = keyof typeof handAnswers;

export function isHandAnswer(answer: string): answer is HandAnswer {
  return Object.hasOwn(handAnswers, answer);
}

/** The answers each kind of task allows; `unverifiable` ends the request (Art. 11(2)). */
export const taskAnswers = {
  identity: ['verified', 'unverifiable'],
  candidate: ['accept', 'reject'],
  unresolved: ['retry', 'done-by-hand', 'leave-unresolved'],
  'blast-radius': ['proceed'],
  manual: [
    ...['delivered', 'not-reachable', 'unmarked'],
    ...['found', 'not-found', 'erased', 'kept', 'done', 'leave-unresolved'],
  ],
  approval: ['send-part', 'wait', 'approve', 'reject'],
  successor: ['named'],
  mask: ['approve'],
  'late-arrivals': ['erase', 'new-relationship'],
  right: ['uphold', 'compelling-grounds', 'legal-claims', 'correct', 'found-accurate', 'lift'],
  notice: ['sent', 'acknowledged', 'impossible'],
} as const satisfies Readonly<Record<TaskKind, readonly string[]>>;
export type TaskAnswer = (typeof taskAnswers)[TaskKind][number];

/** What happens if nobody answers a task. */
export const unanswered = {
  'stays-open': 'The request stays open and the statutory alarm rings.',
  'stays-open-system-missing': 'The request stays open with this system unanswered and the statutory alarm rings.',
  'nothing-released': 'Nothing is looked for and nothing is released; the statutory alarm rings.',
  'part-not-sent': 'Nothing is sent until every system has answered, and the statutory alarm rings.',
  'not-delivered': 'The package stays undelivered and the statutory alarm rings.',
  'nothing-erased': 'Nothing is erased; the request stays open and the statutory alarm rings.',
  'masks-wait':
    'Nothing that was read in this system is released, the request stays open, and the statutory alarm rings.',
  'account-stays': 'The person’s own account row stays; the request stays open and the statutory alarm rings.',
  'stays-restricted':
    'The records stay as they are and restricted; the request stays open and the statutory alarm rings.',
  'kept-too-long':
    'It stays where it is longer than it may; the register goes on naming it, and the officers are written to.',
  'recipient-not-told': 'The recipient is not told; the request is not completed and the statutory alarm rings.',
  'person-not-told': 'The person is not told what was done; the request stays open and the statutory alarm rings.',
  'stays-marked': 'The records stay marked as restricted in this system, and the request stays open.',
} as const satisfies Sentences;
export type Unanswered = keyof typeof unanswered;

/** Letters about a task to whoever is to answer it; they say nothing of the person who asked. */
export const taskLetters = {
  opened: 'Something is to be done by hand, and by when.',
  reminder: 'It is due soon, or was due, and nobody has answered.',
  escalation: 'The time limit of the law is near, and nobody has answered: to the officers.',
} as const satisfies Sentences;
export type TaskLetterKind = keyof typeof taskLetters;

export const decisionKinds = {
  answer: 'An answer to a task.',
  retry: 'Try one parked system again.',
  stop: 'Stop one system: nothing of it is called until it is resumed.',
  resume: 'A stopped system may be called again.',
  extend: 'Extend the time limit (Art. 12(3)).',
  pause: 'Record a pause of the clock.',
  cancel: 'Cancel the request.',
  delivered: 'The package was delivered by hand.',
  'send-part': 'Send what is finished as a package of its own; the request stays open for the rest.',
  mask: 'Change what is masked in a record that the person had not seen.',
  hold: 'Place a hold: nothing it reaches is erased until it is released.',
  release: 'Release a hold.',
  sweep: 'Approve or reject what the retention sweep is about to erase.',
  automatic: 'Have a class of records swept without asking, or ask again.',
  told: 'Say whether a recipient was told of what the retention sweep erased.',
  consent: 'End an entry of the suppression list: the person has consented anew.',
  lift: 'Lift a restriction, after the person was told.',
} as const satisfies Sentences;
export type DecisionKind = keyof typeof decisionKinds;

/** The answers of decisions that no task of the usual kind asks for; `answer` has those of a search by hand. */
export const decisionAnswers = {
  answer: ['identifiers-added', 'none-exists'],
  retry: ['retry'],
  stop: ['stop'],
  resume: ['resume'],
  extend: ['complexity', 'number'],
  pause: ['identity', 'scope'],
  cancel: ['cancel'],
  delivered: ['delivered'],
  'send-part': ['send-part'],
  mask: ['release', 'mask', 'add', 'withhold', 'give'],
  hold: ['hold'],
  release: ['release'],
  sweep: ['approve', 'reject'],
  automatic: ['on', 'off'],
  told: ['sent', 'acknowledged', 'impossible'],
  consent: ['consented'],
  lift: ['lift'],
} as const satisfies Readonly<Record<DecisionKind, readonly string[]>>;

/** Why something is in the register. */
export const registerKinds = {
  retained: 'Kept under a law or a hold until its date.',
  'not-yet': 'Not erased yet: decided anew on its date.',
  expiring: 'Goes by itself on its date.',
  'vendor-job': 'A vendor lets go of it later than it was asked; it is asked again on its date.',
  'by-hand': 'Kept by hand until its date; then a person is asked to erase it, or to say why it is kept on.',
  'backup-copy': 'Still in a backup until that lapses.',
} as const satisfies Sentences;
export type RegisterKind = keyof typeof registerKinds;

/** Its records are decided anew on their day, and erased if nothing stands against it; any other kind is read back or lapses. */
export const isDecidedAnew = (kind: RegisterKind): boolean =>
  kind === 'retained' || kind === 'not-yet' || kind === 'vendor-job';

export const claimStates = {
  claimed: 'Due; the sweep looks at every record under today’s rules and holds.',
  asked: 'Waits until enough people have approved or one has rejected it.',
  approved: 'Is being carried out, or will be within the hour.',
  parked: 'Something stands in the way; it is tried again on the next day.',
  done: 'Everything in it was dealt with and read back.',
  rejected: 'A person rejected it; its entries are asked about again later.',
} as const satisfies Sentences;
export type ClaimState = keyof typeof claimStates;

/** What became of records of a batch. */
export const sweepLineKinds = {
  done: 'Erased or anonymised, or gone already, and read back.',
  again: 'Erased again after a restore, and read back; the books said so before.',
  moved: 'Kept for longer; its day has moved.',
  left: 'Not dealt with, for the reason named; looked at again.',
  'handed-on': 'In another batch, because people have to be asked about it.',
  lapsed: 'Copies in backups that had lapsed before anybody approved.',
} as const satisfies Sentences;
export type SweepLineKind = keyof typeof sweepLineKinds;

/** Roles that a configured person may have. */
export const personRoles = {
  agent: 'Opens requests, verifies identity, sends packages.',
  officer: 'Decides candidates, retries, extensions and cancellations.',
  engineer: 'Stops and resumes systems.',
} as const satisfies Sentences;
export type PersonRole = keyof typeof personRoles;

export const identityStates = {
  unverified: 'Nobody has verified the identity yet.',
  verified: 'Verified by a named person, with a method and a contact point.',
  unverifiable: 'The person cannot be identified (Art. 11(2)).',
} as const satisfies Sentences;
export type IdentityState = keyof typeof identityStates;

export const identityMethods = {
  'logged-in': 'Asked from inside the signed-in account.',
  'email-loop': 'Answered a link sent to the address on file.',
  'id-document': 'Showed an identity document.',
  'e-signature': 'Signed electronically.',
  'known-in-person': 'Known to the person who verified it.',
  mandate: 'Of a customer’s instruction: holds a mandate that binds the customer, as a second person has reviewed.',
} as const satisfies Sentences;
export type IdentityMethod = keyof typeof identityMethods;

const { mandate: __, ...byPersons } = identityMethods;
/** How a person who asks for themselves is verified. */
export const personsMethods = byPersons;

export const instructionActs = {
  export: 'Everything that is the workspace’s is given to the customer.',
  erase: 'Everything is given to the customer, stays retrievable for as long as agreed, and is then erased.',
} as const satisfies Sentences;
export type InstructionAct = keyof typeof instructionActs;
/** How an answer, or a package, reached the person. */
export const answerWays = {
  email: 'by e-mail to the verified address',
  post: 'by post',
  'in-person': 'in person',
} as const satisfies Sentences;
export type AnswerWay = keyof typeof answerWays;

export const channels = {
  web: 'web form',
  email: 'e-mail',
  post: 'letter',
  phone: 'telephone',
  'in-person': 'in person',
  api: 'application',
} as const satisfies Sentences;
export type Channel = keyof typeof channels;
