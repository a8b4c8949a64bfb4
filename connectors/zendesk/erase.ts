/**
 * Carries out what was planned, in the order that works: copies end, texts, passages and files are redacted where tickets stay, further addresses go, then
 * tickets, for good, and last of all the user, once whatever of theirs stays is closed. A chunk's intent stays open until all of it is
 * done; whoever goes on looks at every record again before anything is asked of Zendesk.
 */
import { HabeasError } from '../../src/errors.ts';
import type { CallContext, EraseInput, PlannedRecord, StreamDescription, WaitingRecord } from '../contract.ts';
import { Tally } from '../tally.ts';
import type { ZendeskClient } from './client.ts';
import { type CollectionName, collectionNames, type DataMap } from './data-map.ts';
import { carryOut, type Effects } from './effect.ts';
import { partOf } from './keys.ts';
import { usersOf } from './objects.ts';
import { requireWholeMessages } from './redact-mentions.ts';
import type { Fate } from './ticket-fates.ts';
import { userFate } from './user-fate.ts';

export interface EraseDependencies {
  readonly client: ZendeskClient;
  readonly eraser: ZendeskClient;
  readonly map: DataMap;
  /** Products that must have forgotten a user before they are gone. */
  readonly products: readonly string[];
}

const order: readonly CollectionName[] = [
  ...([
    'identities',
    'copied_tickets',
    'copied_comments',
    'copied_attachments',
    'reply_attachments',
    'replies',
    'mentions',
  ] as const),
  ...(['attachments', 'notes', 'comments', 'satisfaction_ratings', 'tickets', 'users'] as const),
];

/** The streams of a part in the order of erasing. */
export function streamsOfPart({
  planned,
  part,
}: Pick<EraseInput, 'planned' | 'part'>): readonly { stream: StreamDescription; name: CollectionName }[] {
  const named = planned.streams.map((stream) => ({ stream, name: nameIn(stream) }));
  return order.flatMap((name) =>
    named.filter((one) => one.name === name && (name === 'users') === (part === 'subject-row')),
  );
}

function nameIn({ collection }: StreamDescription): CollectionName {
  const name = collectionNames.find((one) => one === collection);
  if (name === undefined) throw new HabeasError('plan-changed', { where: collection });
  return name;
}

/** What of the person's own tickets is planned: those that go, with all that was said in them, and those that stay. */
export interface PlannedTickets {
  readonly going: ReadonlySet<string>;
  readonly staying: ReadonlySet<string>;
}

export async function plannedTickets(planned: EraseInput['planned']): Promise<PlannedTickets> {
  const [going, staying] = [new Set<string>(), new Set<string>()];
  for (const stream of planned.streams.filter(({ collection }) => collection === 'tickets'))
    for await (const { records } of planned.chunks(stream))
      for (const { key, decision } of records) (decision.action === 'delete' ? going : staying).add(partOf(key, 'id'));
  return { going, staying };
}

/** See the contract. */
export async function erase(deps: EraseDependencies, context: CallContext, input: EraseInput): Promise<void> {
  const { planned, journal } = input;
  const tickets = await plannedTickets(planned);
  const users = new Set(usersOf(input.keys));
  for (const { stream, name } of streamsOfPart(input)) {
    if (name === 'mentions') await requireWholeMessages(planned, stream);
    const effects: Effects = { ...deps, context, name, users, tickets };
    for await (const chunk of planned.chunks(stream)) {
      if (chunk.records.every(({ decision }) => decision.action === 'keep')) continue;
      context.signal.throwIfAborted();
      const { state, records } = await journal.begin(chunk);
      if (state === 'done') continue;
      const tally = new Tally(state === 'open');
      const one = carryOut(effects, records);
      const running: WaitingRecord[] = [];
      for (const record of records) {
        context.signal.throwIfAborted();
        const became = await one(record);
        const fate = name === 'users' ? await fateOf(effects, record) : undefined;
        if (fate?.is !== 'pending') tally.add(record, became);
        else running.push({ ...waiting(record), from: fate.until ?? null });
      }
      // Zendesk is at it, product by product: asked again later, and after a week from the register.
      if (running.length > 0 && input.handOver !== true) journal.running(chunk);
      else await journal.outcome(chunk, tally.outcomes, running);
    }
  }
}

const fateOf = ({ client, context, products }: Effects, { key }: PlannedRecord): Promise<Fate> =>
  userFate(client, context, products, partOf(key, 'id'));

const waiting = ({ key, decision }: PlannedRecord) =>
  ({ key, decision: decision.no, code: 'vendor-job-runs' }) as const;
