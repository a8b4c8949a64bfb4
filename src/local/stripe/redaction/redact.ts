/**
 * What a redacted object looks like: `[redacted]` where personal data were, ids, amounts, states and times as before. It
 * can be read and no longer changed. Stripe shows it for some kinds in preview versions of the API as `redaction`.
 */
import type { World } from '../core/routing.ts';
import { isHash, type Json, type JsonHash, type Kind, type StripeObject } from '../core/types.ts';
import { voidInvoice } from '../routes/invoice-steps.ts';
import { endSubscription } from '../routes/subscriptions.ts';
import type { Reached } from './scope.ts';

export const placeholder = '[redacted]';

/** Fields that hold personal data; of a hash or a list, all text in it. */
const personalFields: Readonly<Partial<Record<Kind, readonly string[]>>> = {
  customers: ['name', 'email', 'phone', 'description', 'address', 'shipping', 'business_name', 'individual_name'],
  payment_methods: ['billing_details'],
  sources: ['name', 'address_city', 'address_line1', 'address_line2', 'address_state', 'address_zip', 'fingerprint'],
  tax_ids: ['value'],
  balance_transactions: ['description'],
  subscriptions: ['description'],
  invoices: [
    'customer_name',
    'customer_email',
    'customer_phone',
    'customer_address',
    'customer_shipping',
    'description',
    'footer',
  ],
  charges: ['billing_details', 'receipt_email', 'description', 'shipping', 'receipt_url'],
  payment_intents: ['receipt_email', 'description', 'shipping'],
  disputes: ['evidence'],
  credit_notes: ['memo'],
};

/** Kinds whose objects say so themselves, in preview versions. */
const sayingSo: ReadonlySet<Kind> = new Set(['customers', 'charges', 'payment_intents', 'payment_methods', 'sources']);

function blanked(value: Json | undefined): Json {
  if (typeof value === 'string') return placeholder;
  if (Array.isArray(value)) return value.map(blanked);
  if (isHash(value)) return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, blanked(inner)]));
  return value ?? null;
}

export function redact(world: World, { kind, object }: Reached): void {
  for (const field of personalFields[kind] ?? []) if (field in object) object[field] = blanked(object[field]);
  if (isHash(object.metadata)) object.metadata = blanked(object.metadata);
  if (kind === 'invoices') redactInvoice(object);
  for (const [field, parts] of Object.entries(cardParts)) {
    const card = field === 'card' ? object.card : isHash(object[field]) ? object[field].card : undefined;
    if (isHash(card)) for (const part of parts) if (typeof card[part] === 'string') card[part] = placeholder;
  }
  object._redacted = true;
  if (sayingSo.has(kind)) object._redaction = { status: 'redacted' };
  world.store.put(kind, object, world.clock.nowMs());
}

const cardParts: Readonly<Record<string, readonly string[]>> = {
  card: ['fingerprint', 'last4'],
  payment_method_details: ['fingerprint', 'last4'],
};

function redactInvoice(invoice: StripeObject): void {
  const taxIds = Array.isArray(invoice.customer_tax_ids) ? invoice.customer_tax_ids.filter(isHash) : [];
  invoice.customer_tax_ids = taxIds.map((taxId): JsonHash => ({ ...taxId, value: placeholder }));
  const lines = isHash(invoice.lines) && Array.isArray(invoice.lines.data) ? invoice.lines.data.filter(isHash) : [];
  for (const line of lines)
    Object.assign(line, { description: blanked(line.description), metadata: blanked(line.metadata) });
}

/** Finishes what is unfinished, as a job of behaviour `fix` does before it redacts. */
export function finish(world: World, { kind, object }: Reached): void {
  const { store, clock } = world;
  if (kind === 'payment_intents' && object.status !== 'succeeded' && object.status !== 'canceled') {
    Object.assign(object, { status: 'canceled', canceled_at: clock.now(), cancellation_reason: 'automatic' });
  }
  if (kind === 'payment_methods' && object.customer !== null) Object.assign(object, { customer: null, _used: true });
  if (kind === 'subscriptions' && object.status !== 'canceled') endSubscription(world, object, {});
  if (kind === 'invoices' && object.status === 'open') voidInvoice(world, object);
  if (kind === 'invoices' && object.status === 'draft') store.remove('invoices', object.id, clock.nowMs());
  else store.put(kind, object, clock.nowMs());
}
