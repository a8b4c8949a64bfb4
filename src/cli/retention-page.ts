/**
 * docs/retention.md, written from the law tables by `npm run docs`, so that page and program cannot say different things.
 * A test compares, as for the other reference pages.
 */
import {
  anchors,
  classKinds,
  clockEvents,
  fieldRoles,
  invoiceContents,
  jurisdictions,
  lawTables,
  periodInWords,
  type RetentionRule,
  recordClasses,
  retentionRules,
} from '../policy/retention/index.ts';

export function retentionPage(): string {
  const countries = Object.entries(jurisdictions).map(([code, name]) => `${name} (\`${code}\`)`);
  return `# Retention: what is kept, by which law, until when

\`habeas policy explain RECORD-CLASS --date DATE\` says for one document which clocks run, which wins and from when erasing is
allowed. The same pure functions (\`src/policy/retention/\`) decide in every plan, erase step and sweep. Made from the law
tables (version ${lawTables.version}, facts of ${lawTables.asOf}) by \`npm run docs\`. Not legal advice.

- **The seller's establishment and tax registrations decide**, not the customer's residence: \`controller.country\`, and beside
  it every country of \`policy.retention.taxRegistrations\`. Countries: ${countries.join(', ')}.
- **Several clocks run on one document; the longest wins**; ties are all named. Erasing is allowed from the day after its last
  day (\`erasableFrom\`). Days are civil days and never roll to working days; 29 February + 7 years is 28 February.
- **Nothing is guessed.** A clock whose start is unknown, a day in no financial year, a supply that may or may not be OSS, a
  class without a rule in the country, a provider without a chargeback window: \`policy-answer-missing\` names each answer, and
  nothing is planned.
- **Marks.** V: read in the primary text or on an authority's page. S: secondary source. M: general knowledge. V and S are in
  force; M is switched off until somebody has checked it and listed its id in \`policy.retention.switchOn\`.
- **An issued invoice is never edited** (${invoiceContents.law} ${invoiceContents.section}): it is kept byte-identical, access-restricted, and destroyed on its date.
  What merely stands beside it (contact person, telephone, e-mail, card, tokens, dunning, chats, analytics) follows its own
  legal basis as soon as no balance, refund, chargeback window or dispute is open (\`policy.chargebackDays\`, by provider).
- **OSS is a fact of each supply**, never of the company; a reverse-charge supply is never OSS.

## Rules

| country | records | classes | period | counted from | law | source | mark |
| --- | --- | --- | --- | --- | --- | --- | --- |
${retentionRules.map(ruleRow).join('\n')}

## Record classes

A data map gives every collection a \`recordClass\`. **One system keeps the originals of each kind of document that a law keeps.** Where the data maps of several
systems name the same such class (\`by-law\`, \`by-supply\`), \`policy.retention.systemOfRecord\` must say which of them has the originals, or the configuration is refused,
naming every claim. What the others have are copies: no law keeps them, they follow the legal basis that their own map declares, and are erased when that has ended. A
period for copies is published under the class with \`-copy\` behind it (\`invoice-copy\`); without one there is none. Collections of one system are one original (an invoice and its lines).

\`\`\`yaml
policy:
  retention:
    systemOfRecord: { invoice: billing } # Stripe issues them; what the account database has of them are copies
\`\`\`

**What others hang on goes after them** (\`by-reference\`): a customer at a payment provider is emptied with the request, and goes itself on the day after the last
document that names it, by whatever keeps that one; never a company's, whoever its contact was.

| class | what | kind |
| --- | --- | --- |
${Object.entries(recordClasses)
  .map(([name, { what, kind }]) => `| \`${name}\` | ${what} | ${kind} |`)
  .join('\n')}

${Object.entries(classKinds)
  .map(([kind, what]) => `- **${kind}**: ${what}`)
  .join('\n')}

