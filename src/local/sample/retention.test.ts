/** The sample company has answered everything that policy asks about its own data maps. */
import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { parseCivilDate } from '../../policy/clock/index.ts';
import { parsePeriod } from '../../policy/retention/clocks.ts';
import { type PublishedPeriod, retentionOf, retentionPolicy } from '../../policy/retention/index.ts';
import { fromRoot } from '../../root.ts';
import { sampleFinancialYears, sampleRetention } from './retention.ts';

const day = parseCivilDate('2026-10-31', 'test');
const periods = Object.entries(sampleRetention.periods).map(([recordClass, { period, from, source }]) => ({
  ...{ recordClass, from, source },
  period: parsePeriod(period) ?? { days: Number.NaN },
}));
it('says of every period whether a request for erasure ends it', () => {
  const answers = Object.entries(sampleRetention.periods).map(([name, { onErasure }]) => [name, onErasure]);
  expect(answers.filter(([, answer]) => answer === 'runs')).toEqual([['server-log', 'runs']]);
  expect(answers.filter(([, answer]) => answer === 'ends')).toHaveLength(answers.length - 1);
});

/**
 * The company is the processor of one class and refers it; a consent stands until it is withdrawn; a customer's number is kept as long as
 * what names it.
 */
const needNone = ['customer-content', 'marketing-consent', 'customer-number'];

it.each(['account-db.map.yaml', 'logs.map.yaml', 'billing.map.yaml'])(
  'every record class of %s can be planned',
  (map) => {
    const text = readFileSync(fromRoot('examples', 'sample-company', map), 'utf8');
    const classes = [...new Set([...text.matchAll(/recordClass: (\S+)/g)].map(([, name = '']) => name))];
    expect(classes.length).toBeGreaterThan(0);
    const policy = retentionPolicy({
      country: 'EE',
      financialYears: sampleFinancialYears,
      periods: periods.filter(
        (one): one is typeof one & PublishedPeriod => one.from === 'closure' || one.from === 'creation',
      ),
    });
    for (const recordClass of classes.filter((name) => !needNone.includes(name))) {
      const events = { issue: day, recording: day, supply: day, creation: day, closure: day, 'term-expiry': day };
      expect([recordClass, retentionOf({ recordClass, supply: 'domestic', events }, policy).state]).toEqual([
        recordClass,
        'held',
      ]);
    }
  },
);
