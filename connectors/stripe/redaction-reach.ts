/**
 * What a redaction takes along. "Redacting an object also redacts all of its related objects"
 * (docs.stripe.com/privacy/redaction), without a list of them: so everything that an invoice or a payment hangs on is counted in, in
 * both directions, and nothing is redacted unless all of it is planned to go, or redacted already. Changes nothing.
 */
import type { CallContext } from '../contract.ts';
import { idIn, type StripeClient, type StripeObject } from './client.ts';
import { idAt } from './roots.ts';

/** What a job can name of what this connector erases. */
export interface RedactionRoot {
  readonly kind: 'invoices' | 'charges' | 'customers';
  readonly id: string;
}

export interface Reach {
  readonly root: RedactionRoot;
  /** Ids of the root and of what hangs on it. */
  readonly ids: ReadonlySet<string>;
  /** Of the payments among them, by id, when they were made (Unix seconds). */
  readonly paid: ReadonlyMap<string, number>;
  /** Everything that would be redacted is planned to go. */
  readonly isPlanned: boolean;
}

interface ReachDependencies {
  readonly client: StripeClient;
  readonly redactor: StripeClient;
  readonly context: CallContext;
  readonly going: ReadonlySet<string>;
  readonly isRedacted: (kind: RedactionRoot['kind'], object: StripeObject) => boolean;
}

/** What a root of a job reaches. */
export async function reachOf(deps: ReachDependencies, root: RedactionRoot): Promise<Reach> {
  const walk = new Walk(deps);
  if (root.kind === 'invoices') await walk.invoice(root.id);
  else if (root.kind === 'charges') await walk.charge(root.id);
  else await walk.customer(root.id);
  return { root, ids: walk.ids, paid: walk.paid, isPlanned: walk.isPlanned };
}

class Walk {
  readonly #deps: ReachDependencies;
  readonly ids = new Set<string>();
  readonly paid = new Map<string, number>();
  readonly #intents = new Set<string>();
  isPlanned = true;

  constructor(deps: ReachDependencies) {
    this.#deps = deps;
  }

  async invoice(id: string): Promise<void> {
    const invoice = await this.#take('invoices', id);
    if (invoice === undefined) return;
    // What hangs on it went with it.
    if (this.#deps.isRedacted('invoices', invoice)) return;
    // Credit notes are documents of their own that this connector does not read: nobody has decided about them.
    const notes = ['pre_payment_credit_notes_amount', 'post_payment_credit_notes_amount'];
    if (notes.some((field) => Number(invoice[field] ?? 0) > 0)) this.isPlanned = false;
    for await (const payment of this.#list('/v1/invoice_payments', { invoice: id })) {
      const charge = idAt(payment, 'payment.charge');
      if (charge !== '') await this.charge(charge);
      await this.#intent(idAt(payment, 'payment.payment_intent'));
    }
  }

  async charge(id: string): Promise<void> {
    const charge = await this.#take('charges', id);
    if (charge === undefined) return;
    this.paid.set(id, Number(charge.created));
    if (this.#deps.isRedacted('charges', charge)) return;
    for await (const refund of this.#list('/v1/refunds', { charge: id })) {
      this.#see(refund, false);
      this.paid.set(refund.id, Number(refund.created));
    }
    await this.#intent(idAt(charge, 'payment_intent'));
  }

  /**
   * A customer's job takes everything of the customer. Its subscriptions have ended, or nothing of it would be ordered; each left
   * invoices, so that one that nobody decided about shows in them.
   */
  async customer(id: string): Promise<void> {
    const customer = await this.#take('customers', id);
    if (customer === undefined) return;
    for await (const charge of this.#list('/v1/charges', { customer: id })) await this.charge(charge.id);
    for await (const invoice of this.#list('/v1/invoices', { customer: id })) await this.invoice(invoice.id);
  }

  /** The other payments of an intent, and the invoices that it paid. */
  async #intent(id: string): Promise<void> {
    if (id === '' || this.#intents.has(id)) return;
    this.#intents.add(id);
    const { client, context } = this.#deps;
    const intent = await client.get(context, `/v1/payment_intents/${idIn(id)}`, 'payment_intents');
    this.ids.add(id);
    // One that was never paid is no transaction.
    if (intent?.body.status === 'succeeded') this.paid.set(id, Number(intent.body.created));
    for await (const charge of this.#list('/v1/charges', { payment_intent: id })) await this.charge(charge.id);
    const paid = { 'payment[type]': 'payment_intent', 'payment[payment_intent]': id };
    for await (const payment of this.#list('/v1/invoice_payments', paid)) {
      const invoice = idAt(payment, 'invoice');
      if (invoice !== '') await this.invoice(invoice);
    }
  }

  /** The object, the first time that it is met. */
  async #take(kind: RedactionRoot['kind'], id: string): Promise<StripeObject | undefined> {
    if (this.ids.has(id)) return undefined;
    const { redactor, context } = this.#deps;
    const object = (await redactor.get(context, `/v1/${kind}/${idIn(id)}`, kind))?.body;
    if (object !== undefined) this.#see(object, this.#deps.isRedacted(kind, object));
    return object;
  }

  #see({ id }: StripeObject, isRedacted: boolean): void {
    this.ids.add(id);
    if (!this.#deps.going.has(id) && !isRedacted) this.isPlanned = false;
  }

  async *#list(path: string, query: Readonly<Record<string, string>>): AsyncGenerator<StripeObject> {
    const { client, context } = this.#deps;
    for await (const { objects } of client.list(context, path, path.slice(4), query)) yield* objects;
  }
}
