/**
 * Carries out what was planned, record by record and in an order in which nothing is charged in between: subscriptions end before
 * means of payment are detached, and a customer goes last, when it is empty and nobody uses it; until then it waits in the register. A chunk's intent stays
 * open until all of it is done; whoever goes on looks at every record again before anything is asked of Stripe. What Stripe lets nobody
 * change is redacted by a job where the account takes part in that; what cannot go yet, or not at all, waits in the register.
 */
import { HabeasError } from '../../src/errors.ts';
import type {
  CallContext,
  EraseInput,
  PlannedChunk,
  PlannedRecord,
  StreamDescription,
  WaitingRecord,
} from '../contract.ts';
import { Tally } from '../tally.ts';
import type { StripeClient, StripeObject } from './client.ts';
import { type CollectionName, collectionNames, type DataMap } from './data-map.ts';
import { carryOut, type EffectDependencies, isOver, look } from './effect.ts';
import { dayIn, FactReader } from './facts.ts';
import { goingIn, whyInUse } from './in-use.ts';
import { idOf } from './keys.ts';
import { namesContact } from './objects.ts';
import { Redactor, type Verdict } from './redaction.ts';
import type { RedactionRoot } from './redaction-reach.ts';
import { idAt, provedNames, type Root, rootsOf } from './roots.ts';
import { streamsOf } from './streams.ts';

export interface EraseDependencies {
  readonly client: StripeClient;
  readonly eraser: StripeClient;
  readonly map: DataMap;
  /** Of the key that may order redactions; undefined: the account takes no part in them. */
  readonly redactor?: StripeClient | undefined;
  /** Of the key that reads, in the version that shows what is redacted. */
  readonly preview?: StripeClient | undefined;
}

const order: readonly CollectionName[] = [
  ...(['subscriptions', 'tax_ids', 'payment_methods', 'charges', 'refunds', 'invoices', 'customers'] as const),
  'customer_numbers',
];
/** What is the customer itself. */
const lastOfAll: readonly CollectionName[] = ['customers', 'customer_numbers'];

/** The streams of a part in the order of erasing. */
export function streamsOfPart({
  planned,
  part,
}: Pick<EraseInput, 'planned' | 'part'>): readonly { stream: StreamDescription; name: CollectionName }[] {
  const named = planned.streams.map((stream) => ({ stream, name: nameIn(stream) }));
  return order.flatMap((name) =>
    named.filter((one) => one.name === name && lastOfAll.includes(name) === (part === 'subject-row')),
  );
}

function nameIn({ collection }: StreamDescription): CollectionName {
  const name = collectionNames.find((one) => one === collection);
  if (name === undefined) throw new HabeasError('plan-changed', { where: collection });
  return name;
}

/** See the contract. */
export async function erase(deps: EraseDependencies, context: CallContext, input: EraseInput): Promise<void> {
  const { planned, journal, effectKey } = input;
  const effects: EffectDependencies = { ...deps, context, effectKey };
  const roots = rootsOf(input.keys);
  const redactor = await redactorOf(deps, context, input);
  const customersThatGo = await goingIn(input.planned, 'customer_numbers');
  for (const { stream, name } of streamsOfPart(input)) {
    const known = streamsOf(deps.map).find(({ description }) => description.no === stream.no);
    const own = roots.filter((root) => known?.startsAt(root) === true);
    // Without the person's keys, as where a register's entry is due, nobody tells whose a record has become.
    const isStill = (object: StripeObject): boolean =>
      own.length === 0 || own.some((root) => isOf(name, object, root, known?.only));
    for await (const chunk of planned.chunks(stream)) {
      if (chunk.records.every(({ decision }) => decision.action === 'keep')) continue;
      context.signal.throwIfAborted();
      const { state, records } = await journal.begin(chunk);
      if (state === 'done') continue;
      await requireSettled(deps, context, { name, records, own });
      const tally = new Tally(state === 'open');
      const fixed: Fixed[] = [];
      const inUse: Unfinished[number][] = [];
      for (const record of records) {
        context.signal.throwIfAborted();
        const stays = name === 'customer_numbers' ? await whyInUse(deps, context, { record, planned }) : undefined;
        if (stays !== undefined) {
          inUse.push([record, { from: null, code: stays }]);
          continue;
        }
        const done = await carryOut(effects, name, record, isStill);
        const isGoneWhole = name === 'customers' && done.became === 'missing' && customersThatGo.has(idOf(record.key));
        if (done.became === 'fixed') fixed.push({ record, root: redactionRootOf(name, done.before) });
        // What became of the customer is counted with its number.
        else tally.add(record, isGoneWhole ? 'done' : done.became);
      }
      await conclude(input, chunk, tally, [...inUse, ...(await redacted(redactor, fixed))]);
    }
  }
}

