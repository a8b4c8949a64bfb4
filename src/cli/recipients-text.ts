/** Recipients (Art. 19) as people read them: who was told of what, and what came of it. Pure. */
import { noticeStates } from '../policy/notices.ts';
import type { RecipientFacts } from '../proof/receipt-schema.ts';
import { paint, printable, table } from './render.ts';

const roles = {
  processor: 'processor',
  controller: 'controller',
  joint: 'joint controller',
  unlisted: 'not configured',
};

/** Empty where nobody is to be told. */
export function recipientsText(recipients: readonly RecipientFacts[], colour: boolean): string {
  if (recipients.length === 0) return '';
  const rows = recipients.map(({ name, role, right, records, outcome, toldOn }) => [
    ...[printable(name), roles[role], right, records, outcome, toldOn ?? ''],
  ]);
  const met = [...new Set(recipients.map(({ outcome }) => outcome))].sort();
  return [
    `\n${paint('Recipients (Art. 19)', 'strong', colour)}\n`,
    table(['Recipient', 'Role', 'Right', 'Records', 'Outcome', 'Told on'], rows, colour),
    ...met.map((outcome) => `  ${outcome}: ${noticeStates[outcome]}\n`),
  ].join('');
}
