/** What becomes of one record, a sentence for each rule: whose it is, its basis, the laws, the money, what is missing. */
import { describe, expect, it } from '@jest/globals';
import type { CollectionDescription, RecordFacts, StreamDescription } from '../../../connectors/contract.ts';
import {
  collection,
  context,
  estonia,
  immediate,
  invoiceFacts,
  invoiceTraits,
  ofCompany,
  ofOwnBusiness,
  periods,
  stream,
} from '../../../tests/support/erasure-example.ts';
import { HabeasError } from '../../errors.ts';
import type { ErasureContext, RecordDecision } from './index.ts';
import { isOpenBusiness, planRecord, recordPlanner } from './index.ts';

const plan = (
  of: StreamDescription,
  what: CollectionDescription,
  facts: RecordFacts = {},
  more: Partial<ErasureContext> = {},
): RecordDecision => planRecord(of, what, facts, context(more));
const failure = (run: () => unknown): readonly [string, string | undefined] => {
  try {
    run();
  } catch (error) {
    if (error instanceof HabeasError) return [error.code, error.where];
    throw error;
  }
  throw new Error('nothing was refused');
};
const keptByLaw = 'Accounting Act §12, VAT Act §36, Taxation Act §58: until 2033-12-31';
const goes = plan(stream(), collection('account', 'contract'));
const stays = plan(stream(), collection('account', 'contract'), {}, { ownBusinessOpen: true });

describe('what is held as a processor', () => {
  it('is referred to the customer company, whatever is declared of it', () => {
    for (const erase of [undefined, immediate(), { mode: 'rewrite' } as const])
      expect(plan(ofCompany({ role: 'processor' }), { ...collection('invoice', 'contract'), erase })).toMatchObject({
        ...{ action: 'keep', disposition: 'referred', reason: 'processor', refusal: null },
      });
  });
});

describe('how a collection is erased', () => {
  it('must have been declared, once there is a record to erase', () => {
    const undeclared = { ...collection('account', 'contract'), erase: undefined };
    expect(failure(() => plan(stream(), undeclared))).toEqual(['erasure-undeclared', 'things']);
    expect(() => recordPlanner(stream(), undeclared, context())).not.toThrow();
  });

  it('cannot be by rewriting yet', () => {
    const rewritten = collection('server-log', 'legitimate-interests', { mode: 'rewrite' });
    expect(failure(() => plan(stream(), rewritten))).toEqual(['rewrite-unsupported', 'things']);
  });

  it('may be by waiting: the record goes on its day, with the balancing as its reason', () => {
    const logs = collection('server-log', 'legitimate-interests', {
      ...{ mode: 'expiry', days: 30, balancing: { en: 'Faults and abuse are looked into for 30 days.', et: '…' } },
    });
    expect(plan(stream(), logs, { createdAt: '2026-11-01T22:30:00Z' })).toEqual({
      ...{ action: 'keep', disposition: 'expiring', reason: 'expires', ground: '17(1)(a)', exception: null },
      ...{ refusal: null, keptBy: 'Faults and abuse are looked into for 30 days.', until: '2026-12-02' },
      ...{ fields: [], detached: false, successor: [] },
    });
    expect(plan(ofCompany(), logs, { createdAt: '2026-11-01' })).toMatchObject({ disposition: 'expiring' });
    // A store that lets go of whole objects counts from when it stored them.
    expect(plan(stream(), logs, { createdAt: '2026-08-01', storedAt: '2026-11-20T10:00:00Z' })).toMatchObject({
      until: '2026-12-20',
    });
    expect(failure(() => plan(stream(), logs))).toEqual(['policy-answer-missing', 'things: createdAt']);
  });
});

