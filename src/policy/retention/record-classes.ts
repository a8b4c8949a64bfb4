/**
 * The catalogue of record classes: what each is, and what decides how long it is kept. `by-law`: the retention rules of
 * the controller's country; a country without a rule for it is refused, never read as "no duty". `by-supply`: only the
 * rules of the supply it belongs to. `own-basis`: the legal basis the data map declares, and a period the company has
 * published. `by-reference`: whatever keeps the records that hang on it. Companies may add classes of their own by giving them a period. Data only.
 */

export const classKinds = {
  'by-law': 'Kept by retention rules of the country where the seller is established; the longest wins.',
  'by-supply': 'Kept only where the supply it belongs to has a rule of its own (OSS).',
  'by-reference': 'Kept as long as what hangs on it, by whatever keeps that; it has no period of its own.',
  'own-basis': 'Follows its own legal basis, for the period the company has published.',
} as const;
export type ClassKind = keyof typeof classKinds;

export const recordClasses = {
  invoice: {
    kind: 'by-law',
    what: 'An invoice issued or received, with its lines and the check of the customer’s VAT number; an issued one is never edited.',
  },
  payment: {
    kind: 'by-law',
    what: 'A payment, refund, credit or charge: a source document of the books beside invoices.',
  },
  books: { kind: 'by-law', what: 'Journals, ledgers and annual accounts.' },
  'subscription-contract': {
    kind: 'by-law',
    what: 'What was agreed for a term: plan, price, start, end, who ordered it.',
  },
  'business-letter': { kind: 'by-law', what: 'A business letter sent or received: offers, orders, terms.' },
  'tax-document': { kind: 'by-law', what: 'Any other document relevant to tax.' },
  'supply-evidence': {
    kind: 'by-supply',
    what: 'What shows where the customer of an electronic supply was (address, card country, IP country).',
  },
  account: { kind: 'own-basis', what: 'A person’s account: identity, contact, membership, settings.' },
  workspace: { kind: 'own-basis', what: 'The customer’s own entry: name, address, tax numbers as they stand now.' },
  invitation: { kind: 'own-basis', what: 'An invitation, by or to a person.' },
  device: { kind: 'own-basis', what: 'A device that plays for a customer.' },
  playlist: { kind: 'own-basis', what: 'What people put together in the service.' },
  schedule: { kind: 'own-basis', what: 'When a customer’s devices play what.' },
  playback: { kind: 'own-basis', what: 'What was played, where and when.' },
  support: { kind: 'own-basis', what: 'Conversations with support, and notes about them.' },
  'marketing-consent': { kind: 'own-basis', what: 'A consent to marketing and the proof of it.' },
  'security-log': { kind: 'own-basis', what: 'Sign-ins, sessions and security events of an account.' },
  'server-log': { kind: 'own-basis', what: 'Lines that servers wrote about requests.' },
  'customer-content': {
    kind: 'own-basis',
    what: 'What a customer company enters about others: held as its processor, hence referred.',
  },
  'customer-number': {
    kind: 'by-reference',
    what: 'The customer as such, without what says who it is: the number that issued documents name.',
  },
  'billing-contact': { kind: 'own-basis', what: 'Contact person, telephone and e-mail address for bills.' },
  'payment-method': { kind: 'own-basis', what: 'Card data and tokens of a means of payment.' },
  'billing-correspondence': { kind: 'own-basis', what: 'Dunning mails and chats about bills.' },
  'usage-analytics': {
    kind: 'own-basis',
    what: 'Product analytics, also where keyed to a customer number of billing.',
  },
} as const satisfies Readonly<Record<string, { readonly kind: ClassKind; readonly what: string }>>;

export type RecordClass = keyof typeof recordClasses;
/** The classes that rules of law may name. */
export type StatutoryClass = {
  [C in RecordClass]: (typeof recordClasses)[C]['kind'] extends 'own-basis' | 'by-reference' ? never : C;
}[RecordClass];

export function isRecordClass(text: string): text is RecordClass {
  return Object.hasOwn(recordClasses, text);
}

/** The kind of a class; `undefined` for one that the catalogue does not know. */
export function kindOf(recordClass: string): ClassKind | undefined {
  return isRecordClass(recordClass) ? recordClasses[recordClass].kind : undefined;
}
