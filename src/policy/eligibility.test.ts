/** Which right reaches which data: the table by legal basis, what the law keeps under any of them, and what is refused. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { PersonId } from '../ids.ts';
import { newId } from '../ids.ts';
import { addDays, type CivilDate, parseCivilDate } from './clock/index.ts';
import { type EligibilityFacts, type ErasureTrigger, eligibility, erasureTriggers, notYet } from './eligibility.ts';
import { erasureExceptions, refusalGrounds } from './grounds.ts';
import { mayErase } from './holds.ts';
import { type LegalBasis, legalBases } from './legal-bases.ts';
import {
  type PublishedPeriod,
  type RetentionPolicy,
  retentionPolicy,
  yearlyFinancialYears,
} from './retention/index.ts';

const day = (text: string): CivilDate => parseCivilDate(text, 'test');
const person = (id: string): PersonId => id as PersonId;
const keys = <K extends string>(table: Readonly<Record<K, unknown>>): K[] => Object.keys(table) as K[];
const today = day('2026-11-24');

const policy: RetentionPolicy = retentionPolicy({
  country: 'EE',
  financialYears: yearlyFinancialYears('12-31'),
  periods: [
    { recordClass: 'account', period: { months: 6 }, from: 'closure', source: 'Privacy policy', onErasure: 'runs' },
    {
      recordClass: 'security-log',
      period: { days: 90 },
      from: 'creation',
      source: 'Privacy policy',
      onErasure: 'runs',
    },
  ],
});
const calm: EligibilityFacts = {
  retention: { recordClass: 'account', events: { creation: day('2026-02-10'), closure: day('2026-05-01') } },
  contract: { state: 'ended' },
  consentWithdrawn: false,
  otherBases: [],
  objection: { state: 'none' },
  unlawful: false,
  lawDemandsErasure: false,
  collectedFromChild: false,
  exception: null,
};
const decide = (
  legalBasis: LegalBasis,
  more: Partial<EligibilityFacts> = {},
  request: ErasureTrigger = 'erasure',
  asOf: CivilDate = today,
) => eligibility({ legalBasis, request, facts: { ...calm, ...more } }, policy, asOf);
const invoice: Partial<EligibilityFacts> = {
  retention: {
    recordClass: 'invoice',
    supply: 'domestic',
    events: { issue: day('2026-02-10'), recording: day('2026-02-10'), supply: day('2026-02-10') },
  },
};
const open = {
  retention: { recordClass: 'account', events: { creation: day('2026-02-10'), closure: 'not-yet' } },
} as const;

describe('consent', () => {
  it('is withdrawn by asking for erasure, and what it alone covers goes at once (17(1)(b))', () => {
    const erased = { outcome: 'erase', ground: '17(1)(b)', exception: null, publishedPeriod: 'set-aside' };
    expect(decide('consent')).toEqual(erased);
    expect(decide('consent', open, 'consent-withdrawal')).toEqual(erased);
    expect(decide('consent', { ...open, consentWithdrawn: true }, 'account-closure')).toEqual(erased);
    expect(decide('consent', { collectedFromChild: true })).toMatchObject({ outcome: 'erase', ground: '17(1)(f)' });
  });

  it('does not go while another basis, declared beforehand for the same purpose, still needs it', () => {
    const runs = { state: 'runs', howToEnd: 'Cancel the subscription.' } as const;
    expect(decide('consent', { otherBases: ['contract'], contract: runs })).toMatchObject({ why: 'contract-runs' });
    expect(decide('consent', { otherBases: ['contract'] })).toMatchObject({ outcome: 'erase', ground: '17(1)(b)' });
  });

  it('stands when only an account was closed', () => {
    expect(decide('consent', {}, 'account-closure')).toMatchObject({ outcome: 'not-yet', why: 'consent-stands' });
  });
});

describe('contract', () => {
  it('that runs means not yet, with how to end it', () => {
    expect(decide('contract', { contract: { state: 'runs', howToEnd: 'Cancel the subscription.' } })).toEqual({
      ...{ outcome: 'not-yet', why: 'contract-runs', refusal: '17(1)', until: null, restricted: false },
      howToEnd: 'Cancel the subscription.',
    });
  });

  it('that ended means erased once the published period has ended, on the day and not before (17(1)(a))', () => {
    expect(decide('contract', {}, 'erasure', day('2026-11-01'))).toMatchObject({
      why: 'period-runs',
      until: '2026-11-01',
    });
    expect(decide('contract', {}, 'erasure', day('2026-11-02'))).toEqual({
      ...{ outcome: 'erase', ground: '17(1)(a)', exception: null, publishedPeriod: 'runs' },
    });
    expect(decide('contract', open)).toMatchObject({ outcome: 'not-yet', why: 'account-open' });
  });

  it('is refused to plan where no period is published for the class', () => {
    const playlist = { retention: { recordClass: 'playlist', events: { closure: day('2020-01-01') } } } as const;
    expect(decide('contract', playlist)).toEqual({
      outcome: 'refuse-to-plan',
      missing: [{ answer: 'published-period', where: 'policy.retention.periods.playlist' }],
    });
  });
});

describe('a published period that runs', () => {
  const asked = (onErasure: 'ends' | 'runs' | undefined, events: EligibilityFacts['retention']['events']) => {
    const period = {
      recordClass: 'account',
      period: { months: 6 },
      from: 'closure',
      source: 'Privacy policy',
    } as const;
    const published = [onErasure === undefined ? period : { ...period, onErasure }];
    const facts = { ...calm, retention: { recordClass: 'account', events } };
    return (request: ErasureTrigger, asOf = today) =>
      eligibility({ legalBasis: 'contract', request, facts }, { ...policy, published }, asOf);
  };
  const closed = { closure: day('2026-11-01') };

  it('ends with a request for erasure where the company published that nothing needs the data then', () => {
    const erased = { outcome: 'erase', ground: '17(1)(a)', exception: null, publishedPeriod: 'set-aside' };
    for (const events of [closed, { closure: 'not-yet' }, {}] as const)
      expect(asked('ends', events)('erasure')).toEqual(erased);
  });

  it('runs to its end where the company published that', () => {
    expect(asked('runs', closed)('erasure')).toMatchObject({ why: 'period-runs', until: '2027-05-01' });
    expect(asked('runs', closed)('erasure', day('2027-05-02'))).toMatchObject({ outcome: 'erase' });
  });

  it('is asked about where nobody has said which, but only while it runs', () => {
    const missing = [{ answer: 'on-erasure', where: 'policy.retention.periods.account.onErasure' }];
    expect(asked(undefined, closed)('erasure')).toEqual({ outcome: 'refuse-to-plan', missing });
    expect(asked(undefined, { closure: 'not-yet' })('erasure')).toEqual({ outcome: 'refuse-to-plan', missing });
    expect(asked(undefined, closed)('erasure', day('2027-05-02'))).toMatchObject({ outcome: 'erase' });
  });

  it('is not ended by the closure of an account, which is what it runs from', () => {
    for (const onErasure of ['ends', 'runs', undefined] as const)
      expect(asked(onErasure, closed)('account-closure')).toMatchObject({ why: 'period-runs', until: '2027-05-01' });
  });

  it('is not ended by who does not leave, because a contract with them runs', () => {
    const runs = { state: 'runs', howToEnd: 'Cancel the subscription.' } as const;
    const facts = { contract: runs, retention: { recordClass: 'account', events: closed } };
    const period = { recordClass: 'account', period: { months: 6 }, from: 'closure', source: 'Policy' } as const;
    for (const published of [[period], [{ ...period, onErasure: 'ends' } as const]])
      expect(
        eligibility(
          { legalBasis: 'legitimate-interests', request: 'erasure', facts: { ...calm, ...facts } },
          { ...policy, published },
          today,
        ),
      ).toMatchObject({ why: 'period-runs', until: '2027-05-01' });
  });

  it('is never ended where it stands in for a law that there is no rule of', () => {
    const books: PublishedPeriod = {
      ...{ recordClass: 'books', period: { years: 10 }, from: 'creation', source: 'Kirjanpitolaki 2:10' },
      onErasure: 'ends',
    };
    const finland = retentionPolicy({ country: 'FI', financialYears: yearlyFinancialYears('12-31'), periods: [books] });
    const facts = { ...calm, retention: { recordClass: 'books', events: { creation: day('2026-02-10') } } };
    expect(eligibility({ legalBasis: 'contract', request: 'erasure', facts }, finland, today)).toMatchObject({
      ...{ outcome: 'keep', exception: '17(3)(b)', until: '2036-02-10' },
    });
  });
});

describe('legal obligation', () => {
  it('keeps what the law requires until its date, with the laws (17(3)(b)); other fields are not among them', () => {
    expect(decide('legal-obligation', invoice)).toEqual({
      ...{ outcome: 'keep', ground: null, exception: '17(3)(b)', refusal: '17(3)(b)' },
      until: '2033-12-31',
      keptBy: 'Accounting Act §12, VAT Act §36, Taxation Act §58: until 2033-12-31',
      fields: ['document', 'vat-number-check'],
      restMayGo: true,
    });
  });

  it('lets what it does not need go only where nothing else stands', () => {
    const runs = { state: 'runs', howToEnd: 'Cancel the subscription.' } as const;
    expect(decide('contract', { ...invoice, contract: runs })).toMatchObject({ outcome: 'keep', restMayGo: false });
    expect(decide('consent', invoice, 'account-closure')).toMatchObject({ outcome: 'keep', restMayGo: false });
    expect(decide('contract', invoice)).toMatchObject({ outcome: 'keep', restMayGo: true });
  });

  it('no longer keeps it from the day after', () => {
    expect(decide('legal-obligation', invoice, 'erasure', day('2033-12-31')).outcome).toBe('keep');
    expect(decide('legal-obligation', invoice, 'erasure', day('2034-01-01'))).toMatchObject({ ground: '17(1)(a)' });
  });

  it('names the ground that would have been met where another basis has ended', () => {
    expect(decide('contract', invoice)).toMatchObject({ outcome: 'keep', ground: '17(1)(a)', exception: '17(3)(b)' });
  });

  it('keeps an invoice whatever basis the data map declares, also where processing was unlawful', () => {
    for (const basis of ['consent', 'contract', 'legitimate-interests', 'legitimate-interests-marketing'] as const)
      expect(decide(basis, invoice)).toMatchObject({ outcome: 'keep', exception: '17(3)(b)' });
    expect(decide('contract', { ...invoice, unlawful: true })).toMatchObject({
      ...{ outcome: 'keep', ground: '17(1)(d)', exception: '17(3)(b)' },
    });
  });

  it('is refused to plan where a clock’s start is missing', () => {
    const contract = {
      retention: { recordClass: 'subscription-contract', events: { issue: today, recording: today } },
    };
    expect(decide('contract', contract)).toMatchObject({
      outcome: 'refuse-to-plan',
      missing: [{ answer: 'clock-start' }],
    });
  });
});

describe('legitimate interests', () => {
  it('in direct marketing end at once on objection or erasure, without a human decision (17(1)(c))', () => {
    for (const request of ['objection', 'erasure'] as const)
      expect(decide('legitimate-interests-marketing', open, request)).toMatchObject({
        ...{ outcome: 'erase', ground: '17(1)(c)', publishedPeriod: 'set-aside' },
      });
  });

  it('otherwise end when no longer needed, or on an upheld objection', () => {
    const log = { retention: { recordClass: 'security-log', events: { creation: day('2026-09-01') } } } as const;
    expect(decide('legitimate-interests', log)).toMatchObject({ why: 'period-runs', until: '2026-11-30' });
    expect(decide('legitimate-interests', { ...log, objection: { state: 'upheld' } })).toMatchObject({
      ...{ outcome: 'erase', ground: '17(1)(c)', publishedPeriod: 'set-aside' },
    });
    expect(decide('legitimate-interests', log, 'erasure', day('2026-12-01'))).toMatchObject({ ground: '17(1)(a)' });
  });

  it('are restricted while an objection is decided, also one that nobody has recorded yet', () => {
    const pending = { outcome: 'not-yet', why: 'objection-pending', restricted: true };
    expect(decide('legitimate-interests', { objection: { state: 'pending' } })).toMatchObject(pending);
    expect(decide('legitimate-interests', {}, 'objection')).toMatchObject(pending);
  });

  it('override an objection only by a named person, on one of two grounds', () => {
    const overridden = (why: 'compelling-grounds' | 'legal-claims') =>
      decide('legitimate-interests', { objection: { state: 'overridden', by: person('mart'), why } });
    expect(overridden('compelling-grounds')).toMatchObject({ outcome: 'keep', refusal: '21(1)', exception: null });
    expect(overridden('legal-claims')).toMatchObject({ outcome: 'keep', refusal: '17(3)(e)', exception: '17(3)(e)' });
  });
});

describe('under every basis', () => {
  const decided = keys(legalBases).filter((basis) => basis !== 'vital-interests' && basis !== 'public-task');

  it('unlawful processing ends at once (17(1)(d)), as does what a law demands to erase (17(1)(e))', () => {
    for (const basis of decided) {
      expect(decide(basis, { ...open, unlawful: true })).toMatchObject({ outcome: 'erase', ground: '17(1)(d)' });
      expect(decide(basis, { ...open, lawDemandsErasure: true })).toMatchObject({
        outcome: 'erase',
        ground: '17(1)(e)',
      });
    }
  });

  it('a named person’s exception keeps the record and names both grounds', () => {
    const exception = { ground: '17(3)(e)', by: person('mart') } as const;
    for (const basis of decided)
      expect(decide(basis, { exception, unlawful: true })).toMatchObject({
        ...{ outcome: 'keep', ground: '17(1)(d)', exception: '17(3)(e)', refusal: '17(3)(e)' },
      });
  });

  it('vital interests and public task are refused to plan until configured, also as a second basis', () => {
    for (const basis of ['vital-interests', 'public-task'] as const) {
      expect(decide(basis, { unlawful: true })).toMatchObject({
        outcome: 'refuse-to-plan',
        missing: [{ answer: 'legal-basis' }],
      });
      expect(decide('consent', { otherBases: [basis] }).outcome).toBe('refuse-to-plan');
    }
  });

  it('withdrawing consent or objecting does not reach what rests on contract or law', () => {
    expect(decide('contract', {}, 'objection')).toEqual({ outcome: 'not-reached', refusal: '21(1)' });
    expect(decide('contract', {}, 'consent-withdrawal')).toEqual({ outcome: 'not-reached', refusal: '17(1)' });
    expect(decide('legal-obligation', invoice, 'objection')).toEqual({ outcome: 'not-reached', refusal: '21(1)' });
  });

  it('every refusal is on the closed list, and whatever is to be erased may be erased that day', () => {
    const situations = fc.record({
      basis: fc.constantFrom(...keys(legalBases)),
      request: fc.constantFrom(...keys(erasureTriggers)),
      record: fc.constantFrom(calm.retention, open.retention, invoice.retention ?? calm.retention),
      consentWithdrawn: fc.boolean(),
      otherBases: fc.subarray<LegalBasis>(['contract', 'legal-obligation', 'legitimate-interests']),
      objection: fc.constantFrom<EligibilityFacts['objection']>(
        { state: 'none' },
        { state: 'pending' },
        { state: 'upheld' },
        { state: 'overridden', by: person('mart'), why: 'compelling-grounds' },
      ),
      unlawful: fc.boolean(),
      days: fc.integer({ min: 0, max: 4000 }),
    });
    fc.assert(
      fc.property(situations, ({ basis, request, record, days, ...situation }) => {
        const asOf = addDays(day('2026-02-10'), days);
        const answer = decide(basis, { ...situation, retention: record }, request, asOf);
        if (answer.outcome === 'erase') {
          const facts = { ...record, publishedPeriod: answer.publishedPeriod };
          const named = { record: 'r', request: newId('request') };
          expect(mayErase(named, [], { facts, rules: policy, asOf })).toEqual({ may: true });
        } else if (answer.outcome !== 'refuse-to-plan') expect(Object.keys(refusalGrounds)).toContain(answer.refusal);
        if (answer.outcome === 'not-yet') expect(notYet[answer.why]).toMatch(/\.$/);
        if (answer.outcome === 'keep' && answer.exception !== null)
          expect(Object.keys(erasureExceptions)).toContain(answer.exception);
      }),
      { numRuns: 500 },
    );
  });
});