describe('the person’s own record', () => {
  const account = collection('account', 'contract');

  it('is deleted, or made nobody’s, as the collection says; the request ends the account', () => {
    expect(plan(stream(), account)).toEqual({
      ...{ action: 'delete', disposition: 'erased', reason: 'eligible', ground: '17(1)(a)', exception: null },
      ...{ refusal: null, keptBy: null, until: null, fields: [], detached: false, successor: [] },
    });
    const traits = immediate({ whole: 'anonymise', anonymises: ['email', 'name'] });
    expect(plan(stream(), collection('account', 'contract', traits))).toMatchObject({
      ...{ action: 'anonymise', disposition: 'anonymised', fields: ['email', 'name'], detached: false },
    });
  });

  it('is not erased while the contract with a business of their own runs, and says how that ends', () => {
    expect(plan(stream(), account, {}, { ownBusinessOpen: true })).toMatchObject({
      ...{ action: 'keep', disposition: 'refused', reason: 'contract-runs', refusal: '17(1)', until: null },
      keptBy: expect.stringContaining('End it and ask again, or have the workspace closed'),
    });
  });

  it('is not erased while a published period runs that a request does not end', () => {
    const log = collection('security-log', 'legitimate-interests');
    expect(plan(stream(), log, { createdAt: '2026-10-01T10:00:00Z' })).toMatchObject({
      ...{ disposition: 'refused', reason: 'period-runs', refusal: '17(1)', until: '2026-12-30' },
      keptBy: 'Privacy policy of 17 April 2026, Retention: until 2026-12-30; then it is erased',
    });
    expect(plan(stream(), log, { createdAt: '2026-08-01T10:00:00Z' })).toMatchObject({ disposition: 'erased' });
  });

  it('begins its period today where the account ends today, and keeps a day that is known', () => {
    const runs = periods.map((period) => ({ ...period, onErasure: 'runs' as const }));
    const retention = estonia(runs);
    for (const events of [undefined, { closure: null }])
      expect(plan(stream(), account, { ...(events && { events }) }, { retention })).toMatchObject({
        ...{ reason: 'period-runs', until: '2027-05-24' },
      });
    const earlier = { events: { closure: '2026-06-01' } };
    expect(plan(stream(), account, earlier, { retention })).toMatchObject({ until: '2026-12-01' });
  });

  it('is asked about where nobody has said whether a request ends the period', () => {
    const silent = periods.map(({ onErasure: _, ...period }) => period);
    expect(failure(() => plan(stream(), account, {}, { retention: estonia(silent) }))).toEqual([
      ...['policy-answer-missing', 'policy.retention.periods.account.onErasure'],
    ]);
  });

  it('that a law keeps is kept and cut down to what the law needs', () => {
    expect(plan(stream(), collection('invoice', 'legal-obligation', invoiceTraits()), invoiceFacts)).toEqual({
      ...{ action: 'detach', disposition: 'retained', reason: 'law-keeps', ground: null, exception: '17(3)(b)' },
      ...{ refusal: '17(3)(b)', keptBy: keptByLaw, until: '2033-12-31', detached: false, successor: [] },
      fields: ['contact_user_id', 'contact_name', 'contact_email'],
    });
  });

  it('that only copies a document which another system keeps follows its own basis and period, not the law', () => {
    const copies = { recordClass: 'invoice-copy', period: { months: 3 }, from: 'creation', source: 'Policy' } as const;
    const copy = (onErasure: 'ends' | 'runs', created: string) =>
      plan(
        stream(),
        collection('invoice-copy', 'legitimate-interests'),
        { ...invoiceFacts, createdAt: created },
        {
          retention: estonia([...periods, { ...copies, onErasure }]),
        },
      );
    expect(copy('runs', '2026-02-10')).toMatchObject({ action: 'delete', disposition: 'erased' });
    expect(copy('runs', '2026-11-01')).toMatchObject({ disposition: 'refused', until: '2027-02-01' });
    expect(
      plan(stream(), collection('invoice-copy', 'contract'), invoiceFacts, {
        retention: estonia([...periods, { ...copies, onErasure: 'ends' }]),
      }),
    ).toMatchObject({ action: 'delete', keptBy: null });
  });

  it('names the ground that would have been met beside the law', () => {
    expect(plan(stream(), collection('invoice', 'contract', invoiceTraits()), invoiceFacts)).toMatchObject({
      ...{ disposition: 'retained', ground: '17(1)(a)', exception: '17(3)(b)' },
    });
  });

  it('that rests on consent goes at once, and one of an undecided basis is asked about', () => {
    expect(plan(stream(), collection('marketing-consent', 'consent'))).toMatchObject({ ground: '17(1)(b)' });
    const withOther = collection('account', 'consent', immediate({ otherBases: ['contract'] }));
    expect(plan(stream(), withOther, {}, { ownBusinessOpen: true })).toMatchObject({ reason: 'contract-runs' });
    expect(failure(() => plan(stream(), collection('account', 'public-task')))[0]).toBe('policy-answer-missing');
    expect(failure(() => plan(stream(), collection('account', 'habit')))).toEqual([
      ...['policy-answer-missing', 'things: a legal basis that is none of Art. 6(1)'],
    ]);
  });

  it('is not reached by a right that does not reach its basis', () => {
    expect(plan(stream(), account, {}, { trigger: 'objection' })).toMatchObject({
      ...{ disposition: 'refused', reason: 'not-reached', refusal: '21(1)' },
    });
  });
});

