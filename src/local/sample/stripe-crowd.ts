/**
 * The others in the sample company's Stripe account, whom the account database does not know: a hundred and sixty people
 * who bought gift cards, guests who paid without becoming customers, a customer that was deleted and whose documents are
 * still there, and a second customer of somebody who has one already. Invented, as everybody (cast.ts).
 */
import type { Kind } from '../stripe/core/types.ts';
import type { FixtureObject } from '../stripe/fixtures.ts';
import { cast } from './cast.ts';
import { sampleSeed, stream } from './prng.ts';
import { instant, plusDays, secondsOf } from './time.ts';

/** Known to billing only. */
export const billingCast = {
  /** Paid once as a guest: no customer, only the address on the charge. */
  guest: { email: 'gustav.kulaline@kulastaja.test', name: 'Gustav Külaline', paymentIntent: 'pi_NaidisGuest1' },
  /** Deleted in Stripe long ago; invoice and charge still name her. */
  deleted: { customer: 'cus_NaidisDeleted1', email: 'dora.kustunud@kulastaja.test', name: 'Dora Kustunud' },
  /** The older of two customers with one address: {@link cast.twoWorkspaces}. */
  olderCustomer: { customer: 'cus_NaidisOlder1', email: cast.twoWorkspaces.email },
} as const;

type Objects = Partial<Record<Kind, FixtureObject[]>>;

const crowdSize = 160;
const given = 'Anu Eero Fred Grete Hilja Ivo Kadi Lauri Mirjam Nele Paul Riina Silver Tiiu Urmas Vaike'.split(' ');
const family = 'Kask Rebane Saar Koppel Ilves Vaher Laas Mets Kuusk Pärn Toom Sepp'.split(' ');

export function makeCrowd(): Objects {
  const objects: Required<
    Pick<Objects, 'customers' | 'invoices' | 'charges' | 'payment_intents' | 'refunds' | 'disputes'>
  > = { customers: [], invoices: [], charges: [], payment_intents: [], refunds: [], disputes: [] };
  const rng = stream(sampleSeed, 'stripe-crowd');
  for (let n = 1; n <= crowdSize; n++) {
    const name = `${rng.pick(given)} ${rng.pick(family)}`;
    const email = `kinkija.${String(n).padStart(3, '0')}@kulastaja.test`;
    const created = secondsOf(instant(plusDays('2025-01-10', rng.int(0, 640)), rng.int(25_200_000, 72_000_000)));
    const id = `cus_NaidisCrowd${String(n).padStart(3, '0')}`;
    objects.customers.push({ id, created, name, email, metadata: { customer_kind: 'person' } });
    const charge = pay(objects, `Crowd${n}`, {
      created: created + 60,
      customer: id,
      name,
      email,
      amount: rng.int(20, 200) * 100,
    });
    if (n % 20 === 0) refund(objects, n, charge);
    if (n % 50 === 0) dispute(objects, n, charge, n === 50 ? 'won' : 'under_review');
  }
  pay(objects, 'Guest1', {
    created: secondsOf('2026-04-02T09:30:00Z'),
    customer: null,
    ...billingCast.guest,
    amount: 5_000,
  });
  addDeleted(objects);
  addOlder(objects);
  return objects;
}

interface Payment {
  readonly created: number;
  readonly customer: string | null;
  readonly name: string;
  readonly email: string;
  readonly amount: number;
}

function pay(objects: Objects, label: string, payment: Payment): FixtureObject {
  const { created, customer, name, email, amount } = payment;
  const [intent, charge] = [`pi_Naidis${label}`, `ch_Naidis${label}`];
  const common = { created, customer, amount, description: 'Kinkekaart', receipt_email: email };
  const made = { id: charge, ...common, payment_intent: intent, billing_details: { name, email } };
  objects.payment_intents?.push({ id: intent, ...common, status: 'succeeded', latest_charge: charge });
  objects.charges?.push(made);
  return made;
}

function refund(objects: Objects, n: number, charge: FixtureObject): void {
  const { id, payment_intent = null, amount = 0 } = charge;
  Object.assign(charge, { refunded: true, amount_refunded: amount });
  const created = charge.created + 86_400;
  objects.refunds?.push({ id: `re_Naidis${n}`, created, charge: id, payment_intent, amount });
}

function dispute(objects: Objects, n: number, charge: FixtureObject, status: string): void {
  const { id, payment_intent = null, amount = 0 } = charge;
  charge.disputed = true;
  const created = charge.created + 30 * 86_400;
  objects.disputes?.push({ id: `du_Naidis${n}`, created, charge: id, payment_intent, amount, status });
}

function addDeleted(objects: Objects): void {
  const { customer, name, email } = billingCast.deleted;
  const created = secondsOf('2025-03-03T10:00:00Z');
  pay(objects, 'Deleted1', { created, customer, name, email, amount: 9_900 });
  objects.invoices?.push({
    id: 'in_NaidisDeleted1',
    created,
    customer,
    number: 'NH-2025-0001',
    status: 'paid',
    customer_name: name,
    customer_email: email,
    lines: [{ amount: 9_900, description: 'Kinkekaart' }],
  });
}

function addOlder(objects: Objects): void {
  const { customer, email } = billingCast.olderCustomer;
  const created = secondsOf('2024-01-20T10:00:00Z');
  const { name } = cast.twoWorkspaces;
  objects.customers?.push({ id: customer, created, name, email, metadata: { customer_kind: 'person' } });
  pay(objects, 'Older1', { created: created + 60, customer, name, email, amount: 3_500 });
}

/** Customers of the sample that Stripe answers as deleted. */
export const deletedCustomers: readonly string[] = [billingCast.deleted.customer];
