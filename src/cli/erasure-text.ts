/**
 * The erasure part of `habeas requests show`: what is gone, kept and waiting, per system and in sum, with the laws and dates
 * of what is kept, the plan, the point of no return and holds. Pure; ids, counts, codes, dates and configured words only.
 */
import { dispositionReasons } from '../ledger/states.ts';
import { refusalGrounds } from '../policy/grounds.ts';
import { holdKinds } from '../policy/holds.ts';
import type { KeptLine, ShownRequest } from '../requests/index.ts';
import { days, expiry, untilOf } from './plan-text.ts';
import { type Cellish, instant, labels, paint, printable, table } from './render.ts';

type Shown = NonNullable<ShownRequest['erasure']>;

export function erasureText(shown: ShownRequest, colour: boolean, terminal?: number): string {
  const { erasure } = shown;
  if (erasure === null) return '';
  const heading = `\n${paint('Erasure', 'strong', colour)}\n`;
  const rows = shown.systems.flatMap(({ id, erasure: of }) => {
    if (of === null) return [];
    const { detached, anonymised } = of;
    return [
      [
        id,
        of.found ?? 'not yet',
        of.erased,
        detached === 0 ? anonymised : `${anonymised}, ${detached} of them another’s that go on`,
        of.retained,
        of.expiring,
        of.changedHands === 0 ? of.absent : `${of.absent}, ${of.changedHands} of them another’s by then`,
        of.refused,
        of.referred,
        of.pending,
      ],
    ];
  });
  const columns = ['System', 'Found', 'Erased', 'Anonymised', 'Kept', 'Expiring', 'Absent', 'Refused', 'Referred'];
  return [
    heading,
    labels([...summary(shown), ...aboutErasure(shown.id, erasure)], colour, terminal),
    `\n${table([...columns, 'Waiting'], rows, colour)}`,
    ...shown.systems.map((system) => keptText(system, colour)),
  ].join('');
}

/** Gone, kept, waiting: over all systems. */
function summary({ systems, state }: ShownRequest): readonly (readonly [string, Cellish])[] {
  const sum = (of: (one: NonNullable<ShownRequest['systems'][number]['erasure']>) => number) =>
    systems.reduce((all, { erasure }) => all + (erasure === null ? 0 : of(erasure)), 0);
  const unverified = sum((one) => one.unverified);
  const gone = sum((one) => one.erased + one.anonymised + one.absent);
  const remains = sum((one) => one.historyRemains);
  const weaker = [
    ...(unverified === 0 ? [] : [`${unverified} have not been read back yet`]),
    ...(remains === 0 ? [] : [`${remains} are told of in a history that nobody can change`]),
  ];
  const kept = sum((one) => one.retained + one.refused + one.referred);
  const [expiring, pending] = [sum((one) => one.expiring), sum((one) => one.pending)];
  const ends = systems.flatMap(({ erasure }) =>
    (erasure?.kept ?? []).flatMap(({ disposition, until }) => (disposition === 'expiring' && until ? [until] : [])),
  );
  const last = ends.sort().at(-1);
  const isOver = state === 'cancelled' || state === 'refused';
  const waits = [
    ...(pending === 0 || isOver ? [] : [`${pending} to be erased`]),
    ...(expiring === 0 ? [] : [`${expiring} expire by themselves${last === undefined ? '' : `, the last by ${last}`}`]),
  ];
  return [
    ['Gone', weaker.length === 0 ? gone : `${gone}, of which ${weaker.join(' and ')}`],
    ['Kept', kept],
    ['Waiting', waits.length === 0 ? 0 : waits.join('; ')],
  ];
}

function aboutErasure(requestId: string, erasure: Shown): readonly (readonly [string, Cellish])[] {
  const { plan, holds, openAccess, registered, newRelationship, noReturnAt, coolingUntil, erasureFrom } = erasure;
  const mayCancel = noReturnAt === null && plan?.state === 'approved';
  return [
    [
      'Plan',
      plan === null
        ? 'not proposed yet'
        : `${plan.state}, version ${plan.version}${plan.pass === 1 ? '' : ` of round ${plan.pass}`}, ${plan.sha256.slice(0, 12)}`,
    ],
    ...(plan === null ? [] : [['', `habeas requests plan ${requestId}`] as const]),
    ...(erasureFrom === null
      ? []
      : [['Nothing before', `${erasureFrom}: until then the copy can be downloaded`] as const]),
    ...(mayCancel
      ? [['Can be cancelled', coolingUntil === null ? 'yes' : `until ${instant(coolingUntil)}`] as const]
      : []),
    ...(noReturnAt === null ? [] : [['Point of no return', `passed ${instant(noReturnAt)}`] as const]),
    ...holds.map(
      (hold) =>
        [
          'Hold',
          {
            text: `${hold.id} ${hold.kind}, ${hold.owner} looks at it on ${hold.reviewOn}${hold.reviewDue ? ', which has come' : ''}`,
            tone: 'warn',
          },
        ] as const,
    ),
    ...openAccess.map(
      ({ requestId: other, until }) =>
        [
          'Waits for',
          {
            text: `${other}: ${until === null ? holdKinds['open-access'] : `the person has time to keep what was sent; it goes on by itself on ${until}`}`,
            tone: 'warn',
          },
        ] as const,
    ),
    ...(registered.entries === 0
      ? []
      : [
          [
            'Register',
            `${registered.records} records in ${registered.entries} entries; habeas retention list`,
          ] as const,
        ]),
    ...(newRelationship === 0
      ? []
      : [
          ['New relationship', `${newRelationship} records came after the erasing began, and were left alone`] as const,
        ]),
  ];
}

function keptText({ id, erasure }: ShownRequest['systems'][number], colour: boolean): string {
  if (erasure === null || erasure.kept.length === 0) return '';
  const lines = keptLines(erasure.kept).map((line) => `  ${line}\n`);
  return `\n${paint(printable(id), 'strong', colour)}\n${lines.join('')}`;
}

/** One line per class and reason; what expires day by day is one, from the first day to the last. */
export function keptLines(kept: readonly KeptLine[]): readonly string[] {
  const lines: (KeptLine & { readonly first: string | null })[] = [];
  for (const one of kept) {
    const isSame = (line: KeptLine): boolean =>
      (one.disposition === 'expiring' || line.until === one.until) &&
      (['disposition', 'recordClass', 'reason', 'refusal', 'keptBy'] as const).every(
        (name) => line[name] === one[name],
      );
    const at = lines.findIndex(isSame);
    const line = lines[at];
    if (line === undefined) lines.push({ ...one, first: one.until });
    else lines[at] = { ...line, ...days([line.first, line.until, one.until]), count: line.count + one.count };
  }
  return lines.map(keptLine);
}

/** `12 invoice kept: Accounting Act §12, VAT Act §36: until 2033-12-31`. */
function keptLine(line: KeptLine & { readonly first: string | null }): string {
  const { count, recordClass, disposition } = line;
  const reason = dispositionReasons[line.reason];
  const said = {
    retained: `kept: ${line.keptBy ?? `${reason}${untilOf(line.until)}`}`,
    expiring: `expire: ${expiry(line.until, line.first, line.keptBy ?? reason)}`,
    refused: `not erased: ${line.refusal === null ? reason : `Art. ${line.refusal}, ${reason}. ${refusalGrounds[line.refusal]}`}`,
    referred: `referred: ${reason}`,
  };
  return printable(`${count} ${recordClass} ${said[disposition]}`);
}
