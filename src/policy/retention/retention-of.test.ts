/** How long a record is kept: the law tables' vectors, every country's row, ties, and the answers nobody may guess. */
import { describe, expect, it } from '@jest/globals';
import { HabeasError } from '../../errors.ts';
import { type CivilDate, parseCivilDate } from '../clock/index.ts';
import {
  citation,
  financialYears,
  keptBy,
  noFinancialYears,
  type Retention,
  type RetentionFacts,
  type RetentionPolicy,
  type RetentionSettings,
  retentionOf,
  retentionPolicy,
  yearlyFinancialYears,
} from './index.ts';

const day = (text: string): CivilDate => parseCivilDate(text, 'test');
const calendarYears = yearlyFinancialYears('12-31');
const policyOf = (country: string, more: Partial<RetentionSettings> = {}): RetentionPolicy =>
  retentionPolicy({ country, financialYears: calendarYears, ...more });
/** A document of one day: issued, recorded and supplied on it. */
const on = (recordClass: string, date: string, more: Partial<RetentionFacts> = {}): RetentionFacts => ({
  recordClass,
  supply: 'domestic',
  ...more,
  events: { issue: day(date), recording: day(date), supply: day(date), creation: day(date), ...more.events },
});
const held = (retention: Retention): Extract<Retention, { state: 'held' }> => {
  if (retention.state !== 'held') throw new Error(`not held but ${JSON.stringify(retention)}`);
  return retention;
};
const missing = (retention: Retention): readonly string[] =>
  retention.state === 'unanswered' ? retention.missing.map(({ where }) => where) : [];
const codeOf = (run: () => unknown): string | undefined => {
  try {
    run();
    return undefined;
  } catch (error) {
    return error instanceof HabeasError ? error.code : 'other';
  }
};

describe('an Estonian invoice of 2026-02-10', () => {
  const invoice = on('invoice', '2026-02-10');

  it('is kept for three laws, and may be erased from 2034-01-01 where financial years are calendar years', () => {
    const retention = held(retentionOf(invoice, policyOf('EE')));
    expect(retention.erasableFrom).toBe('2034-01-01');
    expect(retention.holds.map((hold) => [citation(hold), hold.start, hold.end])).toEqual([
      ['Accounting Act §12', '2026-12-31', '2033-12-31'],
      ['VAT Act §36', '2026-02-10', '2033-02-10'],
      ['Taxation Act §58', '2027-01-01', '2033-12-31'],
    ]);
  });

  it('names every law that ends last, and in the sentence for people every law that keeps it', () => {
    const retention = held(retentionOf(invoice, policyOf('EE')));
    expect(retention.winners.map(citation)).toEqual(['Accounting Act §12', 'Taxation Act §58']);
    expect(keptBy(retention)).toBe('Accounting Act §12, VAT Act §36, Taxation Act §58: until 2033-12-31');
    expect(keptBy(retention, day('2033-02-11'))).toBe('Accounting Act §12, Taxation Act §58: until 2033-12-31');
    expect(keptBy(retention, day('2034-01-01'))).toBeUndefined();
  });

  it('may be erased from 2037-01-01 where it was an OSS supply', () => {
    const retention = held(retentionOf({ ...invoice, supply: 'oss' }, policyOf('EE')));
    expect(retention.erasableFrom).toBe('2037-01-01');
    expect(retention.winners.map(({ rule }) => rule)).toEqual(['eu-oss-369k']);
  });

  it('is not kept longer where the customer owed the tax: a reverse-charge supply is never OSS', () => {
    expect(held(retentionOf({ ...invoice, supply: 'reverse-charge' }, policyOf('EE'))).until).toBe('2033-12-31');
  });

  it('may be erased from 2034-01-01 for the Taxation Act alone where the financial year ends on 30 June', () => {
    const retention = held(retentionOf(invoice, policyOf('EE', { financialYears: yearlyFinancialYears('06-30') })));
    expect(retention.erasableFrom).toBe('2034-01-01');
    expect(retention.holds.map(({ end }) => end)).toEqual(['2033-06-30', '2033-02-10', '2033-12-31']);
    expect(retention.winners.map(citation)).toEqual(['Taxation Act §58']);
  });

  it('is kept a year longer where it was recorded in the books of the next year', () => {
    const late = on('invoice', '2026-12-30', { events: { recording: day('2027-01-05') } });
    expect(held(retentionOf(late, policyOf('EE'))).erasableFrom).toBe('2035-01-01');
    expect(held(retentionOf(on('invoice', '2026-12-30'), policyOf('EE'))).erasableFrom).toBe('2034-01-01');
  });
});

