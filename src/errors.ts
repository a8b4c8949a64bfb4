/**
 * The one error catalogue: code, what happened, what to do, whether trying again by itself can help.
 *
 * A failure anywhere in Habeas is one of these codes. Nothing of a subject's data is ever interpolated: `where` names a
 * place the operator configured (a file and line, a column, a system) and never a value. docs/errors.md lists the same
 * codes, checked by a test.
 */
import { instructionErrors } from './errors-instructions.ts';
import { maskingErrors } from './errors-masking.ts';

import { rightsErrors } from './errors-rights.ts';

export interface CatalogueEntry {
  /** What happened, in a sentence an operator understands. */
  readonly what: string;
  /** What to do about it. */
  readonly todo: string;
  /** Whether the same call may succeed later without anybody doing anything. */
  readonly retryable: boolean;
  /**
   * The failure is the system's, not one request's: every other request would meet it too. Several requests that fail so
   * stop the system (the breaker), and resuming it wakes them.
   */
  readonly systemWide?: true;
}

export const catalogue = {
  // Front doors
  usage: {
    what: 'The command line is not of the form this command takes.',
    todo: 'Read `habeas COMMAND --help`; it ends with examples.',
    retryable: false,
  },
  'config-invalid': {
    what: 'The configuration has mistakes; each is listed with its file, line and remedy.',
    todo: 'Correct every listed place and run the command again.',
    retryable: false,
  },
  'not-found': {
    what: 'Nothing of that id exists in this ledger.',
    todo: 'List what exists (`habeas requests list`, `habeas tasks list`, `habeas systems list`) and use an id from there.',
    retryable: false,
  },
  internal: {
    what: 'The program met a situation it has no name for.',
    todo: 'Retry once; if it comes back, report it with the correlation id from the log.',
    retryable: true,
  },
  // The statutory clock
  'clock-country-unknown': {
    what: 'This is not a country code (two letters, ISO 3166-1), alone or with a region.',
    todo: 'Give the code of the controller’s Member State, as EE or DE-BY (Greece is GR).',
    retryable: false,
  },
  'clock-region-unknown': {
    what: 'The holiday calendar knows no such region of this country.',
    todo: 'Give the ISO 3166-2 code of the region, as DE-BY, or leave the region out: only national holidays then count.',
    retryable: false,
  },
  'clock-rule-set-unsupported': {
    what: 'The law of this country has no rule set here yet; only the 27 EU Member States have.',
    todo: 'Compute this date by hand under the country’s own law; do not use the EU dates for it.',
    retryable: false,
  },
  'clock-date-invalid': {
    what: 'A date is not a day that exists, is not written YYYY-MM-DD, or lies outside the years the rule set covers.',
    todo: 'Write the day as YYYY-MM-DD; requests received before 2018-05-25 do not fall under the GDPR.',
    retryable: false,
  },
  'clock-pause-invalid': {
    what: 'A pause is not `identity` or `scope` with FROM..TO, ends before it begins, or begins before receipt or after the due date.',
    todo: 'Give the day of asking and the day of the answer; asking after the due date does not stop the clock.',
    retryable: false,
  },
  'clock-extension-ground': {
    what: 'The first month may be extended only for the complexity or the number of requests (GDPR Art. 12(3)).',
    todo: 'Use `complexity` or `number` where it is true; system failure, staff absence and vendor delay are no grounds.',
    retryable: false,
  },
  'clock-extension-late': {
    what: 'The notice of an extension had to leave before the first due date; it is too late to extend.',
    todo: 'Answer now, as far as possible, and say what is still open.',
    retryable: false,
  },
  'clock-extension-repeated': {
    what: 'This request has been extended already; the law allows it once.',
    todo: 'Work to the extended date shown by `habeas requests show ID`.',
    retryable: false,
  },
  // Policy: what may be erased, and when
  'policy-answer-missing': {
    what: 'Policy refuses to plan, because an answer is missing that nobody may guess.',
    todo: 'Give every answer that is named, in `habeas.yaml`, the data map or by the flag, and try again; a wrong guess would erase too early or keep too long.',
    retryable: false,
  },
  'policy-record-class-unknown': {
    what: 'The catalogue of record classes knows no such class, and no period is published for it.',
    todo: 'Use a class of docs/retention.md in the data map, or give your own class a period under `policy.retention.periods`.',
    retryable: false,
  },
  'policy-country-unsupported': {
    what: 'No retention rules ship for this country.',
    todo: 'Give the country where the seller is established; rules of another country must not be used in its place.',
    retryable: false,
  },
  'policy-financial-year-invalid': {
    what: 'A financial year cannot be: it ends before it begins, is longer than 18 months, overlaps another, or its end is no day.',
    todo: 'Write FROM..TO as YYYY-MM-DD..YYYY-MM-DD, or the day on which every year ends as MM-DD.',
    retryable: false,
  },
  // Plans and erasing
  'plan-ready': {
    what: 'The plan says what is erased and what is kept; nothing is erased before it is approved.',
    todo: 'Read it (`habeas requests plan ID`), then `habeas requests approve ID` or `reject ID --reason …`.',
    retryable: false,
  },
  'plan-rejected': {
    what: 'The plan was rejected; nothing was erased.',
    todo: 'Mend what the reason names (data map, policy, a hold), then `habeas requests retry ID` to have it made anew.',
    retryable: false,
  },
  'plan-changed': {
    what: 'The plan is no longer the one that was approved: facts, policy, holds or a system’s own check have changed.',
    todo: 'Look at the new plan and approve it; nothing is erased under the old one.',
    retryable: false,
  },
  'erasure-undeclared': {
    what: 'Nobody has declared how records of this collection are erased.',
    todo: 'Write `erase:` for the collection in the data map (connectors/postgres/README.md, connectors/s3-logs/README.md), then retry.',
    retryable: false,
  },
  'rewrite-unsupported': {
    what: 'Single records of this stream can be erased only by rewriting its objects, which cannot be done yet.',
    todo: 'Declare `keep-until-expiry` with a balancing where it is true, then retry; until it can be rewritten the system can only be left unresolved, and the request stays open.',
    retryable: false,
  },
  'expiry-not-enforced': {
    what: 'Objects of this log are still there although their declared time to live is over: they do not expire as the data map says.',
    todo: 'Set the bucket’s lifecycle rule (or correct `erasure.days` in the data map), let it take effect, then retry the system.',
    retryable: false,
  },
  'erase-unsupported': {
    what: 'This connector cannot erase.',
    todo: 'Configure a connector that erases, then retry; until then two people may leave the system unresolved, and the request stays open.',
    retryable: false,
  },
  'successor-needed': {
    what: 'The person is the last who looks after a workspace that goes on; somebody must take it over first.',
    todo: 'Ask the customer who it is, then `habeas requests successor ID --workspace W --user-id U`.',
    retryable: false,
  },
  'successor-unknown': {
    what: 'Whoever was named to take over the workspace is no member of it, or is the person who leaves.',
    todo: 'Name another member’s account number. Where a system is parked with it, retry the system: then it asks again.',
    retryable: false,
  },
  'blast-radius-records': {
    what: 'Far more records are to be erased than usual; a wrong identifier would look like this.',
    todo: 'Look whether all of them are this person’s, then answer the task with `proceed`, or cancel.',
    retryable: false,
  },
  'erase-residue': {
    what: 'Records that were erased are still there when read back.',
    todo: 'Look whether the system takes them back (a replica, a job, a trigger), then retry the system.',
    retryable: false,
  },
  'erase-unfinished': {
    what: 'The system took the order to erase, and the records are out of sight or on their way; they are not gone.',
    todo: 'Nothing at first: it is asked again. Where it stays so, look at the system’s own list of what was deleted, then `habeas requests retry ID SYSTEM`.',
    retryable: true,
  },
  'kept-record-missing': {
    what: 'Records that must be kept are not there when read back.',
    todo: 'Look who removed them (the system’s own jobs, its users, a trigger), restore them, then retry the system. Until then the request stays open: an erasure is not done by hand.',
    retryable: false,
  },
  'collateral-damage': {
    what: 'An effect reached more records than planned; it was rolled back and nothing of it remains.',
    todo: 'Look at the named table for triggers, rules and cascades; erase nothing until it is explained.',
    retryable: false,
  },
  'erase-unfit': {
    what: 'The live schema cannot take what the data map says is done to this column or table.',
    todo: 'Name another strategy in `erase.fields` (connectors/postgres/README.md says which a column can take), or change the column; then retry.',
    retryable: false,
  },
  'erase-blocked': {
    what: 'A constraint of the database forbids it: most often a row that came after the plan still refers to what is erased. It was rolled back.',
    todo: 'Look at what refers to the named table since the plan was made, then retry the system.',
    retryable: false,
  },
  'document-fixed': {
    what: 'The law that kept an issued document has ended, and the system lets nobody change or delete the named field of it.',
    todo: 'Have it removed where the system offers that to people (Stripe: a redaction job, or `redaction: true` in its settings). Everything else is erased; such records stay in the register and are looked at again after 30 days.',
    retryable: false,
  },
  'customer-in-use': {
    what: 'The customer itself may not go yet: it says again, or still, who it is, or a subscription, a means of payment or a tax number hangs on it, or it was billed or charged again since the plan.',
    todo: 'Nothing where it is used again, or where a hold keeps what it says: it is asked for again after 30 days. Else remove what hangs on it.',
    retryable: false,
  },
  'vendor-job-runs': {
    what: 'The vendor has taken the order to erase, and its job has not ended.',
    todo: 'Nothing: it is asked again after minutes, then hours, and after a week from the register. Look at the job at the vendor where it never ends.',
    retryable: false,
  },
  'vendor-not-yet': {
    what: 'The vendor lets go of these records only after a time of its own has passed.',
    todo: 'Nothing: they are in the register and are asked for again on that day.',
    retryable: false,
  },
  'vendor-reaches-more': {
    what: 'The vendor would take more than was decided: what it erases is bound to records that must stay, or that nobody has decided about.',
    todo: 'Nothing where those are kept by a law: these records are asked for again every 30 days. Else look at what hangs on them (Stripe: credit notes, another payment’s invoice).',
    retryable: false,
  },
  'vendor-job-refused': {
    what: 'The vendor has looked at the order to erase and refuses it for the state the records are in.',
    todo: 'Look at what the vendor says of them (Stripe: open disputes, unfinished payments, another redaction job) and finish it; they are asked for again after 30 days.',
    retryable: false,
  },
  'money-open': {
    what: 'Since the plan was made money is open: a balance, an unpaid invoice, a dispute. What is needed for it must not go.',
    todo: 'Settle it, then have the plan made anew.',
    retryable: false,
  },
  'reference-uncovered': {
    what: 'Rows refer to records that are to be erased, and the plan neither erases them nor clears the reference.',
    todo: 'Declare the column in the data map (a path, `references`, a strategy in `erase.fields`), then retry.',
    retryable: false,
  },
  'cascade-beyond-plan': {
    what: 'Deleting would also change rows that are not in the plan, by a foreign key’s ON DELETE.',
    todo: 'Declare the column in the data map so that its rows are found and planned, or change the foreign key to NO ACTION; then retry.',
    retryable: false,
  },
  'trigger-unaccepted': {
    what: 'A trigger or rule of the table would run, and nobody has said that it changes nothing of anybody else’s.',
    todo: 'Look at what it does. A trigger that reaches nobody else goes into `erase.acceptTriggers`; a rule must be disabled.',
    retryable: false,
  },
  'foreign-key-cycle': {
    what: 'Tables refer to each other in a circle that cannot be broken: no column of it may be null and no constraint can wait until the end of the transaction.',
    todo: 'Make one of the columns nullable, or its constraint DEFERRABLE; then retry.',
    retryable: false,
  },
  'hold-placed': {
    what: 'A hold was placed on this request; nothing more is erased while it stands.',
    todo: 'Release the hold (`habeas holds release HOLD --reason …`), then retry the system.',
    retryable: false,
  },
  'receipt-not-ready': {
    what: 'There is no receipt yet: it is made when the request is completed, or when it only waits for a day.',
    todo: 'Look where the request stands with `habeas requests show ID`; a running worker makes the receipt within minutes.',
    retryable: false,
  },
  'keys-unusable': {
    what: 'The file of public keys cannot be read, or is no JWKS of Ed25519 keys.',
    todo: 'Give the file that `habeas receipt keys --out FILE` writes, or that the company publishes, with `--keys FILE`.',
    retryable: false,
  },
  'file-unreadable': {
    what: 'A file that was named cannot be read.',
    todo: 'Check its path and permissions.',
    retryable: false,
  },
  'access-open': {
    what: 'A request for access of the same person is open, or its download window is; nothing is erased meanwhile.',
    todo: 'Before the point of no return nothing: it goes on by itself. Past it, retry the system when that request is answered and kept (`habeas requests show ID` says until when), or cancelled.',
    retryable: false,
  },
  'hold-released': {
    what: 'The hold was released already.',
    todo: 'Nothing: `habeas holds list --all` tells by whom and when.',
    retryable: false,
  },
  // The retention sweep
  'sweep-facts-missing': {
    what: 'What the records were decided by was not kept with this entry of the register, so no rule can be asked about them again.',
    todo: 'Have somebody look at the records (`habeas retention show REG --open`) and erase them in the system by hand when their date has passed.',
    retryable: false,
  },
  'register-differs': {
    what: 'A page of the register names more records than the books still keep by it: some were gone, or somebody else’s, when their turn came, and nobody can tell which. Nothing of it is erased.',
    todo: 'Have somebody look at the records (`habeas retention show REG --open`) and erase in the system by hand what is still the person’s when its date has passed.',
    retryable: false,
  },
  'sweep-refused': {
    what: 'The law that kept the record has ended, but today’s rules would not erase it, and no date ends that: a contract runs, for example, or it counts as somebody else’s.',
    todo: 'Look at it (`habeas retention show REG --open`) and correct the data map or the company’s answers where they are wrong; it is looked at again every week.',
    retryable: false,
  },
  'sweep-future': {
    what: 'Nothing is swept before its day: only a dry run may look ahead.',
    todo: 'Add `--dry-run`, or leave `--as-of` out to sweep what is due today.',
    retryable: false,
  },
  'backups-unknown': {
    what: 'No backups of this system are registered: what was erased in it left no locators to go by.',
    todo: 'Name the backups under `backups` in habeas.yaml; for what was erased before, ask for erasure anew.',
    retryable: false,
  },
  'replay-future': {
    what: 'No copy can have been made in the future.',
    todo: 'Give the instant at which the restored copy was made, with its time zone.',
    retryable: false,
  },
  'sweep-begun': {
    what: 'Erasing has begun for every request that is left in this batch; from there it only goes forward.',
    todo: 'Let it finish; `habeas retention show BATCH` tells how far it is.',
    retryable: false,
  },
  'sweep-receipt-not-ready': {
    what: 'Nothing has become of the batch yet that a receipt could tell of.',
    todo: 'Look where it stands with `habeas retention show BATCH`.',
    retryable: false,
  },
  'sweep-lines-missing': {
    what: 'What became of the batch does not add up to what it was made of, so that no receipt of it is signed.',
    todo: 'A batch that was made before this version has no lines of what was done then: `habeas requests evidence ID` of its requests tells it. Otherwise report it: the ledger was changed past the program.',
    retryable: false,
  },
  'sweep-told': {
    what: 'Nobody has to be told of this batch under that name, or they have been.',
    todo: 'Look whom the batch asks about: `habeas retention show BATCH`.',
    retryable: false,
  },
  'sweep-not-asked': {
    what: 'This batch waits for nobody’s approval (any more).',
    todo: 'Look at what waits: `habeas retention list`.',
    retryable: false,
  },
  'sweep-changed': {
    what: 'The batch is not the one that was read: what is in it has changed.',
    todo: 'Read it again (`habeas retention show BATCH`) and decide about that.',
    retryable: false,
  },
  'sweep-rejected': {
    what: 'A person rejected the batch; its entries are asked about again on a later day.',
    todo: 'Nothing, or place a hold on what must stay (`habeas holds place`).',
    retryable: false,
  },
  'request-open': {
    what: 'A request that is still open has found these records, or asks for access to what is kept of the same person; they are left to it.',
    todo: 'Nothing: they are looked at again every day until that request has ended.',
    retryable: false,
  },
  'expiry-late': {
    what: 'Records that should have gone by themselves by their date are still there.',
    todo: 'Look at the system’s own expiry (the bucket’s lifecycle, the vendor’s job). They are read back again every day.',
    retryable: false,
  },
  'class-unknown': {
    what: 'No collection of any configured system has this record class.',
    todo: 'Give a class of a data map; docs/retention.md lists the usual ones.',
    retryable: false,
  },
  'class-state': {
    what: 'That is how the class is swept already.',
    todo: 'Nothing; `habeas retention list` tells which classes are swept without asking.',
    retryable: false,
  },
  'review-date': {
    what: 'A hold needs a day on which somebody looks whether it is still needed: a day to come, within two years.',
    todo: 'Write `--review YYYY-MM-DD`.',
    retryable: false,
  },
  'past-no-return': {
    what: 'The point of no return is passed: something may be erased already, and it can only go on.',
    todo: 'Let it finish; `habeas requests show ID` tells what is gone.',
    retryable: false,
  },
  'late-arrivals': {
    what: 'Records of the person came while erasing, and the system does not tell when they were made.',
    todo: 'Answer the task: `erase` to have them planned and approved too, `new-relationship` to leave them.',
    retryable: false,
  },
  'workspace-not-owned': {
    what: 'Only a sole trader’s or private customer’s own workspace can be closed with an erasure; a company’s is its own to close.',
    todo: 'Leave `--close-workspace` out, or give the key of a workspace that is the person’s own business.',
    retryable: false,
  },
  // Requests
  'identifier-missing': {
    what: 'The request names nothing to look for: no e-mail address, user id, name or postal address.',
    todo: 'Give at least one identifier (`--email`, `--user-id`, `--name`, `--company`, `--postal-address`, `--identifier`).',
    retryable: false,
  },
  'identifier-unusable': {
    what: 'An identifier is empty, malformed, or says so little that it would point to other people too.',
    todo: 'Correct it (the flag is named) or leave it out; placeholders such as “unknown” are not identifiers.',
    retryable: false,
  },
  'identifier-kind': {
    what: 'No configured system finds one person by an identifier of this kind.',
    todo: 'Write `--identifier KIND=VALUE` with one of the kinds that are named; `habeas systems list --json` says which system needs which.',
    retryable: false,
  },
  'identifiers-not-searchable': {
    what: 'No configured system can search by what the request gives.',
    todo: 'Find an e-mail address or user id by hand and answer the task with it, or say in the task that none exists.',
    retryable: false,
  },
  'right-unsupported': {
    what: 'A configured system lacks the stage that this right needs, so nobody could answer for it.',
    todo: 'Take the right out of the request or use a connector that has the stage; the system is named.',
    retryable: false,
  },
  'rights-apart': {
    what: 'These rights do not go into one request: each reads every system under rules of its own.',
    todo: 'Open a request for each; they are linked as of the same person.',
    retryable: false,
  },
  'received-in-future': {
    what: 'The date of receipt lies in the future.',
    todo: 'Give the day on which the request arrived, in the time zone of the controller.',
    retryable: false,
  },
  'attachment-too-large': {
    what: 'The attachments are larger than 25 MiB together, or there are more than 50.',
    todo: 'Attach what identifies the request and keep the rest where it is.',
    retryable: false,
  },
  'contact-unusable': {
    what: 'A verified identity needs a method and a contact point (an e-mail address or a postal address).',
    todo: 'Give `--method` and `--contact`, as verified; nothing is sent anywhere else.',
    retryable: false,
  },
  'package-not-ready': {
    what: 'The request has no package that waits for its delivery.',
    todo: 'Look at `habeas requests show ID`: it is built when every system has answered.',
    retryable: false,
  },
  'part-ready': {
    what: 'The internal target has come: some systems have answered, and others have not.',
    todo: 'Send what is finished as a package of its own (`habeas requests send-part ID`), or answer `wait`; the request stays open for the rest.',
    retryable: false,
  },
  'nothing-finished': {
    what: 'No system has finished whose answer was not sent already.',
    todo: 'Look at `habeas requests show ID`: a part can be sent when another system is done.',
    retryable: false,
  },
  'package-follows': {
    what: 'Every system has answered: the package with all that was not sent yet is built and sent by itself.',
    todo: 'Nothing needs to be done; `habeas requests show ID --watch` shows it go.',
    retryable: false,
  },
  'delivery-date': {
    what: 'A package cannot have been delivered on a day to come, or before it was built.',
    todo: 'Give the day on which it was posted or handed over; `habeas requests show ID` says when it was built.',
    retryable: false,
  },
  // Rights that act on records
  ...rightsErrors,
  ...instructionErrors,
  // People and decisions
  'person-needed': {
    what: 'This needs a named person who signs it.',
    todo: 'Give `--as ID --key FILE`, or set them once with `habeas people use ID --key FILE`.',
    retryable: false,
  },
  'person-unknown': {
    what: 'The configuration has no person of this id.',
    todo: 'Add the person under `people:`; `habeas people new ID` prints the entry.',
    retryable: false,
  },
  'person-key': {
    what: 'The key is not the one configured for this person, or is no Ed25519 private key.',
    todo: 'Use the key file whose public key stands under `people:`; a lost key is replaced there.',
    retryable: false,
  },
  'person-role': {
    what: 'This person does not have the role that this decision needs.',
    todo: 'Ask somebody who has it; roles are listed under `people:`.',
    retryable: false,
  },
  'person-twice': {
    what: 'This person has answered this task already; the others who are asked for must be different people.',
    todo: 'Ask another person with the role to answer it.',
    retryable: false,
  },
  'reason-needed': {
    what: 'This decision needs a reason; two years later somebody will ask for it.',
    todo: 'Give `--reason` in a sentence; it is stored sealed.',
    retryable: false,
  },
  'task-closed': {
    what: 'The task has been answered already; its answer stands.',
    todo: 'Look at `habeas tasks show ID` for who answered what.',
    retryable: false,
  },
  'answer-not-allowed': {
    what: 'The task does not allow this answer.',
    todo: 'Use one of the answers that `habeas tasks show ID` lists.',
    retryable: false,
  },
  'lane-not-parked': {
    what: 'This system does not wait for a decision in this request.',
    todo: 'Look at `habeas requests show ID`: only a parked or unresolved system with an open task can be decided about.',
    retryable: false,
  },
  'counts-invalid': {
    what: 'The counts of a system answered by hand do not name every one of its collections once, with what was found in it.',
    todo: 'Say of each collection how many records were found and how many of them are withheld or referred, also where it is 0.',
    retryable: false,
  },
  'proof-needed': {
    what: 'An answer given by hand needs its proof: what you saw or exported, as one file of at most 25 MiB that is not empty.',
    todo: 'Use `habeas requests done-by-hand` with `--proof FILE` (a screenshot, an export log, the letter of whoever looked); it is stored sealed.',
    retryable: false,
  },
  'file-needed': {
    what: 'Records are to be given to the person, and no file holds them (or one is empty).',
    todo: 'Give `--file FILE` for each file that belongs into the package; or count the records as withheld or referred.',
    retryable: false,
  },
  'by-hand-needed': {
    what: 'No program can do this in this system: a person does it by hand and says what they found.',
    todo: 'Follow what `habeas tasks show ID` says, then answer the task with counts and proof (`habeas tasks answer --help`).',
    retryable: false,
  },
  'kept-due': {
    what: 'What was kept by hand in this system has reached its last day: a person erases it, or says on which ground it is kept on.',
    todo: 'Follow what `habeas tasks show ID` says, then answer `erased`, or `kept` with `--ground` and `--until`; two people who count the same, or one where `habeas retention automatic CLASS on` stands and everything is erased.',
    retryable: false,
  },
  'kept-untold': {
    what: 'What was kept by hand and is erased now was given to recipients, who must be told of it (Art. 19); nobody has said that they were.',
    todo: 'Tell whom `habeas tasks show ID` names, then answer with `--told YYYY-MM-DD`; or with `--told impossible`, and say why in the reason.',
    retryable: false,
  },
  'by-hand-too-early': {
    what: 'Nothing is erased by hand before the plan is approved, every system is prepared and the point of no return is passed.',
    todo: 'Look at `habeas requests plan ID`; if this system alone stops it, try it again or let two people leave it unresolved, and answer by hand afterwards.',
    retryable: false,
  },
  'kept-ground': {
    what: 'What is kept by hand needs its ground: a retention rule of this class of records with the last day, or a ground of the closed list for what is refused.',
    todo: 'Give `--ground` and, for what is retained, `--until YYYY-MM-DD`; what may stand there is named here.',
    retryable: false,
  },
  'next-date': {
    what: 'A system left unresolved needs an owner and a next date: a day to come, within a year.',
    todo: 'Use `habeas requests leave-unresolved` with `--owner ID` (a person of the configuration) and `--next YYYY-MM-DD`.',
    retryable: false,
  },
  'voices-differ': {
    what: 'Somebody has proposed to leave this system unresolved under another owner or another date; they are named here.',
    todo: 'Give the same to agree; or let whoever proposed it propose yours, and agree to that.',
    retryable: false,
  },
  'system-paused-already': {
    what: 'This system is stopped already; it has one open incident.',
    todo: 'Look at `habeas systems list`.',
    retryable: false,
  },
  'system-not-paused': {
    what: 'This system is not stopped; there is nothing to resume.',
    todo: 'Look at `habeas systems list`.',
    retryable: false,
  },
  // Keys and seals
  'key-missing': {
    what: 'The key store has no key of this id.',
    todo: 'Check that `keys.store` is the one this ledger was made with; restore it from its own backup.',
    retryable: false,
  },
  'key-destroyed': {
    what: 'The key was destroyed on its date; what it sealed can never be opened again.',
    todo: 'Nothing: this is how data ends. Open a new request if the person asks again.',
    retryable: false,
  },
  'key-master': {
    what: 'The master key does not open this key store, or is not 32 bytes.',
    todo: 'Give the master key that this key store was made with, as 32 bytes in base 64.',
    retryable: false,
  },
  'key-store-unusable': {
    what: 'The key store could not be read or written.',
    todo: 'Check the folder of `keys.store`: it must exist or be creatable, and belong to this user alone.',
    retryable: true,
  },
  'seal-broken': {
    what: 'A sealed object does not open: it was changed, cut short, swapped with another, or sealed under another key.',
    todo: 'Nothing of it was used. Find out who may write to the ledger database and the staging bucket; retry the system to read it again.',
    retryable: false,
  },
  // The ledger
  'ledger-not-migrated': {
    what: 'The ledger database has no tables of this version yet.',
    todo: 'Run `habeas migrate` with a URL whose user owns the database.',
    retryable: false,
  },
  'ledger-newer': {
    what: 'The ledger database was migrated by a newer version of Habeas.',
    todo: 'Run that version or a later one; an older one would damage the books.',
    retryable: false,
  },
  'ledger-role': {
    what: 'The role `habeas_app` cannot be made or used by this database user.',
    todo: 'As database administrator: CREATE ROLE habeas_app NOLOGIN; GRANT habeas_app TO the user of `ledger.url`.',
    retryable: false,
  },
  'ledger-refused': {
    what: 'The ledger database refused the statement or the credentials.',
    todo: 'Check the user and the password of `ledger.url`, then run `habeas migrate` as the owner of the database.',
    retryable: false,
  },
  'ledger-conflict': {
    what: 'Two changes of the same request met; one of them was undone.',
    todo: 'Try again; nothing was half done.',
    retryable: true,
  },
  'books-unbalanced': {
    what: 'What was found is not equal to what was exported, withheld and referred, or a system or collection has not answered.',
    todo: 'Look at `habeas requests show ID` for the system whose counts differ and retry it; the request stays open until then.',
    retryable: false,
  },
  'state-final': {
    what: 'The request is completed, refused or cancelled; that never changes again.',
    todo: 'Open a new request if something new is asked for.',
    retryable: false,
  },
  'audit-unsafe': {
    what: 'An audit row was about to carry something that is not an id, slug, count, hash, date or code; it was not written.',
    todo: 'Report this: it is a mistake in the program.',
    retryable: false,
  },
  // Packages and their delivery
  'package-chunk-broken': {
    what: 'A staged chunk is not what the ledger says of it: its header, its count or a record’s form differs.',
    todo: 'Nothing was delivered. Retry the system to read it again; report it if it comes back.',
    retryable: false,
  },
  'package-system-unknown': {
    what: 'The request holds records of a system or collection that this worker’s configuration does not describe.',
    todo: 'Put the system and its data map back into `habeas.yaml`; the worker that builds packages needs all systems.',
    retryable: false,
  },
  'package-altered': {
    what: 'The stored package is not the one that was built: its SHA-256 differs.',
    todo: 'Do not send it. Find out who may write to the package bucket.',
    retryable: false,
  },
  'package-deleted': {
    what: 'The package was deleted when its days were over.',
    todo: 'Open a new request if the person needs the data again.',
    retryable: false,
  },
  'file-exists': {
    what: 'A file of this name is there already.',
    todo: 'Give another name, or `--force` to replace it.',
    retryable: false,
  },
  'file-unwritable': {
    what: 'The file could not be written.',
    todo: 'Check the folder, its permissions and the free space.',
    retryable: false,
  },
  'identity-unverified': {
    what: 'The identity of the person who asked is not verified; nothing is released before it is.',
    todo: 'Record it with `habeas requests identity ID verified --method … --contact …`.',
    retryable: false,
  },
  'mail-unreachable': {
    what: 'The mail server did not answer, or asked to try again later.',
    todo: 'Bring the mail server back or correct `mail.url`; sending is tried again by itself.',
    retryable: true,
  },
  'mail-credentials': {
    what: 'The mail server refused the user or the password of `mail.url`.',
    todo: 'Correct them, restart the worker, then retry the delivery.',
    retryable: false,
  },
  'mail-refused': {
    what: 'The mail server refused the letter for good: the address, the sender or the content.',
    todo: 'Check the verified contact point with the person. A package is sent by hand; an answer is printed with `habeas requests letter ID` and handed over; record either with `habeas requests delivered ID`. Where an answer reaches nobody: `habeas tasks answer TASK --answer not-reachable --reason "…"`.',
    retryable: false,
  },
  // Reaching things
  'system-unreachable': {
    what: 'The system did not accept a connection, or closed it midway.',
    todo: 'Bring the system back or correct its address, then resume it (`habeas systems resume SYSTEM`): every request that waits for it goes on.',
    retryable: true,
    systemWide: true,
  },
  'system-credentials': {
    what: 'The system refused the credentials.',
    todo: 'Renew or correct the credentials, run `habeas systems check SYSTEM`, then `habeas systems resume SYSTEM`.',
    retryable: false,
    systemWide: true,
  },
  'system-permission': {
    what: 'The credentials are valid but lack a permission that the data map needs.',
    todo: "Grant what the connector's README lists, run `habeas systems check SYSTEM`, then `habeas systems resume SYSTEM`.",
    retryable: false,
    systemWide: true,
  },
  'system-timeout': {
    what: 'The system took longer than the configured limit for one statement or call.',
    todo: 'Look at its load and at missing indexes (the place is named), or raise the limit; then `habeas systems resume SYSTEM`.',
    retryable: true,
    systemWide: true,
  },
  'system-schema-drift': {
    what: 'A table or column that the data map names does not exist in the system, or is of an unexpected type.',
    todo: 'Bring the data map up to date with the schema (the place is named), run `habeas systems check SYSTEM`, then `habeas systems resume SYSTEM`.',
    retryable: false,
    systemWide: true,
  },
  'system-schema-undeclared': {
    what: 'The system has a table or a column that the data map does not declare; what it holds would be left out of every answer.',
    todo: 'Declare it in the data map (`habeas map check SYSTEM` lists all of them and what to write), restart the worker, then `habeas requests retry ID SYSTEM`, or `habeas systems resume SYSTEM` where it was stopped.',
    retryable: false,
    systemWide: true,
  },
  'system-key-unproved': {
    what: 'The key in the data map is not a primary key or a unique index over columns that are never null.',
    todo: 'Name the primary key, or create the unique index; without one records could be left out or read twice.',
    retryable: false,
    systemWide: true,
  },
  'map-path-dangling': {
    what: 'A path of the data map does not lead from a record to one person in the live schema.',
    todo: 'Correct the path: columns that exist, types that can be compared, and an end at a unique key of the subject’s table.',
    retryable: false,
  },
  'map-index-missing': {
    what: 'Looking one person up would read this whole table: no usable index begins with the column.',
    todo: 'Create the index that `habeas map check` names; without it each request is a full scan of the table.',
    retryable: false,
  },
  'map-reference-undeclared': {
    what: 'A foreign key to the subject’s table is not declared, or holds a row that never goes: no person’s row could be erased.',
    todo: 'Declare the column in the data map as `habeas map check` says, in `reach` or in `references`.',
    retryable: false,
  },
  'map-declaration-stale': {
    what: 'The data map declares a table or column as holding no personal data, and it does not exist in the system.',
    todo: 'Remove the declaration, or correct its name.',
    retryable: false,
  },
  'map-schema-unseen': {
    what: 'The login may not use this schema, so that its tables were not compared with the data map.',
    todo: 'Name it in `schemas` of the data map if it may hold personal data.',
    retryable: false,
  },
  'map-unsupported': {
    what: 'This kind of system has no schema that a data map could be compared with.',
    todo: 'Nothing: `habeas systems check SYSTEM` tries everything else.',
    retryable: false,
  },
  'system-not-read-only': {
    what: 'The credentials may change data; Habeas reads and must not be able to write here.',
    todo: "Use a role that is no superuser and has SELECT only, as the connector's README shows.",
    retryable: false,
    systemWide: true,
  },
  'system-rows-hidden': {
    what: 'Row-level security would hide rows of this table from the role, so that an answer could be incomplete.',
    todo: 'Give the role BYPASSRLS, or a policy that lets it read every row and a table owner who does not force it.',
    retryable: false,
    systemWide: true,
  },
  'system-conflict': {
    what: 'The system broke the read off because of other work (a deadlock, or a replica catching up).',
    todo: 'Nothing: it is tried again. If it keeps happening, read from the primary or lower `snapshotMinutes`.',
    retryable: true,
  },
  'system-rate-limited': {
    what: 'The system says that it is called too often.',
    todo: 'Nothing: it is tried again. If it keeps happening, lower `settings.requestsPerSecond`, or see who else calls with this account.',
    retryable: true,
    systemWide: true,
  },
  'system-tls': {
    what: 'The system and Habeas could not agree on an encrypted connection.',
    todo: 'Check the certificate, its issuer and host name, and the TLS setting of the address.',
    retryable: false,
    systemWide: true,
  },
  'system-failed': {
    what: 'The system answered with an error that the connector has no name for; its own code is named.',
    todo: "Look the code up in the system's manual and in its log at this time; then retry.",
    retryable: true,
  },
  'customer-kind-unmapped': {
    what: 'A workspace has a customer kind that the data map does not map, so that it is not known whose its records are.',
    todo: 'Add the value of the named column to `customerKind.values` in the data map, or correct the row; then retry.',
    retryable: false,
  },
  'supply-unmapped': {
    what: 'A record says of how its supply was taxed what the data map does not map, so that no law can be told to keep it.',
    todo: 'Add the value of the named column to `retention.supply.values` in the data map, or correct the row; then retry.',
    retryable: false,
  },
  'tombstone-missing': {
    what: 'The row of the subject’s collection that stands for everybody who was erased is not there.',
    todo: 'Insert the row whose key the data map names under `tombstone` (connectors/postgres/README.md), about nobody.',
    retryable: false,
    systemWide: true,
  },
  'erase-login-missing': {
    what: 'The data map says how records are erased, and no login is configured that may erase them.',
    todo: 'Give `settings.eraseUrl` of the system a role of its own that may erase, as connectors/postgres/README.md shows.',
    retryable: false,
  },
  'erase-login-elsewhere': {
    what: 'The login that erases is not of the database that is read: what is found here would be erased there.',
    todo: 'Correct `settings.eraseUrl` (or `settings.url`): both are the same database; reading may use a replica of it.',
    retryable: false,
    systemWide: true,
  },
  'erase-permission': {
    what: 'The login that erases lacks a right that the data map needs.',
    todo: 'Grant `settings.eraseUrl` what is named in brackets, on exactly that table or column (connectors/postgres/README.md).',
    retryable: false,
  },
  'system-paused': {
    what: 'A person stopped this system; nothing is called while its incident is open.',
    todo: 'Resume it (`habeas systems resume SYSTEM`) when it may be called again; its lanes wake by themselves.',
    retryable: false,
  },
  'system-tripped': {
    what: 'Habeas stopped calling this system after repeated failures; nothing is called while its incident is open.',
    todo: 'Look at the cause (`habeas systems list`), mend it, then resume (`habeas systems resume SYSTEM`); its lanes wake by themselves.',
    retryable: false,
  },
  'ledger-unreachable': {
    what: 'The ledger database did not answer.',
    todo: 'Bring PostgreSQL back; work goes on by itself.',
    retryable: true,
  },
  'storage-unreachable': {
    what: 'The object storage did not answer, or answered with a server error.',
    todo: 'Bring the S3 service back; work goes on by itself or after a retry.',
    retryable: true,
  },
  'storage-refused': {
    what: 'The object storage refused the operation.',
    todo: 'Check the bucket, its policy and the credentials, then retry.',
    retryable: false,
  },
  'storage-not-found': {
    what: 'An object that the ledger knows is not in the object storage.',
    todo: 'Find out who removed it (life-cycle rules of the bucket?); retry the system to read it again.',
    retryable: false,
  },
  'storage-not-erased': {
    what: 'Something that was to be erased is still in the object storage when it is read back.',
    todo: 'Look for Object Lock, a bucket policy or replication that keeps it; it is tried again.',
    retryable: true,
  },
  'storage-public': {
    what: 'The bucket gives its objects to anyone, without credentials.',
    todo: 'Block public access of the bucket now; it must never hold personal data as it is.',
    retryable: false,
  },
  // Temporal
  'temporal-unreachable': {
    what: 'The Temporal service did not answer.',
    todo: 'Check temporal.address and the service; work goes on by itself once it answers.',
    retryable: true,
  },
  'temporal-tls': {
    what: 'No trusted TLS connection to the Temporal service could be made.',
    todo: 'Check temporal.tls: the CA that signed its certificate, serverName, and the client certificate with its key.',
    retryable: false,
  },
  'temporal-credentials': {
    what: 'The Temporal service refused the API key or the client certificate.',
    todo: 'Renew or correct temporal.apiKey or temporal.tls, then start the worker again.',
    retryable: false,
  },
  'temporal-namespace': {
    what: 'The Temporal service has no such namespace, or these credentials do not see it.',
    todo: 'Correct temporal.namespace, or register it.',
    retryable: false,
  },
  'payload-refused': {
    what: 'Something other than ids, slugs, hashes, counts, dates and codes was about to be sent to Temporal; it was not.',
    todo: 'Report it with the correlation id from the log: this is a mistake in the program, and nothing has leaked.',
    retryable: false,
  },
  'worker-stopping': {
    what: 'The worker was stopped while this stage was at work; another one goes on from the last chunk.',
    todo: 'Nothing, if a worker runs (`habeas worker`).',
    retryable: true,
  },
  'worker-lost': {
    what: 'The worker died or lost its connection while this stage was at work; it is tried again from the last chunk.',
    todo: 'Nothing, if a worker runs (`habeas worker`); look at its log if it comes back.',
    retryable: true,
  },
  // Lanes
  'stage-stalled': {
    what: 'A stage made no progress for five minutes and was stopped.',
    todo: 'Look at the load of the system and of the object storage; it is tried again from the last chunk.',
    retryable: true,
  },
  'stage-superseded': {
    what: 'A newer attempt of the same stage has taken over; this one wrote nothing more.',
    todo: 'Nothing; the newer attempt goes on.',
    retryable: true,
  },
  'record-mismatch': {
    what: 'The system returned a record that is not proved to be the person’s; nothing of it was kept.',
    todo: 'Check the joins of the named collection in the data map, and the system’s filters; then retry.',
    retryable: false,
  },
  'stream-changed': {
    what: 'The data map or the policy changed while a collection was being read; its chunks would hold two decisions.',
    todo: 'Retry (`habeas requests retry ID SYSTEM`): the system is read anew, from the beginning, under the configuration of now.',
    retryable: false,
  },
  'record-too-large': {
    what: 'One record is larger than a chunk may be (8 MiB).',
    todo: 'Leave the large column of the named collection out of the data map, or hand it over by hand.',
    retryable: false,
  },
  'too-many-candidates': {
    what: 'More than a hundred records may be the person’s; a person cannot decide them one by one.',
    todo: 'Ask the person for a more exact identifier, or take the widest candidate column out of the data map.',
    retryable: false,
  },
  'blast-radius': {
    what: 'Unusually many identifiers were found, or the search did not come to an end after five rounds.',
    todo: 'Look at the open task: shared devices or addresses make other people look like this one.',
    retryable: false,
  },
  'system-not-configured': {
    what: 'The request names a system that the configuration no longer has.',
    todo: 'Put the system back into `habeas.yaml` under the same id, then `habeas requests retry ID SYSTEM`.',
    retryable: false,
  },
  'workflow-closed': {
    what: 'The workflow of a request that is still open has ended outside Habeas (terminated in Temporal).',
    todo: 'Open the request anew; this one cannot go on, and stays in the ledger as it is.',
    retryable: false,
  },
  // The local stack
  'binary-missing': {
    what: 'A server program of the local stack is not there and could not be downloaded.',
    todo: 'Install the named version or set the named environment variable, then start again.',
    retryable: false,
  },
  'binary-hash': {
    what: 'A downloaded server program does not have the pinned SHA-256; it was not used.',
    todo: 'Find out what stands between this machine and the download; or install the version yourself and name it in the variable.',
    retryable: false,
  },
  'local-start': {
    what: 'A server of the local stack did not start.',
    todo: 'Read the named log file; `habeas local down` and `habeas local up` start it again, `habeas local reset` from nothing.',
    retryable: true,
  },
  'local-down': {
    what: 'The local stack is not running: its servers did not answer.',
    todo: 'Start it with `npm start`, or `habeas local up` for the servers alone.',
    retryable: true,
  },
  'local-open': {
    what: 'A server of the local stack would let in anybody without credentials; it was not left running.',
    todo: 'Remove the folder of the local stack with `habeas local reset` and start again; report it if it comes back.',
    retryable: false,
  },
  'sample-database-in-use': {
    what: 'The database already has tables that are not the sample company; nothing was changed in it.',
    todo: 'Name an empty database for the sample company.',
    retryable: false,
  },

  // Masking
  ...maskingErrors,
} as const satisfies Record<string, CatalogueEntry>;

