/**
 * `habeas systems list` for whoever keeps the systems running: one line per system, and of each one for which requests
 * wait what happened, what to do, since when, how many wait and the next command. Pure; ids, slugs, codes and dates only.
 */
import { catalogue } from '../errors.ts';
import type { ListedSystem } from '../requests/index.ts';
import { nextForSystem } from './next.ts';
import { type Cellish, type Column, instant, labels, listing, paint } from './render.ts';

const columns: readonly Column[] = [
  { title: 'System' },
  { title: 'Connector', yields: { how: 'drop', order: 1 } },
  { title: 'State' },
  { title: 'Cause' },
  { title: 'Since', yields: { how: 'drop', order: 3 } },
  { title: 'By', yields: { how: 'drop', order: 2 } },
  { title: 'Requests' },
  { title: 'Earliest due' },
];

export function systemsText(
  systems: readonly ListedSystem[],
  how: { readonly colour: boolean; readonly terminal: number | undefined },
): string {
  const needing = systems.filter((one) => nextForSystem(one) !== null);
  return [
    listing(columns, systems.map(row), how.colour, how.terminal),
    ...needing.map((one) => `\n${about(one, how)}`),
  ].join('');
}

function row(one: ListedSystem): readonly Cellish[] {
  const isFailing = one.incident === null && one.requestsAffected > 0;
  return [
    one.id,
    one.connector,
    one.incident !== null
      ? { text: 'stopped', tone: 'bad' }
      : isFailing
        ? { text: 'open, failing', tone: 'warn' }
        : { text: 'open', tone: 'good' },
    one.cause,
    one.incident?.since.slice(0, 10),
    by(one),
    one.requestsAffected,
    one.earliestDueOn,
  ];
}

const by = ({ incident }: ListedSystem): string | null =>
  incident === null ? null : (incident.openedBy ?? incident.by);

function about(one: ListedSystem, how: { readonly colour: boolean; readonly terminal: number | undefined }): string {
  const { incident, cause, requestsAffected: count } = one;
  const title =
    incident === null
      ? `${one.id} is not stopped, and failed ${count === 1 ? 'a request' : `${count} requests`}`
      : `${one.id} is stopped`;
  const pairs: readonly (readonly [string, Cellish])[] = [
    ...(incident === null
      ? []
      : ([
          ['Since', `${instant(incident.since)}, by ${by(one) ?? ''}`],
          ['Because', { text: cause ?? incident.code, tone: 'bad' }],
        ] as const)),
    ...(cause === null
      ? []
      : ([
          ['What happened', catalogue[cause].what],
          ['What to do', catalogue[cause].todo],
        ] as const)),
    [
      'Requests',
      count === 0 ? 'none waits for it yet' : `${count} wait for it; the earliest is due ${one.earliestDueOn ?? ''}`,
    ],
    // Whoever stopped it knows why; of a system that failed it is not known yet whether it would answer.
    ...(incident?.by === 'person' ? [] : ([['Try first', `habeas systems check ${one.id}`]] as const)),
    ['Next', nextForSystem(one)],
  ];
  const lines = labels(pairs, how.colour, how.terminal === undefined ? undefined : how.terminal - 2);
  return `${paint(title, 'strong', how.colour)}\n${lines.replaceAll(/^(?=.)/gm, '  ')}`;
}
