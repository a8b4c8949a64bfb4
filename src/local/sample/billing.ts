/**
 * Subscriptions and invoices. Pure. All invoices are issued and recorded in 2026 and none is an OSS supply: customers are
 * businesses, domestic ones with Estonian VAT (24 % since 1 July 2025), foreign ones under reverse charge. Amounts are
 * counted in whole cents, never in fractions of a double.
 */
import { cast, workspaces as part } from './cast.ts';
import { stream } from './prng.ts';
import type { InvoiceLineRow, InvoiceRow, SubscriptionRow, UserRow, WorkspaceRow } from './rows.ts';
import { plusDays } from './time.ts';

/** `n` units of 10^-scale as decimal text. */
export function decimal(n: number, scale: number): string {
  const digits = String(Math.abs(n)).padStart(scale + 1, '0');
  return `${n < 0 ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

export function makeSubscriptions(seed: string, workspaces: readonly WorkspaceRow[]): SubscriptionRow[] {
  const rng = stream(seed, 'subscriptions');
  return workspaces.map((workspace, index): SubscriptionRow => {
    const trial = workspace.id === part.trial;
    return {
      id: String(6001 + index),
      workspace_id: workspace.id,
      plan: trial ? 'proov' : rng.pick(['põhi', 'pro', 'kett']),
      status: trial ? 'trialing' : 'active',
      monthly_price: trial ? '0.0000' : decimal(rng.int(190_000, 990_000), 4),
      ordered_by: workspace.owner_user_id,
      started_on: trial ? '2026-10-20' : workspace.created_at.slice(0, 10),
      ended_on: null,
    };
  });
}

/** One invoice a month and customer, January to October 2026, and their lines. */
export function makeInvoices(
  seed: string,
  workspaces: readonly WorkspaceRow[],
  users: readonly UserRow[],
): { invoices: InvoiceRow[]; lines: InvoiceLineRow[] } {
  const rng = stream(seed, 'invoices');
  const invoices: InvoiceRow[] = [];
  const lines: InvoiceLineRow[] = [];
  const customers = workspaces.filter((workspace) => workspace.id !== part.trial);
  for (let month = 1; month <= 10; month++) {
    for (const workspace of customers) {
      const id = String(7001 + invoices.length);
      const reverse = workspace.country !== 'EE';
      const made = makeLines(id, rng.int(1, 3), reverse ? 0 : 2400, () => rng.int(49_500, 2_499_999), rng.chance(30));
      const net = made.reduce((sum, line) => sum + line.cents, 0);
      const vat = Math.round((net * (reverse ? 0 : 24)) / 100);
      const issued = `2026-${String(month).padStart(2, '0')}-${String(rng.int(1, 20)).padStart(2, '0')}`;
      invoices.push({
        id,
        workspace_id: workspace.id,
        number: `NH-2026-${String(invoices.length + 1).padStart(4, '0')}`,
        ...contactOf(workspace, users, month),
        bill_to_name: workspace.name,
        bill_to_address: `${workspace.street ?? ''}\n${workspace.postal_code ?? ''} ${workspace.city ?? ''}\n${workspace.country}`,
        customer_vat_number: workspace.vat_number,
        supply_scheme: reverse ? 'reverse_charge' : 'domestic',
        issued_on: issued,
        recorded_on: plusDays(issued, rng.int(0, 6)),
        due_on: plusDays(issued, 14),
        paid_on: rng.chance(85) ? plusDays(issued, rng.int(1, 25)) : null,
        currency: 'EUR',
        net: decimal(net, 2),
        vat: decimal(vat, 2),
        total: decimal(net + vat, 2),
      });
      lines.push(...made.map(({ cents: _, ...line }) => line));
    }
  }
  return { invoices, lines };
}

function makeLines(
  invoiceId: string,
  count: number,
  vatRate: number,
  price: () => number,
  discounted: boolean,
): (InvoiceLineRow & { cents: number })[] {
  const texts = ['Taustamuusika, 1 kuu', 'Lisaseade; saal "Terrass"', 'Paigaldus (tund)'];
  return Array.from({ length: count }, (_, n) => {
    const quantity = n === 2 ? 1_500 : 1_000 * (n + 1);
    const unit = discounted && n > 0 && n === count - 1 ? -9_990 : price();
    const cents = Math.round((quantity * unit) / 100_000);
    return {
      invoice_id: invoiceId,
      line_no: n + 1,
      description: texts[n] ?? 'Muu',
      quantity: decimal(quantity, 3),
      unit_price: decimal(unit, 4),
      vat_rate: decimal(vatRate, 2),
      amount: decimal(cents, 2),
      cents,
    };
  });
}

type Contact = Pick<InvoiceRow, 'contact_user_id' | 'contact_name' | 'contact_email'>;

/** A company's invoices name a contact; every third month of a company only an address, or nobody. */
function contactOf(workspace: WorkspaceRow, users: readonly UserRow[], month: number): Contact {
  const contactId = workspace.id === part.hotel ? cast.companyContact.userId : workspace.owner_user_id;
  const contact = users.find((user) => user.id === contactId);
  if (workspace.customer_kind === 'company' && month % 3 === 0) {
    return { contact_user_id: null, contact_name: null, contact_email: workspace.billing_email };
  }
  return {
    contact_user_id: contactId,
    contact_name: contact?.full_name ?? null,
    contact_email: contact?.email ?? null,
  };
}
