/**
 * Whether a customer may go, looked at right before the effect: what was decided about it may be years old. It waits until it is empty:
 * while a hold or a time to charge back keeps what says who it is, and where somebody has filled it again, it is in use. Its end would
 * take means of payment and tax numbers along and end subscriptions, so nothing of that may be left; a document that was issued since may
 * have to be kept and names it; and no money may be open on it: a balance, an invoice, a charge or refund on its way, a dispute.
 */
import type { ErrorCode } from '../../src/errors.ts';
import type { CallContext, EraseInput, NeededBy, PlannedRecord } from '../contract.ts';
import { idIn } from './client.ts';
import { type CollectionName, type DataMap, valueAt } from './data-map.ts';
import { isBlank, type Looking, look } from './effect.ts';
import { endedStates, FactReader } from './facts.ts';
import { idOf } from './keys.ts';
import { Missing } from './map-error.ts';
import { recordsOf } from './objects.ts';
import { provedNames, type Root } from './roots.ts';

interface Using extends Looking {
  readonly map: DataMap;
  /** Where it may order redactions, what Stripe would take along with a customer is looked through there (`vendor-reaches-more`). */
  readonly redactor?: unknown;
}

/** What was issued to a customer or paid by it. */
const documents = ['invoices', 'charges', 'refunds'] as const;

/** `money-open` or `customer-in-use`; undefined: it may go, or is gone. */
export async function whyInUse(
  { client, map, redactor }: Using,
  context: CallContext,
  { record, planned }: { readonly record: PlannedRecord; readonly planned: EraseInput['planned'] },
): Promise<ErrorCode | undefined> {
  const { key, neededBy } = record;
  const customer = await look({ client }, context, 'customer_numbers', key);
  if (customer === undefined) return undefined;
  // Whoever it was and whatever was planned: a claim of either side rests on the customer.
  const root: Root = { proved: provedNames.customer, key, id: customer.id, kind: undefined, email: undefined };
  const facts = new FactReader(client, map, context);
  if (await facts.isMoneyOpen(root)) return 'money-open';
  const emptied = Object.keys(map.collections.customers.erase?.fields ?? {});
  if (emptied.some((field) => !isBlank(valueAt(customer, field)))) return 'customer-in-use';
  const path = `/v1/customers/${idIn(customer.id)}`;
  const lists = [
    ['payment_methods', `${path}/payment_methods`, {}],
    ['tax_ids', `${path}/tax_ids`, {}],
    ['subscriptions', '/v1/subscriptions', { customer: customer.id, status: 'all' }],
  ] as const;
  try {
    for (const [name, list, query] of lists)
      for await (const { objects } of client.list(context, list, name, query))
        if (objects.some(({ status }) => name !== 'subscriptions' || !endedStates.has(status)))
          return 'customer-in-use';
  } catch (error) {
    // It is gone by now.
    if (!(error instanceof Missing)) throw error;
    return undefined;
  }
  if (redactor !== undefined) return undefined;
  const hasNew =
    neededBy === undefined
      ? await hasUnplanned({ client }, context, root, await goingIn(planned))
      : (await facts.neededBy(root)).some((now) => isDocument(now) && !neededBy.some((then) => covers(then, now)));
  return hasNew ? 'customer-in-use' : undefined;
}

/** With the request itself a customer goes only where all of its documents do: another one has come since the plan. */
async function hasUnplanned(
  { client }: Pick<Looking, 'client'>,
  context: CallContext,
  root: Root,
  going: ReadonlySet<string>,
): Promise<boolean> {
  for (const name of documents)
    for await (const { record } of recordsOf(client, context, name, root))
      if (record.status !== 'draft' && !going.has(record.id)) return true;
  return false;
}

const isDocument = ({ collection }: NeededBy): boolean => documents.some((name) => name === collection);

/** Whether what is there now was there by then: nothing was made later, and no clock started later. */
function covers(then: NeededBy, now: NeededBy): boolean {
  const isLater = ([clock, day]: readonly [string, string | null]): boolean => {
    const before = then.events?.[clock] ?? null;
    return before !== null && (day === null || day > before);
  };
  return (
    then.collection === now.collection &&
    (then.createdAt ?? '') >= (now.createdAt ?? '') &&
    !Object.entries(now.events ?? {}).some(isLater)
  );
}

/** Ids of every record that something is done to, or of those of one collection. */
export async function goingIn(planned: EraseInput['planned'], only?: CollectionName): Promise<ReadonlySet<string>> {
  const going = new Set<string>();
  for (const stream of planned.streams.filter(({ collection }) => only === undefined || collection === only))
    for await (const { records } of planned.chunks(stream))
      for (const { key, decision } of records) if (decision.action !== 'keep') going.add(idOf(key));
  return going;
}
