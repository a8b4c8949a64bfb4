/**
 * The One Stop Shop (Union and import scheme): ten years for each supply declared in it, whatever the country. A fact of
 * each supply, never of the company; a reverse-charge supply to a business is never one. Data only.
 */
import type { RetentionRule } from '../rule.ts';

export const oneStopShop = [
  {
    id: 'eu-oss-369k',
    country: 'EU',
    law: 'VAT Directive 2006/112/EC',
    section: 'Art. 369k, 369x',
    source: 'https://eur-lex.europa.eu/eli/dir/2006/112/oj',
    confidence: 'V',
    records:
      'records of OSS and IOSS supplies, with the customer’s name where known and the evidence of the customer’s place',
    recordClasses: ['invoice', 'payment', 'supply-evidence'],
    period: { years: 10 },
    event: 'supply',
    anchor: 'calendar-year-end',
    applies: 'oss',
    keeps: ['document', 'vat-number-check', 'place-evidence'],
    also: ['Implementing Regulation (EU) 282/2011 Art. 63c'],
  },
] as const satisfies readonly RetentionRule[];