describe('an Estonian subscription contract', () => {
  const contract = on('subscription-contract', '2026-02-10');

  it('asks when its term expired, and is then kept seven years from that day', () => {
    expect(missing(retentionOf(contract, policyOf('EE')))).toEqual([
      '--starts term-expiry=DATE (the term of the contract expired)',
    ]);
    const expired = on('subscription-contract', '2026-02-10', { events: { 'term-expiry': day('2028-02-29') } });
    const retention = held(retentionOf(expired, policyOf('EE')));
    expect(retention.erasableFrom).toBe('2035-03-01'); // 29 February + 7 years ends on 28 February
    expect(retention.winners.map(({ rule }) => rule)).toEqual(['ee-accounting-act-12-long-term']);
  });

  it('is kept without a date while its term runs', () => {
    const running = on('subscription-contract', '2026-02-10', { events: { 'term-expiry': 'not-yet' } });
    const retention = held(retentionOf(running, policyOf('EE')));
    expect([retention.until, retention.erasableFrom]).toEqual([null, null]);
    expect(keptBy(retention)).toMatch(/no date yet$/);
  });
});

describe('the other countries', () => {
  const asked = { 'last-entry': day('2026-11-30'), 'tax-payable': day('2027-03-25') };
  it.each([
    ['DE', 'invoice', '2026-02-10', '2034-12-31'],
    ['DE', 'payment', '2026-02-10', '2034-12-31'],
    ['DE', 'books', '2026-02-10', '2036-12-31'],
    ['DE', 'business-letter', '2026-02-10', '2032-12-31'],
    ['AT', 'invoice', '2026-02-10', '2033-12-31'],
    ['FR', 'invoice', '2026-02-10', '2036-12-31'],
    ['NL', 'invoice', '2026-02-10', '2033-12-31'],
    ['GB', 'invoice', '2026-02-10', '2032-12-31'],
    ['UK', 'tax-document', '2026-02-10', '2032-12-31'],
    ['ES', 'payment', '2026-02-10', '2032-11-30'],
    ['IT', 'invoice', '2026-02-10', '2036-11-30'],
    ['PL', 'invoice', '2026-02-10', '2032-12-31'],
    ['SE', 'payment', '2026-02-10', '2033-12-31'],
    ['FI', 'invoice', '2026-02-10', '2032-12-31'],
    ['DE-BY', 'invoice', '2026-02-10', '2034-12-31'],
  ])('%s keeps a %s of %s through %s', (country, recordClass, date, until) => {
    expect(held(retentionOf(on(recordClass, date, { events: asked }), policyOf(country))).until).toBe(until);
  });

  it('Finland keeps a voucher of the financial year to 2024-03-31 through 2030-12-31', () => {
    const policy = policyOf('FI', { financialYears: [{ from: '2023-04-01', to: '2024-03-31' }] });
    expect(held(retentionOf(on('invoice', '2023-10-01'), policy)).until).toBe('2030-12-31');
  });

  it('the Netherlands keep an OSS supply ten years from the end of the book year, or of the calendar year if that is later', () => {
    const policy = policyOf('NL', { financialYears: yearlyFinancialYears('03-31') });
    const retention = held(retentionOf(on('invoice', '2026-05-01', { supply: 'oss' }), policy));
    expect(retention.winners.map(({ rule, end }) => [rule, end])).toEqual([['nl-awr-52-oss', '2037-03-31']]);
  });

  it('a clock from the last entry or from the payable tax is asked for, never taken from the document', () => {
    expect(missing(retentionOf(on('invoice', '2026-02-10'), policyOf('IT')))[0]).toMatch(/^--starts last-entry=DATE/);
    expect(missing(retentionOf(on('invoice', '2026-02-10'), policyOf('PL')))[0]).toMatch(/^--starts tax-payable=DATE/);
  });

  it('a rule of general knowledge is off until a person switches it on', () => {
    expect(missing(retentionOf(on('invoice', '2026-02-10'), policyOf('IE')))[0]).toMatch(
      /^policy\.retention\.switchOn: ie-companies-act-285/,
    );
    const on285 = policyOf('IE', { switchOn: ['ie-companies-act-285'] });
    expect(held(retentionOf(on('invoice', '2026-02-10'), on285)).until).toBe('2032-12-31');
  });

  it('a tax registration in another country runs that country’s rules beside, and the longest wins', () => {
    const retention = held(retentionOf(on('invoice', '2026-02-10'), policyOf('EE', { taxRegistrations: ['DE'] })));
    expect(retention.holds).toHaveLength(4);
    expect([retention.until, retention.winners.map(({ rule }) => rule)]).toEqual([
      '2034-12-31',
      ['de-ao-147-vouchers'],
    ]);
    const nowhere = retentionOf(on('books', '2026-02-10'), policyOf('EE', { taxRegistrations: ['FI'] }));
    expect(missing(nowhere)).toEqual(['policy.retention.periods.books (no rule of FI in force covers it)']);
    expect(codeOf(() => policyOf('EE', { taxRegistrations: ['LV'] }))).toBe('policy-country-unsupported');
  });

  it('a class that no rule of the country covers is refused, never free; OSS alone does not answer for the country', () => {
    expect(missing(retentionOf(on('books', '2026-02-10'), policyOf('FI')))).toHaveLength(1);
    expect(missing(retentionOf(on('invoice', '2026-02-10', { supply: 'oss' }), policyOf('IE')))).toHaveLength(1);
  });

  it('a country without rules is refused by name, and no other country stands in', () => {
    expect(codeOf(() => policyOf('LV'))).toBe('policy-country-unsupported');
    expect(codeOf(() => policyOf('Estonia'))).toBe('clock-country-unknown');
  });
});

