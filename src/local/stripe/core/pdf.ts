/** The PDF of an invoice: what `invoice_pdf` gives. */
import { textPdf } from '../../stand-in/pdf.ts';
import { hashesOf, hashOf, type JsonHash, numberOf, textOf } from './types.ts';

/** The document's bytes; the same invoice always gives the same ones. */
export function invoicePdf(invoice: JsonHash): Buffer {
  const address = hashOf(invoice, 'customer_address');
  const lines = [
    `Invoice ${textOf(invoice, 'number') ?? ''}`,
    textOf(invoice, 'account_name') ?? '',
    `Bill to: ${textOf(invoice, 'customer_name') ?? ''}`,
    [textOf(address, 'line1'), textOf(address, 'postal_code'), textOf(address, 'city')].filter(Boolean).join(', '),
    textOf(invoice, 'customer_email') ?? '',
    ...hashesOf(invoice, 'lines').map((line) => `${textOf(line, 'description') ?? ''}  ${money(line, 'amount')}`),
    `Total ${money(invoice, 'total')} ${String(invoice.currency).toUpperCase()}`,
  ];
  return textPdf(lines);
}

const money = (hash: JsonHash, field: string): string => (numberOf(hash, field) / 100).toFixed(2);
