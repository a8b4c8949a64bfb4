/**
 * What policy needs to know of a record: days, words and whether money is open; never content. Money on a customer is open while
 * a balance of it is not zero in some currency, an invoice is unpaid, a charge or a refund is on its way or a dispute runs; else it
 * counts as settled on the day of the last charge, from which the time to charge back runs. Looked up once per customer and reading. A company's money is no claim on its contact.
 */
import { HabeasError } from '../../src/errors.ts';
import type { CallContext, NeededBy, RecordFacts } from '../contract.ts';
import { isEmpty } from '../declared.ts';
import { supplyWords } from '../law-words.ts';
import { idIn, type StripeClient, type StripeObject } from './client.ts';
import { type Collection, type CollectionName, collectionNames, type DataMap, valueAt } from './data-map.ts';
import { Missing } from './map-error.ts';
import { recordsOf } from './objects.ts';
import { isDeleted, nameOf, provedNames, type Root } from './roots.ts';

type Money = Pick<RecordFacts, 'money' | 'settledOn'>;

interface OfRoot {
  /** Missing where it is gone. */
  readonly customer: StripeObject | undefined;
  readonly closed: boolean | undefined;
}

/** States of a subscription that has ended (Stripe API, "The Subscription object", `status`). */
export const endedStates: ReadonlySet<unknown> = new Set(['canceled', 'incomplete_expired']);

/** States of a dispute that is decided, or was only a warning that is over. */
const decidedStates: ReadonlySet<unknown> = new Set(['won', 'lost', 'warning_closed', 'prevented']);

export class FactReader {
  readonly #client: StripeClient;
  readonly #map: DataMap;
  readonly #context: CallContext;
  readonly #roots = new Map<string, Promise<OfRoot>>();
  readonly #money = new Map<string, Promise<Money>>();
  readonly #day: (unix: number) => string;

  constructor(client: StripeClient, map: DataMap, context: CallContext) {
    this.#client = client;
    this.#map = map;
    this.#context = context;
    this.#day = dayIn(map);
  }