describe('what nobody has said', () => {
  it('a day in no financial year is refused with the year that is missing', () => {
    const years = financialYears([{ from: '2025-01-01', to: '2025-12-31' }]);
    const found = missing(retentionOf(on('invoice', '2026-02-10'), policyOf('EE', { financialYears: years })));
    expect(found).toEqual(['controller.financialYears (or --financial-year): the year that contains 2026-02']);
    expect(
      missing(retentionOf(on('invoice', '2026-02-10'), policyOf('EE', { financialYears: noFinancialYears }))),
    ).toEqual(found);
  });

  it('all missing answers come at once', () => {
    const facts: RetentionFacts = { recordClass: 'invoice', events: { issue: day('2026-02-10') } };
    expect(missing(retentionOf(facts, policyOf('EE'))).map((where) => where.slice(0, 18))).toEqual([
      'whether it was an ',
      '--starts recording',
    ]);
  });

  it('an unknown class is refused; one that is no word of a data map is not repeated', () => {
    const whereOf = (recordClass: string): string | undefined => {
      try {
        retentionOf(on(recordClass, '2026-02-10'), policyOf('EE'));
      } catch (error) {
        if (error instanceof HabeasError && error.code === 'policy-record-class-unknown') return error.where;
      }
      return undefined;
    };
    expect(whereOf('dragons')).toBe('record class dragons');
    expect(whereOf('mari@kohvik.example')).toBe('record class');
    expect(whereOf('constructor')).toBe('record class constructor');
  });

  it('a class of its own basis needs a published period; a right may set the period aside, never a law', () => {
    const account = on('account', '2026-02-10', { events: { closure: day('2026-06-30') } });
    expect(missing(retentionOf(account, policyOf('EE')))).toEqual(['policy.retention.periods.account']);
    const periods = [
      { recordClass: 'account', period: { months: 6 }, from: 'closure', source: 'Privacy policy' },
      { recordClass: 'invoice', period: { years: 20 }, from: 'creation', source: 'Privacy policy' },
      { recordClass: 'forum', period: { days: 90 }, from: 'creation', source: 'Privacy policy' },
    ] as const;
    const policy = policyOf('EE', { periods });
    expect(held(retentionOf(account, policy)).erasableFrom).toBe('2026-12-31');
    expect(held(retentionOf(on('forum', '2026-02-10'), policy)).erasableFrom).toBe('2026-05-12');
    expect(retentionOf({ ...account, publishedPeriod: 'set-aside' }, policy)).toEqual({ state: 'free' });
    const invoice = on('invoice', '2026-02-10');
    expect(held(retentionOf(invoice, policy)).until).toBe('2046-02-10');
    expect(held(retentionOf({ ...invoice, publishedPeriod: 'set-aside' }, policy)).until).toBe('2033-12-31');
  });

  it('a period that stands in for a law we have no rule of is never set aside', () => {
    const periods = [
      { recordClass: 'books', period: { years: 10 }, from: 'creation', source: 'Kirjanpitolaki 2:10' },
    ] as const;
    const books = on('books', '2026-02-10', { publishedPeriod: 'set-aside' });
    expect(held(retentionOf(books, policyOf('FI', { periods }))).until).toBe('2036-02-10');
  });

  it('evidence of the customer’s place is kept for OSS supplies only', () => {
    expect(retentionOf(on('supply-evidence', '2026-02-10'), policyOf('EE'))).toEqual({ state: 'free' });
    const oss = held(retentionOf(on('supply-evidence', '2026-02-10', { supply: 'oss' }), policyOf('EE')));
    expect([oss.until, oss.holds[0]?.fields.includes('place-evidence')]).toEqual(['2036-12-31', true]);
  });

  it('a day too far away to be added to is refused', () => {
    expect(codeOf(() => retentionOf(on('invoice', '9999-12-31'), policyOf('EE')))).toBe('clock-date-invalid');
  });
});

