/** A company for the tests of erasure's policy: streams, collections and answers, all in Estonia with calendar years. */
import type { CollectionDescription, EraseTraits, RecordFacts, StreamDescription } from '../../connectors/contract.ts';
import { type CivilDate, parseCivilDate } from '../../src/policy/clock/index.ts';
import type { ErasureContext } from '../../src/policy/erasure/index.ts';
import {
  type PublishedPeriod,
  type RetentionPolicy,
  retentionPolicy,
  yearlyFinancialYears,
} from '../../src/policy/retention/index.ts';

export type Immediate = Extract<EraseTraits, { mode: 'immediate' }>;

export const day = (text: string): CivilDate => parseCivilDate(text, 'test');
export const today = day('2026-11-24');
const source = 'Privacy policy of 17 April 2026, Retention';

/** What the company published: most of it ends with the person's request, the security log runs on. */
export const periods: readonly PublishedPeriod[] = [
  ...['account', 'workspace', 'device', 'playlist', 'billing-contact'].map(
    (recordClass): PublishedPeriod => ({
      ...{ recordClass, period: { months: 6 }, from: 'closure', source, onErasure: 'ends' },
    }),
  ),
  { recordClass: 'security-log', period: { days: 90 }, from: 'creation', source, onErasure: 'runs' },
];

export const estonia = (published: readonly PublishedPeriod[] = periods): RetentionPolicy =>
  retentionPolicy({ country: 'EE', financialYears: yearlyFinancialYears('12-31'), periods: published });

export const context = (more: Partial<ErasureContext> = {}): ErasureContext => ({
  ...{ asOf: today, timeZone: 'Europe/Tallinn', retention: estonia(), chargebackDays: {}, trigger: 'erasure' },
  ...{ closing: new Set<string>(), ownBusinessOpen: false, subjectRow: [] },
  ...more,
});

export const immediate = (more: Partial<Immediate> = {}): Immediate => ({
  ...{ mode: 'immediate', whole: 'delete', anonymises: [], detaches: [], successor: [], roles: {} },
  ...{ references: [], rank: 'dependant', otherBases: [] },
  ...more,
});

export const collection = (
  recordClass: string,
  legalBasis: string,
  erase: EraseTraits | undefined = immediate(),
): CollectionDescription => ({
  ...{ collection: 'things', owner: 'person', role: 'controller', recordClass, category: '', purpose: '', legalBasis },
  ...{ provenance: '', recipients: [], fields: [], erase },
});

export const stream = (more: Partial<StreamDescription> = {}): StreamDescription => ({
  ...{ no: 1, collection: 'things', provedIn: 'users', recordClass: 'account', owner: 'person', role: 'controller' },
  ...{ fields: [], ownFields: [] },
  ...more,
});

/** Of a company, in which the person works. */
export const ofCompany = (more: Partial<StreamDescription> = {}): StreamDescription =>
  stream({ owner: 'workspace', customerKind: 'company', subjectOwnsWorkspace: false, ...more });

/** Of a sole trader's workspace, and the person is that sole trader. */
export const ofOwnBusiness = (more: Partial<StreamDescription> = {}): StreamDescription =>
  stream({ owner: 'workspace', customerKind: 'sole-trader', subjectOwnsWorkspace: true, ...more });

/** An invoice of 10 February 2026, paid on 1 March. */
export const invoiceFacts: RecordFacts = {
  ...{ createdAt: '2026-02-10', supply: 'domestic', money: 'settled', settledOn: '2026-03-01' },
  events: { issue: '2026-02-10', recording: '2026-02-10', supply: '2026-02-10' },
};

/** Of invoices: what is printed on them stays, what stands beside it may go. */
export const invoiceTraits = (more: Partial<Immediate> = {}): Immediate =>
  immediate({
    detaches: ['contact_user_id', 'contact_name', 'contact_email', 'bill_to_name'],
    references: ['contact_user_id'],
    roles: { contact_name: 'contact-person', contact_email: 'email', vat_check: 'vat-number-check' },
    ...more,
  });