/** A record of which something is left that only a redaction takes away, and the object that a job would name. */
interface Fixed {
  readonly record: PlannedRecord;
  readonly root: RedactionRoot;
}

type Unfinished = readonly (readonly [record: PlannedRecord, verdict: Verdict])[];

async function redacted(redactor: Redactor | undefined, fixed: readonly Fixed[]): Promise<Unfinished> {
  if (redactor === undefined) return fixed.map(({ record }) => [record, { from: null, code: 'document-fixed' }]);
  if (fixed.length === 0) return [];
  const verdicts = await redactor.advance(fixed.map(({ root }) => root));
  return fixed.map(({ record, root }) => [record, verdicts.get(root.id) ?? 'running']);
}

async function conclude(
  { journal, handOver }: EraseInput,
  chunk: PlannedChunk,
  tally: Tally,
  unfinished: Unfinished,
): Promise<void> {
  if (handOver !== true && unfinished.some(([, verdict]) => verdict === 'running')) return journal.running(chunk);
  const waiting = unfinished.map(([{ key, decision }, verdict]): WaitingRecord => {
    const why = verdict === 'running' ? ({ from: null, code: 'vendor-job-runs' } as const) : verdict;
    return { key, decision: decision.no, ...why };
  });
  await journal.outcome(chunk, tally.outcomes, waiting);
}

async function redactorOf(
  { client, redactor, map }: EraseDependencies,
  context: CallContext,
  { planned, effectKey }: EraseInput,
): Promise<Redactor | undefined> {
  if (redactor === undefined) return undefined;
  const going = await goingIn(planned);
  const isRedacted = (name: 'invoices' | 'charges' | 'customers', object: StripeObject) => isOver(map, name, object);
  return new Redactor({ client, redactor, context, effectKey, going, isRedacted, day: dayIn(map) });
}

/** A refund goes with its payment: jobs cannot name it. */
function redactionRootOf(name: CollectionName, record: StripeObject): RedactionRoot {
  if (name === 'refunds') return { kind: 'charges', id: idAt(record, 'charge') };
  return { kind: name === 'invoices' || name === 'charges' ? name : 'customers', id: record.id };
}

/** Whether the record is a root's, and where it was the person's by the contact's address, whether it still bears that. */
function isOf(name: CollectionName, object: StripeObject, root: Root, only: 'named' | 'rest' | undefined): boolean {
  if (only === 'named' && !namesContact(name, object, root)) return false;
  // A refund says its charge only, and nothing of a refund is ever changed.
  if (name === 'refunds' || root.proved === provedNames.payment) return true;
  return (lastOfAll.includes(name) ? object.id : idAt(object, 'customer')) === root.id;
}

/** Looked at again right before the effect: a payment, a refund or a dispute may have come since the plan and the cooling-off. */
async function requireSettled(
  { client, map }: EraseDependencies,
  context: CallContext,
  { name, records, own }: { name: CollectionName; records: readonly PlannedRecord[]; own: readonly Root[] },
): Promise<void> {
  const claims = own.filter(({ proved }) => proved === provedNames.customer);
  if (!moneyed.has(name) || claims.length === 0) return;
  const facts = new FactReader(client, map, context);
  for (const record of records) {
    const root = await rootOfRecord(client, context, name, record, claims);
    if (root !== undefined && (await facts.isMoneyOpen(root))) throw new HabeasError('money-open', { where: name });
  }
}

/** The customer among `roots` that a record hangs on. */
export async function rootOfRecord(
  client: StripeClient,
  context: CallContext,
  name: CollectionName,
  { key }: PlannedRecord,
  roots: readonly Root[],
): Promise<Root | undefined> {
  if (roots.length < 2) return roots[0];
  if (name === 'customers') return roots.find(({ id }) => id === idOf(key));
  const record = await look({ client }, context, name, key);
  return record && roots.find(({ id }) => id === idAt(record, 'customer'));
}

/** What goes on being needed while money is open. */
export const moneyed: ReadonlySet<CollectionName> = new Set<CollectionName>([
  ...(['customers', 'payment_methods', 'tax_ids'] as const),
]);