  async factsOf(name: CollectionName, collection: Collection, record: StripeObject, root: Root): Promise<RecordFacts> {
    const { customer, closed } = await this.#rootOf(root);
    const workspace = this.#workspaceOf(customer, root);
    return {
      ...madeAt(record),
      ...this.#eventsOf(name, collection, record, customer),
      ...this.#supplyOf(name, collection, record, customer),
      ...(await this.#moneyOf(name, record, root, customer)),
      ...(name === 'customer_numbers' ? { neededBy: await this.neededBy(root) } : {}),
      ...(workspace === undefined ? {} : { workspace }),
      ...(closed === undefined ? {} : { workspaceClosed: closed }),
    };
  }

  /** Whether money is open on the customer as it is now. */
  async isMoneyOpen(root: Root): Promise<boolean> {
    const { customer } = await this.#rootOf(root);
    return (await remembered(this.#money, root, () => this.#ofCustomer(root, customer))).money === 'open';
  }

  /**
   * What hangs on the customer: documents that name it, its contracts and means of payment, and what says who it is. A draft was issued to
   * nobody: whether money is open says what must wait for it.
   */
  async neededBy(root: Root): Promise<readonly NeededBy[]> {
    const { customer } = await this.#rootOf(root);
    const all = new Map<string, NeededBy>();
    for (const name of hanging)
      for await (const { record } of recordsOf(this.#client, this.#context, name, root)) {
        if (name === 'invoices' && record.status === 'draft') continue;
        const collection = this.#map.collections[name];
        const told = {
          ...{ collection: name, ...madeAt(record), ...this.#eventsOf(name, collection, record, customer) },
          ...this.#supplyOf(name, collection, record, customer),
        };
        const at = `${name} ${told.supply ?? ''}`;
        const known = all.get(at);
        all.set(at, known === undefined ? told : latestOf(known, told));
      }
    return [...all.values()];
  }

  #rootOf(root: Root): Promise<OfRoot> {
    return remembered(this.#roots, root, async () => {
      if (root.proved === provedNames.payment) return { customer: undefined, closed: undefined };
      const path = `/v1/customers/${idIn(root.id)}`;
      // Neither is in the answer unless it is asked for.
      const query = { expand: ['cash_balance', 'invoice_credit_balance'] };
      const found = await this.#client.get(this.#context, path, 'customers', query);
      const customer = found === undefined || isDeleted(found.body) ? undefined : found.body;
      return { customer, closed: this.#map.customer.closed === undefined ? undefined : await this.#isClosed(root) };
    });
  }

  async #isClosed(root: Root): Promise<boolean> {
    for await (const { record } of recordsOf(this.#client, this.#context, 'subscriptions', root))
      if (!endedStates.has(record.status)) return false;
    return true;
  }

  /** A customer that bears no key of a workspace is one by itself: its own number names it. */
  #workspaceOf(customer: StripeObject | undefined, root: Root): string | undefined {
    if (root.proved === provedNames.payment) return undefined;
    const { workspace } = this.#map.customer;
    const key =
      workspace === undefined || customer === undefined
        ? undefined
        : valueAt(customer, `metadata.${workspace.metadata}`);
    return typeof key === 'string' && key !== '' ? key : root.id;
  }

  #eventsOf(
    name: string,
    { retention }: Collection,
    record: StripeObject,
    customer: StripeObject | undefined,
  ): RecordFacts {
    const events = Object.entries(retention?.events ?? {}).map(([event, told]) => {
      const source = told?.of === 'customer' ? customer : record;
      const value = source === undefined ? undefined : valueAt(source, told?.field ?? '');
      if (isEmpty(value)) return [event, null] as const;
      if (typeof value !== 'number')
        throw new HabeasError('system-schema-drift', { where: `${name}.${told?.field ?? ''}` });
      return [event, this.#day(value)] as const;
    });
    return events.length === 0 ? {} : { events: Object.fromEntries(events) };
  }

  #supplyOf(
    name: string,
    { retention }: Collection,
    record: StripeObject,
    customer: StripeObject | undefined,
  ): RecordFacts {
    const supply = retention?.supply;
    if (supply === undefined) return {};
    if ('is' in supply) return { supply: supply.is };
    const source = supply.of === 'customer' ? customer : record;
    if (source === undefined) return supply.withoutCustomer === undefined ? {} : { supply: supply.withoutCustomer };
    const value = valueAt(source, supply.field);
    if (isEmpty(value)) return {};
    const word = Object.hasOwn(supply.values, String(value)) ? supply.values[String(value)] : undefined;
    if (!supplyWords.some((one) => one === word))
      throw new HabeasError('supply-unmapped', { where: `${name}.${supply.field}` });
    return { supply: String(word) };
  }

  async #moneyOf(
    name: CollectionName,
    record: StripeObject,
    root: Root,
    customer: StripeObject | undefined,
  ): Promise<Money> {
    switch (name) {
      case 'invoices':
        return this.#ofInvoice(record);
      case 'charges':
        return this.#ofCharge(record);
      case 'refunds':
        return isPending(record) ? open : this.#settled(record.created);
      case 'customers':
      case 'customer_numbers':
      case 'payment_methods':
      case 'tax_ids':
        if (root.proved === provedNames.contact) return nobodys;
        return remembered(this.#money, root, () => this.#ofCustomer(root, customer));
      // A contract is no money.
      default:
        return {};
    }
  }

  /**
   * An uncollectible invoice can still be paid, and most became so by attempts that failed: it is money that is open, unless the company
   * has said itself that it forgives it (`status_details.uncollectible.reason`: `user_forgiven`, API 2026-09-30 and later).
   */
  #ofInvoice(invoice: StripeObject): Money {
    if (invoice.status === 'open' || invoice.status === 'draft') return open;
    const isForgiven = valueAt(invoice, 'status_details.uncollectible.reason') === 'user_forgiven';
    if (invoice.status === 'uncollectible' && !isForgiven && Number(invoice.amount_remaining ?? 1) !== 0) return open;
    const when = ['paid_at', 'voided_at', 'marked_uncollectible_at', 'finalized_at'].map((one) =>
      valueAt(invoice, `status_transitions.${one}`),
    );
    return this.#settled(when.find((one) => typeof one === 'number') ?? invoice.created);
  }

  /** One that was only authorised is settled by nobody yet: it is captured, or lapses. */
  async #ofCharge(charge: StripeObject): Promise<Money> {
    const isHeld = charge.status === 'succeeded' && charge.captured === false && charge.refunded !== true;
    if (charge.status === 'pending' || isHeld) return open;
    if (charge.disputed === true && (await this.#some('/v1/disputes', charge.id, isUndecided))) return open;
    const isGivenBack = charge.refunded === true || Number(charge.amount_refunded ?? 0) > 0;
    if (isGivenBack && (await this.#some('/v1/refunds', charge.id, isPending))) return open;
    return this.#settled(charge.created);
  }

  /** Whether some dispute or refund of a charge is so; none where the charge is not there any more. */
  async #some(path: string, charge: string, is: (one: StripeObject) => boolean): Promise<boolean> {
    try {
      for await (const { objects } of this.#client.list(this.#context, path, path.slice(4), { charge }))
        if (objects.some(is)) return true;
    } catch (error) {
      if (!(error instanceof Missing)) throw error;
    }
    return false;
  }

  async #ofCustomer(root: Root, customer: StripeObject | undefined): Promise<Money> {
    if (customer !== undefined && balancesOf(customer).some((amount) => amount !== 0)) return open;
    for await (const { record } of recordsOf(this.#client, this.#context, 'invoices', root))
      if (this.#ofInvoice(record).money === 'open') return open;
    let last = Number(customer?.created ?? 0);
    for await (const { record } of recordsOf(this.#client, this.#context, 'charges', root)) {
      if ((await this.#ofCharge(record)).money === 'open') return open;
      last = Math.max(last, Number(record.created ?? 0));
    }
    return last === 0 ? { money: 'settled' } : this.#settled(last);
  }

  #settled(unix: unknown): Money {
    return typeof unix === 'number' ? { money: 'settled', settledOn: this.#day(unix) } : { money: 'settled' };
  }
}

/** Everything that names a customer or hangs on it, and what says who it is. */
const hanging = collectionNames.filter((name) => name !== 'customer_numbers');

function madeAt({ created }: StripeObject): Pick<RecordFacts, 'createdAt'> {
  const unix = Number(created);
  return Number.isFinite(unix) ? { createdAt: new Date(unix * 1_000).toISOString() } : {};
}

/** Of two records of one collection and supply, which have the same clocks: of each the later day. */
function latestOf(one: NeededBy, other: NeededBy): NeededBy {
  const later = (a: string | null, b: string | null) => (a === null || b === null ? null : a > b ? a : b);
  const events = Object.entries(one.events ?? {}).map(([clock, day]) => [
    clock,
    later(day, other.events?.[clock] ?? null),
  ]);
  const createdAt = later(one.createdAt ?? null, other.createdAt ?? null) ?? undefined;
  return {
    ...one,
    ...(createdAt === undefined ? {} : { createdAt }),
    ...(one.events === undefined ? {} : { events: Object.fromEntries(events) }),
  };
}

/** The day of an instant (Unix seconds), where the map says that days are counted. */
export function dayIn({ timeZone = 'UTC' }: DataMap): (unix: number) => string {
  const format = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
  return (unix) => format.format(unix * 1_000);
}

const isUndecided = ({ status }: StripeObject): boolean => !decidedStates.has(status);

/** Money that is on its way back (Stripe API, "The Refund object", `status`). */
const isPending = ({ status }: StripeObject): boolean => status === 'pending' || status === 'requires_action';

/**
 * Everything that the customer is owed or owes beside invoices, in every currency: the balance (of its own currency), what is left of
 * credits by currency, and cash that came by transfer and was not used.
 */
function balancesOf(customer: StripeObject): readonly number[] {
  const [credits, cash] = [customer.invoice_credit_balance, valueAt(customer, 'cash_balance.available')];
  const amounts = [credits, cash].flatMap((one): unknown[] =>
    typeof one === 'object' && one !== null ? Object.values(one) : [],
  );
  return [customer.balance ?? 0, ...amounts].map(Number);
}

const open: Money = { money: 'open' };

/** What is open there is the company's: no claim rests on who its contact is, so that for the contact it counts as settled long ago. */
const nobodys: Money = { money: 'settled', settledOn: '1970-01-01' };

function remembered<T>(known: Map<string, Promise<T>>, root: Root, look: () => Promise<T>): Promise<T> {
  const name = nameOf(root);
  const before = known.get(name);
  if (before !== undefined) return before;
  const found = look();
  known.set(name, found);
  return found;
}
