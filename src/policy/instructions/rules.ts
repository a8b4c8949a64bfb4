/**
 * What the law says of a customer who leaves with a whole workspace, as data: how long notice may be asked for, how long the
 * moving may take, how long the exported data stays retrievable, and that everything goes afterwards. Confidence as in
 * src/policy/clock/rule-sets.ts. Facts of November 2026, not legal advice: whether a service is a data processing service is
 * the company's to know; where it is none, the same periods are kept to because nothing demands shorter ones.
 */
import { type Citation, euRuleSet } from '../clock/rule-sets.ts';

const dataAct = {
  law: 'Regulation (EU) 2023/2854 (Data Act)',
  source: 'https://eur-lex.europa.eu/eli/reg/2023/2854/oj',
  confidence: 'S',
} as const;

export const switchingRules = {
  id: 'eu-data-act-25',
  /** The notice that a contract may ask for before the moving begins. */
  notice: { months: 2, ...dataAct, section: 'Art. 25(2)(d)' },
  /** The moving itself, from the end of the notice: calendar days. */
  transition: { days: 30, ...dataAct, section: 'Art. 25(2)(a)' },
  /** How long the data can be retrieved after the moving has ended, at the least: calendar days. */
  retrieval: { days: 30, ...dataAct, section: 'Art. 25(2)(g)' },
  /** After that, or after a later day that was agreed, everything goes. */
  erasure: { ...dataAct, section: 'Art. 25(2)(h)' },
  /** In what form: structured, commonly used, machine-readable. */
  form: { ...dataAct, section: 'Art. 30(5)' },
  /** Of personal data that is held for the customer: returned and deleted at its choice. */
  processor: {
    law: euRuleSet.law,
    section: 'Art. 28(3)(a), (g)',
    source: 'https://eur-lex.europa.eu/eli/reg/2016/679/oj',
    confidence: 'V',
  },
  /** The day of the event is not counted. */
  counting: euRuleSet.counting,
} as const satisfies Readonly<
  Record<string, string | (Citation & { readonly months?: number; readonly days?: number })>
>;