A class of kind \`own-basis\`, and any class of your own, needs a period with the place where you published it:

\`\`\`yaml
policy:
  retention:
    periods:
      account: { period: 6 months, from: closure, source: "Privacy policy of 17 April 2026, Retention", onErasure: ends }
      security-log: { period: 90 days, from: creation, source: "Privacy policy of 17 April 2026, Retention", onErasure: runs }
    taxRegistrations: [DE] # other countries where you are registered for tax
    switchOn: [] # ids of rules marked M
  chargebackDays: { stripe: 120 } # by payment provider
\`\`\`

A published period for a class that law keeps as well is one clock more; it can make the date later, never earlier. A
right of the person (withdrawn consent, an upheld objection, unlawful processing) sets a published period aside, never a law, and never a
period that you gave because no rule here covers a class that law keeps.

## What a request for erasure does, by legal basis

Every record is decided by itself (\`src/policy/erasure/\`), and each decision names the ground of Art. 17(1), an exception of Art. 17(3)
or a ground of the closed list on which it is refused.

| basis declared | erased | otherwise |
| --- | --- | --- |
| \`consent\` | at once (17(1)(b)): asking for erasure withdraws it | kept as far as another basis declared beforehand (\`erase.otherBases\`) still needs it |
| \`contract\` | when the contract with the person has ended and the published period has (17(1)(a)) | "not yet" while it runs, with how to end it |
| \`legal-obligation\` | when the last law has ended | kept until its date (17(3)(b)), cut down to what the law needs |
| \`legitimate-interests-marketing\` | at once (17(1)(c)) | |
| \`legitimate-interests\` | when the published period has ended (17(1)(a)) | "not yet", with the date; then the sweep erases it |
| \`vital-interests\`, \`public-task\` | | refused to plan: nobody has configured it |

- **A law keeps under any basis**, and only what it needs: fields that the data map gives another role than \`document\` go as soon as no
  money is open (\`retention.money\`, then the longest window of \`policy.chargebackDays\` from the day it was settled).
- **\`onErasure\` of a published period** says what a request does while the period runs. \`ends\`: nothing needs the data once the person
  leaves, so it is erased now. \`runs\`: it is kept to its end all the same, and the person is told the date. There is no default: while a period without it
  runs, \`policy-answer-missing\` names \`policy.retention.periods.CLASS.onErasure\`. A contract with the person that runs means that they do not
  leave: then no period ends. The closure of an account ends none either; it starts them.
- **What is only put off comes by itself.** A refusal that ends on a day (a period that runs, a window in which a charge may be taken back) is in
  the register; on the day after it the sweep decides anew and erases, under the same approvals. What no date ends (a contract that runs, money that
  is open) has to be asked for again when it has ended.
- **What the request ends.** The account, unless the person has a business of their own here that goes on: closure is then today, where the
  record has no day for it. A business of their own ends only by \`--close-workspace\`, or if the data map says that it was closed: then its contracts end
  today as well (\`term-expiry\`).
- **Whose it is.** The person's own records, and those of their business that ends, go as a whole (\`erase.whole\`). In records of a business that goes on
  only the person's own fields and references are cleared (\`detach\`); nothing of it is deleted. Where only a reference made it the person's, it
  counts as anonymised and needs no date. What is held as a processor is referred.
- **Nothing points to a row that is gone**: references to the person's own row are cleared wherever that row goes, also in what is kept.
- **Holds of people and of other rights** (\`habeas holds\`) come last and only keep more: the record then stays as it is, without a date.

## The sweep: what happens on the day

Every hour a worker takes what is due (\`habeas retention list\`) into batches of one system and decides every record anew.

| what it finds | what it does |
| --- | --- |
| a law, or a period you published, keeps the record longer than the register says | its day moves, and the audit chain says so |
| a hold stands, or an open request has found it | the record stays, and nothing else does; it is looked at again |
| its duty has ended | it is in the batch: two people approve it (\`retention approve\`), then it is erased, read back, and its page in the register destroyed when whoever received it was told (\`retention told\`) |
| today's rules keep it for less long | two people are asked whatever the class, from the first day on which today's rules let it go; who rejects keeps to the registered day |
| money was open on it, only a hold had kept it, or it is the person's own row that stayed | two people are asked whatever the class |
| an answer is missing, or the system is not configured any more | it stays, with a code, and is told again |
| the vendor does not let go of it yet (\`vendor-not-yet\`), or lets nobody change it (\`document-fixed\`: an issued document) | it stays, with that code, everything else goes, and it is asked for again on the vendor’s day, else after 30 days |
| a customer is used or billed again, or says again who it is (\`customer-in-use\`), or money is open on it (\`money-open\`) | it stays, with that code, and is looked at after 30 days |
| a vendor let go of it later than an erasure asked (\`vendor-job\`) | it is asked for again on its day, under the approval that the erasure had, read back, and the request completed with the last of it |
| it was kept by hand | whoever looks after the system is asked by a task (\`kept-due\`): two people attest alike that it is erased or not there, or say on which ground and until when it is kept on; who received it is told by whoever erases it, who says when; one is enough where the class is swept without asking and nothing is kept on |
| it was to go by itself (logs, what is deleted and out of sight, or on its way) | it is read back: gone is \`erased\`; still there is \`expiry-late\`, and asked again the next day |

\`retention automatic CLASS on\`, said by two people, has a class swept without asking; one takes it back. \`retention sweep --dry-run --as-of
DATE\` names what any day would bring; whether the systems can let go of it is asked of them on the day. When rules, periods or data maps change, the days in the
register are computed anew, 2,000 pages an hour, or all of them by \`retention sweep\`. What a batch came to is on a receipt of its own (\`retention receipt BATCH\`). Nothing but a dry run looks past today.

## What starts a clock

| clock | |
| --- | --- |
${Object.entries(clockEvents)
  .map(
    ([name, { what, byDocument }]) =>
      `| \`${name}\` | ${what}${byDocument ? '; `--date` unless said otherwise' : '; asked for'} |`,
  )
  .join('\n')}

## Fields

| role | |
| --- | --- |
${Object.entries(fieldRoles)
  .map(([role, what]) => `| \`${role}\` | ${what} |`)
  .join('\n')}

What an issued invoice shows, all of it \`document\`: ${invoiceContents.contents.join('; ')}.
`;
}

function ruleRow(rule: RetentionRule): string {
  const { country, records, recordClasses: classes, period, event, anchor, source, confidence, note } = rule;
  const from = anchor === 'day' ? clockEvents[event].what : `${anchors[anchor]}: ${clockEvents[event].what}`;
  const off = confidence === 'M' ? ', off' : '';
  const abbreviation = rule.abbreviation === undefined ? '' : ` (${rule.abbreviation})`;
  const law = [`${rule.law}${abbreviation} ${rule.section}`, ...(rule.also ?? [])].join(', ');
  const cells = [
    country,
    `${records}${rule.applies === 'oss' ? '; OSS supplies only' : ''}${note === undefined ? '' : `. ${note}`}`,
    classes.map((one) => `\`${one}\``).join(', '),
    periodInWords(period),
    from,
    `${law}; \`${rule.id}\``,
    source,
    `${confidence}${off}`,
  ];
  return `| ${cells.join(' | ')} |`;
}