describe('money', () => {
  const invoices = collection('invoice', 'legal-obligation', invoiceTraits());
  const of = (facts: RecordFacts, chargebackDays = {}) =>
    plan(stream(), invoices, { ...invoiceFacts, ...facts }, { chargebackDays }).fields;

  it('that is open keeps what stands beside the document; what points to the person’s row goes all the same', () => {
    expect(of({ money: 'open' })).toEqual(['contact_user_id']);
    expect(of({ money: 'settled' })).toEqual(['contact_user_id', 'contact_name', 'contact_email']);
  });

  it('is open until the longest chargeback window has ended, from the day it was settled', () => {
    const windows = { stripe: 120, adyen: 30 };
    expect(of({ settledOn: '2026-07-27' }, windows)).toEqual(['contact_user_id']);
    expect(of({ settledOn: '2026-07-26' }, windows)).toEqual(['contact_user_id', 'contact_name', 'contact_email']);
  });

  it('that nobody told about is asked for where something waits for it, with the day it was settled', () => {
    const { money: _, settledOn: __, ...silent } = invoiceFacts;
    expect(failure(() => plan(stream(), invoices, silent))).toEqual([
      'policy-answer-missing',
      'things: retention.money',
    ]);
    const undated = { ...silent, money: 'settled' } as const;
    expect(plan(stream(), invoices, undated).fields).toHaveLength(3);
    expect(failure(() => plan(stream(), invoices, undated, { chargebackDays: { stripe: 120 } }))).toEqual([
      ...['policy-answer-missing', 'things: retention.money (the day on which it was settled; policy.chargebackDays)'],
    ]);
    const plain = collection('invoice', 'legal-obligation');
    expect(plan(stream(), plain, silent)).toMatchObject({ disposition: 'retained', action: 'keep' });
  });

  it('that is open keeps what no law keeps any more', () => {
    const contact = collection('billing-contact', 'contract');
    expect(plan(stream(), contact, { money: 'open' })).toMatchObject({
      ...{ action: 'keep', disposition: 'refused', reason: 'money-open', refusal: '17(1)', until: null },
    });
    const charged = { money: 'settled', settledOn: '2026-11-01' } as const;
    expect(plan(stream(), contact, charged, { chargebackDays: { stripe: 120 } })).toMatchObject({
      ...{ reason: 'money-open', until: '2027-03-01' },
    });
    expect(plan(stream(), contact, charged)).toMatchObject({ disposition: 'erased' });
  });
});

