/**
 * What became of a right that acts, as officers and receipts tell it: a line per system, the reasons collection by collection,
 * the restriction that stands or ended, the purposes for which the person is not written to. Pure.
 */
import { dispositionReasons } from '../ledger/states.ts';
import { restrictionGrounds } from '../policy/rights/grounds.ts';
import type { Receipt, SystemFacts } from '../proof/receipt-schema.ts';
import { type Cellish, labels, paint, printable, table } from './render.ts';

interface Told {
  readonly systems: readonly { readonly id: string; readonly right?: SystemFacts['right'] | null }[];
  readonly restriction?: Receipt['restriction'] | null;
  readonly suppressions?: Receipt['suppressions'] | null;
}

const columns = [
  'System',
  'Found',
  'Rectified',
  'Restricted',
  'Objected',
  'Suppressed',
  'Refused',
  'Referred',
  'Absent',
];

/** Empty where the request is of no such right. */
export function rightText({ systems, restriction, suppressions }: Told, colour: boolean, terminal?: number): string {
  const heading = (text: string): string => `\n${paint(text, 'strong', colour)}\n`;
  const rows = systems.flatMap(({ id, right }) =>
    right == null
      ? []
      : [
          [
            ...[id, right.found ?? 'not yet', right.rectified, right.restricted, right.objected, right.suppressed],
            ...[right.refused, right.referred, right.absent],
          ],
        ],
  );
  if (rows.length === 0) return '';
  const why = systems.flatMap(({ id, right }) =>
    (right?.lines ?? []).map((line) => [
      printable(`${id} ${line.collection}`),
      line.disposition,
      line.count,
      reasonOf(line.reason),
    ]),
  );
  const standing: (readonly [string, Cellish])[] = [
    ...(restriction == null ? [] : [['Restriction', restrictionLine(restriction)] as const]),
    ...(suppressions ?? []).map(
      ({ purpose, addresses, since }) =>
        ['Not written to', `for ${purpose} since ${since}, at ${addresses} address(es)`] as const,
    ),
  ];
  return [
    heading('What was done'),
    table(columns, rows, colour),
    ...(why.length === 0 ? [] : [heading('Why'), table(['Records', 'Became', 'How many', 'Because'], why, colour)]),
    ...(standing.length === 0 ? [] : [heading('What stands'), labels(standing, colour, terminal)]),
  ].join('');
}

function reasonOf(reason: string): string {
  const isKnown = (word: string): word is keyof typeof dispositionReasons => Object.hasOwn(dispositionReasons, word);
  return isKnown(reason) ? dispositionReasons[reason] : reason;
}

function restrictionLine({ ground, setOn, toldOn, endedOn, endedWhy }: NonNullable<Receipt['restriction']>): string {
  const isKnown = (word: string): word is keyof typeof restrictionGrounds => Object.hasOwn(restrictionGrounds, word);
  const since = `since ${setOn}. ${isKnown(ground) ? restrictionGrounds[ground] : ground}`;
  if (endedOn === null) return `stands ${since}`;
  if (endedWhy === 'told') return `lifted on ${endedOn}, told on ${toldOn ?? ''}; ${since}`;
  if (endedWhy === 'upheld')
    return `ended on ${endedOn} with the objection upheld; what was objected to stays out of use`;
  return `ended on ${endedOn}: nothing of the kind was found`;
}
