/**
 * Which fields a duty to keep reaches, as roles that a record's fields may have. An issued document is kept byte-identical
 * and nothing is cut from it; what merely stands beside it follows its own basis as soon as no money is open. Data and one
 * pure function.
 */

export const fieldRoles = {
  document: 'Part of the document or entry itself, as it was issued or recorded.',
  'vat-number-check': 'The check of the customer’s VAT number, kept with the invoice.',
  'place-evidence': 'What shows where the customer was; kept for OSS supplies only.',
  'contact-person': 'The customer’s contact person.',
  phone: 'A telephone number that is not part of the document.',
  email: 'An e-mail address that is not part of the document.',
  card: 'Card data.',
  'payment-token': 'The token of a means of payment.',
  dunning: 'Dunning mails.',
  'billing-chat': 'Chats about bills.',
  marketing: 'Marketing attributes.',
  'usage-analytics': 'Usage analytics keyed to a customer number of billing.',
} as const;
export type FieldRole = keyof typeof fieldRoles;

/** What an issued invoice must show (VAT Directive 2006/112/EC Art. 226): all of it is `document`. */
export const invoiceContents = {
  law: 'VAT Directive 2006/112/EC',
  section: 'Art. 226',
  source: 'https://eur-lex.europa.eu/eli/dir/2006/112/oj',
  confidence: 'V',
  contents: [
    'date of issue and date of supply',
    'number',
    'VAT numbers of supplier and customer',
    'full name and address of supplier and customer',
    'lines: quantity and nature',
    'taxable amounts, rates and VAT',
  ],
} as const;

export type FieldFate = 'kept' | 'waits-for-money' | 'own-basis';

/**
 * What becomes of a field beside a record that a law keeps: kept with it, kept while money is open, or on its own basis.
 * `kept` are the roles that duties still running keep; `moneyOpen` is what {@link openMatters} found.
 */
export function fieldFate(role: FieldRole, kept: readonly FieldRole[], moneyOpen: boolean): FieldFate {
  if (kept.includes(role)) return 'kept';
  return moneyOpen ? 'waits-for-money' : 'own-basis';
}