describe('a record of a company in which the person works', () => {
  const playlists = collection(
    'playlist',
    'contract',
    immediate({ detaches: ['owner_id', 'title'], references: ['owner_id'] }),
  );
  const own = ofCompany({ ownFields: ['id', 'owner_id', 'title'] });

  it('is not the person’s where none of its fields is', () => {
    expect(plan(ofCompany(), playlists)).toMatchObject({
      ...{ action: 'keep', disposition: 'refused', refusal: '17(1)', reason: 'not-the-persons-data' },
    });
    expect(plan(ofOwnBusiness({ subjectOwnsWorkspace: false }), playlists).reason).toBe('not-the-persons-data');
    expect(plan(ofCompany({ ownFields: ['id'] }), { ...playlists, erase: immediate() }).reason).toBe(
      'not-the-persons-data',
    );
  });

  it('goes on without the person', () => {
    expect(plan(own, playlists)).toEqual({
      ...{ action: 'detach', disposition: 'anonymised', reason: 'eligible', ground: '17(1)(a)', exception: null },
      ...{ refusal: null, keptBy: null, until: null, detached: true, successor: [] },
      fields: ['owner_id', 'title'],
    });
  });

  it('loses only what this path says is the person’s, and what points to them', () => {
    expect(plan(ofCompany({ ownFields: ['id'] }), playlists).fields).toEqual(['owner_id']);
  });

  it('stays as it is while the contract of the person’s own business runs', () => {
    expect(plan(own, playlists, {}, { ownBusinessOpen: true, subjectRow: [stays] })).toMatchObject({
      ...{ action: 'keep', disposition: 'refused', reason: 'contract-runs' },
    });
  });

  it('that a law keeps, keeps what the document says and loses what stands beside it', () => {
    const contact = ofCompany({ ownFields: ['number', 'contact_user_id', 'contact_name', 'contact_email'] });
    expect(plan(contact, collection('invoice', 'legal-obligation', invoiceTraits()), invoiceFacts)).toMatchObject({
      ...{ action: 'detach', disposition: 'retained', detached: false, keptBy: keptByLaw, until: '2033-12-31' },
      fields: ['contact_user_id', 'contact_name', 'contact_email'],
    });
    const printed = collection('invoice', 'legal-obligation', invoiceTraits({ roles: {} }));
    expect(plan(contact, printed, invoiceFacts).fields).toEqual(['contact_user_id']);
  });

  it('that a law keeps goes on without the person where it only pointed to them', () => {
    const subscriptions = collection(
      ...(['subscription-contract', 'contract'] as const),
      immediate({ detaches: ['ordered_by'], references: ['ordered_by'] }),
    );
    const facts = {
      createdAt: '2024-01-01',
      events: { issue: '2024-01-01', recording: '2024-01-01', 'term-expiry': null },
    };
    const ordered = ofCompany({ ownFields: ['id', 'ordered_by'] });
    expect(plan(ordered, subscriptions, facts, { subjectRow: [goes] })).toMatchObject({
      ...{ action: 'detach', disposition: 'anonymised', reason: 'reference', ground: '17(1)(a)', detached: true },
    });
    // The company’s contract runs: its end is not the person’s to bring about.
    const kept = collection('subscription-contract', 'legal-obligation', subscriptions.erase);
    expect(plan(ordered, kept, facts, { subjectRow: [stays] })).toMatchObject({
      ...{ action: 'keep', disposition: 'retained', until: null },
      keptBy: 'Accounting Act §12, Taxation Act §58: no date yet',
    });
  });

  it('whose period runs on still points to nobody', () => {
    const retention = estonia(periods.map((period) => ({ ...period, onErasure: 'runs' as const })));
    expect(plan(own, playlists, {}, { retention })).toMatchObject({
      ...{ action: 'detach', disposition: 'refused', reason: 'period-runs', fields: ['owner_id'], detached: false },
    });
    expect(plan(own, playlists, {}, { retention, subjectRow: [stays] })).toMatchObject({ action: 'keep', fields: [] });
    const onlyPointed = ofCompany({ ownFields: ['owner_id'] });
    expect(plan(onlyPointed, playlists, {}, { retention })).toMatchObject({
      ...{ disposition: 'anonymised', reason: 'reference', fields: ['owner_id'] },
    });
  });
});

describe('a company’s workspace that the person looks after', () => {
  const workspaces = collection(
    ...(['workspace', 'contract'] as const),
    immediate({ detaches: ['owner_id'], references: ['owner_id'], successor: ['owner_id'] }),
  );
  const looksAfter = ofCompany({ ownFields: ['id', 'owner_id'], isWorkspace: true, subjectOwnsWorkspace: true });

  it('needs somebody named who takes it over, and is never deleted', () => {
    expect(plan(looksAfter, workspaces)).toMatchObject({
      action: 'detach',
      fields: ['owner_id'],
      successor: ['owner_id'],
    });
  });

  it('needs nobody where it is closed, or where the person only belongs to it', () => {
    expect(plan(looksAfter, workspaces, { workspaceClosed: true })).toMatchObject({
      fields: ['owner_id'],
      successor: [],
    });
    expect(plan({ ...looksAfter, subjectOwnsWorkspace: false }, workspaces).successor).toEqual([]);
  });

  it('is not closed by naming it: only an own business can be', () => {
    expect(plan(looksAfter, workspaces, { workspace: '7' }, { closing: new Set(['7']) })).toMatchObject({
      ...{ action: 'detach', successor: ['owner_id'] },
    });
  });
});

