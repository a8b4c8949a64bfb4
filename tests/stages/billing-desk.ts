/**
 * An erasure in a Stripe account (a stand-in) on a real ledger and a real bucket, and the sweep over what it left, with the days of both
 * clocks set by the test: the ledger's and Stripe's own.
 */
import type { LoadedConfig } from '../../src/config/load.ts';
import type { FixtureObject } from '../../src/local/stripe/fixtures.ts';
import { type Account, openAccount } from '../stripe/account.ts';
import { periods } from '../support/erasure-example.ts';
import { newSweepingDesk, type SweepingDesk } from './sweeping-desk.ts';

export const customer = 'cus_Anna';
const email = 'anna.marker@example.ee';

export interface BillingDesk {
  readonly desk: SweepingDesk;
  readonly account: Account;
  /** Both clocks. */
  setDay(day: string): void;
  /** Everything that was issued, as it is stored. */
  documents(): readonly (readonly [name: string, digest: string])[];
  /** One stage of erasing, asked again while Stripe works on it. */
  eraseToEnd(part: 'dependants' | 'subject-row'): Promise<void>;
  /** So many days, one hour of the sweep each, people approving what they are asked. */
  sweepDays(from: string, days: number): Promise<void>;
  end(): Promise<void>;
}

const seconds = (day: string): number => Date.parse(`${day}T10:00:00Z`) / 1_000;

/** One paid bill: invoice, intent, charge and what binds them. */
export function bill(no: number, day: string): Record<string, FixtureObject[]> {
  const of = { customer, created: seconds(day) };
  const paid = { status: 'paid', status_transitions: { finalized_at: of.created, paid_at: of.created } };
  return {
    invoices: [{ id: `in_${no}`, ...of, ...paid, customer_name: 'Anna Marker', customer_email: email }],
    payment_intents: [{ id: `pi_${no}`, ...of, amount: 900, status: 'succeeded', latest_charge: `ch_${no}` }],
    charges: [{ id: `ch_${no}`, ...of, amount: 900, payment_intent: `pi_${no}`, receipt_email: email }],
    invoice_payments: [
      {
        ...{ id: `inpay_${no}`, created: of.created, invoice: `in_${no}` },
        payment: { type: 'payment_intent', payment_intent: `pi_${no}` },
      },
    ],
  };
}

/** Anna, a private person without a running subscription, with these bills. Planned on 23 November 2026. */
export async function newBillingDesk(
  label: string,
  bills: readonly Record<string, FixtureObject[]>[],
  {
    redaction,
    retention = {},
  }: {
    readonly redaction: boolean;
    readonly retention?: Partial<LoadedConfig['policy']['retention']>;
  },
): Promise<BillingDesk> {
  const account = await openAccount(
    (map) => {
      map.customer.kind = { is: 'person' };
      map.customer.closed = 'without-subscription';
    },
    { redaction },
  );
  const { control } = account.standIn;
  control.enableRedaction(redaction);
  const person = { id: customer, created: seconds('2026-01-05'), email, name: 'Anna Marker', phone: '+372 5 000' };
  control.load({ customers: [person] });
  for (const one of bills) control.load(one);
  const desk = await newSweepingDesk(label, account.system, {
    retention: { taxRegistrations: [], switchOn: [], periods, ...retention },
  });
  const setDay = (day: string) => {
    desk.world.setNow(`${day}T09:00:00Z`);
    control.setClock(`${day}T09:00:00Z`);
  };
  setDay('2026-11-23');
  return {
    desk,
    account,
    setDay,
    documents: () => Object.entries(control.digests()).filter(([name]) => /^(invoices|charges|refunds)\//.test(name)),
    eraseToEnd: async (part) => {
      for (let asked = 0; asked < 10; asked += 1) {
        if ((await desk.erase(part)).running !== true) return;
        control.advanceClock(3_600);
      }
      throw new Error('the jobs never end');
    },
    sweepDays: async (from, days) => {
      const first = Date.parse(`${from}T09:00:00Z`);
      for (let no = 0; no < days; no += 1) {
        setDay(new Date(first + no * 86_400_000).toISOString().slice(0, 10));
        await desk.hour();
        await desk.approveAll();
        await desk.hour();
      }
    },
    end: async () => {
      await desk.end();
      await account.stop();
    },
  };
}
