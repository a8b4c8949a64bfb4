/** The rules as data: each row of the law tables is here with its mark, and the page lists what the program uses. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { fromRoot } from '../../root.ts';
import { parseCivilDate } from '../clock/index.ts';
import { parsePeriod } from './clocks.ts';
import { fieldFate } from './fields.ts';
import { openMoney, periodInWords, recordClasses, retentionRules } from './index.ts';

describe('the law tables', () => {
  it('have each rule with its period, its start and its mark', () => {
    const rows = retentionRules.map(
      ({ id, period, anchor, event, confidence, applies }) =>
        `${id}: ${periodInWords(period)} ${anchor} ${event} ${confidence} ${applies}`,
    );
    expect(rows).toEqual([
      'ee-accounting-act-12: 7 years financial-year-end recording S always',
      'ee-vat-act-36: 7 years day issue V always',
      'ee-accounting-act-12-long-term: 7 years day term-expiry S always',
      'ee-taxation-act-58: 7 years next-1-january issue S always',
      'de-ao-147-vouchers: 8 years calendar-year-end issue S always',
      'de-ao-147-books: 10 years calendar-year-end last-entry S always',
      'de-ao-147-letters: 6 years calendar-year-end issue S always',
      'at-bao-132: 7 years calendar-year-end recording S always',
      'fr-code-de-commerce-l123-22: 10 years financial-year-end recording S always',
      'nl-awr-52: 7 years financial-year-end recording V always',
      'nl-awr-52-oss: 10 years financial-year-end recording V oss',
      'gb-finance-act-1998: 6 years financial-year-end recording V always',
      'ie-companies-act-285: 6 years financial-year-end recording M always',
      'es-codigo-de-comercio-30: 6 years day last-entry V always',
      'it-codice-civile-2220: 10 years day last-entry V always',
      'pl-ordynacja-86: 5 years calendar-year-end tax-payable S always',
      'se-bokforingslagen-7-2: 7 years financial-year-calendar-end recording S always',
      'fi-kirjanpitolaki-2-10: 6 years financial-year-calendar-end recording S always',
      'eu-oss-369k: 10 years calendar-year-end supply V oss',
    ]);
  });

  it('give every rule a law, a section, a source and something it keeps, and name it once', () => {
    expect(new Set(retentionRules.map(({ id }) => id)).size).toBe(retentionRules.length);
    for (const rule of retentionRules) {
      expect([rule.law, rule.section, rule.records].every((text) => text.length > 1)).toBe(true);
      expect(rule.source).toMatch(/^https:\/\//);
      expect(rule.keeps).toContain('document');
      for (const one of rule.recordClasses) expect(recordClasses[one].kind).not.toBe('own-basis');
    }
  });

  it('stand in docs/retention.md, each with law, section, source and mark in one row', () => {
    const rows = readFileSync(fromRoot('docs/retention.md'), 'utf8').split('\n');
    for (const { id, law, section, source, confidence } of retentionRules) {
      const row = rows.find((line) => line.includes(`\`${id}\``)) ?? '';
      expect(row).toContain(law);
      expect(row).toContain(section);
      expect(row).toContain(source);
      expect(row).toMatch(confidence === 'M' ? /\| M, off \|$/ : new RegExp(`\\| ${confidence} \\|$`));
    }
  });

  it('know every record class of the sample company', () => {
    for (const map of ['account-db.map.yaml', 'logs.map.yaml']) {
      const text = readFileSync(fromRoot('examples', 'sample-company', map), 'utf8');
      const used = [...text.matchAll(/recordClass: (\S+)/g)].map(([, name]) => name);
      expect(used.length).toBeGreaterThan(0);
      for (const name of used) expect(Object.keys(recordClasses)).toContain(name);
    }
  });
});

describe('periods', () => {
  it('are written as they are said', () => {
    for (const text of ['1 day', '90 days', '6 months', '7 years']) {
      const period = parsePeriod(text);
      expect(period === undefined ? undefined : periodInWords(period)).toBe(text);
    }
    for (const text of ['0 days', '-1 days', '1.5 years', 'P90D', '90', '10000 days'])
      expect(parsePeriod(text)).toBeUndefined();
  });
});

describe('money that is open', () => {
  const day = (text: string) => parseCivilDate(text, 'test');
  const charge = (provider: string) => ({ provider, chargedOn: day('2026-02-10') });
  const closed = { balanceOpen: false, refundOpen: false, disputeOpen: false };

  it('a charge may be taken back up to the last day of its provider’s window', () => {
    const at = (asOf: string) => openMoney({ ...closed, charges: [charge('stripe')] }, { stripe: 120 }, day(asOf));
    expect(at('2026-06-10')).toEqual({ open: ['chargeback'], chargebackUntil: '2026-06-10', missing: [] });
    expect(at('2026-06-11').open).toEqual([]);
  });

  it('a provider without a window is asked for, never taken as zero', () => {
    const { missing } = openMoney(
      { ...closed, charges: [charge('adyen'), charge('constructor')] },
      { stripe: 1 },
      day('2030-01-01'),
    );
    expect(missing.map(({ where }) => where)).toEqual([
      'policy.chargebackDays.adyen',
      'policy.chargebackDays.constructor',
    ]);
  });

  it('keeps what stands beside a document; the document itself is kept by law, whatever the money', () => {
    expect(fieldFate('document', ['document'], false)).toBe('kept');
    expect(fieldFate('email', ['document'], true)).toBe('waits-for-money');
    expect(fieldFate('email', ['document'], false)).toBe('own-basis');
    expect(fieldFate('place-evidence', ['document'], false)).toBe('own-basis');
  });
});