describe('a record of the person’s own business', () => {
  const devices = collection('device', 'contract');
  const closing = new Set(['7']);

  it('stays while the business goes on, with how to end it', () => {
    expect(plan(ofOwnBusiness(), devices, { workspace: '8' }, { closing })).toMatchObject({
      ...{ disposition: 'refused', reason: 'contract-runs', refusal: '17(1)' },
    });
  });

  it('goes as a whole where the business was closed, or is closed with the request', () => {
    for (const facts of [{ workspace: '7' }, { workspace: '8', workspaceClosed: true }])
      expect(plan(ofOwnBusiness(), devices, facts, { closing })).toMatchObject({
        action: 'delete',
        disposition: 'erased',
      });
  });

  it('that does not say which workspace it belongs to is asked about, once one is to be closed', () => {
    expect(failure(() => plan(ofOwnBusiness(), devices, {}, { closing }))).toEqual([
      ...['policy-answer-missing', 'things: workspace'],
    ]);
  });

  it('that a law keeps is kept from the day on which the business ends', () => {
    const subscriptions = collection('subscription-contract', 'contract');
    const made = { issue: '2024-01-01', recording: '2024-01-01' };
    for (const events of [made, { ...made, 'term-expiry': null }])
      expect(plan(ofOwnBusiness(), subscriptions, { workspace: '7', events }, { closing })).toMatchObject({
        ...{ disposition: 'retained', until: '2033-11-24' },
      });
    const ended = { workspace: '7', events: { ...made, 'term-expiry': '2025-01-31' } };
    expect(plan(ofOwnBusiness(), subscriptions, ended, { closing }).until).toBe('2032-01-31');
  });

  it('that a law keeps while the business goes on loses nothing', () => {
    const invoices = collection('invoice', 'legal-obligation', invoiceTraits());
    expect(plan(ofOwnBusiness(), invoices, { ...invoiceFacts, workspace: '8' }, { subjectRow: [stays] })).toMatchObject(
      {
        ...{ action: 'keep', disposition: 'retained', keptBy: keptByLaw, fields: [] },
      },
    );
  });

  it('that goes on is never deleted, on whatever ground; the person is taken out of it where that is theirs to ask', () => {
    const invited = (detaches: readonly string[]) => collection('invitation', 'consent', immediate({ detaches }));
    expect(plan(ofOwnBusiness(), invited(['message']), { workspace: '8' })).toMatchObject({
      ...{ action: 'detach', disposition: 'anonymised', ground: '17(1)(b)', fields: ['message'] },
    });
    expect(plan(ofOwnBusiness(), invited([]), { workspace: '8' })).toMatchObject({
      ...{ action: 'keep', disposition: 'refused', reason: 'contract-runs' },
    });
    const log = collection('security-log', 'legitimate-interests');
    expect(plan(ofOwnBusiness(), log, { workspace: '8', createdAt: '2026-10-01' })).toMatchObject({
      reason: 'period-runs',
    });
  });

  it('that goes on is what keeps the person’s account', () => {
    const workspace = ofOwnBusiness({ isWorkspace: true });
    expect(isOpenBusiness(workspace, { workspace: '8' }, closing)).toBe(true);
    expect(isOpenBusiness(workspace, { workspace: '7' }, closing)).toBe(false);
    expect(isOpenBusiness(workspace, { workspace: '8', workspaceClosed: true }, closing)).toBe(false);
    expect(isOpenBusiness(ofOwnBusiness(), { workspace: '8' }, closing)).toBe(false);
    const company = ofCompany({ isWorkspace: true, subjectOwnsWorkspace: true });
    expect(isOpenBusiness(company, { workspace: '8' }, closing)).toBe(false);
  });
});