describe('financial years', () => {
  it('may run up to 18 months, and not a day longer', () => {
    const long = financialYears([{ from: '2025-07-01', to: '2026-12-31' }]);
    expect(held(retentionOf(on('invoice', '2025-08-01'), policyOf('EE', { financialYears: long }))).until).toBe(
      '2033-12-31',
    );
    expect(codeOf(() => financialYears([{ from: '2025-07-01', to: '2027-01-01' }]))).toBe(
      'policy-financial-year-invalid',
    );
  });

  it.each([
    [[{ from: '2026-01-01', to: '2025-12-31' }]],
    [
      [
        { from: '2026-01-01', to: '2026-12-31' },
        { from: '2026-12-31', to: '2027-12-30' },
      ],
    ],
  ])('that end before they begin or overlap are refused', (years) => {
    expect(codeOf(() => financialYears(years))).toBe('policy-financial-year-invalid');
  });

  it('that end each year on the same day meet without gap, also on the last day of February', () => {
    const february = yearlyFinancialYears('02-29');
    expect(february.containing(day('2024-02-29'))).toEqual({ from: '2023-03-01', to: '2024-02-29' });
    expect(february.containing(day('2024-03-01'))).toEqual({ from: '2024-03-01', to: '2025-02-28' });
    expect(yearlyFinancialYears('02-28').containing(day('2024-02-29'))).toEqual({
      from: '2024-02-29',
      to: '2025-02-28',
    });
    for (const end of ['13-01', '04-31', '12/31', '1-1'])
      expect(codeOf(() => yearlyFinancialYears(end))).toBe('policy-financial-year-invalid');
  });
});