export type ErrorCode = keyof typeof catalogue;

/** Codes of failures that are the system's and not one request's. */
export const systemWideCodes: readonly ErrorCode[] = Object.keys(catalogue)
  .filter(isErrorCode)
  .filter((code) => {
    const entry: CatalogueEntry = catalogue[code];
    return entry.systemWide === true;
  });

/** Narrows any string to a catalogue code. */
export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(catalogue, text);
}

/**
 * The only error that crosses a room's border. Its message is the catalogue's sentence and, where given, the configured
 * place; the cause stays on this machine's stack and is never logged or sent.
 */
export class HabeasError extends Error {
  override readonly name = 'HabeasError';
  readonly code: ErrorCode;
  /** A configured place (file:line, system, schema.table.column, flag). Never a value of a subject. */
  readonly where: string | undefined;

  constructor(code: ErrorCode, options: { where?: string | undefined; cause?: unknown } = {}) {
    super(options.where === undefined ? catalogue[code].what : `${catalogue[code].what} [${options.where}]`, {
      cause: options.cause,
    });
    this.code = code;
    this.where = options.where;
  }

  get retryable(): boolean {
    return catalogue[this.code].retryable;
  }

  get todo(): string {
    return catalogue[this.code].todo;
  }
}

/** The catalogue code of anything thrown; what has no code is `internal`. */
export function codeOf(error: unknown): ErrorCode {
  return error instanceof HabeasError ? error.code : 'internal';
}