describe('a record of others that names the person', () => {
  const invited = collection(
    ...(['account', 'contract'] as const),
    immediate({ detaches: ['invited_by', 'note'], references: ['invited_by'] }),
  );
  const naming = stream({ isReference: true });

  it('loses the name with the person’s own row, and nothing else', () => {
    expect(plan(naming, invited, {}, { subjectRow: [goes] })).toMatchObject({
      ...{ action: 'detach', disposition: 'anonymised', reason: 'reference', detached: true, fields: ['invited_by'] },
      ground: '17(1)(a)',
    });
  });

  it('keeps the name where that row stays, for the same reason', () => {
    expect(plan(naming, invited, {}, { subjectRow: [goes, stays] })).toMatchObject({
      ...{ action: 'keep', disposition: 'refused', reason: 'contract-runs', refusal: '17(1)' },
    });
  });

  it('is not guessed at where nothing says which columns name the person', () => {
    const { references: _, ...silent } = immediate({ detaches: ['invited_by', 'note'] });
    expect(failure(() => plan(naming, { ...invited, erase: silent }))).toEqual([
      ...['erasure-undeclared', 'things: references'],
    ]);
    const told = stream({ isReference: true, ownFields: ['invited_by'] });
    expect(plan(told, { ...invited, erase: silent }).fields).toEqual(['invited_by']);
  });
});

describe('facts', () => {
  it('that are missing are asked for by their place in the data map, all at once', () => {
    const invoices = collection('invoice', 'legal-obligation');
    expect(failure(() => plan(stream(), invoices, { events: { issue: '2026-02-10' } }))).toEqual([
      ...['policy-answer-missing', 'things: retention.supply; things: retention.events.recording'],
    ]);
    expect(failure(() => plan(stream(), collection('security-log', 'legitimate-interests')))).toEqual([
      ...['policy-answer-missing', 'things: createdAt'],
    ]);
  });

  it('that say nothing policy knows are refused without being repeated', () => {
    const invoices = collection('invoice', 'legal-obligation');
    const where = 'things: retention.supply (one of domestic, reverse-charge, oss)';
    expect(failure(() => plan(stream(), invoices, { ...invoiceFacts, supply: 'mari@kohvik.example' }))).toEqual([
      ...['policy-answer-missing', where],
    ]);
    const events = { issue: 'mari@kohvik.example' };
    expect(failure(() => plan(stream(), invoices, { ...invoiceFacts, events }))).toEqual([
      ...['clock-date-invalid', 'things: retention.events.issue'],
    ]);
    for (const createdAt of ['infinity', 'tomorrow at ten', '2026-02-30'])
      expect(failure(() => plan(stream(), invoices, { ...invoiceFacts, createdAt }))).toEqual([
        ...['clock-date-invalid', 'things: createdAt'],
      ]);
  });

  it('count in the controller’s time zone, also in the hour in which its day begins', () => {
    const logs = collection('server-log', 'legitimate-interests', {
      ...{ mode: 'expiry', days: 1, balancing: { en: 'A reason.' } },
    });
    const until = (timeZone: string, texts: readonly string[]) => {
      const planner = recordPlanner(stream(), logs, context({ timeZone }));
      return texts.map((createdAt) => planner({ createdAt }).until);
    };
    expect(
      until('Europe/Tallinn', ['2026-11-10T21:59:59Z', '2026-11-10T22:00:00Z', '2026-11-10T22:10:00+00:00']),
    ).toEqual(['2026-11-11', '2026-11-12', '2026-11-12']);
    const india = ['2026-11-10T18:10:00Z', '2026-11-10T18:29:59.999Z', '2026-11-10T18:30:00Z', '2026-11-10T18:40:00'];
    expect(until('Asia/Kolkata', india)).toEqual(['2026-11-11', '2026-11-11', '2026-11-12', '2026-11-12']);
    expect(until('Europe/Tallinn', ['2026-11-11T00:30:00+02:00', '2026-11-10 22:30:00+00', '2026-11-10'])).toEqual([
      ...['2026-11-12', '2026-11-12', '2026-11-11'],
    ]);
  });

  it('that are alike are decided once, and decisions that are alike are one', () => {
    const planner = recordPlanner(stream(), collection('security-log', 'legitimate-interests'), context());
    const first = planner({ createdAt: '2026-08-01T10:00:00Z' });
    expect(planner({ createdAt: '2026-08-01T10:00:01Z' })).toBe(first);
    expect(planner({ createdAt: '2026-07-01T10:00:01Z' })).toBe(first);
    expect(planner({ createdAt: '2026-10-01T10:00:01Z' })).not.toBe(first);
  });
});
