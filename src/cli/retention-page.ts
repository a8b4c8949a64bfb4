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

A data map gives every collection a \`recordClass\`.

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
      account: { period: 6 months, from: closure, source: "Privacy policy of 17 April 2026, Retention" }
      security-log: { period: 90 days, from: creation, source: "Privacy policy of 17 April 2026, Retention" }
    taxRegistrations: [DE] # other countries where you are registered for tax
    switchOn: [] # ids of rules marked M
  chargebackDays: { stripe: 120 } # by payment provider
\`\`\`

A published period for a class that law keeps as well is one clock more; it can make the date later, never earlier. A
right of the person (withdrawn consent, an upheld objection, unlawful processing) sets a published period aside, never a law, and never a
period that you gave because no rule here covers a class that law keeps.

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
