/**
 * The words of the law that data maps use, the same for every kind of system. Connectors know no law: the words are those of
 * src/policy, and a test holds them together.
 */

/** What a field is to the law where it is no part of an issued document or entry. */
export const roleWords = [
  'document',
  'vat-number-check',
  'place-evidence',
  'contact-person',
  'phone',
  'email',
  'card',
  'payment-token',
  'dunning',
  'billing-chat',
  'marketing',
  'usage-analytics',
] as const;

/** Record classes of documents and entries that the law keeps as they were issued: what is wrong in one is corrected by another. */
export const issuedClasses: readonly string[] = [
  'invoice',
  'payment',
  'books',
  'subscription-contract',
  'business-letter',
  'tax-document',
];

/** Whether a field is part of an issued document, so that nothing may ever edit it. */
export function isOfDocument(recordClass: string, role: string | undefined): boolean {
  return role === 'document' || (role === undefined && issuedClasses.includes(recordClass));
}

/** Events that start a retention clock and that a column can tell; `creation` is `createdAt`. */
export const eventWords = [
  'issue',
  'recording',
  'supply',
  'term-expiry',
  'last-entry',
  'tax-payable',
  'closure',
] as const;

export const supplyWords = ['domestic', 'reverse-charge', 'oss'] as const;

export const basisWords = [
  'consent',
  'contract',
  'legal-obligation',
  'legitimate-interests',
  'legitimate-interests-marketing',
  'vital-interests',
  'public-task',
] as const;
